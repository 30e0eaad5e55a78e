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

// ErrNoMessages says that a consumer had nothing to deliver in the time given.
var ErrNoMessages = errors.New("no message")

// Pulled is a message that a consumer delivered to us. Until it is acknowledged the server waits, and delivers it
// again when that takes longer than the consumer's AckWait.
type Pulled struct {
	StoredMessage
	Consumer    string
	Tries       uint64 // how often it was delivered, this time included
	ConsumerSeq uint64
	Pending     uint64 // what the consumer has not delivered yet

	conn  *Conn
	reply string
}

// Line says it as the nats command does: time, subj, tries, cons seq, str seq, pending.
func (p *Pulled) Line() string {
	return fmt.Sprintf("[%s] subj: %s / tries: %d / cons seq: %d / str seq: %d / pending: %d",
		time.Now().Format(time.TimeOnly), p.Subject, p.Tries, p.ConsumerSeq, p.Seq, p.Pending)
}

// Next pulls one message of a consumer and waits for it as long as ctx allows, without a deadline five seconds. It
// fails with ErrNoMessages, ErrConsumerNotFound, *PermissionError and ErrReadOnly, because a delivery changes the
// consumer.
func (c *Conn) Next(ctx context.Context, stream, consumer string) (*Pulled, error) {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, answerTimeout)
		defer cancel()
	}
	var pulled *Pulled
	err := c.changeConsumer(ctx, "pull from", stream, consumer, func(ctx context.Context, js jetstream.JetStream) error {
		k, err := js.Consumer(ctx, stream, consumer)
		if err != nil {
			return err
		}
		options := []jetstream.FetchOpt{jetstream.FetchContext(ctx)}
		if groups := k.CachedInfo().Config.PriorityGroups; len(groups) > 0 {
			options = append(options, jetstream.FetchPriorityGroup(groups[0]))
		}
		subject := jetstream.DefaultAPIPrefix + "CONSUMER.MSG.NEXT." + stream + "." + consumer
		trace := js.Options().ClientTrace
		trace.RequestSent(subject, nil)
		m, err := k.Next(options...)
		switch {
		case errors.Is(err, natsgo.ErrTimeout), errors.Is(err, jetstream.ErrNoMessages), errors.Is(err, context.DeadlineExceeded):
			trace.ResponseReceived(subject, nil, nil)
			return ErrNoMessages
		case err != nil:
			return err
		}
		trace.ResponseReceived(subject, nil, nil)
		pulled, err = newPulled(c, m)
		return err
	})
	return pulled, err
}

func newPulled(c *Conn, m jetstream.Msg) (*Pulled, error) {
	meta, err := m.Metadata()
	if err != nil {
		return nil, err
	}
	return &Pulled{
		StoredMessage: StoredMessage{
			Stream: meta.Stream, Seq: meta.Sequence.Stream, Time: meta.Timestamp, Subject: m.Subject(), Header: m.Headers(), Data: m.Data(),
		},
		Consumer: meta.Consumer, Tries: meta.NumDelivered, ConsumerSeq: meta.Sequence.Consumer, Pending: meta.NumPending,
		conn: c, reply: m.Reply(),
	}, nil
}

// The words that are said about a message that was pulled (nats-server, consumer.go).
const (
	WordAck        = "+ACK"
	WordNak        = "-NAK"
	WordInProgress = "+WPI"
	WordTerm       = "+TERM"
)

// Operation is the request that says a word about the message.
func (p *Pulled) Operation(word string) Operation {
	return Operation{Verb: "REQ", Subject: p.reply, Data: []byte(word), Bytes: len(word)}
}

// Ack says that the message is done, and returns when the server knows.
func (p *Pulled) Ack(ctx context.Context) error { return p.answer(ctx, "acknowledge", WordAck) }

// Nak asks for the message again, after a delay.
func (p *Pulled) Nak(ctx context.Context, delay time.Duration) error {
	word := WordNak
	if delay > 0 {
		word = fmt.Sprintf(`%s {"delay": %d}`, WordNak, delay.Nanoseconds())
	}
	return p.answer(ctx, "refuse", word)
}

// InProgress begins the consumer's AckWait anew. The message stays in flight.
func (p *Pulled) InProgress(ctx context.Context) error {
	return p.answer(ctx, "keep", WordInProgress)
}

// Term says that the message is never to be delivered again. The reason, if any, is told in an advisory.
func (p *Pulled) Term(ctx context.Context, reason string) error {
	reason = strings.Join(strings.Fields(reason), " ")
	return p.answer(ctx, "terminate", strings.TrimSpace(WordTerm+" "+clip(reason)))
}

// answer sends a word about the message and waits until the server has it.
func (p *Pulled) answer(ctx context.Context, doing, word string) error {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, answerTimeout)
		defer cancel()
	}
	start := time.Now()
	err := p.send(ctx, word)
	if err != nil {
		err = fmt.Errorf("%s message %d of stream %s for consumer %s: %w", doing, p.Seq, quote(p.Stream), quote(p.Consumer), err)
	}
	p.conn.recordCall(p.Operation(word), start, err)
	return err
}

func (p *Pulled) send(ctx context.Context, word string) error {
	l, err := p.conn.usable()
	if err != nil {
		return err
	}
	needs := func(refused *PermissionError) bool {
		return refused.Op == OpPublish && refused.Subject == p.reply || isInbox(refused)
	}
	err = p.conn.unlessRefused(ctx, needs, func(ctx context.Context) error {
		_, err := l.nc.RequestWithContext(ctx, p.reply, []byte(word))
		return err
	})
	if errors.Is(err, natsgo.ErrNoResponders) {
		return fmt.Errorf("%w: it was deleted since", ErrConsumerNotFound)
	}
	return err
}
