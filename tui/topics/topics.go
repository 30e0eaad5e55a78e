// Package topics is the pane of Aidbox's subscription topics: which changes
// make events.
package topics

import (
	"context"
	"strconv"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/r4"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// Aidbox is what the pane changes in Aidbox.
type Aidbox interface {
	CreateTopic(ctx context.Context, t aidbox.Topic) (aidbox.Topic, error)
	DeleteTopic(ctx context.Context, id string) error
}

// Model is the pane.
type Model struct {
	widget.List[aidbox.Topic]
	api          Aidbox
	r4           *r4.Definitions
	asked        uint64
	topics       []aidbox.Topic
	destinations []aidbox.Destination
	destAsked    uint64
	detail       *widget.Detail
}

// New returns the pane before anything has been read.
func New(th theme.Theme, api Aidbox) *Model {
	m := &Model{api: api}
	columns := []widget.Column[aidbox.Topic]{
		{Flex: 3, Cell: func(t aidbox.Topic) widget.Cell { return widget.Cell{Text: t.URL, Role: topicRole(t)} }},
		{Flex: 2, Drop: 1, Cell: func(t aidbox.Topic) widget.Cell {
			return widget.Cell{Text: watches(t), Role: theme.Faint}
		}},
		{Right: true, Cell: m.destinationCell},
	}
	m.List = widget.NewList(th, "Topics", "No topics yet. n creates one.", columns, topicID)
	m.detail = widget.NewDetail(m)
	return m
}

func topicID(t aidbox.Topic) string { return t.ID }

// Detail is the pane of the selected topic.
func (m *Model) Detail() widget.Part { return m.detail }

// Needs are the topics, and the destinations that depend on them.
func (m *Model) Needs() data.Needs { return data.Needs{Topics: true, Destinations: true} }

// Update takes what was read.
func (m *Model) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case widget.Focus:
		m.SetFocus(msg)
	case data.Definitions:
		m.r4 = msg.R4
	case data.Topics:
		if msg.Newer(m.asked) {
			m.asked = msg.Question
			m.Answer(msg.Topics, msg.Err)
			if msg.Err == nil {
				m.topics = msg.Topics
			}
		}
	case data.Destinations:
		if msg.Newer(m.destAsked) && msg.Err == nil {
			m.destAsked = msg.Question
			m.destinations = msg.Destinations
			m.Touch()
		}
	case data.DestinationMade:
		m.destinations = data.Put(m.destinations, msg.Destination, func(d aidbox.Destination) string { return d.ID })
		m.Touch()
	case data.TopicMade:
		m.topics = data.Put(m.topics, msg.Topic, topicID)
		m.Answer(m.topics, nil)
		m.Select(msg.Topic.ID)
	}
	return nil
}

// Keys are what can be done with topics.
func (m *Model) Keys() widget.Actions { return append(m.actions(), m.Motions()...) }

// DetailKeys are the same as the list's.
func (m *Model) DetailKeys() widget.Actions { return m.actions() }

func (m *Model) actions() widget.Actions {
	return widget.Actions{
		{
			Name:    "create a topic",
			Binding: key.NewBinding(key.WithKeys("n"), key.WithHelp("n", "new")),
			Changes: true,
			Open:    m.newForm,
		},
		{
			Name:    "delete the topic",
			Binding: key.NewBinding(key.WithKeys("d"), key.WithHelp("d", "delete")),
			Changes: true,
			Why:     m.nothingSelected,
			Open:    m.askDelete,
		},
	}
}

func (m *Model) nothingSelected() string {
	if _, ok := m.Selected(); !ok {
		return "there is no topic to delete"
	}
	return ""
}

// dependents are the destinations that name the topic.
func (m *Model) dependents(t aidbox.Topic) []aidbox.Destination {
	var out []aidbox.Destination
	for _, d := range m.destinations {
		if d.Topic == t.URL {
			out = append(out, d)
		}
	}
	return out
}

func (m *Model) destinationCell(t aidbox.Topic) widget.Cell {
	n := len(m.dependents(t))
	switch {
	case n == 0:
		return widget.Cell{Text: "○ 0", Role: theme.Faint}
	case !t.Active():
		return widget.Cell{Text: "○ " + strconv.Itoa(n), Role: theme.Warn}
	}
	return widget.Cell{Text: "● " + strconv.Itoa(n), Role: theme.OK}
}

func topicRole(t aidbox.Topic) theme.Role {
	if t.Active() {
		return theme.Text
	}
	return theme.Faint
}

// watches names the resource types of a topic's triggers.
func watches(t aidbox.Topic) string {
	var types []string
	for _, g := range t.Triggers {
		types = append(types, g.Resource)
	}
	return strings.Join(types, " ")
}
