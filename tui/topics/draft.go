package topics

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"aidbox-nats/aidbox"
	"aidbox-nats/tui/widget"
)

const path = "/fhir/AidboxSubscriptionTopic"

// spare is how many triggers can be added before the topic is saved.
const spare = 8

// draft is a topic while it is written. A slot is the place of one trigger in
// the form; removing a trigger hides its slot, so that what was typed in the
// others stays.
type draft struct {
	old   *aidbox.Topic // nil: a new one
	slots []slot
}

type slot struct {
	was   aidbox.Trigger // with the elements that the form does not ask for
	used  bool           // it was there, or has been added
	alive bool
}

func newDraft(old *aidbox.Topic) *draft {
	d := &draft{old: old}
	if old == nil {
		d.slots = append(d.slots, slot{was: aidbox.Trigger{Resource: "Patient"}, used: true, alive: true})
	} else {
		for _, g := range old.Triggers {
			d.slots = append(d.slots, slot{was: g, used: true, alive: true})
		}
	}
	for range spare {
		d.slots = append(d.slots, slot{})
	}
	return d
}

// add brings up an unused slot and returns it; -1: there is none left.
func (d *draft) add() int {
	for i := range d.slots {
		if !d.slots[i].used {
			d.slots[i].used, d.slots[i].alive = true, true
			return i
		}
	}
	return -1
}

// first is the first trigger, or -1.
func (d *draft) first() int {
	return slices.IndexFunc(d.slots, func(s slot) bool { return s.alive })
}

// beside is the trigger that is next to a removed one, or -1.
func (d *draft) beside(i int) int {
	for j := i - 1; j >= 0; j-- {
		if d.slots[j].alive {
			return j
		}
	}
	return d.first()
}

// changed says that triggers were added or removed.
func (d *draft) changed() bool {
	n := 1
	if d.old != nil {
		n = len(d.old.Triggers)
	}
	for i, s := range d.slots {
		if s.alive != (i < n) {
			return true
		}
	}
	return false
}

// The names of a slot's fields.
func fieldType(i int) string     { return "resource." + strconv.Itoa(i) }
func fieldCriteria(i int) string { return "criteria." + strconv.Itoa(i) }
func fieldOn(i int) string       { return "on." + strconv.Itoa(i) }
func fieldNote(i int) string     { return "note." + strconv.Itoa(i) }

// slotOf is the slot that a field belongs to; -1: to the topic.
func slotOf(field string) int {
	_, after, ok := strings.Cut(field, ".")
	if !ok {
		return -1
	}
	i, err := strconv.Atoi(after)
	if err != nil {
		return -1
	}
	return i
}

// topic is what the values make of it.
func (d *draft) topic(v widget.Values) aidbox.Topic {
	var t aidbox.Topic
	if d.old != nil {
		t = *d.old
	}
	t.URL, t.Status = kept(t.URL, v["url"]), v["status"]
	t.Title, t.Description = kept(t.Title, v["title"]), kept(t.Description, v["description"])
	t.Triggers = nil
	for i, s := range d.slots {
		if s.alive {
			t.Triggers = append(t.Triggers, s.trigger(i, v))
		}
	}
	return t
}

func (s slot) trigger(i int, v widget.Values) aidbox.Trigger {
	g := s.was
	g.Resource = kept(g.Resource, v[fieldType(i)])
	g.Criteria = kept(g.Criteria, v[fieldCriteria(i)])
	g.Description = kept(g.Description, v[fieldNote(i)])
	chosen := strings.Fields(v[fieldOn(i)])
	switch {
	case len(g.Interactions) == 0 && slices.Equal(chosen, interactions[:]):
		// All is what a trigger without the element watches.
	case !sameSet(g.Interactions, chosen):
		g.Interactions = chosen
	}
	return g
}

// kept is a value as it was, or as it was typed without the blanks around it.
func kept(was, value string) string {
	if value == was {
		return was
	}
	return strings.TrimSpace(value)
}

func sameSet(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(slices.Compact(a), slices.Compact(b))
}

// request is what is sent for a topic: to a known version unless it is put
// over whatever is there by now.
func (d *draft) request(v widget.Values, over bool) []string {
	t := d.topic(v)
	body, err := t.MarshalJSON()
	if err != nil {
		return []string{err.Error()}
	}
	if d.old == nil {
		return widget.RequestLines("POST", path, body)
	}
	lines := widget.RequestLines("PUT", path+"/"+t.ID, body)
	if t.VersionID != "" && !over {
		lines = slices.Insert(lines, 1, `if-match: W/"`+t.VersionID+`"`)
	}
	return lines
}

// hints tell beneath its fields what follows from what they hold. The zero
// value tells nothing.
type hints struct {
	url       func(widget.Values) widget.Hint
	criterion func(slot int, v widget.Values) widget.Hint
}

// form asks for the topic: what makes it fire first, then what describes it.
func (d *draft) form(m *Model, h hints) *widget.Form {
	title, submit, start := "New topic", "create", aidbox.Topic{Status: "active"}
	if d.old != nil {
		title, submit, start = "Edit topic "+d.old.URL, "save", *d.old
	}
	fields := []widget.Field{
		{Name: "url", Label: "url", Value: start.URL, Placeholder: "patient-topic", Validate: m.checkURL(d.old), Hint: h.url,
			Help: "Any text, which need not be an address. Destinations name the topic by it, to the character."},
		{Kind: widget.Note, Value: "No trigger: this topic never fires. ctrl+n adds one.", Hidden: func(widget.Values) bool { return d.first() >= 0 }},
	}
	for i := range d.slots {
		fields = append(fields, d.trigger(m, i, h)...)
	}
	fields = append(fields,
		widget.Field{Name: "status", Label: "status", Kind: widget.Select, Value: start.Status, Options: statuses(start.Status)},
		widget.Field{Name: "title", Label: "title", Value: start.Title, Kind: kindFor(start.Title), Height: heightFor(start.Title),
			Help: "What people call it. Nothing depends on it."},
		widget.Field{Name: "description", Label: "description", Value: start.Description, Kind: kindFor(start.Description),
			Height: heightFor(start.Description), Help: "What the whole topic is for. Nothing depends on it."},
	)
	f := widget.NewForm(title, fields...)
	f.Submit = submit
	return f
}

func (d *draft) trigger(m *Model, i int, h hints) []widget.Field {
	was := d.slots[i].was
	var told func(widget.Values) widget.Hint
	if h.criterion != nil {
		told = func(v widget.Values) widget.Hint { return h.criterion(i, v) }
	}
	hidden := func(widget.Values) bool { return !d.slots[i].alive }
	on := was.Interactions
	if len(on) == 0 {
		on = interactions[:]
	}
	options := make([]widget.Option, len(interactions))
	for j, x := range interactions {
		options[j] = widget.Option{Value: x}
	}
	return []widget.Field{
		{Kind: widget.Note, Value: "or also", Hidden: func(widget.Values) bool { return !d.slots[i].alive || d.first() == i }},
		{Name: fieldType(i), Label: "resource type", Value: was.Resource, Placeholder: "Encounter", Suggestions: m.types(), Validate: m.checkType, Hidden: hidden,
			Help: "Changes of resources of this type make events."},
		{Name: fieldCriteria(i), Label: "only if", Value: was.Criteria, Placeholder: "name.exists()", Kind: kindFor(was.Criteria),
			Height: heightFor(was.Criteria), Hidden: hidden, Hint: told,
			Help: "FHIRPath over the resource, with %current and %previous. Empty: every change fires. ctrl+t tries it on a sample."},
		{Name: fieldOn(i), Label: "on", Kind: widget.Choices, Value: strings.Join(on, " "), Options: options, Hidden: hidden,
			Help: "Which changes are meant.", Validate: checkOn},
		{Name: fieldNote(i), Label: "trigger note", Value: was.Description, Kind: kindFor(was.Description), Height: heightFor(was.Description), Hidden: hidden,
			Help: "What this one trigger is for. Nothing depends on it."},
	}
}

// kindFor keeps the lines of a text that has several.
func kindFor(value string) widget.Kind {
	if strings.ContainsAny(value, "\n\r\t") {
		return widget.Area
	}
	return widget.Input
}

func heightFor(value string) int { return min(strings.Count(value, "\n")+1, 6) }

func statuses(now string) []widget.Option {
	out := []widget.Option{
		{Value: "active", Help: "It fires."},
		{Value: "draft", Help: "It is written, and does not fire yet."},
		{Value: "retired", Help: "It does not fire any more."},
		{Value: "unknown", Help: "It does not fire."},
	}
	if slices.ContainsFunc(out, func(o widget.Option) bool { return o.Value == now }) {
		return out
	}
	label := now
	if now == "" {
		label = "none"
	}
	return append(out, widget.Option{Label: label, Value: now, Help: "As it is on the server. It does not fire."})
}

func (m *Model) types() []string {
	if m.r4 == nil {
		return nil
	}
	return m.r4.Types()
}

func (m *Model) checkURL(old *aidbox.Topic) func(string) error {
	return func(url string) error {
		if old != nil && url == old.URL {
			return nil
		}
		url = strings.TrimSpace(url)
		if url == "" {
			return errors.New("a topic needs a url: any text, patient-topic say")
		}
		for _, t := range m.topics {
			if t.URL == url && (old == nil || t.ID != old.ID) {
				return fmt.Errorf("there is a topic %s already", url)
			}
		}
		return nil
	}
}

func checkOn(value string) error {
	if strings.TrimSpace(value) == "" {
		return errors.New("mark at least one with space: without any, Aidbox takes all three")
	}
	return nil
}

// checkType refuses only what no server could know: without the table of R4
// the server decides.
func (m *Model) checkType(name string) error {
	name = strings.TrimSpace(name)
	switch {
	case name == "":
		return errors.New("a trigger needs a resource type: Patient, say")
	case m.r4 == nil || m.r4.IsResource(name) || strings.HasPrefix(name, "Aidbox"):
		return nil
	}
	for _, known := range m.r4.Types() {
		if strings.EqualFold(known, name) {
			return fmt.Errorf("R4 has no resource type %s; it is %s", name, known)
		}
	}
	return fmt.Errorf("R4 has no resource type %s", name)
}
