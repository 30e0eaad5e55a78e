package widget

import (
	"strings"
	"time"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
)

const (
	// toastTime is how long a message that is no error stays, for each
	// toastRead cells of it that there are to read.
	toastTime = 5 * time.Second
	toastRead = 100
	// toastWidth bounds what is kept of a message, in cells: it may name what
	// a server calls something, however long.
	toastWidth = 800
	// toastLines bounds the lines of a message.
	toastLines = 3
	// toastWord is how short a long word, a name say, is made to fit the rest.
	toastWord = 13
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
		t.expires = now.Add(toastTime * time.Duration(1+term.Width(t.text)/toastRead))
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

// Line draws the message on one line of at most w cells, with a blank on both
// sides: beside the keys, say. Where it does not fit its longest words are
// shortened in their middle, then its end is cut.
func (t *Toast) Line(th theme.Theme, w int) string {
	if t.text == "" || w < 3 {
		return ""
	}
	return " " + th.Paint(t.role, shorten(toastSign(t.role)+t.text, w-2)) + " "
}

// Lines draws the message, each line exactly w wide: on one line, as Line
// does, but where it does not fit there on as many as it needs, at most three.
func (t *Toast) Lines(th theme.Theme, w int) []string {
	if t.text == "" || w <= 0 {
		return nil
	}
	if w < 3 {
		return []string{term.Pad(w)}
	}
	text := toastSign(t.role) + t.text
	if term.Width(text) <= w-2 {
		return []string{term.Fit(t.Line(th, w), w)}
	}
	lines := term.Wrap(text, w-2)
	// A long word leaves room where it does not fit a line's rest.
	for room := toastLines * (w - 2); len(lines) > toastLines; room -= max(w/8, 1) {
		lines = term.Wrap(shorten(text, max(room, 1)), w-2)
	}
	for i, l := range lines {
		lines[i] = term.Fit(" "+th.Paint(t.role, l), w)
	}
	return lines
}

// shorten makes a text fit w cells: its longest words lose their middle, the
// longest first, then the text its end.
func shorten(text string, w int) string {
	over := term.Width(text) - w
	if over <= 0 {
		return text
	}
	words := strings.Split(text, " ")
	for over > 0 {
		longest, width := -1, toastWord
		for i, word := range words {
			if n := term.Width(word); n > width {
				longest, width = i, n
			}
		}
		if longest < 0 {
			break
		}
		words[longest] = term.Middle(words[longest], max(width-over, toastWord))
		over -= width - term.Width(words[longest])
	}
	return term.Cut(strings.Join(words, " "), w)
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
