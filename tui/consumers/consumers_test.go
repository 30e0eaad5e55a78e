package consumers

import (
	"strings"
	"testing"

	"aidbox-nats/nats"
)

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
	m.Answer([]nats.Consumer{{Stream: "S", Name: "k"}}, nil)
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
