package sender

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"aidbox-nats/aidbox/sandbox/notification"
	"aidbox-nats/nats"
)

// inbox receives JetStream's acknowledgements: one subscription for the life of
// the connection, and a reply subject of its own for every publish.
type inbox struct {
	conn   *nats.Conn
	feed   *nats.Feed
	prefix string
	heard  bool // the subscription is there
	last   uint64
}

// inboxMessages bounds what is kept: an answer is read as soon as it arrives.
const inboxMessages = 1024

func newInbox(conn *nats.Conn) *inbox {
	return &inbox{
		conn:   conn,
		feed:   conn.NewFeed(nats.FeedOptions{MaxMessages: inboxMessages}),
		prefix: natsgo.NewInbox(),
	}
}

// publishAcknowledged carries Nats-Msg-Id, so that a message whose
// acknowledgement was lost is not stored a second time.
//
// A user who may publish and not subscribe never sees an acknowledgement: the
// message is published, and fails.
func (c *connection) publishAcknowledged(ctx context.Context, m notification.Message) error {
	in := c.inbox
	var denied error
	if !in.heard {
		err := in.feed.Subscribe(ctx, in.prefix+".*")
		switch {
		case errors.As(err, new(*nats.PermissionError)):
			denied = err
		case err != nil:
			return err
		}
		in.heard = denied == nil
	}
	in.last++
	reply := in.prefix + "." + strconv.FormatUint(in.last, 10)
	h := header(m)
	h[jetstream.MsgIDHeader] = []string{m.ID}
	from := in.feed.Counters().Next
	if err := c.conn.Publish(ctx, nats.Message{Subject: m.Subject, Reply: reply, Header: h, Data: m.Body}); err != nil {
		return sized(err, "is sent again for ever, while everything behind it waits")
	}
	if denied != nil {
		return fmt.Errorf("no acknowledgement can arrive: %w", denied)
	}
	for {
		changed := in.feed.Changed()
		for _, delivery := range in.feed.Window(from, inboxMessages) {
			from = delivery.Seq + 1
			if delivery.Subject == reply {
				return acknowledged(m.Subject, delivery)
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("publish to %q: JetStream did not acknowledge it: %w", m.Subject, ctx.Err())
		}
	}
}

// noResponders is the status of the server's own answer when nobody listens.
const noResponders = "503"

// acknowledged reads an answer of JetStream's publish protocol
// (io.nats.jetstream.api.v1.pub_ack_response).
func acknowledged(subject string, answer nats.Delivery) error {
	if len(answer.Data) == 0 && answer.Header.Get("Status") == noResponders {
		return fmt.Errorf("publish to %q: %w", subject, jetstream.ErrNoStreamResponse)
	}
	var ack struct {
		jetstream.PubAck
		Error *jetstream.APIError `json:"error"`
	}
	switch err := json.Unmarshal(answer.Data, &ack); {
	case err != nil:
		return fmt.Errorf("publish to %q: the acknowledgement cannot be read: %w", subject, err)
	case ack.Error != nil:
		return fmt.Errorf("publish to %q: %w", subject, ack.Error)
	case ack.Stream == "":
		return fmt.Errorf("publish to %q: %w", subject, jetstream.ErrInvalidJSAck)
	}
	return nil
}
