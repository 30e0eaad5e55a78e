package term_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"aidbox-nats/tui/term"
)

var sgr = regexp.MustCompile(`\x1b\[[0-9;:]*m`)

func TestEveryFitIsExact(t *testing.T) {
	for _, s := range hostile {
		for _, in := range []string{s, "\x1b[1;31m" + s, "\x1b[7m" + s + "\x1b[0m tail"} {
			for w := range 40 {
				for name, f := range map[string]func(string, int) string{"Fit": term.Fit, "FitRight": term.FitRight} {
					out := f(in, w)
					if got := ansi.StringWidth(out); got != w {
						t.Errorf("%s(%q, %d) is %d wide: %q", name, in, w, got, out)
					}
					if rest := sgr.ReplaceAllString(out, ""); strings.ContainsAny(rest, "\x1b\n\r\t\a\x00") {
						t.Errorf("%s(%q, %d) keeps a control: %q", name, in, w, out)
					}
				}
				if got := ansi.StringWidth(term.Cut(in, w)); got > w {
					t.Errorf("Cut(%q, %d) is %d wide", in, w, got)
				}
				if got := ansi.StringWidth(term.Middle(in, w)); got > w {
					t.Errorf("Middle(%q, %d) is %d wide", in, w, got)
				}
				for _, l := range term.Wrap(in, w) {
					if got := ansi.StringWidth(l); got > w {
						t.Errorf("Wrap(%q, %d) has a line of %d: %q", in, w, got, l)
					}
				}
			}
		}
	}
}

func TestFit(t *testing.T) {
	for _, c := range []struct {
		rule, in string
		w        int
		want     string
	}{
		{"short text is padded", "ab", 4, "ab  "},
		{"text of that width stays", "abcd", 4, "abcd"},
		{"long text is cut with an ellipsis", "abcdef", 4, "abc…"},
		{"half of a wide character is a blank", "日本語", 4, "日… "},
		{"a wide character that fits stays", "日本", 4, "日本"},
		{"an emoji loses the selector about whose width terminals disagree", "\u26a0\ufe0f", 3, "\u26a0  "},
		{"no width, no text", "abc", 0, ""},
		{"a negative width too", "abc", -1, ""},
		{"one cell holds the ellipsis", "abc", 1, "…"},
		{"colours stay", "\x1b[1mab\x1b[0m", 4, "\x1b[1mab\x1b[0m  "},
		{"open colours are closed before the padding", "\x1b[1mab", 4, "\x1b[1mab\x1b[0m  "},
		{"a cut closes them", "\x1b[1mabcdef\x1b[0m", 4, "\x1b[1mabc…\x1b[0m"},
		{"a cut is never within a sequence", "ab\x1b[38;2;1;2;3mcdef", 3, "ab…\x1b[0m"},
		{"other sequences are seen", "\x1b[2Jx", 6, "␛[2Jx "},
		{"a keyboard mode is no colour", "\x1b[>4;1m", 8, "␛[>4;1m "},
	} {
		if got := term.Fit(c.in, c.w); got != c.want {
			t.Errorf("%s: %q, not %q", c.rule, got, c.want)
		}
	}
}

func TestFitRight(t *testing.T) {
	for in, want := range map[string]string{"12": "  12", "12345": "123…", "\x1b[1m12": "  \x1b[1m12\x1b[0m"} {
		if got := term.FitRight(in, 4); got != want {
			t.Errorf("%q becomes %q, not %q", in, got, want)
		}
	}
}

func TestMiddleKeepsBothEnds(t *testing.T) {
	for _, c := range []struct {
		in   string
		w    int
		want string
	}{
		{"5e78f7b8-1c3a", 20, "5e78f7b8-1c3a"},
		{"5e78f7b8-1c3a", 9, "5e78…1c3a"},
		{"5e78f7b8-1c3a", 8, "5e78…c3a"},
		{"5e78f7b8-1c3a", 1, "…"},
		{"日本語日本語", 7, "日…語"},
	} {
		if got := term.Middle(c.in, c.w); got != c.want {
			t.Errorf("%q in %d is %q, not %q", c.in, c.w, got, c.want)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		rule, in string
		w        int
		want     []string
	}{
		{"at spaces", "the server refused it", 10, []string{"the server", "refused it"}},
		{"before a word with hyphens", "nats stream add --defaults --subjects=foo", 26, []string{"nats stream add --defaults", "--subjects=foo"}},
		{"an id stays whole where it fits", "delete 5e78f7b8-1c3a", 14, []string{"delete", "5e78f7b8-1c3a"}},
		{"within a word wider than a line, behind hyphens", "x 5e78f7b8-1c3a y", 10, []string{"x", "5e78f7b8-", "1c3a y"}},
		{"blanks within a line stay, those at a break go", "  a  b   c", 6, []string{"  a  b", "c"}},
		{"a long word gives up its indent", "    abcdef", 6, []string{"abcdef"}},
		{"blanks at the end go where they have no room", "abc   ", 4, []string{"abc"}},
		{"only blanks", "      ", 4, []string{""}},
		{"within a long word", "abcdefghij", 4, []string{"abcd", "efgh", "ij"}},
		{"at newlines", "a\nb", 4, []string{"a", "b"}},
		{"colours go on in the next line", "\x1b[1mab cd\x1b[0m", 2, []string{"\x1b[1mab\x1b[0m", "\x1b[1mcd\x1b[0m"}},
		{"nothing is one empty line", "", 4, []string{""}},
		{"no width, no lines", "a", 0, nil},
	} {
		got := term.Wrap(c.in, c.w)
		if strings.Join(got, "|") != strings.Join(c.want, "|") || len(got) != len(c.want) {
			t.Errorf("%s: %q, not %q", c.rule, got, c.want)
		}
	}
}

// With RUNEWIDTH_EASTASIAN the characters of frames and the ellipsis take two
// cells. The variable is read when a program starts.
func TestAmbiguousCharactersAreWideWhereAsked(t *testing.T) {
	if os.Getenv("TERM_TEST_CHILD") != "" {
		if term.Narrow() || term.Ellipsis() != "~" {
			t.Error("frames are not drawn in ASCII")
		}
		for _, s := range hostile {
			for w := range 20 {
				if got := ansi.StringWidth(term.Fit(s+"●│…", w)); got != w {
					t.Errorf("%q in %d is %d wide", s, w, got)
				}
			}
		}
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run", "^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), "TERM_TEST_CHILD=1", "RUNEWIDTH_EASTASIAN=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

var sink string

// BenchmarkFit stands beside the padding of a line whose width is known.
func BenchmarkFit(b *testing.B) {
	line := "\x1b[2m10:42:01.204\x1b[0m  patients.created  \x1b[32mcreate\x1b[0m  Patient/5e78f7b8  basic  1.1 KB  +4 ms"
	width := term.Width(line)
	b.Run("pad", func(b *testing.B) {
		for b.Loop() {
			sink = line + strings.Repeat(" ", 140-width)
		}
	})
	b.Run("fit", func(b *testing.B) {
		for b.Loop() {
			sink = term.Fit(line, 140)
		}
	})
	b.Run("cut", func(b *testing.B) {
		for b.Loop() {
			sink = term.Fit(line, 60)
		}
	})
}
