// Package live is the pane of live subscriptions: what arrives on NATS, as it
// arrives.
//
// Messages never become messages of the program. A command waits until the
// feed has changed, at most thirty times a second; then the pane looks at the
// part of the feed that is on the screen.
package live

import (
	"context"
	"strconv"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
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

// Publisher sends one message.
type Publisher interface {
	Publish(ctx context.Context, m nats.Message) error
}

// Model is the pane: the list of subscriptions, and what its feed and its
// detail show.
type Model struct {
	widget.List[nats.SubscriptionInfo]
	source   Feed
	publish  Publisher
	stop     context.CancelFunc
	stopped  context.Context
	counters nats.Counters
	rates    map[string]*rate
	feed     *FeedView
	detail   *widget.Detail

	told           told
	detailRevision uint64
}

// New returns the pane over a feed, which it owns: Close ends both.
func New(ctx context.Context, th theme.Theme, f Feed, p Publisher) *Model {
	m := &Model{source: f, publish: p, rates: map[string]*rate{}}
	m.stopped, m.stop = context.WithCancel(ctx)
	columns := []widget.Column[nats.SubscriptionInfo]{
		{Flex: 3, Cell: subjectCell},
		{Right: true, Width: 9, Cell: func(s nats.SubscriptionInfo) widget.Cell {
			return widget.Cell{Text: widget.Short(int64(s.Received)), Unit: " msg", Role: theme.Num}
		}},
		{Right: true, Width: 7, Drop: 1, Cell: func(s nats.SubscriptionInfo) widget.Cell {
			return widget.Cell{Text: widget.Rate(m.rate(s.Subject).now()), Role: theme.Faint}
		}},
		{Width: sparkWidth, Drop: 2, Cell: func(s nats.SubscriptionInfo) widget.Cell {
			return widget.Cell{Text: widget.Sparkline(m.rate(s.Subject).values(), sparkWidth), Role: theme.Accent}
		}},
	}
	m.List = widget.NewList(th, "Live", "No subscriptions. s subscribes to a subject.", columns,
		func(s nats.SubscriptionInfo) string { return s.Subject })
	m.feed = newFeedView(m)
	m.detail = widget.NewDetail(m)
	m.look()
	return m
}

// Close ends the subscriptions, and the command that waits for the feed.
func (m *Model) Close() {
	m.stop()
	m.source.Close()
}

// Feed is the pane of what arrived.
func (m *Model) Feed() widget.Part { return m.feed }

// Detail is the pane of the selected message.
func (m *Model) Detail() widget.Part { return m.detail }

// Init begins to wait for the feed.
func (m *Model) Init() tea.Cmd { return m.await(m.counters.Revision) }

// changed says that the feed is not what it was.
type changed struct{}

// await waits until the feed has another revision than the one seen.
func (m *Model) await(seen uint64) tea.Cmd {
	return widget.Await(m.stopped, frame, func(ctx context.Context) bool {
		for {
			ch := m.source.Changed()
			if m.source.Counters().Revision != seen {
				return true
			}
			select {
			case <-ch:
			case <-ctx.Done():
				return false
			}
		}
	}, changed{})
}

// Update takes the clock and the changes of the feed.
func (m *Model) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case widget.Focus:
		m.SetFocus(msg)
	case data.Tick:
		m.count(msg.Now)
	case changed:
		m.look()
		return m.await(m.counters.Revision)
	case subscribed:
		m.look()
		m.Select(msg.subject)
		m.Touch()
	}
	return nil
}

// look takes the counters and the subscriptions as they are now.
func (m *Model) look() {
	m.counters = m.source.Counters()
	m.Answer(m.source.Subscriptions(), nil)
	m.feed.look()
}

// Keys are what can be done with subscriptions.
func (m *Model) Keys() widget.Actions {
	return append(widget.Actions{m.unsubscribe(), m.pauseAction()}, m.Motions()...)
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
		Binding: key.NewBinding(key.WithKeys("u", "d"), key.WithHelp("u", "unsubscribe")),
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
				return widget.Outcome{Said: "Unsubscribed from " + s.Subject + " after " + strconv.FormatUint(s.Received, 10) + " messages"}
			})
		},
	}
}

func subjectCell(s nats.SubscriptionInfo) widget.Cell {
	if s.Err != nil {
		return widget.Cell{Text: s.Subject + "  refused", Role: theme.Bad}
	}
	return widget.Cell{Text: s.Subject}
}
