// Package wire is the view of what went over the wire: every HTTP exchange with
// Aidbox and every operation on NATS so far, each with the command that a
// person could have typed.
package wire

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// Exchanges are what went to Aidbox.
type Exchanges interface {
	Exchanges(after uint64) []aidbox.Exchange
	Changed() <-chan struct{}
}

// Operations are what went to NATS.
type Operations interface {
	Operations(after uint64) []nats.Operation
	Changed() <-chan struct{}
}

// keep bounds what the view holds.
const keep = 500

// frame is the least time between two looks at the records.
const frame = 100 * time.Millisecond

// entry is one line: an exchange or an operation.
type entry struct {
	id         string
	start      time.Time
	duration   time.Duration
	background bool
	exchange   *aidbox.Exchange
	operation  *nats.Operation
}

// Model is the view.
type Model struct {
	widget.List[entry]
	exchanges  Exchanges
	operations Operations
	stop       context.CancelFunc
	stopped    context.Context
	entries    []entry
	httpSeq    uint64
	natsSeq    uint64
	all        bool
	follow     bool
	detail     *widget.Detail
}

// New returns the view over both records.
func New(ctx context.Context, th theme.Theme, h Exchanges, n Operations) *Model {
	m := &Model{exchanges: h, operations: n, follow: true}
	m.stopped, m.stop = context.WithCancel(ctx)
	columns := []widget.Column[entry]{
		{Width: 12, Drop: 1, Cell: func(e entry) widget.Cell { return widget.Cell{Text: widget.Clock(e.start), Role: theme.Faint} }},
		{Width: 6, Cell: verbCell},
		{Flex: 1, Cell: func(e entry) widget.Cell { return widget.Cell{Text: e.what()} }},
		{Right: true, Width: 5, Cell: resultCell},
		{Right: true, Width: 8, Drop: 2, Cell: func(e entry) widget.Cell {
			return widget.Cell{Text: widget.Duration(e.duration), Role: theme.Faint}
		}},
	}
	m.List = widget.NewList(th, "Wire", "Nothing was asked for yet. What the console reads by itself is hidden; a shows it.", columns,
		func(e entry) string { return e.id })
	m.detail = widget.NewDetail(m)
	m.look()
	return m
}

// Close ends the command that waits for the records.
func (m *Model) Close() { m.stop() }

// Detail is the pane of the selected exchange or operation.
func (m *Model) Detail() widget.Part { return m.detail }

// Init begins to wait for the records.
func (m *Model) Init() tea.Cmd { return m.await() }

// changed says that something went over the wire.
type changed struct{}

func (m *Model) await() tea.Cmd {
	httpSeq, natsSeq := m.httpSeq, m.natsSeq
	return widget.Await(m.stopped, frame, func(ctx context.Context) bool {
		for {
			h, n := m.exchanges.Changed(), m.operations.Changed()
			if len(m.exchanges.Exchanges(httpSeq)) > 0 || len(m.operations.Operations(natsSeq)) > 0 {
				return true
			}
			select {
			case <-h:
			case <-n:
			case <-ctx.Done():
				return false
			}
		}
	}, changed{})
}

// Update takes what was recorded.
func (m *Model) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case widget.Focus:
		m.SetFocus(msg)
	case changed:
		m.look()
		return m.await()
	}
	return nil
}

// look takes what is new in both records.
func (m *Model) look() {
	fresh := m.exchanges.Exchanges(m.httpSeq)
	for i := range fresh {
		e := &fresh[i]
		m.httpSeq = e.Seq
		m.entries = append(m.entries, entry{id: "h" + strconv.FormatUint(e.Seq, 10), start: e.Start, duration: e.Duration,
			background: e.Background, exchange: e})
	}
	ops := m.operations.Operations(m.natsSeq)
	for i := range ops {
		o := &ops[i]
		m.natsSeq = o.Seq
		m.entries = append(m.entries, entry{id: "n" + strconv.FormatUint(o.Seq, 10), start: o.Start, duration: o.Duration,
			background: o.Background, operation: o})
	}
	slices.SortStableFunc(m.entries, func(a, b entry) int { return a.start.Compare(b.start) })
	m.trim()
	m.show()
}

// trim forgets the oldest; what a person asked for stays longer than what the
// console reads by itself.
func (m *Model) trim() {
	for _, background := range []bool{true, false} {
		n := 0
		for _, e := range m.entries {
			if e.background == background {
				n++
			}
		}
		m.entries = slices.DeleteFunc(m.entries, func(e entry) bool {
			if e.background != background || n <= keep {
				return false
			}
			n--
			return true
		})
	}
}

func (m *Model) show() {
	var rows []entry
	for _, e := range m.entries {
		if m.all || !e.background {
			rows = append(rows, e)
		}
	}
	m.Answer(rows, nil)
	if m.follow {
		m.Bottom()
	}
}

// Keys choose what is listed, and move.
func (m *Model) Keys() widget.Actions {
	moved := func() {
		rows := m.Table.Rows()
		last, ok := m.Selected()
		m.follow = ok && len(rows) > 0 && rows[len(rows)-1].id == last.id
		m.Base.Touch()
	}
	return append(m.actions(), widget.Motions(m.Table, moved)...)
}

// DetailKeys are those of the list.
func (m *Model) DetailKeys() widget.Actions { return m.actions() }

func (m *Model) actions() widget.Actions {
	words := "show all"
	if m.all {
		words = "hide own"
	}
	return widget.Actions{{
		Name:    "show or hide what the console reads by itself",
		Binding: key.NewBinding(key.WithKeys("a"), key.WithHelp("a", words)),
		Run: func() tea.Cmd {
			m.all = !m.all
			m.show()
			return nil
		},
	}}
}

// Command is the command that does the same.
func (m *Model) Command() (what, text string) {
	e, ok := m.Selected()
	switch {
	case !ok:
		return "", ""
	case e.exchange != nil:
		return "curl command", e.exchange.Curl()
	}
	return "nats command", e.operation.Command()
}

func (e entry) what() string {
	if e.operation != nil {
		return e.operation.Subject
	}
	if u, err := url.Parse(e.exchange.URL); err == nil {
		return u.RequestURI()
	}
	return e.exchange.URL
}

func verbCell(e entry) widget.Cell {
	if e.operation != nil {
		return widget.Cell{Text: shortVerb(e.operation.Verb), Role: theme.JS}
	}
	return widget.Cell{Text: e.exchange.Method, Role: theme.Core}
}

// shortVerb keeps the column narrow.
func shortVerb(verb string) string {
	switch verb {
	case "CONNECT":
		return "CONN"
	case "DISCONNECT":
		return "DISC"
	}
	return verb
}

func resultCell(e entry) widget.Cell {
	switch {
	case e.operation != nil && e.operation.Err == "":
		return widget.Cell{Text: "ok", Role: theme.OK}
	case e.operation != nil, e.exchange.Status == 0:
		return widget.Cell{Text: "fail", Role: theme.Bad}
	case e.exchange.Status >= 400:
		return widget.Cell{Text: strconv.Itoa(e.exchange.Status), Role: theme.Bad}
	case e.exchange.Status >= 300:
		return widget.Cell{Text: strconv.Itoa(e.exchange.Status), Role: theme.Warn}
	}
	return widget.Cell{Text: strconv.Itoa(e.exchange.Status), Role: theme.OK}
}
