package nats

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// readings are those of one consumer, one every so often, with these lags.
func readings(every time.Duration, lags ...uint64) []Consumer {
	start := time.Now()
	var out []Consumer
	for i, lag := range lags {
		out = append(out, Consumer{Stream: "S", Name: "k", Created: start.Add(-time.Hour), Asked: start.Add(time.Duration(i) * every), MaxInFlight: 10, Lag: lag})
	}
	return out
}

func watching(all []Consumer) *ConsumerWatch {
	var w ConsumerWatch
	for _, k := range all {
		w.Take(k.Stream, []Consumer{k})
	}
	return &w
}

func TestOnlyALagThatGrewAgainAndAgainIsTold(t *testing.T) {
	const usual = 3 * time.Second
	for rule, c := range map[string]struct {
		every time.Duration
		lags  []uint64
		told  string // empty: nothing
	}{
		"one new message":            {usual, []uint64{0, 1, 1, 1}, ""},
		"one burst":                  {usual, []uint64{0, 500, 500, 500, 500, 500}, ""},
		"two growths":                {usual, []uint64{1, 2, 3}, ""},
		"three growths":              {usual, []uint64{1, 2, 3, 5}, "its lag grew by 4 in 9s: nobody pulls"},
		"with rests between":         {usual, []uint64{1, 2, 2, 2, 3, 3, 5, 5}, "its lag grew by 4 in 21s: nobody pulls"},
		"after it stood for long":    {usual, []uint64{1, 1, 1, 1, 2, 3, 5}, "its lag grew by 4 in 9s: nobody pulls"},
		"it shrank between":          {usual, []uint64{1, 2, 3, 2, 3, 4}, ""},
		"it shrank after":            {usual, []uint64{1, 2, 3, 4, 3}, ""},
		"it grew again after it":     {usual, []uint64{9, 2, 3, 4, 5}, "its lag grew by 3 in 9s"},
		"it stands where it got to":  {usual, []uint64{1, 2, 3, 4, 4}, "its lag grew by 3 in 12s"},
		"a burst that is often read": {time.Second / 10, []uint64{0, 1, 2, 3, 4, 5, 6, 7, 7, 7, 7}, ""},
		"growth that is often read":  {time.Second, []uint64{0, 1, 2, 3, 4, 5}, "its lag grew by 5 in 5s"},
		"growth that is seldom read": {time.Minute, []uint64{0, 1, 2, 3}, "its lag grew by 3 in 3m0s"},
	} {
		troubles := watching(readings(c.every, c.lags...)).Troubles("S", "k")
		switch {
		case c.told == "" && len(troubles) > 0:
			t.Errorf("%s: %v", rule, troubles)
		case c.told != "" && (len(troubles) != 1 || !strings.Contains(troubles[0].Reason, c.told)):
			t.Errorf("%s: %v", rule, troubles)
		}
	}
}

func TestWatchIsBoundedAndOfOneConsumer(t *testing.T) {
	lags := make([]uint64, 10*growthsMost)
	for i := range lags {
		lags[i] = uint64(i)
	}
	all := readings(3*time.Second, lags...)
	w := watching(all)
	grown, last := w.Grown("S", "k"), len(lags)-1
	if len(grown) != growthsMost || grown[0] != 0 || grown[len(grown)-1] != uint64(last) {
		t.Errorf("grown: %d", grown)
	}
	w.Take("S", []Consumer{all[2]})
	if troubles := w.Troubles("S", "k"); len(troubles) != 1 || !slices.Equal(w.Grown("S", "k"), grown) {
		t.Errorf("after a reading that was overtaken: %v", troubles)
	}
	w.Take("OTHER", nil)
	w.Keep([]Stream{{Name: "S"}})
	if len(w.Troubles("S", "k")) != 1 || len(w.streams) != 1 {
		t.Errorf("after another stream was read and went: %+v", w.streams)
	}
	again := all[last]
	again.Created, again.Lag = again.Asked, again.Lag+1
	w.Take("S", []Consumer{again})
	if w.Grown("S", "k") != nil || w.Troubles("S", "k") != nil {
		t.Errorf("another consumer of the same name: %v", w.Troubles("S", "k"))
	}
	w.Take("S", nil)
	if len(w.streams["S"]) != 0 {
		t.Error("a consumer that is gone is kept")
	}
}

// A client that a group was pinned to is remembered until another takes its place.
func TestAPinnedClientIsRemembered(t *testing.T) {
	all := readings(3*time.Second, 4, 4, 4, 4)
	for i := range all {
		all[i].Groups = []PriorityGroup{{Name: "jobs"}}
	}
	all[0].Groups[0].Client, all[3].Groups[0].Client = "c1", "c2"
	var w ConsumerWatch
	for i, told := range []bool{false, true, true, false} {
		w.Take("S", all[i:i+1])
		if got := w.Troubles("S", "k"); (len(got) > 0) != told || told && !strings.Contains(got[0].Reason, `"c1"`) {
			t.Errorf("reading %d: %v", i, got)
		}
	}
}
