package nats

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// leaderAttempt is how long one question to a cluster waits for an answer: while no leader is elected there is
// none at all, and a question that got none is never answered later.
const leaderAttempt = time.Second

// jetStream runs questions to the JetStream API, records each, and turns the reasons for which they fail into
// ErrNoJetStream and *PermissionError. Without a deadline in ctx they get five seconds in all.
func (c *Conn) jetStream(ctx context.Context, l *link, ask func(context.Context, jetstream.JetStream) error) error {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, answerTimeout)
		defer cancel()
	}
	if l.nc.ConnectedClusterName() != "" {
		if err := c.awaitLeader(ctx, l); err != nil {
			return err
		}
	}
	return c.askOnce(ctx, l, ask)
}

// awaitLeader asks a cluster something small until it answers.
func (c *Conn) awaitLeader(ctx context.Context, l *link) error {
	for {
		attempt, cancel := context.WithTimeout(ctx, leaderAttempt)
		err := c.askOnce(attempt, l, func(ctx context.Context, js jetstream.JetStream) error {
			_, err := js.AccountInfo(ctx)
			return err
		})
		cancel()
		var refused *PermissionError
		switch {
		case err == nil:
			return nil
		case errors.As(err, &refused) && refused.Op == OpPublish:
			return nil // this question is refused; the real one may be allowed
		case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
			continue
		}
		return err
	}
}

// askOnce asks without repeating. A refused request, or a refused inbox, would never be answered; the refusal
// ends the wait.
func (c *Conn) askOnce(ctx context.Context, l *link, ask func(context.Context, jetstream.JetStream) error) error {
	c.mu.Lock()
	denied := c.denied
	c.mu.Unlock()
	if denied != nil {
		return denied
	}
	trace := &apiTrace{}
	js, err := jetstream.New(l.nc, jetstream.WithClientTrace(trace.client()))
	if err != nil {
		return err
	}
	err = c.unlessRefused(ctx, trace.needs, func(ctx context.Context) error { return ask(ctx, js) })
	err = apiError(err)
	if isUnrecorded(ctx) {
		return err
	}
	for _, request := range trace.finish(err) {
		request.Background = IsBackground(ctx)
		c.record(request.Operation, c.lastURL(), request.err)
	}
	return err
}

// unlessRefused runs f and ends its context when the server refuses something that f needs. The error is then
// the refusal.
func (c *Conn) unlessRefused(ctx context.Context, needs func(*PermissionError) bool, f func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	w := c.refusals.expect(&waiter{matches: func(p *PermissionError) bool {
		if !needs(p) {
			return false
		}
		cancel(p)
		return true
	}})
	defer c.refusals.forget(w)
	err := f(ctx)
	var refused *PermissionError
	if err != nil && errors.As(context.Cause(ctx), &refused) {
		return refused
	}
	return err
}

// apiError finds the reason behind an error of the jetstream package.
func apiError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
		return fmt.Errorf("%w for this account: %w", ErrNoJetStream, err)
	case errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, natsgo.ErrNoResponders):
		return fmt.Errorf("%w on this server: %w", ErrNoJetStream, err)
	}
	return err
}

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

// needs says whether a refusal concerns a request that was sent, or the inbox that the answers come to.
func (t *apiTrace) needs(p *PermissionError) bool {
	if p.Op == OpSubscribe {
		return strings.HasPrefix(p.Subject, natsgo.InboxPrefix)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.ContainsFunc(t.requests, func(r apiRequest) bool { return r.Subject == p.Subject })
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
