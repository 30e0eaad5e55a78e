package topics

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"aidbox-nats/aidbox/criteria"
	"aidbox-nats/aidbox/r4"
	"aidbox-nats/aidbox/sandbox/document"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/widget"
)

// The sources of a sample.
const (
	fromTemplate = "template"
	fromServer   = "newest"
	fromPaste    = "pasted"
)

// text is a resource in an editor. What is shown may be masked: as long as
// nothing was typed, the resource behind it counts.
type text struct {
	*widget.Editor
	raw []byte
}

func newText() *text { return &text{Editor: widget.NewEditor()} }

// set shows a resource. It must be JSON.
func (t *text) set(raw, shown []byte) {
	var b bytes.Buffer
	if json.Indent(&b, shown, "", "  ") != nil || t.SetValue(strings.TrimSpace(b.String())) != nil {
		t.clear()
		return
	}
	t.raw = raw
}

func (t *text) clear() {
	t.raw = nil
	if t.SetValue("") != nil {
		t.Editor = widget.NewEditor()
	}
}

// hide shows what is in the text as a mask lets it be shown. A text that is no
// resource stays as it is, to be mended.
func (t *text) hide(mask data.Mask) {
	if !mask.On && (t.raw == nil || t.Dirty()) {
		return // nothing is hidden
	}
	if raw, err := t.resource(); err == nil {
		t.set(raw, mask.JSON(raw))
	}
}

// hidden says that what is shown is not what counts.
func (t *text) hidden(mask data.Mask) bool { return mask.On && t.raw != nil && !t.Dirty() }

// follow holds what another text does. %current is what was typed as
// %previous, until it is edited itself.
func (t *text) follow(o *text) {
	if t.SetValue(o.Value()) == nil && !o.Dirty() {
		t.raw = o.raw
	} else {
		t.raw = nil
	}
}

func (t *text) blank() bool { return strings.TrimSpace(t.Value()) == "" }

// resource is the text as JSON, whether it is JSON or YAML.
func (t *text) resource() ([]byte, error) {
	switch {
	case t.raw != nil && !t.Dirty():
		return t.raw, nil
	case t.blank():
		return nil, errors.New("the sample is empty: paste JSON or YAML")
	}
	value := t.Value()
	if strings.HasPrefix(strings.TrimSpace(value), "{") {
		var raw json.RawMessage
		err := json.Unmarshal([]byte(value), &raw)
		var at *json.SyntaxError
		if errors.As(err, &at) {
			end := len(strings.TrimRight(value, " \t\r\n"))
			return nil, fmt.Errorf("line %d is no JSON: %w", strings.Count(value[:min(max(int(at.Offset)-1, 0), end)], "\n")+1, err)
		}
		return raw, err
	}
	raw, err := document.FromYAML([]byte(value))
	if err != nil {
		return nil, fmt.Errorf("neither JSON nor YAML: %w", err)
	}
	return raw, nil
}

// samples are what criteria of one resource type are tried on.
type samples struct {
	resourceType string
	as           string // create, update or delete
	from         string
	taken        string // what was read from the server: Patient/5e78
	// before is the resource before a change, after the one after it.
	before, after *text
}

func newSamples(d *r4.Definitions, resourceType, as string) *samples {
	s := &samples{resourceType: resourceType, as: as, from: fromTemplate, before: newText(), after: newText()}
	s.template(d)
	return s
}

// template begins with the smallest resource of the type.
func (s *samples) template(d *r4.Definitions) {
	if d == nil {
		return
	}
	if raw, err := d.Template(s.resourceType); err == nil {
		s.set(raw, raw)
	}
}

func (s *samples) set(raw, shown []byte) {
	s.before.set(raw, shown)
	s.after.set(raw, shown)
}

func (s *samples) clear() {
	s.before.clear()
	s.after.clear()
}

// become changes what is done with the sample. What was typed for the one side
// is there for the other, if that is empty.
func (s *samples) become(as string) {
	s.as = as
	if s.before.blank() {
		s.before.follow(s.after)
	} else if s.after.blank() {
		s.after.follow(s.before)
	}
}

// sides are the texts that count, with their names.
func (s *samples) sides() (names []string, texts []*text) {
	if s.as != "create" {
		names, texts = append(names, "%previous"), append(texts, s.before)
	}
	if s.as != "delete" {
		names, texts = append(names, "%current"), append(texts, s.after)
	}
	return names, texts
}

// change is what a criterion decides on. The error names the side.
func (s *samples) change() (criteria.Change, error) {
	var c criteria.Change
	names, texts := s.sides()
	for i, t := range texts {
		raw, err := t.resource()
		if err != nil {
			return criteria.Change{}, fmt.Errorf("%s: %w", names[i], err)
		}
		if t == s.before {
			c.Previous = raw
		} else {
			c.Current = raw
		}
	}
	return c, nil
}

// words say what the sample is: "the template, when created".
func (s *samples) words() string {
	what := "the template"
	switch s.from {
	case fromServer:
		what = s.taken
		if what == "" {
			what = "the sample"
		}
	case fromPaste:
		what = "what was pasted"
	}
	_, texts := s.sides()
	for _, t := range texts {
		if s.from != fromPaste && t.Dirty() {
			what += ", edited"
			break
		}
	}
	return what + ", when " + past[s.as]
}

// samplesOf are the samples of a type, the same ones for as long as the console
// runs: what was pasted once is there the next time.
func (m *Model) samplesOf(resourceType, as string) *samples {
	s, ok := m.samples[resourceType]
	if !ok {
		s = newSamples(m.r4, resourceType, as)
		m.samples[resourceType] = s
	}
	return s
}
