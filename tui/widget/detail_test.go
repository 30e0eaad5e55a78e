package widget

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
)

// shown is a source of lines, over a list that may not have been read.
type shown struct {
	List[string]
	title Title
	lines []string
}

func (s *shown) DetailTitle() Title       { return s.title }
func (s *shown) DetailLines(int) []string { return s.lines }
func (s *shown) DetailKeys() Actions      { return nil }
func (s *shown) Update(tea.Msg) tea.Cmd   { return nil }
func (s *shown) Keys() Actions            { return s.Motions() }
func newShown(th theme.Theme, name string) *shown {
	return &shown{List: NewList(th, name, "None yet. n creates one.",
		[]Column[string]{{Flex: 1, Cell: func(s string) Cell { return Cell{Text: s} }}}, func(s string) string { return s })}
}

func TestLongLinesOfADetailGoOnInTheNext(t *testing.T) {
	s := newShown(themes["colours"], "Topics")
	s.lines = []string{" short", `     "key": "` + strings.Repeat("word ", 8) + `"`, "   \x1b[31m" + strings.Repeat("x", 40) + "\x1b[0m"}
	d := NewDetail(s)
	d.SetSize(31, 12)
	want := " short\n" +
		`     "key": "word word word` + "\n" +
		"     ↳ word word word word\n" +
		"     ↳ word \"\n" +
		"   xxxxxxxxxxxxxxxxxxxxxxxxx\n" +
		"   ↳ xxxxxxxxxxxxxxx"
	if got := bare(strings.Split(d.View(), "\n")); got != want {
		t.Errorf("\n%s\nnot\n%s", got, want)
	}
	wrap, _ := d.Keys().Match(press("W"))
	if wrap.Name != "cut long lines" || wrap.Blocked() != "" {
		t.Errorf("%q, blocked: %q", wrap.Name, wrap.Blocked())
	}
	before := d.Revision()
	wrap.Run()
	got := strings.Split(bare(strings.Split(d.View(), "\n")), "\n")
	if !d.cut || d.Revision() == before || len(got) != 3 || got[2] != "   "+strings.Repeat("x", 26)+"…" {
		t.Errorf("%q", got)
	}
	s.lines = s.lines[:1]
	s.Touch()
	if wrap, _ := d.Keys().Match(press("W")); wrap.Name != "wrap long lines" || wrap.Blocked() == "" {
		t.Errorf("%q, blocked: %q", wrap.Name, wrap.Blocked())
	}
}

func TestDetailsFitWhateverIsInThem(t *testing.T) {
	for name, th := range themes {
		for _, text := range hostile {
			s := newShown(th, "x")
			s.Answer([]string{"a"}, nil)
			s.Answer(nil, errors.New(text))
			s.lines = append(Paragraph(th, theme.Bad, text, 9), Label(th, "correlation id", text, 20)...)
			s.lines = append(s.lines, JSON(th, []byte(`{"a":["`+strings.Repeat("b", 60)+`"]}`))...)
			d := NewDetail(s)
			for w := 2; w < 60; w++ {
				for _, on := range []bool{true, false} {
					d.wrap(on)
					d.SetSize(w, 12)
					frame := Frame(th, d.Title(), 1, true, w+2, 14, strings.Split(d.View(), "\n"))
					exact(t, fmt.Sprintf("%s, %q in %d, wrapped %v", name, text, w, on), frame, w+2, 14)
					for _, l := range strings.Split(bare(frame[1:13]), "\n") {
						if !strings.HasSuffix(l, " │") {
							t.Fatalf("%s, %q in %d: the text touches the frame: %q", name, text, w, l)
						}
					}
				}
			}
		}
	}
}

func TestThePlaceInADetailIsSeenBesideItsTitle(t *testing.T) {
	th := themes["none"]
	s := newShown(th, "Destinations")
	s.title = Title{Text: "Destination basic", Right: "nats-core-best-effort"}
	for i := range 34 {
		s.lines = append(s.lines, fmt.Sprint(i))
	}
	d := NewDetail(s)
	d.SetSize(70, 21)
	for _, want := range []string{
		"╭─ Destination basic ───── nats-core-best-effort  1-21 of 34 ─╮",
		"╭─ Destination basic ─────────────────── 1-21 of 34 ─╮",
		"╭─ Destination … ─ 1-21 of 34 ─╮",
		"╭─ Destination basic ──╮",
		"╭─ Destina… ─╮",
	} {
		w := term.Width(want)
		if got := bare(Frame(th, d.Title(), 0, true, w, 3, nil)[:1]); got != want {
			t.Errorf("%d wide: %q, not %q", w, got, want)
		}
	}
}

func TestLabelsHaveTheWidthOfTheirDetail(t *testing.T) {
	th := themes["none"]
	if got := bare(Label(th, "correlation id", "c-7f3a", 40)); got != " correlation id c-7f3a" {
		t.Errorf("%q", got)
	}
	l := Labels{Theme: th, Width: 6}
	if got := bare(l.Line("id", "one two three four", 20)); got != " id     one two\n        three four" {
		t.Errorf("%q", got)
	}
}

func TestARowsFailureIsToldAboveItsDetail(t *testing.T) {
	s := newShown(themes["none"], "Topics")
	s.lines = []string{" what was read before"}
	s.Answer([]string{"a"}, nil)
	d := NewDetail(s)
	d.SetSize(60, 12)
	if got := d.View(); strings.Contains(got, "refused") {
		t.Errorf("\n%s", got)
	}
	s.Answer(nil, errors.New("connection refused"))
	if got := bare(strings.Split(d.View(), "\n")); !strings.Contains(got, "✗ connection refused") || !strings.Contains(got, "what was read before") {
		t.Errorf("\n%s", got)
	}
}
