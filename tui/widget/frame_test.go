package widget

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/lipgloss"

	"aidbox-nats/tui/term"
)

func TestFramesAreExactWhateverIsInThem(t *testing.T) {
	for name, th := range themes {
		for _, s := range hostile {
			for w := range 30 {
				for h := range 5 {
					title := Title{Text: s, Right: s, Bad: w%2 == 0}
					body := []string{s, s + s, "\x1b[1;31m" + s, s}
					what := fmt.Sprintf("%s, %q in %dx%d", name, s, w, h)
					exact(t, what, Frame(th, title, w%3, h%2 == 0, w, h, body), w, h)
				}
			}
		}
	}
}

func TestFrame(t *testing.T) {
	th := themes["none"]
	for _, c := range []struct {
		rule  string
		title Title
		n     int
		w     int
		want  string
	}{
		{"number, title and right", Title{Text: "Topics", Right: "2"}, 1, 24, "╭─ 1 Topics ───────── 2 ─╮"},
		{"without a number", Title{Text: "Wire"}, 0, 24, "╭─ Wire ─────────────────╮"},
		{"the right text goes first", Title{Text: "Topics", Right: "22 received"}, 1, 16, "╭─ 1 Topics ─────╮"},
		{"then the end of the title", Title{Text: "Topics", Right: "2"}, 1, 10, "╭─ 1 Top… ─╮"},
		{"then all of it", Title{Text: "Topics"}, 1, 3, "╭───╮"},
	} {
		got := bare(Frame(th, c.title, c.n, false, c.w+2, 3, []string{"text"}))
		text := term.Fit("text", c.w)
		want := c.want + "\n│" + text + "│\n╰" + strings.Repeat("─", c.w) + "╯"
		if got != want {
			t.Errorf("%s:\n%s\nnot\n%s", c.rule, got, want)
		}
	}
}

func TestJoinContinuesTheShorterBlock(t *testing.T) {
	got := Join([]string{"ab", "cd"}, []string{"1", "2", "3"})
	if want := "ab1|cd2|  3"; strings.Join(got, "|") != want {
		t.Errorf("%q, not %q", got, want)
	}
	if got := Join(nil, []string{"x"}); len(got) != 1 || got[0] != "x" {
		t.Errorf("%q", got)
	}
}

var sink []string

// BenchmarkFrame draws a column of the screen, beside padding alone and beside
// a box of lipgloss.
func BenchmarkFrame(b *testing.B) {
	th := themes["colours"]
	var body []string
	for i := range 40 {
		body = append(body, fmt.Sprintf("10:42:01.%03d  patients.created  \x1b[32mcreate\x1b[0m  Patient/5e78f7b8  basic", i))
	}
	width := term.Width(body[0])
	b.Run("pad", func(b *testing.B) {
		for b.Loop() {
			out := make([]string, 0, 42)
			for _, l := range body {
				out = append(out, "│"+l+strings.Repeat(" ", 98-width)+"│")
			}
			sink = out
		}
	})
	b.Run("frame", func(b *testing.B) {
		for b.Loop() {
			sink = Frame(th, Title{Text: "Live", Right: "22 received"}, 4, true, 100, 42, body)
		}
	})
	b.Run("lipgloss", func(b *testing.B) {
		box := th.Text.Border(lipgloss.RoundedBorder()).Width(98).Height(40)
		for b.Loop() {
			sink = []string{box.Render(strings.Join(body, "\n"))}
		}
	})
}
