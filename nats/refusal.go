package nats

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"

	natsgo "github.com/nats-io/nats.go"

	"aidbox-nats/nats/watch"
)

// parsePermission reads a server's permission violation. The server writes (nats-server, client.go)
//
//	Permissions Violation for Publish to "SUBJECT"
//	Permissions Violation for Publish with Reply of "SUBJECT"
//	Permissions Violation for Subscription to "SUBJECT" [using queue "QUEUE"]
//
// with the subject as a Go string literal.
func parsePermission(err error) (*PermissionError, bool) {
	if !errors.Is(err, natsgo.ErrPermissionViolation) {
		return nil, false
	}
	text := err.Error()
	for _, form := range []struct {
		op    Op
		words string
	}{
		{OpPublish, "Violation for Publish to "},
		{OpReply, "Violation for Publish with Reply of "},
		{OpSubscribe, "Violation for Subscription to "},
	} {
		_, rest, found := strings.Cut(text, form.words)
		if !found {
			continue
		}
		literal, err2 := strconv.QuotedPrefix(rest)
		if err2 != nil {
			return nil, false
		}
		subject, err2 := strconv.Unquote(literal)
		if err2 != nil {
			return nil, false
		}
		return &PermissionError{Op: form.op, Subject: subject, Err: err}, true
	}
	return nil, false
}

// refusals matches violations, which arrive asynchronously, with the calls that caused them.
//
// The server handles a connection's operations in order, so once it has answered a ping, a violation of
// what was sent before has arrived: nats.go has it in LastError, and has put it in the queue of its error
// handler, but the handler may not have run yet. A call therefore waits until the handler has seen
// the error that LastError shows after the ping; the queue is first in, first out.
type refusals struct {
	mu      sync.Mutex
	waiting []*waiter
}

// waiter is one call that wants to know of a violation.
type waiter struct {
	matches func(*PermissionError) bool
	// remembers says that state will be asked. A call that waits for long must not keep every error of that time.
	remembers bool

	mu      sync.Mutex
	refused *PermissionError
	seen    []error
	changed watch.Signal
}

// expect has a waiter asked about every violation until it is forgotten.
func (r *refusals) expect(w *waiter) *waiter {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting = append(r.waiting, w)
	return w
}

func (r *refusals) forget(w *waiter) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting = slices.DeleteFunc(r.waiting, func(other *waiter) bool { return other == w })
}

// report hands an error of the handler, and what it means if it is a violation, to the waiting calls.
func (r *refusals) report(err error, violation *PermissionError) {
	r.mu.Lock()
	waiting := slices.Clone(r.waiting)
	r.mu.Unlock()
	for _, w := range waiting {
		w.mu.Lock()
		if w.remembers {
			w.seen = append(w.seen, err)
		}
		if violation != nil && w.refused == nil && w.matches(violation) {
			w.refused = violation
		}
		w.changed.Fire()
		w.mu.Unlock()
	}
}

// state is the matching violation, whether the handler has seen err, and the channel for the next change.
func (w *waiter) state(err error) (refused *PermissionError, seen bool, changed <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	// Errors are compared by identity: nats.go makes a new value for each violation.
	return w.refused, slices.ContainsFunc(w.seen, func(other error) bool { return other == err }), w.changed.Changed()
}
