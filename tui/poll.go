package tui

import (
	"errors"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

const (
	// second is the clock of ages and rates.
	second = time.Second
	// every is how often what is on the screen is read again.
	every = 3 * time.Second
	// idle is how long after the last key everything slows down, and slow is
	// how often it is read then.
	idle = time.Minute
	slow = 10 * time.Second
)

func tick() tea.Cmd {
	return tea.Tick(second, func(t time.Time) tea.Msg { return data.Tick{Now: t} })
}

// tick moves the clock, and reads again what is due.
func (m *Model) tick(t data.Tick) tea.Cmd {
	m.now = t.Now
	m.toast.Tick(t.Now)
	cmds := []tea.Cmd{tick(), m.broadcast(t)}
	if m.toast.Text() == "" && len(m.notices) > 0 {
		m.toast.Say(m.now, theme.Warn, m.notices[0])
		m.notices = m.notices[1:]
	}
	return tea.Batch(append(cmds, m.pollDue())...)
}

// pollDue reads again of each server what is on the screen, if its time has come.
func (m *Model) pollDue() tea.Cmd {
	if m.tooSmall() {
		return nil
	}
	idling := m.now.Sub(m.lastKey) > idle
	var cmds []tea.Cmd
	if m.reader.due(true, idling, m.now) {
		cmds = append(cmds, m.pollAidbox())
	}
	if m.reader.due(false, idling, m.now) {
		cmds = append(cmds, m.pollNATS())
	}
	return tea.Batch(cmds...)
}

// poll reads what is on the screen: the status line always, of the panes only
// what can be seen.
func (m *Model) poll() tea.Cmd {
	if m.tooSmall() {
		return nil
	}
	return tea.Batch(m.pollAidbox(), m.pollNATS(), m.loading())
}

// loading lets what can be seen say that its first answer takes long.
func (m *Model) loading() tea.Cmd {
	var cmds []tea.Cmd
	for _, s := range m.visible() {
		if l, ok := s.list().pane.(loader); ok {
			cmds = append(cmds, l.Loading())
		}
	}
	return tea.Batch(cmds...)
}

func (m *Model) pollAidbox() tea.Cmd {
	m.reader.aidbox.read = m.now
	n := m.needs()
	n.Streams, n.Consumers = false, nil
	return tea.Batch(m.reader.ask(askHealth, nil), m.reader.need(n))
}

func (m *Model) pollNATS() tea.Cmd {
	m.reader.nats.read = m.now
	n := m.needs()
	cmd := m.reader.need(data.Needs{Streams: n.Streams, Consumers: n.Consumers})
	if m.o.NATS.Status().State != nats.Connected {
		return cmd
	}
	return tea.Batch(cmd, m.reader.ask(askRTT, nil))
}

// settling is how long a change may take to show in counters: a message is
// sent after the request that made it is answered.
const settling = 700 * time.Millisecond

// settled says that what was changed should show by now.
type settled struct{}

// stale reads at once, and once more when the change has had its effects.
func (m *Model) stale(s data.Stale) tea.Cmd {
	if s.Statuses {
		n := m.needs()
		return m.reader.need(data.Needs{Statuses: n.Statuses, Consumers: n.Consumers})
	}
	m.overtaken = m.reader.Overtake()
	return tea.Batch(m.reader.need(m.needs()), tea.Tick(settling, func(time.Time) tea.Msg { return settled{} }))
}

// needs is what the panes on the screen want to be read.
func (m *Model) needs() data.Needs {
	var n data.Needs
	for _, s := range m.visible() {
		if p, ok := s.list().pane.(needy); ok {
			n.Merge(p.Needs())
		}
	}
	return n
}

// connection says that the connection's state or events are not what they were.
type connection struct{}

// awaitConnection waits for the next change. The channel is taken before
// anything is looked at, so that no change is missed.
func (m *Model) awaitConnection() tea.Cmd {
	changed := m.o.NATS.Changed()
	return func() tea.Msg {
		select {
		case <-changed:
			return connection{}
		case <-m.stopped.Done():
			return nil
		}
	}
}

// connection takes the state, and tells of what happened.
func (m *Model) connection() tea.Cmd {
	cmds := []tea.Cmd{m.awaitConnection(), m.advisory.begin(m.o.NATS)}
	was := m.status.nats.State
	m.status.nats = m.o.NATS.Status()
	for _, e := range m.o.NATS.Events(m.events) {
		m.events = e.Seq
		if text := eventText(e); text != "" {
			m.toast.Say(m.now, theme.Bad, text)
		}
	}
	if m.status.nats.State == nats.Connected && was != nats.Connected {
		cmds = append(cmds, widget.Send(data.Stale{}), m.reader.ask(askRTT, nil))
	}
	return tea.Batch(cmds...)
}

// eventText tells of what a person should know although nobody asked. What the
// status line shows anyway is left out.
func eventText(e nats.Event) string {
	var permission *nats.PermissionError
	var slowly *nats.SlowConsumerError
	if errors.As(e.Err, &permission) || errors.As(e.Err, &slowly) {
		return e.Err.Error()
	}
	return ""
}
