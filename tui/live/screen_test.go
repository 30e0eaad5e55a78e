package live_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
	"aidbox-nats/tui/tuitest"
)

// sizes are those that frames are kept of.
var sizes = map[string][2]int{"140x42": {140, 42}, "80x24": {80, 24}}

// console has a topic, a destination on foo, and two subscriptions. The keys
// are in the feed.
type console struct {
	*tuitest.Console
	n int
}

func start(t *testing.T, w, h int) *console {
	t.Helper()
	c := &console{Console: tuitest.Start(t, tuitest.Options{Width: w, Height: h})}
	c.Topic("patient-topic", "name.exists()")
	c.Destination("basic", aidbox.KindCoreBestEffort, "patient-topic", "foo")
	c.Press("r", "2")
	c.WaitFor("basic")
	for _, subject := range []string{"foo", "patients.>"} {
		c.Press("s")
		c.WaitFor("Subscribe")
		c.Type(subject)
		c.Press("enter")
		c.WaitFor("Subscribed to " + subject)
	}
	c.Press("4", "enter")
	c.WaitFor("Nothing has arrived yet")
	return c
}

// received waits until the feed says so.
func (c *console) received() {
	c.T.Helper()
	c.n++
	c.WaitFor(fmt.Sprintf("%d received", c.n))
}

func (c *console) patient(id, family string) {
	c.T.Helper()
	c.Put("Patient", id, fmt.Sprintf(`{"resourceType":"Patient","id":%q,"name":[{"family":%q}],"birthDate":"1990-01-02"}`, id, family))
	c.received()
}

func (c *console) publish(subject, body string) {
	c.T.Helper()
	if err := c.Conn.Publish(tuitest.Context(c.T), nats.Message{Subject: subject, Data: []byte(body)}); err != nil {
		c.T.Fatal(err)
	}
	c.received()
}

func TestFramesOfTheLivePane(t *testing.T) {
	for name, size := range sizes {
		t.Run(name, func(t *testing.T) {
			c := start(t, size[0], size[1])
			c.patient("p1", "smith")
			c.patient("p2", "miller")
			c.publish("patients.test", "hello JetStream")
			c.publish("patients.created", `{"note": "an order"}`)
			c.patient("p1", "jones")
			c.Press("r") // the counters beside it are those of now
			c.Frame("following-" + name)

			c.Press("space")
			c.WaitFor("paused, 0 new")
			c.Put("Patient", "p3", `{"resourceType":"Patient","id":"p3","name":[{"family":"late"}]}`)
			c.WaitFor("paused, 1 new")
			c.Press("up", "up", "up", "r")
			c.Frame("paused-" + name)

			c.Press("/")
			c.Type("Patient/p")
			c.Press("enter")
			c.WaitFor("/Patient/p  3 of 5")
			c.Frame("filter-" + name)

			c.Press("/", "ctrl+u", "enter")
			c.WaitGone("/Patient/p  3")
			c.Press("space", "g", "enter")
			if size[0] >= 100 {
				c.Press("enter") // over the whole screen
			}
			c.WaitFor(`"birthDate"`)
			c.Frame("detail-" + name)
		})
	}
}

func TestTheMessageIsFoldedAndColoured(t *testing.T) {
	c := start(t, 140, 42)
	c.patient("p1", "smith")
	c.Press("enter")
	c.WaitFor(`"birthDate": "1990-01-02"`)
	c.WaitFor(`"meta": {…} 3 keys`)
	found := false
	for _, l := range strings.Split(c.Styled(), "\n") {
		if ansi.Strip(l) != l && strings.Contains(l, `"birthDate"`) {
			found = true
			key, value, _ := strings.Cut(l, `"1990-01-02"`)
			if _, between, ok := strings.Cut(key, `"birthDate"`); !ok || !strings.Contains(between, "\x1b[") || value == "" {
				t.Errorf("the value has the colour of its key: %q", l)
			}
		}
	}
	if !found {
		t.Errorf("no line has both colours and the birth date:\n%q", c.Styled())
	}
	c.Press(">")
	c.WaitFor(`"versionId"`)
	c.Press("<")
	c.WaitFor(`"name": […]`)
	c.WaitGone(`"smith"`)
}

// What comes while a filter is on is filtered, and counted.
func TestTheFeedIsFilteredWhileItFlows(t *testing.T) {
	c := start(t, 100, 30)
	c.Press("/")
	c.Type("miller")
	c.WaitFor("/miller")
	c.Put("Patient", "p1", `{"resourceType":"Patient","id":"p1","name":[{"family":"smith"}]}`)
	c.Put("Patient", "p2", `{"resourceType":"Patient","id":"p2","name":[{"family":"miller"}]}`)
	c.WaitFor("1 of 2")
	c.WaitFor("Patient/p2")
	c.WaitGone("Patient/p1")
	c.Press("enter", "/", "ctrl+u")
	c.Type("!miller")
	c.Press("enter")
	c.WaitFor("Patient/p1")
	c.WaitGone("Patient/p2")
	c.Put("Patient", "p3", `{"resourceType":"Patient","id":"p3","name":[{"family":"jones"}]}`)
	c.WaitFor("2 of 3")
}

func TestWhatAStreamTakesIsPublishedWithAnAcknowledgement(t *testing.T) {
	c := &console{Console: tuitest.Start(t, tuitest.Options{})}
	if _, err := c.Conn.CreateStream(tuitest.Context(t), nats.StreamConfig{Name: "FULL", Subjects: []string{"full.>"}, MaxMsgs: 1, Discard: "new"}); err != nil {
		t.Fatal(err)
	}
	c.Press("r", "3")
	c.WaitFor("▸ FULL")
	publish := func(subject string) {
		c.Press("p")
		c.WaitFor("message")
		c.Press("ctrl+u")
		c.Type(subject)
	}
	publish("full.x")
	c.WaitFor("FULL stores it")
	c.WaitFor("pub --jetstream")
	c.Press("ctrl+s")
	c.WaitFor("FULL stored it as 1")
	publish("full.x")
	c.Press("ctrl+s")
	c.WaitFor("the stream is full")
	c.Press("esc", "esc")
	publish("core.x")
	c.WaitFor(" pub core.x")
	c.WaitGone("--jetstream")
	c.Press("ctrl+s")
	c.WaitFor("Published 0 B to core.x")
}
