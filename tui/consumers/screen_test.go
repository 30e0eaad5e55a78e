package consumers_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
	"aidbox-nats/nats/broker"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/tuitest"
	"aidbox-nats/tui/widget"
)

// The three numbers of one consumer: 10 messages, 6 delivered, of those 2
// acknowledged, one delivered twice.
func TestFramesOfTheList(t *testing.T) {
	all := map[string][2]int{"100x30": {100, 30}}
	maps.Copy(all, sizes)
	for name, size := range all {
		t.Run(name, func(t *testing.T) {
			c := start(t, tuitest.Options{Width: size[0], Height: size[1]}, jetstream.LimitsPolicy, 10)
			worker := durable("worker")
			worker.MaxAckPending, worker.FilterSubject, worker.MaxDeliver = 100, "patients.*", 5
			msgs := c.fetch(c.consumer(worker), 6)
			for _, m := range msgs[:2] {
				if err := m.DoubleAck(c.ctx()); err != nil {
					t.Fatal(err)
				}
			}
			if err := msgs[5].Nak(); err != nil {
				t.Fatal(err)
			}
			c.fetch(must(c.js.Consumer(c.ctx(), "EVENTS", "worker")), 1)

			full := durable("full")
			full.MaxAckPending = 2
			c.fetch(c.consumer(full), 2)
			c.consumer(durable("idle"))
			done := durable("done")
			done.DeliverPolicy = jetstream.DeliverNewPolicy
			c.consumer(done)
			c.consumer(jetstream.ConsumerConfig{Name: "eph", AckPolicy: jetstream.AckNonePolicy, InactiveThreshold: time.Hour})
			push := durable("push")
			push.DeliverSubject = "to.nobody"
			must(c.js.CreatePushConsumer(c.ctx(), "EVENTS", push))
			paused := durable("paused")
			until := time.Now().Add(time.Hour + 30*time.Second)
			paused.PauseUntil = &until
			c.consumer(paused)

			c.open("EVENTS")
			c.WaitFor("7 ─╮")
			c.Press("G")
			c.WaitFor("worker")
			c.frame("list-" + name)
			if size[0] < 100 {
				c.Press("enter")
				c.WaitFor("of those in flight, delivered more than once")
				c.frame("detail-" + name)
				c.Press("esc")
			}
			c.Press("g", "j", "j", "j") // done, eph, full
			c.Press("k")
			c.WaitFor("at maximum")
			if size[0] >= 140 {
				c.WaitFor("! It delivers nothing: 2 messages are in flight")
				c.frame("full-" + name)
			}
		})
	}
}

// The tutorial: a consumer with the defaults, two pulls, both acknowledged.
func TestTheTutorialsConsumer(t *testing.T) {
	for name, size := range sizes {
		t.Run(name, func(t *testing.T) {
			c := start(t, tuitest.Options{Width: size[0], Height: size[1]}, jetstream.LimitsPolicy, 2)
			c.open("EVENTS")
			c.WaitFor("No consumers: nobody reads EVENTS through one. n creates one.")
			c.Press("n")
			c.WaitFor("New consumer of EVENTS")
			c.Type("my-consumer")
			c.WaitFor("EVENTS my-consumer")
			c.frame("new-" + name)
			c.Press("ctrl+s")
			c.WaitFor("Consumer my-consumer created, 2 messages to deliver in ")
			c.Press(">")
			c.WaitFor("consumer next --no-ack EVENTS")
			c.frame("before-next-" + name)
			c.Press("enter")
			c.WaitFor("subj: patients.test / tries: 1 / cons seq: 1 / str seq: 1 /")
			c.WaitFor("correlation-id: order-1")
			c.WaitFor(`"note": "message 1"`)
			c.WaitFor("In flight: it comes again in ")
			c.frame("next-" + name)
			c.Press("a")
			c.WaitFor("✓ Acknowledged message 1; it stays in EVENTS")
			c.Press(">")
			c.WaitFor("cons seq: 2 / str seq: 2 /")
			c.Press("a")
			c.WaitFor("✓ Acknowledged message 2; it stays in EVENTS")
			c.frame("acked-" + name)
			c.Press("esc")
			c.WaitFor("caught up")
			if i := c.info("my-consumer"); i.NumAckPending != 0 || i.AckFloor.Stream != 2 || i.Config.Durable != "my-consumer" {
				t.Errorf("%+v", i)
			}
			for _, want := range []string{"consumer add --pull --defaults EVENTS my-consumer\n", "consumer next --no-ack EVENTS my-consumer\n", " +ACK\n"} {
				if !strings.Contains(c.commands(), want) {
					t.Errorf("%q was not sent:\n%s", want, c.commands())
				}
			}
		})
	}
}

func TestEveryAnswerAndWhatComesOfIt(t *testing.T) {
	c := start(t, tuitest.Options{}, jetstream.LimitsPolicy, 3)
	k := durable("k")
	k.MaxDeliver = 2
	c.consumer(k)
	c.open("EVENTS")
	c.WaitFor("never pulled")
	c.Press(">", ">")
	c.WaitFor("tries: 1 / cons seq: 1 / str seq: 1 / pending: 2")
	c.Press("i")
	c.WaitFor("✓ Message 1 is in progress: its ack wait of 30s began anew")
	c.Press("N")
	c.WaitFor("✓ Negative acknowledgement of message 1: it comes again at once")
	c.Press(">")
	c.WaitFor("tries: 2 / cons seq: 2 / str seq: 1 / pending: 2")
	c.WaitFor("it was delivered 2 times of at most 2: it does not come again, and stays in EVENTS")
	c.Press("t")
	c.WaitFor("✓ Terminated message 1: k never delivers it again; it stays in EVENTS")
	// Keys typed while the server is awaited are for what it answers.
	c.Press(">", "a", ">")
	c.WaitFor("cons seq: 4 / str seq: 3 / pending: 0")
	c.Press(">")
	c.WaitFor("! No message in 5s: all that match are delivered; 1 is in flight and may come again.")
	c.WaitFor("1 message pulled here before, not answered")
	c.Press("esc")
	c.WaitFor("Not acknowledged: message 3; each comes again when its ack wait of 30s is over")
	if i := c.info("k"); i.NumAckPending != 1 || i.AckFloor.Stream != 2 {
		t.Errorf("%+v", i)
	}
	for _, want := range []string{" +WPI\n", " -NAK\n", " +TERM\n", " +ACK\n"} {
		if !strings.Contains(c.commands(), want) {
			t.Errorf("%q was not sent:\n%s", want, c.commands())
		}
	}
}

func TestAMessageThatIsLeftComesAgain(t *testing.T) {
	c := start(t, tuitest.Options{}, jetstream.LimitsPolicy, 1)
	k := durable("k")
	k.AckWait = time.Second
	c.consumer(k)
	c.open("EVENTS")
	c.WaitFor("never pulled")
	c.Press(">", ">")
	c.WaitFor("tries: 1 / cons seq: 1")
	c.WaitFor("the ack wait of 1s is over: it comes again")
	c.Press("esc")
	c.WaitFor("Message 1 is not acknowledged: the ack wait of 1s is over: it comes again")
	c.Press(">", ">")
	c.WaitFor("tries: 2 / cons seq: 2 / str seq: 1")
}

func TestAWorkQueueSaysWhatAnAckRemoves(t *testing.T) {
	c := start(t, tuitest.Options{}, jetstream.WorkQueuePolicy, 2)
	c.open("EVENTS")
	c.WaitFor("No consumers")
	c.Press("n")
	c.Type("jobs")
	c.Press("enter", "enter", "enter", "right")
	c.WaitFor("! EVENTS is a work queue: the server takes only all there")
	c.Press("left", "ctrl+s")
	c.WaitFor("Consumer jobs created, 2 messages to deliver")
	c.Press(">")
	c.WaitFor("! EVENTS is a work queue: ack and term remove the message from it.")
	c.Press(">")
	c.WaitFor("str seq: 1 / pending: 1")
	c.WaitFor("! EVENTS is a work queue: ack and term remove the message from it.")
	c.Press("a")
	c.WaitFor("✓ Acknowledged message 1; it is removed from EVENTS")
	if i := must(must(c.js.Stream(c.ctx(), "EVENTS")).Info(c.ctx())); i.State.Msgs != 1 {
		t.Errorf("%+v", i.State)
	}
	c.Press("esc", "n")
	c.Type("more")
	c.WaitFor("! EVENTS is a work queue, each message is for one consumer: jobs takes all")
	c.Press("ctrl+s")
	c.WaitFor("✗ create consumer \"more\" of stream \"EVENTS\": the stream is a work queue, which gives")
}

func TestAConsumerIsMadeWithEverything(t *testing.T) {
	c := start(t, tuitest.Options{}, jetstream.LimitsPolicy, 5)
	c.open("EVENTS")
	c.Press("n")
	c.Type("k.1")
	c.Press("enter")
	c.WaitFor("✗ \"k.1\" is no valid name")
	c.Press("ctrl+u")
	c.Type("tail")
	c.Press("enter", "n", "enter")
	c.Type("1h")
	c.Press("enter")
	c.Type("orders.new")
	c.WaitFor("! EVENTS takes patients.>: nothing matches orders.new")
	c.Press("ctrl+u")
	c.Type("patients.a, patients.test")
	c.Press("enter", "right", "right", "right", "right", "enter")
	c.Type("9")
	c.WaitFor("! the last message of EVENTS is 5: it waits for 9")
	c.Press("ctrl+u")
	c.Type("3")
	c.Press("enter", "right", "enter", "ctrl+u")
	c.Type("1m")
	c.Press("enter")
	c.Type("4")
	c.Press("enter")
	c.Type("7")
	c.WaitFor("--max-deliver=4")
	c.Press("ctrl+s")
	c.WaitFor("Consumer tail created, 3 messages to deliver")
	got := c.info("tail").Config
	if got.Durable != "" || got.InactiveThreshold != time.Hour || strings.Join(got.FilterSubjects, " ") != "patients.a patients.test" ||
		got.DeliverPolicy != jetstream.DeliverByStartSequencePolicy || got.OptStartSeq != 3 || got.AckPolicy != jetstream.AckAllPolicy ||
		got.AckWait != time.Minute || got.MaxDeliver != 4 || got.MaxAckPending != 7 {
		t.Errorf("%+v", got)
	}
}

// A server that was started again knows how far a consumer has come, and not
// since when.
func TestAConsumerThatWasPulledBeforeTheServerWasStarted(t *testing.T) {
	c := start(t, tuitest.Options{}, jetstream.LimitsPolicy, 3)
	m := c.fetch(c.consumer(durable("k")), 1)[0]
	if err := m.DoubleAck(c.ctx()); err != nil {
		t.Fatal(err)
	}
	c.open("EVENTS")
	c.WaitFor("s ago")
	if err := c.Broker.Restart(c.ctx()); err != nil {
		t.Fatal(err)
	}
	c.WaitFor("none waits")
	c.WaitFor("consumer seq 1, when is not")
	if s := c.Text(); strings.Contains(s, "never pulled") {
		t.Errorf("it was pulled:\n%s", s)
	}
}

func TestAnAnswerBeforeAPullSaysWhyNot(t *testing.T) {
	c := start(t, tuitest.Options{}, jetstream.LimitsPolicy, 1)
	k := durable("k")
	k.AckWait = 5 * time.Minute
	c.consumer(k)
	none := jetstream.ConsumerConfig{Name: "none", AckPolicy: jetstream.AckNonePolicy, InactiveThreshold: time.Hour}
	c.consumer(none)
	c.open("EVENTS")
	c.WaitFor("never pulled")
	c.Press(">")
	c.WaitFor("> enter pull it")
	c.Press("a")
	c.WaitFor("! No message was pulled yet that could be answered: > pulls one.")
	c.Press(">")
	c.WaitFor("In flight: it comes again in 4 min 5")
	c.WaitFor("when the ack wait of 5m is over")
	c.Press("a")
	c.WaitFor("✓ Acknowledged message 1")
	c.Press("esc", "j", ">", ">")
	c.WaitFor("This consumer wants no acknowledgement: the message does not come again.")
	c.Press("a")
	c.WaitFor("! none wants no acknowledgement: what was delivered counts as done.")
}

func TestPauseAndResume(t *testing.T) {
	c := start(t, tuitest.Options{}, jetstream.LimitsPolicy, 2)
	c.consumer(durable("k"))
	c.open("EVENTS")
	c.WaitFor("never pulled")
	c.Press("P")
	c.WaitFor("until 2")
	c.WaitFor("consumer pause --force")
	c.Press("ctrl+u")
	c.Type("soon")
	c.Press("enter")
	c.WaitFor(`"soon" is no time to wait`)
	c.Press("ctrl+u")
	c.Type("2h")
	c.Press("enter")
	c.WaitFor("Consumer k paused until ")
	c.WaitFor("paused 1 h")
	if !c.info("k").Paused {
		t.Error("the server did not pause it")
	}
	c.Press(">")
	c.WaitFor("k is paused and delivers nothing: P resumes it")
	c.Press("P")
	c.WaitFor("2 messages wait for it; it is paused for 1 h more.")
	c.WaitFor("consumer resume --force")
	c.Press("y")
	c.WaitFor("Consumer k resumed in ")
	c.WaitFor("never pulled")
	if c.info("k").Paused {
		t.Error("the server did not resume it")
	}
}

func TestReset(t *testing.T) {
	c := start(t, tuitest.Options{}, jetstream.LimitsPolicy, 4)
	for _, m := range c.fetch(c.consumer(durable("k")), 4) {
		if err := m.DoubleAck(c.ctx()); err != nil {
			t.Fatal(err)
		}
	}
	c.open("EVENTS")
	c.WaitFor("caught up")
	c.Press("x")
	c.WaitFor("it begins after stream seq 4, up to which all is acknowledged")
	c.WaitFor("consumer reset --force")
	c.Type("2")
	c.WaitFor("--sequence=2")
	c.Press("enter")
	c.WaitFor("Reset consumer k of EVENTS?")
	c.WaitFor("Workers see what is left of 2 to 4 a second time.")
	c.Press("enter") // Cancel is the default
	c.WaitGone("Reset consumer k of EVENTS?")
	if i := c.info("k"); i.NumPending != 0 {
		t.Errorf("enter alone reset it: %+v", i)
	}
	c.Press("x")
	c.Type("2")
	c.Press("enter")
	c.WaitFor("Reset consumer k of EVENTS?")
	c.Press("y")
	c.WaitFor("Consumer k begins anew at 2 in ")
	c.WaitUntil(func(string) bool { return c.info("k").NumPending == 3 })
	c.WaitFor("none waits ") // not: never pulled
	c.Press(">", ">")
	c.WaitFor("str seq: 2 / pending: 2")
}

func TestDeletingSaysWhatIsLost(t *testing.T) {
	c := start(t, tuitest.Options{}, jetstream.LimitsPolicy, 5)
	c.fetch(c.consumer(durable("k")), 2)
	c.open("EVENTS")
	c.WaitFor("2 of 1,000")
	c.Press("d")
	c.WaitFor("Delete consumer k of EVENTS?")
	c.WaitFor("Its position is lost: stream seq 2; 3 messages are not yet seen by it.")
	c.WaitFor("2 messages are in flight: whoever has them acknowledges in vain.")
	c.WaitFor("The messages stay in EVENTS.")
	c.WaitFor("consumer rm --force")
	c.frame("delete-140x42")
	c.Press("enter") // Cancel is the default
	c.WaitGone("Delete consumer k of EVENTS?")
	if c.info("k").NumAckPending != 2 {
		t.Error("enter alone deleted it")
	}
	c.Press("d", "y")
	c.WaitFor("Consumer k deleted: 3 messages not seen, 2 in flight in ")
	c.WaitFor("No consumers: nobody reads EVENTS")
}

// A lag that only grows is told with how it grew, until it shrinks.
func TestALagThatOnlyGrows(t *testing.T) {
	c := start(t, tuitest.Options{}, jetstream.LimitsPolicy, 1)
	c.consumer(durable("k"))
	c.open("EVENTS")
	c.WaitFor("never pulled")
	for start := time.Now(); !strings.Contains(c.Text(), "lag grows"); c.publish(1) {
		if time.Since(start) > 20*time.Second {
			t.Fatalf("not told:\n%s", c.Text())
		}
		lag := fmt.Sprintf("      %d  ", c.info("k").NumPending)
		c.Press("r")
		c.WaitUntil(func(screen string) bool {
			return strings.Contains(screen, lag) || strings.Contains(screen, "lag grows")
		})
	}
	c.WaitFor("! Its lag grew by ")
	c.WaitFor("nobody pulls")
	c.WaitFor("only grew: 1 → ")
	// It stays known while another stream is looked at.
	must(c.js.CreateStream(c.ctx(), jetstream.StreamConfig{Name: "OTHER", Subjects: []string{"other"}}))
	c.open("OTHER")
	c.WaitFor("No consumers: nobody reads OTHER")
	c.open("EVENTS")
	c.WaitFor("lag grows")
	c.Press(">", ">")
	c.WaitFor("cons seq: 1 /")
	c.Press("a", ">", "a")
	c.WaitFor("✓ Acknowledged message 2")
	c.Press("esc")
	c.WaitGone("lag grows")
}

// A group's pinned client that does not come back.
func TestAPinnedClientThatIsGone(t *testing.T) {
	c := start(t, tuitest.Options{}, jetstream.LimitsPolicy, 3)
	k := durable("k")
	k.PriorityPolicy, k.PriorityGroups, k.PinnedTTL = jetstream.PriorityPolicyPinned, []string{"jobs"}, time.Second
	m, err := c.consumer(k).Next(jetstream.FetchPriorityGroup("jobs"), jetstream.FetchMaxWait(10*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.DoubleAck(c.ctx()); err != nil {
		t.Fatal(err)
	}
	c.open("EVENTS")
	c.WaitFor("  pinned  ")
	c.WaitFor("group jobs")
	c.WaitFor("client gone")
	c.WaitFor("roup \"jobs\"")
	c.Press(">")
	c.WaitFor("One client at a time is pinned")
	c.Press(">")
	c.WaitFor("str seq: 2 / pending: 1")
	c.Press("a")
	c.WaitFor("✓ Acknowledged message 2")
}

// A push consumer and an ordered one are seen as what they are.
func TestPushAndOrderedConsumers(t *testing.T) {
	c := start(t, tuitest.Options{}, jetstream.LimitsPolicy, 3)
	push := durable("+push")
	push.DeliverSubject = "to.me"
	must(c.js.CreatePushConsumer(c.ctx(), "EVENTS", push))
	if _, err := c.js.OrderedConsumer(c.ctx(), "EVENTS", jetstream.OrderedConsumerConfig{}); err != nil {
		t.Fatal(err)
	}
	c.open("EVENTS")
	c.WaitFor("pull eph")
	c.WaitFor("nobody listens on to.me")
	c.Press(">")
	c.WaitFor("+push is a push consumer: the server sends its messages to to.me")
	sub, err := c.js.Conn().SubscribeSync("to.me")
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		must(sub.NextMsg(10 * time.Second))
	}
	c.Press("r")
	c.WaitFor("somebody listens")
	c.WaitFor("3 of 1,000")
}

func TestReadOnlyChangesNothing(t *testing.T) {
	c := start(t, tuitest.Options{ReadOnly: true}, jetstream.LimitsPolicy, 1)
	c.consumer(durable("k"))
	c.open("EVENTS")
	c.WaitFor("never pulled")
	for _, k := range []string{"n", "d", "P", "x", ">"} {
		c.Press(k)
		c.WaitFor("READ-ONLY: this console changes nothing")
		c.Press("j")
		c.WaitGone("READ-ONLY: this console changes nothing")
	}
	if i := c.info("k"); i.Delivered.Consumer != 0 || i.Paused {
		t.Errorf("%+v", i)
	}
}

func TestWhatTheUserMayNotDo(t *testing.T) {
	ctx := tuitest.Context(t)
	denied := &server.SubjectPermission{Deny: []string{"$JS.API.CONSUMER.MSG.NEXT.>", "$JS.API.CONSUMER.DELETE.>", "$JS.API.CONSUMER.LIST.SECRET"}}
	b, err := broker.Start(ctx, broker.Options{Port: broker.FreePort, StoreDir: t.TempDir(), Configure: func(o *server.Options) error {
		o.Users = []*server.User{{Username: "root", Password: "r"}, {Username: "joe", Password: "j", Permissions: &server.Permissions{Publish: denied}}}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Stop(tuitest.Context(t)) })
	nc, err := natsgo.Connect(b.URL(), natsgo.UserInfo("root", "r"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	c := &console{js: must(jetstream.New(nc))}
	for _, name := range []string{"EVENTS", "SECRET"} {
		must(c.js.CreateStream(ctx, jetstream.StreamConfig{Name: name, Subjects: []string{name}}))
	}
	must(c.js.CreateConsumer(ctx, "EVENTS", durable("k")))
	c.Console = tuitest.Start(t, tuitest.Options{
		NATS: func(o *nats.Options) { o.URLs, o.User, o.Password = []string{b.URL()}, "joe", "j" },
	})
	c.WaitFor("SECRET")
	c.open("EVENTS")
	c.WaitFor("caught up")
	c.Press(">", ">")
	c.WaitFor("✗ pull from consumer")
	c.WaitFor(`does not allow user "joe" to publish to "$JS.API.CONSUMER.MSG.NEXT.EVENTS.k"`)
	c.Press("esc", "d", "y")
	c.WaitFor(`"$JS.API.CONSUMER.DELETE.EVENTS.k"`)
	c.Send(data.Consume{Stream: "SECRET"})
	c.Send(widget.Go{Pane: "consumers"})
	c.WaitFor("Consumers of SECRET")
	c.WaitFor("not read")
	c.WaitFor("$JS.API.CONSUMER.LIST.SECRET")
}

func TestTheMaskHidesWhatWasPulled(t *testing.T) {
	c := start(t, tuitest.Options{}, jetstream.LimitsPolicy, 1)
	c.consumer(durable("k"))
	c.Press("M")
	c.WaitFor("MASKED")
	c.open("EVENTS")
	c.WaitFor("never pulled")
	c.Press(">", ">")
	c.WaitFor("str seq: 1 / pending: 0")
	c.WaitFor(`"note"`)
	if s := c.Text(); strings.Contains(s, "Ann") {
		t.Errorf("a name is shown:\n%s", s)
	}
}

func TestAStreamThatIsGone(t *testing.T) {
	c := start(t, tuitest.Options{}, jetstream.LimitsPolicy, 1)
	c.consumer(durable("k"))
	c.open("EVENTS")
	c.WaitFor("never pulled")
	if err := c.js.DeleteStream(c.ctx(), "EVENTS"); err != nil {
		t.Fatal(err)
	}
	c.Press("r")
	c.WaitFor("not read since")
	c.Press("esc", "esc")
	c.WaitFor("1 Topics")
}

// From the stream by key; a notification is told as it is everywhere.
func TestANotificationIsDecoded(t *testing.T) {
	c := start(t, tuitest.Options{}, jetstream.LimitsPolicy, 0)
	c.consumer(durable("k"))
	c.Topic("patient-topic", "")
	c.Destination("jetstream", aidbox.KindJetStreamAtLeastOnce, "patient-topic", "patients.created")
	c.Create(`{"resourceType":"Patient","name":[{"family":"smith"}]}`)
	c.Press("3", "r")
	c.WaitFor("EVENTS")
	c.WaitFor("Stream EVENTS")
	c.Press("C")
	c.WaitFor("Consumers of EVENTS")
	c.WaitFor("1  0 of 1,000")
	c.Press(">", ">")
	c.WaitFor("subj: patients.created / tries: 1")
	c.WaitFor("content-type: application/json")
	c.WaitFor("Patient/")
	c.WaitFor("patient-topic")
	c.WaitFor(`"family": "smith"`)
	c.Press("v")
	c.WaitFor("AidboxSubscriptionStatus")
	c.Press("a", "esc", "esc")
	c.WaitFor("Stream EVENTS")
}
