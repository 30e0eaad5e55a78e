package widget

import (
	"math"
	"strings"

	"aidbox-nats/tui/theme"
)

// Bounds of what [JSON] and a [Tree] draw: bytes that are read, lines that are
// made, bytes of one string or number, levels that are indented further.
const (
	jsonBytes  = 1 << 20
	jsonLines  = 20_000
	jsonValue  = 4 << 10
	jsonIndent = 40
)

// JSON draws all lines of a document as a [Tree] does, for places that have no
// cursor. The lines are as long as they are; frames cut them.
func JSON(th theme.Theme, raw []byte) []string {
	t := Tree{w: math.MaxInt32}
	t.Set("", raw)
	out := make([]string, len(t.lines))
	for i, l := range t.lines {
		out[i] = t.text(l).line(th)
	}
	return out
}

// line draws all of it in one.
func (s treeString) line(th theme.Theme) string {
	var b strings.Builder
	b.WriteString(strings.Repeat(" ", s.indent))
	for _, spans := range [][]treeSpan{s.key, s.body} {
		for _, p := range spans {
			b.WriteString(th.Paint(p.role, p.text))
		}
	}
	return b.String()
}

// opens reports whether raw starts like an object or a list: a document that
// is too long to be checked.
func opens(raw []byte) bool {
	for _, c := range raw {
		switch c {
		case ' ', '\t', '\r', '\n':
		default:
			return c == '{' || c == '['
		}
	}
	return false
}
