package nats

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// maxName is the longest name of a stream or consumer that a server takes, in bytes (nats-server, JSMaxNameLen).
const maxName = 255

// The levels of the JetStream API, by the server's version. A server refuses a field that it does not know, or,
// before 2.12, ignores it.
const (
	Level211 = 1
	Level212 = 2
	Level214 = 4
	Level215 = 5
)

// LevelError says that the server is too old for something.
type LevelError struct {
	What string
	// Needs and Has are levels of the JetStream API.
	Needs, Has int
}

func (e *LevelError) Error() string {
	return fmt.Sprintf("%s needs nats-server %s or newer (JetStream API level %d, this server has %d)", e.What, levelVersion(e.Needs), e.Needs, e.Has)
}

func levelVersion(level int) string {
	switch level {
	case Level211:
		return "2.11"
	case Level212:
		return "2.12"
	case Level214:
		return "2.14"
	}
	return "2.15"
}

// NameError says why a text cannot be the name of a stream or consumer.
type NameError struct {
	Name   string
	Reason string
}

func (e *NameError) Error() string {
	return fmt.Sprintf("%s is no valid name: %s", quote(e.Name), e.Reason)
}

// ValidName says whether s can be the name of a stream or consumer. It fails with *NameError.
func ValidName(s string) error {
	reason := ""
	switch {
	case s == "":
		reason = "it is empty"
	case len(s) > maxName:
		reason = fmt.Sprintf("it is longer than %d bytes", maxName)
	case subjectFault(s, false) != "":
		reason = subjectFault(s, false)
	case slices.ContainsFunc([]byte(s), func(c byte) bool { return c == '.' || c == '*' || c == '>' || c == '/' || c == '\\' }):
		reason = `it contains one of . * > / \`
	}
	if reason == "" {
		return nil
	}
	return &NameError{Name: s, Reason: reason}
}

// APILevel asks for the level of the server's JetStream API: 0 before 2.11, else one of the constants or more.
func (c *Conn) APILevel(ctx context.Context) (int, error) {
	level := 0
	err := c.ask(ctx, "ask for the JetStream API level", func(ctx context.Context, js jetstream.JetStream) error {
		info, err := js.AccountInfo(ctx)
		if err == nil {
			level = info.API.Level
		}
		return err
	})
	return level, err
}

// needLevel fails with *LevelError when the server is too old for what.
func needLevel(ctx context.Context, js jetstream.JetStream, what string, needs int) error {
	info, err := js.AccountInfo(ctx)
	if err != nil {
		return err
	}
	if info.API.Level < needs {
		return &LevelError{What: what, Needs: needs, Has: info.API.Level}
	}
	return nil
}

// ask runs a question to JetStream; doing names it in its errors.
func (c *Conn) ask(ctx context.Context, doing string, f func(context.Context, jetstream.JetStream) error) error {
	l, err := c.usable()
	if err == nil {
		err = c.jetStream(ctx, l, f)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

// change is ask for what changes a server: it is refused when the connection is read-only.
func (c *Conn) change(ctx context.Context, doing string, f func(context.Context, jetstream.JetStream) error) error {
	if c.options.ReadOnly {
		return fmt.Errorf("%s: %w", doing, ErrReadOnly)
	}
	return c.ask(ctx, doing, f)
}

// attempts are how long the tries of a question that can be repeated wait, the last one as long as is left. A
// question whose server or leader goes away is never answered.
var attempts = [...]time.Duration{2 * time.Second, 4 * time.Second, 8 * time.Second}

// read runs a question that changes nothing, again when the leader or the connection was lost under it. Without a
// deadline in ctx it gets ten seconds in all.
func (c *Conn) read(ctx context.Context, f func(context.Context, jetstream.JetStream) error) error {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, 2*answerTimeout)
		defer cancel()
	}
	for i := 0; ; i++ {
		l, err := c.usable()
		if err != nil && i > 0 && errors.Is(err, ErrNotConnected) {
			if waitErr := c.WaitConnected(ctx); waitErr != nil {
				return waitErr
			}
			continue
		}
		if err != nil {
			return err
		}
		attempt, cancel := ctx, context.CancelFunc(func() {})
		if i < len(attempts) {
			attempt, cancel = context.WithTimeout(ctx, attempts[i])
		}
		err = c.askOnce(attempt, l, f)
		cancel()
		if err == nil || ctx.Err() != nil || !passes(err) {
			return err
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			// An answer that there is no leader comes at once.
			select {
			case <-time.After(leaderPause):
			case <-ctx.Done():
				return err
			}
		}
	}
}

const (
	// leaderPause is the wait for an election before asking again.
	leaderPause = 100 * time.Millisecond
	// codeNoLeader is the server's answer while a cluster elects one (nats-server, JSClusterNotAvailErr).
	codeNoLeader = 10008
)

// passes says whether a failed question may succeed when it is asked again.
func passes(err error) bool {
	var api *jetstream.APIError
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, natsgo.ErrConnectionClosed) ||
		errors.Is(err, natsgo.ErrReconnectBufExceeded) || errors.Is(err, natsgo.ErrDisconnected) ||
		errors.As(err, &api) && api.ErrorCode == codeNoLeader
}

// call sends a request of the JetStream API that the jetstream package has no function for, or one that keeps back
// part of the answer.
func call(ctx context.Context, js jetstream.JetStream, subject string, request, answer any) error {
	body, err := json.Marshal(request)
	if err != nil {
		return err
	}
	subject = jetstream.DefaultAPIPrefix + subject
	trace := js.Options().ClientTrace
	trace.RequestSent(subject, body)
	msg, err := js.Conn().RequestWithContext(ctx, subject, body)
	if err != nil {
		return err
	}
	trace.ResponseReceived(subject, msg.Data, msg.Header)
	var failed struct {
		Error *jetstream.APIError `json:"error"`
	}
	if err := json.Unmarshal(msg.Data, &failed); err != nil {
		return fmt.Errorf("%s: the answer is not JSON: %w", subject, err)
	}
	if failed.Error != nil {
		return failed.Error
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(msg.Data, answer); err != nil {
		return fmt.Errorf("%s: the answer is not understood: %w", subject, err)
	}
	return nil
}

// hasCode says whether err is the server's error with this code.
func hasCode(err error, code jetstream.ErrorCode) bool {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		return api.ErrorCode == code
	}
	var js jetstream.JetStreamError
	return errors.As(err, &js) && js.APIError() != nil && js.APIError().ErrorCode == code
}

type unrecordedKey struct{}

// unrecorded marks requests that are left out of the journal, because they repeat one that is in it.
func unrecorded(ctx context.Context) context.Context {
	if isUnrecorded(ctx) {
		return ctx
	}
	return context.WithValue(ctx, unrecordedKey{}, true)
}

func isUnrecorded(ctx context.Context) bool { return ctx.Value(unrecordedKey{}) != nil }
