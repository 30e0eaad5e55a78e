package topics

import (
	"encoding/json"
	"maps"
	"reflect"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/widget"
)

// known holds elements that no form asks for, in odd shapes.
const known = `{"resourceType":"AidboxSubscriptionTopic","id":"t1","meta":{"versionId":"7"},"url":"first","status":"active","copyright":"us",
 "title":"two\nlines","trigger":[{"resource":"Patient","canFilterBy":[{"x":1}],"supportedInteraction":["update","create"],"fhirPathCriteria":"name.exists() and\n  active"},
 {"resource":"Encounter","supportedInteraction":["create","update","delete"],"extension":[{"url":"u"}]},{"resource":"Device"}]}`

func draftOf(t *testing.T, raw string) (*Model, *draft, widget.Values) {
	t.Helper()
	var o aidbox.Topic
	if err := o.UnmarshalJSON([]byte(raw)); err != nil {
		t.Fatal(err)
	}
	m := pane(o)
	m.Update(data.Definitions{R4: definitions(t)})
	d := newDraft(&o)
	return m, d, d.form(m, hints{}).Values()
}

func decoded(t *testing.T, o aidbox.Topic) map[string]any {
	t.Helper()
	body, err := o.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestWhatWasNotTouchedIsPutBackAsItWas(t *testing.T) {
	_, d, v := draftOf(t, known)
	var want map[string]any
	if err := json.Unmarshal([]byte(known), &want); err != nil {
		t.Fatal(err)
	}
	if got := decoded(t, d.topic(v)); !reflect.DeepEqual(got, want) {
		t.Errorf("%v\nis not\n%v", got, want)
	}
	if d.changed() {
		t.Error("nothing was changed")
	}
}

func TestOneValueChangesOneElement(t *testing.T) {
	for rule, c := range map[string]struct {
		field, value string
		want         string // the element, as JSON
		of           func(map[string]any) any
	}{
		"the url, without blanks":        {"url", " other ", `"other"`, func(v map[string]any) any { return v["url"] }},
		"the status":                     {"status", "draft", `"draft"`, func(v map[string]any) any { return v["status"] }},
		"an emptied title goes":          {"title", "", `null`, func(v map[string]any) any { return v["title"] }},
		"fewer interactions":             {"on.0", "update", `["update"]`, triggerElement(0, "supportedInteraction")},
		"all of them, named before":      {"on.0", "create update delete", `["create","update","delete"]`, triggerElement(0, "supportedInteraction")},
		"all of them, not named before":  {"on.2", "create update delete", `null`, triggerElement(2, "supportedInteraction")},
		"the same in another order stay": {"on.0", "create update", `["update","create"]`, triggerElement(0, "supportedInteraction")},
		"a criterion":                    {"criteria.1", "a.exists()", `"a.exists()"`, triggerElement(1, "fhirPathCriteria")},
		"a criterion that is emptied":    {"criteria.0", " ", `null`, triggerElement(0, "fhirPathCriteria")},
		"a note":                         {"note.2", "why", `"why"`, triggerElement(2, "description")},
		"the type":                       {"resource.2", "Group", `"Group"`, triggerElement(2, "resource")},
	} {
		_, d, v := draftOf(t, known)
		v = maps.Clone(v)
		v[c.field] = c.value
		got := decoded(t, d.topic(v))
		element, err := json.Marshal(c.of(got))
		if err != nil || string(element) != c.want {
			t.Errorf("%s: %s, %v", rule, element, err)
		}
		if got["copyright"] != "us" || got["trigger"].([]any)[0].(map[string]any)["canFilterBy"] == nil {
			t.Errorf("%s: an element that no form asks for is lost", rule)
		}
	}
}

func triggerElement(i int, name string) func(map[string]any) any {
	return func(v map[string]any) any { return v["trigger"].([]any)[i].(map[string]any)[name] }
}

func TestTriggersComeAndGo(t *testing.T) {
	_, d, v := draftOf(t, known)
	d.slots[0].alive = false
	if d.first() != 1 || d.beside(0) != 1 || d.beside(2) != 1 || !d.changed() {
		t.Errorf("first %d, beside %d and %d", d.first(), d.beside(0), d.beside(2))
	}
	i := d.add()
	v = maps.Clone(v)
	v[fieldType(i)], v[fieldOn(i)] = "Group", "create update delete"
	o := d.topic(v)
	if len(o.Triggers) != 3 || o.Triggers[0].Resource != "Encounter" || o.Triggers[2].Resource != "Group" || o.Triggers[2].Interactions != nil {
		t.Errorf("%+v", o.Triggers)
	}
	for range spare - 1 {
		d.add()
	}
	if d.add() != -1 {
		t.Error("there is no end of triggers")
	}
	for j := range d.slots {
		d.slots[j].alive = false
	}
	if o := decoded(t, d.topic(v)); o["trigger"] != nil || d.first() != -1 || d.beside(1) != -1 {
		t.Errorf("%v", o)
	}
}

func TestTheRequestIsTheOneThatIsSent(t *testing.T) {
	_, d, v := draftOf(t, known)
	text := strings.Join(d.request(v, false), "\n")
	contains(t, "to a version", text, "PUT /fhir/AidboxSubscriptionTopic/t1\nif-match: W/\"7\"\n{", `"copyright": "us"`)
	if text := strings.Join(d.request(v, true), "\n"); strings.Contains(text, "if-match") {
		t.Errorf("over whatever is there:\n%s", text)
	}
	n := newDraft(nil)
	text = strings.Join(n.request(n.form(pane(), hints{}).Values(), false), "\n")
	contains(t, "a new one", text, "POST /fhir/AidboxSubscriptionTopic\n{", `"status": "active"`, `"resource": "Patient"`)
}

func TestSeveralLinesKeepTheirLines(t *testing.T) {
	if kindFor("a\nb") != widget.Area || kindFor("a b") != widget.Input || heightFor("a\nb") != 2 || heightFor(strings.Repeat("\n", 99)) != 6 {
		t.Error("a criterion of several lines would lose them")
	}
}

func TestAStatusThatNobodyKnowsIsKept(t *testing.T) {
	_, d, v := draftOf(t, `{"url":"u","status":"paused"}`)
	if o := d.topic(v); o.Status != "paused" {
		t.Errorf("%q", o.Status)
	}
	_, d, v = draftOf(t, `{"url":"u"}`)
	if o := decoded(t, d.topic(v)); o["status"] != nil {
		t.Errorf("%v", o)
	}
}

// The types of R4 are read while the console starts: who types at once loses
// nothing when they come.
func TestTheTypesComeAfterTheForm(t *testing.T) {
	m := pane()
	d := m.newEditor(nil)
	press := func(s string) {
		for _, r := range s {
			d.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
		}
	}
	press("visits")
	d.Update(tea.KeyMsg{Type: tea.KeyEnter})
	press("X")
	d.Update(data.Definitions{R4: definitions(t)})
	if d.form.Value("url") != "visits" || d.form.Value(fieldType(0)) != "PatientX" || d.form.At() != fieldType(0) || !d.Dirty() {
		t.Errorf("%v at %s", d.form.Values(), d.form.At())
	}
	d.Update(tea.KeyMsg{Type: tea.KeyEsc})
	if d.Done() {
		t.Error("esc threw away what was typed")
	}
	d.Update(tea.KeyMsg{Type: tea.KeyEsc})
	if !d.Done() {
		t.Error("esc twice does not close")
	}
}

// What was said of a form is still said when the types of R4 have come.
func TestAFaultStaysWhenTheTypesCome(t *testing.T) {
	m := pane()
	d := m.newEditor(nil)
	d.Update(tea.KeyMsg{Type: tea.KeyCtrlS})
	shows := func() bool {
		return strings.Contains(strings.Join(d.View(m.Theme, 120, 40), "\n"), "a topic needs a url")
	}
	if !shows() {
		t.Fatal("the fault is not told")
	}
	d.Update(data.Definitions{R4: definitions(t)})
	if !shows() {
		t.Error("the fault is told no more")
	}
}
