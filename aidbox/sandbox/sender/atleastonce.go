package sender

import (
	"context"
	"time"

	"aidbox-nats/aidbox/sandbox/notification"
	"aidbox-nats/aidbox/sandbox/store"
)

const (
	// ackTimeout is how long JetStream may take to acknowledge a message before
	// it is sent again.
	ackTimeout = 5 * time.Second
	// firstRetry and lastRetry bound the pause before a message is sent again;
	// it doubles between them.
	firstRetry = 100 * time.Millisecond
	lastRetry  = 5 * time.Second
	// batchLimit and batchBytes bound what is read from the outbox at once.
	batchLimit = 256
	batchBytes = 4 << 20
)

// atLeastOnce sends the events of a queue in order and removes each when it has
// been acknowledged. One that is not is sent again for ever, also one that is
// larger than the server's max_payload: a limit can be raised, and nothing
// published says that Aidbox gives up. Its failures say what is in the way.
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

func (a *atLeastOnce) run(ctx context.Context, to publisher, stopping <-chan struct{}) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-stopping:
			cancel()
		case <-ctx.Done():
		}
	}()
	after := uint64(0)
	for ctx.Err() == nil {
		events, err := a.outbox.Events(a.queue, after, batchLimit, batchBytes)
		if err != nil {
			a.stats.failure(err)
			pause(ctx, lastRetry, nil)
			continue
		}
		if len(events) == 0 {
			select {
			case <-a.more:
			case <-ctx.Done():
			}
			continue
		}
		a.stats.begin(int64(len(events)))
		for _, event := range events {
			if a.deliver(ctx, to, event) {
				after = event.Seq
			}
			a.stats.end()
		}
	}
}

// deliver returns true when the event has left the outbox, and false only when
// ctx has ended.
func (a *atLeastOnce) deliver(ctx context.Context, to publisher, event store.Event) bool {
	for wait := firstRetry; ctx.Err() == nil; wait = min(2*wait, lastRetry) {
		changed := to.changed()
		err := a.attempt(ctx, to, event)
		if err == nil {
			a.stats.success()
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		a.stats.failure(err)
		pause(ctx, wait, changed)
	}
	return false
}

func (a *atLeastOnce) attempt(ctx context.Context, to publisher, event store.Event) error {
	m, err := notification.Decode(event.Data)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, ackTimeout)
	defer cancel()
	if err := to.publishAcknowledged(ctx, m); err != nil {
		return err
	}
	return a.outbox.Acknowledge(a.queue, event.Seq)
}

// pause waits, but no longer than until the connection changes.
func pause(ctx context.Context, d time.Duration, changed <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-changed:
	case <-ctx.Done():
	}
}

func (a *atLeastOnce) counters(s *Status) error {
	failed := a.stats.failures()
	s.DeliveryAttempts = &failed
	n, err := a.outbox.Queued(a.queue)
	queued := int64(n)
	s.Queued = &queued
	return err
}
