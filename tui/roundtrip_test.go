package tui_test

import (
	"net/url"
	"strings"
	"testing"

	"aidbox-nats/tui/term/grid"
	"aidbox-nats/tui/tuitest"
)

// roundTrip makes the whole way with the keyboard: subscribe, publish, topic,
// destination, patient, message.
func roundTrip(c *tuitest.Console) {
	c.WaitFor("No topics yet")
	c.Press("s")
	c.WaitFor("Subscribe")
	c.Type("foo")
	c.Press("enter")
	c.WaitFor("Subscribed to foo")

	c.Press("p")
	c.WaitFor(" pub foo")
	c.Press("enter")
	c.Type("Hello, NATS")
	c.WaitFor(" pub foo 'Hello, NATS'")
	c.Press("ctrl+s")
	c.WaitFor("Published 11 B to foo")

	c.Press("1", "n")
	c.WaitFor("New topic")
	c.Type("patient-topic")
	c.Press("enter", "enter")
	c.Type("name.exists()")
	c.Press("ctrl+s")
	c.WaitFor("Created patient-topic")

	c.Press("2", "n")
	c.WaitFor("New destination")
	c.Type("basic")
	c.Press("enter", "enter", "enter")
	c.Type("foo")
	c.Press("ctrl+s")
	c.WaitFor("Created destination basic: patient-topic → foo")

	c.Press("c")
	c.WaitFor("Create a patient")
	c.Press("ctrl+s")
	c.WaitFor("201 Created Patient/")
}

func TestTheWholeWayWithTheKeyboard(t *testing.T) {
	c := tuitest.Start(t, tuitest.Options{})
	roundTrip(c)
	c.WaitFor("1 delivered")
	c.WaitFor("2 received")
	c.WaitUntil(func(s string) bool { return strings.Contains(s, "create? Patient/") && strings.Contains(s, "basic") })

	ctx := tuitest.Context(t)
	found, err := c.Client.Search(ctx, "Patient", url.Values{})
	if err != nil || len(found.Entries) != 1 {
		t.Fatalf("the sandbox holds %d patients, %v", len(found.Entries), err)
	}
	topics, err := c.Client.Topics(ctx)
	if err != nil || len(topics) != 1 || topics[0].Triggers[0].Criteria != "name.exists()" {
		t.Fatalf("the sandbox holds the topics %+v, %v", topics, err)
	}

	c.Press("4")
	c.WaitFor("Message 2 on foo")
	c.WaitFor(`"family": "smith"`)
	c.Frame("wide-message")

	c.Press("w")
	c.WaitFor("/fhir/AidboxTopicDestination")
	c.WaitFor("201 Created")
	c.Frame("wide-wire")
	for _, want := range []string{"SUB", "PUB", "/fhir/AidboxSubscriptionTopic", "/fhir/Patient"} {
		if !strings.Contains(c.Text(), want) {
			t.Errorf("the wire does not show %s:\n%s", want, c.Text())
		}
	}
	if strings.Contains(c.Text(), "secret") {
		t.Errorf("the wire shows the secret:\n%s", c.Text())
	}
}

func TestTheWayAtEverySize(t *testing.T) {
	for _, size := range []struct {
		name string
		w, h int
	}{{"100x30", 100, 30}, {"80x24", 80, 24}} {
		t.Run(size.name, func(t *testing.T) {
			c := tuitest.Start(t, tuitest.Options{Width: size.w, Height: size.h})
			c.WaitFor("No topics yet")
			c.Frame("start-" + size.name)
			roundTrip(c)
			c.Press("2")
			c.WaitFor("basic")
			c.Frame("destinations-" + size.name)
			c.Press("4", "enter")
			c.WaitFor("Patient/")
			c.Frame("feed-" + size.name)
			c.Press("enter")
			c.WaitFor("Message 2 on foo")
			c.Frame("message-" + size.name)
		})
	}
}

func TestStartAndFormsWide(t *testing.T) {
	c := tuitest.Start(t, tuitest.Options{})
	c.WaitFor("No topics yet")
	c.WaitFor("JetStream stores nothing")
	c.Frame("start-140x42")
	c.Press("n")
	c.WaitFor("New topic")
	c.Frame("form-topic")
	c.Press("esc")
	c.WaitGone("New topic")
	c.Press("?")
	c.WaitFor("Anywhere")
	c.Frame("help")
	grid.Golden(t, "start-140x42-help-styled", tuitest.Steady(firstLines(c.Styled(), 3)))
}

func firstLines(s string, n int) string {
	lines := strings.SplitN(s, "\n", n+1)
	return strings.Join(lines[:min(n, len(lines))], "\n")
}
