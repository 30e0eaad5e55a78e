package nats

import (
	"context"
	"fmt"
	"time"

	natsgo "github.com/nats-io/nats.go"
)

// publishUnheard sends a message whose acknowledgement cannot come back, because of denied. It needs sending. The
// message has a reply subject as any other has, so that a stream treats it alike.
func (p *AsyncPublisher) publishUnheard(ctx context.Context, l *link, msg *natsgo.Msg, denied *PermissionError) (*Pending, error) {
	p.mu.Lock()
	closed, halted := p.closed, p.halted
	p.mu.Unlock()
	switch {
	case closed:
		return nil, fmt.Errorf("publish to %s: %w", quote(msg.Subject), ErrClosed)
	case halted != nil:
		return nil, &HaltedError{Err: halted}
	}
	pending := &Pending{msg: msg, start: time.Now(), limit: l.nc.MaxPayload(), done: make(chan struct{})}
	msg.Reply = l.nc.NewInbox()
	refuses := func(v *PermissionError) bool { return v.Op == OpPublish && v.Subject == msg.Subject }
	err := p.conn.roundTrip(ctx, l, refuses, func() error { return l.nc.PublishMsg(msg) })
	if err != nil {
		err = storeError(msg, pending.limit, err)
	} else {
		err = &UnacknowledgedError{Subject: msg.Subject, Err: denied}
	}
	p.mu.Lock()
	p.halt(err)
	p.mu.Unlock()
	pending.err = err
	close(pending.done)
	p.conn.recordCall(storeOperation(msg), pending.start, err)
	return pending, nil
}
