package streams

import (
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"

	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
	_ "aidbox-nats/tui/term/background"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

func pane() *Model {
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(termenv.Ascii)
	m := New(Options{Theme: theme.New(theme.Options{Renderer: r})})
	m.SetSize(60, 5)
	m.detail.SetSize(100, 40)
	return m
}

func answer(n uint64, err error) data.Answer { return data.Answer{Question: n, Err: err} }

func TestABrokerWithoutJetStreamIsNoFailure(t *testing.T) {
	m := pane()
	m.Update(data.Streams{Answer: answer(1, fmt.Errorf("list streams: %w", nats.ErrNoJetStream))})
	if m.Title().Bad || !strings.Contains(m.View(), "has no JetStream") || !strings.Contains(m.detail.View(), "stored nowhere") {
		t.Errorf("%s\n%s", m.View(), m.detail.View())
	}
	m.Update(data.Streams{Answer: answer(2, nil)})
	if !strings.Contains(m.View(), "No streams: JetStream stores nothing yet.") {
		t.Errorf("%s", m.View())
	}
	m.Update(data.Streams{Answer: answer(1, nil), Streams: []nats.Stream{{Name: "LATE"}}})
	if m.Len() != 0 {
		t.Error("a late answer was taken")
	}
	m.Update(data.Streams{Answer: answer(3, fmt.Errorf("list streams: timeout"))})
	if !m.Title().Bad || !strings.Contains(m.detail.View(), "✗ list streams: timeout") {
		t.Errorf("%s\n%s", m.View(), m.detail.View())
	}
}

// The ages of a stream's ends go on with the clock, and an empty one is not
// drawn again.
func TestAgesOfTheEnds(t *testing.T) {
	m, now := pane(), time.Now()
	s := nats.Stream{Name: "EVENTS", FirstSeq: 1, LastSeq: 1200, FirstTime: now.Add(-2 * time.Hour), LastTime: now.Add(-3 * time.Second)}
	m.Update(data.Streams{Answer: answer(1, nil), Streams: []nats.Stream{s}})
	was := m.Revision()
	m.Update(data.Tick{Now: now})
	if m.Revision() != was {
		t.Error("an empty stream is drawn again")
	}
	s.Messages = 1200
	m.Update(data.Streams{Answer: answer(2, nil), Streams: []nats.Stream{s}})
	was = m.Revision()
	m.Update(data.Tick{Now: now.Add(time.Second)})
	view := m.detail.View()
	if m.Revision() == was || !strings.Contains(view, "4 s ago") || !strings.Contains(view, "2 h ago") || !strings.Contains(view, "seq 1,200") {
		t.Errorf("%s", view)
	}
}

func TestLimits(t *testing.T) {
	for rule, c := range map[string]struct {
		s    nats.Stream
		want string
	}{
		"none":              {nats.Stream{}, "none"},
		"unlimited is none": {nats.Stream{MaxMsgs: -1, MaxBytes: -1}, "none"},
		"the oldest go":     {nats.Stream{MaxMsgs: 1000, MaxBytes: 2048}, "1,000 messages, 2.0 KB; when full the oldest go"},
		"new ones refused":  {nats.Stream{MaxAge: time.Hour, Discard: "new"}, "1 h; when full new ones are refused"},
		"so many a subject": {nats.Stream{MaxMsgsPerSubject: 5}, "5 a subject; when full the oldest go"},
	} {
		if got := limits(c.s); got != c.want {
			t.Errorf("%s: %q, not %q", rule, got, c.want)
		}
	}
	if got := widget.Clamp(math.MaxUint64); got != math.MaxInt64 {
		t.Errorf("%d", got)
	}
}

func plain(s string) string { return ansi.Strip(s) }

// What an edit changed is told with its new value, also that a limit is gone.
func TestWhatAnEditChangedIsTold(t *testing.T) {
	old := nats.StreamConfig{Name: "S", Subjects: []string{"a"}, Retention: "limits", Discard: "old", Replicas: 1, MaxAge: 24 * time.Hour, NoDirect: true}
	for name, c := range map[string]struct {
		edit func(*nats.StreamConfig)
		want string
	}{
		"nothing":        {func(*nats.StreamConfig) {}, "nothing"},
		"a limit":        {func(c *nats.StreamConfig) { c.MaxBytes = 10 << 30 }, "max size 10GB"},
		"no limit":       {func(c *nats.StreamConfig) { c.MaxAge = 0 }, "max age none"},
		"several fields": {func(c *nats.StreamConfig) { c.Subjects = []string{"a", "b.>"}; c.NoDirect = false }, "subjects a b.>, also direct"},
	} {
		now := old
		c.edit(&now)
		if got := edited(old, now); got != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}
