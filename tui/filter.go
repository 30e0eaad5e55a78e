package tui

import (
	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
)

// filterLine is the filter while it is typed.
type filterLine struct {
	text []rune
}

// maxFilter bounds what is typed, in characters.
const maxFilter = 200

func (m *Model) startFilter() tea.Cmd {
	m.filter = &filterLine{text: []rune(m.filtered())}
	return nil
}

// filtered is the filter of the part that has the keys.
func (m *Model) filtered() string {
	if f, ok := m.focused().pane.(filtered); ok {
		return f.Filter()
	}
	return ""
}

func (m *Model) setFilter(text string) {
	if f, ok := m.focused().pane.(filtered); ok {
		f.SetFilter(text)
	}
}

// filterKey types into the filter. Every key takes effect at once.
func (m *Model) filterKey(k tea.KeyMsg) tea.Cmd {
	f := m.filter
	switch k.Type {
	case tea.KeyEnter:
		m.filter = nil
		return nil
	case tea.KeyEsc:
		m.filter = nil
		m.setFilter("")
		return nil
	case tea.KeyBackspace:
		if len(f.text) == 0 {
			m.filter = nil
			return nil
		}
		f.text = f.text[:len(f.text)-1]
	case tea.KeyCtrlU:
		f.text = nil
	case tea.KeySpace:
		f.text = append(f.text, ' ')
	case tea.KeyRunes:
		f.text = append(f.text, k.Runes...)
		f.text = f.text[:min(len(f.text), maxFilter)]
	default:
		return nil
	}
	m.setFilter(string(f.text))
	return nil
}

func (f *filterLine) line(th theme.Theme, w int) string {
	cursor := "▏"
	if !term.Narrow() {
		cursor = "_"
	}
	return term.Fit(" "+th.Paint(theme.Key, "/")+th.Paint(theme.Text, term.Clean(string(f.text)))+th.Paint(theme.Accent, cursor)+
		th.Paint(theme.Faint, "  ! inverts   enter keeps it   ctrl+u empties it   esc takes it away"), w)
}
