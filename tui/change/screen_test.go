package change_test

import (
	"strings"
	"testing"

	"aidbox-nats/aidbox"
	"aidbox-nats/tui/tuitest"
)

func TestANewcomerCreatesAPatientWithOneKey(t *testing.T) {
	c := start(t, tuitest.Options{})
	c.open()
	c.WaitFor("POST /fhir/Patient")
	c.WaitFor("x-topic-correlation-id: c-")
	c.WaitFor("no topic watches Patient")
	c.Press("ctrl+s")
	c.WaitFor("201 Created Patient/")
	c.WaitFor("no topic watches Patient")
	if all := c.All("Patient"); len(all) != 1 || !strings.Contains(string(all[0].Raw), "smith") {
		t.Errorf("%+v", all)
	}
	if s := c.Sent(); len(s) != 1 || !strings.HasPrefix(s[0].RequestHeader.Get(aidbox.CorrelationHeader), "c-") {
		t.Errorf("%+v", s)
	}
}

// Keys that are typed right after another are not lost and not the editor's.
func TestKeysTypedWhileItIsSentGoWhereTheyShould(t *testing.T) {
	c := start(t, tuitest.Options{})
	c.WaitFor("2609") // the version is known
	c.Type("c\x13w")
	c.WaitFor("Wire")
	c.WaitFor("201")
	if all := c.All("Patient"); len(all) != 1 {
		t.Errorf("%d patients", len(all))
	}
}

func TestKeysTypedAheadKeepTheirOrder(t *testing.T) {
	c := start(t, tuitest.Options{})
	c.WaitFor("2609")
	c.Type("c\x13sorders.new")
	c.WaitFor("subject  orders.new")
	if all := c.All("Patient"); len(all) != 1 {
		t.Errorf("%d patients", len(all))
	}
}

// After a refusal the cursor is elsewhere: what was typed before is not for it.
func TestARefusedTextStaysAsItWasSent(t *testing.T) {
	c := start(t, tuitest.Options{})
	c.open()
	c.Press("up", "up", "up", "end", "enter")
	c.Type(`"managingOrganization": {"reference": "Organization/none"},`)
	c.WaitFor("valid R4")
	c.Type("\x13xyz")
	c.WaitFor("Aidbox refused it: 422")
	c.Type(" ")
	c.WaitFor(` "managingOrganization"`)
	if strings.Contains(c.Text(), "xyz") {
		t.Errorf("%s", c.Text())
	}
}

func TestUndoingInTheEditor(t *testing.T) {
	c := start(t, tuitest.Options{})
	c.open()
	c.Type("field")
	c.WaitFor("smithfield")
	c.Press("ctrl+z")
	c.WaitGone("smithfield")
	c.Press("ctrl+y")
	c.WaitFor("smithfield")
	c.Press("esc")
	c.WaitFor("What was typed is kept")

	c.open()
	c.Paste(`{"resourceType": "Observation"}`)
	c.WaitFor("Create an observation")
	c.Press("ctrl+z") // the example again, and its type
	c.WaitFor(`"family": "smith"`)
	c.WaitFor("Create a patient")
	c.Press("tab", "ctrl+z") // elsewhere it is the root's
	c.WaitFor("ctrl+z stops the sandbox too")
}

func TestHelpInTheDialog(t *testing.T) {
	c := start(t, tuitest.Options{})
	c.open()
	c.WaitFor("F1 help")
	c.Type("?")
	c.WaitFor(`"smith?"`)
	c.Press("f1")
	c.WaitFor("In this dialog")
	c.WaitFor("delete to the end of the line")
	c.WaitFor("undo the last change of the text")
	c.Press("esc")
	c.WaitGone("In this dialog")
	c.WaitFor(`"smith?"`)
}

func TestTheOutcomeSaysWhichTopicsFire(t *testing.T) {
	c := start(t, tuitest.Options{})
	c.topic(false)
	c.open()
	c.WaitFor("patient-topic fires, but has no destination")
	c.Press("ctrl+s")
	c.WaitFor("; patient-topic has no destination")
	c.Press("esc")

	c.open()
	c.Press("tab", "tab", "tab", "right") // empty
	c.WaitFor("patient-topic does not fire: name.exists() is false")
	c.Press("ctrl+s")
	c.WaitFor("201 Created Patient/")
	c.WaitFor("; patient-topic does not fire: name.exists() is false")
}

func TestATopicThatFiresIsNamed(t *testing.T) {
	c := start(t, tuitest.Options{})
	c.topic(true)
	c.open()
	c.WaitFor("→ patient-topic → basic")
	c.Press("ctrl+s")
	c.WaitUntil(func(s string) bool {
		return strings.Contains(s, "201 Created Patient/") && strings.Contains(s, "ms → patient-topic")
	})
}

func TestAnOlderServerGetsNoCorrelationID(t *testing.T) {
	c := start(t, tuitest.Options{Version: 2607})
	c.WaitFor("2607")
	c.open()
	c.WaitFor("content-type: application/json")
	if strings.Contains(c.Text(), "correlation") {
		t.Errorf("%s", c.Text())
	}
	c.Press("ctrl+s")
	c.WaitFor("201 Created")
	if s := c.Sent(); len(s) != 1 || s[0].RequestHeader.Get(aidbox.CorrelationHeader) != "" {
		t.Errorf("%+v", s)
	}
}

func TestWhatR4DoesNotHaveIsMarkedAndSentOnlyWhenAskedTwice(t *testing.T) {
	c := start(t, tuitest.Options{})
	c.open()
	c.Press("up", "up", "up", "end", "enter")
	c.Type(`"ups": 1,`)
	c.WaitFor("✗ Patient.ups: element is not allowed")
	c.WaitFor("1 problem")
	c.Press("ctrl+s")
	c.WaitFor("ctrl+s again sends it anyway")
	if s := c.Sent(); len(s) != 0 {
		t.Errorf("%+v was sent", s)
	}
	c.Press("ctrl+s")
	c.WaitFor("Aidbox refused it: 422")
	c.WaitFor(`"ups": 1,`) // the text stays
	c.WaitFor("✗ Patient.ups: element is not allowed")
	c.Press("end", "ctrl+u")
	c.WaitFor("valid R4")
	c.Press("ctrl+s")
	c.WaitFor("201 Created")
	if len(c.All("Patient")) != 1 || len(c.Sent()) != 2 {
		t.Errorf("%d patients of %d requests", len(c.All("Patient")), len(c.Sent()))
	}
}

// What only the server knows stands at its line, until that is edited.
func TestARefusalStandsAtTheLineThatItSpeaksOf(t *testing.T) {
	c := start(t, tuitest.Options{})
	c.open()
	c.Press("up", "up", "up", "end", "enter")
	c.Type(`"managingOrganization": {"reference": "Organization/none"},`)
	c.WaitFor("valid R4")
	c.Press("ctrl+s")
	c.WaitFor("Aidbox refused it: 422")
	c.WaitUntil(func(s string) bool {
		lines := strings.Split(s, "\n")
		for i := range len(lines) - 1 {
			if strings.Contains(lines[i], `3   "managingOrganization"`) {
				return strings.Contains(lines[i+1], "Organization/none does not exist")
			}
		}
		return false
	})
	c.Press("up", "end", "enter") // another line
	c.Type(`"active": true,`)
	c.WaitUntil(func(s string) bool { return strings.Contains(s, `"active": true`) && strings.Contains(s, "valid R4") })
	c.WaitFor("Organization/none does not exist")
	c.Press("down", "end", "ctrl+u")
	c.WaitGone("does not exist")
	c.Press("ctrl+s")
	c.WaitFor("201 Created")
}

func TestWhatIsNoJSONNamesItsLine(t *testing.T) {
	c := start(t, tuitest.Options{})
	c.open()
	c.Press("down", "end")
	c.Type(`]`)
	c.WaitFor("Line 7 is no JSON")
	c.Press("ctrl+s", "ctrl+s") // the server decides
	c.WaitFor("Aidbox refused it: 400")
}

func TestAnyTypeFromItsTemplateInYAML(t *testing.T) {
	c := start(t, tuitest.Options{})
	c.open()
	c.Press("tab", "tab")
	c.Type("observ")
	c.WaitFor("▸ Observation")
	c.Press("enter")
	c.WaitFor("Create an observation")
	c.WaitFor(`"status": "registered"`)
	c.Press("tab", "tab", "tab", "tab", "right")
	c.WaitFor("status: registered")
	c.WaitFor("content-type: text/yaml")
	c.WaitFor("valid R4")
	c.Press("ctrl+s")
	c.WaitFor("201 Created Observation/")
	if all := c.All("Observation"); len(all) != 1 {
		t.Errorf("%+v", all)
	}
	c.Press("c") // the type and the format of the last time
	c.WaitFor("Create an observation")
	c.WaitFor("status: registered")
}

func TestTheNewestAsANewOne(t *testing.T) {
	c := start(t, tuitest.Options{})
	c.Create(`{"resourceType":"Patient","name":[{"family":"older"}]}`)
	r := c.Create(`{"resourceType":"Patient","name":[{"family":"newest"}]}`)
	c.open()
	c.Press("tab", "tab", "tab", "left")
	c.WaitFor("Like " + r.Reference())
	c.WaitFor(`"family": "newest"`)
	c.Press("ctrl+s")
	c.WaitFor("201 Created Patient/")
	if all := c.All("Patient"); len(all) != 3 {
		t.Errorf("%d patients", len(all))
	}
}

func TestAPastedDocumentTakesThePlaceOfTheExample(t *testing.T) {
	for rule, text := range map[string]string{
		"JSON": "{\r  \"resourceType\": \"Observation\",\r  \"status\": \"final\",\r  \"code\": {\"text\": \"pulse\"}\r}",
		"YAML": "resourceType: Observation\nstatus: final\ncode:\n  text: pulse",
	} {
		t.Run(rule, func(t *testing.T) {
			c := start(t, tuitest.Options{})
			c.open()
			c.Paste(text)
			c.WaitFor("Create an observation") // the type follows the text
			c.WaitFor("POST /fhir/Observation")
			c.WaitFor("valid R4")
			c.Press("ctrl+s")
			c.WaitFor("201 Created Observation/")
		})
	}
}

func TestWhatWasSentIsSentAgain(t *testing.T) {
	c := start(t, tuitest.Options{})
	c.open()
	c.Press("ctrl+r")
	c.WaitFor("Nothing was sent from here yet")
	c.Type("s")
	c.WaitFor(`"smiths"`)
	c.Press("ctrl+s")
	c.WaitFor("201 Created Patient/")
	c.Press("esc", "c", "ctrl+r")
	c.WaitFor("POST Patient/")
	c.Press("enter")
	c.WaitFor(`"smiths"`)
	c.Press("ctrl+s")
	c.WaitUntil(func(string) bool { return len(c.Sent()) == 2 })
	s := c.Sent()
	if len(c.All("Patient")) != 2 || s[0].RequestHeader.Get(aidbox.CorrelationHeader) == s[1].RequestHeader.Get(aidbox.CorrelationHeader) {
		t.Errorf("%+v", s)
	}
}

func TestWhatWasTypedAndNotSentIsKept(t *testing.T) {
	c := start(t, tuitest.Options{})
	c.open()
	c.Type("field")
	c.WaitFor("smithfield")
	c.Press("esc")
	c.WaitFor("What was typed is kept")
	c.open()
	c.Press("ctrl+r")
	c.WaitFor("not sent")
	c.Press("enter")
	c.WaitFor("smithfield")
	if len(c.Sent()) != 0 {
		t.Errorf("%+v", c.Sent())
	}
}

func TestAServerThatIsGoneIsNamedAndTheTextStays(t *testing.T) {
	c := start(t, tuitest.Options{})
	c.open()
	c.Type("x")
	c.WaitFor(`"smithx"`)
	c.StopSandbox()
	c.Press("ctrl+s")
	c.WaitFor("nothing listens on")
	c.WaitFor(`"smithx"`)
	c.Press("esc")
	c.WaitGone("POST /fhir/Patient")
}

func TestALargeResource(t *testing.T) {
	c := start(t, tuitest.Options{})
	var b strings.Builder
	b.WriteString(`{"resourceType":"Patient","name":[{"family":"large"}],"extension":[`)
	for i := range 1500 {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`{"url":"http://example.org/x","valueString":"` + strings.Repeat("x", 500) + `"}`)
	}
	b.WriteString(`]}`)
	r := c.Create(b.String())
	c.open()
	c.Press("tab", "right", "enter")
	c.WaitFor("large")
	c.Press("enter")
	c.WaitFor("Update " + r.Reference())
	c.WaitFor(`"family": "large"`)
	c.Press("down", "end", "left")
	c.Type("r and larger")
	c.WaitFor("larger and larger")
	c.WaitFor("valid R4")
	c.Press("ctrl+s")
	c.WaitFor("200 OK " + r.Reference() + " updated")
}

func TestHostileResourcesAreDrawnHarmless(t *testing.T) {
	c := start(t, tuitest.Options{Width: 80, Height: 24})
	c.Create(`{"resourceType":"Patient","name":[{"family":"\u001b[31mred\u202e\u0007"}]}`)
	c.open()
	c.Press("tab", "right", "enter")
	c.WaitFor("␛[31mred")
	c.Press("enter")
	c.WaitFor("Update Patient/")
	c.Press("down", "end")
	c.Paste("\x07\u202e")
	c.Press("shift+tab", "shift+tab", "left", "left") // YAML
	c.WaitFor("Update Patient/")
}
