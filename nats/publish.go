package nats

import (
	"context"
	"errors"
	"fmt"
	"time"

	natsgo "github.com/nats-io/nats.go"
)

// Message is what is published.
type Message struct {
	Subject string
	Reply   string // empty: none
	Header  natsgo.Header
	Data    []byte
}

// Publish sends a message and returns when the server has taken it. It fails with *PermissionError when
// the server refused it, ErrReadOnly, ErrNotConnected (nothing is kept for later), *SubjectError, and nats.go's
// ErrMaxPayload. That it succeeds says nothing about anybody listening.
func (c *Conn) Publish(ctx context.Context, m Message) error {
	if c.options.ReadOnly {
		return fmt.Errorf("publish to %s: %w", quote(m.Subject), ErrReadOnly)
	}
	if err := ValidSubject(m.Subject, false); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	if m.Reply != "" {
		if err := ValidSubject(m.Reply, false); err != nil {
			return fmt.Errorf("publish to %s: reply: %w", quote(m.Subject), err)
		}
		if len(m.Subject)+len(m.Reply) > MaxSubject {
			return fmt.Errorf("publish to %s: subject and reply together are longer than %d bytes", quote(m.Subject), MaxSubject)
		}
	}
	start := time.Now()
	err := c.publish(ctx, m)
	c.recordCall(Operation{Verb: "PUB", Subject: m.Subject, Reply: m.Reply, Header: m.Header, Data: m.Data}, start, err)
	return err
}

func (c *Conn) publish(ctx context.Context, m Message) error {
	l, err := c.usable()
	if err != nil {
		return fmt.Errorf("publish to %s: %w", quote(m.Subject), err)
	}
	refuses := func(p *PermissionError) bool {
		return p.Op == OpPublish && p.Subject == m.Subject || p.Op == OpReply && p.Subject == m.Reply
	}
	err = c.roundTrip(ctx, l, refuses, func() error {
		return l.nc.PublishMsg(&natsgo.Msg{Subject: m.Subject, Reply: m.Reply, Header: m.Header, Data: m.Data})
	})
	switch {
	case err == nil:
		return nil
	case errors.As(err, new(*PermissionError)):
		return err
	case errors.Is(err, natsgo.ErrMaxPayload):
		return fmt.Errorf("publish %d bytes to %s: the server takes at most %d: %w", len(m.Data), quote(m.Subject), l.nc.MaxPayload(), err)
	case errors.Is(err, natsgo.ErrReconnectBufExceeded), errors.Is(err, natsgo.ErrConnectionClosed):
		return fmt.Errorf("publish to %s: %w: %w", quote(m.Subject), ErrNotConnected, err)
	}
	return fmt.Errorf("publish to %s: %w", quote(m.Subject), err)
}
