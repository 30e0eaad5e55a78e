package widget

import tea "github.com/charmbracelet/bubbletea"

// Title is what stands in the upper edge of a frame.
type Title struct {
	// Text is on the left, after the pane's number.
	Text string
	// Right is on the right: a count, a state. It may be coloured.
	Right string
	// Bad draws Right in the bad role.
	Bad bool
	// Position says what of it is seen, behind Right: "12-40 of 200". Where both
	// have no room, Right goes first, then the end of Text.
	Position string
}

// Pane is one part of the screen.
type Pane interface {
	// Update takes a message and returns what is to be done because of it. It
	// never waits.
	Update(tea.Msg) tea.Cmd
	// View returns the lines inside the frame, joined with newlines.
	View() string
	// SetSize sets the cells inside the frame.
	SetSize(w, h int)
	Title() Title
	// Keys are the actions that are possible in the pane's present state.
	Keys() Actions
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
