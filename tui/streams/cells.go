package streams

import (
	"strings"
	"time"

	"aidbox-nats/nats"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// columns are those of the list. What is dropped first where there is little
// room stands in the detail.
func (m *Model) columns() []widget.Column[nats.Stream] {
	return []widget.Column[nats.Stream]{
		{Title: "name", Flex: 2, Cell: func(s nats.Stream) widget.Cell { return widget.Cell{Text: s.Name, Role: m.age()} }},
		{Title: "subjects", Flex: 2, Width: 10, Drop: 1, Cell: func(s nats.Stream) widget.Cell {
			return widget.Cell{Text: summary(s), Role: theme.Faint}
		}},
		{Title: "messages", Right: true, Cell: func(s nats.Stream) widget.Cell {
			return widget.Cell{Text: widget.Short(widget.Clamp(s.Messages)), Unit: " msg", Role: theme.Num}
		}},
		{Title: "size", Right: true, Drop: 2, Cell: func(s nats.Stream) widget.Cell {
			size, unit, _ := strings.Cut(widget.Bytes(widget.Clamp(s.Bytes)), " ")
			return widget.Cell{Text: size, Unit: " " + unit}
		}},
		{Title: "rate", Width: 6, Right: true, Drop: 3, Cell: m.rateCell},
		{Drop: 5, Cell: m.sparkCell},
		{Title: "consumers", Right: true, Drop: 4, Cell: func(s nats.Stream) widget.Cell {
			n, unit, _ := strings.Cut(widget.Number(int64(s.Consumers), "consumer", "consumers"), " ")
			return widget.Cell{Text: n, Unit: " " + unit}
		}},
		{Title: "first", Right: true, Drop: 7, Cell: func(s nats.Stream) widget.Cell { return m.endCell(s, s.FirstSeq, s.FirstTime) }},
		{Title: "last", Right: true, Drop: 7, Cell: func(s nats.Stream) widget.Cell { return m.endCell(s, s.LastSeq, s.LastTime) }},
		{Title: "written by", Flex: 2, Width: 12, Drop: 6, Cell: func(s nats.Stream) widget.Cell {
			return widget.Cell{Text: names(m.writers[s.Name]), Role: theme.Faint}
		}},
	}
}

func (m *Model) rateCell(s nats.Stream) widget.Cell {
	r, ok := m.rates[s.Name]
	if !ok {
		return widget.Cell{}
	}
	perSec, known := r.now()
	if !known {
		return widget.Cell{}
	}
	n, unit, _ := strings.Cut(widget.Rate(perSec), "/")
	c := widget.Cell{Text: n, Unit: "/" + unit, Role: theme.Faint}
	if perSec > 0 {
		c.Role = theme.Num
	}
	return c
}

func (m *Model) sparkCell(s nats.Stream) widget.Cell {
	r, ok := m.rates[s.Name]
	if !ok || len(r.perSec) == 0 {
		return widget.Cell{}
	}
	return widget.Cell{Text: widget.SparklineOver(r.perSec, sparkWidth, sparkFloor), Role: theme.Accent}
}

func (m *Model) endCell(s nats.Stream, seq uint64, at time.Time) widget.Cell {
	if s.Messages == 0 {
		return widget.Cell{}
	}
	c := widget.Cell{Text: widget.Count(widget.Clamp(seq)), Role: theme.Num}
	if !at.IsZero() && !m.now.IsZero() {
		c.Unit = "  " + widget.Age(m.now.Sub(at)) + " ago"
	}
	return c
}

// summary says what a stream takes, or what it is.
func summary(s nats.Stream) string {
	switch {
	case s.Kind == nats.StreamKeyValue, s.Kind == nats.StreamObjectStore:
		return s.Kind.String() + " " + bucket(s)
	case s.Mirror != "":
		return "mirror of " + s.Mirror
	case len(s.Sources) > 0:
		return strings.TrimSpace(strings.Join(s.Subjects, " ") + " from " + strings.Join(s.Sources, " "))
	}
	return strings.Join(s.Subjects, " ")
}

// holds says what a stream stores for somebody else.
func holds(s nats.Stream) string {
	switch s.Kind {
	case nats.StreamKeyValue:
		return "the keys and values of the bucket " + bucket(s)
	case nats.StreamObjectStore:
		return "the objects of the store " + bucket(s)
	}
	return ""
}

// sign marks a stream that is to be looked at.
func (m *Model) sign(s nats.Stream) widget.Cell {
	if r, ok := m.roles[s.Name]; ok {
		return widget.Cell{Text: "!", Role: r}
	}
	return widget.Cell{}
}

// almost is the share of a limit from which on a stream is nearly full.
const almost = 0.9

// full is how much of a limit is used.
type full struct {
	share float64
	used  string // of what there may be
}

func (f full) role(s nats.Stream) theme.Role {
	switch {
	case s.Discard != "new" || f.share < almost:
		return theme.OK
	case f.share >= 1:
		return theme.Bad
	}
	return theme.Warn
}

// fullness is how much is used of the limits of a whole stream.
func fullness(s nats.Stream) []full {
	var out []full
	add := func(used, limit int64, words string) {
		out = append(out, full{share: float64(used) / float64(limit), used: words})
	}
	if s.MaxMsgs > 0 {
		add(widget.Clamp(s.Messages), s.MaxMsgs, widget.Count(widget.Clamp(s.Messages))+" of "+widget.Number(s.MaxMsgs, "message", "messages"))
	}
	if s.MaxBytes > 0 {
		add(widget.Clamp(s.Bytes), s.MaxBytes, widget.Bytes(widget.Clamp(s.Bytes))+" of "+widget.Bytes(s.MaxBytes))
	}
	return out
}

const barWidth = 24

// bar draws how much of a limit is used: anything is more than nothing, and
// only all is full.
func (m *Model) bar(f full) string {
	on, off := "━", "─"
	if !term.Narrow() {
		on, off = "#", "-"
	}
	n := int(f.share * barWidth)
	switch {
	case f.share >= 1:
		n = barWidth
	case f.share > 0:
		n = min(max(n, 1), barWidth-1)
	}
	s, _ := m.Selected()
	return m.Theme.Paint(f.role(s), strings.Repeat(on, n)) + m.Theme.Paint(theme.Faint, strings.Repeat(off, barWidth-n))
}
