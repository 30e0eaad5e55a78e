package streams

import (
	"fmt"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/widget"
)

// The screens that show more of a stream.
const (
	messagesScreen  = "messages"
	consumersScreen = "consumers"
)

// Keys are what can be done with streams, and move in the list.
func (m *Model) Keys() widget.Actions { return append(m.DetailKeys(), m.Motions()...) }

// DetailKeys are the same as the list's.
func (m *Model) DetailKeys() widget.Actions {
	bind := func(k, help string) key.Binding { return key.NewBinding(key.WithKeys(k), key.WithHelp(k, help)) }
	shown, hint := "show all events, also requests of the API", "all events"
	if m.events.all {
		shown, hint = "leave out requests of the API", "fewer events"
	}
	return widget.Actions{
		{Name: "create a stream", Binding: bind("n", "new"), Changes: true, Why: m.cannotCreate, Open: m.newForm},
		{Name: "browse the messages of the stream", Binding: bind("b", "browse"), Why: m.unselected("browse"), Run: func() tea.Cmd {
			s, _ := m.Selected()
			return open(data.Browse{Stream: s.Name}, messagesScreen)
		}},
		{Name: "consumers of the stream", Binding: bind("C", "consumers"), Why: m.unselected("look at"), Run: func() tea.Cmd {
			s, _ := m.Selected()
			return open(data.Consume{Stream: s.Name}, consumersScreen)
		}},
		{Name: "edit the stream", Binding: bind("e", "edit"), Changes: true, Why: m.cannotEdit, Open: m.editForm},
		{Name: "delete the stream", Binding: bind("d", "delete"), Changes: true, Why: m.unselected("delete"), Open: m.askDelete},
		{Name: "purge messages of the stream", Binding: bind("P", "purge"), Changes: true, Why: m.cannotPurge, Open: m.purgeForm},
		{Name: "delete a message of the stream by its sequence", Binding: bind("x", "delete message"), Changes: true, Why: m.cannotDeleteMessage, Open: m.messageForm},
		{Name: shown, Binding: bind("a", hint), Run: func() tea.Cmd {
			m.events.all = !m.events.all
			m.Touch()
			return nil
		}},
	}
}

// open asks a screen over the lists for a stream, and shows it.
func open(ask tea.Msg, screen string) tea.Cmd {
	return tea.Sequence(widget.Send(ask), widget.Send(widget.Go{Pane: screen}))
}

const withoutJetStream = "this NATS has no JetStream: nats-server -js has it"

func (m *Model) cannotCreate() string {
	switch {
	case m.none:
		return withoutJetStream
	case !m.Known():
		return "the streams have not been read: r asks for them"
	}
	return ""
}

func (m *Model) unselected(do string) func() string {
	return func() string {
		_, ok := m.Selected()
		switch {
		case ok:
			return ""
		case m.none:
			return withoutJetStream
		}
		return "there is no stream to " + do
	}
}

func (m *Model) cannotEdit() string {
	s, ok := m.Selected()
	if ok && s.Sealed {
		return s.Name + " is sealed: nothing of it can be changed any more"
	}
	return m.unselected("edit")()
}

func (m *Model) cannotPurge() string {
	s, ok := m.Selected()
	switch {
	case !ok:
		return m.unselected("purge")()
	case s.Sealed:
		return s.Name + " is sealed: nothing of it can be changed any more"
	case s.Config.DenyPurge:
		return s.Name + " refuses to be purged, and that is for good"
	case s.Messages == 0:
		return s.Name + " is empty"
	}
	return ""
}

func (m *Model) cannotDeleteMessage() string {
	s, ok := m.Selected()
	switch {
	case !ok:
		return m.unselected("delete from")()
	case s.Sealed:
		return s.Name + " is sealed: nothing of it can be changed any more"
	case s.Config.DenyDelete:
		return s.Name + " refuses to delete single messages, and that is for good"
	case s.Messages == 0:
		return s.Name + " is empty"
	}
	return ""
}

// Copied is the name of the selected stream.
func (m *Model) Copied() (what, text string) {
	s, ok := m.Selected()
	if !ok {
		return "", ""
	}
	return "name of the stream", s.Name
}

// Command is the nats command that tells of the selected stream or, where there
// is none, makes one.
func (m *Model) Command() (what, text string) {
	s, ok := m.Selected()
	if !ok {
		if m.cannotCreate() != "" || m.proposed() == "" {
			return "", ""
		}
		return "nats command that makes a stream", m.command()
	}
	return "nats command", m.o.NATS.Command(nats.Operation{Verb: "REQ", Subject: fmt.Sprint("$JS.API.STREAM.INFO.", s.Name)})
}
