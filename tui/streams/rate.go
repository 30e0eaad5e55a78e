package streams

import (
	"time"

	"aidbox-nats/nats"
)

const (
	sparkWidth = 8
	// samples bounds the differences between readings that are kept, rateSamples
	// are those of the last seconds.
	samples     = 24
	rateSamples = 3
	// sparkFloor is the rate, a second, of the tallest bar of a quiet stream.
	sparkFloor = 10
)

// rate is how fast a stream stores, from the differences between readings of
// its last sequence: what is deleted or purged does not count.
type rate struct {
	created time.Time
	last    uint64
	at      time.Time
	perSec  []float64 // newest last
	over    []float64 // seconds of each
}

// add takes a reading. A stream that was made anew begins anew.
func (r *rate) add(s nats.Stream, at time.Time) {
	if !r.created.Equal(s.Created) || s.LastSeq < r.last {
		*r = rate{created: s.Created}
	}
	if !r.at.IsZero() {
		d := at.Sub(r.at).Seconds()
		if d <= 0 {
			return
		}
		r.perSec, r.over = append(r.perSec, float64(s.LastSeq-r.last)/d), append(r.over, d)
		if len(r.perSec) > samples {
			r.perSec, r.over = r.perSec[1:], r.over[1:]
		}
	}
	r.last, r.at = s.LastSeq, at
}

// now is the rate over the last readings, in messages a second; false before
// there are two.
func (r *rate) now() (float64, bool) {
	n := min(rateSamples, len(r.perSec))
	if n == 0 {
		return 0, false
	}
	messages, seconds := 0.0, 0.0
	for i := len(r.perSec) - n; i < len(r.perSec); i++ {
		messages, seconds = messages+r.perSec[i]*r.over[i], seconds+r.over[i]
	}
	return messages / seconds, true
}

// measure takes a reading of all streams. Those that are gone are forgotten.
func (m *Model) measure(streams []nats.Stream, at time.Time) {
	kept := make(map[string]*rate, len(streams))
	for _, s := range streams {
		r, ok := m.rates[s.Name]
		if !ok {
			r = &rate{created: s.Created}
		}
		r.add(s, at)
		kept[s.Name] = r
	}
	m.rates = kept
}
