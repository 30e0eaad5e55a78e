package messages

import (
	"context"
	"errors"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/message"
	"aidbox-nats/tui/widget"
)

const (
	// foundMost and foundBytes bound the results that are kept: the search ends
	// there.
	foundMost  = 1000
	foundBytes = 32 << 20
	// pullEvery is the least time between two looks at what was found.
	pullEvery = time.Second / 15
)

// search is one that runs, or has ended. It is written by the command that
// searches, and read by the clock.
type search struct {
	wanted wanted
	mask   data.Mask
	ctx    context.Context
	cancel context.CancelFunc

	mu      sync.Mutex
	found   found
	bytes   int
	changed chan struct{}
}

// found is how far a search is.
type found struct {
	rows     []row // in the order of the search; never changed, only added to
	progress nats.FindProgress
	done     bool
	full     bool // as many were found as are kept
	stopped  bool // by the person
	err      error
}

// pulled says that a search has more to tell.
type pulled struct{ search *search }

// find begins a search.
func (m *Model) find(w wanted) tea.Cmd {
	if m.search != nil {
		m.search.cancel()
	} else if r, ok := m.selected(); ok {
		m.standing = r.Seq
	}
	m.typed = w.values
	s := &search{wanted: w, mask: m.mask, changed: make(chan struct{})}
	s.ctx, s.cancel = context.WithCancel(m.stopped)
	m.search, m.found, m.place = s, found{}, false
	m.show()
	_, changed := s.now()
	return tea.Batch(s.run(m.o.NATS), m.await(s, changed))
}

// searchAgain searches what is shown now.
func (m *Model) searchAgain() tea.Cmd { return m.find(m.search.wanted) }

// run searches outside of the loop until there is nothing more, or nobody who
// wants it.
func (s *search) run(conn *nats.Conn) tea.Cmd {
	return func() tea.Msg {
		o := s.wanted.options
		if s.mask.On {
			o.Shown = func(m nats.StoredMessage) nats.StoredMessage { return shown(s.mask, m) }
		}
		progress, err := conn.Find(s.ctx, s.wanted.stream, o, nats.FindEvents{Found: s.take, Progress: s.tell})
		s.end(progress, err)
		return nil
	}
}

// shown is a message with its personal data hidden.
func shown(mask data.Mask, m nats.StoredMessage) nats.StoredMessage {
	m.Data = message.Body(mask, m.Data)
	h := make(map[string][]string, len(m.Header))
	for _, l := range message.Headers(mask, m.Header) {
		h[l[0]] = append(h[l[0]], l[1])
	}
	m.Header = h
	return m
}

func (s *search) take(m nats.StoredMessage) bool {
	r := rowOf(m, s.mask)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.found.rows = append(s.found.rows, r)
	s.found.progress.Found = len(s.found.rows)
	s.bytes += r.size()
	s.found.full = len(s.found.rows) >= foundMost || s.bytes >= foundBytes
	s.wake()
	return !s.found.full
}

func (s *search) tell(p nats.FindProgress) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.found.progress = p
	s.wake()
}

func (s *search) end(p nats.FindProgress, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.found.progress, s.found.done = p, true
	if err != nil && s.ctx.Err() != nil {
		s.found.stopped = true
	} else {
		s.found.err = err
	}
	s.wake()
}

// wake is called with the lock held.
func (s *search) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *search) now() (found, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.found, s.changed
}

// await waits for more than was looked at when changed was taken. It ends with
// the search.
func (m *Model) await(s *search, changed <-chan struct{}) tea.Cmd {
	return widget.Await(m.stopped, pullEvery, func(ctx context.Context) bool {
		select {
		case <-changed:
			return true
		case <-ctx.Done():
			return false
		}
	}, pulled{s})
}

// pull takes what was found.
func (m *Model) pull(p pulled) tea.Cmd {
	if p.search != m.search {
		return nil
	}
	var next tea.Cmd
	var changed <-chan struct{}
	if m.found, changed = m.search.now(); !m.found.done {
		next = m.await(m.search, changed)
	}
	if errors.Is(m.found.err, nats.ErrStreamNotFound) {
		m.gone = true
	}
	m.show()
	return next
}

// leave ends the search, and lets go of what it found.
func (m *Model) leave() {
	if m.search == nil {
		return
	}
	m.search.cancel()
	m.search, m.found, m.place = nil, found{}, false
	m.show()
}

// back is the way out of what was found: from a result in its place to the
// list, from a running search to one that was stopped, from that to the stream.
func (m *Model) back() tea.Cmd {
	defer m.tell()
	switch {
	case m.place:
		m.place = false
		m.show()
		m.goTo(m.hit, m.list.H/3)
	case !m.found.done:
		m.search.cancel()
	default:
		m.leave()
		if at, ok := index(m.window.rows, m.standing); ok {
			m.goTo(at, m.list.H/3)
		}
	}
	return nil
}

// visit shows a result in its place in the stream.
func (m *Model) visit(i int) tea.Cmd {
	defer m.tell()
	if i < 0 || i >= len(m.found.rows) {
		return nil
	}
	seq := m.found.rows[i].Seq
	m.place, m.hit, m.standing = true, i, seq
	m.show()
	if at, ok := index(m.window.rows, seq); ok {
		m.goTo(at, m.list.H/3)
		return m.fetch()
	}
	return m.jump(target{where: atSeq, seq: seq})
}

// current is the result under the cursor, or the one that is shown in its place.
func (m *Model) current() int {
	if m.place {
		return m.hit
	}
	r, ok := m.selected()
	if !ok {
		return -1
	}
	for i, f := range m.found.rows {
		if f.Seq == r.Seq {
			return i
		}
	}
	return -1
}

// result goes to the next result or the one before, in the list or in its place.
func (m *Model) result(by int) tea.Cmd {
	if m.place {
		return m.visit(m.hit + by)
	}
	return m.step(by)
}
