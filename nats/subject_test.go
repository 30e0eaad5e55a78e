package nats

import (
	"errors"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
)

func TestValidSubject(t *testing.T) {
	const (
		never    = iota
		wildcard // only where wildcards are allowed
		always
	)
	for subject, when := range map[string]int{
		"foo": always, "foo.bar": always, "foo-bar_baz.1": always, "$JS.API.INFO": always, "_INBOX.x": always,
		"foo*bar": always, "foo.b>r": always, "caf\u00e9.\u65e5\u672c": always, `a"b'c`: always, strings.Repeat("x", MaxSubject): always,
		"*": wildcard, ">": wildcard, "foo.*": wildcard, "*.foo": wildcard, "foo.>": wildcard, "foo.*.>": wildcard,
		"": never, ".": never, ".foo": never, "foo.": never, "foo..bar": never, "foo bar": never, "foo\tbar": never, "foo\r\nbar": never,
		"foo\u00a0bar": never, "foo\x00bar": never, "foo\x1bbar": never, "foo\x7f": never, "foo\xff": never, ">.foo": never, "foo.>.bar": never,
		strings.Repeat("x", MaxSubject+1): never,
	} {
		for _, wildcards := range []bool{false, true} {
			err := ValidSubject(subject, wildcards)
			want := when == always || when == wildcard && wildcards
			if (err == nil) != want {
				t.Errorf("ValidSubject(%q, %v) = %v", subject, wildcards, err)
			}
			var fault *SubjectError
			if err != nil && (!errors.As(err, &fault) || fault.Reason == "" || len(err.Error()) > 1200) {
				t.Errorf("ValidSubject(%q, %v) = %#v", subject, wildcards, err)
			}
		}
	}
}

// FuzzValidSubject compares with the server's own rules: what passes here must pass there, which hangs up on what does not.
func FuzzValidSubject(f *testing.F) {
	for _, seed := range []string{"foo.bar", "*.>", "a..b", "a b", "\x00", ">.a", "\u2028"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if ValidSubject(s, true) == nil && !server.IsValidSubject(s) {
			t.Errorf("%q passes, the server refuses it", s)
		}
		if ValidSubject(s, false) == nil && !server.IsValidPublishSubject(s) {
			t.Errorf("%q passes for a publish, the server refuses it", s)
		}
	})
}
