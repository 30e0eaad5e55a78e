package change_test

import (
	"strings"
	"testing"

	"aidbox-nats/tui/tuitest"
)

func TestTheMaskHidesWhatTheServerHolds(t *testing.T) {
	c := start(t, tuitest.Options{})
	r := c.Create(`{"resourceType":"Patient","name":[{"family":"secretive"}]}`)
	c.Press("M")
	c.WaitFor("MASKED")
	c.Press("c")
	c.WaitFor(`"family": "smith"`) // one's own
	c.WaitFor("valid R4")
	c.Press("tab", "right", "enter")
	c.WaitFor(r.ID)
	c.Press("enter")
	c.WaitFor("Update " + r.Reference())
	c.WaitFor("esc, then M turns it off")
	c.Press("ctrl+s")
	c.Type("x")
	c.Press("shift+tab", "shift+tab")
	c.Press("tab", "tab", "tab", "right") // delete
	c.WaitFor("Delete " + r.Reference())
	c.WaitFor("▒▒▒▒")
	if strings.Contains(c.Text(), "secretive") || len(c.Sent()) != 0 {
		t.Errorf("%s", c.Text())
	}
}

func TestTheMaskHidesWhoWasSent(t *testing.T) {
	c := start(t, tuitest.Options{})
	r := c.Create(`{"resourceType":"Patient","name":[{"family":"secretive"}]}`)
	c.open()
	c.Press("tab", "right", "enter", "enter")
	c.WaitFor(`"secretive"`)
	c.Press("down", "end", "left", "left")
	c.Type("x")
	c.WaitFor("secretivxe")
	c.Press("ctrl+s")
	c.WaitFor("200 OK " + r.Reference() + " updated")
	c.open()
	c.Type("son")
	c.WaitFor("smithson")
	c.Press("ctrl+s")
	c.WaitFor("201 Created Patient/")

	c.Press("esc", "M")
	c.WaitFor("MASKED")
	c.Press("c", "ctrl+r")
	c.WaitFor("PUT Patient/" + r.ID[:5])
	c.WaitFor("POST Patient/")
	if s := c.Text(); strings.Contains(s, "smith") || strings.Contains(s, "secret") {
		t.Errorf("%s", s)
	}
	c.Press("down", "enter") // began as what the server holds
	c.WaitFor("The mask is on: what the server holds")
	c.Press("ctrl+r", "enter")
	c.WaitFor("smithson") // one's own
}

func TestARefusalUnderTheMask(t *testing.T) {
	c := start(t, tuitest.Options{})
	c.Press("M")
	c.WaitFor("MASKED")
	c.open()
	c.Press("up", "up", "up", "end", "enter")
	c.Type(`"birthDate": "someday",`)
	c.WaitFor("1 problem")
	c.Press("ctrl+s", "ctrl+s")
	c.WaitFor("Aidbox refused it: 422 Unprocessable Entity, see line 3")
	c.WaitFor(`"someday"`) // one's own
	c.StopSandbox()
	c.Press("ctrl+s", "ctrl+s")
	c.WaitFor("/fhir/Patient: ")
}
