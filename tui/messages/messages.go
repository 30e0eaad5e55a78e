// Package messages is the screen of what a stream holds: its messages a page
// at a time, from its end, its start, a sequence or a time, and what a search
// finds in it. It reads without a consumer, so that nothing is left behind on
// the server and a work queue loses nothing.
//
// A bounded window of pages is held; what lies beyond is read when the cursor
// comes near. The last answer wins: each carries the turn of what it was asked
// for, and one to an earlier turn is dropped.
package messages

import (
	"context"
	"errors"
	"strconv"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/message"
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
	list    widget.List[row]
	o       Options
	stop    context.CancelFunc
	stopped context.Context

	stream  string      // whose messages these are; empty: none was asked for
	subject string      // only messages that match; empty: all
	state   nats.Stream // as it was read last; without a name: not yet
	streams []nats.Stream
	asked   uint64
	gone    bool // the stream is not there any more

	reader  *nats.Reader
	window  window
	turn    uint64 // of what is read
	busy    bool
	slow    bool   // and takes long enough to tell of it
	last    target // what was opened last
	near    bool   // what lies before the first page is not read yet
	pending int    // rows that the cursor still goes when they are there
	err     error

	mask    data.Mask
	masking uint64 // the turn of the mask
	hidden  bool   // the lines are not masked yet
	content message.Content

	search *search // nil: none
	found  found   // what it has so far
	place  bool    // a result is shown in its place in the stream
	hit    int     // which
	// standing is where the cursor goes when what was found is left.
	standing uint64
	typed    widget.Values

	detail   *widget.Document
	told     told
	revision uint64 // of the detail
}

// New returns the screen before a stream was chosen. What it waits for ends
// with ctx.
func New(ctx context.Context, o Options) *Model {
	m := &Model{o: o}
	m.stopped, m.stop = context.WithCancel(ctx)
	m.list = widget.NewList(o.Theme, "Messages", "", m.columns(), func(r row) string { return strconv.FormatUint(r.Seq, 10) })
	m.detail = widget.NewDocument(o.Theme, m)
	m.show()
	return m
}

// Close ends what is read and searched.
func (m *Model) Close() { m.stop() }

// Detail is the pane of the selected message.
func (m *Model) Detail() widget.Part { return m.detail }

// SetSize gives the list its place.
func (m *Model) SetSize(w, h int) {
	m.list.SetSize(w, h)
	m.list.Refresh() // a reference is shortened to its room
}

// View draws the list.
func (m *Model) View() string { return m.list.View() }

// Revision grows whenever what the list shows has changed.
func (m *Model) Revision() uint64 { return m.list.Revision() }

// Needs is the stream: it tells of what is newer.
func (m *Model) Needs() data.Needs { return data.Needs{Streams: m.stream != ""} }

// Update takes what was read and found.
func (m *Model) Update(msg tea.Msg) tea.Cmd {
	defer m.tell()
	switch msg := msg.(type) {
	case widget.Focus:
		m.list.SetFocus(msg)
	case data.Mask:
		return m.setMask(msg)
	case data.Browse:
		return m.browse(msg)
	case data.Streams:
		if msg.Newer(m.asked) {
			m.asked = msg.Question
			return m.polled(msg)
		}
	case loaded:
		return m.take(msg)
	case slowly:
		if msg.turn == m.turn && m.busy {
			m.slow = true
			m.show()
		}
	case opened:
		if msg.stream == m.stream {
			m.leave()
			m.subject = msg.subject
			return m.jump(msg.target)
		}
	case wanted:
		if msg.stream == m.stream {
			return m.find(msg)
		}
	case pulled:
		return m.pull(msg)
	case remasked:
		m.unhide(msg)
	case removed:
		m.remove(msg)
	}
	return nil
}

// browse shows the messages of a stream.
func (m *Model) browse(b data.Browse) tea.Cmd {
	m.leave()
	if b.Stream != m.stream {
		m.stream, m.state, m.typed = b.Stream, nats.Stream{}, nil
		m.window, m.content = window{}, message.Decoded
		for _, s := range m.streams {
			if s.Name == m.stream {
				m.state = s
			}
		}
	}
	m.subject, m.gone = "", false
	if b.Seq > 0 {
		return m.jump(target{where: atSeq, seq: b.Seq})
	}
	return m.jump(target{where: atEnd})
}

// polled takes the stream as it is now.
func (m *Model) polled(msg data.Streams) tea.Cmd {
	if msg.Err != nil {
		return nil
	}
	m.streams = msg.Streams
	if m.stream == "" {
		return nil
	}
	for _, s := range msg.Streams {
		if s.Name != m.stream {
			continue
		}
		other := m.state.Name != "" && !s.Created.Equal(m.state.Created)
		again := m.gone || m.err != nil && !lasting(m.err)
		m.state, m.gone = s, false
		if other || again && !m.busy {
			if other {
				m.leave()
				m.last = target{where: atEnd}
			}
			return m.jump(m.last)
		}
		m.show()
		return nil
	}
	m.gone = true
	m.show()
	return nil
}

// lasting says that what could not be read will not be a moment later either.
func lasting(err error) bool {
	return errors.As(err, new(*nats.PermissionError)) || errors.As(err, new(*nats.SubjectError))
}

// newer is how many messages were stored since the end of the stream was read;
// zero also while the end is not held.
func (m *Model) newer() uint64 {
	if m.window.after || m.window.end == 0 || m.gone {
		return 0
	}
	return m.state.LastSeq - min(m.window.end, m.state.LastSeq)
}

// listing says that the list shows what was found.
func (m *Model) listing() bool { return m.search != nil && !m.place }

// show puts into the list what it shows now.
func (m *Model) show() {
	m.list.SetEmpty(m.empty())
	switch {
	case m.listing():
		m.list.Answer(m.found.rows, nil)
	default:
		m.list.Answer(m.window.rows, nil)
		if err := m.failure(); err != nil {
			m.list.Answer(nil, err)
		}
	}
	m.list.SetEmpty(m.empty())
}

// failure is why the messages are not those of now.
func (m *Model) failure() error {
	if m.gone {
		return errGone{m.stream}
	}
	return m.err
}

// errGone says that a stream was deleted while it was looked at.
type errGone struct{ stream string }

func (e errGone) Error() string {
	return "stream " + e.stream + " is gone: somebody has deleted it. esc goes back to the streams."
}

func (m *Model) empty() string {
	switch {
	case m.stream == "":
		return "b in Streams shows the messages of the stream that is selected there."
	case m.listing():
		return m.nothingFound()
	case m.busy:
		return ""
	case m.subject != "":
		return "No message on " + m.subject + " in " + m.stream + ". o opens it elsewhere."
	}
	return m.stream + " holds no messages."
}

// selected is the message under the cursor.
func (m *Model) selected() (row, bool) { return m.list.Selected() }

// stale are the messages after every change.
func stale(more ...tea.Msg) []tea.Msg { return append(more, data.Stale{}) }

// readWait bounds the reading of one page.
const readWait = 10 * time.Second
