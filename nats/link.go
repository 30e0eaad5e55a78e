package nats

import (
	"errors"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	natsgo "github.com/nats-io/nats.go"
)

// link is one nats.go connection. Usually a Conn has one for its whole life.
type link struct {
	nc     *natsgo.Conn
	ready  chan struct{} // closed when nc is set and the feeds are attached
	closed chan struct{} // closed by nats.go's last callback
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
	if c.ctx.Err() != nil {
		return
	}
	// Before the state changes: whoever waits for it acts next, and the journal keeps the order.
	c.record(Operation{Verb: "CONNECT", Subject: maskURL(at), Start: begun, Duration: time.Since(begun)}, at, nil)

	c.mu.Lock()
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
	publishers := slices.Collect(maps.Keys(c.publishers))
	c.mu.Unlock()
	for _, p := range publishers {
		p.loseAll(natsgo.ErrDisconnected)
	}
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
		c.changed.Fire()
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
		violation.Identity = c.options.identity(c.lastURL())
		c.mu.Lock()
		if violation.Op == OpSubscribe && strings.HasPrefix(violation.Subject, natsgo.InboxPrefix) {
			c.denied = violation
		}
		if !ofAdvisories(violation) { // it says so itself
			c.addEvent(EventPermission, violation)
		}
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

// lastURL is where the last attempt went.
func (c *Conn) lastURL() *url.URL {
	addr, _, _ := c.dialer.attempt()
	if addr == "" { // nothing was tried yet
		return c.urls[0]
	}
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
