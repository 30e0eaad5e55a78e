package tui

import (
	"fmt"
	"strings"
	"testing"

	"aidbox-nats/aidbox"
	"aidbox-nats/tui/term"
)

// What the sandbox is not is said at every width, and with what where there is room.
func TestTheStatusLineTellsWhatTheSandboxTookInstead(t *testing.T) {
	for rule, c := range map[string]struct {
		w         int
		temporary string
		taken     []int
		want      string
	}{
		"as asked for":                {140, "", nil, " SANDBOX "},
		"one port":                    {140, "", []int{8080}, "SANDBOX other port: 8080 taken"},
		"both ports":                  {140, "", []int{4222, 8080}, "SANDBOX other ports: 4222 and 8080 taken"},
		"another folder":              {140, "/tmp/aidbox-nats-7", nil, "SANDBOX temporary in /tmp/aidbox-nats-7"},
		"all of it, where it is wide": {200, "/tmp/aidbox-nats-7", []int{4222, 8080}, "SANDBOX temporary in /tmp/aidbox-nats-7, other ports: 4222 and 8080 taken"},
		"without room for with what":  {100, "/tmp/aidbox-nats-7", []int{4222, 8080}, "SANDBOX temporary, other ports"},
		"narrow":                      {80, "/tmp/aidbox-nats-7", []int{4222, 8080}, "SANDBOX temporary, other ports"},
		"a hostile folder":            {160, "/tmp/\x1b[31m", nil, "/tmp/␛[31m"},
	} {
		t.Run(rule, func(t *testing.T) {
			m := furnished(t, 140, 42)
			m.o.Sandbox, m.o.Temporary, m.o.Taken = true, c.temporary, c.taken
			line := stripped(m.status.line(m.th, m.o, c.w))
			if !strings.Contains(line, c.want) || term.Width(line) != c.w {
				t.Errorf("%d wide: %q", term.Width(line), line)
			}
			if c.temporary == "" && c.taken == nil && !strings.HasSuffix(line, "SANDBOX ") {
				t.Errorf("%q", line)
			}
		})
	}
}

func TestAFailureIsNamedInAWordOrTwo(t *testing.T) {
	for want, err := range map[string]error{
		"no client given":        &aidbox.Error{Status: 401, Err: aidbox.ErrNoClient},
		"wrong client or secret": &aidbox.Error{Status: 401, Client: "root"},
		"no HTTP there":          &aidbox.Error{Err: fmt.Errorf("read: %w", aidbox.ErrNotHTTP)},
		"no right to read":       &aidbox.Error{Status: 403, Client: "root"},
		"no answer":              &aidbox.Error{Err: aidbox.ErrUnreachable},
		"error":                  &aidbox.Error{Status: 500},
	} {
		if got := shortly(err); got != want {
			t.Errorf("%v: %q, not %q", err, got, want)
		}
	}
}
