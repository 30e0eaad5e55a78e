package nats

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"aidbox-nats/nats/watch"
)

const (
	defaultWindow      = 256
	defaultWindowBytes = 16 << 20
	defaultAckWait     = 5 * time.Second
)

// AsyncOptions bound an asynchronous publisher.
type AsyncOptions struct {
	// Window is how many messages may wait for their acknowledgement. Zero: 256.
	Window int
	// WindowBytes is how many bytes of data may wait for it, except that a message may always wait alone. Zero: 16 MiB.
	// A server keeps 128 MiB of what it has not stored yet, and refuses the rest.
	WindowBytes int
	// AckWait is how long one is waited for. Zero: 5s.
	AckWait time.Duration
	// Chained keeps a stream from storing a message when it has not stored the one before, whatever the reason: each
	// message that is sent while others are in flight demands that the last one in the stream be the one sent before it
	// (header Nats-Expected-Last-Msg-Id). For messages that all have a MsgID and go to one stream. When somebody else
	// writes into the stream in between, what is behind fails with ErrOvertaken, to be sent again.
	//
	// In a cluster the window is one instead. A stream with replicas judges the demand only after the servers have
	// agreed on the message, and keeps the MsgID of what it then refuses for its duplicate window: each retry in that
	// time gets no answer (nats-server 2.15, jetstream_cluster.go). A follower that was away takes the demand amiss, too.
	Chained bool
	// Unheard sends also when the user may not subscribe to its inbox, so that no acknowledgement can come: one message
	// at a time, each of which fails with *UnacknowledgedError. Without it such a message is not sent.
	Unheard bool
}

// HaltedError says that a publisher sends nothing, because an acknowledgement failed and Settle was not called
// since.
type HaltedError struct {
	Err error // the first failure
}

func (e *HaltedError) Error() string {
	return fmt.Sprintf("nothing is sent until all messages in flight are known: %s", e.Err)
}

func (e *HaltedError) Unwrap() error { return e.Err }

// AsyncPublisher sends messages to streams without waiting for each acknowledgement, for a sender that keeps
// order. After an acknowledgement that failed it sends nothing until Settle was called, so that what comes later
// cannot overtake what has to be sent again. Then the window is one message, and grows by one with each
// acknowledgement.
//
// That alone leaves one gap: a stream that refuses a message and, within the same window, takes a later one, because
// room was made in between, because the later one is smaller, or because its leader changed. Chained closes it, in a
// cluster by sending one message at a time.
//
// nats.go's own asynchronous publisher is not used: it sends a message again behind later ones, learns nothing of a
// refused subject, and leaves a goroutine behind when it is closed early.
type AsyncPublisher struct {
	conn    *Conn
	options AsyncOptions

	// sending is held while a message is sent, so that they go in the order of the calls. It is taken before mu.
	sending sync.Mutex
	link    *link
	sub     *natsgo.Subscription // for acknowledgements
	inbox   string               // what their subjects begin with

	mu      sync.Mutex
	flying  map[string]*Pending // by the last token of the acknowledgement's subject
	next    uint64              // the next of those tokens
	watch   *waiter             // for refusals, while something is in flight
	last    string              // the MsgID of the message sent last
	window  int
	bytes   int // of data in flight
	halted  error
	closed  bool
	changed watch.Signal
}

// Pending is a message whose acknowledgement is awaited.
type Pending struct {
	msg   *natsgo.Msg
	token string
	start time.Time
	limit int64 // the server's largest payload
	timer *time.Timer
	// before is the MsgID of the message sent before it.
	before string
	done   chan struct{}
	ack    Ack
	err    error
}

// Done is closed when the outcome is known.
func (p *Pending) Done() <-chan struct{} { return p.done }

// Wait returns the outcome, with the errors of PublishStored. It fails with ctx's error when that ends first; the
// message stays in flight.
func (p *Pending) Wait(ctx context.Context) (Ack, error) {
	select {
	case <-p.done:
		return p.ack, p.err
	case <-ctx.Done():
		return Ack{}, ctx.Err()
	}
}

// NewAsyncPublisher makes a publisher. It ends with its own Close.
func (c *Conn) NewAsyncPublisher(o AsyncOptions) *AsyncPublisher {
	if o.Window <= 0 {
		o.Window = defaultWindow
	}
	if o.WindowBytes <= 0 {
		o.WindowBytes = defaultWindowBytes
	}
	if o.AckWait <= 0 {
		o.AckWait = defaultAckWait
	}
	p := &AsyncPublisher{conn: c, options: o, window: o.Window, flying: map[string]*Pending{}}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.status.State == Closed {
		p.closed = true
	} else {
		c.publishers[p] = struct{}{}
	}
	return p
}

// Publish sends a message, after waiting for room in the window. An error says that it was not sent:
// *HaltedError, or one of PublishStored. m's Data must not be changed before the outcome is known. Calls from one
// goroutine are sent in their order.
func (p *AsyncPublisher) Publish(ctx context.Context, m Message, o StoreOptions) (*Pending, error) {
	msg, err := p.conn.storable(m, o)
	if err != nil {
		return nil, err
	}
	p.sending.Lock()
	defer p.sending.Unlock()
	l, err := p.conn.usable()
	if err != nil {
		return nil, fmt.Errorf("publish to %s: %w", quote(m.Subject), err)
	}
	if err := p.conn.awaitInbox(ctx, l); err != nil {
		if denied := (*PermissionError)(nil); p.options.Unheard && errors.As(err, &denied) {
			return p.publishUnheard(ctx, l, msg, denied)
		}
		return nil, noInbox(m.Subject, err)
	}
	if err := p.use(l); err != nil {
		return nil, fmt.Errorf("publish to %s: %w", quote(m.Subject), err)
	}
	pending := &Pending{msg: msg, start: time.Now(), limit: l.nc.MaxPayload(), done: make(chan struct{})}
	alone := p.options.Chained && l.nc.ConnectedClusterName() != ""
	if err := p.reserve(ctx, pending, alone); err != nil {
		return nil, err
	}
	if err := l.nc.PublishMsg(msg); err != nil {
		p.drop(pending)
		return nil, storeError(msg, pending.limit, err)
	}
	return pending, nil
}

// use subscribes to acknowledgements on a link; it needs sending.
func (p *AsyncPublisher) use(l *link) error {
	if p.link == l {
		return nil
	}
	inbox := l.nc.NewInbox() + "."
	sub, err := l.nc.Subscribe(inbox+"*", p.answered)
	if err != nil {
		return err
	}
	p.link, p.sub, p.inbox = l, sub, inbox
	return nil
}

// reserve waits for room and takes it. A message that goes alone has room when nothing else is in flight.
func (p *AsyncPublisher) reserve(ctx context.Context, pending *Pending, alone bool) error {
	for {
		p.mu.Lock()
		switch {
		case p.closed:
			p.mu.Unlock()
			return fmt.Errorf("publish to %s: %w", quote(pending.msg.Subject), ErrClosed)
		case p.halted != nil:
			err := &HaltedError{Err: p.halted}
			p.mu.Unlock()
			return err
		case len(p.flying) == 0, !alone && len(p.flying) < p.window && p.bytes+len(pending.msg.Data) <= p.options.WindowBytes:
			if p.watch == nil {
				p.watch = p.conn.refusals.expect(&waiter{matches: p.refused})
			}
			if p.options.Chained {
				if len(p.flying) > 0 {
					pending.msg.Header.Set(jetstream.ExpectedLastMsgIDHeader, p.last)
				}
				pending.before = p.last
				p.last = pending.msg.Header.Get(jetstream.MsgIDHeader)
			}
			pending.token = strconv.FormatUint(p.next, 10)
			p.next++
			pending.msg.Reply = p.inbox + pending.token
			p.flying[pending.token] = pending
			p.bytes += len(pending.msg.Data)
			pending.timer = time.AfterFunc(p.options.AckWait, func() { p.finish(pending.token, Ack{}, context.DeadlineExceeded) })
			p.mu.Unlock()
			return nil
		}
		changed := p.changed.Changed()
		p.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("publish to %s: not sent, the window is full: %w", quote(pending.msg.Subject), ctx.Err())
		}
	}
}

// drop takes back a reservation of a message that was not sent: the next one does not demand it. It needs sending.
func (p *AsyncPublisher) drop(pending *Pending) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = pending.before
	if p.flying[pending.token] == pending { // else the connection was lost meanwhile
		p.remove(pending)
	}
}

// remove needs mu.
func (p *AsyncPublisher) remove(pending *Pending) {
	pending.timer.Stop()
	delete(p.flying, pending.token)
	p.bytes -= len(pending.msg.Data)
	if len(p.flying) == 0 && p.watch != nil {
		p.conn.refusals.forget(p.watch)
		p.watch = nil
	}
	p.changed.Fire()
}

// answered reads an acknowledgement.
func (p *AsyncPublisher) answered(m *natsgo.Msg) {
	token := m.Subject[strings.LastIndexByte(m.Subject, '.')+1:]
	if len(m.Data) == 0 && m.Header.Get("Status") == "503" {
		p.finish(token, Ack{}, natsgo.ErrNoResponders)
		return
	}
	var answer struct {
		jetstream.PubAck
		Error *jetstream.APIError `json:"error"`
	}
	switch err := json.Unmarshal(m.Data, &answer); {
	case err == nil && answer.Error != nil:
		p.finish(token, Ack{}, answer.Error)
	case err != nil || answer.Stream == "":
		p.finish(token, Ack{}, jetstream.ErrInvalidJSAck)
	default:
		p.finish(token, newAck(&answer.PubAck), nil)
	}
}

// finish makes the outcome of a message known, once.
func (p *AsyncPublisher) finish(token string, ack Ack, err error) {
	p.mu.Lock()
	pending := p.flying[token]
	if pending == nil {
		p.mu.Unlock()
		return
	}
	if err != nil {
		err = storeError(pending.msg, pending.limit, err)
		p.halt(err)
	} else {
		p.window = min(p.window+1, p.options.Window)
	}
	p.remove(pending)
	pending.ack, pending.err = ack, err
	close(pending.done)
	p.mu.Unlock()
	p.conn.recordCall(storeOperation(pending.msg), pending.start, err)
}

// halt needs mu.
func (p *AsyncPublisher) halt(err error) {
	p.window = 1
	if p.halted == nil {
		p.halted = err
	}
}

// refused ends the wait for acknowledgements that will never come. It is asked about every violation.
func (p *AsyncPublisher) refused(violation *PermissionError) bool {
	p.lose(violation, func(pending *Pending) bool { return refusesStore(pending.msg.Subject)(violation) })
	return false
}

// lose makes messages in flight fail, in the order in which they were sent.
func (p *AsyncPublisher) lose(cause error, which func(*Pending) bool) {
	p.mu.Lock()
	var lost []*Pending
	for _, pending := range p.flying {
		if which(pending) {
			lost = append(lost, pending)
		}
	}
	p.mu.Unlock()
	slices.SortFunc(lost, func(a, b *Pending) int { return a.start.Compare(b.start) })
	for _, pending := range lost {
		p.finish(pending.token, Ack{}, cause)
	}
}

func (p *AsyncPublisher) loseAll(cause error) { p.lose(cause, func(*Pending) bool { return true }) }

// Settle waits until the outcome of every message in flight is known, at most AckWait. After it Publish sends
// again.
func (p *AsyncPublisher) Settle(ctx context.Context) error {
	for {
		p.mu.Lock()
		if len(p.flying) == 0 {
			p.halted = nil
			p.mu.Unlock()
			return nil
		}
		changed := p.changed.Changed()
		p.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("wait for acknowledgements: %w", ctx.Err())
		}
	}
}

// InFlight is how many messages wait for their acknowledgement.
func (p *AsyncPublisher) InFlight() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.flying)
}

// Close ends the publisher. What is in flight fails with *UnacknowledgedError.
func (p *AsyncPublisher) Close() {
	p.conn.mu.Lock()
	delete(p.conn.publishers, p)
	p.conn.mu.Unlock()
	p.mu.Lock()
	p.closed = true
	p.changed.Fire()
	p.mu.Unlock()
	p.sending.Lock()
	defer p.sending.Unlock()
	if p.sub != nil {
		// It fails only when the connection has ended it already.
		_ = p.sub.Unsubscribe()
		p.sub = nil
	}
	p.loseAll(ErrClosed)
}
