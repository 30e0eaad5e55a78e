package consumers

import "aidbox-nats/nats"

const (
	// rises is how often a lag must have grown, without shrinking between, to
	// be told: once or twice is a burst.
	rises = 3
	// readingsMost bounds the readings that are kept of one consumer.
	readingsMost = 20
)

// track is what was read of one consumer so far.
type track struct {
	last nats.Consumer
	// rising are the readings in which the lag was greater than in the one
	// before, since it shrank last; the first is where it began.
	rising []nats.Consumer
	// pinned is the last reading in which a group had a client.
	pinned   nats.Consumer
	troubles []nats.Trouble
}

// take adds a reading, and says what is wrong.
func (t *track) take(now nats.Consumer) {
	if !t.last.Created.Equal(now.Created) {
		*t = track{} // another consumer of the same name
	}
	switch {
	case len(t.rising) == 0, now.Lag < t.last.Lag:
		t.rising = []nats.Consumer{now}
	case now.Lag > t.last.Lag:
		t.rising = append(t.rising, now)
		if n := len(t.rising); n > readingsMost {
			t.rising = t.rising[n-readingsMost:]
		}
	}
	t.troubles = t.only(nats.TroubleInFlight, t.last, now)
	if t.grows() {
		t.troubles = append(t.troubles, t.only(nats.TroubleLag, t.rising[0], now)...)
	}
	t.troubles = append(t.troubles, t.only(nats.TroublePinned, t.pinned, now)...)
	t.last = now
	for _, g := range now.Groups {
		if g.Client != "" {
			t.pinned = now
		}
	}
}

// grows says that the lag has only grown.
func (t *track) grows() bool { return len(t.rising) > rises && t.rising[len(t.rising)-1].Lag > 0 }

func (t *track) only(kind nats.TroubleKind, prev, now nats.Consumer) []nats.Trouble {
	var out []nats.Trouble
	for _, trouble := range nats.ConsumerTrouble(prev, now) {
		if trouble.Kind == kind {
			out = append(out, trouble)
		}
	}
	return out
}
