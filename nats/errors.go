package nats

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Errors that code decides on.
var (
	// ErrReadOnly says that the connection was opened read-only, so nothing was sent.
	ErrReadOnly = errors.New("this connection is read-only")
	// ErrNotConnected says that there is no connection right now; the cause is wrapped beside it.
	ErrNotConnected = errors.New("not connected to NATS")
	// ErrClosed says that the Conn or the Feed was closed by the program.
	ErrClosed = errors.New("closed")
	// ErrDuplicate says that the feed already has a subscription on this subject.
	ErrDuplicate = errors.New("already subscribed")
	// ErrNotSubscribed says that the feed has no subscription on this subject.
	ErrNotSubscribed = errors.New("not subscribed")
	// ErrNoJetStream says that the server, or this connection's account, has no JetStream.
	ErrNoJetStream = errors.New("no JetStream")
)

// Op is what a client tried to do with a subject.
type Op string

// The operations that a server's permissions decide on.
const (
	OpPublish   Op = "publish"
	OpSubscribe Op = "subscribe"
	OpReply     Op = "reply" // a publish whose reply subject is not allowed
)

// PermissionError says that the server refused a subject to this connection's user. errors.Is finds
// nats.go's ErrPermissionViolation in it.
type PermissionError struct {
	Op      Op
	Subject string
	// Identity is what the connection presented, as in AuthError. Empty: nothing.
	Identity string
	Err      error
}

func (e *PermissionError) Error() string {
	who := e.Who()
	switch e.Op {
	case OpSubscribe:
		return fmt.Sprintf("the server does not allow %s to subscribe to %s", who, quote(e.Subject))
	case OpReply:
		return fmt.Sprintf("the server does not allow %s the reply subject %s", who, quote(e.Subject))
	}
	return fmt.Sprintf("the server does not allow %s to publish to %s", who, quote(e.Subject))
}

// Who names the user that was refused, as far as it is known here.
func (e *PermissionError) Who() string {
	switch {
	case e.Identity == "":
		return "this user"
	case strings.HasPrefix(e.Identity, "user "):
		return e.Identity
	}
	return "the user of " + e.Identity
}

func (e *PermissionError) Unwrap() error { return e.Err }

// SlowConsumerError says that messages of a subscription were thrown away in this process, because they
// arrived faster than they were taken. Dropped is the subscription's total so far.
type SlowConsumerError struct {
	Subject string
	Dropped uint64
}

func (e *SlowConsumerError) Error() string {
	return fmt.Sprintf("messages on %s came too fast, %d dropped so far", quote(e.Subject), e.Dropped)
}

// DisconnectedError says that an established connection was lost. Err is nil when the server went without
// a word. URL has its secrets masked.
type DisconnectedError struct {
	URL string
	Err error
}

func (e *DisconnectedError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("the connection to %s was lost", e.URL)
	}
	return fmt.Sprintf("the connection to %s was lost: %s", e.URL, clip(e.Err.Error()))
}

func (e *DisconnectedError) Unwrap() error { return e.Err }

// AuthError says that a server does not accept this connection's user. It is retried for ever: the server
// may learn of the user, and a credentials file may be renewed. URL has its secrets masked.
type AuthError struct {
	URL string
	// Identity is what the connection presented, without secrets: `user "bob"`, `the credentials in FILE`,
	// `the token`, or empty for nothing.
	Identity string
	Err      error
}

func (e *AuthError) Error() string { return explainAuth(e) }

func (e *AuthError) Unwrap() error { return e.Err }

// ConnectError says that no connection to a server came about. URL has its secrets masked.
type ConnectError struct {
	URL string
	Err error
}

func (e *ConnectError) Error() string { return explainConnect(e) }

func (e *ConnectError) Unwrap() error { return e.Err }

// ServerError is an error that the server sent and that concerns no single subject.
type ServerError struct {
	URL string
	Err error
}

func (e *ServerError) Error() string {
	return fmt.Sprintf("%s reports: %s", e.URL, clip(e.Err.Error()))
}

func (e *ServerError) Unwrap() error { return e.Err }

// maxText bounds, in bytes, what an error keeps of a text from outside.
const maxText = 512

func clip(s string) string {
	if len(s) <= maxText {
		return s
	}
	return strings.ToValidUTF8(s[:maxText], "") + "..."
}

// quote makes a text from outside visible and harmless inside a sentence.
func quote(s string) string { return strconv.Quote(clip(s)) }
