package nats

import (
	"slices"
	"time"
)

const (
	// growths is how often a lag must have grown, without shrinking between, to be trouble: once or twice is a
	// burst.
	growths = 3
	// growthsApart is what lies between two growths at least: what grew in less is one, however often it was read.
	growthsApart = 2 * time.Second
	// growthsMost bounds the growths that are kept of one consumer.
	growthsMost = 20
)

// ConsumerWatch remembers what was read of consumers, and says from it what is wrong with them. The zero value has
// read nothing. It is not safe for concurrent use.
type ConsumerWatch struct {
	streams map[string]map[string]*watched
}

// watched is what was read of one consumer so far.
type watched struct {
	last Consumer
	// rising are the readings in which the lag had grown, each at least growthsApart after the one before; the
	// first is the last one before it began to grow.
	rising   []Consumer
	pinned   Consumer // the last reading in which a group had a client
	troubles []Trouble
}

// Take adds a reading of all consumers of a stream. One that is not among them is forgotten.
func (w *ConsumerWatch) Take(stream string, consumers []Consumer) {
	if w.streams == nil {
		w.streams = map[string]map[string]*watched{}
	}
	before, now := w.streams[stream], make(map[string]*watched, len(consumers))
	for _, k := range consumers {
		one := before[k.Name]
		if one == nil || !one.last.Created.Equal(k.Created) {
			one = &watched{} // the first reading, or another consumer of the same name
		}
		one.take(k)
		now[k.Name] = one
	}
	w.streams[stream] = now
}

// Keep forgets what was read of all other streams.
func (w *ConsumerWatch) Keep(streams []Stream) {
	for name := range w.streams {
		if !slices.ContainsFunc(streams, func(s Stream) bool { return s.Name == name }) {
			delete(w.streams, name)
		}
	}
}

// Troubles are what was wrong with a consumer when it was read last; nil when nothing was. To stand at its maximum in
// flight and a pinned client that is gone are trouble at once; a lag that grows is when it did so again and again and
// did not shrink between. That stays until it shrinks.
func (w *ConsumerWatch) Troubles(stream, name string) []Trouble {
	if one := w.streams[stream][name]; one != nil {
		return one.troubles
	}
	return nil
}

// Grown are the lags through which a consumer has come that has TroubleLag, the oldest first; nil when it has not.
func (w *ConsumerWatch) Grown(stream, name string) []uint64 {
	one := w.streams[stream][name]
	if one == nil || !one.grows() {
		return nil
	}
	lags := make([]uint64, len(one.rising))
	for i, k := range one.rising {
		lags[i] = k.Lag
	}
	return lags
}

func (o *watched) take(now Consumer) {
	if now.Asked.Before(o.last.Asked) {
		return // an answer that was overtaken
	}
	n := len(o.rising)
	switch {
	case n == 0, now.Lag < o.last.Lag, n == 1 && now.Lag == o.last.Lag:
		o.rising = []Consumer{now}
	case now.Lag == o.last.Lag:
	case n > 1 && now.Asked.Sub(o.rising[n-1].Asked) < growthsApart:
		o.rising[n-1].Lag = now.Lag
	case n == growthsMost:
		o.rising = append(slices.Delete(o.rising, 1, 2), now)
	default:
		o.rising = append(o.rising, now)
	}
	o.troubles = troubleOf(TroubleInFlight, o.last, now)
	if o.grows() {
		o.troubles = append(o.troubles, troubleOf(TroubleLag, o.rising[0], now)...)
	}
	o.troubles = append(o.troubles, troubleOf(TroublePinned, o.pinned, now)...)
	o.last = now
	if slices.ContainsFunc(now.Groups, func(g PriorityGroup) bool { return g.Client != "" }) {
		o.pinned = now
	}
}

// grows says that the lag has only grown.
func (o *watched) grows() bool { return len(o.rising) > growths }

func troubleOf(kind TroubleKind, prev, now Consumer) []Trouble {
	return slices.DeleteFunc(consumerTrouble(prev, now), func(t Trouble) bool { return t.Kind != kind })
}
