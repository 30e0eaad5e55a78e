// Package destinations is the pane of Aidbox's topic destinations: where the
// events of a topic go, whether they get there, and why not.
//
// What is said of a destination comes from three places: what Aidbox holds,
// what its $status counts, and what the NATS server that this console is
// connected to says of streams. The last counts only for destinations that
// send to that server.
package destinations

import (
	"context"
	"errors"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// Aidbox is what the pane changes in Aidbox.
type Aidbox interface {
	CreateDestination(ctx context.Context, d aidbox.Destination) (aidbox.Destination, error)
	DeleteDestination(ctx context.Context, id string) error
	// URL and ClientID are those of the commands that do the same.
	URL() string
	ClientID() string
}

// Options are what the pane knows from the start.
type Options struct {
	Theme theme.Theme
	API   Aidbox
	// URLForAidbox is the address under which Aidbox reaches NATS.
	URLForAidbox string
	// Sandbox says that Aidbox is the stand-in on this machine.
	Sandbox bool
	// NATSURL is the address under which NATS is reached from here, without
	// secrets. Nil: not known.
	NATSURL func() string
	// Listening are the subjects subscribed to here. Nil: not known.
	Listening func() []string
	// Topic is the id of the topic that is selected in its list, with which a
	// new destination begins. Nil: the first.
	Topic func() string
}

// Model is the pane.
type Model struct {
	widget.List[aidbox.Destination]
	o           Options
	asked       uint64
	statusAsked uint64
	topicsAsked uint64
	streamAsked uint64

	destinations []aidbox.Destination
	statuses     map[string]data.Status
	noSender     map[string]absent
	histories    map[string]*history
	seen         map[string]data.Seen
	roles        map[string]theme.Role
	units        bool // numbers carry their unit
	topics       []aidbox.Topic
	topicsKnown  bool
	criteria     data.Criteria // of the topics
	streams      []nats.Stream
	streamsKnown bool
	noJetStream  bool
	natsURL      string
	listening    []string
	version      int
	healthKnown  bool // Aidbox was asked for its version, and has answered or failed
	mask         data.Mask
	now          time.Time

	// rescue takes what replacements deleted and could not create again; the
	// commands that tried leave it there, and unsent is the last of it.
	rescue *rescue
	unsent *aidbox.Destination
	// found counts the readings in which unsent is there after all.
	found  int
	detail *widget.Detail
}

// New returns the pane before anything has been read.
func New(o Options) *Model {
	m := &Model{o: o, statuses: map[string]data.Status{}, noSender: map[string]absent{}, histories: map[string]*history{},
		seen: map[string]data.Seen{}, criteria: data.Criteria{}, rescue: &rescue{}}
	m.List = widget.NewList(o.Theme, "Destinations", empty, m.columns(), destinationID)
	m.SetMark(m.mark)
	m.detail = widget.NewDetail(m)
	return m
}

const (
	empty   = "No destinations yet. n creates one."
	noTopic = "No destinations yet. A topic comes first: 1 n."
)

func destinationID(d aidbox.Destination) string { return d.ID }

// Detail is the pane of the selected destination.
func (m *Model) Detail() widget.Part { return m.detail }

// Needs are the destinations, the topics that they name, the streams that take
// what they send, and the counters of the rows on the screen.
func (m *Model) Needs() data.Needs {
	n := data.Needs{Destinations: true, Topics: true, Streams: true}
	selected, ok := m.Selected()
	for _, d := range m.Visible() {
		n.Statuses = append(n.Statuses, d.ID)
		ok = ok && d.ID != selected.ID
	}
	if ok {
		n.Statuses = append(n.Statuses, selected.ID) // its detail alone is seen
	}
	return n
}

// Update takes what was read.
func (m *Model) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case widget.Focus:
		m.SetFocus(msg)
	case data.Tick:
		m.tick(msg.Now)
	case data.Mask:
		m.mask = msg
		m.Touch()
	case data.AidboxHealth:
		m.healthKnown = true
		if msg.Err == nil {
			m.version = msg.Version.Number
		}
	case data.Topics:
		if msg.Newer(m.topicsAsked) && msg.Err == nil {
			m.topicsAsked, m.topics, m.topicsKnown = msg.Question, msg.Topics, true
			m.criteria = m.criteria.Keep(m.topics)
			m.judge()
		}
	case data.CriteriaRead:
		m.criteria.Take(msg)
		m.judge()
	case data.Streams:
		m.readStreams(msg)
	case data.Destinations:
		return m.read(msg)
	case data.Statuses:
		return m.readStatuses(msg)
	case data.Seen:
		m.notice(msg)
		if d, ok := m.Selected(); ok && d.ID == msg.Destination {
			m.Touch()
		}
	case data.TopicMade:
		m.topics = data.Put(m.topics, msg.Topic, func(t aidbox.Topic) string { return t.ID })
		m.judge()
	case data.DestinationMade:
		m.made(msg.Destination)
	}
	return nil
}

// tick draws again only where an age is seen, or the line of deliveries moves.
func (m *Model) tick(now time.Time) {
	m.now = now
	m.look()
	d, ok := m.Selected()
	if !ok {
		return
	}
	_, seen := m.seen[d.ID]
	if len(m.statuses[d.ID].Status.LastErrors) > 0 || seen || m.history(d.ID).flows() {
		m.Touch()
	}
}

// look takes what the root knows by itself.
func (m *Model) look() {
	if m.o.NATSURL != nil {
		m.natsURL = m.o.NATSURL()
	}
	if m.o.Listening != nil {
		m.listening = m.o.Listening()
	}
	if unsent := m.rescue.last(); unsent != m.unsent {
		m.unsent, m.found = unsent, 0
		m.Touch()
	}
}

// seenMost bounds the destinations of which is kept when they were seen: what
// arrives may name any.
const seenMost = 1000

func (m *Model) notice(s data.Seen) {
	if _, known := m.seen[s.Destination]; known || len(m.seen) < seenMost {
		m.seen[s.Destination] = s
	}
}

func (m *Model) history(id string) *history {
	if h, ok := m.histories[id]; ok {
		return h
	}
	return &history{}
}

// made shows at once what Aidbox has just taken. What was counted for the id
// before is of another destination.
func (m *Model) made(d aidbox.Destination) {
	m.forget(d.ID)
	m.destinations = data.Put(m.destinations, d, destinationID)
	m.Answer(m.destinations, nil)
	m.Select(d.ID)
	m.look()
	m.judge()
}

func (m *Model) forget(id string) {
	delete(m.statuses, id)
	delete(m.noSender, id)
	delete(m.histories, id)
	delete(m.seen, id)
}

// read takes the list; counters of what is gone go too.
func (m *Model) read(msg data.Destinations) tea.Cmd {
	if !msg.Newer(m.asked) {
		return nil
	}
	m.asked = msg.Question
	m.look()
	m.Answer(msg.Destinations, msg.Err)
	if msg.Err != nil {
		return nil
	}
	m.destinations = msg.Destinations
	there := make(map[string]bool, len(msg.Destinations))
	for _, d := range msg.Destinations {
		there[d.ID] = true
	}
	for id := range m.statuses {
		if !there[id] {
			m.forget(id)
		}
	}
	for id := range m.seen {
		if !there[id] {
			m.forget(id)
		}
	}
	if m.unsent != nil && there[m.unsent.ID] {
		// The first of them may have been asked for before the attempt.
		if m.found++; m.found > 1 {
			m.rescue.drop(m.unsent.ID)
			m.look()
		}
	}
	m.judge()
	for _, d := range m.Visible() {
		if _, known := m.statuses[d.ID]; !known {
			return widget.Send(data.Stale{Statuses: true})
		}
	}
	return nil
}

// absent is the time over which answers in a row named no sender.
type absent struct{ since, until time.Time }

// patience is how soon Aidbox is asked once more about a sender that it does
// not know: another process of it may just have made the destination.
const patience = 1500 * time.Millisecond

func (m *Model) readStatuses(msg data.Statuses) tea.Cmd {
	if !msg.Newer(m.statusAsked) || msg.Err != nil {
		return nil
	}
	m.statusAsked = msg.Question
	suspected := false
	for id, s := range msg.Statuses {
		m.statuses[id] = s
		if errors.Is(s.Err, aidbox.ErrNoSender) {
			a, again := m.noSender[id]
			if !again {
				a.since = msg.At
			}
			a.until = msg.At
			m.noSender[id] = a
			suspected = suspected || !again
			continue
		}
		delete(m.noSender, id)
		if s.Err != nil {
			continue
		}
		if m.histories[id] == nil {
			m.histories[id] = &history{}
		}
		m.histories[id].add(s.Status, msg.At)
	}
	m.judge()
	if suspected {
		return tea.Tick(patience, func(time.Time) tea.Msg { return data.Stale{Statuses: true} })
	}
	return nil
}

// readStreams keeps the streams read before when they could not be read again.
func (m *Model) readStreams(msg data.Streams) {
	if !msg.Newer(m.streamAsked) {
		return
	}
	m.streamAsked = msg.Question
	m.noJetStream = errors.Is(msg.Err, nats.ErrNoJetStream)
	if msg.Err == nil {
		m.streams, m.streamsKnown = msg.Streams, true
	}
	m.judge()
}

// topicsOf are the topics of the url that a destination names, to the
// character. More than one may have it.
func (m *Model) topicsOf(d aidbox.Destination) []aidbox.Topic {
	var out []aidbox.Topic
	for _, t := range m.topics {
		if t.URL == d.Topic {
			out = append(out, t)
		}
	}
	return out
}
