// Package consumers is the screen of one stream's consumers: how far each has
// come, what it holds back, what is wrong with it, and what can be done about
// it, down to pulling one message and answering it by hand.
package consumers

import (
	"context"
	"fmt"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// Options say what the screen works on.
type Options struct {
	Theme theme.Theme
	NATS  *nats.Conn
}

// Model is the screen.
type Model struct {
	widget.List[nats.Consumer]
	o       Options
	stop    context.CancelFunc
	stopped context.Context

	stream    string // whose consumers these are; empty: none was asked for
	streams   []nats.Stream
	asked     uint64
	failed    error // of the last reading
	consumers []nats.Consumer
	watch     nats.ConsumerWatch // of all streams: what was seen stays known when another is opened
	pick      string             // the consumer to select when it is there
	api       api
	mask      data.Mask
	now       time.Time
	detail    *widget.Detail
}

// api is what the server's JetStream can do.
type api struct {
	known bool
	level int
}

// levelRead is the answer to which level of the JetStream API the server has.
type levelRead struct {
	level int
	err   error
}

// made is a consumer that the server has just taken.
type made struct{ consumer nats.Consumer }

// New returns the screen before a stream was chosen. What it waits for ends
// with ctx.
func New(ctx context.Context, o Options) *Model {
	m := &Model{o: o, now: time.Now()}
	m.stopped, m.stop = context.WithCancel(ctx)
	m.List = m.list()
	m.detail = widget.NewDetail(m)
	return m
}

// Close ends what is waited for.
func (m *Model) Close() { m.stop() }

// Detail is the pane of the selected consumer.
func (m *Model) Detail() widget.Part { return m.detail }

// Needs are the consumers, and the stream: its retention decides what an
// acknowledgement does.
func (m *Model) Needs() data.Needs {
	if m.stream == "" {
		return data.Needs{}
	}
	return data.Needs{Streams: true, Consumers: []string{m.stream}}
}

// Update takes what was read.
func (m *Model) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case widget.Focus:
		m.SetFocus(msg)
	case data.Mask:
		m.mask = msg
	case data.Tick:
		m.now = msg.Now
		if m.Len() > 0 {
			m.Touch() // the ages
		}
	case data.Consume:
		return m.open(msg.Stream)
	case data.Streams:
		if msg.Err == nil {
			m.streams = msg.Streams
			m.watch.Keep(msg.Streams)
			m.Touch()
		}
	case data.Consumers:
		// Also what other screens ask for.
		if msg.Err == nil {
			m.watch.Take(msg.Stream, msg.Consumers)
		}
		if msg.Stream == m.stream && msg.Newer(m.asked) {
			m.asked = msg.Question
			m.read(msg)
		}
	case levelRead:
		if msg.err == nil {
			m.api = api{known: true, level: msg.level}
		}
	case made:
		if msg.consumer.Stream == m.stream {
			m.pick = msg.consumer.Name
			m.show(data.Put(m.consumers, msg.consumer, func(k nats.Consumer) string { return k.Name }))
		}
	case pulled:
		return msg.d.stranded(msg)
	case answered:
		return msg.d.late(msg)
	}
	return nil
}

// open shows the consumers of a stream.
func (m *Model) open(stream string) tea.Cmd {
	if stream != m.stream {
		m.stream, m.consumers, m.pick, m.failed = stream, nil, "", nil
		base := m.Base
		m.List = m.list()
		m.Base = base
		m.List.SetSize(m.W, m.H)
		m.Touch()
	}
	m.api = api{}
	conn, stopped := m.o.NATS, m.stopped
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(nats.Background(stopped), levelWait)
		defer cancel()
		level, err := conn.APILevel(ctx)
		return levelRead{level, err}
	}
}

// levelWait bounds the question for the API's level.
const levelWait = 5 * time.Second

// read takes the list.
func (m *Model) read(msg data.Consumers) {
	m.failed = msg.Err
	if msg.Err != nil {
		m.Answer(nil, msg.Err)
		return
	}
	m.show(msg.Consumers)
}

// show takes the consumers as they are now.
func (m *Model) show(consumers []nats.Consumer) {
	m.consumers = consumers
	m.Answer(consumers, nil)
	if m.pick != "" && m.Select(m.pick) {
		m.pick = ""
	}
}

// troubles are what is wrong with a consumer.
func (m *Model) troubles(k nats.Consumer) []nats.Trouble {
	return m.watch.Troubles(k.Stream, k.Name)
}

// of is the stream, as it was read last.
func (m *Model) of() (nats.Stream, bool) {
	for _, s := range m.streams {
		if s.Name == m.stream {
			return s, true
		}
	}
	return nats.Stream{}, false
}

// Copied is the name of the selected consumer.
func (m *Model) Copied() (what, text string) {
	k, ok := m.Selected()
	if !ok {
		return "", ""
	}
	return "name of the consumer", k.Name
}

// Command is the nats command that tells of the selected consumer.
func (m *Model) Command() (what, text string) {
	k, ok := m.Selected()
	if !ok {
		return "", ""
	}
	return "nats command", m.o.NATS.Command(nats.ConsumerOperation(k.Stream, k.Name))
}

// span writes how long is waited, without the parts that are nothing: "5m", not
// "5m0s".
func span(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// took ends a sentence with how long the server took.
func took(start time.Time, format string, args ...any) string {
	return fmt.Sprintf(format, args...) + " in " + widget.Duration(time.Since(start))
}
