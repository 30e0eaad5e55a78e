package tui_test

import (
	"strings"
	"testing"

	"aidbox-nats/tui/tuitest"
)

// The JetStream half of the vendor's tutorial: a stream, a message of one's own
// in it, a destination that sends at least once, a consumer that hands out both
// messages, and a broker that goes and comes back with nothing lost.
func TestTheJetStreamWayWithTheKeyboard(t *testing.T) {
	c := tuitest.Start(t, tuitest.Options{})
	c.Topic("patient-topic", "name.exists()")

	c.Press("3", "n")
	c.WaitFor("New stream")
	c.Press("ctrl+u")
	c.Type("EVENTS")
	c.Press("enter")
	c.WaitFor("--subjects='patients.>'") // as the page without streams proposes
	c.Press("ctrl+s")
	c.WaitFor("Created stream EVENTS on patients.>")

	c.Press("p")
	c.WaitFor("Publish")
	c.Press("ctrl+u")
	c.Type("patients.test")
	c.Press("enter")
	c.Type("hello JetStream")
	c.Press("ctrl+s")
	c.WaitFor("EVENTS stored it as 1")
	c.WaitFor("1 msg")
	c.Press("b")
	c.WaitFor("hello JetStream")
	c.Press("esc")

	c.Press("2", "n")
	c.WaitFor("New destination")
	c.Type("jetstream")
	c.Press("enter", "right", "enter", "enter")
	c.Type("patients.created")
	c.WaitFor("EVENTS (patients.>) takes it")
	c.Press("ctrl+s")
	c.WaitFor("Created destination jetstream: patient-topic → patients.created")

	c.Press("c")
	c.WaitFor("Create a patient")
	c.Press("ctrl+s")
	c.WaitFor("201 Created Patient/")
	c.WaitFor("2 msg")

	c.Press("3", "C")
	c.WaitFor("No consumers")
	c.Press("n")
	c.WaitFor("New consumer")
	c.Type("my-consumer")
	c.Press("ctrl+s")
	c.WaitFor("Consumer my-consumer created, 2 messages to deliver")
	c.Press(">", ">")
	c.WaitFor("subj: patients.test / tries: 1 / cons seq: 1 / str seq: 1 / pending: 1")
	c.Press("a")
	c.WaitFor("Acknowledged message 1")
	c.Press(">")
	c.WaitFor("subj: patients.created / tries: 1 / cons seq: 2 / str seq: 2 / pending: 0")
	c.WaitFor("Patient/")
	c.Press("a")
	c.WaitFor("Acknowledged message 2")
	c.Press("esc", "esc")

	if err := c.Broker.Stop(tuitest.Context(t)); err != nil {
		t.Fatal(err)
	}
	c.WaitFor("reconnecting")
	for range 3 {
		c.Create(`{"resourceType": "Patient", "name": [{"family": "while the broker was away"}]}`)
	}
	c.Press("2")
	c.WaitFor("3 queued")
	if err := c.Broker.Restart(tuitest.Context(t)); err != nil {
		t.Fatal(err)
	}
	c.WaitFor("4 delivered")
	c.WaitUntil(func(s string) bool { return strings.Contains(s, "5 msg") })
}
