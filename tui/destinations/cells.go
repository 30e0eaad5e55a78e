package destinations

import (
	"errors"
	"strings"

	"aidbox-nats/aidbox"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

const (
	unitsFrom = 42 // the width from which numbers always carry their unit
	wordsFrom = 56 // and from which words have room in their place
)

func (m *Model) columns() []widget.Column[aidbox.Destination] {
	return []widget.Column[aidbox.Destination]{
		{Flex: 3, Cell: m.idCell},
		{Cell: kindCell},
		{Flex: 3, Drop: 1, Cell: subjectCell},
		{Right: true, Drop: 2, Cell: m.deliveredCell},
	}
}

// Title counts what does not work now apart from the rest.
func (m *Model) Title() widget.Title {
	t := m.List.Title()
	bad := 0
	for _, role := range m.roles {
		if role == theme.Bad {
			bad++
		}
	}
	if bad > 0 && m.Filter() == "" && m.Failure() == "" {
		t.Right = m.Theme.Paint(theme.Bad, widget.Count(int64(bad))+" !") + m.Theme.Paint(theme.Faint, " "+dot()+" "+t.Right)
	}
	return t
}

func dot() string {
	if term.Narrow() {
		return "·"
	}
	return "-"
}

func (m *Model) mark(d aidbox.Destination) widget.Cell {
	if role := m.roles[d.ID]; role != theme.Text {
		return widget.Cell{Text: "!", Role: role}
	}
	return widget.Cell{}
}

func (m *Model) idCell(d aidbox.Destination) widget.Cell {
	role := m.roles[d.ID]
	if role == theme.Text && !d.IsNATS() {
		role = theme.Faint
	}
	return widget.Cell{Text: d.ID, Role: role}
}

func kindCell(d aidbox.Destination) widget.Cell {
	switch d.Kind {
	case aidbox.KindCoreBestEffort:
		return widget.Cell{Text: "core", Role: theme.Core}
	case aidbox.KindJetStreamAtLeastOnce:
		return widget.Cell{Text: "js", Role: theme.JS}
	}
	return widget.Cell{Text: shortKind(d.Kind), Role: theme.Faint}
}

// shortKind is where a kind sends to, in little room: "kafka-at-least-once"
// is kafka, "aws-eventbridge-best-effort" aws-eventbridge.
func shortKind(kind string) string {
	words := strings.Split(kind, "-")
	for i, w := range words {
		if i > 0 && (w == "at" || w == "best") {
			words = words[:i]
			break
		}
	}
	return strings.Join(words[:min(len(words), 2)], "-")
}

func subjectCell(d aidbox.Destination) widget.Cell {
	if !d.IsNATS() {
		return widget.Cell{Text: d.Topic, Role: theme.Faint}
	}
	return widget.Cell{Text: d.Subject()}
}

// deliveredCell counts what was delivered. Beside it stands of how many, where
// the rest did not arrive: lost, or waiting.
func (m *Model) deliveredCell(d aidbox.Destination) widget.Cell {
	s, known := m.statuses[d.ID]
	switch {
	case !known:
		return widget.Cell{}
	case errors.Is(s.Err, aidbox.ErrNoSender) && !m.suspected(d):
		if m.W < wordsFrom {
			return widget.Cell{Text: "✗", Role: theme.Bad}
		}
		return widget.Cell{Text: "no sender", Role: theme.Bad}
	case s.Err != nil || s.Status.Delivered == nil:
		return widget.Cell{Text: "?", Role: theme.Faint}
	}
	delivered := *s.Status.Delivered
	for _, missing := range []*int64{s.Status.Lost, s.Status.Queued} {
		if missing != nil && *missing > 0 && m.roles[d.ID] != theme.Text {
			of := "/"
			if m.units {
				of = " of "
			}
			return widget.Cell{Text: widget.Short(delivered), Role: m.roles[d.ID], Unit: of + widget.Short(delivered+*missing)}
		}
	}
	cell := widget.Cell{Text: widget.Short(delivered), Role: theme.Num}
	if m.units {
		cell.Unit = " msg"
	}
	return cell
}

// weigh says whether numbers carry their unit: where the pane is wide, or where
// every row has room for it as it is.
func (m *Model) weigh() {
	const around = 9 // the sign, the edge and the gaps
	m.units = true
	var widths [4]int
	for _, d := range m.destinations {
		for i, c := range []widget.Cell{m.idCell(d), kindCell(d), subjectCell(d), m.deliveredCell(d)} {
			widths[i] = max(widths[i], term.Width(term.Clean(c.Text))+term.Width(c.Unit))
		}
	}
	m.units = m.W >= unitsFrom || widths[0]+widths[1]+widths[2]+widths[3]+around <= m.W
}

// SetSize gives the list its place.
func (m *Model) SetSize(w, h int) {
	m.List.SetSize(w, h)
	was := m.units
	if m.weigh(); was != m.units {
		m.Touch()
	}
}
