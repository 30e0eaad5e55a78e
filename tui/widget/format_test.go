package widget

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"aidbox-nats/tui/term"
)

func TestFormats(t *testing.T) {
	const d = 24 * time.Hour
	for _, c := range []struct{ got, want string }{
		{Bytes(0), "0 B"}, {Bytes(15), "15 B"}, {Bytes(1023), "1023 B"}, {Bytes(1024), "1.0 KB"}, {Bytes(5222), "5.1 KB"},
		{Bytes(52_220), "51 KB"}, {Bytes(1024*1024 - 1), "1.0 MB"}, {Bytes(64 << 20), "64 MB"}, {Bytes(-15), "-15 B"},
		{Bytes(math.MaxInt64), "8.0 EB"}, {Bytes(math.MinInt64), "-4.0 EB"},
		{Count(0), "0"}, {Count(999), "999"}, {Count(1234), "1,234"}, {Count(1_234_567), "1,234,567"}, {Count(-1234), "-1,234"}, {Count(-123), "-123"},
		{Count(math.MinInt64), "-9,223,372,036,854,775,808"},
		{Short(999), "999"}, {Short(1000), "1.0 k"}, {Short(1234), "1.2 k"}, {Short(15_000), "15 k"}, {Short(999_600), "1.0 M"}, {Short(-1234), "-1.2 k"},
		{Age(-time.Second), "0 s"}, {Age(900 * time.Millisecond), "0 s"}, {Age(3 * time.Second), "3 s"}, {Age(4*time.Minute + 59*time.Second), "4 min"},
		{Age(2 * time.Hour), "2 h"}, {Age(29*d + time.Hour), "29 d"}, {Age(800 * d), "2 y"},
		{Duration(0), "0 ms"}, {Duration(20 * time.Microsecond), "<0.1 ms"}, {Duration(200 * time.Microsecond), "0.2 ms"},
		{Duration(4 * time.Millisecond), "4 ms"}, {Duration(2900 * time.Microsecond), "2.9 ms"}, {Duration(9960 * time.Microsecond), "10 ms"},
		{Duration(120 * time.Millisecond), "120 ms"}, {Duration(1500 * time.Millisecond), "1.5 s"}, {Duration(999_700 * time.Microsecond), "1 s"},
		{Duration(59_990 * time.Millisecond), "1 min 0 s"}, {Duration(125 * time.Second), "2 min 5 s"}, {Duration(3*time.Hour + 90*time.Second), "3 h 2 min"},
		{Duration(-4 * time.Millisecond), "-4 ms"},
		{Rate(0), "0/s"}, {Rate(-1), "0/s"}, {Rate(0.01), "<0.1/s"}, {Rate(0.4), "0.4/s"}, {Rate(2), "2/s"}, {Rate(12.4), "12/s"}, {Rate(1200), "1.2 k/s"},
		{Clock(time.Time{}), ""},
		{Clock(time.Date(2026, 1, 2, 10, 42, 1, 204_900_000, time.Local).UTC()), "10:42:01.204"},
	} {
		if c.got != c.want {
			t.Errorf("%q, not %q", c.got, c.want)
		}
	}
}

func TestSparkline(t *testing.T) {
	for _, c := range []struct {
		rule   string
		values []float64
		w      int
		want   string
	}{
		{"nothing happened", []float64{0, 0, 0}, 3, "▁▁▁"},
		{"the most is the highest", []float64{0, 1, 2, 4}, 4, "▁▄▅█"},
		{"a little is more than nothing", []float64{0, 1, 1000}, 3, "▁▂█"},
		{"the newest are on the right", []float64{9, 0, 1}, 2, "▁█"},
		{"the left is blank before there were any", []float64{1}, 3, "  █"},
		{"what is no finite number is nothing", []float64{math.NaN(), math.Inf(1), -1, 1}, 4, "▁▁▁█"},
		{"no width, no bars", []float64{1}, 0, ""},
	} {
		got := Sparkline(c.values, c.w)
		if got != c.want || term.Width(got) != c.w {
			t.Errorf("%s: %q, not %q", c.rule, got, c.want)
		}
	}
}

func TestScroll(t *testing.T) {
	lines := strings.Split("0 1 2 3 4 5 6 7 8 9", " ")
	var s Scroll
	for _, c := range []struct {
		what     string
		do       func() bool
		want     string
		position string
		moved    bool
	}{
		{"starts at the top", func() bool { return false }, "0 1 2 3", "1-4 of 10", false},
		{"moves", func() bool { return s.Move(2) }, "2 3 4 5", "3-6 of 10", true},
		{"by its height less a line", func() bool { return s.Page(1) }, "5 6 7 8", "6-9 of 10", true},
		{"not past the end", func() bool { return s.Page(1) }, "6 7 8 9", "7-10 of 10", true},
		{"at the end not at all", s.Bottom, "6 7 8 9", "7-10 of 10", false},
		{"shows a line above", func() bool { return s.Show(4) }, "4 5 6 7", "5-8 of 10", true},
		{"shows a line below", func() bool { return s.Show(9) }, "6 7 8 9", "7-10 of 10", true},
		{"stays where the line is seen", func() bool { return s.Show(7) }, "6 7 8 9", "7-10 of 10", false},
		{"to the top", s.Top, "0 1 2 3", "1-4 of 10", true},
	} {
		s.SetSize(4, 10)
		moved := c.do()
		got := strings.Join(s.Lines(lines, 4), " ")
		if got != c.want || moved != c.moved || s.Position() != c.position {
			t.Errorf("%s: %q, %q, moved %v", c.what, got, s.Position(), moved)
		}
	}
	s.Bottom()
	if got := s.Lines(lines[:2], 4); len(got) != 2 || s.Position() != "" {
		t.Errorf("fewer lines than before: %q, %q", got, s.Position())
	}
	if got := fmt.Sprint(s.Lines(nil, 4), s.Lines(lines, 0)); got != "[] []" {
		t.Error(got)
	}
}

func TestSparklineOverAFloor(t *testing.T) {
	for _, c := range []struct {
		rule   string
		values []float64
		floor  float64
		want   string
	}{
		{"one message is low", []float64{0, 1, 0}, 10, "▁▃▁"},
		{"what is more than the floor is the tallest", []float64{0, 10, 40}, 10, "▁▄█"},
		{"without a floor the largest is", []float64{0, 1, 0}, 0, "▁█▁"},
		{"a floor that is no number is none", []float64{0, 1, 0}, math.Inf(1), "▁█▁"},
		{"nor one that is none", []float64{0, 1, 0}, math.NaN(), "▁█▁"},
	} {
		if got := SparklineOver(c.values, 3, c.floor); got != c.want {
			t.Errorf("%s: %q, not %q", c.rule, got, c.want)
		}
	}
}

func TestNumberAgreesWithItsNoun(t *testing.T) {
	for want, n := range map[string]uint64{"0 messages": 0, "1 message": 1, "1,234 messages": 1234, "9,223,372,036,854,775,807 messages": 1<<64 - 1} {
		if got := Number(Clamp(n), "message", "messages"); got != want {
			t.Errorf("%d: %q, not %q", n, got, want)
		}
	}
}
