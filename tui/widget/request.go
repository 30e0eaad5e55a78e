package widget

import (
	"aidbox-nats/tui/theme"

	tea "github.com/charmbracelet/bubbletea"
)

// Focus tells a pane whether it has the keys.
type Focus struct{ On bool }

// Notify asks the root to tell the person something in one line. What is bad
// stays until a key is pressed.
type Notify struct {
	Role theme.Role
	Text string
}

// Go asks the root to give the keys to the pane of that name.
type Go struct{ Pane string }

// Send returns a command that delivers msg: how a pane speaks to the root and,
// through it, to other panes.
func Send(msg tea.Msg) tea.Cmd { return func() tea.Msg { return msg } }

// Dialog stands over the panes and has all keys until it is done.
type Dialog interface {
	Update(tea.Msg) tea.Cmd
	// View returns a box of at most w columns and h lines, every line
	// equally wide.
	View(th theme.Theme, w, h int) []string
	// Keys are what works in it, for the line of keys.
	Keys() Actions
	// Done says that the root may take it away.
	Done() bool
}

// Base is what every pane keeps of its place on the screen: embed it.
type Base struct {
	W, H     int
	Focused  bool
	revision uint64
}

// SetSize gives the pane its place, in columns and lines inside its frame.
func (b *Base) SetSize(w, h int) {
	if w != b.W || h != b.H {
		b.W, b.H = max(w, 0), max(h, 0)
		b.Touch()
	}
}

// SetFocus keeps what a Focus message says.
func (b *Base) SetFocus(f Focus) {
	if b.Focused != f.On {
		b.Focused = f.On
		b.Touch()
	}
}

// Touch marks what the pane shows as changed.
func (b *Base) Touch() { b.revision++ }

// Revision grows whenever what the pane shows has changed: what was drawn for
// the same revision, size and focus may be shown again.
func (b *Base) Revision() uint64 { return b.revision }

// Part is a pane as the root holds it: the revision tells whether what was
// drawn may be shown again.
type Part interface {
	Pane
	Revision() uint64
}
