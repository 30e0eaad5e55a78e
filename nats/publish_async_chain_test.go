package nats

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"aidbox-nats/nats/broker"
)

// inFlight publishes messages that are all in flight before the first outcome is known. A stream of its own takes them.
func inFlight(t *testing.T, js jetstream.JetStream, c *Conn, o AsyncOptions, config jetstream.StreamConfig, bodies []string) (jetstream.Stream, *AsyncPublisher, []*Pending) {
	t.Helper()
	ctx := testContext(t)
	for try := 0; ; try++ {
		config.Name = fmt.Sprintf("%s-%d", strings.ReplaceAll(t.Name(), "/", "-"), try)
		config.Subjects = []string{"s." + config.Name}
		stream := must(js.CreateStream(ctx, config))
		p := newAsync(t, c, o)
		var all []*Pending
		for i, body := range bodies {
			one, err := p.Publish(ctx, Message{Subject: config.Subjects[0], Data: []byte(body)}, StoreOptions{MsgID: fmt.Sprint(i)})
			if errors.As(err, new(*HaltedError)) && ctx.Err() == nil {
				break // the refusal was faster
			}
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, one)
		}
		if len(all) == len(bodies) {
			return stream, p, all
		}
	}
}

func TestAChainedMessageIsNotStoredWithoutTheOneBefore(t *testing.T) {
	b := startBroker(t, broker.Options{})
	js := bareJetStream(t, b.URL())
	c := connect(t, Options{URLs: []string{b.URL()}})
	ctx := testContext(t)
	small := jetstream.StreamConfig{MaxMsgSize: 200}
	bodies := []string{"0", strings.Repeat("1", 300), "2", "3"}

	t.Run("chained", func(t *testing.T) {
		stream, p, all := inFlight(t, js, c, AsyncOptions{Chained: true}, small, bodies)
		if _, err := all[0].Wait(ctx); err != nil {
			t.Error(err)
		}
		if _, err := all[1].Wait(ctx); err == nil || errors.Is(err, ErrOvertaken) {
			t.Errorf("the large one: %v", err)
		}
		for i, one := range all[2:] {
			if _, err := one.Wait(ctx); !errors.Is(err, ErrOvertaken) || !errors.As(err, new(*StoreError)) {
				t.Errorf("message %d: %v", i+2, err)
			}
		}
		if info := must(stream.Info(ctx)); info.State.Msgs != 1 {
			t.Errorf("%d messages are stored", info.State.Msgs)
		}
		// Sent again in order it goes on.
		if err := p.Settle(ctx); err != nil {
			t.Fatal(err)
		}
		for i := 1; i < 4; i++ {
			one := must(p.Publish(ctx, Message{Subject: stream.CachedInfo().Config.Subjects[0]}, StoreOptions{MsgID: fmt.Sprint(i)}))
			if ack, err := one.Wait(ctx); err != nil || ack.Seq != uint64(i+1) || ack.Duplicate {
				t.Errorf("%d again: %+v, %v", i, ack, err)
			}
		}
	})
	t.Run("not chained", func(t *testing.T) {
		stream, _, all := inFlight(t, js, c, AsyncOptions{}, small, bodies)
		if _, err := all[3].Wait(ctx); err != nil {
			t.Errorf("the last: %v", err)
		}
		if info := must(stream.Info(ctx)); info.State.Msgs != 3 {
			t.Errorf("%d messages are stored", info.State.Msgs)
		}
	})
	t.Run("one that was stored before is no break", func(t *testing.T) {
		bodies := []string{"0", "1", "2", "3"}
		stream, _, all := inFlight(t, js, c, AsyncOptions{Chained: true}, jetstream.StreamConfig{}, bodies)
		for _, one := range all {
			must(one.Wait(ctx))
		}
		again := newAsync(t, c, AsyncOptions{Chained: true})
		for i := range 6 {
			all = append(all, must(again.Publish(ctx, Message{Subject: stream.CachedInfo().Config.Subjects[0]}, StoreOptions{MsgID: fmt.Sprint(i)})))
		}
		for i, one := range all[4:] {
			if ack, err := one.Wait(ctx); err != nil || ack.Seq != uint64(i+1) || ack.Duplicate != (i < 4) {
				t.Errorf("%d: %+v, %v", i, ack, err)
			}
		}
	})
	t.Run("somebody else's message breaks it, and it goes on", func(t *testing.T) {
		stream := must(js.CreateStream(ctx, jetstream.StreamConfig{Name: "SHARED", Subjects: []string{"shared"}}))
		stop, others := context.WithCancel(ctx)
		done := make(chan struct{})
		go func() {
			defer close(done)
			for stop.Err() == nil {
				_, _ = js.Publish(stop, "shared", nil)
			}
		}()
		defer func() { others(); <-done }()
		p := newAsync(t, c, AsyncOptions{Chained: true})
		overtaken := 0
		next := 0
		for next < 300 || overtaken == 0 && ctx.Err() == nil {
			var all []*Pending
			for i := next; i < next+50; i++ {
				one, err := p.Publish(ctx, Message{Subject: "shared", Data: []byte(fmt.Sprint(i))}, StoreOptions{MsgID: fmt.Sprint(i)})
				if err != nil {
					break
				}
				all = append(all, one)
			}
			for _, one := range all {
				switch _, err := one.Wait(ctx); {
				case err == nil:
					next++
				case errors.Is(err, ErrOvertaken):
					overtaken++
				default:
					t.Fatal(err)
				}
			}
			if err := p.Settle(ctx); err != nil {
				t.Fatal(err)
			}
		}
		others()
		<-done
		want := 0
		for seq := range must(stream.Info(ctx)).State.LastSeq {
			if m := must(stream.GetMsg(ctx, seq+1)); len(m.Data) > 0 {
				if string(m.Data) != fmt.Sprint(want) {
					t.Fatalf("%s comes where %d should", m.Data, want)
				}
				want++
			}
		}
		if want != next {
			t.Errorf("%d of %d are stored", want, next)
		}
	})
}

// A message that could not be sent is not demanded by the next one. The stream acknowledges nothing, so that the first
// one stays in flight.
func TestAChainPassesOverWhatWasNotSent(t *testing.T) {
	b := startBroker(t, broker.Options{Configure: func(o *server.Options) error { o.MaxPayload = 1000; return nil }})
	js := bareJetStream(t, b.URL())
	ctx := testContext(t)
	stream := must(js.CreateStream(ctx, jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}, NoAck: true}))
	p := newAsync(t, connect(t, Options{URLs: []string{b.URL()}}), AsyncOptions{Chained: true, AckWait: patience})
	send := func(id string, size int) error {
		_, err := p.Publish(ctx, Message{Subject: "s", Data: make([]byte, size)}, StoreOptions{MsgID: id})
		return err
	}
	if err := send("one", 10); err != nil {
		t.Fatal(err)
	}
	if err := send("large", 2000); !errors.Is(err, natsgo.ErrMaxPayload) {
		t.Fatalf("the large one: %v", err)
	}
	if err := send("two", 10); err != nil {
		t.Fatal(err)
	}
	for must(stream.Info(ctx)).State.LastSeq < 2 { // the server stores what it has taken a moment later
	}
	m, err := stream.GetMsg(ctx, 2)
	if err != nil || m.Header.Get(jetstream.MsgIDHeader) != "two" || m.Header.Get(jetstream.ExpectedLastMsgIDHeader) != "one" {
		t.Errorf("the second in the stream: %+v, %v", m, err)
	}
}

func TestAnUnheardMessageIsStoredAndNotAcknowledged(t *testing.T) {
	b := startBroker(t, broker.Options{Configure: users(root(), silent())})
	js := bareJetStream(t, b.URL(), natsgo.UserInfo("root", "r"))
	ctx := testContext(t)
	stream := must(js.CreateStream(ctx, jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}}))
	c := connect(t, Options{URLs: []string{b.URL()}, User: "mute", Password: "m"})
	p := newAsync(t, c, AsyncOptions{Unheard: true, Chained: true})
	for range 2 {
		one := must(p.Publish(ctx, Message{Subject: "s"}, StoreOptions{MsgID: "id"}))
		var lost *UnacknowledgedError
		if _, err := one.Wait(ctx); !errors.As(err, &lost) || !errors.As(err, new(*PermissionError)) || !strings.Contains(err.Error(), "allow _INBOX.>") {
			t.Errorf("outcome = %v", err)
		}
		if _, err := p.Publish(ctx, Message{Subject: "s"}, StoreOptions{MsgID: "next"}); !errors.As(err, new(*HaltedError)) {
			t.Errorf("the next = %v", err)
		}
		if err := p.Settle(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if info := must(stream.Info(ctx)); info.State.Msgs != 1 {
		t.Errorf("%d messages are stored", info.State.Msgs)
	}
	if err := c.Publish(ctx, Message{Subject: "after"}); err != nil {
		t.Errorf("the connection is not well: %v", err)
	}
	p.Close()
	if _, err := p.Publish(ctx, Message{Subject: "s"}, StoreOptions{}); !errors.Is(err, ErrClosed) {
		t.Errorf("Publish after Close = %v", err)
	}
}

func TestTheWindowIsBoundInBytes(t *testing.T) {
	b := startBroker(t, broker.Options{})
	js := bareJetStream(t, b.URL())
	ctx := testContext(t)
	must(js.CreateStream(ctx, jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}}))
	c := connect(t, Options{URLs: []string{b.URL()}})
	p := newAsync(t, c, AsyncOptions{WindowBytes: 1000})
	var all []*Pending
	for i := range 50 {
		size := 400
		if i%10 == 9 {
			size = 3000 // alone it goes
		}
		all = append(all, must(p.Publish(ctx, Message{Subject: "s", Data: make([]byte, size)}, StoreOptions{})))
		if flying := p.InFlight(); size == 400 && flying > 2 || size == 3000 && flying > 1 {
			t.Errorf("%d in flight after message %d", flying, i)
		}
	}
	for i, one := range all {
		if ack, err := one.Wait(ctx); err != nil || ack.Seq != uint64(i+1) {
			t.Errorf("%d: %+v, %v", i, ack, err)
		}
	}
}
