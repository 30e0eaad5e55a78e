package shell_test

import (
	"os/exec"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"aidbox-nats/nats/shell"
)

var texts = []struct{ rule, text, want string }{
	{"a word", "patients.created", "patients.created"},
	{"an address", "http://127.0.0.1:8080/fhir/a/%24status", "http://127.0.0.1:8080/fhir/a/%24status"},
	{"nothing", "", "''"},
	{"blanks", "two words", "'two words'"},
	{"a single quote", "it's", `'it'\''s'`},
	{"an equals sign, which zsh expands", "=ls", "'=ls'"},
	{"lines stay lines", "{\n  \"a\": 1\n}\n", "'{\n  \"a\": 1\n}\n'"},
	{"letters of every script", "日本 é", "'日本 é'"},
	{"a tab, on which a shell completes", "a\tb", `"$(printf %b 'a\0011b')"`},
	{"an escape sequence", "\x1b[201~; id\r", `"$(printf %b '\0033[201~; id\0015')"`},
	{"text that turns around", "right\u202eleft", `"$(printf %b 'right\0342\0200\0256left')"`},
	{"invalid UTF-8", "bad\xff", `"$(printf %b 'bad\0377')"`},
	{"backslashes and quotes beside what is unseen", `\n'\` + "\a", `"$(printf %b '\\n'\''\\\0007')"`},
	{"line ends after what is unseen", "\a\n\n", `"$(printf %b '\0007')"'` + "\n\n'"},
	{"a digit after what is unseen", "\x011", `"$(printf %b '\00011')"`},
	{"what a shell would run", "$HOME `id` $(id) ; | & > < * ? ~ # ! {a,b}", "'$HOME `id` $(id) ; | & > < * ? ~ # ! {a,b}'"},
	{"formats", "%s%d\a", `"$(printf %b '%s%d\0007')"`},
	{"only line ends", "\n", "'\n'"},
}

func TestQuote(t *testing.T) {
	for _, c := range texts {
		if got := shell.Quote(c.text); got != c.want {
			t.Errorf("%s: %s, want %s", c.rule, got, c.want)
		}
		if got := word(t, c.text); got != c.text {
			t.Errorf("%s: the shell reads %q", c.rule, got)
		}
	}
}

// word is what a shell makes of the quoted text, which must be one word.
func word(t *testing.T, text string) string {
	t.Helper()
	quoted := shell.Quote(text)
	out, err := exec.Command("/bin/sh", "-c", `words() { printf '%s\0' "$#" "$@"; }; words `+quoted).Output()
	if err != nil {
		t.Fatalf("%s: %v", quoted, err)
	}
	count, rest, _ := strings.Cut(string(out), "\x00")
	if count != "1" {
		t.Fatalf("%s is %s words", quoted, count)
	}
	return strings.TrimSuffix(rest, "\x00")
}

// FuzzQuote has a shell read what was quoted: it must be one word, the same text, and nothing that a terminal acts on.
func FuzzQuote(f *testing.F) {
	for _, c := range texts {
		f.Add(c.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ReplaceAll(text, "\x00", "")
		if got := word(t, text); got != text {
			t.Errorf("%q became %q", text, got)
		}
		quoted := shell.Quote(text)
		if !utf8.ValidString(quoted) || strings.ContainsFunc(quoted, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) {
			t.Errorf("%q holds what a terminal may act on", quoted)
		}
	})
}
