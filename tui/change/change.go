// Package change makes a change in Aidbox: what fires a topic. It is one
// dialog, which is the request that it sends: create, update or delete, a
// resource of any type in an editor for JSON and YAML, the headers. Before it
// is sent the text is held against the shape of R4 and the topics' criteria;
// after it was, the outcome says which topics fired and why not.
//
// Everything that was sent is kept while the console runs, within bounds, and
// what was typed and not sent too.
//
// With the mask on, the editor shows what was typed or pasted here, as whoever
// typed it knows it, and never what began as something that the server holds:
// that is neither shown nor edited until the mask is off. Lists, the history and
// the server's sentences are masked.
package change

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/widget"
)

// Aidbox is where the change is made.
type Aidbox interface {
	Create(ctx context.Context, resourceType string, body []byte, o aidbox.WriteOptions) (aidbox.Resource, error)
	Update(ctx context.Context, resourceType, id string, body []byte, o aidbox.WriteOptions) (aidbox.Resource, error)
	Delete(ctx context.Context, resourceType, id string, o aidbox.WriteOptions) (aidbox.Resource, error)
	Read(ctx context.Context, resourceType, id string) (aidbox.Resource, error)
	Search(ctx context.Context, resourceType string, query url.Values) (aidbox.Page, error)
}

// Model knows what a change needs to know of the server, and what was sent.
type Model struct {
	api     Aidbox
	world   world
	version int
	mask    data.Mask
	now     time.Time

	history    history
	lastType   string
	lastFormat format
	proposed   uint16 // the last correlation id

	statusAsked uint64
}

// New returns a Model before anything was changed.
func New(api Aidbox) *Model {
	return &Model{api: api, now: time.Now(), lastType: patient, proposed: uint16(rand.N(1 << 16))}
}

// Update takes what was read of the server, and how a change ended.
func (m *Model) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case data.AidboxHealth:
		if msg.Err == nil {
			m.version = msg.Version.Number
		}
	case data.Tick:
		m.now = msg.Now
	case data.Mask:
		m.mask = msg
		m.world.masked = msg.On
		m.world.revision++
	case data.Definitions:
		m.world.r4 = msg.R4
		m.world.revision++
	case data.Topics:
		if msg.Err == nil {
			m.topics(msg.Topics)
		}
	case data.Destinations:
		if msg.Err == nil {
			m.destinations(msg.Destinations)
		}
	case data.Statuses:
		if msg.Newer(m.statusAsked) && msg.Err == nil {
			m.statusAsked = msg.Question
			m.senders(msg.Statuses)
		}
	case data.TopicMade:
		m.topics(data.Put(m.world.topics, msg.Topic, func(t aidbox.Topic) string { return t.ID }))
	case data.DestinationMade:
		m.senders(map[string]data.Status{msg.Destination.ID: {}}) // what was told is of the one before
		m.destinations(data.Put(m.world.destinations, msg.Destination, func(d aidbox.Destination) string { return d.ID }))
	case sent:
		return m.ended(msg)
	}
	return nil
}

// topics takes the topics. The revision grows only when they differ: they are
// read every few seconds.
func (m *Model) topics(all []aidbox.Topic) {
	same := func(a, b aidbox.Topic) bool { return a.ID == b.ID && a.VersionID == b.VersionID }
	if !m.world.topicsRead || !slices.EqualFunc(m.world.topics, all, same) {
		m.world.topics, m.world.topicsRead = all, true
		m.world.revision++
	}
}

func (m *Model) destinations(all []aidbox.Destination) {
	same := func(a, b aidbox.Destination) bool { return a.ID == b.ID && a.VersionID == b.VersionID }
	if !m.world.destinationsRead || !slices.EqualFunc(m.world.destinations, all, same) {
		m.world.destinations, m.world.destinationsRead = all, true
		m.world.revision++
	}
}

// senders takes which destinations have a sender. What is known is not changed
// but replaced: a check may be reading it.
func (m *Model) senders(read map[string]data.Status) {
	known := maps.Clone(m.world.noSender)
	if known == nil {
		known = map[string]bool{}
	}
	for id, s := range read {
		if errors.Is(s.Err, aidbox.ErrNoSender) {
			known[id] = true
		} else {
			delete(known, id)
		}
	}
	maps.DeleteFunc(known, func(id string, _ bool) bool {
		return !slices.ContainsFunc(m.world.destinations, func(d aidbox.Destination) bool { return d.ID == id })
	})
	if !maps.Equal(known, m.world.noSender) {
		m.world.noSender = known
		m.world.revision++
	}
}

// ended keeps what was sent, and tells of it. A refusal is told by the dialog,
// if it still stands.
func (m *Model) ended(s sent) tea.Cmd {
	e := s.entry()
	m.history.add(e)
	if s.err == nil {
		m.lastType, m.lastFormat = s.request.resourceType, s.request.in
		return widget.AttemptFor(s.dialog, func(context.Context) widget.Outcome { return s.outcome() })
	}
	if s.dialog.done {
		return widget.Send(widget.Finished{Outcome: widget.Outcome{Err: errors.New(m.mask.Failure(s.err.Error()))}})
	}
	return nil
}

func refusedBy(err error) *aidbox.Error {
	var refused *aidbox.Error
	if errors.As(err, &refused) {
		return refused
	}
	return nil
}

// Anywhere is the action that changes a resource.
func (m *Model) Anywhere() widget.Actions {
	return widget.Actions{{
		Name:    "create, update or delete a resource in Aidbox",
		Binding: key.NewBinding(key.WithKeys("c"), key.WithHelp("c", "change a resource")),
		Changes: true,
		Open:    m.open,
	}}
}

// propose is a correlation id that is short enough to be read out, and none of
// those that this console has proposed lately.
func (m *Model) propose() string {
	m.proposed++
	return fmt.Sprintf("c-%04x", m.proposed)
}
