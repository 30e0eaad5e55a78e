package topics

import (
	"io"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/r4"
	"aidbox-nats/tui/data"
	_ "aidbox-nats/tui/term/background"
	"aidbox-nats/tui/theme"
)

var (
	first  = aidbox.Topic{ID: "1", URL: "first", Status: "active", Triggers: []aidbox.Trigger{{Resource: "Patient", Criteria: "name.exists()"}}}
	second = aidbox.Topic{ID: "2", URL: "second", Status: "active"}
)

func answer(n uint64) data.Answer { return data.Answer{Question: n} }

func pane(ts ...aidbox.Topic) *Model {
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(termenv.Ascii)
	m := New(theme.New(theme.Options{Renderer: r}), nil)
	m.SetSize(60, 5)
	m.detail.SetSize(100, 40)
	m.Update(data.Topics{Answer: answer(1), Topics: ts})
	return m
}

func on(m *Model) string {
	t, _ := m.Selected()
	return t.URL
}

func TestTheSelectionIsTheTopicNotTheRow(t *testing.T) {
	m := pane(first, second)
	m.Select("2")
	m.Update(data.Topics{Answer: answer(2), Topics: []aidbox.Topic{second, {ID: "3", URL: "third"}, first}})
	if on(m) != "second" {
		t.Errorf("%s is selected after the rows changed places", on(m))
	}
	m.Update(data.Topics{Answer: answer(1), Topics: []aidbox.Topic{first}})
	if m.Len() != 3 {
		t.Error("a late answer was taken")
	}
	m.Update(data.TopicMade{Topic: aidbox.Topic{ID: "4", URL: "fourth"}})
	m.Update(data.TopicMade{Topic: aidbox.Topic{ID: "4", URL: "fourth"}})
	if on(m) != "fourth" || m.Len() != 4 {
		t.Errorf("%s of %d is selected after it was made", on(m), m.Len())
	}
}

func TestATopicTellsWhereItGoes(t *testing.T) {
	m := pane(first, second)
	if s := m.detail.View(); !strings.Contains(s, "No destination: events of this topic go nowhere") || !strings.Contains(s, "name.exists()") {
		t.Errorf("%s", s)
	}
	m.Update(data.Destinations{Answer: answer(5), Destinations: []aidbox.Destination{{ID: "b", Topic: "first"}, {ID: "a", Topic: "first"}, {ID: "x", Topic: "firs"}}})
	if s := m.View(); !strings.Contains(s, "● 2") || !strings.Contains(s, "○ 0") {
		t.Errorf("%s", s)
	}
	lines := strings.Join(m.askDelete().View(m.Theme, 80, 20), "\n")
	if !strings.Contains(lines, "Still sent to by it: a, b.") || !strings.Contains(lines, "DELETE /fhir/AidboxSubscriptionTopic/1") {
		t.Errorf("%s", lines)
	}
	m.Select("2")
	if s := m.detail.View(); !strings.Contains(s, "No trigger: this topic never fires") {
		t.Errorf("%s", s)
	}
}

func TestWhatAFormRefuses(t *testing.T) {
	m := pane(first)
	if m.checkType("Nonsense") != nil || m.checkCriteria("Patient", "name.(") != nil {
		t.Error("without the table of R4 the server decides")
	}
	d, err := r4.Load()
	if err != nil {
		t.Fatal(err)
	}
	m.Update(data.Definitions{R4: d})
	for rule, c := range map[string]struct {
		err  error
		want string
	}{
		"a url":                         {m.checkURL("other"), ""},
		"no url":                        {m.checkURL(" "), "needs a url"},
		"a url that is there":           {m.checkURL(" first "), "there is a topic first already"},
		"a type":                        {m.checkType("Patient"), ""},
		"one of Aidbox's own":           {m.checkType("AidboxThing"), ""},
		"no type":                       {m.checkType(""), "needs a resource type"},
		"a type in the wrong case":      {m.checkType("patient"), "it is Patient"},
		"no type of R4":                 {m.checkType("Patent"), "no resource type Patent"},
		"no criterion":                  {m.checkCriteria("Patient", ""), ""},
		"a criterion":                   {m.checkCriteria("Patient", "name.exists()"), ""},
		"a broken criterion":            {m.checkCriteria("Patient", "name.exists("), " "},
		"a criterion of another's type": {m.checkCriteria("Nonsense", "name.("), ""},
	} {
		if c.want == "" && c.err != nil || c.want != "" && (c.err == nil || !strings.Contains(c.err.Error(), c.want)) {
			t.Errorf("%s: %v", rule, c.err)
		}
	}
}

// Nothing is deleted that is not there, and the form opens at once.
func TestKeysSayWhyTheyCannotWork(t *testing.T) {
	m := pane()
	d, _ := m.Keys().Match(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("d")})
	if d.Blocked() != "there is no topic to delete" {
		t.Errorf("%q", d.Blocked())
	}
	m.Update(data.Topics{Answer: answer(2), Topics: []aidbox.Topic{first}})
	if d.Blocked() != "" || d.Open() == nil {
		t.Errorf("%q", d.Blocked())
	}
}
