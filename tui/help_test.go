package tui_test

import (
	"strings"
	"testing"

	"aidbox-nats/tui/tuitest"
)

// In a dialog ? may be typed, so another key helps there, and closing the help
// leaves the dialog as it was.
func TestADialogHasItsHelp(t *testing.T) {
	c := tuitest.Start(t, tuitest.Options{})
	c.Press("s")
	c.WaitFor(" sub SUBJECT")
	c.Type("foo?")
	c.WaitFor(" sub 'foo?'")
	c.Press("f1")
	c.WaitFor("In this dialog")
	c.WaitFor("esc     cancel")
	if strings.Contains(c.Text(), "next pane") {
		t.Errorf("%s", c.Text()) // a key of the panes
	}
	c.Press("f1")
	c.WaitGone("In this dialog")
	c.WaitFor("foo?")
	c.Press("f1", "esc")
	c.WaitGone("In this dialog")
	c.WaitFor("foo?")
}
