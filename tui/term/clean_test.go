package term_test

import (
	"strings"
	"testing"
	"unicode"

	"aidbox-nats/tui/term"
)

// hostile is text of the kinds that break frames and terminals.
var hostile = []string{
	"",
	"plain",
	"日本語テキスト",
	"한국어",
	"⚠️ warning",
	"👩‍👩‍👧‍👦 family",
	"👍🏽 thumb",
	"🇩🇪🇫🇷 flags",
	"e\u0301cole",
	"Z" + strings.Repeat("\u0335\u0322", 40) + "algo",
	strings.Repeat("क्", 50) + "ष",
	strings.Repeat("ᄀ", 50),
	"\u0301starts with a mark",
	"\x1b[31mred\x1b[0m",
	"\x1b[2J\x1b[H\x1b]0;title\a\x1b]52;c;AAAA\a",
	"\x1bP+q544e\x1b\\",
	"\x9b31m raw C1 \u009b31m",
	"a\u202eb\u2066c\u2069",
	"zero\u200bwidth\u200d\ufeff",
	"tag\U000e0041\U000e007f",
	"line\u2028para\u2029",
	"a\tb\r\nc\x00\x7f",
	"bad \xff\xfe utf8 \xc3",
	"مرحبا שלום",
	"नि ত্রি ไทย",
	"soft\u00adhyphen",
	"می\u200cخواهم \u200c\u200d",
	"क्\u200dष ❤️\u200d🔥\u200d",
	"１２３ full",
	"🏽skin first",
	"reph last \u0d4e",
}

func TestCleanLeavesNothingThatATerminalObeys(t *testing.T) {
	for _, s := range hostile {
		for _, line := range append(term.CleanLines(s), term.Clean(s)) {
			for _, r := range line {
				if unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
					t.Errorf("%q keeps %U: %q", s, r, line)
				}
			}
		}
	}
}

func TestClean(t *testing.T) {
	for _, c := range []struct{ rule, in, want string }{
		{"plain text stays", "Patient/5e78 {}", "Patient/5e78 {}"},
		{"letters of all scripts stay", "é 日本 नि שלום", "é 日本 नि שלום"},
		{"ESC is seen", "\x1b[31m", "␛[31m"},
		{"a newline is seen", "a\nb", "a␊b"},
		{"DEL and NUL are seen", "\x7f\x00", "␡␀"},
		{"a tab is spaces", "a\tb", "a    b"},
		{"C1 controls are seen", "\u009b", "␦"},
		{"invalid bytes are replaced, each", "\xff\xfe", "\ufffd\ufffd"},
		{"the character U+FFFD stays", "\ufffd", "\ufffd"},
		{"overrides of the direction are seen, and not as broken bytes", "\u202e\u2067\xff", "␦␦\ufffd"},
		{"characters of no width are seen", "\u200b\u200d\ufeff", "␦␦␦"},
		{"a joiner within a family goes", "👩\u200d👩\u200d👧", "👩👩👧"},
		{"also behind a selector or a skin", "❤\ufe0f\u200d🔥👍🏽\u200d♂", "❤🔥👍♂"},
		{"a joiner within a Persian or an Indic word goes", "می\u200cخواهم क्\u200dष", "میخواهم क्ष"},
		{"a joiner that joins nothing is seen", "ad\u200cmin ی\u200c a\u200d🔥", "ad␦min ی␦ a␦🔥"},
		{"tags are seen", "\U000e0041", "␦"},
		{"supplementary selectors are seen", "a\U000e0101", "a␦"},
		{"presentation selectors go", "\u26a0\ufe0f!", "\u26a0!"},
		{"skin tones go", "👍🏽!", "👍!"},
		{"also behind what has no skin, or nothing", "🏽0🏽!", "0!"},
		{"a letter that goes with the next gets one at the end", "a\u0d4e", "a\u0d4e◌"},
		{"a mark without a letter gets a place", "\u0301a", "◌\u0301a"},
		{"marks are bounded", "a" + strings.Repeat("\u0301", 9), "a" + strings.Repeat("\u0301", 7) + "\ufffd"},
	} {
		if got := term.Clean(c.in); got != c.want {
			t.Errorf("%s: %q becomes %q, not %q", c.rule, c.in, got, c.want)
		}
	}
}

func TestCleanIsStable(t *testing.T) {
	for _, s := range hostile {
		once := term.Clean(s)
		if twice := term.Clean(once); twice != once {
			t.Errorf("%q becomes %q, then %q", s, once, twice)
		}
	}
}

func TestCleanLinesSplitsAtNewlines(t *testing.T) {
	for _, c := range []struct {
		rule, in string
		want     []string
	}{
		{"a line without an end is one", "a", []string{"a"}},
		{"the last newline ends the last line", "a\nb\n", []string{"a", "b"}},
		{"carriage returns before newlines go", "a\r\nb", []string{"a", "b"}},
		{"others are seen", "a\rb", []string{"a␍b"}},
		{"empty lines stay", "a\n\nb", []string{"a", "", "b"}},
	} {
		got := term.CleanLines(c.in)
		if strings.Join(got, "|") != strings.Join(c.want, "|") {
			t.Errorf("%s: %q", c.rule, got)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		line := term.Clean(s)
		if again := term.Clean(line); again != line {
			t.Errorf("%q becomes %q, then %q", s, line, again)
		}
		if n := term.Width(line); n > 0 && term.Fit(line, n) != line {
			t.Errorf("%q becomes %q, fitted %q", s, line, term.Fit(line, n))
		}
		for _, r := range line {
			if unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) {
				t.Errorf("%q keeps %U", s, r)
			}
		}
		for _, w := range []int{1, 2, 7, 40} {
			if got := term.Width(term.Fit(s, w)); got != w {
				t.Errorf("%q fitted to %d is %d wide: %q", s, w, got, term.Fit(s, w))
			}
			for _, l := range term.Wrap(s, w) {
				if got := term.Width(l); got > w {
					t.Errorf("%q wrapped to %d has a line of %d: %q", s, w, got, l)
				}
			}
		}
	})
}
