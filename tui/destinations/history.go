package destinations

import (
	"maps"
	"slices"
	"time"

	"aidbox-nats/aidbox"
)

const (
	// bar is the time that one bar of the line of deliveries stands for, and
	// bars is how many of them are kept: five minutes.
	bar  = 10 * time.Second
	bars = 30
	// replicas bounds the processes of Aidbox whose counters are told apart.
	replicas = 8
)

// reading is what one process of Aidbox said last.
type reading struct {
	at        time.Time
	delivered int64
	failure   aidbox.StatusError
}

// history is what a destination delivered over the last minutes. Counters live
// in the memory of the process that answers: they are told apart by the time
// since which they count.
type history struct {
	counts  [bars]float64
	newest  int64 // the number of the last bar, since 1970
	last    map[int64]reading
	answers int64 // whose counters were read last
	// inTurn says that several processes answer in turn.
	inTurn bool
	// recovered says that something was delivered after the newest failure,
	// at since then, or zero where nobody looked at that moment.
	recovered bool
	since     time.Time
}

// add takes a reading.
func (h *history) add(s aidbox.Status, at time.Time) {
	if s.Delivered == nil || at.IsZero() {
		return
	}
	var start int64
	if !s.Start.IsZero() {
		start = s.Start.UnixNano()
	}
	before, known := h.last[start]
	h.inTurn = h.inTurn || known && h.answers != start
	h.answers = start
	grown := known && *s.Delivered > before.delivered
	if grown {
		h.spread(float64(*s.Delivered-before.delivered), before.at, at)
	}
	now := reading{at: at, delivered: *s.Delivered}
	if len(s.LastErrors) > 0 {
		now.failure = s.LastErrors[0]
	}
	h.recover(s, before, now, known, grown)
	if h.last == nil {
		h.last = map[int64]reading{}
	}
	h.last[start] = now
	if len(h.last) > replicas {
		oldest := slices.MinFunc(slices.Collect(maps.Keys(h.last)), func(a, b int64) int { return h.last[a].at.Compare(h.last[b].at) })
		delete(h.last, oldest)
	}
}

// recover compares two readings of one process, so that no clock of another
// machine is needed: what grew while the newest failure stayed the same was
// delivered after it. A kind that retries has delivered everything when its
// queue is empty.
func (h *history) recover(s aidbox.Status, before, now reading, known, grown bool) {
	if len(s.LastErrors) == 0 {
		h.recovered, h.since = false, time.Time{}
		return
	}
	same := known && now.failure.Message == before.failure.Message && now.failure.Time.Equal(before.failure.Time)
	empty := s.Queued != nil && *s.Queued == 0
	switch {
	case same && h.recovered:
	case same && grown, empty:
		h.recovered, h.since = true, time.Time{}
		if known {
			h.since = now.at
		}
	default:
		h.recovered, h.since = false, time.Time{}
	}
}

// spread shares what was delivered among the bars of the time in which it was.
func (h *history) spread(n float64, from, to time.Time) {
	h.move(to)
	all := to.Sub(from).Seconds()
	if all <= 0 {
		h.counts[bars-1] += n
		return
	}
	for i := range h.counts {
		begin := time.Unix((h.newest-int64(bars-1-i))*int64(bar/time.Second), 0)
		end := begin.Add(bar)
		if begin.Before(from) {
			begin = from
		}
		if end.After(to) {
			end = to
		}
		if part := end.Sub(begin).Seconds(); part > 0 {
			h.counts[i] += n * part / all
		}
	}
}

// move makes the last bar the one of now.
func (h *history) move(now time.Time) {
	number := now.Unix() / int64(bar/time.Second)
	by := number - h.newest
	if by <= 0 {
		return
	}
	h.newest = number
	by = min(by, bars)
	copy(h.counts[:], h.counts[by:])
	clear(h.counts[bars-by:])
}

// line is what was delivered in each bar until now, the newest last.
func (h *history) line(now time.Time) []float64 {
	h.move(now)
	return h.counts[:]
}

// flows says whether anything was delivered in the time that is kept.
func (h *history) flows() bool {
	return slices.ContainsFunc(h.counts[:], func(n float64) bool { return n > 0 })
}
