package live_test

import (
	"fmt"
	"testing"

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
