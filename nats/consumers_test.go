package nats

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"aidbox-nats/nats/broker"
)

// startStream starts a server with stream S on s.>, and stores n messages on s.1, s.2, ...
func startStream(t *testing.T, n int, configure func(*server.Options) error, opts ...natsgo.Option) (*broker.Broker, jetstream.JetStream) {
	t.Helper()
	b := startBroker(t, broker.Options{Configure: configure})
	js := bareJetStream(t, b.URL(), opts...)
	must(js.CreateStream(testContext(t), jetstream.StreamConfig{Name: "S", Subjects: []string{"s.>"}, AllowDirect: true}))
	for i := range n {
		must(js.Publish(testContext(t), fmt.Sprintf("s.%d", i+1), fmt.Append(nil, "message ", i+1)))
	}
	return b, js
}

func TestConsumerIsCreatedAndListedWithItsNumbers(t *testing.T) {
	b, js := startStream(t, 5, nil)
	ctx := testContext(t)
	c := connect(t, Options{URLs: []string{b.URL()}})
	created, err := c.CreateConsumer(ctx, "S", ConsumerConfig{Name: "worker"})
	if err != nil || !created.Durable || created.Push || created.Lag != 5 || created.MaxInFlight != 1000 || created.Created.IsZero() || created.Asked.IsZero() {
		t.Fatalf("CreateConsumer = %+v, %v", created, err)
	}
	want := ConsumerConfig{Name: "worker", Ack: "explicit", AckWait: 30 * time.Second, Deliver: "all", MaxInFlight: 1000}
	if !reflect.DeepEqual(created.Config, want) {
		t.Errorf("defaults %+v\nwant     %+v", created.Config, want)
	}
	if _, err := c.CreateConsumer(ctx, "S", ConsumerConfig{Name: "worker", MaxDeliver: 3}); !errors.Is(err, ErrConsumerExists) {
		t.Errorf("another with its name: %v", err)
	}
	must(js.CreateConsumer(ctx, "S", jetstream.ConsumerConfig{Durable: "zero", AckPolicy: jetstream.AckNonePolicy}))
	push := must(js.CreatePushConsumer(ctx, "S", jetstream.ConsumerConfig{Durable: "push", DeliverSubject: "to.me", AckPolicy: jetstream.AckExplicitPolicy}))
	sub := must(js.Conn().SubscribeSync("to.me"))
	for range 5 {
		must(sub.NextMsg(patience))
	}

	k := must(js.Consumer(ctx, "S", "worker"))
	batch := must(k.Fetch(3))
	for m := range batch.Messages() {
		if meta := must(m.Metadata()); meta.Sequence.Stream == 1 {
			if err := m.DoubleAck(ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
	consumers, err := c.Consumers(ctx, "S")
	if err != nil || len(consumers) != 3 || consumers[0].Name != "push" || consumers[1].Name != "worker" || consumers[2].Name != "zero" {
		t.Fatalf("Consumers = %+v, %v", consumers, err)
	}
	if got := consumers[1]; got.Lag != 2 || got.InFlight != 2 || got.Redelivered != 0 || got.Delivered.StreamSeq != 3 || got.Delivered.ConsumerSeq != 3 ||
		got.Acked.StreamSeq != 1 || got.Delivered.Time.IsZero() || got.Acked.Time.IsZero() || got.Stream != "S" {
		t.Errorf("worker = %+v", got)
	}
	if got := consumers[0]; !got.Push || got.Lag != 0 || got.InFlight != 5 || got.Waiting != 1 || got.Name != push.CachedInfo().Name {
		t.Errorf("push = %+v", got)
	}
	if got := consumers[2]; got.MaxInFlight != -1 || got.Config.Ack != "none" || !got.Delivered.Time.IsZero() {
		t.Errorf("zero = %+v", got)
	}
}

func TestConsumerConfigIsStoredAndReadWhole(t *testing.T) {
	b, _ := startStream(t, 3, nil)
	ctx := testContext(t)
	c := connect(t, Options{URLs: []string{b.URL()}})
	for _, want := range []ConsumerConfig{
		{Name: "all", Description: "d", Ephemeral: true, Filters: []string{"s.1", "s.2"}, Ack: "all", AckWait: time.Minute, Deliver: "sequence", StartSeq: 2,
			MaxDeliver: 4, MaxInFlight: 7, InactiveAfter: time.Hour, SamplePercent: 50},
		{Name: "time", Filters: []string{"s.*"}, Ack: "explicit", AckWait: time.Second, Deliver: "time", StartTime: time.Now().Add(-time.Hour).UTC().Round(0), MaxInFlight: -1},
		{Name: "last", Ack: "explicit", AckWait: time.Second, Deliver: "last", MaxInFlight: 1},
		{Name: "new", Ack: "explicit", AckWait: time.Second, Deliver: "new", MaxInFlight: 1},
		{Name: "subject", Filters: []string{">"}, Ack: "explicit", AckWait: time.Second, Deliver: "subject", MaxInFlight: 1},
	} {
		got, err := c.CreateConsumer(ctx, "S", want)
		if err != nil || !reflect.DeepEqual(got.Config, want) {
			t.Errorf("got  %+v, %v\nwant %+v", got.Config, err, want)
		}
	}
	if _, err := c.CreateConsumer(ctx, "S", ConsumerConfig{Name: "each", Deliver: "subject"}); err != nil {
		t.Errorf("the last of each subject without a filter: %v", err)
	}
	for name, config := range map[string]ConsumerConfig{
		"no name":                     {},
		"filters that overlap":        {Name: "k", Filters: []string{"s.*", "s.1"}},
		"a filter that is none":       {Name: "k", Filters: []string{"s..1"}},
		"an unknown policy":           {Name: "k", Ack: "maybe"},
		"an unknown start":            {Name: "k", Deliver: "yesterday"},
		"a sequence without a policy": {Name: "k", StartSeq: 5},
		"a policy without a sequence": {Name: "k", Deliver: "sequence"},
		"a policy without a time":     {Name: "k", Deliver: "time"},
		"a negative wait":             {Name: "k", AckWait: -1},
		"negative deliveries":         {Name: "k", MaxDeliver: -1},
		"too much of a percentage":    {Name: "k", SamplePercent: 101},
	} {
		if _, err := c.CreateConsumer(ctx, "S", config); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if _, err := c.CreateConsumer(ctx, "NONE", ConsumerConfig{Name: "k"}); !errors.Is(err, ErrStreamNotFound) {
		t.Errorf("of no stream: %v", err)
	}
}

func TestConsumerIsPausedResumedResetAndDeleted(t *testing.T) {
	b, _ := startStream(t, 3, nil)
	ctx := testContext(t)
	c := connect(t, Options{URLs: []string{b.URL()}})
	must(c.CreateConsumer(ctx, "S", ConsumerConfig{Name: "k"}))
	one := func() Consumer { return must(c.Consumers(ctx, "S"))[0] }
	if err := c.PauseConsumer(ctx, "S", "k", time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got := one(); !got.Paused || got.PauseRemaining < 50*time.Minute {
		t.Errorf("paused: %+v", got)
	}
	short, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if _, err := c.Next(short, "S", "k"); !errors.Is(err, ErrNoMessages) {
		t.Errorf("Next of a paused consumer = %v", err)
	}
	if err := c.PauseConsumer(ctx, "S", "k", time.Now().Add(-time.Hour)); err == nil {
		t.Error("a pause until the past succeeded")
	}
	if err := c.ResumeConsumer(ctx, "S", "k"); err != nil {
		t.Fatal(err)
	}
	if got := one(); got.Paused {
		t.Errorf("resumed: %+v", got)
	}
	for range 3 {
		if err := must(c.Next(ctx, "S", "k")).Ack(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.ResetConsumer(ctx, "S", "k", 2); err != nil {
		t.Fatal(err)
	}
	if got := one(); got.Lag != 2 {
		t.Errorf("reset to 2: %+v", got)
	}
	if got := must(c.Next(ctx, "S", "k")); got.Seq != 2 {
		t.Errorf("after the reset: %+v", got)
	}
	if err := c.ResetConsumer(ctx, "S", "k", 0); err != nil {
		t.Fatal(err)
	}
	if got := one(); got.Lag != 2 || got.InFlight != 0 {
		t.Errorf("reset to what is acknowledged: %+v", got)
	}
	if err := c.DeleteConsumer(ctx, "S", "k"); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"DeleteConsumer": c.DeleteConsumer(ctx, "S", "k"), "PauseConsumer": c.PauseConsumer(ctx, "S", "k", time.Now().Add(time.Hour)),
		"ResumeConsumer": c.ResumeConsumer(ctx, "S", "k"), "ResetConsumer": c.ResetConsumer(ctx, "S", "k", 0), "Next": second(c.Next(ctx, "S", "k")),
	} {
		if !errors.Is(err, ErrConsumerNotFound) {
			t.Errorf("%s of no consumer = %v", what, err)
		}
	}
}

func TestNextShowsAMessageAndAnswersIt(t *testing.T) {
	b, js := startStream(t, 2, nil)
	ctx := testContext(t)
	journal := NewJournal(0)
	c := connect(t, Options{URLs: []string{b.URL()}, Journal: journal})
	must(c.CreateConsumer(ctx, "S", ConsumerConfig{Name: "my-consumer"}))
	first, err := c.Next(ctx, "S", "my-consumer")
	if err != nil || first.Tries != 1 || first.ConsumerSeq != 1 || first.Seq != 1 || first.Pending != 1 || first.Subject != "s.1" || string(first.Data) != "message 1" || first.Consumer != "my-consumer" || first.Stream != "S" {
		t.Fatalf("Next = %+v, %v", first, err)
	}
	if line := first.Line(); !strings.HasSuffix(line, "] subj: s.1 / tries: 1 / cons seq: 1 / str seq: 1 / pending: 1") || line[0] != '[' || len(line) != 11+len("subj: s.1 / tries: 1 / cons seq: 1 / str seq: 1 / pending: 1") {
		t.Errorf("Line = %q", line)
	}
	if err := first.InProgress(ctx); err != nil {
		t.Error(err)
	}
	if err := first.Nak(ctx, 0); err != nil {
		t.Error(err)
	}
	again := must(c.Next(ctx, "S", "my-consumer"))
	if again.Seq != 1 || again.Tries != 2 {
		t.Errorf("after a nak: %+v", again)
	}
	if err := again.Ack(ctx); err != nil {
		t.Error(err)
	}
	two := must(c.Next(ctx, "S", "my-consumer"))
	terminated := must(js.Conn().SubscribeSync(server.JSAdvisoryConsumerMsgTerminatedPre + ".>"))
	js.Conn().Flush()
	if err := two.Term(ctx, "no\r\nuse"); err != nil {
		t.Error(err)
	}
	if m := must(terminated.NextMsg(patience)); !strings.Contains(string(m.Data), `"no use"`) {
		t.Errorf("advisory: %s", m.Data)
	}
	info := must(must(js.Consumer(ctx, "S", "my-consumer")).Info(ctx))
	if info.NumAckPending != 0 || info.NumPending != 0 {
		t.Errorf("consumer: %+v", info)
	}
	short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancel()
	if _, err := c.Next(short, "S", "my-consumer"); !errors.Is(err, ErrNoMessages) {
		t.Errorf("Next of nothing = %v", err)
	}
	var commands []string
	for _, op := range journal.Operations(0) {
		if op.Err == "" {
			commands = append(commands, strings.TrimPrefix(op.Command(), "nats --server "+b.URL()+" "))
		}
	}
	all := strings.Join(commands, "\n")
	for _, want := range []string{"consumer add --pull --defaults S my-consumer", "consumer next --no-ack S my-consumer", " -NAK", " +ACK", " '+TERM no use'", " +WPI"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in\n%s", want, all)
		}
	}
	if err := c.DeleteConsumer(ctx, "S", "my-consumer"); err != nil {
		t.Fatal(err)
	}
	if err := two.Ack(ctx); !errors.Is(err, ErrConsumerNotFound) {
		t.Errorf("Ack of a consumer that is gone = %v", err)
	}
}

func TestNextThatIsNotAllowedEndsAtOnce(t *testing.T) {
	user := &server.User{Username: "joe", Password: "j", Permissions: &server.Permissions{Publish: &server.SubjectPermission{Deny: []string{"$JS.API.CONSUMER.MSG.NEXT.>", "$JS.ACK.>"}}}}
	b, js := startStream(t, 1, users(root(), user), natsgo.UserInfo("root", "r"))
	ctx := testContext(t)
	must(js.CreateConsumer(ctx, "S", jetstream.ConsumerConfig{Durable: "k", AckPolicy: jetstream.AckExplicitPolicy}))
	c := connect(t, Options{URLs: []string{b.URL()}, User: "joe", Password: "j"})
	var refused *PermissionError
	if _, err := c.Next(ctx, "S", "k"); !errors.As(err, &refused) || refused.Subject != "$JS.API.CONSUMER.MSG.NEXT.S.k" {
		t.Errorf("Next = %v", err)
	}
	pulled := must(connect(t, Options{URLs: []string{b.URL()}, User: "root", Password: "r"}).Next(ctx, "S", "k"))
	pulled.conn = c
	if err := pulled.Ack(ctx); !errors.As(err, &refused) || !strings.HasPrefix(refused.Subject, "$JS.ACK.") {
		t.Errorf("Ack = %v", err)
	}
}

func TestAWorkQueueGivesEachMessageToOneConsumer(t *testing.T) {
	b, js := startStream(t, 0, nil)
	ctx := testContext(t)
	must(js.CreateStream(ctx, jetstream.StreamConfig{Name: "WORK", Subjects: []string{"work.>"}, Retention: jetstream.WorkQueuePolicy}))
	c := connect(t, Options{URLs: []string{b.URL()}})
	for _, step := range []struct {
		name   string
		filter []string
		shares string
	}{
		{"a", []string{"work.a.>"}, ""},
		{"all", nil, "a"},
		{"a1", []string{"work.b", "work.*.one"}, "a"},
		{"b", []string{"work.b"}, ""},
		{"b2", []string{"work.b"}, "b"},
	} {
		config := ConsumerConfig{Name: step.name, Filters: step.filter}
		other, shares := config.Shares(must(c.Consumers(ctx, "WORK")))
		if other.Name != step.shares || shares != (step.shares != "") {
			t.Errorf("%s shares with %q", step.name, other.Name)
		}
		_, err := c.CreateConsumer(ctx, "WORK", config)
		if errors.Is(err, ErrWorkQueueShared) != shares || err != nil && (!shares || strings.Contains(err.Error(), "10")) {
			t.Errorf("%s: %v", step.name, err)
		}
	}
	for _, k := range must(c.Consumers(ctx, "WORK")) {
		if err := c.DeleteConsumer(ctx, "WORK", k.Name); err != nil {
			t.Fatal(err)
		}
	}
	must(c.CreateConsumer(ctx, "WORK", ConsumerConfig{Name: "all"}))
	config := ConsumerConfig{Name: "b", Filters: []string{"work.b"}}
	if _, shares := config.Shares(must(c.Consumers(ctx, "WORK"))); !shares {
		t.Error("beside one that takes all: nothing is shared")
	}
	if _, err := c.CreateConsumer(ctx, "WORK", config); !errors.Is(err, ErrWorkQueueShared) {
		t.Errorf("beside one that takes all: %v", err)
	}
}

func TestTroubleIsSaidInWords(t *testing.T) {
	start := time.Now()
	base := Consumer{Stream: "S", Name: "k", Created: start.Add(-time.Hour), Asked: start, MaxInFlight: 10, Lag: 5, Delivered: Position{ConsumerSeq: 20}}
	later := func(change func(*Consumer)) Consumer {
		k := base
		k.Asked = start.Add(2 * time.Second)
		change(&k)
		return k
	}
	for name, test := range map[string]struct {
		now  Consumer
		kind TroubleKind
		text string // empty: no trouble
	}{
		"nothing happened":              {later(func(*Consumer) {}), 0, ""},
		"it caught up":                  {later(func(k *Consumer) { k.Lag = 0 }), 0, ""},
		"nobody pulls":                  {later(func(k *Consumer) { k.Lag = 9 }), TroubleLag, "its lag grew by 4 in 2s: nobody pulls"},
		"nobody listens":                {later(func(k *Consumer) { k.Lag, k.Push = 9, true }), TroubleLag, "nobody listens on its delivery subject"},
		"more comes than it delivers":   {later(func(k *Consumer) { k.Lag, k.Delivered.ConsumerSeq = 9, 23 }), TroubleLag, "it delivered 3, and more came"},
		"pulls wait in vain":            {later(func(k *Consumer) { k.Lag, k.Waiting = 9, 1 }), TroubleLag, "nothing was delivered"},
		"it is paused":                  {later(func(k *Consumer) { k.Lag, k.Paused, k.PauseRemaining = 9, true, time.Minute }), TroubleLag, "because it is paused for 1m0s more"},
		"it stands at its maximum":      {later(func(k *Consumer) { k.Lag, k.InFlight = 9, 10 }), TroubleInFlight, "10 messages are in flight and its maximum is 10; none was acknowledged since the last look"},
		"it is at its maximum, working": {later(func(k *Consumer) { k.InFlight, k.Acked.ConsumerSeq = 10, 7 }), TroubleInFlight, "its maximum is 10"},
		"it has no maximum":             {later(func(k *Consumer) { k.InFlight, k.MaxInFlight = 1000, -1 }), 0, ""},
		"another consumer of its name":  {later(func(k *Consumer) { k.Lag, k.Created = 9, start }), 0, ""},
		"its pinned client stays away": {later(func(k *Consumer) {
			k.PinnedTTL, k.Groups = time.Second, []PriorityGroup{{Name: "jobs", Client: "c1", Since: start.Add(-time.Minute)}}
		}), TroublePinned, `group "jobs" is pinned to client "c1"`},
	} {
		troubles := consumerTrouble(base, test.now)
		switch {
		case test.text == "" && troubles != nil:
			t.Errorf("%s: %+v", name, troubles)
		case test.text != "" && (len(troubles) != 1 || troubles[0].Kind != test.kind || !strings.Contains(troubles[0].Reason, test.text)):
			t.Errorf("%s: %+v", name, troubles)
		}
	}
}

// A group whose client goes: what the server then tells is what consumerTrouble looks at.
func TestPinnedClientThatIsGoneIsNoticed(t *testing.T) {
	b, js := startStream(t, 3, nil)
	ctx := testContext(t)
	k := must(js.CreateConsumer(ctx, "S", jetstream.ConsumerConfig{
		Durable: "k", AckPolicy: jetstream.AckExplicitPolicy, PriorityPolicy: jetstream.PriorityPolicyPinned, PriorityGroups: []string{"jobs"}, PinnedTTL: 500 * time.Millisecond,
	}))
	m := must(k.Next(jetstream.FetchPriorityGroup("jobs"), jetstream.FetchMaxWait(patience)))
	if err := m.DoubleAck(ctx); err != nil {
		t.Fatal(err)
	}
	c := connect(t, Options{URLs: []string{b.URL()}})
	prev := must(c.Consumers(ctx, "S"))[0]
	if len(prev.Groups) != 1 || prev.Groups[0].Name != "jobs" || prev.Groups[0].Client == "" || prev.PinnedTTL != 500*time.Millisecond {
		t.Fatalf("pinned: %+v", prev)
	}
	for {
		now := must(c.Consumers(ctx, "S"))[0]
		if troubles := consumerTrouble(prev, now); len(troubles) > 0 {
			if troubles[0].Kind != TroublePinned || !strings.Contains(troubles[0].Reason, prev.Groups[0].Client) {
				t.Errorf("%+v", troubles)
			}
			break
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			t.Fatalf("not noticed: %+v", now)
		}
	}
	if got, err := c.Next(ctx, "S", "k"); err != nil || got.Seq != 2 {
		t.Errorf("Next of a pinned consumer = %+v, %v", got, err)
	}
}
