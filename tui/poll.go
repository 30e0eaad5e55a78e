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
	interval := every
	if t.Now.Sub(m.lastKey) > idle {
		interval = slow
	}
	if t.Now.Sub(m.polled) >= interval {
		cmds = append(cmds, m.poll())
	}
	return tea.Batch(cmds...)
}

// poll reads what is on the screen: the status line always, of the panes only
// what can be seen.
func (m *Model) poll() tea.Cmd {
	m.polled = m.now
	if m.tooSmall() {
		return nil
	}
	cmds := []tea.Cmd{m.source.AidboxHealth(), m.source.Read(m.needs())}
	for _, s := range m.visible() {
		if l, ok := s.list().pane.(loader); ok {
			cmds = append(cmds, l.Loading())
		}
	}
	if m.o.NATS.Status().State == nats.Connected {
		cmds = append(cmds, m.source.BrokerHealth())
	}
	return tea.Batch(cmds...)
}

// settling is how long a change may take to show in counters: a message is
// sent after the request that made it is answered.
const settling = 700 * time.Millisecond

// settled says that what was changed should show by now.
type settled struct{}

// stale reads at once, and once more when the change has had its effects.
func (m *Model) stale(s data.Stale) tea.Cmd {
	if s.Statuses {
		return m.source.Read(data.Needs{Statuses: m.needs().Statuses})
	}
	m.overtaken = m.source.Overtake()
	return tea.Batch(m.source.Read(m.needs()), tea.Tick(settling, func(time.Time) tea.Msg { return settled{} }))
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
	cmds := []tea.Cmd{m.awaitConnection()}
	was := m.status.nats.State
	m.status.nats = m.o.NATS.Status()
	for _, e := range m.o.NATS.Events(m.events) {
		m.events = e.Seq
		if text := eventText(e); text != "" {
			m.toast.Say(m.now, theme.Bad, text)
		}
	}
	if m.status.nats.State == nats.Connected && was != nats.Connected {
		cmds = append(cmds, widget.Send(data.Stale{}), m.source.BrokerHealth())
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
