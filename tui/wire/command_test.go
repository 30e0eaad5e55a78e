package wire

import (
	"os/exec"
	"strings"
	"testing"

	"aidbox-nats/nats"
)

// A folded command means what it meant on one line: a shell prints its words.
func TestFoldedCommandsMeanTheSame(t *testing.T) {
	for rule, o := range map[string]nats.Operation{
		"flags and a body":          {Subject: "foo", Reply: "back", Data: []byte(`{"a": "b c", "d": 1}`)},
		"blanks and flags in it":    {Subject: "foo", Data: []byte("one  two --three -H 'four' \"five  six\" \\ seven")},
		"lines":                     {Subject: "foo", Data: []byte("a\n b\n\n  c ")},
		"what cannot be seen":       {Subject: "foo", Data: []byte("\x1b[2J \u202e 'quoted' \" and \\ more\x7f\n")},
		"headers":                   {Subject: "a.b", Header: map[string][]string{"a": {"it's", "x  y"}}, Data: []byte("z")},
		"a quote alone, and blanks": {Subject: "foo", Data: []byte(`' " ' "`)},
	} {
		o.Verb, o.Bytes = "PUB", len(o.Data)
		command := strings.TrimPrefix(o.Command(), "nats ")
		want := words(t, command)
		for _, w := range []int{1, 20, 40, 77} {
			lines := folded(command, w)
			if got := words(t, strings.Join(lines, "\n")); got != want {
				t.Errorf("%s: at %d the words are\n%s\nnot\n%s", rule, w, got, want)
			}
		}
		if got := folded(command, 1000); len(got) != 1 || got[0] != command {
			t.Errorf("%s: folded without need:\n%s", rule, strings.Join(got, "\n"))
		}
	}
}

// words are those that a shell reads, each in brackets.
func words(t *testing.T, command string) string {
	t.Helper()
	out, err := exec.Command("/bin/sh", "-c", "printf '[%s]' "+command).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s\n%s", err, out, command)
	}
	return string(out)
}
