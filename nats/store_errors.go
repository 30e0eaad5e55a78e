package nats

import (
	"context"
	"errors"
	"fmt"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Errors of a publish to a stream that code decides on; *StoreError wraps them.
var (
	// ErrNoStream says that no stream takes the subject.
	ErrNoStream = errors.New("no stream takes this subject")
	// ErrStreamFull says that a stream, or the storage under it, has no room.
	ErrStreamFull = errors.New("the stream is full")
	// ErrOvertaken says that the last message in the stream is not the one that was demanded, because that one was not
	// stored, or because somebody else's came in between.
	ErrOvertaken = errors.New("the message before it is not the last one in the stream")
)

// StoreError says why a stream did not store a message. It is certain that it is not stored.
type StoreError struct {
	Subject string
	// Code is the server's error code (jetstream.ErrorCode), zero when no stream answered.
	Code int
	// Err is what errors.Is finds: ErrNoStream, ErrStreamFull, ErrOvertaken, *jetstream.APIError and others of nats.go.
	Err error
}

func (e *StoreError) Error() string {
	return fmt.Sprintf("publish to %s: %s", quote(e.Subject), clip(e.Err.Error()))
}

func (e *StoreError) Unwrap() error { return e.Err }

// UnacknowledgedError says that no acknowledgement of a message came, so it may be stored or not. Sent again with
// the same MsgID it is stored once.
type UnacknowledgedError struct {
	Subject string
	// Err is why: *PermissionError without a right on the inbox, context.DeadlineExceeded, ErrNotConnected, ErrClosed.
	Err error
}

func (e *UnacknowledgedError) Error() string {
	return fmt.Sprintf("publish to %s: it may be stored or not, because no acknowledgement came: %s", quote(e.Subject), e.reason())
}

func (e *UnacknowledgedError) reason() string {
	var refused *PermissionError
	switch {
	case errors.As(e.Err, &refused):
		return fmt.Sprintf("%s; allow _INBOX.>", refused)
	case errors.Is(e.Err, context.DeadlineExceeded):
		return "the time for it ran out"
	}
	return e.Err.Error()
}

func (e *UnacknowledgedError) Unwrap() error { return e.Err }

// The codes with which a server says that there is no room, or that another message is the last (nats-server,
// errors.json).
const (
	codeAccountResources     = 10002
	codeInsufficientResource = 10023
	codeMemoryResources      = 10028
	codeStorageResources     = 10047
	codeWrongLastMsgID       = 10070
	codeStoreFailed          = 10077
)

// full says whether a stream refused a message for want of room. Code 10077 is for every failure of the store;
// which one stands only in its text (nats-server, store.go: ErrMaxMsgs, ErrMaxBytes, ErrMaxMsgsPerSubject).
func full(e *jetstream.APIError) bool {
	switch e.ErrorCode {
	case codeAccountResources, codeInsufficientResource, codeMemoryResources, codeStorageResources:
		return true
	case codeStoreFailed:
		switch e.Description {
		case "maximum messages exceeded", "maximum bytes exceeded", "maximum messages per subject exceeded":
			return true
		}
	}
	return false
}

// storeError finds the reason behind an error of a publish to a stream.
func storeError(msg *natsgo.Msg, maxPayload int64, err error) error {
	var (
		api     *jetstream.APIError
		refused *PermissionError
	)
	switch {
	case errors.As(err, &refused) && isInbox(refused):
		return &UnacknowledgedError{Subject: msg.Subject, Err: refused}
	case refused != nil:
		return refused
	case errors.Is(err, jetstream.ErrNoStreamResponse), errors.Is(err, natsgo.ErrNoResponders):
		return &StoreError{Subject: msg.Subject, Err: fmt.Errorf("%w: create one with this subject", ErrNoStream)}
	case errors.As(err, &api):
		cause := fmt.Errorf("the stream refused it: %w", api)
		switch {
		case full(api):
			cause = fmt.Errorf("%w: %w", ErrStreamFull, api)
		case api.ErrorCode == codeWrongLastMsgID:
			cause = fmt.Errorf("%w: %w", ErrOvertaken, api)
		}
		return &StoreError{Subject: msg.Subject, Code: int(api.ErrorCode), Err: cause}
	case errors.Is(err, jetstream.ErrInvalidJSAck):
		return &StoreError{Subject: msg.Subject, Err: fmt.Errorf("somebody else than a stream answered: %w", err)}
	case errors.Is(err, natsgo.ErrMaxPayload):
		return fmt.Errorf("publish %d bytes to %s: the server takes at most %d: %w", len(msg.Data), quote(msg.Subject), maxPayload, err)
	case errors.Is(err, natsgo.ErrReconnectBufExceeded):
		return fmt.Errorf("publish to %s: %w: %w", quote(msg.Subject), ErrNotConnected, err)
	case errors.Is(err, natsgo.ErrDisconnected), errors.Is(err, natsgo.ErrConnectionClosed):
		return &UnacknowledgedError{Subject: msg.Subject, Err: fmt.Errorf("%w: the connection was lost before it came", ErrNotConnected)}
	case errors.Is(err, natsgo.ErrTimeout):
		return &UnacknowledgedError{Subject: msg.Subject, Err: context.DeadlineExceeded}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled), errors.Is(err, ErrClosed):
		return &UnacknowledgedError{Subject: msg.Subject, Err: err}
	}
	return fmt.Errorf("publish to %s: %w", quote(msg.Subject), err)
}
