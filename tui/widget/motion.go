package widget

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
)

// Mover is what can be moved in by lines: a table, a window over lines.
type Mover interface {
	Move(delta int) bool
	Page(delta int) bool
	Top() bool
	Bottom() bool
}

// Motions are the actions that move in m; moved is called after each move
// that changed something.
func Motions(m Mover, moved func()) Actions {
	motion := func(name, keys, words string, bound []string, move func() bool) Action {
		return Action{
			Name:    name,
			Moves:   true,
			Binding: key.NewBinding(key.WithKeys(bound...), key.WithHelp(keys, words)),
			Run: func() tea.Cmd {
				if move() && moved != nil {
					moved()
				}
				return nil
			},
		}
	}
	return Actions{
		motion("move up", "↑ k", "up", []string{"up", "k"}, func() bool { return m.Move(-1) }),
		motion("move down", "↓ j", "down", []string{"down", "j"}, func() bool { return m.Move(1) }),
		motion("move a page up", "pgup", "page up", []string{"pgup", "ctrl+b"}, func() bool { return m.Page(-1) }),
		motion("move a page down", "pgdn", "page down", []string{"pgdown", "ctrl+f"}, func() bool { return m.Page(1) }),
		motion("go to the first", "g", "first", []string{"g", "home"}, m.Top),
		motion("go to the last", "G", "last", []string{"G", "end"}, m.Bottom),
	}
}
