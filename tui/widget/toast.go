package widget

import (
	"time"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
)

const (
	// toastTime is how long a message that is no error stays.
	toastTime = 5 * time.Second
	// toastWidth bounds what is kept of a message, in cells: it may name what
	// a server calls something, however long.
	toastWidth = 800
)

// Toast is the last thing that was said: what was done, or what went wrong.
// Errors stay until they are dismissed. The zero value says nothing.
type Toast struct {
	role    theme.Role
	text    string
	expires time.Time
}

// Say replaces the message. In the role bad it is an error and stays.
func (t *Toast) Say(now time.Time, role theme.Role, text string) {
	t.role, t.text, t.expires = role, term.Cut(term.Clean(text), toastWidth), time.Time{}
	if role != theme.Bad {
		t.expires = now.Add(toastTime)
	}
}

// Tick takes away a message whose time is over and reports whether it did.
func (t *Toast) Tick(now time.Time) bool {
	if t.text == "" || t.expires.IsZero() || now.Before(t.expires) {
		return false
	}
	t.Dismiss()
	return true
}

// Dismiss takes the message away, as read.
func (t *Toast) Dismiss() { *t = Toast{} }

// Text is the message, empty when there is none.
func (t *Toast) Text() string { return t.text }

// Lines draws the whole message, wrapped, each line exactly w wide.
func (t *Toast) Lines(th theme.Theme, w int) []string {
	if t.text == "" || w <= 0 {
		return nil
	}
	var out []string
	for _, l := range term.Wrap(toastSign(t.role)+t.text, max(w-2, 1)) {
		out = append(out, term.Fit(" "+th.Paint(t.role, l), w))
	}
	return out
}

func toastSign(r theme.Role) string {
	switch r {
	case theme.OK:
		return "✓ "
	case theme.Warn:
		return "! "
	case theme.Bad:
		return "✗ "
	}
	return ""
}
