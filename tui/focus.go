package tui

import (
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/tui/widget"
)

// setFocus tells every part whether it has the keys.
func (m *Model) setFocus() tea.Cmd {
	var cmds []tea.Cmd
	focused := m.focused()
	for _, s := range m.everySlot() {
		for _, p := range s.parts {
			cmds = append(cmds, p.pane.Update(widget.Focus{On: p == focused}))
		}
	}
	return tea.Batch(cmds...)
}

// reveal changes what is on the screen, and reads what was not there before:
// it may be old.
func (m *Model) reveal(change func()) tea.Cmd {
	before := m.visible()
	change()
	m.layout()
	cmd := m.setFocus()
	for _, s := range m.visible() {
		if !slices.Contains(before, s) {
			return tea.Batch(cmd, m.reader.need(m.needs()), m.loading())
		}
	}
	return cmd
}

// goTo leaves the view for another one.
func (m *Model) goTo(p place) tea.Cmd {
	if p == m.place {
		return nil
	}
	m.before, m.under = m.place, nil
	return m.reveal(func() { m.place = p })
}

// show gives the keys to the list of a slot.
func (m *Model) show(slot int) tea.Cmd { return m.goTo(place{focus: slot}) }

// showNamed gives the keys to the list, or the screen, of that name.
func (m *Model) showNamed(name string) tea.Cmd {
	if m.screens[name] != nil {
		return m.openScreen(name)
	}
	for i, s := range m.slots {
		if s.name == name {
			return m.show(i)
		}
	}
	return nil
}

// back shows the view before this one, as it was.
func (m *Model) back() tea.Cmd { return m.goTo(m.before) }

// openScreen shows a screen over all lists.
func (m *Model) openScreen(name string) tea.Cmd {
	if m.screen == name {
		return nil
	}
	under := append(m.under[:len(m.under):len(m.under)], m.place)
	cmd := m.goTo(place{focus: m.focus, screen: name})
	m.under = under
	return cmd
}

// closeScreen shows what the screen was opened over.
func (m *Model) closeScreen() tea.Cmd {
	p, under := place{focus: m.focus}, m.under
	if n := len(under); n > 0 {
		p, under = under[n-1], under[:n-1]
	}
	cmd := m.goTo(p)
	m.under = under
	return cmd
}

// zoom gives what has the keys the whole screen, or takes it back.
func (m *Model) zoom() tea.Cmd { return m.reveal(func() { m.zoomed = !m.zoomed }) }

// next gives the keys to what comes so many places later: the lists, and the
// feed where it can be seen beside them.
func (m *Model) next(delta int) tea.Cmd {
	var places []place
	now := 0
	for i, s := range m.slots {
		if i == m.focus {
			now = len(places)
		}
		places = append(places, place{focus: i})
		if s.feed != nil && m.wide() {
			if i == m.focus && m.focused() == s.feed {
				now = len(places)
			}
			places = append(places, place{focus: i, part: 1})
		}
	}
	return m.goTo(places[(now+delta+len(places))%len(places)])
}

// open goes one part deeper, and zooms the last one.
func (m *Model) open() tea.Cmd {
	return m.reveal(func() {
		if m.part < len(m.current().parts)-1 {
			m.part++
		} else {
			m.zoomed = true
		}
	})
}

// close goes one step back. It never quits.
func (m *Model) close() tea.Cmd {
	switch {
	case m.filtered() != "":
		m.setFilter("")
	case m.zoomed, m.part > 0:
		return m.reveal(func() {
			if m.zoomed {
				m.zoomed = false
			} else {
				m.part--
			}
		})
	case m.screen != "":
		return m.closeScreen()
	}
	return nil
}
