package consumers

import (
	"errors"

	"github.com/charmbracelet/bubbles/key"

	"aidbox-nats/nats"
	"aidbox-nats/tui/widget"
)

// Keys are what can be done with the consumers, and those that move.
func (m *Model) Keys() widget.Actions { return append(m.DetailKeys(), m.Motions()...) }

// DetailKeys are what can be done with the consumers.
func (m *Model) DetailKeys() widget.Actions {
	pause := m.action("pause a consumer", "P", "pause", m.noneSelected, m.pauseDialog)
	if k, ok := m.Selected(); ok && k.Paused {
		pause = m.action("resume a consumer", "P", "resume", m.noneSelected, m.resumeDialog)
	}
	return widget.Actions{
		m.action("pull the next message of a consumer", ">", "next", m.noNext, m.nextDialog),
		m.action("create a consumer", "n", "new", m.noNew, m.newDialog),
		m.action("delete a consumer", "d", "delete", m.noneSelected, m.deleteDialog),
		pause,
		m.action("reset a consumer", "x", "reset", m.noReset, m.resetDialog),
	}
}

func (m *Model) action(name, k, words string, why func() string, open func() widget.Dialog) widget.Action {
	return widget.Action{Name: name, Binding: key.NewBinding(key.WithKeys(k), key.WithHelp(k, words)), Changes: true, Why: why, Open: open}
}

func (m *Model) noneSelected() string {
	switch {
	case m.stream == "":
		return "no stream is chosen: C in Streams shows its consumers"
	case m.Len() == 0:
		return m.stream + " has no consumer"
	case m.Rows() == 0:
		return "no consumer is selected: the filter hides all"
	}
	return ""
}

func (m *Model) noNew() string {
	switch {
	case m.stream == "":
		return "no stream is chosen: C in Streams shows its consumers"
	case errors.Is(m.failed, nats.ErrStreamNotFound):
		return m.stream + " is gone: a consumer needs a stream"
	}
	return ""
}

func (m *Model) noNext() string {
	if why := m.noneSelected(); why != "" {
		return why
	}
	switch k, _ := m.Selected(); {
	case k.Push:
		return k.Name + " is a push consumer: the server sends its messages to " + k.DeliverSubject + ", nobody can pull them; s in Live subscribes there"
	case k.Paused:
		return k.Name + " is paused and delivers nothing: P resumes it"
	}
	return ""
}

func (m *Model) noReset() string {
	if why := m.noneSelected(); why != "" {
		return why
	}
	if m.api.known && m.api.level < nats.Level214 {
		return (&nats.LevelError{What: "resetting a consumer", Needs: nats.Level214, Has: m.api.level}).Error() + "; deleted and created again it begins anew, too"
	}
	return ""
}
