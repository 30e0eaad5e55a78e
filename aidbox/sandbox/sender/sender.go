// Package sender brings messages to NATS, for each destination with a
// connection and a goroutine of its own.
//
// A sender is made when its destination is, or when the sandbox starts. If the
// broker cannot be reached or refuses the user at that moment, there is no sender
// until the destination is made again or the sandbox starts again, as is
// documented of Aidbox; a connection that is lost later comes back by itself.
package sender

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/sandbox/notification"
	"aidbox-nats/aidbox/sandbox/store"
	"aidbox-nats/aidbox/sandbox/subscription"
)

// ErrNone says that a destination has no sender.
var ErrNone = errors.New("no sender")

// Outbox is where at-least-once events wait. Queues have the names of
// [subscription.Queue].
type Outbox interface {
	Events(queue string, after uint64, limit, maxBytes int) ([]store.Event, error)
	Acknowledge(queue string, seqs ...uint64) error
	Queued(queue string) (uint64, error)
}

// Options say for whom a sender works.
type Options struct {
	Destination aidbox.Destination
	Outbox      Outbox
	CredsDir    string // what Aidbox's /creds is on this machine; empty: /creds
}

// Sender works for one destination.
type Sender struct {
	options Options
	work    worker
	stats   *stats

	ready    chan struct{} // closed when it is known whether there is a sender
	failure  error         // why there is none; written before ready is closed
	stopping chan struct{} // closed by Stop
	stop     sync.Once
	done     chan struct{} // closed when the goroutine has ended
}

// worker is what a kind of destination does with its connection.
type worker interface {
	// run sends until stopping is closed, and gives up what it waits for when ctx
	// ends.
	run(ctx context.Context, to *connection, stopping <-chan struct{})
	// refuse is called instead of run if there is no connection.
	refuse()
	// counters adds what the worker knows to a status.
	counters(*Status) error
}

// Start makes a sender and returns at once; [Sender.Ready] waits for its
// connection. Messages given to it meanwhile are kept. The goroutine ends after
// Stop, or when ctx does.
func Start(ctx context.Context, o Options) *Sender {
	s := &Sender{
		options:  o,
		stats:    newStats(),
		ready:    make(chan struct{}),
		stopping: make(chan struct{}),
		done:     make(chan struct{}),
	}
	if o.Destination.IsJetStream() {
		s.work = newAtLeastOnce(o.Outbox, subscription.Queue(o.Destination), s.stats)
	} else {
		s.work = newBestEffort(s.stats)
	}
	go s.run(ctx)
	return s
}

func (s *Sender) run(ctx context.Context) {
	defer close(s.done)
	conn, err := s.connect(ctx)
	if err != nil {
		s.failure = fmt.Errorf("%w for %s/%s: %w", ErrNone, subscription.DestinationType, s.options.Destination.ID, err)
		s.work.refuse()
		close(s.ready)
		return
	}
	defer conn.close()
	close(s.ready)
	s.work.run(ctx, conn, s.stopping)
}

// connect is cancelled by Stop, which nobody who waits for a broker that does
// not answer wants to wait for.
func (s *Sender) connect(ctx context.Context) (*connection, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	connected := make(chan struct{})
	defer close(connected)
	go func() {
		select {
		case <-s.stopping:
			cancel()
		case <-connected:
		}
	}()
	return dial(ctx, s.options.Destination, s.options.CredsDir)
}

// Ready waits until it is known whether there is a sender. The error wraps
// [ErrNone] if there is none, or is that of ctx.
func (s *Sender) Ready(ctx context.Context) error {
	select {
	case <-s.ready:
		return s.failure
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Send gives a best-effort sender a message. It never waits.
func (s *Sender) Send(m notification.Message) {
	if w, ok := s.work.(*bestEffort); ok {
		w.add(m)
	}
}

// Wake tells an at-least-once sender that its queue has grown.
func (s *Sender) Wake() {
	if w, ok := s.work.(*atLeastOnce); ok {
		w.wake()
	}
}

// Status returns the counters of a sender that is ready.
func (s *Sender) Status() (Status, error) {
	status := s.stats.snapshot()
	err := s.work.counters(&status)
	return status, err
}

// Stop has the sender end; a best-effort one first sends what it was given.
// Done says when it has.
func (s *Sender) Stop() {
	s.stop.Do(func() { close(s.stopping) })
}

// Done is closed when the sender has ended.
func (s *Sender) Done() <-chan struct{} {
	return s.done
}
