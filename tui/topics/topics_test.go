package topics

import (
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/mask"
	"aidbox-nats/aidbox/r4"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/term"
	_ "aidbox-nats/tui/term/background"
	"aidbox-nats/tui/theme"
)

var (
	first = aidbox.Topic{ID: "1", URL: "first", Status: "active", Triggers: []aidbox.Trigger{{Resource: "Patient", Criteria: "name.exists()"}},
		Raw: json.RawMessage(`{"url":"first"}`)}
	second = aidbox.Topic{ID: "2", URL: "second", Status: "active"}
)

func answer(n uint64) data.Answer { return data.Answer{Question: n} }

func pane(ts ...aidbox.Topic) *Model {
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(termenv.Ascii)
	m := New(theme.New(theme.Options{Renderer: r}), nil)
	m.SetSize(70, 5)
	m.detail.SetSize(100, 40)
	m.Update(data.Topics{Answer: answer(1), Topics: ts})
	return m
}

func definitions(t *testing.T) *r4.Definitions {
	t.Helper()
	d, err := r4.Load()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func going(ds ...aidbox.Destination) data.Destinations {
	return data.Destinations{Answer: answer(5), Destinations: ds}
}

func on(m *Model) string {
	t, _ := m.Selected()
	return t.URL
}

// bare is a text without its attributes.
func bare(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		if strings.HasPrefix(s, "\x1b[") {
			s = s[strings.IndexByte(s, 'm')+1:]
			continue
		}
		b.WriteByte(s[0])
		s = s[1:]
	}
	return b.String()
}

func contains(t *testing.T, rule, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%s: no %q in\n%s", rule, w, text)
		}
	}
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

func TestATopicTellsWhenItFiresAndWhereItGoes(t *testing.T) {
	several := aidbox.Topic{ID: "3", URL: "third", Status: "active", Triggers: []aidbox.Trigger{
		{Resource: "Encounter", Interactions: []string{"create", "update"}, Description: "visits"}, {Resource: "Patient", Interactions: []string{"delete"}, Criteria: "active\n = true"}}}
	m := pane(first, second, several)
	contains(t, "before destinations are read", bare(m.detail.View()), "a Patient is created, updated or deleted, if name.exists()", "goes to        not read yet")
	m.Update(going())
	contains(t, "without any", bare(m.detail.View()), "! nowhere: no destination names first. 2 n creates one.")
	contains(t, "the list", bare(m.View()), "no dest.")

	m.destAsked = 0
	n := func(i int64) *int64 { return &i }
	js := aidbox.Destination{ID: "js", Kind: aidbox.KindJetStreamAtLeastOnce, Topic: "first", Parameters: []aidbox.Parameter{{Name: "subject", Value: "patients.created"}}}
	m.Update(going(js, aidbox.Destination{ID: "hook", Kind: "webhook-at-least-once", Topic: "first"}, aidbox.Destination{ID: "x", Topic: "firs"}))
	if s := m.Needs().Statuses; strings.Join(s, " ") != "js hook" {
		t.Errorf("the counters of %q are wanted", s)
	}
	m.Update(data.Statuses{Answer: answer(6), Statuses: map[string]data.Status{
		"js":   {Status: aidbox.Status{Delivered: n(1200), Queued: n(2)}},
		"hook": {Err: &aidbox.Error{Status: 500, Body: "hook has no sender associated with it."}}}})
	contains(t, "its destinations", bare(m.detail.View()), "js    JetStream → patients.created", "1,200 delivered, 2 waiting", "hook  elsewhere → webhook-at-least-once  ✗ no sender")
	contains(t, "the list", bare(m.View()), "2 dest.", "no dest.")

	m.Select("2")
	contains(t, "no trigger", bare(m.detail.View()), "! No trigger: this topic never fires. e adds one.")
	contains(t, "no trigger in the list", bare(m.View()), "!▸second", "no trigger")
	m.Select("3")
	contains(t, "several triggers", bare(m.detail.View()), "fires when     an Encounter is created or updated, whatever it holds", "visits", "or when        a Patient is deleted, if active = true")
}

func TestWhenATopicFiredLast(t *testing.T) {
	m := pane(first)
	contains(t, "never", bare(m.detail.View()), "not seen since the console started")
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	m.Update(data.Tick{Now: at.Add(4 * time.Second)})
	m.Update(data.Seen{Topic: "first", Destination: "basic", Focus: "Patient/5e78", At: at})
	m.Update(data.Seen{Topic: "first", Destination: "js", Focus: "Patient/old", At: at.Add(-time.Second)})
	contains(t, "once", bare(m.detail.View()), "last seen here 4 s ago: Patient/5e78  through basic")
	revision := m.Revision()
	m.Update(data.Tick{Now: at.Add(4*time.Second + 10*time.Millisecond)})
	m.Update(data.Tick{Now: at.Add(9 * time.Second)})
	if m.Revision() == revision {
		t.Error("the age stands still")
	}
	contains(t, "later", bare(m.detail.View()), "9 s ago")
	revision = m.Revision()
	m.Update(data.Tick{Now: at.Add(9*time.Second + time.Millisecond)})
	if m.Revision() != revision {
		t.Error("drawn again for the same age")
	}
}

func TestTwoTopicsOfOneURLAreToldApart(t *testing.T) {
	twin := aidbox.Topic{ID: "0123456789abcdef", URL: "first", Status: "active"}
	m := pane(first, twin)
	contains(t, "the list", bare(m.View()), "!▸first 1", "! first 01234567", "same url twice")
	contains(t, "the detail", bare(m.detail.View()), "! same url twice: 1 and 01234567 are all called first.", "This is 1; d")
	m.Update(going(aidbox.Destination{ID: "basic", Topic: "first"}))
	text := bare(strings.Join(m.askDelete().View(m.Theme, 80, 20), "\n"))
	contains(t, "the question", text, "another topic first stays")
	if strings.Contains(text, "still uses it") {
		t.Errorf("the destination has a topic still:\n%s", text)
	}
}

func TestDeletingNamesWhatDependsOnIt(t *testing.T) {
	m := pane(first)
	for rule, c := range map[string]struct {
		ids  []string
		want string
	}{
		"one":  {[]string{"b"}, "b still uses it: it stays and gets nothing more."},
		"two":  {[]string{"js", "basic"}, "basic and js still use it: they stay and get nothing more."},
		"many": {strings.Fields("a b c d e f g h"), "a, b, c, d, e and 3 more still use it: they stay"},
	} {
		var ds []aidbox.Destination
		for _, id := range c.ids {
			ds = append(ds, aidbox.Destination{ID: id, Topic: "first"})
		}
		m.destAsked = 0
		m.Update(going(ds...))
		lines := strings.Join(m.askDelete().View(m.Theme, 80, 20), "\n")
		contains(t, rule, bare(lines), c.want, "DELETE /fhir/AidboxSubscriptionTopic/1")
	}
}

func TestAnInactiveTopicSaysWhatThatMeans(t *testing.T) {
	for status, want := range map[string]string{
		"draft":   "! Status draft: it is written, but does not fire.",
		"retired": "! Status retired: it does not fire.",
		"":        "! No status: only an active topic fires.",
	} {
		o := first
		o.Status = status
		m := pane(o)
		contains(t, status, bare(m.detail.View()), want)
		if title := m.DetailTitle(); !title.Bad || title.Right == "" {
			t.Errorf("%q: %+v", status, title)
		}
	}
}

// Topics are not about persons; resources that stand in one are.
func TestTheMaskIsAppliedToWhatIsShownAndCopied(t *testing.T) {
	const raw = `{"resourceType":"AidboxSubscriptionTopic","id":"1","url":"first","status":"active","contained":[{"resourceType":"Patient","name":[{"family":"Secretperson"}]}]}`
	var o aidbox.Topic
	if err := o.UnmarshalJSON([]byte(raw)); err != nil {
		t.Fatal(err)
	}
	m := pane(o)
	contains(t, "without a mask", bare(m.detail.View()), "Secretperson")
	m.Update(data.Mask{On: true, Masker: mask.New(definitions(t))})
	_, copied := m.Copied()
	for what, text := range map[string]string{"the detail": bare(m.detail.View()), "the copy": copied} {
		if strings.Contains(text, "Secretperson") || !strings.Contains(text, "first") {
			t.Errorf("%s:\n%s", what, text)
		}
	}
}

func TestWhatAFormRefuses(t *testing.T) {
	m := pane(first)
	if m.checkType("Nonsense") != nil {
		t.Error("without the table of R4 the server decides")
	}
	m.Update(data.Definitions{R4: definitions(t)})
	newURL, oldURL := m.checkURL(nil), m.checkURL(&first)
	for rule, c := range map[string]struct {
		err  error
		want string
	}{
		"a url":                             {newURL("other"), ""},
		"no url":                            {newURL(" "), "needs a url"},
		"a url that is there":               {newURL(" first "), "there is a topic first already"},
		"its own url":                       {oldURL("first"), ""},
		"a type":                            {m.checkType("Patient"), ""},
		"one of Aidbox's own":               {m.checkType("AidboxThing"), ""},
		"no type":                           {m.checkType(""), "needs a resource type"},
		"a type in the wrong case":          {m.checkType("patient"), "it is Patient"},
		"no type of R4":                     {m.checkType("Patent"), "no resource type Patent"},
		"an interaction":                    {checkOn("create"), ""},
		"none, which would be all of three": {checkOn(" "), "mark at least one"},
	} {
		if c.want == "" && c.err != nil || c.want != "" && (c.err == nil || !strings.Contains(c.err.Error(), c.want)) {
			t.Errorf("%s: %v", rule, c.err)
		}
	}
}

func TestKeysSayWhyTheyCannotWork(t *testing.T) {
	m := pane()
	for k, why := range map[string]string{"d": "there is no topic to delete", "e": "there is no topic to edit", "x": "there is no topic to try"} {
		a, _ := m.Keys().Match(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(k)})
		if a.Blocked() != why {
			t.Errorf("%s: %q", k, a.Blocked())
		}
		m.Update(data.Topics{Answer: answer(2), Topics: []aidbox.Topic{first}})
		m.Update(data.Definitions{R4: definitions(t)})
		if a.Blocked() != "" || a.Open() == nil {
			t.Errorf("%s: %q", k, a.Blocked())
		}
		m.Update(data.Topics{Answer: answer(3)})
		m = pane()
	}
	m = pane(second, aidbox.Topic{ID: "3", Triggers: []aidbox.Trigger{{Resource: "Foo"}}})
	m.Update(data.Definitions{R4: definitions(t)})
	if why := m.untriable(); !strings.Contains(why, "no trigger") {
		t.Errorf("%q", why)
	}
	m.Select("3")
	if why := m.untriable(); !strings.Contains(why, "R4 has no resource type Foo") {
		t.Errorf("%q", why)
	}
}

// Whatever the server calls things, lines are as wide as their place.
func TestHostileTopicsAreDrawnHarmless(t *testing.T) {
	evil := "\x1b[31mred\x1b[0m\u202e日本\r\n\t"
	o := aidbox.Topic{ID: evil, URL: evil, Status: evil, Title: evil, Description: evil, VersionID: evil,
		Triggers: []aidbox.Trigger{{Resource: evil, Criteria: evil, Description: evil, Interactions: []string{evil}}}}
	m := pane(o, first)
	m.Update(data.Definitions{R4: definitions(t)})
	m.Update(going(aidbox.Destination{ID: evil, Kind: evil, Topic: evil}))
	m.Update(data.Seen{Topic: evil, Focus: evil, Destination: evil, At: m.now})
	d := m.edit()
	for _, w := range []int{30, 60, 100} {
		m.detail.SetSize(w, 20)
		texts := strings.Split(m.detail.View(), "\n")
		texts = append(texts, d.View(m.Theme, w, 24)...)
		texts = append(texts, m.askDelete().View(m.Theme, w, 24)...)
		for _, l := range texts {
			if term.Width(l) > w || strings.Contains(bare(l), "\u202e") || strings.ContainsAny(bare(l), "\x1b\r\t") {
				t.Errorf("%d: %q", w, l)
			}
		}
	}
}

func TestACriterionThatCannotBeReadIsToldBesideItsTopic(t *testing.T) {
	wrong := first
	wrong.Triggers = []aidbox.Trigger{{Resource: "Patient", Criteria: "name.exists( and active"}, {Resource: "Encounter", Criteria: strings.Repeat("(", 20_000)},
		{Resource: "Patient", Criteria: "name.exists()"}, {Resource: "Foo", Criteria: "("}}
	m := pane(wrong, second)
	cmd := m.Update(data.Definitions{R4: definitions(t)})
	if m.readCriteria() != nil {
		t.Error("the same criteria are compiled twice at a time")
	}
	for cmd != nil {
		cmd = m.Update(cmd())
	}
	m.detail.SetSize(100, 60)
	contains(t, "the detail", strings.Join(strings.Fields(bare(m.detail.View())), " "),
		`✗ The criterion for Patient cannot be read: column 14: unexpected "and". Unless the server can, no event is made; e shows the place.`,
		"✗ The criterion for Encounter cannot be read: the criterion is longer than 10000 characters")
	contains(t, "the list", bare(m.View()), "!▸first", "bad criterion")
	if m.markCell(wrong).Role != theme.Bad || m.watchCell(wrong).Role != theme.Bad {
		t.Error("it is not red in the list")
	}
	if n := strings.Count(bare(m.detail.View()), "cannot be read"); n != 2 {
		t.Errorf("%d criteria are called wrong", n)
	}
	m.Update(data.Topics{Answer: answer(2), Topics: []aidbox.Topic{first}})
	if len(m.criteria) != 1 || len(m.faultsOf(first)) != 0 {
		t.Errorf("%v is remembered", m.criteria)
	}
}
