package messages

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/nats"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// opened asks for another place, or for other messages.
type opened struct {
	stream, subject string
	target          target
}

// placeHelp says what parsePlace reads.
const placeHelp = "end, start, a sequence (4711), a time (10:42:01, 2026-11-24 10:42:01), or how long ago (90s, 5m, 2h, 3d)."

// parsePlace reads where in a stream to begin, to the second.
func parsePlace(s string, now time.Time) (target, error) {
	s = strings.TrimSpace(s)
	switch strings.ToLower(s) {
	case "", "end":
		return target{where: atEnd}, nil
	case "start":
		return target{where: atStart}, nil
	}
	if n, err := strconv.ParseUint(strings.ReplaceAll(strings.TrimPrefix(s, "#"), ",", ""), 10, 64); err == nil {
		if n == 0 {
			return target{}, errors.New("the first sequence of a stream is 1")
		}
		return target{where: atSeq, seq: n}, nil
	}
	if t, ok := parseTime(s, now); ok {
		return target{where: atTime, time: t}, nil
	}
	return target{}, fmt.Errorf("%q is no place in a stream: %s", s, placeHelp)
}

// parseTime reads a time of day (the last one), a time, or how long ago.
func parseTime(s string, now time.Time) (time.Time, bool) {
	now = now.Local()
	for _, layout := range []string{"15:04:05", "15:04:05.000", "15:04"} {
		if t, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			t = time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.Local)
			if t.After(now) {
				t = t.AddDate(0, 0, -1)
			}
			return t, true
		}
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05", "2006-01-02 15:04:05.000", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			return t, true
		}
	}
	s = strings.TrimSpace(strings.TrimSuffix(s, "ago"))
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil {
			return now.AddDate(0, 0, -int(n)), true
		}
	}
	if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return now.Add(-d).Truncate(time.Second), true
	}
	return time.Time{}, false
}

// said tells how a place was read.
func (t target) said() string {
	switch t.where {
	case atStart:
		return "the oldest message"
	case atSeq:
		return "message " + count(t.seq) + ", or the next one that is there"
	case atTime:
		return "the first stored on " + t.time.Local().Format(time.DateTime) + " or later"
	}
	return "the newest message"
}

func placeHint(s string) widget.Hint {
	t, err := parsePlace(s, time.Now())
	if err != nil {
		return widget.Hint{}
	}
	return widget.Hint{Text: t.said()}
}

// openDialog asks for a place and for the subjects.
func (m *Model) openDialog() widget.Dialog {
	stream := m.stream
	f := widget.NewForm("Open "+stream,
		widget.Field{Name: "at", Label: "at", Placeholder: "end", Submits: true, Help: placeHelp,
			Validate: func(s string) error { _, err := parsePlace(s, time.Now()); return err },
			Hint:     func(v widget.Values) widget.Hint { return placeHint(v["at"]) }},
		widget.Field{Name: "subject", Label: "subject", Value: m.subject, Placeholder: "patients.>", Validate: checkFilter,
			Help: "Only messages on it; * stands for one word, > for all that follow. Empty: all.",
			Hint: func(v widget.Values) widget.Hint { return m.filterHint(v["subject"]) }},
	)
	f.Submit = "open"
	return widget.Fill(f, func(_ context.Context, v widget.Values) widget.Outcome {
		t, err := parsePlace(v["at"], time.Now())
		if err != nil {
			return widget.Outcome{Err: err}
		}
		return widget.Outcome{Then: []tea.Msg{opened{stream: stream, subject: strings.TrimSpace(v["subject"]), target: t}}}
	})
}

func checkFilter(s string) error {
	if s = strings.TrimSpace(s); s == "" {
		return nil
	}
	return nats.ValidSubject(s, true)
}

// filterHint warns of a subject on which the stream can hold nothing.
func (m *Model) filterHint(s string) widget.Hint {
	s = strings.TrimSpace(s)
	if s == "" || checkFilter(s) != nil || len(m.state.Subjects) == 0 {
		return widget.Hint{}
	}
	if len(nats.Overlaps([]string{s}, "", []nats.Stream{m.state})) == 0 {
		return widget.Hint{Role: theme.Warn, Text: m.stream + " takes " + strings.Join(m.state.Subjects, " ") + ": nothing of that now"}
	}
	return widget.Hint{}
}
