package shell_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"aidbox-nats/nats"
	"aidbox-nats/nats/shell"
)

func TestACommandIsFoldedAtTheEndsOfItsWords(t *testing.T) {
	const stream = "nats stream add --defaults --subjects=a --storage=file EVENTS"
	for _, c := range []struct {
		rule, command string
		cells         int
		want          []string
	}{
		{"what fits stays", stream, 61, []string{stream}},
		{"a line and its backslash fit", stream, 60, []string{`nats stream add --defaults --subjects=a --storage=file \`, "  EVENTS"}},
		{"and are not too wide", stream, 40, []string{`nats stream add --defaults \`, "  --subjects=a --storage=file EVENTS"}},
		{"words that do not fit are not broken", stream, 10, []string{`nats \`, `  stream \`, `  add \`, `  --defaults \`, `  --subjects=a \`, `  --storage=file \`, "  EVENTS"}},
		{"a flag stays with its value", "curl -X PUT -H 'a: b' url", 12, []string{`curl \`, `  -X PUT \`, `  -H 'a: b' \`, "  url"}},
		{"nothing is broken in quotes", "nats pub foo 'one --two three'", 14, []string{`nats pub foo \`, "  'one --two three'"}},
		{"nor in a substitution", `nats pub foo "$(printf %b 'it is "x" \0033')" bar`, 20, []string{`nats pub foo \`, `  "$(printf %b 'it is "x" \0033')" \`, "  bar"}},
		{"nor behind a backslash", `nats pub a\ b c`, 11, []string{`nats pub \`, `  a\ b c`}},
		{"nor in a comment", "# put it there\ncurl -sS url < body # 12 bytes in all", 14,
			[]string{"# put it there", `curl -sS url \`, `  < body \`, "  # 12 bytes in all"}},
		{"a hash in a word begins none", "nats pub a#b c d", 14, []string{`nats pub a#b \`, "  c d"}},
		{"nothing is a line without words", "", 10, []string{""}},
	} {
		if got := shell.Fold(c.command, c.cells, utf8.RuneCountInString); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q", c.rule, got)
		}
	}
}

// Folded, a command means what it meant: a shell tells its words, and what it reads.
func TestAFoldedCommandMeansTheSame(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "payload.bin"), []byte("the payload"), 0o600); err != nil {
		t.Fatal(err)
	}
	commands := map[string]string{"a comment before it": "# the body was not kept whole: put it into body.json\ncurl -sS -X POST 'http://a/fhir/Patient?a=b c' --data-binary @body.json"}
	for rule, o := range map[string]nats.Operation{
		"flags and a body":             {Subject: "foo", Reply: "back", Data: []byte(`{"a": "b c", "d": 1}`)},
		"blanks and flags in it":       {Subject: "foo", Data: []byte("one  two --three -H 'four' \"five  six\" \\ seven # eight")},
		"lines":                        {Subject: "foo", Data: []byte("a\n b\n\n  c ")},
		"what cannot be seen":          {Subject: "foo", Data: []byte("\x1b[2J \u202e 'quoted' \" and ) \\ more\x7f\n")},
		"headers":                      {Subject: "a.b", Header: map[string][]string{"a": {"it's", "x  y"}}, Data: []byte("z")},
		"a quote alone, and blanks":    {Subject: "foo", Data: []byte(`' " ' "`)},
		"a zero byte, through a pipe":  {Subject: "foo", Data: []byte("a\x00 b '%s' c")},
		"a file, and a comment behind": {Subject: "foo", Data: []byte("a"), Bytes: 11},
	} {
		o.Verb, o.Bytes = "PUB", max(o.Bytes, len(o.Data))
		commands[rule] = o.Command()
	}
	for rule, command := range commands {
		want := read(t, dir, command)
		for _, cells := range []int{0, 1, 20, 40, 77} {
			folded := strings.Join(shell.Fold(command, cells, utf8.RuneCountInString), "\n")
			if got := read(t, dir, folded); got != want {
				t.Errorf("%s: at %d a shell reads\n%s\nnot\n%s\nof\n%s", rule, cells, got, want, folded)
			}
		}
		if got := strings.Join(shell.Fold(command, 1000, utf8.RuneCountInString), "\n"); got != command {
			t.Errorf("%s: folded without need:\n%s", rule, got)
		}
	}
}

// FuzzFold has a shell read words that were quoted, before and after their command was folded.
func FuzzFold(f *testing.F) {
	for _, c := range texts {
		f.Add(c.text, "--flag", 10)
	}
	f.Fuzz(func(t *testing.T, one, two string, cells int) {
		clean := func(s string) string { return shell.Quote(strings.ReplaceAll(s, "\x00", "")) }
		command := "nats " + clean(one) + " -x " + clean(two) + " " + clean(two+one)
		dir := t.TempDir()
		want := read(t, dir, command)
		if got := read(t, dir, strings.Join(shell.Fold(command, cells%100, utf8.RuneCountInString), "\n")); got != want {
			t.Errorf("%q became %q", want, got)
		}
	})
}

// read is what a shell does with a command: the words of each program, in brackets, and what is piped into it.
func read(t *testing.T, dir, command string) string {
	t.Helper()
	const programs = `nats() { printf '[%s]' "$@"; case "$*" in *--force-stdin*) od -c;; esac; }; curl() { printf '[%s]' "$@"; }` + "\n"
	cmd := exec.Command("/bin/sh", "-c", programs+command)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s\n%s", err, out, command)
	}
	return string(out)
}
