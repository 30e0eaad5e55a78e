package sender

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"aidbox-nats/aidbox/sandbox/notification"
	"aidbox-nats/nats"
)

const (
	// firstRetry and lastRetry bound the pause before what failed is sent again; it
	// doubles between them.
	firstRetry = 100 * time.Millisecond
	lastRetry  = 5 * time.Second
	// batchLimit and batchBytes bound what is read from the outbox at once.
	batchLimit = 256
	batchBytes = 4 << 20
	// window is how many messages may wait for their acknowledgement.
	window = 1024
	// unconfirmed bounds how many sent events may wait to be removed from the outbox.
	unconfirmed = 4096
)

// atLeastOnce sends the events of a queue in order, many at once, and removes
// them when they have been acknowledged. One that is not is sent again for ever,
// also one that is larger than the server's max_payload: a limit can be raised,
// and nothing published says that Aidbox gives up. Its failures say what is in
// the way.
type atLeastOnce struct {
	outbox Outbox
	queue  string
	stats  *stats
	more   chan struct{} // holds a token when the queue has grown
}

func newAtLeastOnce(outbox Outbox, queue string, s *stats) *atLeastOnce {
	return &atLeastOnce{outbox: outbox, queue: queue, stats: s, more: make(chan struct{}, 1)}
}

func (a *atLeastOnce) wake() {
	select {
	case a.more <- struct{}{}:
	default:
	}
}

func (a *atLeastOnce) refuse() {}

// item is an event that was read from the outbox.
type item struct {
	seq     uint64
	data    []byte // as it is in the outbox
	pending *nats.Pending
}

func (a *atLeastOnce) run(ctx context.Context, to *connection, stopping <-chan struct{}) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-stopping:
			cancel()
		case <-ctx.Done():
		}
	}()
	publisher := to.conn.NewAsyncPublisher(nats.AsyncOptions{Window: window, Chained: true, Unheard: true})
	defer publisher.Close()
	f := &flow{atLeastOnce: a, publisher: publisher}
	wait := firstRetry
	for ctx.Err() == nil {
		since := to.conn.Status().Since
		result := f.round(ctx)
		if result.delivered > 0 {
			wait = firstRetry
		}
		if result.failed {
			to.pause(ctx, wait, since)
			wait = min(2*wait, lastRetry)
		}
		// Only ctx ends it early.
		_ = publisher.Settle(ctx)
	}
}

// flow is the events on their way from the outbox to the stream.
type flow struct {
	*atLeastOnce
	publisher *nats.AsyncPublisher
	backlog   []*item // read and not sent, in order
	read      uint64  // the sequence number of the last event that was read
}

// result is what came of a round.
type result struct {
	delivered int
	failed    bool // for a reason that asks for a pause
}

// round sends until something fails or ctx ends, and returns when the outcome of
// all that was sent is known and the backlog has what has to be sent again.
func (f *flow) round(ctx context.Context) result {
	c := &confirmation{atLeastOnce: f.atLeastOnce, sent: make(chan *item, unconfirmed), broken: make(chan struct{}), over: make(chan struct{})}
	go c.run(ctx)
	err := f.send(ctx, c)
	close(c.sent)
	<-c.over
	f.backlog = append(c.left, f.backlog...)
	if err != nil && ctx.Err() == nil && !errors.As(err, new(*nats.HaltedError)) {
		c.failed = true
		f.stats.failure(explained(err))
	}
	return c.result
}

// send returns when a message could not be sent, with the reason, or one that was
// sent has failed.
func (f *flow) send(ctx context.Context, c *confirmation) error {
	for {
		if len(f.backlog) == 0 {
			if err := f.refill(); err != nil {
				return err
			}
		}
		for len(f.backlog) > 0 {
			next := f.backlog[0]
			pending, err := f.publish(ctx, next)
			if err != nil {
				return err
			}
			next.pending = pending
			f.backlog = f.backlog[1:]
			c.sent <- next
		}
		select {
		case <-f.more:
		case <-c.broken:
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

func (f *flow) refill() error {
	events, err := f.outbox.Events(f.queue, f.read, batchLimit, batchBytes)
	if err != nil {
		return err
	}
	for _, event := range events {
		f.backlog = append(f.backlog, &item{seq: event.Seq, data: event.Data})
		f.read = event.Seq
	}
	f.stats.begin(int64(len(events)))
	if len(events) > 0 {
		f.wake() // there may be more
	}
	return nil
}

// publish gives the message an id of its own, so that a stream does not store a
// second time what it has stored and whose acknowledgement was lost.
func (f *flow) publish(ctx context.Context, i *item) (*nats.Pending, error) {
	m, err := notification.Decode(i.data)
	if err != nil {
		return nil, err
	}
	return f.publisher.Publish(ctx, nats.Message{Subject: m.Subject, Header: header(m), Data: m.Body}, nats.StoreOptions{MsgID: m.ID})
}

// explained words a failure for lastErrorDetail.
func explained(err error) error {
	var refused *nats.StoreError
	if errors.As(err, &refused) && errors.Is(err, nats.ErrNoStream) {
		return fmt.Errorf("publish to %q: %w: %w", refused.Subject, jetstream.ErrNoStreamResponse, refused.Err)
	}
	return sized(err, "is sent again for ever, while everything behind it waits")
}

func (a *atLeastOnce) counters(s *Status) error {
	failed := a.stats.failures()
	s.DeliveryAttempts = &failed
	n, err := a.outbox.Queued(a.queue)
	queued := int64(n)
	s.Queued = &queued
	return err
}
