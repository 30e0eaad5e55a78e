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
