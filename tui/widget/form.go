package widget

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/tui/term"
)

// Form asks for several values at once: one label and one value a line. Enter
// goes to the next field and submits on the last one and on those that say so,
// ctrl+s submits anywhere.
// esc cancels, and asks first where something typed would be lost. pgup and
// pgdn move in the request. Make it with [NewForm].
//
// A submitted form keeps what was typed until it is thrown away: where the
// submission failed, [Form.SetError] opens it again.
type Form struct {
	// Preview returns the lines of the exact request that these values would
	// send, drawn below the fields. Nil: none.
	Preview func(Values) []string
	// Submit labels the key that submits. Empty: "submit".
	Submit string

	title     string
	fields    []*field
	at        int // the field that has the keys; -1 when there is none
	errors    []string
	submitted bool
	cancelled bool
	leaving   bool // esc was pressed, and would lose what is typed
	slow      bool // the submission takes long enough to tell of it

	themed    bool
	scroll    Scroll
	request   RequestBox
	requested Values // what request was made of
	hinted    Values // what the hints were made of
	boxWidth  int    // the width that boxHeight is for
	boxHeight int
}

// NewForm returns a form whose first field has the keys.
func NewForm(title string, fields ...Field) *Form {
	f := &Form{title: title, at: -1}
	for _, d := range fields {
		f.fields = append(f.fields, newField(d))
	}
	f.focus(f.step(-1, 1))
	return f
}

var formKeys = struct{ next, prev, enter, submit, cancel, up, down, paste key.Binding }{
	next:   key.NewBinding(key.WithKeys("tab"), key.WithHelp("tab", "next")),
	prev:   key.NewBinding(key.WithKeys("shift+tab"), key.WithHelp("shift+tab", "back")),
	enter:  key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "next")),
	submit: key.NewBinding(key.WithKeys("ctrl+s"), key.WithHelp("ctrl+s", "submit")),
	cancel: key.NewBinding(key.WithKeys("esc"), key.WithHelp("esc", "cancel")),
	up:     key.NewBinding(key.WithKeys("up")),
	down:   key.NewBinding(key.WithKeys("down")),
	paste:  key.NewBinding(key.WithKeys("ctrl+v")),
}

// areaKeys are those that edit lines of text. The help tells of them; the line
// of keys has no room.
func areaKeys() Actions {
	var out Actions
	add := func(name, help string, keys ...string) {
		out = append(out, Action{Name: name, Binding: key.NewBinding(key.WithKeys(keys...), key.WithHelp(help, name)), Moves: true})
	}
	add("move in the text", "←→ ↑↓", "left", "right", "up", "down")
	add("move by words", "alt+←→", "alt+left", "alt+right")
	add("go to the beginning or end of the line", "home end", "home", "end")
	add("go to the beginning or end of the text", "ctrl+home ctrl+end", "ctrl+home", "ctrl+end")
	add("delete the word before", "ctrl+w", "ctrl+w")
	add("delete to the beginning of the line", "ctrl+u", "ctrl+u")
	add("delete to the end of the line", "ctrl+k", "ctrl+k")
	add("paste", "ctrl+v", "ctrl+v")
	return out
}

// Title names the frame.
func (f *Form) Title() Title {
	if f.submitted && f.slow {
		return Title{Text: f.title, Right: "sending" + term.Ellipsis()}
	}
	return Title{Text: f.title}
}

// Keys are those that work in the field that has them.
func (f *Form) Keys() Actions {
	label := f.Submit
	if label == "" {
		label = "submit"
	}
	cancel := Action{Name: "cancel", Binding: formKeys.cancel}
	if f.submitted {
		return Actions{cancel}
	}
	if f.leaving {
		cancel.Binding.SetHelp("esc", "throw away")
	}
	p := f.focused()
	area := p != nil && p.Kind == Area
	last := f.step(f.at, 1) < 0
	var out Actions
	enter, submit := formKeys.enter, formKeys.submit
	submit.SetHelp("ctrl+s", label)
	switch {
	case area:
		enter.SetHelp("enter", "new line")
		out = Actions{{Name: "begin a new line", Binding: enter}, {Name: label, Binding: submit}, cancel}
	case f.enterSubmits():
		enter.SetHelp("enter", label)
		out = Actions{{Name: label, Binding: enter}, cancel}
	default:
		out = Actions{{Name: "go to the next field", Binding: enter}, {Name: label, Binding: submit}, cancel}
	}
	if p != nil && (p.Kind == Select || p.Kind == YesNo || p.Kind == Choices) {
		out = append(out, Action{Name: "choose an option", Binding: choiceKeys.choose})
	}
	if p != nil && p.Kind == Choices {
		out = append(out, Action{Name: "mark the option, or not", Binding: choiceKeys.mark})
	}
	out = append(out, f.request.Keys()...)
	next := formKeys.next
	if p != nil && len(p.candidates()) > 0 {
		next.SetHelp("tab", "complete")
	}
	switch {
	case !last || f.step(f.at, -1) >= 0:
		out = append(out,
			Action{Name: "go to the next field, or complete", Binding: next},
			Action{Name: "go to the field before", Binding: formKeys.prev})
	case p != nil && len(p.Suggestions) > 0:
		out = append(out, Action{Name: "complete", Binding: next})
	}
	if area {
		out = append(out, areaKeys()...)
	}
	return out
}

// Done reports whether the form was submitted with good values.
func (f *Form) Done() bool { return f.submitted && !f.cancelled }

// Cancelled reports whether esc was pressed.
func (f *Form) Cancelled() bool { return f.cancelled }

// Value is what a field holds.
func (f *Form) Value(name string) string {
	for _, p := range f.fields {
		if p.Name == name {
			return p.value()
		}
	}
	return ""
}

// Values are what all fields hold, hidden ones too.
func (f *Form) Values() Values {
	v := make(Values, len(f.fields))
	for _, p := range f.fields {
		if p.Kind != Note {
			v[p.Name] = p.value()
		}
	}
	return v
}

// Dirty reports whether anything differs from how the form began.
func (f *Form) Dirty() bool {
	for _, p := range f.fields {
		if p.value() != p.Field.Value && p.Kind != Note {
			return true
		}
	}
	return false
}

// SetError opens a submitted form again and shows sentences above its fields.
// They stay until the next submission.
func (f *Form) SetError(sentences []string) {
	f.submitted, f.slow = false, false
	f.errors = sentences
	f.scroll.Top()
}

// Update takes a message. All messages must be given to the form while it is
// open: the answer to a paste is the field's own.
func (f *Form) Update(msg tea.Msg) tea.Cmd {
	if f.cancelled {
		return nil
	}
	f.heard(msg)
	k, ok := msg.(tea.KeyMsg)
	if ok && key.Matches(k, formKeys.cancel) {
		f.cancelled = f.submitted || f.leaving || !f.Dirty()
		f.leaving = !f.cancelled
		return nil
	}
	if f.submitted {
		return nil
	}
	if !ok {
		f.edit(msg)
		return nil
	}
	f.leaving = false
	return f.key(k)
}

// Retype takes keys that were typed while a submission was under way that then
// failed, up to the first that would submit again or cancel: who pressed it had
// not read why.
func (f *Form) Retype(keys []tea.KeyMsg) {
	for _, k := range keys {
		p := f.focused()
		enter := key.Matches(k, formKeys.enter) && (p == nil || p.Kind != Area) && f.enterSubmits()
		if enter || key.Matches(k, formKeys.submit, formKeys.cancel) {
			return
		}
		f.Update(k)
	}
}

func (f *Form) key(k tea.KeyMsg) tea.Cmd {
	p := f.focused()
	area := p != nil && p.Kind == Area
	switch {
	case f.request.Key(k):
	case key.Matches(k, formKeys.submit):
		f.submit()
	case key.Matches(k, formKeys.enter) && area:
		// As a paste: huh's area takes no further line by key after 99.
		f.edit(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{'\n'}, Paste: true})
	case key.Matches(k, formKeys.enter):
		if p != nil && p.check() != nil {
			p.left = true
			return nil
		}
		if f.enterSubmits() {
			f.submit()
		} else {
			f.focus(f.step(f.at, 1))
		}
	case key.Matches(k, formKeys.next) && p != nil && len(p.candidates()) > 0:
		f.edit(tea.KeyMsg{Type: tea.KeyCtrlE})
	case key.Matches(k, formKeys.next):
		f.move(1)
	case key.Matches(k, formKeys.prev):
		f.move(-1)
	case !area && key.Matches(k, formKeys.down) && (p == nil || len(p.candidates()) < 2):
		f.move(1)
	case !area && key.Matches(k, formKeys.up) && (p == nil || len(p.candidates()) < 2):
		f.move(-1)
	default:
		cmd := f.edit(k)
		if key.Matches(k, formKeys.paste) {
			return cmd
		}
	}
	return nil
}

// enterSubmits says that enter goes to no further field from this one.
func (f *Form) enterSubmits() bool {
	p := f.focused()
	return p != nil && p.Submits || f.step(f.at, 1) < 0
}

// edit gives a message to the field that has the keys. What huh wants done
// because of it is the blinking of the cursor, which would draw the screen
// twice a second for nothing; only the answer to a paste is wanted.
func (f *Form) edit(msg tea.Msg) tea.Cmd {
	p := f.focused()
	if p == nil {
		return nil
	}
	before := p.value()
	cmd := p.update(msg)
	if p.value() != before {
		p.err = nil
	}
	return cmd
}

// submit checks all fields and goes to the first that is refused.
func (f *Form) submit() {
	bad, values := -1, f.Values()
	for i, p := range f.fields {
		if p.shown(values) && p.check() != nil {
			p.left = true
			if bad < 0 {
				bad = i
			}
		}
	}
	if bad >= 0 {
		f.focus(bad)
		return
	}
	f.errors = nil
	f.submitted, f.slow = true, false
}

// Suggest changes what completes the text of an Input, which keeps what was
// typed into it.
func (f *Form) Suggest(name string, suggestions []string) {
	for _, p := range f.fields {
		if p.Name == name && p.line != nil {
			p.Suggestions = suggestions
			p.line.ShowSuggestions = p.line.Focused() && len(suggestions) > 0
			p.line.SetSuggestions(suggestions)
		}
	}
}

// At is the name of the field that has the keys; empty when none has.
func (f *Form) At() string {
	if p := f.focused(); p != nil {
		return p.Name
	}
	return ""
}

// GoTo gives the keys to a field that is shown, and reports whether it did.
func (f *Form) GoTo(name string) bool {
	values := f.Values()
	for i, p := range f.fields {
		if p.Name == name && p.Kind != Note && p.shown(values) {
			f.focus(i)
			return true
		}
	}
	return false
}

func (f *Form) focused() *field {
	if f.at < 0 {
		return nil
	}
	return f.fields[f.at]
}

// move goes round at both ends.
func (f *Form) move(by int) {
	if p := f.focused(); p != nil {
		p.left = true
		p.check()
	}
	next := f.step(f.at, by)
	if next < 0 && by > 0 {
		next = f.step(-1, 1)
	} else if next < 0 {
		next = f.step(len(f.fields), -1)
	}
	f.focus(next)
}

// step is the next field from i that takes keys, or -1.
func (f *Form) step(i, by int) int {
	values := f.Values()
	for i += by; i >= 0 && i < len(f.fields); i += by {
		if p := f.fields[i]; p.Kind != Note && p.shown(values) {
			return i
		}
	}
	return -1
}

func (f *Form) focus(i int) {
	if p := f.focused(); p != nil {
		p.blur()
	}
	if f.at = i; i >= 0 {
		f.fields[i].focus()
	}
}
