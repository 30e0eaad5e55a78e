// Package streams is the pane of JetStream's streams: what is stored, and
// which destinations write into it.
package streams

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// Model is the pane.
type Model struct {
	widget.List[nats.Stream]
	asked        uint64
	streams      []nats.Stream
	destAsked    uint64
	statusAsked  uint64
	noSender     map[string]bool // destinations without a sender, by id
	destinations []aidbox.Destination
	err          error // of the last reading
	none         bool
	now          time.Time
	detail       *widget.Detail
}

// New returns the pane before anything has been read.
func New(th theme.Theme) *Model {
	m := &Model{noSender: map[string]bool{}}
	columns := []widget.Column[nats.Stream]{
		{Flex: 2, Cell: func(s nats.Stream) widget.Cell { return widget.Cell{Text: s.Name, Role: m.age()} }},
		{Flex: 2, Drop: 1, Cell: func(s nats.Stream) widget.Cell {
			return widget.Cell{Text: strings.Join(s.Subjects, " "), Role: theme.Faint}
		}},
		{Right: true, Cell: func(s nats.Stream) widget.Cell {
			return widget.Cell{Text: widget.Short(clamp(s.Messages)), Unit: " msg", Role: theme.Num}
		}},
		{Right: true, Drop: 2, Cell: func(s nats.Stream) widget.Cell {
			size, unit, _ := strings.Cut(widget.Bytes(clamp(s.Bytes)), " ")
			return widget.Cell{Text: size, Unit: " " + unit}
		}},
		{Right: true, Drop: 3, Cell: func(s nats.Stream) widget.Cell {
			n, unit, _ := strings.Cut(number(int64(s.Consumers), "consumer", "consumers"), " ")
			return widget.Cell{Text: n, Unit: " " + unit}
		}},
	}
	m.List = widget.NewList(th, "Streams", empty, columns,
		func(s nats.Stream) string { return s.Name })
	m.detail = widget.NewDetail(m)
	return m
}

const empty = "No streams: JetStream stores nothing yet."

func clamp(n uint64) int64 { return int64(min(n, 1<<63-1)) }

func number(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return widget.Count(n) + " " + many
}

// age is the role of a row: what could not be read again is faint.
func (m *Model) age() theme.Role {
	if m.err != nil {
		return theme.Faint
	}
	return theme.Text
}

// Detail is the pane of the selected stream.
func (m *Model) Detail() widget.Part { return m.detail }

// Needs are the streams, the destinations that write into them, and how those
// of the selected one fare.
func (m *Model) Needs() data.Needs {
	n := data.Needs{Streams: true, Destinations: true}
	if s, ok := m.Selected(); ok {
		for _, d := range m.writers(s) {
			if len(n.Statuses) < statusesMost {
				n.Statuses = append(n.Statuses, d.ID)
			}
		}
	}
	return n
}

// statusesMost bounds the writers of one stream that are asked how they fare.
const statusesMost = 20

// Update takes what was read.
func (m *Model) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case widget.Focus:
		m.SetFocus(msg)
	case data.Tick:
		m.now = msg.Now
		if s, ok := m.Selected(); ok && s.Messages > 0 {
			m.Touch() // the ages of its ends
		}
	case data.Destinations:
		if msg.Newer(m.destAsked) && msg.Err == nil {
			m.destAsked, m.destinations = msg.Question, msg.Destinations
			m.forget()
			m.sayEmpty()
		}
	case data.Statuses:
		if msg.Newer(m.statusAsked) && msg.Err == nil {
			m.statusAsked = msg.Question
			m.senders(msg.Statuses)
		}
	case data.DestinationMade:
		delete(m.noSender, msg.Destination.ID)
		m.destinations = data.Put(m.destinations, msg.Destination, func(d aidbox.Destination) string { return d.ID })
		m.sayEmpty()
	case data.Streams:
		if msg.Newer(m.asked) {
			m.asked = msg.Question
			m.read(msg)
		}
	}
	return nil
}

// senders takes which destinations have a sender.
func (m *Model) senders(read map[string]data.Status) {
	for id, s := range read {
		if without := errors.Is(s.Err, aidbox.ErrNoSender); without != m.noSender[id] {
			m.noSender[id] = without
			m.Touch()
		}
	}
	m.forget()
}

// forget drops what is known of destinations that there are no more.
func (m *Model) forget() {
	maps.DeleteFunc(m.noSender, func(id string, without bool) bool {
		return !without || !slices.ContainsFunc(m.destinations, func(d aidbox.Destination) bool { return d.ID == id })
	})
}

// read takes the list. A broker without JetStream is no failure.
func (m *Model) read(msg data.Streams) {
	m.none, m.err = errors.Is(msg.Err, nats.ErrNoJetStream), msg.Err
	if m.none {
		m.err, m.streams = nil, nil
		m.Answer(nil, nil)
		m.SetEmpty("This NATS server, or this account, has no JetStream.")
		return
	}
	if msg.Err == nil {
		m.streams = msg.Streams
	}
	m.Answer(msg.Streams, msg.Err)
	m.sayEmpty()
}

// sayEmpty says what it means that there is no stream.
func (m *Model) sayEmpty() {
	m.Touch()
	if !m.Known() || m.none {
		return
	}
	m.SetEmpty(empty)
	if untaken := m.untaken(); len(untaken) > 0 {
		m.SetEmpty("No streams: nothing stores what " + untaken[0].ID + " sends.")
	}
}

// Title is no failure while the first connection is made.
func (m *Model) Title() widget.Title {
	t := m.List.Title()
	if m.connecting() && m.Len() == 0 {
		t.Right, t.Bad = "connecting", false
	}
	return t
}

// connecting says that there has been no connection so far, and no reason why.
func (m *Model) connecting() bool {
	var refused *nats.ConnectError
	var login *nats.AuthError
	var lost *nats.DisconnectedError
	return errors.Is(m.err, nats.ErrNotConnected) && !errors.As(m.err, &refused) && !errors.As(m.err, &login) && !errors.As(m.err, &lost)
}

// Keys move in the list, and tell how a stream is made.
func (m *Model) Keys() widget.Actions { return append(m.DetailKeys(), m.Motions()...) }

// DetailKeys: a stream cannot be made here, and n says what makes one.
func (m *Model) DetailKeys() widget.Actions {
	return widget.Actions{{
		Name:    "create a stream",
		Binding: key.NewBinding(key.WithKeys("n"), key.WithHelp("n", "new")),
		Changes: true,
		Why: func() string {
			if m.none {
				return "this NATS has no JetStream: nats-server -js has it"
			}
			return "streams are not made here; this makes one: " + m.command()
		},
	}}
}

// writers are the destinations that send to a subject of the stream. The
// server's own matching decides.
func (m *Model) writers(s nats.Stream) []aidbox.Destination {
	var out []aidbox.Destination
	for _, d := range m.destinations {
		if d.IsNATS() && taken(d, []nats.Stream{s}) {
			out = append(out, d)
		}
	}
	return out
}

func taken(d aidbox.Destination, streams []nats.Stream) bool {
	return nats.ValidSubject(d.Subject(), false) == nil && len(nats.Taking(d.Subject(), streams)) > 0
}

// untaken are the destinations that wait until a stream takes their subject.
func (m *Model) untaken() []aidbox.Destination {
	var out []aidbox.Destination
	for _, d := range m.destinations {
		if d.IsJetStream() && nats.ValidSubject(d.Subject(), false) == nil && !taken(d, m.streams) {
			out = append(out, d)
		}
	}
	return out
}

// command makes a stream: for a destination that waits for one, if there is
// such a destination.
func (m *Model) command() string {
	subject := "patients.>"
	if untaken := m.untaken(); len(untaken) > 0 {
		subject = untaken[0].Subject()
	}
	return data.StreamCommand(subject, m.streams)
}

// Copied is the name of the selected stream.
func (m *Model) Copied() (what, text string) {
	s, ok := m.Selected()
	if !ok {
		return "", ""
	}
	return "name of the stream", s.Name
}

// Command is the nats command that tells of the selected stream.
func (m *Model) Command() (what, text string) {
	s, ok := m.Selected()
	if !ok {
		return "", ""
	}
	return "nats command", nats.Operation{Verb: "REQ", Subject: "$JS.API.STREAM.INFO." + s.Name}.Command()
}
