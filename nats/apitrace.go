package nats

import (
	"context"
	"sync"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// apiTrace collects the requests that the jetstream package sends, for the journal.
type apiTrace struct {
	mu       sync.Mutex
	requests []apiRequest
}

type apiRequest struct {
	Operation
	err error
}

func (t *apiTrace) client() *jetstream.ClientTrace {
	return &jetstream.ClientTrace{
		RequestSent: func(subject string, payload []byte) {
			t.mu.Lock()
			defer t.mu.Unlock()
			op := Operation{Verb: "REQ", Subject: subject, Data: payload, Start: time.Now()}
			t.requests = append(t.requests, apiRequest{Operation: op})
		},
		ResponseReceived: func(string, []byte, natsgo.Header) {
			t.mu.Lock()
			defer t.mu.Unlock()
			if n := len(t.requests); n > 0 {
				t.requests[n-1].Duration = time.Since(t.requests[n-1].Start)
			}
		},
	}
}

// finish returns the requests, sent one after the other. err, if any, is the answer to the last.
func (t *apiTrace) finish(err error) []apiRequest {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := len(t.requests); n > 0 && err != nil {
		last := &t.requests[n-1]
		last.err = err
		if last.Duration == 0 {
			last.Duration = time.Since(last.Start)
		}
	}
	return t.requests
}

// cancelWhenRefused calls cancel with the violation that the waiter is for. It ends with ctx.
func (w *waiter) cancelWhenRefused(ctx context.Context, cancel context.CancelCauseFunc) {
	for {
		refused, _, changed := w.state(nil)
		if refused != nil {
			cancel(refused)
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}
