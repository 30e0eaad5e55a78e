package messages

import (
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox/delivery"
	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/message"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// row is a message of a stream, with its line's words. It is never changed.
type row struct {
	nats.StoredMessage
	summary delivery.Summary
	preview string // as it may be shown
}

// rowOf reads a message. It takes its time, and is called outside of the loop.
func rowOf(m nats.StoredMessage, mask data.Mask) row {
	r := row{StoredMessage: m, summary: delivery.Summarize(nats.Delivery{Received: m.Time, Subject: m.Subject, Header: m.Header, Data: m.Data})}
	r.preview = message.Preview(mask, r.summary, m.Data)
	return r
}

func rowsOf(messages []nats.StoredMessage, mask data.Mask) []row {
	out := make([]row, len(messages))
	for i, m := range messages {
		out[i] = rowOf(m, mask)
	}
	return out
}

// size is what a row holds, in bytes.
func (r row) size() int {
	n := len(r.Subject) + len(r.Data)
	for name, values := range r.Header {
		for _, v := range values {
			n += len(name) + len(v)
		}
	}
	return n
}

// drawn is the row's message, to be drawn.
func (r row) drawn() message.Message {
	return message.Message{Subject: r.Subject, Header: r.Header, Data: r.Data, Summary: r.summary}
}

const (
	timeWidth   = 12
	actionWidth = 7
	sizeWidth   = 6
	// subjectLeast and wordsLeast are kept before the size and the action are.
	subjectLeast = 12
	wordsLeast   = 14
)

// columns are those of the list.
func (m *Model) columns() []widget.Column[row] {
	return []widget.Column[row]{
		{Right: true, Cell: m.seqCell},
		{Width: timeWidth, Cell: func(r row) widget.Cell { return widget.Cell{Text: clock(r.Time, time.Now()), Role: theme.Faint} }},
		{Cell: func(r row) widget.Cell { return widget.Cell{Text: term.Middle(r.Subject, m.subjectWidth())} }},
		{Width: actionWidth, Drop: 2, Cell: action},
		{Flex: 1, Width: wordsLeast, Drop: 1, Cell: m.words},
		{Right: true, Width: sizeWidth, Drop: 3, Cell: func(r row) widget.Cell {
			value, unit, _ := strings.Cut(widget.Bytes(int64(r.summary.Size)), " ")
			return widget.Cell{Text: value, Unit: " " + unit}
		}},
	}
}

// seqCell has the width of the stream's last sequence: what is read moves no
// column.
func (m *Model) seqCell(r row) widget.Cell {
	return widget.Cell{Text: term.FitRight(count(r.Seq), term.Width(count(max(m.state.LastSeq, r.Seq)))), Role: theme.Num}
}

// clock is the time of day, with the date where that is another.
func clock(t, now time.Time) string {
	t, now = t.Local(), now.Local()
	switch {
	case t.YearDay() == now.YearDay() && t.Year() == now.Year():
		return widget.Clock(t)
	case now.Sub(t) < 300*24*time.Hour:
		return t.Format("01-02 15:04")
	}
	return t.Format("2006-01-02")
}

func action(r row) widget.Cell {
	switch {
	case r.Expired():
		return widget.Cell{Text: "marker", Role: theme.Faint}
	case r.summary.Kind == delivery.Notification:
		return widget.Cell{Text: message.Words(r.summary), Role: message.ActionRole(r.summary.Action)}
	}
	return widget.Cell{Text: message.Words(r.summary), Role: theme.Faint}
}

// words are what a message says in its line.
func (m *Model) words(r row) widget.Cell {
	switch {
	case r.Expired():
		return widget.Cell{Text: marker(r), Role: theme.Faint}
	case r.summary.Kind == delivery.Notification:
		return widget.Cell{Text: message.ShortReference(r.summary.Focus, m.wordsWidth()-len(message.More(r.summary))) + message.More(r.summary), Role: theme.Strong}
	case m.hidden:
		return widget.Cell{Text: term.Ellipsis(), Role: theme.Faint}
	}
	return widget.Cell{Text: r.preview}
}

// flexible is the room of the subject and of what the message says.
func (m *Model) flexible() int {
	const gap, edges = 2, 3
	room := m.list.W - edges - term.Width(count(m.state.LastSeq)) - gap - timeWidth - gap - gap
	for _, others := range []int{gap + actionWidth + gap + sizeWidth, gap + actionWidth} {
		if room-others >= subjectLeast+wordsLeast {
			return room - others
		}
	}
	return room
}

// subjectWidth is what the subject gets of it: it is shortened in its middle. A
// short one is whole wherever the words have their least.
func (m *Model) subjectWidth() int {
	const short = 20
	n := m.flexible()
	return min(max(n*45/100, min(n-wordsLeast, short), subjectLeast), 48)
}

func (m *Model) wordsWidth() int { return max(m.flexible()-m.subjectWidth(), wordsLeast) }

// marker says why a message without a body stands there.
func marker(r row) string {
	for _, l := range r.Labels() {
		if l.Kind == nats.LabelMarker {
			return strings.TrimPrefix(l.Text, "marker: ")
		}
	}
	return ""
}

func count(n uint64) string { return widget.Count(int64(min(n, 1<<63-1))) }

func number(n uint64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(n) + " " + many
}

// remasked are the lines of all rows that are held, with another mask.
type remasked struct {
	turn    uint64
	preview map[uint64]string
}

// setMask draws again with another mask, and searches again: what is searched
// is what is seen. Until the lines are masked nothing of them is shown.
func (m *Model) setMask(mask data.Mask) tea.Cmd {
	m.mask = mask
	m.masking++
	m.hidden = true
	turn, rows := m.masking, m.window.rows
	m.show()
	mend := func() tea.Msg {
		out := remasked{turn: turn, preview: make(map[uint64]string, len(rows))}
		for _, r := range rows {
			if m.stopped.Err() != nil {
				return nil
			}
			out.preview[r.Seq] = message.Preview(mask, delivery.Summarize(nats.Delivery{Data: r.Data}), r.Data)
		}
		return out
	}
	if m.search == nil {
		return mend
	}
	return tea.Batch(mend, m.searchAgain())
}

// unhide takes the lines. What was read meanwhile has the mask already.
func (m *Model) unhide(msg remasked) {
	if msg.turn != m.masking {
		return
	}
	m.hidden = false
	m.window.change(func(r row) row {
		if p, ok := msg.preview[r.Seq]; ok {
			r.preview = p
		}
		return r
	})
	m.show()
}
