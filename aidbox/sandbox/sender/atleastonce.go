package sender

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"aidbox-nats/nats"
)

const (
	// firstRetry and lastRetry bound the pause before what failed is sent again; it
	// doubles between them.
	firstRetry = 100 * time.Millisecond
	lastRetry  = 5 * time.Second
	// window is how many messages may wait for their acknowledgement.
	window = 1024
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
