package wire

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/tui/data"
)

// stepBytes bounds the bodies that are searched at once: a filter that is typed
// on need not wait for more.
const stepBytes = 4 << 20

// job is a part of the entries to be searched.
type job struct {
	turn    uint64
	filter  string
	mask    data.Mask
	entries []entry
}

// searched is its answer, by the identity of the entry.
type searched struct {
	turn  uint64
	found map[string]bool
}

func (j job) run(ctx context.Context) searched {
	out := searched{turn: j.turn, found: map[string]bool{}}
	for _, e := range j.entries {
		if ctx.Err() != nil {
			break
		}
		out.found[e.id] = e.matches(j.filter, j.mask)
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

// sieve holds which entries the filter lets through.
type sieve struct {
	turn  uint64 // of the filter and the mask
	found map[string]bool
	busy  bool // a job is under way
	again bool // another filter is not answered yet; what was shown stays until then
}

// ask begins again with the filter and the mask of now.
func (m *Model) ask() {
	s := &m.sieve
	s.turn++
	s.found, s.again = map[string]bool{}, true
	m.Touch()
	m.sift()
}

// sift hands a part of what was not searched yet to a job, and shows what is
// known.
func (m *Model) sift() {
	s := &m.sieve
	var rest []entry
	if m.filter != "" {
		rest = m.unsearched()
	}
	if len(rest) > 0 && !s.busy {
		s.busy = true
		m.jobs <- job{turn: s.turn, filter: m.filter, mask: m.mask, entries: rest}
	}
	if len(rest) == 0 {
		s.again = false
	}
	if !s.again {
		m.show()
	}
}

// unsearched are entries that the filter was not asked about, of at most
// stepBytes, but one at least.
func (m *Model) unsearched() []entry {
	var out []entry
	room := stepBytes
	for _, e := range m.entries {
		if _, known := m.sieve.found[e.id]; known || !m.listed(e) {
			continue
		}
		if room <= 0 {
			break
		}
		out = append(out, e)
		room -= e.size()
	}
	return out
}

// take is the answer to a job. One to an earlier filter is dropped.
func (m *Model) take(a searched) {
	m.sieve.busy = false
	if a.turn == m.sieve.turn {
		for id, found := range a.found {
			m.sieve.found[id] = found
		}
	}
	m.sift()
}
