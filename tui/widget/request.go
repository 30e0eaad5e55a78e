package widget

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
)

// RequestLines shows an HTTP request as a person could have typed it: the
// request line, then the body, indented where it is JSON.
func RequestLines(method, path string, body []byte) []string {
	lines := []string{method + " " + path}
	if len(body) == 0 {
		return lines
	}
	var indented bytes.Buffer
	if json.Indent(&indented, body, "", "  ") == nil {
		body = indented.Bytes()
	}
	return append(lines, strings.Split(string(body), "\n")...)
}

// RequestBox shows an exact request below a line that says so. Nothing of it is
// cut: long lines go on in the next, with a mark, and what has no room is moved
// to with the keys that the line names. The zero value is empty.
type RequestBox struct {
	lines  []string // clean
	width  int
	rows   []string // lines, broken to width
	scroll Scroll
}

var requestKeys = struct{ up, down key.Binding }{
	up:   key.NewBinding(key.WithKeys("pgup"), key.WithHelp("pgup pgdn", "request")),
	down: key.NewBinding(key.WithKeys("pgdown")),
}

// Set takes the request as it is now. What is seen of it stays where it is:
// only keys move it.
func (r *RequestBox) Set(lines []string) {
	cleaned := make([]string, len(lines))
	for i, l := range lines {
		cleaned[i] = term.Clean(l)
	}
	if slices.Equal(cleaned, r.lines) {
		return
	}
	r.lines, r.width = cleaned, 0
}

// Height is the number of lines of the request when it is w wide.
func (r *RequestBox) Height(w int) int {
	if w != r.width {
		r.width, r.rows = w, nil
		for _, l := range r.lines {
			r.rows = append(r.rows, breakLine(l, w)...)
		}
	}
	return len(r.rows)
}

// Keys are those that work now.
func (r *RequestBox) Keys() Actions {
	if !r.more() {
		return nil
	}
	return Actions{{Name: "move in the request", Binding: requestKeys.up}}
}

// more says that not all of it is seen.
func (r *RequestBox) more() bool { return r.scroll.Position() != "" }

// Key takes pgup and pgdn while not all is seen, and reports whether it did.
func (r *RequestBox) Key(k tea.KeyMsg) bool {
	switch {
	case !r.more():
		return false
	case key.Matches(k, requestKeys.up):
		r.scroll.Page(-1)
	case key.Matches(k, requestKeys.down):
		r.scroll.Page(1)
	default:
		return false
	}
	return true
}

// Lines draws the request below the line that names it and says what is seen:
// h lines, each exactly w wide.
func (r *RequestBox) Lines(th theme.Theme, w, h int) []string {
	if h <= 0 {
		r.scroll.SetSize(0, 0)
		return nil
	}
	r.scroll.SetSize(h-1, r.Height(w))
	right := r.scroll.Position()
	if keys := right + "  " + requestKeys.up.Help().Key; right != "" && term.Width(keys) <= w-requestRule {
		right = keys
	}
	out := []string{rule(th, "request", right, w)}
	for i, l := range r.scroll.Lines(r.rows, h-1) {
		role := theme.Faint
		if r.scroll.Offset()+i == 0 {
			role = theme.Text
		}
		out = append(out, term.Fit(th.Paint(role, l), w))
	}
	for len(out) < h {
		out = append(out, term.Pad(w))
	}
	return out
}

// requestRule is what the line takes beside what stands at its right.
const requestRule = len("- request -  -")

// rule is "─ request ────── 1-12 of 28  pgup pgdn ─".
func rule(th theme.Theme, name, right string, w int) string {
	across := borders().across
	name = " " + term.Clean(name) + " "
	if right != "" {
		right = " " + right + " "
	}
	dashes := w - 2 - term.Width(name) - term.Width(right)
	if dashes < 0 {
		return term.Fit(th.Paint(theme.Faint, across+name), w)
	}
	return th.Paint(theme.Border, across) + th.Paint(theme.Faint, name) + th.Paint(theme.Border, strings.Repeat(across, dashes)) +
		th.Paint(theme.Faint, right) + th.Paint(theme.Border, across)
}
