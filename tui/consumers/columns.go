package consumers

import (
	"strings"
	"time"

	"aidbox-nats/nats"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// barWidth is the bar of a lag in the list, in cells.
const barWidth = 6

// stateWidth is the longest state: the columns stay where they are when it
// changes.
const stateWidth = 12

// list is the empty list of the stream that is shown.
func (m *Model) list() widget.List[nats.Consumer] {
	name, empty := "Consumers", "Streams opens this screen: C there shows a stream's consumers."
	if m.stream != "" {
		name = "Consumers of " + m.stream
		empty = "No consumers: nobody reads " + m.stream + " through one. n creates one."
	}
	columns := []widget.Column[nats.Consumer]{
		{Title: "name", Flex: 1, Width: 8, Cell: func(k nats.Consumer) widget.Cell { return widget.Cell{Text: k.Name, Role: m.age(theme.Text)} }},
		{Title: "kind", Drop: 3, Cell: func(k nats.Consumer) widget.Cell { return widget.Cell{Text: kind(k), Role: theme.Faint} }},
		{Width: barWidth, Drop: 2, Cell: func(k nats.Consumer) widget.Cell {
			return widget.Cell{Text: bar(k.Lag, m.whole(k), barWidth), Role: m.age(m.lagRole(k))}
		}},
		{Title: "lag", Right: true, Cell: func(k nats.Consumer) widget.Cell {
			return widget.Cell{Text: widget.Short(widget.Clamp(k.Lag)), Role: m.age(theme.Num)}
		}},
		{Title: "in flight", Right: true, Cell: func(k nats.Consumer) widget.Cell {
			return widget.Cell{Text: widget.Short(int64(k.InFlight)), Unit: " of " + most(k), Role: m.age(theme.Text)}
		}},
		{Title: "redeliv.", Right: true, Cell: func(k nats.Consumer) widget.Cell {
			role := theme.Text
			if k.Redelivered > 0 {
				role = theme.Warn
			}
			return widget.Cell{Text: widget.Short(int64(k.Redelivered)), Role: m.age(role)}
		}},
		{Title: "state", Width: stateWidth, Cell: func(k nats.Consumer) widget.Cell {
			role, text := m.state(k)
			return widget.Cell{Text: text, Role: m.age(role)}
		}},
	}
	l := widget.NewList(m.o.Theme, name, empty, columns, func(k nats.Consumer) string { return k.Name })
	l.ShowTitles(true)
	l.SetMark(func(k nats.Consumer) widget.Cell {
		if len(m.troubles(k)) > 0 {
			return widget.Cell{Text: "!", Role: theme.Bad}
		}
		return widget.Cell{}
	})
	return l
}

// age is the role of a cell: what could not be read again is faint.
func (m *Model) age(role theme.Role) theme.Role {
	if m.Failure() != "" {
		return theme.Faint
	}
	return role
}

// kind says how messages come to whoever works for the consumer.
func kind(k nats.Consumer) string {
	text := "pull"
	switch {
	case k.Push:
		text = "push"
	case k.PinnedTTL > 0:
		text = "pinned"
	}
	if !k.Durable {
		text += " eph"
	}
	return text
}

// most is the most that may be in flight.
func most(k nats.Consumer) string {
	if k.MaxInFlight < 0 {
		return "any"
	}
	if k.MaxInFlight < 100_000 {
		return widget.Count(int64(k.MaxInFlight))
	}
	return widget.Short(int64(k.MaxInFlight))
}

// whole is what a lag is measured by: the messages of the stream.
func (m *Model) whole(k nats.Consumer) uint64 {
	s, _ := m.of()
	return max(s.Messages, k.Lag)
}

func (m *Model) lagRole(k nats.Consumer) theme.Role {
	if m.troubled(k, nats.TroubleLag) {
		return theme.Bad
	}
	return theme.Accent
}

func (m *Model) troubled(k nats.Consumer, kind nats.TroubleKind) bool {
	for _, t := range m.troubles(k) {
		if t.Kind == kind {
			return true
		}
	}
	return false
}

// state says in two words what the consumer does now.
func (m *Model) state(k nats.Consumer) (theme.Role, string) {
	switch {
	case m.troubled(k, nats.TroublePinned):
		return theme.Bad, "client gone"
	case m.troubled(k, nats.TroubleInFlight):
		return theme.Bad, "at maximum"
	case k.Paused:
		return theme.Warn, "paused " + widget.Age(m.pauseLeft(k))
	case m.troubled(k, nats.TroubleLag):
		return theme.Bad, "lag grows"
	case k.Push && k.Waiting == 0:
		return theme.Warn, "no listener"
	case k.Lag == 0 && k.InFlight == 0:
		return theme.OK, "caught up"
	case k.Push:
		return theme.OK, "delivering"
	case k.Waiting > 0:
		return theme.OK, widget.Short(int64(k.Waiting)) + " waiting"
	case k.Delivered.ConsumerSeq == 0 && k.Delivered.StreamSeq == 0:
		return theme.Faint, "never pulled"
	case k.Delivered.Time.IsZero(): // not known after a reset or the server's start
		return theme.Faint, "none waits"
	}
	return theme.Faint, m.ago(k.Delivered.Time)
}

// pauseLeft is how long a pause still takes, counted on from the last reading.
func (m *Model) pauseLeft(k nats.Consumer) time.Duration {
	return max(k.PauseRemaining-max(m.now.Sub(k.Asked), 0), 0)
}

func (m *Model) ago(t time.Time) string { return widget.Age(m.now.Sub(t)) + " ago" }

// bar draws a part of a whole in w cells; anything above nothing is seen.
func bar(part, whole uint64, w int) string {
	if part == 0 || whole == 0 || w <= 0 {
		return ""
	}
	share := float64(min(part, whole)) / float64(whole)
	if !term.Narrow() {
		return strings.Repeat("#", max(int(share*float64(w)+0.5), 1))
	}
	eighths := max(int(share*float64(w*8)+0.5), 1)
	out := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		out += string([]rune("▏▎▍▌▋▊▉")[rest-1])
	}
	return out
}
