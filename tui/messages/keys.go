package messages

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/tui/message"
	"aidbox-nats/tui/widget"
)

// Keys are what can be done with the messages, and those that move.
func (m *Model) Keys() widget.Actions {
	var out widget.Actions
	if m.search != nil {
		out = m.searching()
		if m.listing() {
			out = append(out, m.do("show the result in its place", "enter", "in its place", m.nothing, func() tea.Cmd { return m.visit(m.current()) }))
		}
	}
	out = append(append(out, m.opening()...), m.changes()...)
	return append(append(out, m.contents()), m.motions()...)
}

// DetailKeys are those of the message.
func (m *Model) DetailKeys() widget.Actions {
	out := widget.Actions{m.contents(),
		m.do("show the message before", "[", "before", m.nothing, func() tea.Cmd { return m.step(-1) }),
		m.do("show the message after", "]", "after", m.nothing, func() tea.Cmd { return m.step(1) }),
	}
	if m.search != nil && m.detail.Filter() == "" {
		out = append(out, m.results()...)
	}
	return append(out, m.changes()...)
}

// contents is the key that shows the message in another way, here and in the
// list beside it.
func (m *Model) contents() widget.Action {
	return m.content.Action(m.nothing, func(next message.Content) {
		m.content = next
		m.tell()
	})
}

// searching are the ways through what was found, and out of it.
func (m *Model) searching() widget.Actions {
	name, words := "leave what was found", "leave"
	switch {
	case m.place:
		name, words = "go back to what was found", "results"
	case !m.found.done:
		name, words = "stop the search", "stop"
	}
	return append(widget.Actions{m.do(name, "esc", words, nil, m.back)}, m.results()...)
}

func (m *Model) results() widget.Actions {
	at := m.current()
	none := func(by int, words string) func() string {
		return func() string {
			if to := at + by; to < 0 || to >= len(m.found.rows) {
				return "there is no result " + words + " this one"
			}
			return ""
		}
	}
	return widget.Actions{
		m.do("go to the next result", "n", "next", none(1, "after"), func() tea.Cmd { return m.result(1) }),
		m.do("go to the result before", "N", "before", none(-1, "before"), func() tea.Cmd { return m.result(-1) }),
	}
}

// opening are what shows other messages.
func (m *Model) opening() widget.Actions {
	open := func(name, k, words string, dialog func() widget.Dialog) widget.Action {
		return widget.Action{Name: name, Binding: key.NewBinding(key.WithKeys(k), key.WithHelp(k, words)), Why: m.noStream, Open: dialog}
	}
	return widget.Actions{
		open("open the stream at a sequence, a time, a subject", "o", "open at", m.openDialog),
		open("find messages: text, jq, Patient/123", "/", "find", m.findDialog),
	}
}

// changes are what is done with one message.
func (m *Model) changes() widget.Actions {
	open := func(name, k, words string, changes bool, why func() string, dialog func() widget.Dialog) widget.Action {
		return widget.Action{Name: name, Binding: key.NewBinding(key.WithKeys(k), key.WithHelp(k, words)), Changes: changes, Why: why, Open: dialog}
	}
	return widget.Actions{
		open("save the message to a file", "S", "save", false, m.nothing, m.saveDialog),
		open("publish the message again, or edited", "p", "publish again", true, m.noAgain, m.againDialog),
		open("delete the message", "d", "delete", true, m.noDelete, m.deleteDialog),
	}
}

func (m *Model) do(name, k, words string, why func() string, run func() tea.Cmd) widget.Action {
	return widget.Action{Name: name, Binding: key.NewBinding(key.WithKeys(k), key.WithHelp(k, words)), Why: why, Run: run}
}

func (m *Model) noStream() string {
	switch {
	case m.stream == "":
		return "no stream is chosen: b in Streams shows its messages"
	case m.gone:
		return m.stream + " is gone: esc goes back to the streams"
	}
	return ""
}

func (m *Model) nothing() string {
	if why := m.noStream(); why != "" && !m.gone {
		return why
	}
	if _, ok := m.selected(); !ok {
		return "there is no message"
	}
	return ""
}

func (m *Model) noAgain() string {
	if why := m.noStream(); why != "" {
		return why
	}
	switch {
	case m.nothing() != "":
		return m.nothing()
	case m.state.Mirror != "":
		return m.stream + " is a mirror of " + m.state.Mirror + " and takes nothing itself: publish it again there"
	case m.state.Sealed:
		return m.stream + " is sealed and takes nothing more"
	case m.mask.On:
		return "personal data is masked, and the form would show it: M shows it"
	}
	return ""
}

func (m *Model) noDelete() string {
	if why := m.noStream(); why != "" {
		return why
	}
	switch {
	case m.nothing() != "":
		return m.nothing()
	case m.state.Config.DenyDelete:
		return m.stream + " was made to refuse deletions of single messages, for good"
	case m.state.Sealed:
		return m.stream + " is sealed: nothing in it can be deleted"
	}
	return ""
}
