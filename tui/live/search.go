package live

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"
)

const (
	// stepEntries and stepBytes bound what is searched at once: a filter that is
	// typed on need not wait for more.
	stepEntries = 2000
	stepBytes   = 4 << 20
)

// mark is an entry that is shown.
type mark struct {
	pos    uint64
	notice bool
}

// job is a part of the backlog to be searched.
type job struct {
	turn    uint64
	query   query
	from    uint64 // position of the first entry
	entries []entry
}

// searched is its answer.
type searched struct {
	turn  uint64
	until uint64 // position after the last entry
	marks []mark
}

func (j job) run(ctx context.Context) searched {
	out := searched{turn: j.turn, until: j.from}
	for _, e := range j.entries {
		if ctx.Err() != nil {
			break
		}
		if j.query.shows(e) {
			out.marks = append(out.marks, mark{out.until, e.notice != nil})
		}
		out.until++
	}
	return out
}

// search waits for a part to be searched, and searches it outside of the loop.
func (m *Model) search() tea.Cmd {
	return func() tea.Msg {
		select {
		case j := <-m.jobs:
			return j.run(m.stopped)
		case <-m.stopped.Done():
			return nil
		}
	}
}

// sieve holds which entries of the backlog are shown. What is new is looked at
// once; with another query all are, while the answers to the last one stay on
// the screen.
type sieve struct {
	query   query
	turn    uint64 // of the query
	marks   []mark
	notices int    // among the marks
	scanned uint64 // position of the next entry to be looked at
	busy    bool   // a job is under way

	again  bool   // all entries are looked at again
	target uint64 // until here
	found  []mark // so far
}

// ask begins again with another query.
func (s *sieve) ask(q query, b *backlog) {
	s.query = q
	s.turn++
	s.again, s.found, s.scanned, s.target = true, nil, b.first, b.next()
}

// advance looks at what is new: at once where that is cheap, else it hands a
// part of it to jobs.
func (s *sieve) advance(b *backlog, jobs chan<- job) {
	s.scanned = max(s.scanned, b.first)
	if !s.query.asks() {
		for ; s.scanned < b.next(); s.scanned++ {
			if e, _ := b.at(s.scanned); s.query.shows(e) {
				s.put(mark{s.scanned, e.notice != nil})
			}
		}
		s.settle()
	} else if !s.busy && s.scanned < b.next() {
		s.busy = true
		jobs <- job{turn: s.turn, query: s.query, from: s.scanned, entries: b.snapshot(s.scanned, stepEntries, stepBytes)}
	} else if s.scanned >= b.next() {
		s.settle()
	}
	s.trim(b.first)
}

// take is the answer to a job. One to an earlier query is dropped.
func (s *sieve) take(a searched) {
	s.busy = false
	if a.turn != s.turn {
		return
	}
	for _, k := range a.marks {
		s.put(k)
	}
	s.scanned = max(s.scanned, a.until)
	s.settle()
}

func (s *sieve) put(k mark) {
	if s.again {
		s.found = append(s.found, k)
		return
	}
	s.marks = append(s.marks, k)
	if k.notice {
		s.notices++
	}
}

// settle shows the answers to a new query when they are complete.
func (s *sieve) settle() {
	if !s.again || s.scanned < s.target {
		return
	}
	s.again, s.marks, s.found, s.notices = false, s.found, nil, 0
	for _, k := range s.marks {
		if k.notice {
			s.notices++
		}
	}
}

// trim forgets the marks of entries that are gone.
func (s *sieve) trim(first uint64) {
	n := 0
	for n < len(s.marks) && s.marks[n].pos < first {
		if s.marks[n].notice {
			s.notices--
		}
		n++
	}
	s.marks = s.marks[n:]
	n = 0
	for n < len(s.found) && s.found[n].pos < first {
		n++
	}
	s.found = s.found[n:]
}

// messages is the number of messages that are shown.
func (s *sieve) messages() int { return len(s.marks) - s.notices }
