// Package notification decides which destinations a change concerns and writes
// the message that each of them gets, byte for byte as Aidbox does.
//
// What is not documented is a choice: the entry's request is POST of the type
// whatever happened (the one published notification of an updated resource says
// so), a deletion carries the resource with the deletion's version, the bundle's
// timestamp is the change's lastUpdated, and a change for which several triggers
// of a destination's topic hold makes one message. A criterion that fails on a
// resource does not hold for it.
package notification

import (
	"context"
	"fmt"
	"sync"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/criteria"
	"aidbox-nats/aidbox/r4"
)

// Change is what happened to one resource.
type Change struct {
	Interaction       Interaction
	Type, ID, Version string
	Timestamp         string // of the bundle: UTC, seconds
	Resource          []byte // the new version; of a deletion, too
	Previous          []byte // the version before; nil on create
	CorrelationID     string // empty: none
}

// Interaction is what happened, in a trigger's words.
type Interaction string

// The interactions that a trigger can name.
const (
	Create Interaction = "create"
	Update Interaction = "update"
	Delete Interaction = "delete"
)

// criterionChange is the change as a criterion sees it.
func (c Change) criterionChange() criteria.Change {
	if c.Interaction == Delete {
		return criteria.Change{Previous: c.Previous}
	}
	return criteria.Change{Current: c.Resource, Previous: c.Previous}
}

// Compiler compiles criteria and remembers them. It is safe for concurrent use.
type Compiler struct {
	definitions *r4.Definitions

	mu       sync.Mutex
	compiled map[criterionKey]compiled
}

type criterionKey struct{ resourceType, source string }

type compiled struct {
	criterion *criteria.Criterion
	err       error
}

// NewCompiler returns a compiler without criteria.
func NewCompiler(d *r4.Definitions) *Compiler {
	return &Compiler{definitions: d, compiled: make(map[criterionKey]compiled)}
}

// Set is the topics and destinations at one moment. It does not change.
type Set struct {
	topics       map[string]topicState // by url
	triggers     map[string][]trigger  // by resource type
	destinations map[string][]aidbox.Destination
}

type topicState struct {
	err error // of the first criterion that does not compile
}

type trigger struct {
	aidbox.Trigger
	topic     string
	criterion *criteria.Criterion // nil: always
}

// Build makes the set of all stored topics and destinations. A topic with a
// criterion that does not compile is in it, and never fires.
func (c *Compiler) Build(topics []aidbox.Topic, destinations []aidbox.Destination) *Set {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := &Set{
		topics:       make(map[string]topicState),
		triggers:     make(map[string][]trigger),
		destinations: make(map[string][]aidbox.Destination),
	}
	used := make(map[criterionKey]compiled)
	for _, topic := range topics {
		triggers, err := c.triggers(topic, used)
		if before, twice := s.topics[topic.URL]; !twice || before.err != nil {
			s.topics[topic.URL] = topicState{err: err}
		}
		if err != nil || !topic.Active() {
			continue
		}
		for _, t := range triggers {
			s.triggers[t.Resource] = append(s.triggers[t.Resource], t)
		}
	}
	for _, d := range destinations {
		s.destinations[d.Topic] = append(s.destinations[d.Topic], d)
	}
	c.compiled = used
	return s
}

func (c *Compiler) triggers(topic aidbox.Topic, used map[criterionKey]compiled) ([]trigger, error) {
	triggers := make([]trigger, 0, len(topic.Triggers))
	for _, t := range topic.Triggers {
		out := trigger{Trigger: t, topic: topic.URL}
		if t.Criteria != "" {
			key := criterionKey{resourceType: t.Resource, source: t.Criteria}
			known, ok := used[key]
			if !ok {
				known, ok = c.compiled[key]
			}
			if !ok {
				known.criterion, known.err = criteria.Compile(c.definitions, t.Resource, t.Criteria)
			}
			used[key] = known
			if known.err != nil {
				return nil, fmt.Errorf("topic %s, criterion of %s: %w", topic.ID, t.Resource, known.err)
			}
			out.criterion = known.criterion
		}
		triggers = append(triggers, out)
	}
	return triggers, nil
}

// Deaf says why nothing could ever be sent for a destination of this topic: no
// topic has the url, or its criterion does not compile. Nil: something could.
func (s *Set) Deaf(topic string) error {
	state, ok := s.topics[topic]
	if !ok {
		return fmt.Errorf("no topic has the url %q", topic)
	}
	return state.err
}

// Fire returns the destinations that get a message about a change, those of one
// topic together.
func (s *Set) Fire(ctx context.Context, change Change) []aidbox.Destination {
	var fired []aidbox.Destination
	done := make(map[string]bool)
	for _, t := range s.triggers[change.Type] {
		if done[t.topic] || len(s.destinations[t.topic]) == 0 || !t.Fires(string(change.Interaction)) {
			continue
		}
		if t.criterion != nil {
			verdict, err := t.criterion.Decide(ctx, change.criterionChange())
			if err != nil || !verdict.Fires() {
				continue
			}
		}
		done[t.topic] = true
		fired = append(fired, s.destinations[t.topic]...)
	}
	return fired
}
