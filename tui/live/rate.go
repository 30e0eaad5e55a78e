package live

import (
	"slices"
	"time"
)

const (
	sparkWidth  = 8
	samples     = 12
	rateSamples = 3
	// sparkFloor is the rate, a second, of the tallest bar of a quiet
	// subscription: one message is not as tall as a flood.
	sparkFloor = 10
)

// rate counts the messages of a subscription by the console's clock.
type rate struct {
	last     uint64
	at       time.Time
	perSec   []float64 // newest last, at most samples
	lastSeen bool
}

func (r *rate) add(total uint64, now time.Time) {
	if r.lastSeen {
		d := now.Sub(r.at).Seconds()
		if d <= 0 {
			return
		}
		r.perSec = append(r.perSec, float64(total-min(r.last, total))/d)
		if len(r.perSec) > samples {
			r.perSec = r.perSec[1:]
		}
	}
	r.last, r.at, r.lastSeen = total, now, true
}

func (r *rate) values() []float64 { return r.perSec }

// now is the mean of the last samples, in messages a second.
func (r *rate) now() float64 {
	n := min(rateSamples, len(r.perSec))
	if n == 0 {
		return 0
	}
	sum := 0.0
	for _, v := range r.perSec[len(r.perSec)-n:] {
		sum += v
	}
	return sum / float64(n)
}

func (m *Model) rate(subject string) *rate {
	if r, ok := m.rates[subject]; ok {
		return r
	}
	return &rate{}
}

// count takes one sample of every subscription. Subscriptions that are gone
// are forgotten.
func (m *Model) count(now time.Time) {
	kept := make(map[string]*rate)
	moving := false
	for _, s := range m.source.Subscriptions() {
		r, ok := m.rates[s.Subject]
		if !ok {
			r = &rate{}
		}
		before := slices.Clone(r.perSec)
		r.add(m.counted(s), now)
		moving = moving || !slices.Equal(before, r.perSec)
		kept[s.Subject] = r
	}
	m.rates = kept
	if moving {
		m.Touch()
	}
}
