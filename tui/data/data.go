// Package data is what the console has read from its servers, as messages. A
// pane asks for nothing twice: whoever needs topics, destinations, counters or
// streams listens to these messages, and the root asks for what is visible.
//
// Every method of Source returns a command that runs outside of the program's
// loop, has a deadline, and answers with a message that carries the number of
// its question, so that a late answer to an old question can be told.
package data

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/mask"
	"aidbox-nats/aidbox/r4"
	"aidbox-nats/nats"
)

// Aidbox is what is read from Aidbox.
type Aidbox interface {
	Health(ctx context.Context) (aidbox.Health, error)
	Version(ctx context.Context) (aidbox.Version, error)
	Topics(ctx context.Context) ([]aidbox.Topic, error)
	Destinations(ctx context.Context) ([]aidbox.Destination, error)
	Status(ctx context.Context, destinationID string) (aidbox.Status, error)
}

// NATS is what is read from the broker.
type NATS interface {
	RTT(ctx context.Context) (time.Duration, error)
	Streams(ctx context.Context) ([]nats.Stream, error)
	Consumers(ctx context.Context, stream string) ([]nats.Consumer, error)
}

// deadline bounds one question. A server that has not answered by then is
// shown as one that does not answer.
const deadline = 5 * time.Second

// statusesAtOnce bounds the $status calls of one round.
const statusesAtOnce = 4

// Source asks the servers.
type Source struct {
	aidbox Aidbox
	nats   NATS
	asked  atomic.Uint64
}

// NewSource returns a Source over both clients.
func NewSource(a Aidbox, n NATS) *Source { return &Source{aidbox: a, nats: n} }

// Answer is common to all messages: Question grows with every question asked,
// At is when the answer came.
type Answer struct {
	Question uint64
	At       time.Time
	Err      error
}

// Overtake makes the answers to all questions asked until now late, because
// something was changed: it returns the number for [Answer.Newer].
func (s *Source) Overtake() uint64 { return s.asked.Load() }

// Newer says whether this answer is to a later question than the last one seen.
func (a Answer) Newer(last uint64) bool { return a.Question > last }

// Topics are Aidbox's subscription topics.
type Topics struct {
	Answer
	Topics []aidbox.Topic
}

// Destinations are Aidbox's topic destinations.
type Destinations struct {
	Answer
	Destinations []aidbox.Destination
}

// Status is the answer of one destination's $status.
type Status struct {
	Status aidbox.Status
	Err    error
}

// Statuses are counters by the destination's id.
type Statuses struct {
	Answer
	Statuses map[string]Status
}

// Streams are the streams of the account.
type Streams struct {
	Answer
	Streams []nats.Stream
}

// AidboxHealth says whether Aidbox answers, how fast, and which version it is.
type AidboxHealth struct {
	Answer
	Version aidbox.Version
	Took    time.Duration
}

// BrokerHealth is the broker's round trip.
type BrokerHealth struct {
	Answer
	RTT time.Duration
}

func ask[T any](s *Source, read func(context.Context) (T, error), message func(Answer, T) tea.Msg) tea.Cmd {
	question := s.asked.Add(1)
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(nats.Background(context.Background()), deadline)
		defer cancel()
		v, err := read(ctx)
		return message(Answer{Question: question, At: time.Now(), Err: err}, v)
	}
}

// Topics asks for all topics.
func (s *Source) Topics() tea.Cmd {
	return ask(s, s.aidbox.Topics, func(a Answer, v []aidbox.Topic) tea.Msg { return Topics{a, v} })
}

// Destinations asks for all destinations.
func (s *Source) Destinations() tea.Cmd {
	return ask(s, s.aidbox.Destinations, func(a Answer, v []aidbox.Destination) tea.Msg { return Destinations{a, v} })
}

// Streams asks for all streams.
func (s *Source) Streams() tea.Cmd {
	return ask(s, s.nats.Streams, func(a Answer, v []nats.Stream) tea.Msg { return Streams{a, v} })
}

// Statuses asks for the counters of the destinations named, a few at a time.
func (s *Source) Statuses(ids ...string) tea.Cmd {
	if len(ids) == 0 {
		return nil
	}
	return ask(s, func(ctx context.Context) (map[string]Status, error) {
		return s.readStatuses(ctx, ids), nil
	}, func(a Answer, v map[string]Status) tea.Msg { return Statuses{a, v} })
}

func (s *Source) readStatuses(ctx context.Context, ids []string) map[string]Status {
	var (
		mu    sync.Mutex
		wg    sync.WaitGroup
		place = make(chan struct{}, statusesAtOnce)
		out   = make(map[string]Status, len(ids))
	)
	for _, id := range ids {
		wg.Go(func() {
			place <- struct{}{}
			defer func() { <-place }()
			st, err := s.aidbox.Status(ctx, id)
			mu.Lock()
			defer mu.Unlock()
			out[id] = Status{Status: st, Err: err}
		})
	}
	wg.Wait()
	return out
}

// AidboxHealth asks Aidbox for its version and times the answer.
func (s *Source) AidboxHealth() tea.Cmd {
	return ask(s, func(ctx context.Context) (AidboxHealth, error) {
		start := time.Now()
		v, err := s.aidbox.Version(ctx)
		return AidboxHealth{Version: v, Took: time.Since(start)}, err
	}, func(a Answer, h AidboxHealth) tea.Msg { h.Answer = a; return h })
}

// BrokerHealth times the broker's round trip.
func (s *Source) BrokerHealth() tea.Cmd {
	return ask(s, s.nats.RTT, func(a Answer, rtt time.Duration) tea.Msg { return BrokerHealth{a, rtt} })
}

// Needs is what a pane wants to be read while it is on the screen.
type Needs struct {
	Topics, Destinations, Streams bool
	// Statuses are the destinations whose counters are wanted.
	Statuses []string
	// Consumers are the streams whose consumers are wanted.
	Consumers []string
}

// Merge adds what another pane needs, a destination's counters and a stream's
// consumers once.
func (n *Needs) Merge(o Needs) {
	n.Topics = n.Topics || o.Topics
	n.Destinations = n.Destinations || o.Destinations
	n.Streams = n.Streams || o.Streams
	n.Statuses = union(n.Statuses, o.Statuses)
	n.Consumers = union(n.Consumers, o.Consumers)
}

// union adds to a list what it does not have.
func union(list, more []string) []string {
	for _, v := range more {
		if !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return list
}

// Put returns a list in which v stands for what has its identity, or at the
// end. The list given is not changed.
func Put[T any](list []T, v T, id func(T) string) []T {
	out := slices.Clone(list)
	if i := slices.IndexFunc(out, func(x T) bool { return id(x) == id(v) }); i >= 0 {
		out[i] = v
		return out
	}
	return append(out, v)
}

// TopicMade is a topic that Aidbox has just taken, before the list is read again.
type TopicMade struct{ Topic aidbox.Topic }

// DestinationMade is a destination that Aidbox has just taken.
type DestinationMade struct{ Destination aidbox.Destination }

// Stale asks the root to read again at once what is on the screen, because
// something was changed. With Statuses only the counters of destinations and
// consumers are meant.
type Stale struct{ Statuses bool }

// Tick is the clock of the console: ages and rates are counted by it.
type Tick struct{ Now time.Time }

// Definitions is the shape of FHIR R4, read once at the start.
type Definitions struct {
	R4     *r4.Definitions
	Masker *mask.Masker // hides personal data by it
	Err    error
}

// LoadDefinitions reads the shape of R4, which takes some 20 ms.
func LoadDefinitions() tea.Msg {
	d, err := r4.Load()
	if err != nil {
		return Definitions{Err: err}
	}
	return Definitions{R4: d, Masker: mask.New(d)}
}
