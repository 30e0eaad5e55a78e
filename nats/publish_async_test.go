package nats

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"aidbox-nats/nats/broker"
)

func newAsync(t testing.TB, c *Conn, o AsyncOptions) *AsyncPublisher {
	t.Helper()
	p := c.NewAsyncPublisher(o)
	t.Cleanup(p.Close)
	return p
}

func TestAsyncPublisherKeepsOrder(t *testing.T) {
	b := startBroker(t, broker.Options{})
	js := bareJetStream(t, b.URL())
	ctx := testContext(t)
	stream := must(js.CreateStream(ctx, jetstream.StreamConfig{Name: "S", Subjects: []string{"s.*"}}))
	c := connect(t, Options{URLs: []string{b.URL()}})
	p := newAsync(t, c, AsyncOptions{Window: 16})
	const n = 500
	var pending []*Pending
	for i := range n {
		pending = append(pending, must(p.Publish(ctx, Message{Subject: fmt.Sprintf("s.%d", i)}, StoreOptions{MsgID: fmt.Sprint(i)})))
		if flying := p.InFlight(); flying > 16 {
			t.Fatalf("%d in flight", flying)
		}
	}
	for i, one := range pending {
		if ack, err := one.Wait(ctx); err != nil || ack != (Ack{Stream: "S", Seq: uint64(i + 1)}) {
			t.Fatalf("%d: %+v, %v", i, ack, err)
		}
	}
	for i := range n {
		if got := must(stream.GetMsg(ctx, uint64(i+1))); got.Subject != fmt.Sprintf("s.%d", i) {
			t.Fatalf("message %d is %s", i+1, got.Subject)
		}
	}
	if err := p.Settle(ctx); err != nil {
		t.Errorf("Settle = %v", err)
	}
}

func TestAsyncPublisherSendsNothingAfterAFailure(t *testing.T) {
	b := startBroker(t, broker.Options{})
	js := bareJetStream(t, b.URL())
	ctx := testContext(t)
	config := jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}, MaxMsgs: 3, Discard: jetstream.DiscardNew}
	stream := must(js.CreateStream(ctx, config))
	c := connect(t, Options{URLs: []string{b.URL()}})
	p := newAsync(t, c, AsyncOptions{Window: 8})
	m := Message{Subject: "s"}
	var failed *Pending
	for i := range 4 {
		failed = must(p.Publish(ctx, m, StoreOptions{MsgID: fmt.Sprint(i)}))
	}
	if _, err := failed.Wait(ctx); !errors.Is(err, ErrStreamFull) {
		t.Fatalf("the fourth: %v", err)
	}
	var halted *HaltedError
	if _, err := p.Publish(ctx, m, StoreOptions{}); !errors.As(err, &halted) || !errors.Is(err, ErrStreamFull) {
		t.Errorf("Publish after a failure = %v", err)
	}

	// After Settle one at a time, until one is stored.
	if err := p.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	again := must(p.Publish(ctx, m, StoreOptions{MsgID: "3"}))
	if p.InFlight() > 1 {
		t.Errorf("%d in flight", p.InFlight())
	}
	if _, err := p.Publish(ctx, m, StoreOptions{MsgID: "4"}); !errors.As(err, &halted) {
		t.Errorf("a second message went while the stream refuses: %v", err)
	}
	if _, err := again.Wait(ctx); !errors.Is(err, ErrStreamFull) {
		t.Errorf("the retry: %v", err)
	}
	config.MaxMsgs = 100
	must(js.UpdateStream(ctx, config))
	if err := p.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	var all []*Pending
	for i := 3; i < 20; i++ {
		all = append(all, must(p.Publish(ctx, m, StoreOptions{MsgID: fmt.Sprint(i)})))
	}
	for i, one := range all {
		if ack, err := one.Wait(ctx); err != nil || ack.Seq != uint64(i+4) {
			t.Errorf("%d: %+v, %v", i, ack, err)
		}
	}
	if info := must(stream.Info(ctx)); info.State.Msgs != 20 {
		t.Errorf("%d messages", info.State.Msgs)
	}
}

func TestAsyncPublisherTellsWhyAtOnce(t *testing.T) {
	user := &server.User{Username: "joe", Password: "j", Permissions: &server.Permissions{Publish: &server.SubjectPermission{Deny: []string{"secret"}}}}
	b := startBroker(t, broker.Options{Configure: users(root(), user)})
	js := bareJetStream(t, b.URL(), natsgo.UserInfo("root", "r"))
	ctx := testContext(t)
	must(js.CreateStream(ctx, jetstream.StreamConfig{Name: "S", Subjects: []string{"secret"}}))
	must(js.CreateStream(ctx, jetstream.StreamConfig{Name: "MUTE", Subjects: []string{"mute"}, NoAck: true}))
	c := connect(t, Options{URLs: []string{b.URL()}, User: "joe", Password: "j"})
	p := newAsync(t, c, AsyncOptions{AckWait: time.Minute})
	for name, test := range map[string]struct {
		subject string
		is      func(error) bool
	}{
		"no stream has the subject":      {"nowhere", func(err error) bool { return errors.Is(err, ErrNoStream) }},
		"the user may not publish there": {"secret", func(err error) bool { return errors.As(err, new(*PermissionError)) }},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			one := must(p.Publish(ctx, Message{Subject: test.subject}, StoreOptions{}))
			if _, err := one.Wait(ctx); !test.is(err) {
				t.Errorf("outcome = %v", err)
			}
			if waited := time.Since(start); waited > 30*time.Second {
				t.Errorf("it took %s", waited)
			}
			if err := p.Settle(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("no acknowledgement in time", func(t *testing.T) {
		p := newAsync(t, c, AsyncOptions{AckWait: 50 * time.Millisecond})
		one := must(p.Publish(ctx, Message{Subject: "mute"}, StoreOptions{}))
		if _, err := one.Wait(ctx); !errors.As(err, new(*UnacknowledgedError)) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("outcome = %v", err)
		}
	})
	t.Run("closed", func(t *testing.T) {
		p := c.NewAsyncPublisher(AsyncOptions{AckWait: time.Minute})
		one := must(p.Publish(ctx, Message{Subject: "mute"}, StoreOptions{}))
		p.Close()
		if _, err := one.Wait(ctx); !errors.As(err, new(*UnacknowledgedError)) {
			t.Errorf("outcome = %v", err)
		}
		if _, err := p.Publish(ctx, Message{Subject: "mute"}, StoreOptions{}); !errors.Is(err, ErrClosed) {
			t.Errorf("Publish = %v", err)
		}
	})
}

// A sender that sends again what failed, in order, loses nothing and stores nothing twice, whenever the server goes.
func TestAsyncPublisherLosesNothingWhenTheServerRestarts(t *testing.T) {
	b := startBroker(t, broker.Options{})
	ctx := testContext(t)
	must(bareJetStream(t, b.URL()).CreateStream(ctx, jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}}))
	c := connect(t, Options{URLs: []string{b.URL()}})
	p := newAsync(t, c, AsyncOptions{Window: 32, AckWait: time.Second})
	const n = 2000
	var stopping sync.WaitGroup
	halfway := make(chan struct{})
	var once sync.Once
	stopping.Go(func() {
		select {
		case <-halfway:
		case <-ctx.Done():
			return
		}
		if err := b.Restart(ctx); err != nil {
			t.Error(err)
		}
	})
	acked := 0
	for acked < n {
		var batch []*Pending
		for i := acked; i < n && len(batch) < 200; i++ {
			one, err := p.Publish(ctx, Message{Subject: "s", Data: []byte(fmt.Sprint(i))}, StoreOptions{MsgID: fmt.Sprint(i)})
			if err != nil {
				break
			}
			batch = append(batch, one)
		}
		ok := true
		for _, one := range batch {
			if _, err := one.Wait(ctx); err != nil {
				if ctx.Err() != nil {
					t.Fatal(err)
				}
				ok = false
			} else if ok {
				acked++
			}
		}
		if acked >= n/2 {
			once.Do(func() { close(halfway) })
		}
		if err := p.Settle(ctx); err != nil {
			t.Fatal(err)
		}
		if !ok || len(batch) == 0 {
			if err := c.WaitConnected(ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
	stopping.Wait()
	after := bareJetStream(t, b.URL())
	stream := must(after.Stream(ctx, "S"))
	if info := must(stream.Info(ctx)); info.State.Msgs != n {
		t.Errorf("%d messages are stored", info.State.Msgs)
	}
	for i := range n {
		if got := must(stream.GetMsg(ctx, uint64(i+1))); string(got.Data) != fmt.Sprint(i) {
			t.Fatalf("message %d is %s", i+1, got.Data)
		}
	}
}
