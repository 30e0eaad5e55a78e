// Package destinations is the pane of Aidbox's topic destinations: where the
// events of a topic go.
package destinations

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// Aidbox is what the pane changes in Aidbox.
type Aidbox interface {
	CreateDestination(ctx context.Context, d aidbox.Destination) (aidbox.Destination, error)
	DeleteDestination(ctx context.Context, id string) error
}

// Options are what the pane knows from the start.
type Options struct {
	Theme theme.Theme
	API   Aidbox
	// URLForAidbox is the address under which Aidbox reaches NATS.
	URLForAidbox string
}

// Model is the pane.
type Model struct {
	widget.List[aidbox.Destination]
	o            Options
	asked        uint64
	statusAsked  uint64
	topicsAsked  uint64
	destinations []aidbox.Destination
	statuses     map[string]data.Status
	topics       []aidbox.Topic
	topicsKnown  bool
	version      int
	now          time.Time
	detail       *widget.Detail
}

// New returns the pane before anything has been read.
func New(o Options) *Model {
	m := &Model{o: o, statuses: map[string]data.Status{}}
	columns := []widget.Column[aidbox.Destination]{
		{Flex: 3, Cell: m.idCell},
		{Cell: kindCell},
		{Flex: 3, Drop: 1, Cell: func(d aidbox.Destination) widget.Cell { return widget.Cell{Text: d.Subject()} }},
		{Right: true, Drop: 2, Cell: m.deliveredCell},
	}
	m.List = widget.NewList(o.Theme, "Destinations", "No destinations yet. n creates one.", columns, destinationID)
	m.SetMark(m.mark)
	m.detail = widget.NewDetail(m)
	return m
}

func destinationID(d aidbox.Destination) string { return d.ID }

// Detail is the pane of the selected destination.
func (m *Model) Detail() widget.Part { return m.detail }

// Needs are the destinations, the topics that they name, and the counters of
// the rows on the screen.
func (m *Model) Needs() data.Needs {
	n := data.Needs{Destinations: true, Topics: true}
	for _, d := range m.Visible() {
		n.Statuses = append(n.Statuses, d.ID)
	}
	return n
}

// Update takes what was read.
func (m *Model) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case widget.Focus:
		m.SetFocus(msg)
	case data.Tick:
		m.now = msg.Now
		if d, ok := m.Selected(); ok && len(m.statuses[d.ID].Status.LastErrors) > 0 {
			m.Touch() // their ages
		}
	case data.AidboxHealth:
		if msg.Err == nil {
			m.version = msg.Version.Number
		}
	case data.Topics:
		if msg.Newer(m.topicsAsked) && msg.Err == nil {
			m.topicsAsked, m.topics, m.topicsKnown = msg.Question, msg.Topics, true
			m.Touch()
		}
	case data.Destinations:
		return m.read(msg)
	case data.Statuses:
		if msg.Newer(m.statusAsked) && msg.Err == nil {
			m.statusAsked = msg.Question
			for id, s := range msg.Statuses {
				m.statuses[id] = s
			}
			m.Touch()
		}
	case data.TopicMade:
		m.topics = data.Put(m.topics, msg.Topic, func(t aidbox.Topic) string { return t.ID })
		m.Touch()
	case data.DestinationMade:
		m.destinations = data.Put(m.destinations, msg.Destination, destinationID)
		m.Answer(m.destinations, nil)
		m.Select(msg.Destination.ID)
	}
	return nil
}

// read takes the list; counters of what is gone go too.
func (m *Model) read(msg data.Destinations) tea.Cmd {
	if !msg.Newer(m.asked) {
		return nil
	}
	m.asked = msg.Question
	m.Answer(msg.Destinations, msg.Err)
	if msg.Err != nil {
		return nil
	}
	m.destinations = msg.Destinations
	kept := make(map[string]data.Status, len(msg.Destinations))
	for _, d := range msg.Destinations {
		if s, known := m.statuses[d.ID]; known {
			kept[d.ID] = s
		}
	}
	m.statuses = kept
	for _, d := range m.Visible() {
		if _, known := kept[d.ID]; !known {
			return widget.Send(data.Stale{Statuses: true})
		}
	}
	return nil
}

// Keys are what can be done with destinations.
func (m *Model) Keys() widget.Actions { return append(m.actions(), m.Motions()...) }

// DetailKeys are the same as the list's.
func (m *Model) DetailKeys() widget.Actions { return m.actions() }

func (m *Model) actions() widget.Actions {
	return widget.Actions{
		{
			Name:    "create a destination",
			Binding: key.NewBinding(key.WithKeys("n"), key.WithHelp("n", "new")),
			Changes: true,
			Why: func() string {
				if m.topicsKnown && len(m.topics) == 0 {
					return "a destination needs a topic: 1 then n creates one"
				}
				return ""
			},
			Open: m.newForm,
		},
		{
			Name:    "delete the destination",
			Binding: key.NewBinding(key.WithKeys("d"), key.WithHelp("d", "delete")),
			Changes: true,
			Why: func() string {
				if _, ok := m.Selected(); !ok {
					return "there is no destination to delete"
				}
				return ""
			},
			Open: m.askDelete,
		},
		{
			Name:    "edit the destination",
			Binding: key.NewBinding(key.WithKeys("e")),
			Why:     func() string { return "Aidbox's destinations cannot be edited: delete it and create it again" },
		},
	}
}

// topicOf is the topic that a destination names, to the character.
func (m *Model) topicOf(d aidbox.Destination) (aidbox.Topic, bool) {
	for _, t := range m.topics {
		if t.URL == d.Topic {
			return t, true
		}
	}
	return aidbox.Topic{}, false
}

// trouble says in one sentence what is wrong with a destination, as far as
// Aidbox's own answers tell.
func (m *Model) trouble(d aidbox.Destination) string {
	s, known := m.statuses[d.ID]
	switch {
	case m.topicsKnown && d.IsNATS() && !m.hasTopic(d):
		return "topic \"" + d.Topic + "\" does not exist: nothing is sent"
	case !d.Active():
		return "status " + d.Status + ": only an active destination sends"
	case !known:
		return ""
	case errors.Is(s.Err, aidbox.ErrNoSender):
		return "Aidbox has no sender for it: nothing is sent until it is deleted and created again"
	case s.Err == nil && s.Status.Lost != nil && *s.Status.Lost > 0:
		return "messages were lost: " + widget.Count(*s.Status.Lost)
	case s.Err == nil && len(s.Status.LastErrors) > 0 && s.Status.Queued != nil && *s.Status.Queued > 0:
		return "messages wait: " + widget.Count(*s.Status.Queued) + " queued"
	}
	return ""
}

// hasTopic: a topic that the server brings along stands in no list.
func (m *Model) hasTopic(d aidbox.Destination) bool {
	_, ok := m.topicOf(d)
	return ok || strings.HasPrefix(d.Topic, "http://health-samurai.io/")
}

func (m *Model) mark(d aidbox.Destination) widget.Cell {
	if m.trouble(d) != "" {
		return widget.Cell{Text: "!", Role: theme.Bad}
	}
	return widget.Cell{}
}

func (m *Model) idCell(d aidbox.Destination) widget.Cell {
	if m.trouble(d) != "" {
		return widget.Cell{Text: d.ID, Role: theme.Bad}
	}
	return widget.Cell{Text: d.ID}
}

func kindCell(d aidbox.Destination) widget.Cell {
	switch d.Kind {
	case aidbox.KindCoreBestEffort:
		return widget.Cell{Text: "core", Role: theme.Core}
	case aidbox.KindJetStreamAtLeastOnce:
		return widget.Cell{Text: "js", Role: theme.JS}
	}
	short, _, _ := strings.Cut(d.Kind, "-")
	return widget.Cell{Text: short, Role: theme.Faint}
}

func (m *Model) deliveredCell(d aidbox.Destination) widget.Cell {
	s, known := m.statuses[d.ID]
	switch {
	case !known:
		return widget.Cell{}
	case errors.Is(s.Err, aidbox.ErrNoSender):
		return widget.Cell{Text: "no sender", Role: theme.Bad}
	case s.Err != nil || s.Status.Delivered == nil:
		return widget.Cell{Text: "?", Role: theme.Faint}
	}
	return widget.Cell{Text: widget.Short(*s.Status.Delivered), Role: theme.Num}
}
