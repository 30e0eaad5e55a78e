package widget

import (
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
	onVerb    bool
	done, yes bool
}

// NewConfirm returns a question that waits for its answer.
func NewConfirm(o ConfirmOptions) *Confirm {
	if o.Verb == "" {
		o.Verb = "Delete"
	}
	return &Confirm{o: o}
}

var confirmKeys = struct{ yes, no, move, enter key.Binding }{
	yes:   key.NewBinding(key.WithKeys("y"), key.WithHelp("y", "yes")),
	no:    key.NewBinding(key.WithKeys("esc", "n"), key.WithHelp("esc", "cancel")),
	move:  key.NewBinding(key.WithKeys("left", "right", "h", "l", "tab", "shift+tab"), key.WithHelp("←→", "choose")),
	enter: key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "press the button")),
}

// Update takes a key. What is done with the answer is the caller's.
func (c *Confirm) Update(msg tea.Msg) tea.Cmd {
	k, ok := msg.(tea.KeyMsg)
	if !ok || c.done {
		return nil
	}
	switch {
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
	return Actions{
		{Name: c.o.Verb, Binding: confirmKeys.yes},
		{Name: "cancel", Binding: confirmKeys.no},
		{Name: "choose a button", Binding: confirmKeys.move},
		{Name: "press the button", Binding: confirmKeys.enter},
	}
}

// Lines draws the question, each line exactly w wide.
func (c *Confirm) Lines(th theme.Theme, w int) []string {
	const indent = 1
	inner := max(w-2*indent, 1)
	var out []string
	add := func(role theme.Role, text string) {
		for _, l := range term.Wrap(term.Clean(text), inner) {
			out = append(out, term.Fit(term.Pad(indent)+th.Paint(role, l), w))
		}
	}
	blank := func() { out = append(out, term.Pad(w)) }
	add(theme.Strong, c.o.Question)
	blank()
	for _, l := range c.o.Lost {
		add(theme.Warn, l)
	}
	if len(c.o.Lost) > 0 {
		blank()
	}
	for _, l := range c.o.Preview {
		out = append(out, term.Fit(term.Pad(indent)+th.Paint(theme.Faint, term.Clean(l)), w))
	}
	if len(c.o.Preview) > 0 {
		blank()
	}
	out = append(out, term.Fit(term.Pad(indent)+button(th, "Cancel", !c.onVerb, theme.Text)+"  "+
		button(th, term.Clean(c.o.Verb), c.onVerb, theme.Bad)+"  "+th.Paint(theme.Faint, "y ")+
		th.Paint(theme.Faint, "does it, esc does not"), w))
	return out
}

// button draws brackets around the one that enter presses.
func button(th theme.Theme, label string, focused bool, role theme.Role) string {
	if focused {
		return th.PaintSelected(role, "[ "+label+" ]")
	}
	return "  " + th.Paint(role, label) + "  "
}
