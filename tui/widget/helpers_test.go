package widget

import (
	"io"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
	"go.uber.org/goleak"

	"aidbox-nats/tui/term"
	_ "aidbox-nats/tui/term/background"
	"aidbox-nats/tui/theme"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var hostile = []string{
	"",
	"plain",
	"日本語テキスト",
	"⚠️ warning",
	"👩‍👩‍👧‍👦 👍🏽 🇩🇪",
	"Z" + strings.Repeat("\u0335\u0322", 40) + "algo",
	"\u0301mark first",
	"\x1b[31mred\x1b[0m",
	"\x1b[2J\x1b]52;c;AAAA\a\x1bP+q\x1b\\",
	"a\u202eb\u2066c\u2069\u200b",
	"tabs\tand\nlines\r\n",
	"bad \xff\xfe\x9b31m",
	"مرحبا שלום नि",
	"🏽\u0d4e",
}

func testTheme(p termenv.Profile) theme.Theme {
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(p)
	return theme.New(theme.Options{Dark: true, Renderer: r})
}

var themes = map[string]theme.Theme{
	"colours": testTheme(termenv.TrueColor),
	"sixteen": testTheme(termenv.ANSI),
	"none":    testTheme(termenv.Ascii),
}

// exact fails the test unless there are h lines, each w wide and free of what
// a terminal would obey. A negative h stands for any number.
func exact(t *testing.T, what string, lines []string, w, h int) {
	t.Helper()
	if h >= 0 && len(lines) != h {
		t.Errorf("%s: %d lines, not %d", what, len(lines), h)
	}
	for i, l := range lines {
		if got := term.Width(l); got != w {
			t.Errorf("%s: line %d is %d wide, not %d: %q", what, i, got, w, l)
		}
		if term.Fit(l, w) != l {
			t.Errorf("%s: line %d is not clean: %q", what, i, l)
		}
	}
}

// bare is text without its colours.
func bare(lines []string) string {
	var b strings.Builder
	for i, l := range lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		for len(l) > 0 {
			if j := strings.Index(l, "\x1b["); j >= 0 {
				b.WriteString(l[:j])
				l = l[j:]
				l = l[strings.IndexByte(l, 'm')+1:]
				continue
			}
			b.WriteString(l)
			break
		}
	}
	return b.String()
}

func press(name string) tea.KeyMsg {
	types := map[string]tea.KeyType{"enter": tea.KeyEnter, "esc": tea.KeyEsc, "tab": tea.KeyTab, "left": tea.KeyLeft,
		"right": tea.KeyRight, "up": tea.KeyUp, "down": tea.KeyDown, "ctrl+s": tea.KeyCtrlS}
	if k, ok := types[name]; ok {
		return tea.KeyMsg{Type: k}
	}
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(name)}
}
