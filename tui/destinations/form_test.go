package destinations_test

import (
	"strings"
	"testing"
	"unicode"

	"aidbox-nats/aidbox"
	"aidbox-nats/tui/tuitest"
)

// inside is what stands in a dialog, without blanks and what folds its lines.
func inside(t *testing.T, c *tuitest.Console, title string) string {
	t.Helper()
	var out strings.Builder
	from, to := -1, -1
	for _, l := range c.Lines() {
		cells := []rune(l)
		if at := strings.Index(l, "╭─ "+title); at >= 0 {
			from = len([]rune(l[:at]))
			to = from + strings.IndexRune(l[at:], '╮')
			to = from + len([]rune(l[at:][:to-from]))
			continue
		}
		if from < 0 || len(cells) <= to || cells[from] != '│' {
			continue
		}
		for _, r := range cells[from+1 : to] {
			if !unicode.IsSpace(r) && r != '↳' {
				out.WriteRune(r)
			}
		}
	}
	if from < 0 {
		t.Fatalf("there is no %s:\n%s", title, c.Text())
	}
	return out.String()
}

// All fields are answered otherwise than proposed; what the form shows is
// then, to the character, what is sent.
func TestWhatIsShownIsWhatIsSent(t *testing.T) {
	c := start(t, tuitest.Options{Width: 140, Height: 64})
	// Topics are listed by their ids.
	if _, err := c.Client.CreateTopic(tuitest.Context(t), aidbox.Topic{ID: "z", URL: "visit-topic", Status: "active", Triggers: []aidbox.Trigger{{Resource: "Encounter"}}}); err != nil {
		t.Fatal(err)
	}
	c.Press("r")
	c.WaitFor("visit-topic")
	c.Press("n")
	c.WaitFor("New destination")
	c.Type("mine")
	c.Press("enter", "right") // kind
	c.Press("enter", "right") // topic
	c.Press("enter")
	c.Type("visits.new")
	c.Press("enter", "ctrl+u")
	c.Type("tls://u:hunter2@nats.example.org:4443")
	c.Press("enter", "right")                   // content
	c.Press("enter", "space", "right", "space") // flags
	c.Press("enter", "right")                   // profile
	c.WaitFor("● before Aidbox 2604")
	c.WaitFor("● visit-topic")
	c.WaitFor(`"kind": "nats-jetstream-at-least-once"`)
	c.WaitFor("********")
	shown := inside(t, c, "New destination")
	c.Press("ctrl+s")
	c.WaitFor("201 Created destination mine: visit-topic → visits.new")
	sent := c.Sent()
	if len(sent) != 1 {
		t.Fatalf("%d requests were sent", len(sent))
	}
	for _, want := range []string{`"id":"mine"`, `"topic":"visit-topic"`, `"content":"id-only"`, `"includeEntryAction":true`, `"includeVersionId":true`,
		"http://aidbox.app/StructureDefinition/aidboxtopicdestination-nats-jetstream-at-least-once", `"visits.new"`} {
		if !strings.Contains(string(sent[0].RequestBody), want) {
			t.Errorf("%s is not sent: %s", want, sent[0].RequestBody)
		}
	}
	// The recorder masks the password as the form does.
	if request := sent[0].Method + "/fhir/AidboxTopicDestination" + string(sent[0].RequestBody); !strings.Contains(shown, request) {
		t.Errorf("it shows\n%s\nand sends\n%s", shown, request)
	}
	ds := destinations(c)
	if len(ds) != 1 || ds[0].ServerURL() != "tls://u:hunter2@nats.example.org:4443" {
		t.Errorf("%+v", ds)
	}
}

// What can never be published on is refused where it is typed, and nothing is
// sent.
func TestAWildcardIsNoSubjectToPublishOn(t *testing.T) {
	c := start(t, tuitest.Options{})
	c.Press("n")
	c.WaitFor("New destination")
	c.Press("enter", "enter", "enter")
	c.Type("patients.*")
	c.Press("ctrl+s")
	c.Frame("form-refused")
	if sent := c.Sent(); len(sent) != 0 {
		t.Errorf("%d requests were sent", len(sent))
	}
	c.Press("backspace")
	c.Type("new")
	c.WaitFor("subject    patients.new")
	c.Press("ctrl+s")
	c.WaitFor("201 Created destination ")
	if ds := destinations(c); len(ds) != 1 || ds[0].Subject() != "patients.new" || ds[0].Kind != aidbox.KindCoreBestEffort {
		t.Errorf("%+v", ds)
	}
}

// The form is whole at every size that is drawn, and asks only what the
// server's version has.
func TestTheFormOfADestination(t *testing.T) {
	for _, f := range []struct {
		name string
		o    tuitest.Options
	}{
		{"form-140x42", tuitest.Options{Width: 140, Height: 42}},
		{"form-100x30", tuitest.Options{Width: 100, Height: 30}},
		{"form-80x24", tuitest.Options{Width: 80, Height: 24}},
		{"form-2602", tuitest.Options{Width: 140, Height: 42, Version: 2602}},
	} {
		t.Run(f.name, func(t *testing.T) {
			c := tuitest.Start(t, f.o)
			c.Topic("patient-topic", "")
			c.Press("r")
			c.WaitFor("patient-topic")
			c.Press("2", "n")
			c.WaitFor("New destination")
			c.Type("basic")
			c.Press("enter", "right", "enter", "enter")
			c.Type("patients.created")
			c.WaitFor("No stream takes patients.created")
			c.Frame(f.name)
		})
	}
}
