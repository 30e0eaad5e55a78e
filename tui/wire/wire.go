// Package wire is the view of what went over the wire: every HTTP exchange with
// Aidbox and every operation on NATS so far, each with the command that a
// person could have typed.
package wire

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/term"
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
	filter     string
	mask       data.Mask
	jobs       chan job
	sieve      sieve
	detail     *widget.Document
}

// New returns the view over both records.
func New(ctx context.Context, th theme.Theme, h Exchanges, n Operations) *Model {
	m := &Model{exchanges: h, operations: n, follow: true, jobs: make(chan job, 1)}
	m.stopped, m.stop = context.WithCancel(ctx)
	columns := []widget.Column[entry]{
		{Width: clockWidth, Drop: 1, Cell: func(e entry) widget.Cell { return widget.Cell{Text: widget.Clock(e.start), Role: theme.Faint} }},
		{Width: verbWidth, Cell: verbCell},
		{Flex: 1, Cell: func(e entry) widget.Cell { return widget.Cell{Text: shorten(e.what(m.mask), m.whatWidth())} }},
		{Right: true, Width: resultWidth, Cell: resultCell},
		{Right: true, Width: durationWidth, Drop: 2, Cell: durationCell},
	}
	m.List = widget.NewList(th, "Wire", "Nothing was asked for yet. What the console reads by itself is hidden; a shows it.", columns,
		func(e entry) string { return e.id })
	m.detail = widget.NewDocument(th, m)
	m.look()
	return m
}

// Close ends the commands that wait.
func (m *Model) Close() { m.stop() }

// SetSize gives the list its place. How much of a path is shown depends on it.
func (m *Model) SetSize(w, h int) {
	m.List.SetSize(w, h)
	m.Refresh()
}

// Detail is the pane of the selected exchange or operation.
func (m *Model) Detail() widget.Part { return m.detail }

// Init begins to wait for the records, and to search.
func (m *Model) Init() tea.Cmd { return tea.Batch(m.await(), m.search()) }

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
	case data.Mask:
		m.mask = msg
		m.ask()
	case changed:
		m.look()
		return m.await()
	case searched:
		m.take(msg)
		return m.search()
	}
	return nil
}

// look takes what is new in both records.
func (m *Model) look() {
	shown := m.all || !m.Known()
	fresh := m.exchanges.Exchanges(m.httpSeq)
	for i := range fresh {
		e := &fresh[i]
		m.httpSeq = e.Seq
		shown = shown || !e.Background
		m.entries = append(m.entries, entry{id: "h" + strconv.FormatUint(e.Seq, 10), start: e.Start, duration: e.Duration,
			background: e.Background, exchange: e})
	}
	ops := m.operations.Operations(m.natsSeq)
	for i := range ops {
		o := &ops[i]
		m.natsSeq = o.Seq
		shown = shown || !o.Background
		m.entries = append(m.entries, entry{id: "n" + strconv.FormatUint(o.Seq, 10), start: o.Start, duration: o.Duration,
			background: o.Background, operation: o})
	}
	slices.SortStableFunc(m.entries, func(a, b entry) int { return a.start.Compare(b.start) })
	m.trim()
	if shown {
		m.sift()
	}
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
			delete(m.sieve.found, e.id)
			return true
		})
	}
}

// listed says that an entry is shown when no filter is in force.
func (m *Model) listed(e entry) bool { return m.all || !e.background }

func (m *Model) show() {
	var rows []entry
	for _, e := range m.entries {
		if m.listed(e) && (m.filter == "" || m.sieve.found[e.id]) {
			rows = append(rows, e)
		}
	}
	m.Answer(rows, nil)
	m.SetEmpty(m.emptyText())
	if m.follow {
		m.Bottom()
	}
}

func (m *Model) emptyText() string {
	if m.filter == "" {
		return "Nothing was asked for yet. What the console reads by itself is hidden; a shows it."
	}
	text := "Nothing here matches " + m.filter
	if !m.all {
		text += ". a shows what the console reads by itself too."
	}
	return text
}

// Filter is the text in force.
func (m *Model) Filter() string { return m.filter }

// SetFilter shows only the exchanges and operations in whose line or bodies the
// text is found, letter case aside, or with "!" those in which it is not. With
// the mask on what it hides is not found. It is searched outside of the loop;
// until then what was shown stays.
func (m *Model) SetFilter(text string) {
	if text != m.filter {
		m.filter = text
		m.ask()
	}
}

// Title carries the count, and the filter.
func (m *Model) Title() widget.Title {
	t := m.List.Title()
	if m.filter != "" {
		all := 0
		for _, e := range m.entries {
			if m.listed(e) {
				all++
			}
		}
		found := widget.Count(int64(m.Len()))
		if m.sieve.again {
			found = term.Ellipsis()
		}
		t.Right = "/" + term.Clean(m.filter) + "  " + found + " of " + widget.Count(int64(all))
	}
	return t
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
		words = "hide again"
	}
	return widget.Actions{{
		Name:    "show or hide what the console reads by itself",
		Binding: key.NewBinding(key.WithKeys("a"), key.WithHelp("a", words)),
		Run: func() tea.Cmd {
			m.all = !m.all
			m.sift()
			return nil
		},
	}}
}

// Copied is the value under the detail's cursor, or both halves of what is
// selected, as they were.
func (m *Model) Copied() (what, text string) {
	if m.detail.Focused {
		if path, value, ok := m.detail.Value(); ok {
			if path == "" {
				path = "body"
			}
			return path, value
		}
	}
	e, ok := m.Selected()
	switch {
	case !ok:
		return "", ""
	case e.exchange != nil:
		return "exchange", exchangeText(masked(m.mask, *e.exchange))
	}
	return "operation", operationText(m.mask, *e.operation)
}

// Command is the command that does what is selected again.
func (m *Model) Command() (what, text string) {
	e, ok := m.Selected()
	switch {
	case !ok:
		return "", ""
	case e.exchange != nil:
		return "curl command", masked(m.mask, *e.exchange).Curl()
	}
	return "nats command", maskedOperation(m.mask, *e.operation).Command()
}
