package messages

import (
	"context"
	"math"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/widget"
)

// where is a place in a stream.
type where int

const (
	atEnd where = iota
	atStart
	atSeq
	atTime
	pageBefore // the page before what is held
	pageAfter
)

// target is what is to be read.
type target struct {
	where where
	seq   uint64
	time  time.Time
}

// page is how many messages are asked for at once.
const page = 64

// loaded is the answer.
type loaded struct {
	turn   uint64
	target target
	reader *nats.Reader
	state  *nats.Stream // where it was asked for
	page   nats.Page
	rows   []row
	asked  uint64 // the stream's last sequence when it was asked, so far as was known
	mask   uint64
	err    error
}

// slowly says that what was asked for in a turn may take long.
type slowly struct{ turn uint64 }

// slowAfter is how long a page may take before a person is told: what comes
// sooner would only flicker.
const slowAfter = 150 * time.Millisecond

// jump reads another place of the stream.
func (m *Model) jump(t target) tea.Cmd {
	m.turn++
	m.pending, m.last, m.near = 0, t, t.where == atSeq || t.where == atTime
	m.reader, m.err = nil, nil
	return m.load(t)
}

// load reads a page outside of the loop.
func (m *Model) load(t target) tea.Cmd {
	m.busy, m.slow = true, false
	m.show()
	ask := loaded{turn: m.turn, target: t, reader: m.reader, asked: m.state.LastSeq, mask: m.masking}
	conn, stream, options, mask, stopped := m.o.NATS, m.stream, nats.ReaderOptions{Subject: m.subject, Page: page}, m.mask, m.stopped
	return tea.Batch(func() tea.Msg {
		ctx, cancel := context.WithTimeout(stopped, readWait)
		defer cancel()
		return ask.read(ctx, conn, stream, options, mask)
	}, tea.Tick(slowAfter, func(time.Time) tea.Msg { return slowly{ask.turn} }))
}

func (l loaded) read(ctx context.Context, conn *nats.Conn, stream string, o nats.ReaderOptions, mask data.Mask) loaded {
	if l.reader == nil {
		s, err := conn.Stream(ctx, stream)
		if err != nil {
			l.err = err
			return l
		}
		l.state, l.asked = &s, s.LastSeq
		if l.reader, l.err = conn.ReadStream(s, o); l.err != nil {
			return l
		}
	}
	t := l.target
	switch t.where {
	case atEnd:
		l.page, l.err = l.reader.Last(ctx)
	case atStart:
		l.page, l.err = l.reader.First(ctx)
	case atSeq:
		l.page, l.err = l.reader.At(ctx, t.seq)
		if l.err == nil && len(l.page.Messages) == 0 {
			l.page, l.err = l.reader.Last(ctx) // it is behind the end
		}
	case atTime:
		l.page, l.err = l.reader.AtTime(ctx, t.time)
	case pageBefore:
		l.page, l.err = l.reader.Before(ctx, t.seq)
	case pageAfter:
		l.page, l.err = l.reader.After(ctx, t.seq)
	}
	l.rows = rowsOf(l.page.Messages, mask)
	return l
}

// end is the last sequence of the stream that is known to be read; zero when
// there is more.
func (l loaded) end() uint64 {
	if l.page.After {
		return 0
	}
	end := max(l.asked, 1)
	if n := len(l.rows); n > 0 {
		end = max(end, l.rows[n-1].Seq)
	}
	return end
}

// take puts a page into the window.
func (m *Model) take(l loaded) tea.Cmd {
	if l.turn != m.turn {
		return nil
	}
	m.busy, m.slow, m.err = false, false, l.err
	if l.state != nil {
		m.state, m.gone = *l.state, false
	}
	if l.err != nil {
		m.pending = 0
		m.show()
		return nil
	}
	m.reader = l.reader
	if l.mask != m.masking { // it was read with another mask
		for i, r := range l.rows {
			l.rows[i] = rowOf(r.StoredMessage, m.mask)
		}
	}
	switch l.target.where {
	case pageBefore:
		m.keepPlace(func() { m.window.prepend(l.rows, l.page.Before && len(l.rows) > 0) })
	case pageAfter:
		m.keepPlace(func() { m.window.append(l.rows, l.page.After, l.end()) })
	default:
		m.window = window{rows: l.rows, before: l.page.Before, after: l.page.After, end: l.end()}
		m.show()
		m.stand(l.target)
	}
	if m.pending != 0 && !m.listing() {
		n := m.pending
		m.pending = 0
		m.Move(n)
	}
	m.list.Base.Touch()
	return m.fetch()
}

// stand puts the cursor where what was opened begins.
func (m *Model) stand(t target) {
	if m.listing() || len(m.window.rows) == 0 {
		return
	}
	switch t.where {
	case atEnd:
		m.list.Bottom()
	case atSeq:
		at, _ := index(m.window.rows, t.seq)
		m.goTo(min(at, len(m.window.rows)-1), m.list.H/3)
	default:
		at := 0
		if t.where == atTime && m.window.rows[len(m.window.rows)-1].Time.Before(t.time) {
			at = len(m.window.rows) - 1 // nothing is as new
		}
		m.goTo(at, 0)
	}
}

// keepPlace changes the window, and leaves the cursor on its message and on its
// line of the screen.
func (m *Model) keepPlace(change func()) {
	if m.listing() {
		change()
		return
	}
	r, ok := m.selected()
	line := 0
	for i, v := range m.list.Visible() {
		if v.Seq == r.Seq {
			line = i
		}
	}
	if m.near {
		m.near, line = false, max(line, m.list.H/3)
	}
	change()
	m.show()
	if !ok {
		return
	}
	at, _ := index(m.window.rows, r.Seq)
	m.goTo(min(at, len(m.window.rows)-1), line)
}

// goTo puts the cursor on a row, and that row on a line of the screen where
// there are rows enough.
func (m *Model) goTo(at, line int) {
	m.list.Top()
	if lower := at - line + max(m.list.H, 1) - 1; lower > at {
		m.list.Move(lower)
		m.list.Move(at - min(lower, m.list.Len()-1))
	} else {
		m.list.Move(at)
	}
	m.list.Base.Touch()
}

// Move moves the cursor by rows. What is not read yet is gone to when it is.
func (m *Model) Move(delta int) bool {
	rows := m.list.Table.Rows()
	r, ok := m.selected()
	if !ok || m.listing() {
		return m.list.Move(delta)
	}
	at, _ := index(rows, r.Seq)
	to := at + m.pending + delta
	m.pending = 0
	switch {
	case to < 0 && m.window.before:
		m.pending = to
	case to >= len(rows) && (m.window.after || m.newer() > 0):
		m.pending = to - len(rows) + 1
	}
	return m.list.Move(to - at)
}

// Page moves the cursor by screens.
func (m *Model) Page(delta int) bool { return m.Move(delta * max(m.list.H-1, 1)) }

// Top goes to the first message.
func (m *Model) Top() bool {
	if !m.listing() && m.window.before {
		m.pending = math.MinInt
		return true
	}
	return m.list.Top()
}

// Bottom goes to the newest message.
func (m *Model) Bottom() bool {
	if !m.listing() && (m.window.after || m.newer() > 0) {
		m.pending = math.MaxInt
		return true
	}
	return m.list.Bottom()
}

// motions move, and read what they need.
func (m *Model) motions() widget.Actions {
	out := widget.Motions(m, m.list.Base.Touch)
	for i := range out {
		move := out[i].Run
		out[i].Run = func() tea.Cmd {
			defer m.tell()
			return tea.Batch(move(), m.fetch())
		}
	}
	return out
}

// fetch reads what the cursor has come near to, or was sent to.
func (m *Model) fetch() tea.Cmd {
	switch m.pending {
	case math.MinInt:
		return m.jump(target{where: atStart})
	case math.MaxInt:
		return m.jump(target{where: atEnd})
	}
	rows := m.window.rows
	r, ok := m.selected()
	if m.busy || m.err != nil || m.gone || m.listing() || !ok || len(rows) == 0 {
		return nil
	}
	at, _ := index(rows, r.Seq)
	// A quarter, so that a page of large messages does not push the cursor out.
	margin := min(m.list.H, len(rows)/4)
	few := len(rows) < m.list.H && m.window.size() < windowBytes/2
	switch {
	case m.window.before && (at < margin || few || m.pending < 0):
		return m.load(target{where: pageBefore, seq: rows[0].Seq})
	case m.window.after && (at >= len(rows)-margin || few || m.pending > 0), m.pending > 0 && m.newer() > 0:
		return m.load(target{where: pageAfter, seq: rows[len(rows)-1].Seq})
	}
	m.pending = 0
	return nil
}

// step goes to the message before or after.
func (m *Model) step(by int) tea.Cmd {
	defer m.tell()
	if m.Move(by) {
		m.list.Base.Touch()
	}
	return m.fetch()
}
