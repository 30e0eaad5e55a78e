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
	m.before = m.place
	return m.reveal(func() { m.place = p })
}

// show gives the keys to the list of a slot.
func (m *Model) show(slot int) tea.Cmd { return m.goTo(place{focus: slot}) }

// showNamed gives the keys to the list of the slot of that name.
func (m *Model) showNamed(name string) tea.Cmd {
	for i, s := range m.slots {
		if s.name == name {
			return m.show(i)
		}
	}
	return nil
}

// back shows the view before this one, as it was.
func (m *Model) back() tea.Cmd { return m.goTo(m.before) }

func (m *Model) openWire() tea.Cmd { return m.goTo(place{focus: m.focus, onWire: true}) }

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
	case m.zoomed, m.part > 0:
		return m.reveal(func() {
			if m.zoomed {
				m.zoomed = false
			} else {
				m.part--
			}
		})
	case m.filtered() != "":
		m.setFilter("")
	case m.onWire:
		return m.back()
	}
	return nil
}
