package nats

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	natsgo "github.com/nats-io/nats.go"
)

// answerTimeout bounds the wait for the server's answer in calls whose context has no deadline.
const answerTimeout = 5 * time.Second

// Conn is one connection to NATS that never gives up. It is made by Dial and ended by Close; all its methods
// may be called from several goroutines.
type Conn struct {
	options  Options
	urls     []*url.URL
	connect  natsgo.Options // without URL and handlers
	dialer   *dialer
	refusals refusals

	ctx      context.Context // ends when Close is called
	cancel   context.CancelFunc
	finished chan struct{} // closed when nothing runs any more

	// subscribing is held while subscriptions are made or carried over to a new link, never while waiting
	// for the server's answer. It is taken before mu and before a Feed's lock.
	subscribing sync.Mutex

	mu       sync.Mutex
	link     *link
	status   Status
	failures map[string]error // by masked URL, since the last time it was connected
	denied   *PermissionError // the server refuses this user its inbox
	feeds    map[*Feed]struct{}
	events   history[Event]
	changed  signal
}

// link is one nats.go connection. Usually a Conn has one for its whole life.
type link struct {
	nc     *natsgo.Conn
	ready  chan struct{} // closed when nc is set and the feeds are attached
	closed chan struct{} // closed by nats.go's last callback
}

// Dial starts a connection and returns at once; WaitConnected waits for it. It fails only for what can never
// work: a bad URL, credentials or certificates that cannot be read. Everything else, a refused login too,
// is tried again for ever and shows in Status. ctx bounds Dial only; the connection lives until Close.
func Dial(ctx context.Context, o Options) (*Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("connect to NATS: %w", err)
	}
	o = o.withDefaults()
	urls, err := parseURLs(o.URLs)
	if err != nil {
		return nil, fmt.Errorf("connect to NATS: %w", err)
	}
	connect, err := o.connectOptions(urls)
	if err != nil {
		return nil, fmt.Errorf("connect to NATS: %w", err)
	}
	c := &Conn{
		options:  o,
		urls:     urls,
		connect:  connect,
		finished: make(chan struct{}),
		failures: map[string]error{},
		feeds:    map[*Feed]struct{}{},
		events:   history[Event]{max: maxEvents},
		status:   Status{State: Connecting, URL: maskURL(urls[0]), Since: time.Now()},
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.dialer = &dialer{ctx: c.ctx}
	c.dialer.net.Timeout = o.Timeout
	go c.run()
	return c, nil
}

// Close ends the connection and all its feeds and returns when nothing runs any more.
func (c *Conn) Close() {
	c.cancel()
	<-c.finished
}

// run keeps a link alive until Close.
func (c *Conn) run() {
	defer close(c.finished)
	defer c.setClosed()
	for {
		l := c.establish()
		if l == nil {
			return
		}
		c.attach(l)
		select {
		case <-c.ctx.Done():
			l.nc.Close()
			<-l.closed
			return
		case <-l.closed:
			c.gaveUp(l.nc.LastError())
		}
	}
}

// establish tries the URLs in turn until one takes the connection. It goes one by one, and not through
// nats.go's RetryOnFailedConnect, because that tells neither which URL failed nor of a refused login.
// It returns nil when the Conn is closed.
func (c *Conn) establish() *link {
	for {
		for _, u := range c.urls {
			l, err := c.tryConnect(u)
			switch {
			case err == nil:
				return l
			case c.ctx.Err() != nil:
				return nil
			}
			if errors.Is(err, natsgo.ErrNoServers) {
				if _, _, dialErr := c.dialer.attempt(); dialErr != nil {
					err = dialErr
				}
			}
			c.failed(u, err)
		}
		select {
		case <-time.After(c.options.ReconnectWait):
		case <-c.ctx.Done():
			return nil
		}
	}
}

func (c *Conn) tryConnect(u *url.URL) (*link, error) {
	l := &link{ready: make(chan struct{}), closed: make(chan struct{})}
	opts := c.connect
	opts.Url = u.String()
	opts.CustomDialer = c.dialer
	// nats.go runs its callbacks one at a time in the order in which things happened. The first one holds
	// the others back until the link is in place.
	opts.ConnectedCB = func(*natsgo.Conn) {
		<-l.ready
		c.connected(l)
	}
	opts.DisconnectedErrCB = func(_ *natsgo.Conn, err error) { c.disconnected(err) }
	opts.ReconnectedCB = func(*natsgo.Conn) { c.connected(l) }
	opts.ReconnectErrCB = func(_ *natsgo.Conn, err error) { c.failed(c.lastURL(), err) }
	opts.CustomReconnectDelayCB = func(int) time.Duration {
		<-l.ready
		// A handshake that failed while reconnecting is reported nowhere else.
		if err := l.nc.LastError(); err != nil {
			c.failed(c.lastURL(), err)
		}
		return c.options.ReconnectWait
	}
	opts.AsyncErrorCB = func(_ *natsgo.Conn, sub *natsgo.Subscription, err error) { c.asyncError(sub, err) }
	opts.LameDuckModeHandler = func(*natsgo.Conn) { c.lameDuck() }
	opts.ClosedCB = func(*natsgo.Conn) { close(l.closed) }
	nc, err := opts.Connect()
	if err != nil {
		return nil, err
	}
	l.nc = nc
	return l, nil
}

// attach puts a new link in place and makes the feeds' subscriptions on it.
func (c *Conn) attach(l *link) {
	if len(c.urls) > 1 {
		all := make([]string, len(c.urls))
		for i, u := range c.urls {
			all[i] = u.String()
		}
		// It fails only on a link that is closed already, and then run makes another.
		_ = l.nc.SetServerPool(all)
	}
	c.subscribing.Lock()
	defer c.subscribing.Unlock()
	c.mu.Lock()
	c.link = l
	feeds := slices.Collect(maps.Keys(c.feeds))
	c.mu.Unlock()
	for _, f := range feeds {
		f.attach(l)
	}
	close(l.ready)
}

func (c *Conn) connected(l *link) {
	addr, begun, _ := c.dialer.attempt()
	at := c.urlOf(addr)
	version, name := l.nc.ConnectedServerVersion(), l.nc.ConnectedServerName()
	hasJetStream, _ := l.nc.ConnectedServerJetStream()

	c.mu.Lock()
	if c.ctx.Err() != nil {
		c.mu.Unlock()
		return
	}
	if c.status.State == Reconnecting {
		c.status.Reconnects++
	}
	c.status.State, c.status.Since = Connected, time.Now()
	c.status.URL, c.status.LastErr = maskURL(at), nil
	if version != "" { // empty when the connection is gone again already
		c.status.ServerVersion, c.status.ServerName, c.status.JetStream = version, name, hasJetStream
	}
	c.dialer.reset()
	c.denied = nil
	clear(c.failures)
	c.addEvent(EventConnected, nil)
	feeds := slices.Collect(maps.Keys(c.feeds))
	c.mu.Unlock()
	c.subscribing.Lock()
	for _, f := range feeds {
		f.clearRefusals()
		f.attach(l) // what was subscribed to while there was no connection
	}
	c.subscribing.Unlock()
	c.record(Operation{Verb: "CONNECT", Subject: maskURL(at), Start: begun, Duration: time.Since(begun)}, at, nil)
}

func (c *Conn) disconnected(err error) {
	c.mu.Lock()
	if c.ctx.Err() != nil || c.status.State != Connected {
		c.mu.Unlock()
		return
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	lost := &DisconnectedError{URL: c.status.URL, Err: err}
	c.status.State, c.status.Since, c.status.LastErr = Reconnecting, time.Now(), lost
	c.addEvent(EventDisconnected, lost)
	c.mu.Unlock()
	c.record(Operation{Verb: "DISCONNECT", Subject: lost.URL, Start: time.Now()}, c.lastURL(), lost)
}

// gaveUp notes that nats.go closed the link for good.
func (c *Conn) gaveUp(err error) {
	if c.ctx.Err() != nil {
		return
	}
	c.disconnected(err)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.link = nil
	if err != nil {
		c.addEvent(EventServer, &ServerError{URL: c.status.URL, Err: err})
	}
}

// failed notes an attempt that did not connect. Attempts are endless, so an event is added only for a failure
// that differs from the one before.
func (c *Conn) failed(u *url.URL, err error) {
	var dial *dialError
	if errors.As(err, &dial) {
		u, err = c.urlOf(dial.addr), dial.err
	}
	at := maskURL(u)
	var reason error = &ConnectError{URL: at, Err: err}
	kind := EventFailed
	if auth := authCause(err); auth != nil {
		reason, kind = &AuthError{URL: at, Identity: c.options.identity(u), Err: auth}, EventAuth
	}
	c.mu.Lock()
	if c.ctx.Err() != nil || c.status.State == Connected {
		c.mu.Unlock()
		return
	}
	before := c.failures[at]
	c.failures[at] = reason
	c.status.LastErr = reason
	if c.status.State == Connecting {
		c.status.URL = at
	}
	same := before != nil && before.Error() == reason.Error()
	if same {
		c.changed.fire()
	} else {
		c.addEvent(kind, reason)
	}
	c.mu.Unlock()
	if !same {
		_, begun, _ := c.dialer.attempt()
		c.record(Operation{Verb: "CONNECT", Subject: at, Start: begun, Duration: time.Since(begun)}, u, reason)
	}
}

func (c *Conn) asyncError(sub *natsgo.Subscription, err error) {
	violation, isViolation := parsePermission(err)
	switch {
	case c.ctx.Err() != nil:
		return
	case isViolation:
		c.mu.Lock()
		if violation.Op == OpSubscribe && strings.HasPrefix(violation.Subject, natsgo.InboxPrefix) {
			c.denied = violation
		}
		c.addEvent(EventPermission, violation)
		feeds := slices.Collect(maps.Keys(c.feeds))
		c.mu.Unlock()
		if violation.Op == OpSubscribe {
			for _, f := range feeds {
				f.refuse(violation)
			}
		}
	case errors.Is(err, natsgo.ErrSlowConsumer) && sub != nil:
		slow := &SlowConsumerError{Subject: sub.Subject}
		if n, dropErr := sub.Dropped(); dropErr == nil {
			slow.Dropped = uint64(n)
		}
		c.event(EventSlowConsumer, slow)
	case authCause(err) != nil:
		u := c.lastURL()
		if c.Status().State == Connected {
			// A revocation or an expiry; the connection ends right after it.
			c.event(EventAuth, &AuthError{URL: maskURL(u), Identity: c.options.identity(u), Err: authCause(err)})
		} else {
			c.failed(u, err)
		}
	default:
		c.mu.Lock()
		c.addEvent(EventServer, &ServerError{URL: c.status.URL, Err: err})
		c.mu.Unlock()
	}
	c.refusals.report(err, violation)
}

func (c *Conn) lameDuck() { c.event(EventLameDuck, nil) }

func (c *Conn) event(kind EventKind, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.addEvent(kind, err)
}

func (c *Conn) setClosed() {
	c.mu.Lock()
	feeds := slices.Collect(maps.Keys(c.feeds))
	c.link = nil
	c.status.State, c.status.Since = Closed, time.Now()
	c.addEvent(EventClosed, nil)
	c.mu.Unlock()
	for _, f := range feeds {
		f.Close()
	}
}

// lastURL is where the last attempt went.
func (c *Conn) lastURL() *url.URL {
	addr, _, _ := c.dialer.attempt()
	return c.urlOf(addr)
}

// urlOf is the URL for an address that nats.go dialed: one of ours, or that of a cluster's member that the
// server told of.
func (c *Conn) urlOf(addr string) *url.URL {
	for _, u := range c.urls {
		if u.Host == addr {
			return u
		}
	}
	return &url.URL{Scheme: c.urls[0].Scheme, User: c.urls[0].User, Host: addr}
}

// RTT measures the time of a ping and its answer.
func (c *Conn) RTT(ctx context.Context) (time.Duration, error) {
	l, err := c.usable()
	if err != nil {
		return 0, fmt.Errorf("measure the round trip: %w", err)
	}
	start := time.Now()
	if err := c.flush(ctx, l); err != nil {
		return 0, fmt.Errorf("measure the round trip: %w", err)
	}
	return time.Since(start), nil
}

// usable is the link of an established connection, else ErrNotConnected with the cause.
func (c *Conn) usable() (*link, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.status.State == Closed:
		return nil, ErrClosed
	case c.status.State == Connected && c.link != nil:
		return c.link, nil
	case c.status.LastErr != nil:
		return nil, fmt.Errorf("%w: %w", ErrNotConnected, c.status.LastErr)
	}
	return nil, fmt.Errorf("%w: %s has not answered yet", ErrNotConnected, c.status.URL)
}

// flush waits until the server has handled all that was sent.
func (c *Conn) flush(ctx context.Context, l *link) error {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, answerTimeout)
		defer cancel()
	}
	err := l.nc.FlushWithContext(ctx)
	if errors.Is(err, natsgo.ErrConnectionClosed) {
		return fmt.Errorf("%w: the connection was lost before the server answered", ErrNotConnected)
	}
	return err
}

// roundTrip sends something and waits until the server has handled it. It returns *PermissionError when
// the server refused it.
func (c *Conn) roundTrip(ctx context.Context, l *link, refuses func(*PermissionError) bool, send func() error) error {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, answerTimeout)
		defer cancel()
	}
	w := c.refusals.expect(refuses)
	defer c.refusals.forget(w)
	before := l.nc.LastError()
	if err := send(); err != nil {
		return err
	}
	if err := c.flush(ctx, l); err != nil {
		return err
	}
	after := l.nc.LastError()
	for {
		refused, seen, changed := w.state(after)
		if refused != nil {
			return refused
		}
		if seen || after == before || !errors.Is(after, natsgo.ErrPermissionViolation) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		case <-c.ctx.Done():
			return ErrClosed
		}
	}
}

// record adds an operation to the journal.
func (c *Conn) record(op Operation, at *url.URL, err error) {
	if c.options.Journal == nil {
		return
	}
	op.login = c.options.login(at)
	if err != nil {
		op.Err = clip(err.Error())
	}
	c.options.Journal.add(op)
}

// recordCall adds an operation that began at start and ends now.
func (c *Conn) recordCall(op Operation, start time.Time, err error) {
	op.Start, op.Duration = start, time.Since(start)
	c.record(op, c.lastURL(), err)
}
