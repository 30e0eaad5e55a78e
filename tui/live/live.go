// Package live is the pane of live subscriptions: what arrives on NATS, as it
// arrives, and what happened to the connection in between.
//
// Messages never become messages of the program. A command waits until the
// feed or the connection has changed, at most thirty times a second; then the
// pane takes what is new and draws the part that is on the screen. A filter is
// searched by another command, over copies of a part at a time.
package live

import (
	"context"
	"maps"
	"sync/atomic"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/message"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// frame is the least time between two looks at the feed.
const frame = time.Second / 30

// Feed is what arrives.
type Feed interface {
	Subscribe(ctx context.Context, subject string) error
	Unsubscribe(subject string) error
	Subscriptions() []nats.SubscriptionInfo
	Counters() nats.Counters
	Window(from uint64, n int) []nats.Delivery
	Changed() <-chan struct{}
	Close()
}

// Connection sends messages, and tells how it fares. Command is what a person
// types to do the same over it.
type Connection interface {
	Publish(ctx context.Context, m nats.Message) error
	PublishStored(ctx context.Context, m nats.Message, o nats.StoreOptions) (nats.Ack, error)
	Command(o nats.Operation) string
	Status() nats.Status
	Events(after uint64) []nats.Event
	Changed() <-chan struct{}
}

// Model is the pane: the list of subscriptions, and what its feed and its
// detail show.
type Model struct {
	widget.List[nats.SubscriptionInfo]
	source  Feed
	conn    Connection
	stop    context.CancelFunc
	stopped context.Context
	jobs    chan job

	counters      nats.Counters
	subscriptions []nats.SubscriptionInfo
	state         nats.State
	watch         watch
	passed        uint64 // the next message that the others were not told of
	rates         map[string]*rate
	tracker       *tracker          // of await alone
	again         map[uint64]repeat // messages that were here before, by their sequence
	form          *widget.Form      // the last one that publishes
	// streams may store what is published; asked is the question for them.
	streams atomic.Pointer[[]nats.Stream]
	asked   uint64

	feed    *FeedView
	detail  *messageView
	content message.Content
	told    told
	// detailRevision grows when the detail may show something else.
	detailRevision uint64
}

// New returns the pane over a feed, which it owns: Close ends both.
func New(ctx context.Context, th theme.Theme, f Feed, c Connection) *Model {
	m := &Model{source: f, conn: c, rates: map[string]*rate{}, jobs: make(chan job, 1), passed: 1, tracker: &tracker{}, again: map[uint64]repeat{}}
	m.stopped, m.stop = context.WithCancel(ctx)
	columns := []widget.Column[nats.SubscriptionInfo]{
		{Flex: 3, Cell: func(s nats.SubscriptionInfo) widget.Cell { return widget.Cell{Text: s.Subject} }},
		{Right: true, Width: 9, Cell: func(s nats.SubscriptionInfo) widget.Cell {
			return widget.Cell{Text: widget.Short(int64(m.counted(s))), Unit: " msg", Role: theme.Num}
		}},
		{Right: true, Width: 7, Cell: m.rateCell},
		{Width: sparkWidth, Drop: 1, Cell: func(s nats.SubscriptionInfo) widget.Cell {
			return widget.Cell{Text: widget.SparklineOver(m.rate(s.Subject).values(), sparkWidth, sparkFloor), Role: theme.Accent}
		}},
	}
	m.List = widget.NewList(th, "Live", "No subscriptions. s subscribes to a subject.", columns,
		func(s nats.SubscriptionInfo) string { return s.Subject })
	m.SetMark(m.mark)
	m.feed = newFeedView(m)
	m.detail = &messageView{Document: widget.NewDocument(th, m), m: m}
	m.look()
	return m
}

// Close ends the subscriptions, and the commands that wait.
func (m *Model) Close() {
	m.stop()
	m.source.Close()
}

// Feed is the pane of what arrived.
func (m *Model) Feed() widget.Part { return m.feed }

// Detail is the pane of the selected message.
func (m *Model) Detail() widget.Part { return m.detail }

// Init begins to wait for the feed and the connection, and to search.
func (m *Model) Init() tea.Cmd { return tea.Batch(m.await(), m.search()) }

// changed says that the feed or the connection is not what it was.
type changed struct {
	seen   []data.Seen
	again  map[uint64]repeat
	passed uint64
}

// await waits until there is something that was not looked at.
func (m *Model) await() tea.Cmd {
	revision, event, state, passed := m.counters.Revision, m.watch.last, m.state, m.passed
	if m.feed.paused {
		// What happens meanwhile is read when the pause ends.
		if all := m.conn.Events(event); len(all) > 0 {
			event = all[len(all)-1].Seq
		}
	}
	wait := widget.Await(m.stopped, frame, func(ctx context.Context) bool {
		for {
			feed, conn := m.source.Changed(), m.conn.Changed()
			if m.source.Counters().Revision != revision || m.conn.Status().State != state || len(m.conn.Events(event)) > 0 {
				return true
			}
			select {
			case <-feed:
			case <-conn:
			case <-ctx.Done():
				return false
			}
		}
	}, changed{})
	return func() tea.Msg {
		if wait() == nil {
			return nil
		}
		return look(m.source, passed, m.tracker)
	}
}

// Needs are the streams while a message is written that one may store.
func (m *Model) Needs() data.Needs {
	return data.Needs{Streams: m.form != nil && !m.form.Done() && !m.form.Cancelled()}
}

// Update takes the clock and the changes of the feed.
func (m *Model) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case widget.Focus:
		m.SetFocus(msg)
		m.tellDetail()
	case data.Mask:
		m.feed.setMask(msg)
	case data.Tick:
		m.count(msg.Now)
	case data.Streams:
		if msg.Newer(m.asked) {
			m.asked = msg.Question
			if msg.Err == nil {
				m.streams.Store(&msg.Streams)
			}
		}
	case changed:
		m.passed = max(m.passed, msg.passed)
		maps.Copy(m.again, msg.again)
		m.look()
		return tea.Batch(append(tell(msg.seen), m.await())...)
	case searched:
		m.feed.sieve.take(msg)
		m.feed.look()
		return m.search()
	case subscribed:
		m.look()
		m.Select(msg.subject)
		m.Touch()
	}
	return nil
}

// look takes the counters, the subscriptions and the messages as they are now.
func (m *Model) look() {
	m.counters = m.source.Counters()
	m.subscriptions = m.source.Subscriptions()
	before := m.state
	if m.state = m.conn.Status().State; m.state == nats.Connected && before != m.state && m.form != nil && !m.form.Done() {
		m.form.SetError(nil) // it was about the connection before
	}
	m.Answer(m.subscriptions, nil)
	m.feed.pull()
	m.forget()
	m.feed.look()
}

// counted is what a subscription brought of what is shown: what is hidden in
// the feed, such as this console's own requests, moves no number in the list.
func (m *Model) counted(s nats.SubscriptionInfo) uint64 {
	if m.feed.system {
		return s.Received
	}
	return s.Received - s.System
}

// Keys are what can be done with subscriptions.
func (m *Model) Keys() widget.Actions {
	return append(widget.Actions{m.unsubscribe(), m.pauseAction(), m.systemAction()}, m.Motions()...)
}

// Anywhere are the actions that need no subscription to be selected.
func (m *Model) Anywhere() widget.Actions {
	return widget.Actions{
		{
			Name:    "subscribe to a subject",
			Binding: key.NewBinding(key.WithKeys("s"), key.WithHelp("s", "subscribe")),
			Open:    m.subscribeForm,
		},
		{
			Name:    "publish a message",
			Binding: key.NewBinding(key.WithKeys("p"), key.WithHelp("p", "publish")),
			Changes: true,
			Open:    m.publishForm,
		},
	}
}

func (m *Model) unsubscribe() widget.Action {
	return widget.Action{
		Name:    "end the subscription",
		Binding: key.NewBinding(key.WithKeys("u"), key.WithHelp("u", "unsubscribe")),
		Why: func() string {
			if _, ok := m.Selected(); !ok {
				return "there is no subscription to end"
			}
			return ""
		},
		Run: func() tea.Cmd {
			s, _ := m.Selected()
			return widget.Attempt(func(context.Context) widget.Outcome {
				if err := m.source.Unsubscribe(s.Subject); err != nil {
					return widget.Outcome{Err: err}
				}
				return widget.Outcome{Said: "Unsubscribed from " + s.Subject + " after " + messages(m.counted(s)) + "; what came stays in the feed"}
			})
		},
	}
}

// mark stands before a subscription on which nothing can arrive.
func (m *Model) mark(s nats.SubscriptionInfo) widget.Cell {
	switch {
	case s.Err != nil:
		return widget.Cell{Text: "!", Role: theme.Bad}
	case m.state != nats.Connected:
		return widget.Cell{Text: "!", Role: theme.Warn}
	}
	return widget.Cell{}
}

func (m *Model) rateCell(s nats.SubscriptionInfo) widget.Cell {
	switch {
	case s.Err != nil:
		return widget.Cell{Text: "refused", Role: theme.Bad}
	case m.state != nats.Connected:
		return widget.Cell{Text: "waits", Role: theme.Warn}
	}
	text := widget.Rate(m.rate(s.Subject).now())
	return widget.Cell{Text: text[:len(text)-2], Unit: "/s", Role: theme.Text}
}
