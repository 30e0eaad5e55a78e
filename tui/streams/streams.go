// Package streams is the pane of JetStream's streams: what is stored, and
// which destinations write into it.
package streams

import (
	"errors"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// Model is the pane.
type Model struct {
	widget.List[nats.Stream]
	asked  uint64
	none   bool
	now    time.Time
	detail *widget.Detail
}

// New returns the pane before anything has been read.
func New(th theme.Theme) *Model {
	m := &Model{}
	columns := []widget.Column[nats.Stream]{
		{Flex: 2, Cell: func(s nats.Stream) widget.Cell { return widget.Cell{Text: s.Name} }},
		{Flex: 2, Drop: 1, Cell: func(s nats.Stream) widget.Cell {
			return widget.Cell{Text: strings.Join(s.Subjects, " "), Role: theme.Faint}
		}},
		{Right: true, Cell: func(s nats.Stream) widget.Cell {
			return widget.Cell{Text: widget.Short(clamp(s.Messages)), Unit: " msg", Role: theme.Num}
		}},
		{Right: true, Drop: 2, Cell: func(s nats.Stream) widget.Cell { return widget.Cell{Text: widget.Bytes(clamp(s.Bytes))} }},
	}
	m.List = widget.NewList(th, "Streams", "No streams: JetStream stores nothing yet.", columns,
		func(s nats.Stream) string { return s.Name })
	m.detail = widget.NewDetail(m)
	return m
}

func clamp(n uint64) int64 { return int64(min(n, 1<<63-1)) }

// Detail is the pane of the selected stream.
func (m *Model) Detail() widget.Part { return m.detail }

// Needs are the streams.
func (m *Model) Needs() data.Needs { return data.Needs{Streams: true} }

// Update takes what was read. A broker without JetStream is no failure.
func (m *Model) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case widget.Focus:
		m.SetFocus(msg)
	case data.Tick:
		m.now = msg.Now
		if s, ok := m.Selected(); ok && s.Messages > 0 {
			m.Touch() // the ages of its ends
		}
	case data.Streams:
		if !msg.Newer(m.asked) {
			return nil
		}
		m.asked = msg.Question
		m.none = errors.Is(msg.Err, nats.ErrNoJetStream)
		if m.none {
			m.Answer(nil, nil)
			m.SetEmpty("This NATS server, or this account, has no JetStream.")
			return nil
		}
		m.Answer(msg.Streams, msg.Err)
	}
	return nil
}

// Keys move in the list.
func (m *Model) Keys() widget.Actions { return m.Motions() }

// DetailKeys: nothing is done with a stream here.
func (m *Model) DetailKeys() widget.Actions { return nil }
