// Package topics is the pane of Aidbox's subscription topics: which changes
// make events.
package topics

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/r4"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// Aidbox is what the pane changes in Aidbox, and takes samples from.
type Aidbox interface {
	CreateTopic(ctx context.Context, t aidbox.Topic) (aidbox.Topic, error)
	Update(ctx context.Context, resourceType, id string, body []byte, o aidbox.WriteOptions) (aidbox.Resource, error)
	DeleteTopic(ctx context.Context, id string) error
	Search(ctx context.Context, resourceType string, query url.Values) (aidbox.Page, error)
	URL() string
	ClientID() string
}

// Model is the pane.
type Model struct {
	widget.List[aidbox.Topic]
	api          Aidbox
	r4           *r4.Definitions
	mask         data.Mask
	asked        uint64
	topics       []aidbox.Topic
	destinations []aidbox.Destination
	destAsked    uint64
	destKnown    bool
	statuses     map[string]data.Status
	statusAsked  uint64
	seen         map[string]data.Seen // the newest of each topic, by url
	now          time.Time
	age          string // as it was drawn
	samples      map[string]*samples
	criteria     data.Criteria // of the topics
	reading      bool          // some are being compiled
	detail       *widget.Detail
}

const empty = "No topics yet. n creates one."

// New returns the pane before anything has been read.
func New(th theme.Theme, api Aidbox) *Model {
	m := &Model{api: api, seen: map[string]data.Seen{}, samples: map[string]*samples{}, criteria: data.Criteria{}, now: time.Now()}
	columns := []widget.Column[aidbox.Topic]{
		{Flex: 3, Cell: func(t aidbox.Topic) widget.Cell { return widget.Cell{Text: m.name(t), Role: topicRole(t)} }},
		{Flex: 2, Drop: 1, Cell: m.watchCell},
		{Right: true, Cell: m.destinationCell},
	}
	m.List = widget.NewList(th, "Topics", empty, columns, topicID)
	m.SetMark(m.markCell)
	m.detail = widget.NewDetail(m)
	return m
}

func topicID(t aidbox.Topic) string { return t.ID }

// Detail is the pane of the selected topic.
func (m *Model) Detail() widget.Part { return m.detail }

// Needs are the topics, the destinations that depend on them, and the counters
// of those of the selected one.
func (m *Model) Needs() data.Needs {
	n := data.Needs{Topics: true, Destinations: true}
	if t, ok := m.Selected(); ok {
		for _, d := range m.dependents(t.URL) {
			if len(n.Statuses) < statusesMost {
				n.Statuses = append(n.Statuses, d.ID)
			}
		}
	}
	return n
}

// statusesMost bounds the counters that are read for one topic.
const statusesMost = 20

// topicsSeen bounds the urls of which it is remembered when they fired.
const topicsSeen = 1000

// Update takes what was read.
func (m *Model) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case widget.Focus:
		m.SetFocus(msg)
	case data.Definitions:
		m.r4 = msg.R4
		m.samples = map[string]*samples{} // those made before have no template
		return m.readCriteria()
	case data.Mask:
		m.mask = msg
		for _, s := range m.samples {
			s.before.hide(msg)
			s.after.hide(msg)
		}
		m.Touch()
	case data.Topics:
		m.takeTopics(msg)
		return m.readCriteria()
	case data.CriteriaRead:
		return m.takeRead(msg)
	case data.Destinations:
		if msg.Newer(m.destAsked) && msg.Err == nil {
			m.destAsked, m.destKnown = msg.Question, true
			m.destinations = msg.Destinations
			m.Touch()
		}
	case data.Statuses:
		if msg.Newer(m.statusAsked) && msg.Err == nil {
			m.statusAsked = msg.Question
			m.takeStatuses(msg.Statuses)
		}
	case data.Seen:
		m.takeSeen(msg)
	case data.Tick:
		m.now = msg.Now
		m.tick()
	case data.DestinationMade:
		m.destinations = data.Put(m.destinations, msg.Destination, func(d aidbox.Destination) string { return d.ID })
		m.Touch()
	case data.TopicMade:
		m.topics = data.Put(m.topics, msg.Topic, topicID)
		m.Answer(m.topics, nil)
		m.Select(msg.Topic.ID)
		return m.readCriteria()
	}
	return nil
}

func (m *Model) takeTopics(msg data.Topics) {
	if !msg.Newer(m.asked) {
		return
	}
	m.asked = msg.Question
	m.Answer(msg.Topics, msg.Err)
	if msg.Err == nil {
		m.topics = msg.Topics
	}
}

// takeStatuses keeps those of destinations that there are.
func (m *Model) takeStatuses(read map[string]data.Status) {
	kept := make(map[string]data.Status, len(m.destinations))
	for _, d := range m.destinations {
		if s, ok := read[d.ID]; ok {
			kept[d.ID] = s
		} else if s, ok := m.statuses[d.ID]; ok {
			kept[d.ID] = s
		}
	}
	m.statuses = kept
	m.Touch()
}

func (m *Model) takeSeen(s data.Seen) {
	last, known := m.seen[s.Topic]
	if !known && len(m.seen) >= topicsSeen || known && s.At.Before(last.At) {
		return
	}
	m.seen[s.Topic] = s
	if s.At.After(m.now) {
		m.now = s.At
	}
	m.Touch()
}

// tick draws again when an age has changed.
func (m *Model) tick() {
	t, ok := m.Selected()
	if !ok {
		return
	}
	if age := m.lastSeen(t) + changed(t, m.now); age != m.age {
		m.age = age
		m.Base.Touch()
	}
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
			Open:    m.open,
		},
		{
			Name:    "edit the topic",
			Binding: key.NewBinding(key.WithKeys("e"), key.WithHelp("e", "edit")),
			Changes: true,
			Why:     m.none("edit"),
			Open:    m.edit,
		},
		{
			Name:    "delete the topic",
			Binding: key.NewBinding(key.WithKeys("d"), key.WithHelp("d", "delete")),
			Changes: true,
			Why:     m.none("delete"),
			Open:    m.askDelete,
		},
		{
			Name:    "try the topic's criterion on a sample",
			Binding: key.NewBinding(key.WithKeys("x"), key.WithHelp("x", "try")),
			Why:     m.untriable,
			Open:    m.try,
		},
	}
}

func (m *Model) none(verb string) func() string {
	return func() string {
		if _, ok := m.Selected(); !ok {
			return "there is no topic to " + verb
		}
		return ""
	}
}

// untriable says why nothing of the selected topic can be tried here.
func (m *Model) untriable() string {
	t, ok := m.Selected()
	switch {
	case !ok:
		return "there is no topic to try"
	case len(t.Triggers) == 0:
		return "this topic has no trigger to try; e edits it"
	case m.r4 == nil:
		return "" // it comes in a moment
	}
	for _, g := range t.Triggers {
		if !judgeable(m.r4, g.Resource) {
			return "R4 has no resource type " + g.Resource + ": only the server can try this topic"
		}
	}
	return ""
}

// dependents are the destinations that name a url.
func (m *Model) dependents(url string) []aidbox.Destination {
	var out []aidbox.Destination
	for _, d := range m.destinations {
		if d.Topic == url {
			out = append(out, d)
		}
	}
	return out
}

func (m *Model) dependentIDs(url string) []string {
	var out []string
	for _, d := range m.dependents(url) {
		out = append(out, d.ID)
	}
	slices.Sort(out)
	return out
}

// twins are the other topics of the same url.
func (m *Model) twins(t aidbox.Topic) []aidbox.Topic {
	var out []aidbox.Topic
	for _, o := range m.topics {
		if o.URL == t.URL && o.ID != t.ID {
			out = append(out, o)
		}
	}
	return out
}

// Copied is the selected topic as Aidbox holds it.
func (m *Model) Copied() (what, text string) {
	t, ok := m.Selected()
	var b bytes.Buffer
	if !ok || json.Indent(&b, m.mask.JSON(t.Raw), "", "  ") != nil {
		return "", ""
	}
	return "topic " + t.URL, b.String()
}

// Command is the curl that puts the selected topic.
func (m *Model) Command() (what, text string) {
	t, ok := m.Selected()
	if !ok || m.api == nil {
		return "", ""
	}
	body, err := t.MarshalJSON()
	if err != nil {
		return "", ""
	}
	scheme := "Basic "
	if m.api.ClientID() == "" {
		scheme = "Bearer "
	}
	e := aidbox.Exchange{
		Method: http.MethodPut, URL: m.api.URL() + path + "/" + url.PathEscape(t.ID), ClientID: m.api.ClientID(),
		RequestHeader: http.Header{"Content-Type": {"application/json"}, "Authorization": {scheme + aidbox.Mask}},
		RequestBody:   m.mask.JSON(body),
	}
	return "curl that puts topic " + t.URL, e.Curl()
}
