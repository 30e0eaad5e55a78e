package sender

import (
	"context"
	"errors"

	"aidbox-nats/aidbox/sandbox/notification"
	"aidbox-nats/nats"
)

const (
	// batchLimit and batchBytes bound what is read from the outbox at once.
	batchLimit = 256
	batchBytes = 4 << 20
	// unconfirmed bounds how many sent events may wait to be removed from the outbox.
	unconfirmed = 4096
)

// item is an event that was read from the outbox.
type item struct {
	seq     uint64
	data    []byte // as it is in the outbox
	pending *nats.Pending
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
		for len(f.backlog) > 0 && ctx.Err() == nil {
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
