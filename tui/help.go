package tui

import (
	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// helpView lists what works where the keys are.
type helpView struct {
	page   widget.HelpPage
	filter []rune
	typing bool
}

func (m *Model) helpAction() widget.Action {
	a := action("see every key that works here", "?", "?", "help", m.openHelp)
	a.Binding.SetKeys("?", "f1")
	return a
}

func (m *Model) openHelp() tea.Cmd {
	m.help = &helpView{}
	return nil
}

func (m *Model) helpActions() widget.Actions {
	return widget.Actions{
		action("filter the help", "/", "/", "filter", nil),
		action("close the help", "esc", "esc", "close", nil),
		action("move in the help", "down", "↑↓", "move", nil),
	}
}

func (m *Model) helpKey(k tea.KeyMsg) tea.Cmd {
	h := m.help
	switch {
	case k.Type == tea.KeyEsc && len(h.filter) > 0:
		h.filter, h.typing = nil, false
	case k.Type == tea.KeyEsc, k.Type == tea.KeyEnter && !h.typing, k.Type == tea.KeyF1, !h.typing && (k.String() == "?" || k.String() == "q"):
		m.help = nil
	case k.Type == tea.KeyEnter:
		h.typing = false
	case !h.typing && k.String() == "/":
		h.typing = true
	case h.typing && k.Type == tea.KeyBackspace && len(h.filter) > 0:
		h.filter = h.filter[:len(h.filter)-1]
	case h.typing && (k.Type == tea.KeyRunes || k.Type == tea.KeySpace):
		h.filter = append(h.filter, k.Runes...)
		h.filter = h.filter[:min(len(h.filter), maxFilter)]
	default:
		if a, ok := widget.Motions(&h.page, nil).Match(k); ok {
			return a.Run()
		}
	}
	return nil
}

func (h *helpView) view(m *Model, w, hh int) []string {
	title := widget.Title{Text: "Help", Right: m.th.Paint(theme.Faint, "/ filters, esc closes")}
	if h.typing || len(h.filter) > 0 {
		title.Right = m.th.Paint(theme.Key, "/") + term.Clean(string(h.filter))
	}
	lines := h.page.Lines(m.th, m.groups(), w-2, hh-2, string(h.filter))
	title.Position = h.page.Position()
	return widget.Frame(m.th, title, 0, true, w, hh, lines)
}

// groups are the actions by where they belong, for the help and the palette.
func (m *Model) groups() []widget.HelpGroup {
	if m.dialog != nil {
		return []widget.HelpGroup{
			{Title: "In this dialog", Actions: m.allowed(m.dialog.Keys())},
			{Title: "Anywhere", Actions: widget.Actions{
				action("see every key that works here", "f1", "F1", "help", nil),
				action("leave the console", "ctrl+c", "ctrl+c", "quit", nil),
			}},
		}
	}
	here := m.focused().pane
	return []widget.HelpGroup{
		{Title: here.Title().Text, Actions: m.allowed(here.Keys())},
		{Title: "Anywhere", Actions: m.allowed(append(m.anywhere(), m.global()...))},
	}
}
