package nats

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"aidbox-nats/nats/broker"
)

// silent is a user that may publish everything and receive nothing, not even an answer.
func silent() *server.User {
	return &server.User{Username: "mute", Password: "m", Permissions: &server.Permissions{Subscribe: &server.SubjectPermission{Deny: []string{">"}}}}
}

// root is a user without limits.
func root() *server.User { return &server.User{Username: "root", Password: "r"} }

func TestStoredMessageIsAcknowledgedWithItsPlace(t *testing.T) {
	b := startBroker(t, broker.Options{})
	js := bareJetStream(t, b.URL())
	ctx := testContext(t)
	stream := must(js.CreateStream(ctx, jetstream.StreamConfig{Name: "S", Subjects: []string{"s.>"}}))
	journal := NewJournal(0)
	c := connect(t, Options{URLs: []string{b.URL()}, Journal: journal})
	m := Message{Subject: "s.1", Header: natsgo.Header{"K": {"a", "b"}}, Data: []byte("one")}
	for i, want := range []Ack{{Stream: "S", Seq: 1}, {Stream: "S", Seq: 1, Duplicate: true}} {
		if ack, err := c.PublishStored(ctx, m, StoreOptions{MsgID: "id", ExpectStream: "S"}); err != nil || ack != want {
			t.Errorf("publish %d = %+v, %v", i, ack, err)
		}
	}
	got := must(stream.GetMsg(ctx, 1))
	if string(got.Data) != "one" || got.Header.Get("Nats-Msg-Id") != "id" || got.Header.Get("Nats-Expected-Stream") != "S" || fmt.Sprint(got.Header["K"]) != "[a b]" {
		t.Errorf("stored: %+v", got)
	}
	if len(m.Header) != 1 {
		t.Errorf("the caller's header was changed: %v", m.Header)
	}
	ops := journal.Operations(0)
	last := ops[len(ops)-1]
	want := "nats --server " + b.URL() + " pub --jetstream --header=K:a --header=K:b --header=Nats-Expected-Stream:S --header=Nats-Msg-Id:id s.1 one"
	if last.Verb != "PUB" || last.Err != "" || last.Duration <= 0 || last.Command() != want {
		t.Errorf("journal: %+v\n%s\nwant\n%s", last, last.Command(), want)
	}
}

func TestRefusedMessageSaysWhyItIsNotStored(t *testing.T) {
	limitedUser := &server.User{Username: "joe", Password: "j", Permissions: &server.Permissions{Publish: &server.SubjectPermission{Deny: []string{"full.secret"}}}}
	b := startBroker(t, broker.Options{Configure: users(root(), limitedUser)})
	js := bareJetStream(t, b.URL(), natsgo.UserInfo("root", "r"))
	ctx := testContext(t)
	for _, config := range []jetstream.StreamConfig{
		{Name: "FULL", Subjects: []string{"full.>"}, MaxMsgs: 1, Discard: jetstream.DiscardNew},
		{Name: "BYTES", Subjects: []string{"bytes"}, MaxBytes: 100, Discard: jetstream.DiscardNew},
		{Name: "EACH", Subjects: []string{"each"}, MaxMsgsPerSubject: 1, Discard: jetstream.DiscardNew, DiscardNewPerSubject: true},
		{Name: "SMALL", Subjects: []string{"small"}, MaxMsgSize: 10},
	} {
		must(js.CreateStream(ctx, config))
	}
	c := connect(t, Options{URLs: []string{b.URL()}, User: "joe", Password: "j"})
	for _, subject := range []string{"full.1", "each"} {
		must(c.PublishStored(ctx, Message{Subject: subject}, StoreOptions{}))
	}
	for name, test := range map[string]struct {
		message Message
		options StoreOptions
		is      error
		code    int
		text    string
	}{
		"no stream has the subject":           {Message{Subject: "nowhere"}, StoreOptions{}, ErrNoStream, 0, "no stream takes this subject: create one"},
		"the stream has its maximum":          {Message{Subject: "full.1"}, StoreOptions{}, ErrStreamFull, 10077, "maximum messages exceeded"},
		"the stream has its bytes":            {Message{Subject: "bytes", Data: make([]byte, 200)}, StoreOptions{}, ErrStreamFull, 10077, "maximum bytes exceeded"},
		"the subject has its maximum":         {Message{Subject: "each"}, StoreOptions{}, ErrStreamFull, 10077, "maximum messages per subject exceeded"},
		"the message is too large for it":     {Message{Subject: "small", Data: make([]byte, 200)}, StoreOptions{}, nil, 10054, "message size exceeds maximum allowed"},
		"another stream was meant":            {Message{Subject: "full.1"}, StoreOptions{ExpectStream: "SMALL"}, nil, 10060, "expected stream does not match"},
		"somebody else than a stream answers": {Message{Subject: "echo"}, StoreOptions{}, jetstream.ErrInvalidJSAck, 0, "somebody else than a stream answered"},
	} {
		t.Run(name, func(t *testing.T) {
			if test.message.Subject == "echo" {
				sub := must(js.Conn().Subscribe("echo", func(m *natsgo.Msg) { m.Respond([]byte("hello")) }))
				defer sub.Unsubscribe()
				js.Conn().Flush()
			}
			_, err := c.PublishStored(testContext(t), test.message, test.options)
			var refused *StoreError
			if !errors.As(err, &refused) || refused.Subject != test.message.Subject || refused.Code != test.code || !strings.Contains(err.Error(), test.text) {
				t.Errorf("PublishStored = %v", err)
			}
			if test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("%v is not %v", err, test.is)
			}
			if test.is != ErrStreamFull && errors.Is(err, ErrStreamFull) {
				t.Errorf("%v says that the stream is full", err)
			}
		})
	}
	t.Run("the user may not publish there", func(t *testing.T) {
		_, err := c.PublishStored(testContext(t), Message{Subject: "full.secret"}, StoreOptions{})
		var refused *PermissionError
		if !errors.As(err, &refused) || refused.Op != OpPublish || refused.Subject != "full.secret" {
			t.Errorf("PublishStored = %v", err)
		}
	})
	t.Run("a reply subject of its own", func(t *testing.T) {
		if _, err := c.PublishStored(testContext(t), Message{Subject: "full.1", Reply: "back"}, StoreOptions{}); err == nil {
			t.Error("it was taken")
		}
	})
	t.Run("read-only", func(t *testing.T) {
		r := connect(t, Options{URLs: []string{b.URL()}, User: "joe", Password: "j", ReadOnly: true})
		if _, err := r.PublishStored(testContext(t), Message{Subject: "small"}, StoreOptions{}); !errors.Is(err, ErrReadOnly) {
			t.Errorf("PublishStored = %v", err)
		}
	})
}

// Without an inbox every try would be stored and none acknowledged.
func TestWithoutAnInboxNothingIsStored(t *testing.T) {
	b := startBroker(t, broker.Options{Configure: users(root(), silent())})
	js := bareJetStream(t, b.URL(), natsgo.UserInfo("root", "r"))
	ctx := testContext(t)
	stream := must(js.CreateStream(ctx, jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}}))
	c := connect(t, Options{URLs: []string{b.URL()}, User: "mute", Password: "m"})
	p := c.NewAsyncPublisher(AsyncOptions{})
	t.Cleanup(p.Close)
	for range 3 {
		_, err := c.PublishStored(testContext(t), Message{Subject: "s"}, StoreOptions{})
		var refused *PermissionError
		if !errors.As(err, &refused) || refused.Op != OpSubscribe || !strings.Contains(err.Error(), "nothing was sent, because its acknowledgement could not come back") {
			t.Errorf("PublishStored = %v", err)
		}
		if _, err := p.Publish(testContext(t), Message{Subject: "s"}, StoreOptions{}); !errors.As(err, &refused) {
			t.Errorf("Publish = %v", err)
		}
	}
	if info := must(stream.Info(ctx)); info.State.Msgs != 0 {
		t.Errorf("%d messages are stored", info.State.Msgs)
	}
}

func TestUnacknowledgedMessageMayBeStored(t *testing.T) {
	b := startBroker(t, broker.Options{})
	js := bareJetStream(t, b.URL())
	ctx := testContext(t)
	stream := must(js.CreateStream(ctx, jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}, NoAck: true}))
	c := connect(t, Options{URLs: []string{b.URL()}})
	must(js.CreateStream(ctx, jetstream.StreamConfig{Name: "OTHER", Subjects: []string{"other"}}))
	must(c.PublishStored(ctx, Message{Subject: "other"}, StoreOptions{})) // the inbox is known after it
	short, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	_, err := c.PublishStored(short, Message{Subject: "s"}, StoreOptions{})
	var lost *UnacknowledgedError
	if !errors.As(err, &lost) || !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "may be stored or not") {
		t.Errorf("PublishStored = %v", err)
	}
	if info := must(stream.Info(ctx)); info.State.Msgs != 1 {
		t.Errorf("%d messages are stored", info.State.Msgs)
	}
	if err := b.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	await(t, "the lost connection", c.Changed, func() bool { return c.Status().State == Reconnecting })
	if _, err := c.PublishStored(ctx, Message{Subject: "s"}, StoreOptions{}); !errors.Is(err, ErrNotConnected) || errors.As(err, &lost) {
		t.Errorf("PublishStored without a connection = %v", err)
	}
}
