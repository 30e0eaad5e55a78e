package tui_test

import (
	"strings"
	"testing"

	"aidbox-nats/tui/tuitest"
)

func TestThePaletteDoesWhatIsChosen(t *testing.T) {
	c := tuitest.Start(t, tuitest.Options{})
	c.Press(":")
	c.WaitFor("create a topic")
	c.Type("subscr")
	c.WaitFor("subscribe to a subject")
	c.Press("enter")
	c.WaitFor(" sub SUBJECT") // the form stands: the next key is its own
	c.Type("foo")
	c.Press("enter")
	c.WaitFor("Subscribed to foo")
	c.Press(":")
	c.Type("go to str")
	c.Press("enter")
	c.WaitFor("A stream stores the messages")
}

func TestThePaletteSaysWhyNot(t *testing.T) {
	c := tuitest.Start(t, tuitest.Options{ReadOnly: true})
	c.Press(":")
	c.Type("create a topic")
	c.Press("enter")
	c.WaitFor("this console changes nothing")
	c.Press("esc")
	c.WaitGone("commands")
}

func TestTheMaskIsSaidAndTakenAway(t *testing.T) {
	c := tuitest.Start(t, tuitest.Options{})
	c.Press("M")
	c.WaitFor("MASKED")
	c.Press("M")
	c.WaitGone("MASKED")
	c.WaitFor("Personal data is shown")
}

func TestTheKeysStayBesideWhatWasSaid(t *testing.T) {
	c := tuitest.Start(t, tuitest.Options{})
	c.Press("Z")
	c.WaitFor("Z does nothing here")
	c.WaitUntil(func(s string) bool {
		lines := strings.Split(s, "\n")
		last := lines[len(lines)-1]
		return strings.Contains(last, "Z does nothing here") && strings.Contains(last, "? help")
	})
}

func TestKeysTypedAheadActAfterTheRequest(t *testing.T) {
	c := tuitest.Start(t, tuitest.Options{})
	c.Raw("sbar\rp\thi\x13") // subscribe to bar, publish hi on it, without waiting for anything
	c.WaitFor("Published 2 B to bar")
	c.WaitFor("1 received")
}

func TestTheHelpScrolls(t *testing.T) {
	c := tuitest.Start(t, tuitest.Options{Width: 80, Height: 24})
	c.Press("?")
	c.WaitFor("create a topic")
	c.Press("G")
	c.WaitFor("leave the console")
	c.WaitGone("create a topic")
	c.Press("g")
	c.WaitFor("create a topic")
}
