package sender

import (
	"context"
	"errors"
	"sync"
	"time"

	"aidbox-nats/aidbox/sandbox/notification"
)

const (
	// maxPending and maxPendingBytes bound what waits in memory; what comes on
	// top is lost.
	maxPending      = 10_000
	maxPendingBytes = 64 << 20
	// publishTimeout bounds one best-effort publish.
	publishTimeout = 2 * time.Second
)

var errPendingFull = errors.New("too many messages wait to be sent")

// bestEffort sends each message once, in order, and forgets it.
type bestEffort struct {
	stats *stats
	more  chan struct{} // holds a token when something has been added

	mu      sync.Mutex
	pending []notification.Message
	bytes   int
	closed  bool // nothing will be sent any more
}

func newBestEffort(s *stats) *bestEffort {
	return &bestEffort{stats: s, more: make(chan struct{}, 1)}
}

func (b *bestEffort) add(m notification.Message) {
	b.mu.Lock()
	closed, full := b.closed, len(b.pending) >= maxPending || b.bytes+len(m.Body) > maxPendingBytes && len(b.pending) > 0
	if !closed && !full {
		b.pending = append(b.pending, m)
		b.bytes += len(m.Body)
		b.stats.begin(1)
	}
	b.mu.Unlock()
	switch {
	case closed:
	case full:
		b.stats.failure(errPendingFull)
	default:
		select {
		case b.more <- struct{}{}:
		default:
		}
	}
}

func (b *bestEffort) take() []notification.Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	taken := b.pending
	b.pending, b.bytes = nil, 0
	return taken
}

func (b *bestEffort) refuse() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	for range b.take() {
		b.stats.end()
	}
}

func (b *bestEffort) run(ctx context.Context, to *connection, stopping <-chan struct{}) {
	defer b.refuse()
	for {
		select {
		case <-b.more:
			b.send(ctx, to)
		case <-stopping:
			b.send(ctx, to)
			return
		case <-ctx.Done():
			return
		}
	}
}

func (b *bestEffort) send(ctx context.Context, to *connection) {
	for _, m := range b.take() {
		ctx, cancel := context.WithTimeout(ctx, publishTimeout)
		err := to.publish(ctx, m)
		cancel()
		if err != nil {
			b.stats.failure(err)
			b.stats.end()
		} else {
			b.stats.delivered(1)
		}
	}
}

func (b *bestEffort) counters(s *Status) error {
	lost := b.stats.failures()
	s.Lost = &lost
	return nil
}
