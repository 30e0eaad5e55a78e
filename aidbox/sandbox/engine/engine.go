// Package engine makes changes happen: it writes a version of a resource,
// decides which topics it fires, and hands the events to the senders of their
// destinations, so that
//
//   - the version, its place in the history and its at-least-once events are one
//     transaction;
//   - a change sees exactly the topics and destinations that were committed
//     before it, or earlier in its own transaction;
//   - best-effort messages leave after the commit, in the order of versions;
//   - a destination's queue and sender live as long as the destination.
package engine

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/r4"
	"aidbox-nats/aidbox/sandbox/notification"
	"aidbox-nats/aidbox/sandbox/sender"
	"aidbox-nats/aidbox/sandbox/store"
	"aidbox-nats/aidbox/sandbox/subscription"
)

// Options are what an engine is made of. All but CredsDir are required.
type Options struct {
	Store       *store.Store
	Definitions *r4.Definitions
	BaseURL     string // of the server, without /fhir
	Version     int    // of the Aidbox that is emulated
	CredsDir    string // what Aidbox's /creds is on this machine
}

// Engine is safe for concurrent use.
type Engine struct {
	store    *store.Store
	compiler *notification.Compiler
	writer   notification.Writer
	current  atomic.Pointer[generation]
	credsDir string

	ctx     context.Context // of all senders
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu      sync.Mutex
	senders map[string]*sender.Sender // by destination id
	closed  bool
}

// generation is the topics and destinations as of a version.
type generation struct {
	version uint64
	set     *notification.Set
}

// New reads the topics and destinations and starts the senders of those
// destinations that can have one.
func New(o Options) (*Engine, error) {
	e := &Engine{
		store:    o.Store,
		compiler: notification.NewCompiler(o.Definitions),
		writer:   notification.Writer{BaseURL: o.BaseURL, Version: o.Version},
		credsDir: o.CredsDir,
		senders:  make(map[string]*sender.Sender),
	}
	e.ctx, e.cancel = context.WithCancel(context.Background())
	err := e.store.View(func(tx *store.Tx) error {
		now, err := e.generation(tx)
		if err != nil {
			return err
		}
		e.current.Store(now)
		destinations, err := read[aidbox.Destination](tx, subscription.DestinationType)
		if err != nil {
			return err
		}
		for _, d := range destinations {
			if now.set.Deaf(d.Topic) == nil {
				e.start(d)
			}
		}
		return nil
	})
	if err != nil {
		e.cancel()
		return nil, fmt.Errorf("start the senders: %w", err)
	}
	return e, nil
}

// Close stops the senders. Best-effort messages that wait are sent first, unless
// ctx ends.
func (e *Engine) Close(ctx context.Context) error {
	e.mu.Lock()
	e.closed = true
	for _, s := range e.senders {
		s.Stop()
	}
	e.mu.Unlock()
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		e.running.Wait()
	}()
	var err error
	select {
	case <-stopped:
	case <-ctx.Done():
		err = fmt.Errorf("stop the senders: %w", ctx.Err())
	}
	e.cancel()
	<-stopped
	return err
}

// View runs fn on a snapshot.
func (e *Engine) View(fn func(*store.Tx) error) error {
	return e.store.View(fn)
}

// Update runs fn in a transaction. fn may run more than once. When destinations
// were made, it is also known whether they have a sender when Update returns,
// unless ctx ends before.
func (e *Engine) Update(ctx context.Context, correlationID string, fn func(*Tx) error) error {
	var made []string
	err := e.store.Update(func(tx *store.Tx) error {
		t := &Tx{Tx: tx, engine: e, ctx: context.WithoutCancel(ctx), correlationID: correlationID}
		err := fn(t)
		made = t.made
		return err
	})
	if err != nil {
		return err
	}
	for _, id := range made {
		if s := e.sender(id); s != nil {
			// Whether it has one is asked through Status.
			_ = s.Ready(ctx)
		}
	}
	return nil
}

// Status tells of the sender of a destination. The error wraps
// [sender.ErrNone] if there is none.
func (e *Engine) Status(ctx context.Context, id string) (sender.Status, error) {
	s := e.sender(id)
	if s == nil {
		return sender.Status{}, sender.ErrNone
	}
	if err := s.Ready(ctx); err != nil {
		return sender.Status{}, err
	}
	return s.Status()
}

func (e *Engine) sender(id string) *sender.Sender {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.senders[id]
}

func (e *Engine) start(d aidbox.Destination) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return
	}
	s := sender.Start(e.ctx, sender.Options{Destination: d, Outbox: e.store, CredsDir: e.credsDir})
	e.senders[d.ID] = s
	e.running.Go(func() { <-s.Done() })
}

func (e *Engine) stop(id string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if s := e.senders[id]; s != nil {
		s.Stop()
		delete(e.senders, id)
	}
}

// generation returns what a transaction sees. Only what was committed is kept:
// a version that is rolled back will be given to something else.
func (e *Engine) generation(tx *store.Tx) (*generation, error) {
	topic, err := tx.LastChange(subscription.TopicType)
	if err != nil {
		return nil, err
	}
	destination, err := tx.LastChange(subscription.DestinationType)
	if err != nil {
		return nil, err
	}
	version := max(topic, destination)
	if known := e.current.Load(); known != nil && known.version == version {
		return known, nil
	}
	topics, err := read[aidbox.Topic](tx, subscription.TopicType)
	if err != nil {
		return nil, err
	}
	destinations, err := read[aidbox.Destination](tx, subscription.DestinationType)
	if err != nil {
		return nil, err
	}
	return &generation{version: version, set: e.compiler.Build(topics, destinations)}, nil
}

// read decodes all resources of a type.
func read[T any, P interface {
	*T
	UnmarshalJSON([]byte) error
}](tx *store.Tx, resourceType string) (all []T, err error) {
	err = tx.Each(resourceType, 0, func(r store.Record) error {
		var one T
		if err := P(&one).UnmarshalJSON(r.Body); err != nil {
			return fmt.Errorf("read %s/%s: %w", r.Type, r.ID, err)
		}
		all = append(all, one)
		return nil
	})
	return all, err
}

// hand gives a message to the sender of its destination, or tells it that there
// is one more in its queue.
func (e *Engine) hand(d aidbox.Destination, m notification.Message) {
	s := e.sender(d.ID)
	switch {
	case s == nil:
	case d.IsJetStream():
		s.Wake()
	default:
		s.Send(m)
	}
}
