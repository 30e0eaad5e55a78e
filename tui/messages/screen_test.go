package messages_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"aidbox-nats/tui/tuitest"
)

// console has a connection of the test's own beside the console's.
type console struct {
	*tuitest.Console
	ctx context.Context
	js  jetstream.JetStream
	// jq is how the form of the search stands.
	jq bool
}

func start(t *testing.T, o tuitest.Options) *console {
	t.Helper()
	c := &console{Console: tuitest.Start(t, o), ctx: tuitest.Context(t)}
	nc, err := natsgo.Connect(c.Broker.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	if c.js, err = jetstream.New(nc); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *console) stream(config jetstream.StreamConfig) jetstream.Stream {
	c.T.Helper()
	s, err := c.js.CreateStream(c.ctx, config)
	if err != nil {
		c.T.Fatal(err)
	}
	return s
}

// store stores messages one after the other.
func (c *console) store(messages ...natsgo.Msg) {
	c.T.Helper()
	for _, m := range messages {
		if _, err := c.js.PublishMsg(c.ctx, &m); err != nil {
			c.T.Fatal(err)
		}
	}
}

// fill stores n messages whose bodies say their sequences.
func (c *console) fill(subject string, n int) {
	c.T.Helper()
	for i := 1; i <= n; i++ {
		if i%1000 == 0 { // no more than are acknowledged in time
			c.stored()
		}
		if _, err := c.js.PublishMsgAsync(&natsgo.Msg{Subject: subject, Data: fmt.Appendf(nil, "body of %d", i)}); err != nil {
			c.T.Fatal(err)
		}
	}
	c.stored()
}

// stored waits until all that was published is.
func (c *console) stored() {
	c.T.Helper()
	select {
	case <-c.js.PublishAsyncComplete():
	case <-c.ctx.Done():
		c.T.Fatal("not all were stored")
	}
}

// open shows the messages of the only stream.
func (c *console) open(stream string) {
	c.T.Helper()
	c.Press("r", "3")
	c.WaitFor("▸ " + stream)
	c.Press("b")
	c.WaitFor("Messages of " + stream)
}

// state is what the server has.
func (c *console) state(s jetstream.Stream) jetstream.StreamState {
	c.T.Helper()
	info, err := s.Info(c.ctx)
	if err != nil {
		c.T.Fatal(err)
	}
	return info.State
}

// asked are the subjects of the console's requests from an operation on.
func (c *console) asked(after uint64) []string {
	var out []string
	for _, o := range c.Journal.Operations(after) {
		if o.Verb == "REQ" && !o.Background {
			out = append(out, o.Subject)
		}
	}
	return out
}

func (c *console) lastOperation() uint64 {
	all := c.Journal.Operations(0)
	return all[len(all)-1].Seq
}

func patient(id, family, method string) string {
	return fmt.Sprintf(`{"topic":"patient-topic","value":{"resourceType":"Bundle","type":"history","timestamp":"2025-05-05T09:54:29Z","entry":[
 {"resource":{"resourceType":"AidboxSubscriptionStatus","status":"active","type":"event-notification",
  "notificationEvent":[{"eventNumber":1,"focus":{"reference":"Patient/%[1]s"}}],
  "topic":"patient-topic","topic-destination":{"reference":"AidboxTopicDestination/basic"}}},
 {"request":{"method":%[3]q,"url":"/fhir/Patient/%[1]s"},"fullUrl":"http://localhost:8080/fhir/Patient/%[1]s",
  "resource":{"id":%[1]q,"resourceType":"Patient","name":[{"family":%[2]q}],"birthDate":"1990-01-02"}}]}}`, id, family, method)
}

func header(pairs ...string) natsgo.Header {
	h := natsgo.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h[pairs[i]] = append(h[pairs[i]], pairs[i+1])
	}
	return h
}

// kinds are streams that are read in different ways.
var kinds = map[string]jetstream.StreamConfig{
	"in files, direct":             {AllowDirect: true},
	"in files, from the leader":    {},
	"in memory, direct":            {Storage: jetstream.MemoryStorage, AllowDirect: true},
	"in memory, from the leader":   {Storage: jetstream.MemoryStorage},
	"a work queue from the leader": {Retention: jetstream.WorkQueuePolicy},
	"interest, direct":             {Retention: jetstream.InterestPolicy, AllowDirect: true},
}

// TestTwentyThousandMessagesArePagedBothWays goes through every kind of stream,
// over deleted sequences, and looks at what the server was asked and keeps.
func TestTwentyThousandMessagesArePagedBothWays(t *testing.T) {
	for rule, config := range kinds {
		t.Run(rule, func(t *testing.T) {
			c := start(t, tuitest.Options{Width: 120, Height: 30})
			config.Name, config.Subjects = "EVENTS", []string{"e.*"}
			s := c.stream(config)
			consumers := 0
			if config.Retention == jetstream.InterestPolicy { // somebody must want them
				consumers = 1
				if _, err := s.CreateConsumer(c.ctx, jetstream.ConsumerConfig{Durable: "worker", AckPolicy: jetstream.AckExplicitPolicy}); err != nil {
					t.Fatal(err)
				}
			}
			const n = 20_000
			c.fill("e.a", n)
			for seq := uint64(n - 200); seq <= n-100; seq++ { // a gap that is longer than a page
				if err := s.DeleteMsg(c.ctx, seq); err != nil {
					t.Fatal(err)
				}
			}
			before := c.lastOperation()
			c.open("EVENTS")
			c.WaitFor("body of 20000")
			c.WaitFor("at 20,000 · 19,899 messages")

			c.Press("pgup", "pgup", "pgup", "pgup", "pgup") // typed faster than it can be read
			c.WaitFor("body of 19779")                      // beyond the gap
			c.WaitGone("body of 19850")
			c.Press("G")
			c.WaitFor("body of 20000")
			c.Press("g")
			c.WaitFor("▸      1 ")
			c.Press("pgdown", "pgdown", "pgdown", "pgdown", "down")
			c.WaitFor("▸    102 ")

			c.Press("o")
			c.WaitFor("Open EVENTS")
			c.Type("19,850")
			c.WaitFor("message 19,850, or the next one that is there")
			c.Press("ctrl+s")
			c.WaitFor("▸ 19,901")
			c.WaitFor("body of 19799") // what lies before the gap is there, too
			c.Press("up")
			c.WaitFor("▸ 19,799")

			if asked := c.asked(before); len(asked) == 0 {
				t.Error("nothing was asked for")
			} else {
				for _, subject := range asked {
					if strings.Contains(subject, "CONSUMER") {
						t.Errorf("a consumer was asked for: %s", subject)
					}
				}
			}
			if st := c.state(s); st.Consumers != consumers || st.Msgs != n-101 {
				t.Errorf("the server has %d consumers and %d messages", st.Consumers, st.Msgs)
			}
		})
	}
}

// TestOpeningAsksFewTimes counts the requests for one place in a large stream.
func TestOpeningAsksFewTimes(t *testing.T) {
	c := start(t, tuitest.Options{Width: 120, Height: 30})
	c.stream(jetstream.StreamConfig{Name: "EVENTS", Subjects: []string{"e.*", "rare"}, AllowDirect: true})
	c.store(natsgo.Msg{Subject: "rare", Data: []byte("the first one")})
	c.fill("e.a", 20_000)
	c.open("EVENTS")
	c.WaitFor("body of 20000")
	for place, want := range map[string]string{
		"start": "the first one", "12345": "body of 12344", "1h": "the first one", "end": "body of 20000",
	} {
		before := c.lastOperation()
		c.Press("o")
		c.WaitFor("Open EVENTS")
		c.Type(place)
		c.Press("ctrl+s")
		c.WaitGone("Open EVENTS")
		c.WaitFor(want)
		if n := len(c.asked(before)); n > 12 {
			t.Errorf("%s: %d requests", place, n)
		}
	}
	before := c.lastOperation()
	c.Press("o")
	c.WaitFor("Open EVENTS")
	c.Press("tab")
	c.Type("rare")
	c.Press("ctrl+s")
	c.WaitFor("on rare")
	c.WaitFor("the first one")
	if n := len(c.asked(before)); n > 40 { // log2 of 20,000 is 15
		t.Errorf("a rare subject: %d requests", n)
	}
}

func TestWhatIsNewerIsSaidAndNotGoneTo(t *testing.T) {
	c := start(t, tuitest.Options{Width: 120, Height: 30})
	c.stream(jetstream.StreamConfig{Name: "EVENTS", Subjects: []string{"e"}})
	c.fill("e", 5)
	c.open("EVENTS")
	c.WaitFor("body of 5")
	c.fill("e", 12)
	c.Press("r")
	c.WaitFor("12 newer")
	if !strings.Contains(c.Text(), "▸  5") {
		t.Errorf("the cursor has moved:\n%s", c.Text())
	}
	c.Press("G")
	c.WaitFor("▸ 17")
	c.WaitGone("newer")
}

func TestAStreamThatIsDeletedIsSaidToBeGone(t *testing.T) {
	c := start(t, tuitest.Options{Width: 120, Height: 30})
	c.stream(jetstream.StreamConfig{Name: "EVENTS", Subjects: []string{"e"}})
	c.fill("e", 3)
	c.open("EVENTS")
	c.WaitFor("body of 3")
	if err := c.js.DeleteStream(c.ctx, "EVENTS"); err != nil {
		t.Fatal(err)
	}
	c.Press("r")
	c.WaitFor("stream EVENTS is gone")
	for k, why := range map[string]string{"o": "EVENTS is gone", "/": "EVENTS is gone", "d": "EVENTS is gone", "p": "EVENTS is gone"} {
		c.Press(k)
		c.WaitFor(why + ": esc goes back")
	}
	c.stream(jetstream.StreamConfig{Name: "EVENTS", Subjects: []string{"e"}})
	c.store(natsgo.Msg{Subject: "e", Data: []byte("of another time")})
	c.Press("r")
	c.WaitFor("of another time")
	c.WaitGone("is gone")
}

func TestMessagesAreDeletedAfterAQuestionOnly(t *testing.T) {
	c := start(t, tuitest.Options{Width: 120, Height: 30})
	s := c.stream(jetstream.StreamConfig{Name: "EVENTS", Subjects: []string{"e"}})
	c.fill("e", 3)
	c.open("EVENTS")
	c.WaitFor("body of 3")
	c.Press("up", "d")
	c.WaitFor("Delete message 2 of EVENTS?")
	c.WaitFor("stream rmm --force EVENTS 2")
	c.Press("enter") // Cancel is the default
	c.WaitGone("Delete message 2")
	c.Press("d", "y")
	c.WaitFor("Message 2 of EVENTS deleted")
	c.WaitGone("body of 2")
	if _, err := s.GetMsg(c.ctx, 2); err == nil || c.state(s).Msgs != 2 {
		t.Errorf("it is there: %v", err)
	}
}

func TestReadOnlyChangesNothing(t *testing.T) {
	c := start(t, tuitest.Options{Width: 120, Height: 30, ReadOnly: true})
	s := c.stream(jetstream.StreamConfig{Name: "EVENTS", Subjects: []string{"e"}})
	c.fill("e", 3)
	c.open("EVENTS")
	c.WaitFor("body of 3")
	for _, k := range []string{"d", "p"} {
		c.Press(k)
		c.WaitFor("READ-ONLY: this console changes nothing")
		c.Press("up", "down")
		c.WaitGone("READ-ONLY: this console")
	}
	if err := c.Conn.DeleteMessage(c.ctx, "EVENTS", 1); err == nil {
		t.Error("the connection deletes")
	}
	if st := c.state(s); st.Msgs != 3 || st.LastSeq != 3 {
		t.Errorf("%+v", st)
	}
	c.Press("/")
	c.WaitFor("Find in EVENTS") // reading is allowed
}

// TestAnExpiredMessageLeavesAMarkerThatSaysWhy waits until a server has written one.
func TestAnExpiredMessageLeavesAMarkerThatSaysWhy(t *testing.T) {
	c := start(t, tuitest.Options{Width: 120, Height: 30})
	c.stream(jetstream.StreamConfig{Name: "EVENTS", Subjects: []string{"e"}, MaxAge: 2 * time.Second, AllowMsgTTL: true, SubjectDeleteMarkerTTL: time.Hour})
	c.store(natsgo.Msg{Subject: "e", Data: []byte("short of life")})
	c.open("EVENTS")
	c.WaitFor("short of life")
	c.WaitFor("expires  ")
	c.WaitFor("1 newer")
	c.Press("G")
	c.WaitFor("Message 2 of EVENTS")
	c.WaitFor("marker   the last message of thi")
	c.WaitFor("The body is empty, as that of every marker")
	c.WaitFor("Nats-Marker-Reason: MaxAge")
	c.WaitGone("short of life")
}

func TestWhatCouldNotBeReadIsReadWhenTheBrokerIsBack(t *testing.T) {
	c := start(t, tuitest.Options{Width: 120, Height: 30})
	c.stream(jetstream.StreamConfig{Name: "EVENTS", Subjects: []string{"e"}})
	c.fill("e", 3)
	c.open("EVENTS")
	c.WaitFor("body of 3")
	if err := c.Broker.Stop(c.ctx); err != nil {
		t.Fatal(err)
	}
	c.Press("o")
	c.WaitFor("Open EVENTS")
	c.Type("start")
	c.Press("ctrl+s")
	c.WaitFor("not read")
	c.WaitFor("body of 3") // what was read before stays
	if err := c.Broker.Restart(c.ctx); err != nil {
		t.Fatal(err)
	}
	c.WaitGone("not read")
	c.WaitFor("▸ 1")
}

// TestLargeMessagesKeepTheCursorInTheWindow goes through messages of which few
// may be held.
func TestLargeMessagesKeepTheCursorInTheWindow(t *testing.T) {
	c := start(t, tuitest.Options{Width: 120, Height: 30})
	c.stream(jetstream.StreamConfig{Name: "EVENTS", Subjects: []string{"e"}, AllowDirect: true})
	const n = 40
	for i := 1; i <= n; i++ {
		c.store(natsgo.Msg{Subject: "e", Data: append(fmt.Appendf(nil, "large %d ", i), make([]byte, 900_000)...)})
	}
	c.open("EVENTS")
	for seq := n; seq > 1; seq-- {
		c.WaitFor(fmt.Sprintf("Message %d of EVENTS", seq))
		c.Press("up")
	}
	for seq := 1; seq < n; seq++ {
		c.WaitFor(fmt.Sprintf("Message %d of EVENTS", seq))
		c.Press("down")
	}
	c.WaitFor("Message 40 of EVENTS")
}
