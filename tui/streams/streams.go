// Package streams is the pane of JetStream's streams: what is stored and how
// fast, which destinations write into it, who reads it and what happens to it;
// and what is done to streams: create, edit, purge, delete.
package streams

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// NATS is what the pane asks of the broker.
type NATS interface {
	Stream(ctx context.Context, name string) (nats.Stream, error)
	StreamConfig(ctx context.Context, name string) (nats.StreamConfig, error)
	StoredMessage(ctx context.Context, stream string, seq uint64) (nats.StoredMessage, error)
	CountMessages(ctx context.Context, stream, subject string) (uint64, error)
	CreateStream(ctx context.Context, config nats.StreamConfig) (nats.Stream, error)
	EditStream(ctx context.Context, config nats.StreamConfig) (nats.Stream, error)
	PurgeStream(ctx context.Context, name string, p nats.Purge) (uint64, error)
	DeleteMessage(ctx context.Context, stream string, seq uint64) error
	DeleteStream(ctx context.Context, name string) error
	// Command is the nats command of an operation, as this connection would
	// send it.
	Command(o nats.Operation) string
}

// Options are what the pane works on.
type Options struct {
	Theme theme.Theme
	NATS  NATS
}

// Model is the pane.
type Model struct {
	widget.List[nats.Stream]
	o            Options
	asked        uint64
	streams      []nats.Stream
	destAsked    uint64
	statusAsked  uint64
	noSender     map[string]bool       // destinations without a sender, by id
	queued       map[string]int64      // events that wait in Aidbox, by the destination's id
	roles        map[string]theme.Role // of the streams that are to be looked at, by name
	arrived      string                // the stream that was selected last
	destinations []aidbox.Destination
	writers      map[string][]aidbox.Destination // of a stream, by its name
	waiting      []aidbox.Destination            // whose subject no stream takes
	rates        map[string]*rate
	looks        map[string]look // at consumers, by the stream's name
	watch        nats.ConsumerWatch
	events       events
	mask         data.Mask
	err          error // of the last reading
	none         bool
	now          time.Time
	detail       *widget.Detail
}

// titled is the width from which on the columns have titles: all are seen.
const titled = 90

// New returns the pane before anything has been read.
func New(o Options) *Model {
	m := &Model{o: o, noSender: map[string]bool{}, queued: map[string]int64{}, rates: map[string]*rate{}, looks: map[string]look{}}
	m.List = widget.NewList(o.Theme, "Streams", empty, m.columns(), func(s nats.Stream) string { return s.Name })
	m.SetMark(m.sign)
	m.detail = widget.NewDetail(m)
	return m
}

const empty = "No streams: JetStream stores nothing yet."

// age is the role of a row: what could not be read again is faint.
func (m *Model) age() theme.Role {
	if m.err != nil {
		return theme.Faint
	}
	return theme.Text
}

// Detail is the pane of the selected stream.
func (m *Model) Detail() widget.Part { return m.detail }

// Needs are the streams, the destinations that write into them, how those of
// the selected one fare, and its consumers.
func (m *Model) Needs() data.Needs {
	n := data.Needs{Streams: true, Destinations: true}
	if s, ok := m.Selected(); ok {
		if !m.looks[s.Name].refused(m.now) {
			n.Consumers = []string{s.Name}
		}
		for _, d := range m.writers[s.Name] {
			if len(n.Statuses) < statusesMost {
				n.Statuses = append(n.Statuses, d.ID)
			}
		}
	}
	return n
}

// statusesMost bounds the writers of one stream that are asked how they fare.
const statusesMost = 20

// SetSize shows titles where all columns have room.
func (m *Model) SetSize(w, h int) {
	m.ShowTitles(w >= titled)
	m.List.SetSize(w, h)
}

// Update takes what was read.
func (m *Model) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case widget.Focus:
		m.SetFocus(msg)
		return nil
	case data.Tick:
		return m.tick(msg.Now)
	case data.Mask:
		m.mask = msg
		m.Touch()
	case data.Advisories:
		m.events.take(msg)
		m.Touch()
	case data.Destinations:
		if msg.Newer(m.destAsked) && msg.Err == nil {
			m.destAsked, m.destinations = msg.Question, msg.Destinations
			m.forget()
			m.match()
		}
	case data.Statuses:
		if msg.Newer(m.statusAsked) && msg.Err == nil {
			m.statusAsked = msg.Question
			m.fare(msg.Statuses)
		}
	case data.DestinationMade:
		delete(m.noSender, msg.Destination.ID)
		delete(m.queued, msg.Destination.ID)
		m.destinations = data.Put(m.destinations, msg.Destination, func(d aidbox.Destination) string { return d.ID })
		m.match()
	case data.StreamMade:
		m.made(msg.Stream)
	case data.Streams:
		if msg.Newer(m.asked) {
			m.asked = msg.Question
			m.read(msg)
		}
	case data.Consumers:
		m.readConsumers(msg)
	default:
		return nil
	}
	m.judge()
	return nil
}

// tick moves the clock of the ages, pulls the events, and asks at once for the
// consumers of a stream that was not selected before.
func (m *Model) tick(now time.Time) tea.Cmd {
	m.now = now
	s, ok := m.Selected()
	if m.events.pull() || ok && (s.Messages > 0 || s.Consumers > 0) {
		m.Touch()
	}
	m.judge()
	came := s.Name != m.arrived
	m.arrived = s.Name
	if l, known := m.looks[s.Name]; ok && s.Consumers > 0 && (!known || came && l.old(now)) {
		return widget.Send(data.Stale{Statuses: true})
	}
	return nil
}

// fare takes which destinations have a sender, and what waits of them.
func (m *Model) fare(read map[string]data.Status) {
	for id, s := range read {
		queued := int64(0)
		if s.Err == nil && s.Status.Queued != nil {
			queued = *s.Status.Queued
		}
		if without := errors.Is(s.Err, aidbox.ErrNoSender); without != m.noSender[id] || queued != m.queued[id] {
			m.noSender[id], m.queued[id] = without, queued
			m.Touch()
		}
	}
	m.forget()
}

// forget drops what is known of destinations that there are no more.
func (m *Model) forget() {
	there := func(id string) bool {
		return slices.ContainsFunc(m.destinations, func(d aidbox.Destination) bool { return d.ID == id })
	}
	maps.DeleteFunc(m.noSender, func(id string, without bool) bool { return !without || !there(id) })
	maps.DeleteFunc(m.queued, func(id string, n int64) bool { return n == 0 || !there(id) })
}

// read takes the list. A broker without JetStream is no failure.
func (m *Model) read(msg data.Streams) {
	m.none, m.err = errors.Is(msg.Err, nats.ErrNoJetStream), msg.Err
	if m.none {
		m.err, m.streams = nil, nil
		m.match()
		m.Answer(nil, nil)
		m.SetEmpty("This NATS server, or this account, has no JetStream.")
		return
	}
	if msg.Err == nil {
		m.streams = msg.Streams
		m.measure(msg.Streams, msg.At)
		maps.DeleteFunc(m.looks, func(name string, _ look) bool { return m.rates[name] == nil })
		m.watch.Keep(msg.Streams)
	}
	m.Answer(msg.Streams, msg.Err)
	m.match()
}

// made takes a stream that was just made or changed, and moves to it.
func (m *Model) made(s nats.Stream) {
	m.streams = data.Put(m.streams, s, func(s nats.Stream) string { return s.Name })
	slices.SortFunc(m.streams, func(a, b nats.Stream) int { return strings.Compare(a.Name, b.Name) })
	m.none, m.err = false, nil
	m.Answer(m.streams, nil)
	m.match()
	m.Select(s.Name)
}

// match finds who writes into which stream, and who waits for one.
func (m *Model) match() {
	m.writers = make(map[string][]aidbox.Destination, len(m.streams))
	m.waiting = nil
	for _, d := range m.destinations {
		if !d.IsNATS() || nats.ValidSubject(d.Subject(), false) != nil {
			continue
		}
		taking := nats.Taking(d.Subject(), m.streams)
		for _, s := range taking {
			m.writers[s.Name] = append(m.writers[s.Name], d)
		}
		if len(taking) == 0 && d.IsJetStream() {
			m.waiting = append(m.waiting, d)
		}
	}
	m.sayEmpty()
}

// writing are the destinations that send to a subject of the streams. The
// server's own matching decides.
func writing(destinations []aidbox.Destination, streams []nats.Stream) []aidbox.Destination {
	var out []aidbox.Destination
	for _, d := range destinations {
		if d.IsNATS() && nats.ValidSubject(d.Subject(), false) == nil && len(nats.Taking(d.Subject(), streams)) > 0 {
			out = append(out, d)
		}
	}
	return out
}

func contains(list []aidbox.Destination, d aidbox.Destination) bool {
	return slices.ContainsFunc(list, func(o aidbox.Destination) bool { return o.ID == d.ID })
}

// names are the ids of destinations, in words.
func names(list []aidbox.Destination) string {
	ids := make([]string, 0, len(list))
	for _, d := range list {
		ids = append(ids, d.ID)
	}
	return listing(ids)
}

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// sayEmpty says what it means that there is no stream.
func (m *Model) sayEmpty() {
	m.Touch()
	if !m.Known() || m.none {
		return
	}
	m.SetEmpty(empty)
	if len(m.waiting) > 0 {
		m.SetEmpty("No streams: nothing stores what " + m.waiting[0].ID + " sends.")
	}
}

// Title counts the streams that are to be looked at. It is no failure while the first connection is made.
func (m *Model) Title() widget.Title {
	t := m.List.Title()
	if m.connecting() && m.Len() == 0 {
		t.Right, t.Bad = "connecting", false
	}
	if n := len(m.roles); n > 0 && m.Filter() == "" && m.Failure() == "" {
		role := theme.Warn
		for _, r := range m.roles {
			if r == theme.Bad {
				role = theme.Bad
			}
		}
		t.Right = m.Theme.Paint(role, widget.Count(int64(n))+" !") + m.Theme.Paint(theme.Faint, " "+dot()+" "+t.Right)
	}
	return t
}

func dot() string {
	if term.Narrow() {
		return "·"
	}
	return "-"
}

// connecting says that there has been no connection so far, and no reason why.
func (m *Model) connecting() bool {
	var refused *nats.ConnectError
	var login *nats.AuthError
	var lost *nats.DisconnectedError
	return errors.Is(m.err, nats.ErrNotConnected) && !errors.As(m.err, &refused) && !errors.As(m.err, &login) && !errors.As(m.err, &lost)
}

// proposed is the subject of a new stream: what a destination sends that no
// stream takes, else, for the first stream, that of the examples. Empty: the
// console knows of none.
func (m *Model) proposed() string {
	switch {
	case len(m.waiting) > 0:
		return m.waiting[0].Subject()
	case len(m.streams) == 0:
		return "patients.>"
	}
	return ""
}

// command makes the stream that is proposed.
func (m *Model) command() string { return data.StreamCommand(m.proposed(), m.streams) }
