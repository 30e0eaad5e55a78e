package widget

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/huh"
)

// Kind says what a field of a form is.
type Kind uint8

// The kinds of field.
const (
	Input  Kind = iota // one line of text
	Select             // one of a few options
	YesNo              // "true" or "false"
	Area               // lines of text
	Note               // text to read
)

// Option is one choice of a [Select].
type Option struct {
	// Label is drawn. Empty: Value.
	Label string
	Value string
	// Help says what the choice means, while it is chosen.
	Help string
}

// Values are what a form holds, by the names of its fields.
type Values map[string]string

// Field is one line of a form.
type Field struct {
	// Name is where the value is found.
	Name string
	// Label stands in front of it. Empty: Name.
	Label string
	Kind  Kind
	// Value is there at the start. A YesNo takes "true"; a Select without one
	// takes its first option; a Note shows it.
	Value string
	// Help says below the field what it is for, while it has the keys.
	Help string
	// Placeholder is seen while an Input or an Area is empty.
	Placeholder string
	// Suggestions complete what is typed into an Input.
	Suggestions []string
	// Options are those of a Select.
	Options []Option
	// Validate refuses a value with a sentence. Nil: all are good.
	Validate func(string) error
	// Secret hides what is typed into an Input.
	Secret bool
	// Height is the lines of an Area. Zero: 6.
	Height int
	// Hidden leaves the field out while others have such values. Nil: never.
	Hidden func(Values) bool
}

// field is a Field in use. huh edits the value; where the keys are, what is
// checked when, and how it is drawn is the form's.
type field struct {
	Field
	edit huh.Field // nil for a Note
	text string
	yes  bool
	err  error
	left bool // the keys were here and went on: an error may be shown
}

func newField(f Field) *field {
	if f.Label == "" {
		f.Label = f.Name
	}
	if f.Height <= 0 {
		f.Height = 6
	}
	p := &field{Field: f, text: f.Value, yes: f.Value == "true"}
	switch f.Kind {
	case Input:
		in := huh.NewInput().Prompt("").Placeholder(f.Placeholder).Suggestions(f.Suggestions).Value(&p.text)
		if f.Secret {
			in.EchoMode(huh.EchoModePassword)
		}
		p.edit = in
	case Area:
		p.edit = huh.NewText().Placeholder(f.Placeholder).Lines(f.Height).ExternalEditor(false).Value(&p.text)
	case Select:
		options := make([]huh.Option[string], len(f.Options))
		for i, o := range f.Options {
			options[i] = huh.NewOption(o.label(), o.Value)
		}
		p.edit = huh.NewSelect[string]().Inline(true).Options(options...).Value(&p.text)
	case YesNo:
		p.edit = huh.NewConfirm().Inline(true).Value(&p.yes)
	}
	if p.edit != nil {
		p.edit.WithKeyMap(fieldKeys())
		p.edit.Init()
	}
	if f.Kind != Note {
		// A Select has taken its first option by now.
		p.Value = p.value()
	}
	return p
}

// fieldKeys leaves huh the keys that edit. Those that move between fields are
// the form's, so that a key typed right after one goes where it should: huh
// moves by a message that comes later.
func fieldKeys() *huh.KeyMap {
	var k huh.KeyMap
	k.Input.AcceptSuggestion = key.NewBinding(key.WithKeys("right", "ctrl+e"))
	k.Select.Left = key.NewBinding(key.WithKeys("left", "h"))
	k.Select.Right = key.NewBinding(key.WithKeys("right", "l", " "))
	k.Confirm.Accept = key.NewBinding(key.WithKeys("y", "Y"))
	k.Confirm.Reject = key.NewBinding(key.WithKeys("n", "N"))
	k.Confirm.Toggle = key.NewBinding(key.WithKeys("left", "right", "h", "l", " "))
	return &k
}

func (o Option) label() string {
	if o.Label == "" {
		return o.Value
	}
	return o.Label
}

func (p *field) value() string {
	switch {
	case p.Kind == Note:
		return ""
	case p.Kind == YesNo && p.yes:
		return "true"
	case p.Kind == YesNo:
		return "false"
	}
	return p.text
}

func (p *field) check() error {
	p.err = nil
	if p.Validate != nil && p.Kind != Note {
		p.err = p.Validate(p.value())
	}
	return p.err
}

func (p *field) shown(v Values) bool { return p.Hidden == nil || !p.Hidden(v) }

// candidates are the suggestions that go on where the typed text ends.
func (p *field) candidates() []string {
	if p.Kind != Input || p.text == "" {
		return nil
	}
	var out []string
	for _, s := range p.Suggestions {
		if len(s) > len(p.text) && strings.EqualFold(s[:len(p.text)], p.text) {
			out = append(out, s)
		}
	}
	return out
}

func (p *field) option() int {
	for i, o := range p.Options {
		if o.Value == p.text {
			return i
		}
	}
	return -1
}
