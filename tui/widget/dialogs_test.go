package widget

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
)

// dialogScreen shows a dialog alone, every key given to it on its own.
type dialogScreen struct {
	dialog Dialog
	th     theme.Theme
	w, h   int
}

func (s *dialogScreen) Init() tea.Cmd { return nil }

func (s *dialogScreen) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		s.w, s.h = msg.Width, msg.Height
	case tea.KeyMsg:
		for _, k := range term.SplitKeys(msg) {
			s.dialog.Update(k)
		}
	}
	return s, nil
}

func (s *dialogScreen) View() string {
	if s.dialog.Done() {
		return "done"
	}
	return strings.Join(s.dialog.View(s.th, s.w, s.h), "\n")
}

// editKey is a key by the name that Bubble Tea gives it.
func editKey(name string) tea.KeyMsg {
	alt := false
	if rest, ok := strings.CutPrefix(name, "alt+"); ok {
		name, alt = rest, true
	}
	for t := tea.KeyType(-100); t < 128; t++ {
		if (tea.KeyMsg{Type: t}).String() == name && t != tea.KeyRunes {
			return tea.KeyMsg{Type: t, Alt: alt}
		}
	}
	if name == "space" {
		return tea.KeyMsg{Type: tea.KeySpace, Runes: []rune{' '}}
	}
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(name), Alt: alt}
}
