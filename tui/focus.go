package tui

import (
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

// show gives the keys to a part of a slot.
func (m *Model) show(slot, part int) tea.Cmd {
	m.remember()
	m.onWire, m.zoomed = false, false
	moved := m.focus != slot
	m.focus, m.part = slot, part
	m.layout()
	cmd := m.setFocus()
	if moved && !m.wide() {
		// What was not on the screen may be old.
		return tea.Batch(cmd, m.source.Read(m.needs()))
	}
	return cmd
}

// goTo gives the keys to the slot of that name.
func (m *Model) goTo(name string) tea.Cmd {
	for i, s := range m.slots {
		if s.name == name {
			return m.show(i, 0)
		}
	}
	return nil
}

func (m *Model) remember() { m.was, m.wasWire = m.focus, m.onWire }

// back shows the view before this one.
func (m *Model) back() tea.Cmd {
	if m.wasWire && !m.onWire {
		return m.openWire()
	}
	return m.show(m.was, 0)
}

func (m *Model) openWire() tea.Cmd {
	m.remember()
	m.onWire, m.part, m.zoomed = true, 0, false
	m.layout()
	return m.setFocus()
}

// open goes one part deeper, and zooms the last one.
func (m *Model) open() tea.Cmd {
	if m.part < len(m.current().parts)-1 {
		m.part++
	} else {
		m.zoomed = true
	}
	m.layout()
	return m.setFocus()
}

// close goes one step back. It never quits.
func (m *Model) close() tea.Cmd {
	switch {
	case m.zoomed:
		m.zoomed = false
	case m.part > 0:
		m.part--
	case m.filtered() != "":
		m.setFilter("")
	case m.onWire:
		return m.back()
	}
	m.layout()
	return m.setFocus()
}
