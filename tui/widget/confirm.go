package widget

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
)

// ConfirmOptions say what a [Confirm] asks.
type ConfirmOptions struct {
	// Question names the object: "Delete destination basic?"
	Question string
	// Lost says, a sentence each, what will be gone or go on without it.
	Lost []string
	// Preview are the lines of the exact request or command.
	Preview []string
	// Verb labels the button that does it. Empty: "Delete".
	Verb string
}

// Confirm asks before something is lost. Cancel is the default: enter alone
// never does it. Either the button is moved to first, or y is pressed.
type Confirm struct {
	o         ConfirmOptions
	request   RequestBox
	onVerb    bool
	done, yes bool
}

// NewConfirm returns a question that waits for its answer.
func NewConfirm(o ConfirmOptions) *Confirm {
	if o.Verb == "" {
		o.Verb = "Delete"
	}
	c := &Confirm{o: o}
	c.request.Set(o.Preview)
	return c
}

var confirmKeys = struct{ yes, no, move, enter key.Binding }{
	yes:   key.NewBinding(key.WithKeys("y"), key.WithHelp("y", "yes")),
	no:    key.NewBinding(key.WithKeys("esc", "n"), key.WithHelp("esc", "cancel")),
	move:  key.NewBinding(key.WithKeys("left", "right", "h", "l", "tab", "shift+tab"), key.WithHelp("tab ←→", "choose")),
	enter: key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "press the button")),
}

// Update takes a key. What is done with the answer is the caller's.
func (c *Confirm) Update(msg tea.Msg) tea.Cmd {
	k, ok := msg.(tea.KeyMsg)
	if !ok || c.done {
		return nil
	}
	switch {
	case c.request.Key(k):
	case key.Matches(k, confirmKeys.yes):
		c.done, c.yes = true, true
	case key.Matches(k, confirmKeys.no):
		c.done = true
	case key.Matches(k, confirmKeys.move):
		c.onVerb = !c.onVerb
	case key.Matches(k, confirmKeys.enter):
		c.done, c.yes = true, c.onVerb
	}
	return nil
}

// Answer returns whether it was confirmed, and whether there is an answer yet.
func (c *Confirm) Answer() (yes, done bool) { return c.yes, c.done }

// Title names the frame.
func (c *Confirm) Title() Title { return Title{Text: c.o.Verb} }

// Keys are those that Update takes.
func (c *Confirm) Keys() Actions {
	yes, enter := confirmKeys.yes, confirmKeys.enter
	yes.SetHelp("y", strings.ToLower(c.o.Verb))
	enter.SetHelp("enter", "cancel")
	if c.onVerb {
		enter.SetHelp("enter", strings.ToLower(c.o.Verb))
	}
	return append(Actions{
		{Name: "press the button", Binding: enter},
		{Name: "choose a button", Binding: confirmKeys.move},
		{Name: c.o.Verb, Binding: yes},
		{Name: "cancel", Binding: confirmKeys.no},
	}, c.request.Keys()...)
}

// Height is the number of lines that the question needs when it is w wide.
func (c *Confirm) Height(w int) int {
	inner := max(w-2*formIndent, 1)
	n := len(c.told(inner)) + confirmButtons
	if len(c.o.Preview) > 0 {
		n += 1 + c.request.Height(inner)
	}
	return n
}

// confirmButtons are the lines of the buttons, with the empty one above.
const confirmButtons = 2

// Lines draws all of the question, each line exactly w wide.
func (c *Confirm) Lines(th theme.Theme, w int) []string { return c.Fit(th, w, c.Height(w)) }

// Fit draws the question in exactly h lines, each exactly w wide. The buttons
// are always seen; the request is moved in where it has no room.
func (c *Confirm) Fit(th theme.Theme, w, h int) []string {
	if w <= 0 || h <= 0 {
		return make([]string, max(h, 0))
	}
	inner := max(w-2*formIndent, 1)
	told := c.told(inner)
	buttons := min(confirmButtons, h)
	request := 0
	if len(c.o.Preview) > 0 {
		rows := 1 + c.request.Height(inner)
		room := h - buttons
		request = min(rows, max(room-len(told), min(1+requestLeast, room-1), 0))
	}
	var plain []string
	for _, l := range told {
		plain = append(plain, l.text)
	}
	var out []string
	for i, l := range atMost(plain, h-buttons-request, inner, term.Ellipsis()) {
		out = append(out, th.Paint(told[i].role, l))
	}
	out = append(out, c.request.Lines(th, inner, request)...)
	for len(out) < h-1 {
		out = append(out, "")
	}
	out = append(out, button(th, "Cancel", !c.onVerb, theme.Text)+term.Pad(formGap)+
		button(th, term.Clean(c.o.Verb), c.onVerb, theme.Bad))
	for i, l := range out {
		out[i] = term.Fit(term.Pad(formIndent)+l, w)
	}
	return out
}

type told struct {
	role theme.Role
	text string
}

// told is the question and what is lost, an empty line between them and before
// the request.
func (c *Confirm) told(w int) []told {
	var out []told
	add := func(role theme.Role, text string) {
		for _, l := range wrapped(text, w) {
			out = append(out, told{role, l})
		}
	}
	add(theme.Strong, c.o.Question)
	if len(c.o.Lost)+len(c.o.Preview) > 0 {
		out = append(out, told{})
	}
	for _, l := range c.o.Lost {
		add(theme.Warn, l)
	}
	if len(c.o.Lost) > 0 && len(c.o.Preview) > 0 {
		out = append(out, told{})
	}
	return out
}

// button has the cursor's sign before it when enter presses it.
func button(th theme.Theme, label string, focused bool, role theme.Role) string {
	text := "[ " + label + " ]"
	if focused {
		return th.Paint(theme.Accent, cursorMark(true).Text) + " " + th.PaintSelected(role, text)
	}
	return "  " + th.Paint(role, text)
}
