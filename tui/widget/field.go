package widget

import (
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/huh"

	"aidbox-nats/tui/term"
)

// Kind says what a field of a form is.
type Kind uint8

// The kinds of field.
const (
	Input   Kind = iota // one line of text
	Select              // one of a few options
	YesNo               // "true" or "false"
	Area                // lines of text
	Note                // text to read
	Choices             // any number of a few options
)

// Option is one choice of a [Select] or of [Choices]; a value of the latter has
// no blank in it.
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
	// takes its first option; Choices hold the values of what is chosen, a
	// blank between them; a Note shows it.
	Value string
	// Help says below the field what it is for, while it has the keys.
	Help string
	// Hint says right beneath the field what follows from the values: it is
	// asked again when they change, and after any message that is no key. Where
	// a refusal is told, that stands instead. It must not wait. Nil: nothing.
	Hint func(Values) Hint
	// Placeholder is an example, seen after "e.g." while an Input or an Area is
	// empty.
	Placeholder string
	// Suggestions complete what is typed into an Input.
	Suggestions []string
	// Options are those of a Select or of Choices.
	Options []Option
	// Validate refuses a value with a sentence. Nil: all are good.
	Validate func(string) error
	// Secret hides what is typed into an Input.
	Secret bool
	// Replace marks the Value of an Input when the form opens: what is typed
	// first takes its place, any key that moves or edits keeps it.
	Replace bool
	// Submits makes enter submit the form from this Input, as from the last
	// field: what follows it is seldom touched.
	Submits bool
	// Height is the lines of an Area. Zero: 6.
	Height int
	// Hidden leaves the field out while others have such values. Nil: never.
	Hidden func(Values) bool
}

// field is a Field in use. Where the keys are, what is checked when, and how it
// is drawn is the form's.
type field struct {
	Field
	// line edits an Input: that of huh draws what it suggests in a grey of its
	// own, and also where the keys are not.
	line *textinput.Model
	edit huh.Field // nil for an Input, a Note and Choices
	text string
	yes  bool

	on    []bool   // what is chosen of the Options of Choices
	at    int      // the option that space chooses
	other []string // what the value holds that no option has

	hint Hint // what Hint said last
	err  error
	left bool // the keys were here and went on: an error may be shown
	// replaces says that what is typed next takes the place of the value.
	replaces bool
}

func newField(f Field) *field {
	if f.Label == "" {
		f.Label = f.Name
	}
	if f.Height <= 0 {
		f.Height = 6
	}
	p := &field{Field: f, text: f.Value, yes: f.Value == "true"}
	example := ""
	if f.Placeholder != "" {
		example = "e.g. " + term.Clean(f.Placeholder)
	}
	switch f.Kind {
	case Input:
		p.line = newLine(f, example)
		p.text = p.line.Value()
		p.replaces = f.Replace && p.text != ""
	case Area:
		p.edit = huh.NewText().Placeholder(example).Lines(f.Height).ExternalEditor(false).Value(&p.text)
	case Select:
		options := make([]huh.Option[string], len(f.Options))
		for i, o := range f.Options {
			options[i] = huh.NewOption(o.label(), o.Value)
		}
		p.edit = huh.NewSelect[string]().Inline(true).Options(options...).Value(&p.text)
	case YesNo:
		p.edit = huh.NewConfirm().Inline(true).Value(&p.yes)
	case Choices:
		p.choices(f.Value)
	}
	if p.edit != nil {
		p.edit.WithKeyMap(fieldKeys())
		p.edit.Init()
	}
	if f.Kind != Note {
		// A Select has taken its first option by now, and the values of Choices
		// are in the order of the options.
		p.Value = p.value()
	}
	return p
}

func newLine(f Field, example string) *textinput.Model {
	in := textinput.New()
	in.Prompt, in.Placeholder = "", example
	in.KeyMap.AcceptSuggestion = key.NewBinding(key.WithKeys("right", "ctrl+e"))
	in.SetSuggestions(f.Suggestions)
	in.SetValue(f.Value)
	if f.Secret {
		in.EchoMode = textinput.EchoPassword
	}
	return &in
}

// fieldKeys leaves huh the keys that edit. Those that move between fields are
// the form's, so that a key typed right after one goes where it should: huh
// moves by a message that comes later.
func fieldKeys() *huh.KeyMap {
	var k huh.KeyMap
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
	case p.Kind == Choices:
		return p.chosen()
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

// option is the one that is chosen or, of Choices, that space would choose.
func (p *field) option() int {
	if p.Kind == Choices {
		return min(p.at, len(p.Options)-1)
	}
	for i, o := range p.Options {
		if o.Value == p.text {
			return i
		}
	}
	return -1
}

// choices marks the options that a value names. What else it names is kept:
// the form does not know all that a server does.
func (p *field) choices(value string) {
	p.on = make([]bool, len(p.Options))
	for _, v := range strings.Fields(value) {
		i := slices.IndexFunc(p.Options, func(o Option) bool { return o.Value == v })
		if i < 0 {
			p.other = append(p.other, v)
		} else {
			p.on[i] = true
		}
	}
}

func (p *field) chosen() string {
	var values []string
	for i, o := range p.Options {
		if p.on[i] {
			values = append(values, o.Value)
		}
	}
	return strings.Join(append(values, p.other...), " ")
}

var choiceKeys = struct{ choose, back, on, mark key.Binding }{
	choose: key.NewBinding(key.WithKeys("left", "right"), key.WithHelp("←→", "choose")),
	back:   key.NewBinding(key.WithKeys("left", "h")),
	on:     key.NewBinding(key.WithKeys("right", "l")),
	mark:   key.NewBinding(key.WithKeys(" "), key.WithHelp("space", "mark")),
}

// choose takes a key for Choices.
func (p *field) choose(k tea.KeyMsg) {
	switch n := len(p.Options); {
	case n == 0:
	case key.Matches(k, choiceKeys.back):
		p.at = (p.at + n - 1) % n
	case key.Matches(k, choiceKeys.on):
		p.at = (p.at + 1) % n
	case key.Matches(k, choiceKeys.mark):
		p.on[p.at] = !p.on[p.at]
	}
}

// update gives a message to the field.
func (p *field) update(msg tea.Msg) tea.Cmd {
	if p.line != nil {
		p.replace(msg)
		line, cmd := p.line.Update(msg)
		*p.line, p.text = line, line.Value()
		return cmd
	}
	if p.edit != nil {
		_, cmd := p.edit.Update(msg)
		return cmd
	}
	if k, ok := msg.(tea.KeyMsg); ok && p.Kind == Choices && !k.Paste {
		p.choose(k)
	}
	return nil
}

// replace empties a line whose value is marked before it takes what is typed
// or pasted, or deletes.
func (p *field) replace(msg tea.Msg) {
	k, ok := msg.(tea.KeyMsg)
	if !p.replaces || !ok {
		return
	}
	p.replaces = false
	if key.Matches(k, formKeys.paste) || k.Type == tea.KeyRunes && !k.Alt || k.Type == tea.KeySpace || k.Type == tea.KeyBackspace || k.Type == tea.KeyDelete {
		p.line.SetValue("")
	}
}

func (p *field) focus() {
	if p.line != nil {
		p.line.ShowSuggestions = len(p.Suggestions) > 0
		p.line.Focus()
	}
	if p.edit != nil {
		p.edit.Focus()
	}
}

func (p *field) blur() {
	if p.line != nil {
		p.line.ShowSuggestions = false
		p.line.Blur()
	}
	if p.edit != nil {
		p.edit.Blur()
	}
}
