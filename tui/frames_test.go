package tui_test

import (
	"regexp"
	"strings"
	"testing"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
	"aidbox-nats/tui/tuitest"
)

// furnished starts a console whose servers hold something of everything.
func furnished(t *testing.T, o tuitest.Options) *tuitest.Console {
	t.Helper()
	c := tuitest.Start(t, o)
	c.Put("AidboxSubscriptionTopic", "t1", `{"resourceType":"AidboxSubscriptionTopic","url":"patient-topic","status":"active",
	 "trigger":[{"resource":"Patient","fhirPathCriteria":"name.exists()"}]}`)
	c.Put("AidboxSubscriptionTopic", "t2", `{"resourceType":"AidboxSubscriptionTopic","url":"visits","status":"draft",
	 "trigger":[{"resource":"Encounter","supportedInteraction":["create","delete"]}]}`)
	if _, err := c.Conn.CreateStream(tuitest.Context(t), nats.StreamConfig{Name: "EVENTS", Subjects: []string{"patients.>"}}); err != nil {
		t.Fatal(err)
	}
	c.Destination("basic", aidbox.KindCoreBestEffort, "patient-topic", "foo")
	c.Destination("kept", aidbox.KindJetStreamAtLeastOnce, "patient-topic", "patients.created")
	c.Put("Patient", "5e78", `{"resourceType":"Patient","name":[{"family":"smith"}]}`)
	c.Delivered("basic", 1) // else the rate shows how it was delivered
	c.Delivered("kept", 1)
	c.Press("r")
	c.WaitUntil(func(s string) bool {
		return strings.Contains(s, "patient-topic") && strings.Contains(s, "EVENTS") && strings.Contains(s, "kept")
	})
	c.Press("2", "1") // a key ends what was said
	c.WaitGone("Reading again")
	return c
}

// rated is a stream of which two readings tell the rate.
var rated = regexp.MustCompile(` B +[0-9.]+/s`)

// The main states as they look; two sizes and more of them are with the way
// through the console.
func TestFramesOfTheMainStates(t *testing.T) {
	c := furnished(t, tuitest.Options{})
	c.WaitUntil(func(s string) bool { return strings.Count(s, "1 delivered") == 2 && strings.Count(s, "1 msg") == 3 })
	c.WaitUntil(func(s string) bool { return rated.MatchString(s) })
	c.Frame("topic-140x42")
	c.Press("2")
	c.WaitFor("Destination basic")
	c.Frame("destination-140x42")
	c.Press("3")
	c.WaitFor("Stream EVENTS")
	c.WaitFor("1 msg")
	c.Frame("stream-140x42")
	c.Press(":")
	c.WaitFor("commands")
	c.Type("del")
	c.WaitFor("delete a")
	c.Frame("palette-140x42")
	c.Press("esc", "esc")
	c.WaitGone("delete a")
	c.Press("2", "d")
	c.WaitFor("Delete destination basic?")
	c.Frame("confirm-140x42")
	c.Press("esc")
	c.WaitGone("Delete destination basic?")
	c.Press("1")
	c.WaitFor("Topic patient-topic")
	c.StopSandbox()
	c.Press("r")
	c.WaitUntil(func(s string) bool { return strings.Count(s, "not read since") == 2 })
	c.Press("d", "y")
	c.WaitFor("✗ DELETE")
	c.Frame("error-140x42")
	c.StartSandbox(0)
}

func TestFrameOfAZoomedMessage(t *testing.T) {
	c := tuitest.Start(t, tuitest.Options{})
	c.Press("4", "s")
	c.WaitFor("Subscribe")
	c.Type("foo")
	c.Press("enter")
	c.WaitFor("Subscribed to foo")
	if err := c.Conn.Publish(tuitest.Context(t), nats.Message{Subject: "foo", Data: []byte("Hello, NATS")}); err != nil {
		t.Fatal(err)
	}
	c.WaitFor("1 received")
	c.Press("enter", "enter", "enter")
	c.WaitGone("2 Destinations")
	c.WaitFor("Hello, NATS")
	c.Frame("message-zoomed-140x42")
}
