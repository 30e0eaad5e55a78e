// Package widget is what the panes of a console share: the frame around a
// pane, the table, the view of a JSON document, forms, questions, the line of
// keys and the help, and the way numbers, sizes and times are written.
//
// A widget that draws returns lines that are exactly as wide as their place.
// Lines are padded by hand: boxes of lipgloss cost about twice as much and
// wrap what is too long. Text from outside may be given to every widget as it
// came; it is cleaned here. Nothing in this package knows what it shows.
package widget

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
)

// Action is something that can be done with a key. The line of keys, the help
// and the palette are made from the same Actions as the keys are matched
// against, so none of them can promise what does not work.
type Action struct {
	// Name says what is done, as a phrase to find it by: "create a topic".
	Name string
	// Binding holds the keys and the short words of the key line.
	Binding key.Binding
	// Changes says that it changes something on a server.
	Changes bool
	// Moves says that it only moves the cursor, or edits a text: the help tells
	// of it, the line of keys does not.
	Moves bool
	// Why says why it cannot be done now; nil or an empty answer: it can.
	Why func() string
	// Open makes the dialog that the action begins with. It stands at once, so
	// that the next key is the dialog's.
	Open func() Dialog
	// Run does it, where there is no dialog. Nil with Open, and for keys that
	// are only told of here.
	Run func() tea.Cmd
}

// Blocked says why the action cannot be done now. Empty: it can.
func (a Action) Blocked() string {
	if a.Why == nil {
		return ""
	}
	return a.Why()
}

// Actions are tried in their order.
type Actions []Action

// Match returns the first action that msg is a key of, whether or not it can
// be done now.
func (as Actions) Match(msg tea.KeyMsg) (Action, bool) {
	for _, a := range as {
		if key.Matches(msg, a.Binding) {
			return a, true
		}
	}
	return Action{}, false
}
