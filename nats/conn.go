package nats

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"sync"
	"time"

	natsgo "github.com/nats-io/nats.go"

	"aidbox-nats/nats/watch"
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
	granted  time.Time        // the Since of the connection that was seen to have one
	feeds    map[*Feed]struct{}
	// publishers learn of a lost connection, over which no acknowledgement will come.
	publishers map[*AsyncPublisher]struct{}
	events     *watch.Log[Event]
	changed    watch.Signal
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
		options:    o,
		urls:       urls,
		connect:    connect,
		finished:   make(chan struct{}),
		failures:   map[string]error{},
		feeds:      map[*Feed]struct{}{},
		publishers: map[*AsyncPublisher]struct{}{},
		events:     watch.NewLog[Event](maxEvents),
		status:     Status{State: Connecting, URL: maskURL(urls[0]), Since: time.Now()},
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

func (c *Conn) setClosed() {
	c.mu.Lock()
	feeds := slices.Collect(maps.Keys(c.feeds))
	publishers := slices.Collect(maps.Keys(c.publishers))
	c.link = nil
	c.status.State, c.status.Since = Closed, time.Now()
	c.addEvent(EventClosed, nil)
	c.mu.Unlock()
	for _, f := range feeds {
		f.Close()
	}
	for _, p := range publishers {
		p.Close()
	}
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
	w := c.refusals.expect(&waiter{matches: refuses, remembers: true})
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

// Command is the operation's Command with this connection's server and login in it, also when the operation was not
// recorded.
func (c *Conn) Command(o Operation) string {
	o.login = c.options.login(c.lastURL())
	return o.Command()
}

// recordCall adds an operation that began at start and ends now.
func (c *Conn) recordCall(op Operation, start time.Time, err error) {
	op.Start, op.Duration = start, time.Since(start)
	c.record(op, c.lastURL(), err)
}
