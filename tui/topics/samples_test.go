package topics

import (
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox"
)

func paste(t *text, s string) {
	t.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(s), Paste: true})
}

func TestASampleIsSeenAsTheChangeIs(t *testing.T) {
	s := newSamples(definitions(t), "Patient", "create")
	for as, c := range map[string]struct{ current, previous bool }{"create": {true, false}, "update": {true, true}, "delete": {false, true}} {
		s.become(as)
		got, err := s.change()
		if err != nil || (got.Current != nil) != c.current || (got.Previous != nil) != c.previous {
			t.Errorf("%s: %s %s %v", as, got.Current, got.Previous, err)
		}
	}
	s.become("update")
	s.after.clear()
	paste(s.after, "resourceType: Patient\nactive: true\n")
	got, err := s.change()
	if err != nil || string(got.Current) != `{"resourceType":"Patient","active":true}` || !strings.Contains(string(got.Previous), "birthDate") {
		t.Errorf("%s\n%s\n%v", got.Current, got.Previous, err)
	}
	if w := s.words(); w != "the template, edited, when updated" {
		t.Errorf("%q", w)
	}
}

func TestWhatWasTypedForOneSideIsThereForTheOther(t *testing.T) {
	s := newSamples(definitions(t), "Patient", "create")
	s.clear()
	paste(s.after, `{"resourceType":"Patient"}`)
	s.become("delete")
	if got, err := s.change(); err != nil || string(got.Previous) != `{"resourceType":"Patient"}` || got.Current != nil {
		t.Errorf("%s %v", got.Previous, err)
	}
}

func TestWhatCannotBeReadIsSaid(t *testing.T) {
	for rule, c := range map[string]struct{ text, want string }{
		"nothing":        {"", "%current: the sample is empty"},
		"broken JSON":    {"{\n  \"a\": 1,\n}", "line 3 is no JSON"},
		"cut off JSON":   {"{\n  \"a\": 1", "line 2 is no JSON"},
		"broken YAML":    {"a: [", "neither JSON nor YAML"},
		"JSON":           {`{"resourceType":"Patient"}`, ""},
		"YAML":           {"resourceType: Patient", ""},
		"JSON, indented": {"\n {\"a\":1}", ""},
	} {
		s := newSamples(definitions(t), "Patient", "create")
		s.clear()
		paste(s.after, c.text)
		_, err := s.change()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v", rule, err)
		}
	}
}

// What is shown may be masked; what is decided on is not, until it is edited.
func TestTheResourceBehindTheMaskDecides(t *testing.T) {
	x := newText()
	x.set([]byte(`{"name":"secret"}`), []byte(`{"name":"****"}`))
	if raw, err := x.resource(); err != nil || string(raw) != `{"name":"secret"}` || strings.Contains(x.Value(), "secret") {
		t.Errorf("%s, shown %s, %v", raw, x.Value(), err)
	}
	paste(x, " ")
	if raw, err := x.resource(); err != nil || strings.Contains(string(raw), "secret") {
		t.Errorf("%s %v", raw, err)
	}
}

func TestWhatWasTakenIsSaid(t *testing.T) {
	now := time.Now()
	r := aidbox.Resource{Type: "Patient", ID: "5e78", VersionID: "17", LastUpdated: now.Add(-4 * time.Minute)}
	if s := took(r, false, now); s != "Patient/5e78, version 17, changed 4 min ago" {
		t.Error(s)
	}
	if s := took(aidbox.Resource{Type: "Patient", ID: "1"}, true, now); s != "Patient/1: the first that the server gave, as it does not sort" {
		t.Error(s)
	}
}
