package theme_test

import (
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"

	_ "aidbox-nats/tui/term/background"
	"aidbox-nats/tui/theme"
)

func renderer(p termenv.Profile) *lipgloss.Renderer {
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(p)
	return r
}

var (
	colour = regexp.MustCompile(`[;\[](3[0-9]|4[0-9]|9[0-7]|10[0-7])[;m]`)
	roles  = []theme.Role{theme.Text, theme.Strong, theme.Faint, theme.Accent, theme.OK, theme.Warn, theme.Bad,
		theme.Selected, theme.Key, theme.Border, theme.BorderFocus, theme.Title, theme.TitleFocus, theme.Core, theme.JS, theme.Num}
)

func TestPaintIsWhatTheStyleRenders(t *testing.T) {
	for _, p := range []termenv.Profile{termenv.TrueColor, termenv.ANSI256, termenv.ANSI} {
		for _, dark := range []bool{true, false} {
			th := theme.New(theme.Options{Dark: dark, Renderer: renderer(p)})
			for _, r := range roles {
				if got, want := th.Paint(r, "word"), th.Style(r).Render("word"); got != want {
					t.Errorf("profile %v, role %d: %q, not %q", p, r, got, want)
				}
				if p == termenv.ANSI {
					continue // has a bar
				}
				got := th.PaintSelected(r, "word")
				if want := th.Style(r).Inherit(th.Selected).Render("word"); got != want {
					t.Errorf("profile %v, role %d selected: %q, not %q", p, r, got, want)
				}
			}
			if th.Paint(theme.Bad, "") != "" {
				t.Error("nothing is painted")
			}
		}
	}
}

func TestProfilesGetOnlyTheColoursTheyHave(t *testing.T) {
	for _, dark := range []bool{true, false} {
		for p, forbidden := range map[termenv.Profile]string{
			termenv.ANSI256: "[34]8;2;",
			termenv.ANSI:    "[34]8;[25];",
			termenv.Ascii:   colour.String(),
		} {
			th := theme.New(theme.Options{Dark: dark, Renderer: renderer(p)})
			for _, r := range roles {
				for _, s := range []string{th.Paint(r, "x"), th.PaintSelected(r, "x"), th.Style(r).Render("x")} {
					if regexp.MustCompile(forbidden).MatchString(s) {
						t.Errorf("profile %v, role %d: %q", p, r, s)
					}
				}
			}
		}
	}
}

func TestWithoutColoursRolesStillDiffer(t *testing.T) {
	th := theme.New(theme.Options{Dark: true, Renderer: renderer(termenv.Ascii)})
	if !th.Colourless {
		t.Error("the theme does not say so")
	}
	for role, want := range map[theme.Role]string{
		theme.Strong:   "\x1b[1m",
		theme.Faint:    "\x1b[2m",
		theme.Selected: "\x1b[1;7m",
		theme.Key:      "\x1b[1m",
	} {
		if got := th.Paint(role, "x"); got != want+"x\x1b[0m" {
			t.Errorf("role %d: %q, not %q", role, got, want)
		}
	}
	for _, pair := range [][2]theme.Role{{theme.Bad, theme.Text}, {theme.Bad, theme.Warn}, {theme.Warn, theme.OK},
		{theme.BorderFocus, theme.Border}, {theme.TitleFocus, theme.Title}} {
		if th.Paint(pair[0], "x") == th.Paint(pair[1], "x") {
			t.Errorf("roles %d and %d look the same", pair[0], pair[1])
		}
	}
}

func TestTheRowUnderTheCursorIsOneBarWhereItCannotHaveABackground(t *testing.T) {
	for _, p := range []termenv.Profile{termenv.ANSI, termenv.Ascii} {
		th := theme.New(theme.Options{Dark: true, Renderer: renderer(p)})
		bar := th.Paint(theme.Selected, "x")
		if !strings.Contains(bar, "7m") {
			t.Errorf("profile %v: %q is not reversed", p, bar)
		}
		for _, r := range roles {
			got := th.PaintSelected(r, "x")
			warns := r == theme.OK || r == theme.Warn || r == theme.Bad
			if !warns && got != bar {
				t.Errorf("profile %v, role %d: %q, not %q", p, r, got, bar)
			}
			if warns && p == termenv.ANSI && (got == bar || !strings.Contains(got, "7")) {
				t.Errorf("role %d: %q", r, got)
			}
		}
	}
}

func TestNoRoleIsBrightOfSixteen(t *testing.T) {
	for _, dark := range []bool{true, false} {
		th := theme.New(theme.Options{Dark: dark, Renderer: renderer(termenv.ANSI)})
		for _, r := range roles {
			if s := th.Paint(r, "x"); regexp.MustCompile(`[;\[](9[0-7]|10[0-7])[;m]`).MatchString(s) {
				t.Errorf("role %d: %q", r, s)
			}
		}
	}
}

func TestARoleThatIsNoneIsText(t *testing.T) {
	th := theme.New(theme.Options{Renderer: renderer(termenv.TrueColor)})
	if got := th.Paint(theme.Role(200), "x") + th.PaintSelected(theme.Role(200), "x"); !strings.HasPrefix(got, "x") {
		t.Errorf("%q", got)
	}
}

var sink string

// BenchmarkPaint stands beside a style of colours that are searched for at
// each rendering, in a terminal of sixteen.
func BenchmarkPaint(b *testing.B) {
	r := renderer(termenv.ANSI)
	th := theme.New(theme.Options{Dark: true, Renderer: r})
	nearest := r.NewStyle().Foreground(lipgloss.Color("#61afef"))
	b.Run("concatenate", func(b *testing.B) {
		text := "patients.created"
		for b.Loop() {
			sink = "\x1b[36m" + text + "\x1b[0m"
		}
	})
	b.Run("paint", func(b *testing.B) {
		for b.Loop() {
			sink = th.Paint(theme.Accent, "patients.created")
		}
	})
	b.Run("style", func(b *testing.B) {
		for b.Loop() {
			sink = th.Accent.Render("patients.created")
		}
	})
	b.Run("nearest", func(b *testing.B) {
		for b.Loop() {
			sink = nearest.Render("patients.created")
		}
	})
}
