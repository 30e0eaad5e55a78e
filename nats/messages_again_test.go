package nats

import (
	"errors"
	"slices"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"aidbox-nats/nats/broker"
)

func TestAMessageIsPublishedAgainWithoutWhatWouldStopIt(t *testing.T) {
	b := startBroker(t, broker.Options{})
	js := bareJetStream(t, b.URL())
	ctx := testContext(t)
	c := connect(t, Options{URLs: []string{b.URL()}})
	stream := must(js.CreateStream(ctx, jetstream.StreamConfig{Name: "S", Subjects: []string{"s.*"}, AllowRollup: true, AllowMsgTTL: true}))
	must(js.Publish(ctx, "s.a", []byte("older")))
	for rule, h := range map[string]natsgo.Header{
		"the same identity":           {server.JSMsgId: {"4711"}},
		"an expected stream":          {server.JSExpectedStream: {"S"}},
		"an expected last message":    {server.JSExpectedLastSubjSeq: {"0"}},
		"the replacing of older ones": {server.JSMsgRollup: {"all"}},
		"a marker's reason":           {server.JSMarkerReason: {"MaxAge"}},
		"what a stream republished":   {server.JSStream: {"O"}, server.JSSubject: {"o"}, server.JSSequence: {"7"}},
		"a trace alone":               {"Nats-Trace-Dest": {"t"}, "Nats-Trace-Only": {"true"}},
		"a part of a batch":           {server.JSBatchId: {"b"}, server.JSBatchSeq: {"1"}},
	} {
		before := must(stream.Info(ctx)).State
		m := StoredMessage{Stream: "S", Seq: 1, Subject: "s.b", Header: natsgo.Header{"content-type": {"text/plain"}, server.JSMessageTTL: {"1h"}}, Data: []byte(rule)}
		var names []string
		for name, values := range h {
			m.Header[name] = values
			names = append(names, name)
		}
		again, out := m.Again(must(c.StreamConfig(ctx, "S")))
		var left []string
		for _, o := range out {
			if left = append(left, o.Header); o.Why == "" {
				t.Errorf("%s: it is not said why %s is left out", rule, o.Header)
			}
		}
		slices.Sort(names)
		if !slices.Equal(left, names) || len(again.Header) != 2 || m.Header[names[0]] == nil {
			t.Errorf("%s: %v left out, %v sent", rule, left, again.Header)
		}
		for range 2 { // the second time, too
			ack, err := c.PublishStored(ctx, again, StoreOptions{ExpectStream: "S"})
			if err != nil || ack.Duplicate || ack.Stream != "S" {
				t.Errorf("%s: %+v, %v", rule, ack, err)
				continue
			}
			stored := must(c.StoredMessage(ctx, "S", ack.Seq))
			if string(stored.Data) != rule || stored.Header.Get("content-type") != "text/plain" || stored.Header.Get(server.JSMessageTTL) != "1h" {
				t.Errorf("%s: stored as %+v", rule, stored)
			}
		}
		if after := must(stream.Info(ctx)).State; after.Msgs != before.Msgs+2 {
			t.Errorf("%s: %d messages after %d", rule, after.Msgs, before.Msgs)
		}
	}
}

func TestWhatAStreamDoesNotAllowIsLeftOut(t *testing.T) {
	b := startBroker(t, broker.Options{})
	js := bareJetStream(t, b.URL())
	ctx := testContext(t)
	c := connect(t, Options{URLs: []string{b.URL()}})
	must(js.CreateStream(ctx, jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}}))
	h := natsgo.Header{server.JSMessageTTL: {"1h"}}
	if _, err := c.PublishStored(ctx, Message{Subject: "s", Header: h}, StoreOptions{}); !errors.As(err, new(*StoreError)) {
		t.Fatalf("the stream took a TTL: %v", err)
	}
	again, out := StoredMessage{Subject: "s", Header: h}.Again(must(c.StreamConfig(ctx, "S")))
	if len(out) != 1 || out[0].Header != server.JSMessageTTL {
		t.Fatalf("%v left out", out)
	}
	if _, err := c.PublishStored(ctx, again, StoreOptions{ExpectStream: "S"}); err != nil {
		t.Error(err)
	}
}

func TestTheOperationOfStoringIsTheOneThatIsRecorded(t *testing.T) {
	b := startBroker(t, broker.Options{})
	js := bareJetStream(t, b.URL())
	ctx := testContext(t)
	journal := NewJournal(0)
	c := connect(t, Options{URLs: []string{b.URL()}, Journal: journal})
	must(js.CreateStream(ctx, jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}}))
	m := Message{Subject: "s", Header: natsgo.Header{"a": {"b"}}, Data: []byte("hello")}
	if _, err := c.PublishStored(ctx, m, StoreOptions{ExpectStream: "S", MsgID: "1"}); err != nil {
		t.Fatal(err)
	}
	all := journal.Operations(0)
	if got, want := c.Command(StoreOperation(m, StoreOptions{ExpectStream: "S", MsgID: "1"})), all[len(all)-1].Command(); got != want {
		t.Errorf("\n%s\n%s", got, want)
	}
}
