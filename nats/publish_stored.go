package nats

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// StoreOptions say how a message is to be stored. The zero value stores it in whichever stream takes its
// subject.
type StoreOptions struct {
	// ExpectStream is the stream that must take the message (header Nats-Expected-Stream); another one
	// refuses it. Empty: any.
	ExpectStream string
	// MsgID is the message's identity (header Nats-Msg-Id): within the stream's duplicate window the second
	// message with the same one is acknowledged and not stored. Empty: none, every try is stored.
	MsgID string
}

// Ack is a stream's word that it has a message.
type Ack struct {
	Stream string
	Seq    uint64
	// Duplicate says that the stream had the message already; Seq is where.
	Duplicate bool
}

// PublishStored sends a message to JetStream and returns when a stream has stored it. Without a deadline in ctx
// it waits five seconds at most. It fails with
//   - *StoreError when no stream took it; errors.Is finds ErrNoStream and ErrStreamFull in it,
//   - *PermissionError when the user may not publish there, or has no inbox; nothing was stored then,
//   - *UnacknowledgedError when no acknowledgement came, so that it may be stored or not,
//   - ErrReadOnly, ErrNotConnected, *SubjectError, and nats.go's ErrMaxPayload, as Publish does.
func (c *Conn) PublishStored(ctx context.Context, m Message, o StoreOptions) (Ack, error) {
	msg, err := c.storable(m, o)
	if err != nil {
		return Ack{}, err
	}
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, answerTimeout)
		defer cancel()
	}
	start := time.Now()
	ack, err := c.publishStored(ctx, msg)
	c.recordCall(storeOperation(msg), start, err)
	return ack, err
}

func (c *Conn) publishStored(ctx context.Context, msg *natsgo.Msg) (Ack, error) {
	l, err := c.usable()
	if err != nil {
		return Ack{}, fmt.Errorf("publish to %s: %w", quote(msg.Subject), err)
	}
	if err := c.awaitInbox(ctx, l); err != nil {
		return Ack{}, noInbox(msg.Subject, err)
	}
	var stored *jetstream.PubAck
	err = c.unlessRefused(ctx, refusesStore(msg.Subject), func(ctx context.Context) error {
		js, err := jetstream.New(l.nc)
		if err != nil {
			return err
		}
		stored, err = js.PublishMsg(ctx, msg)
		return err
	})
	if err != nil {
		return Ack{}, storeError(msg, l.nc.MaxPayload(), err)
	}
	return newAck(stored), nil
}

func newAck(a *jetstream.PubAck) Ack {
	return Ack{Stream: a.Stream, Seq: a.Sequence, Duplicate: a.Duplicate}
}

// storable checks a message and makes it ready to be sent.
func (c *Conn) storable(m Message, o StoreOptions) (*natsgo.Msg, error) {
	if c.options.ReadOnly {
		return nil, fmt.Errorf("publish to %s: %w", quote(m.Subject), ErrReadOnly)
	}
	if err := ValidSubject(m.Subject, false); err != nil {
		return nil, fmt.Errorf("publish: %w", err)
	}
	if m.Reply != "" {
		return nil, fmt.Errorf("publish to %s: a message to a stream has no reply subject of its own, because the acknowledgement takes that place", quote(m.Subject))
	}
	return &natsgo.Msg{Subject: m.Subject, Header: o.header(m.Header), Data: m.Data}, nil
}

// StoreOperation is what PublishStored does with a message, to be shown before it is done.
func StoreOperation(m Message, o StoreOptions) Operation {
	op := storeOperation(&natsgo.Msg{Subject: m.Subject, Header: o.header(m.Header), Data: m.Data})
	op.Bytes = len(m.Data)
	return op
}

// header is a message's, with what the options add.
func (o StoreOptions) header(h natsgo.Header) natsgo.Header {
	header := cloneHeader(h)
	if header == nil {
		header = natsgo.Header{}
	}
	if o.ExpectStream != "" {
		header.Set(jetstream.ExpectedStreamHeader, o.ExpectStream)
	}
	if o.MsgID != "" {
		header.Set(jetstream.MsgIDHeader, o.MsgID)
	}
	return header
}

func storeOperation(msg *natsgo.Msg) Operation {
	return Operation{Verb: "PUB", Subject: msg.Subject, Header: msg.Header, Data: msg.Data, stored: true}
}

// refusesStore matches what keeps a message from being stored, or its acknowledgement from coming back.
func refusesStore(subject string) func(*PermissionError) bool {
	return func(p *PermissionError) bool {
		return p.Op == OpPublish && p.Subject == subject || isInbox(p)
	}
}

func isInbox(p *PermissionError) bool {
	return p.Op != OpPublish && strings.HasPrefix(p.Subject, natsgo.InboxPrefix)
}

// awaitInbox asks, once for each connection, whether answers can come back. A user without an inbox would store a
// copy with every try and never see an acknowledgement. It fails with *PermissionError.
func (c *Conn) awaitInbox(ctx context.Context, l *link) error {
	c.mu.Lock()
	denied, since := c.denied, c.status.Since
	known := c.granted.Equal(since)
	c.mu.Unlock()
	if denied != nil {
		return denied
	}
	if known {
		return nil
	}
	inbox := l.nc.NewInbox()
	var sub *natsgo.Subscription
	err := c.roundTrip(ctx, l, func(p *PermissionError) bool { return p.Op == OpSubscribe && p.Subject == inbox }, func() (err error) {
		sub, err = l.nc.SubscribeSync(inbox)
		return err
	})
	if sub != nil {
		// It fails only when the connection or the server has ended it already.
		_ = sub.Unsubscribe()
	}
	if err == nil {
		c.mu.Lock()
		c.granted = since
		c.mu.Unlock()
	}
	return err
}

// noInbox is the error of awaitInbox for a message that was therefore not sent.
func noInbox(subject string, err error) error {
	if errors.As(err, new(*PermissionError)) {
		return fmt.Errorf("publish to %s: nothing was sent, because its acknowledgement could not come back: %w", quote(subject), err)
	}
	return fmt.Errorf("publish to %s: nothing was sent: %w", quote(subject), err)
}
