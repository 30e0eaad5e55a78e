package consumers

import (
	"strings"
	"testing"
	"time"

	"aidbox-nats/nats"
)

// readings are those of one consumer, three seconds apart, with these lags.
func readings(lags ...uint64) []nats.Consumer {
	start := time.Now()
	var out []nats.Consumer
	for i, lag := range lags {
		out = append(out, nats.Consumer{Stream: "S", Name: "k", Created: start.Add(-time.Hour), Asked: start.Add(time.Duration(i) * 3 * time.Second), MaxInFlight: 10, Lag: lag})
	}
	return out
}

func TestOnlyALagThatGrewAgainAndAgainIsTold(t *testing.T) {
	for rule, c := range map[string]struct {
		lags []uint64
		told string // empty: nothing
	}{
		"one burst":                 {[]uint64{0, 500, 500, 500, 500, 500}, ""},
		"two growths":               {[]uint64{1, 2, 3}, ""},
		"three growths":             {[]uint64{1, 2, 3, 5}, "its lag grew by 4 in 9s: nobody pulls"},
		"with rests between":        {[]uint64{1, 2, 2, 2, 3, 3, 5, 5}, "its lag grew by 4 in 21s: nobody pulls"},
		"it shrank between":         {[]uint64{1, 2, 3, 2, 3, 4}, ""},
		"it shrank after":           {[]uint64{1, 2, 3, 4, 3}, ""},
		"it grew again after it":    {[]uint64{9, 2, 3, 4, 5}, "its lag grew by 3 in 9s"},
		"it stands where it got to": {[]uint64{1, 2, 3, 4, 4}, "its lag grew by 3 in 12s"},
	} {
		var tr track
		for _, r := range readings(c.lags...) {
			tr.take(r)
		}
		switch {
		case c.told == "" && len(tr.troubles) > 0:
			t.Errorf("%s: %v", rule, tr.troubles)
		case c.told != "" && (len(tr.troubles) != 1 || !strings.Contains(tr.troubles[0].Reason, c.told)):
			t.Errorf("%s: %v", rule, tr.troubles)
		}
	}
}

func TestReadingsAreBoundedAndOfOneConsumer(t *testing.T) {
	var tr track
	lags := make([]uint64, 10*readingsMost)
	for i := range lags {
		lags[i] = uint64(i)
	}
	all := readings(lags...)
	for _, r := range all {
		tr.take(r)
	}
	if len(tr.rising) != readingsMost || !tr.grows() {
		t.Errorf("%d readings, grows %v", len(tr.rising), tr.grows())
	}
	again := all[len(all)-1]
	again.Created, again.Lag = again.Asked, again.Lag+1
	tr.take(again)
	if len(tr.rising) != 1 || len(tr.troubles) != 0 {
		t.Errorf("another consumer of the same name: %+v", tr)
	}
}

// A client that a group was pinned to is remembered until another takes its place.
func TestAPinnedClientIsRemembered(t *testing.T) {
	all := readings(4, 4, 4, 4)
	for i := range all {
		all[i].Groups = []nats.PriorityGroup{{Name: "jobs"}}
	}
	all[0].Groups[0].Client, all[3].Groups[0].Client = "c1", "c2"
	var tr track
	tr.take(all[0])
	for i, told := range []bool{true, true, false} {
		tr.take(all[i+1])
		if (len(tr.troubles) > 0) != told || told && !strings.Contains(tr.troubles[0].Reason, `"c1"`) {
			t.Errorf("reading %d: %v", i+1, tr.troubles)
		}
	}
}

func TestBar(t *testing.T) {
	for _, c := range []struct {
		part, whole uint64
		want        string
	}{
		{0, 10, ""}, {1, 0, ""}, {1, 1_000_000, "▏"}, {5, 10, "██"}, {10, 10, "████"}, {20, 10, "████"}, {3, 16, "▊"}, {9, 32, "█▏"},
	} {
		if got := bar(c.part, c.whole, 4); got != c.want {
			t.Errorf("%d of %d: %q, not %q", c.part, c.whole, got, c.want)
		}
	}
}

// The servers of tests can all reset: this is what one before 2.14 answers.
func TestAResetThatTheServerDoesNotKnowSaysSo(t *testing.T) {
	m := &Model{}
	m.List, m.stream = m.list(), "S"
	m.Answer(readings(1), nil)
	if why := m.noReset(); why != "" {
		t.Errorf("before the level is known: %s", why)
	}
	m.Update(levelRead{level: nats.Level212})
	if why := m.noReset(); !strings.Contains(why, "needs nats-server 2.14 or newer (JetStream API level 4, this server has 2)") {
		t.Error(why)
	}
	m.Update(levelRead{level: nats.Level214})
	if why := m.noReset(); why != "" {
		t.Error(why)
	}
}
