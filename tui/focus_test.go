package tui_test

import (
	"fmt"
	"strings"
	"testing"

	"aidbox-nats/nats"
	"aidbox-nats/tui/tuitest"
)

// withTopics starts a console that lists n topics.
func withTopics(t *testing.T, w, h, n int) *tuitest.Console {
	t.Helper()
	c := tuitest.Start(t, tuitest.Options{Width: w, Height: h})
	for i := range n {
		c.Topic(fmt.Sprintf("topic-%02d", i), "")
	}
	c.Press("r")
	c.WaitFor("topic-00")
	return c
}

func TestEscGoesBackStepByStepAndNeverQuits(t *testing.T) {
	c := withTopics(t, 140, 42, 1)
	c.Press("/")
	c.Type("topic")
	c.Press("enter")
	c.WaitFor("/topic")
	c.Press("enter", "enter")
	c.WaitGone("2 Destinations") // zoomed
	c.Press("w")
	c.WaitFor("Wire")
	c.Press("esc")
	c.WaitGone("show all")
	c.WaitGone("2 Destinations") // where one was
	c.Press("esc")
	c.WaitFor("2 Destinations")
	c.Press("esc")
	c.WaitFor("/topic") // the list, filtered still
	c.Press("esc")
	c.WaitGone("/topic")
	c.Press("esc", "esc", "esc", "?")
	c.WaitFor("Anywhere")
}

func TestTheViewBeforeIsAsItWas(t *testing.T) {
	c := withTopics(t, 80, 24, 1)
	c.Press("enter")
	c.WaitFor("as Aidbox holds it")
	c.Press("3")
	c.WaitFor("JetStream stores nothing")
	c.Press("3", "-") // where one is already is no other view
	c.WaitFor("as Aidbox holds it")
	c.Press("-")
	c.WaitFor("JetStream stores nothing")
	c.Press("tab")
	c.WaitFor("No subscriptions. s subscribes")
	c.Press("shift+tab", "shift+tab")
	c.WaitFor("No destinations yet")
}

func TestNoKeyActsWhereNothingIsSeen(t *testing.T) {
	c := withTopics(t, 140, 42, 1)
	c.Resize(50, 10)
	c.WaitFor("The console needs 60 columns and 12 lines")
	c.Type("dy")           // would delete the topic
	c.Press("n", "ctrl+z") // which is told of, so that the others are read by then
	c.WaitFor("ctrl+z stops the sandbox too")
	c.Resize(140, 42)
	c.WaitFor("topic-00")
	c.Press("?")
	c.WaitFor("Anywhere")
	if topics, err := c.Client.Topics(tuitest.Context(t)); err != nil || len(topics) != 1 {
		t.Errorf("%d topics are left, %v", len(topics), err)
	}
	c.Press("esc", "s")
	c.WaitFor(" sub SUBJECT")
	c.Type("foo")
	c.WaitFor(" sub foo")
	c.Resize(50, 10)
	c.WaitFor("q quits")
	c.Press("q")
	c.WaitFor("What is typed here would be lost")
	c.Press("q")
	if _, err := c.Wait(); err != nil {
		t.Fatal(err)
	}
}

func TestTheWheelMovesAndTheWireStaysWhereItIs(t *testing.T) {
	c := withTopics(t, 140, 42, 9)
	c.WaitUntil(func(s string) bool { return strings.Count(s, " topic-0") >= 9 })
	on := func(row int) {
		t.Helper()
		c.WaitUntil(func(s string) bool {
			lines := strings.Split(s, "\n")
			return len(lines) > 2+row && strings.Contains(lines[2+row], "▸ topic-")
		})
	}
	c.Press("g")
	on(0)
	c.Press("m")
	c.WaitFor("Mouse on")
	const up, down = "\x1b[<64;10;10M", "\x1b[<65;10;10M"
	c.Raw(down)
	on(3)
	c.Raw(up)
	on(0)
	c.Press("n")
	c.WaitFor("New topic")
	c.Raw(down) // a form has no lines to move in
	c.Press("esc")
	c.WaitGone("New topic")
	on(0)

	for i := range 6 {
		wire(c, fmt.Sprintf("one.%d", i))
	}
	c.Press("w")
	c.WaitFor("▸") // the last
	c.WaitUntil(func(s string) bool { return strings.Contains(cursorLine(s), "one.5") })
	c.Raw(up)
	c.WaitUntil(func(s string) bool { return strings.Contains(cursorLine(s), "one.2") })
	wire(c, "two")
	c.WaitFor(" two")
	if l := cursorLine(c.Text()); !strings.Contains(l, "one.2") {
		t.Errorf("the wire pulled the reader away: %s", l)
	}
}

// wire makes one more line on the wire.
func wire(c *tuitest.Console, subject string) {
	c.T.Helper()
	if err := c.Conn.Publish(tuitest.Context(c.T), nats.Message{Subject: subject}); err != nil {
		c.T.Fatal(err)
	}
}

// cursorLine is the first line that has a cursor.
func cursorLine(screen string) string {
	for l := range strings.Lines(screen) {
		if strings.Contains(l, "▸") {
			return l
		}
	}
	return ""
}

func TestTheHelpIsFiltered(t *testing.T) {
	c := tuitest.Start(t, tuitest.Options{})
	c.Press("?")
	c.WaitFor("leave the console")
	c.Press("/")
	c.Type("topic")
	c.WaitGone("leave the console")
	c.WaitFor("create a topic")
	c.WaitFor("there is no topic to delete") // why it cannot be done now
	c.Press("esc")
	c.WaitFor("leave the console")
	c.Press("q") // closes the help
	c.WaitGone("leave the console")
	c.WaitFor("4 Live")
}
