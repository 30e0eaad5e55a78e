package change_test

import (
	"testing"

	"aidbox-nats/aidbox"
	"aidbox-nats/tui/tuitest"
)

// console is a running console in which changes are made.
type console struct{ *tuitest.Console }

func start(t *testing.T, o tuitest.Options) console {
	t.Helper()
	return console{tuitest.Start(t, o)}
}

// open opens the dialog and waits until its text was checked.
func (c console) open() {
	c.T.Helper()
	c.Press("c")
	c.WaitFor("Create a patient")
	c.WaitFor("valid R4")
}

// topic makes the topic of patients with a name, and a destination if asked
// for, and waits until the console has read them.
func (c console) topic(destination bool) {
	c.T.Helper()
	c.Topic("patient-topic", "name.exists()")
	if destination {
		c.Destination("basic", aidbox.KindCoreBestEffort, "patient-topic", "foo")
	}
	c.Press("r")
	c.WaitFor("patient-topic")
	if destination {
		c.WaitFor("basic")
	}
}
