package widget

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/x/ansi"

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

// requestView shows an exact request below a line that names it. Nothing of it
// is cut: long lines go on in the next, with a mark, and what has no room is
// moved to.
type requestView struct {
	lines   []string // clean
	changed int      // the first line that the last change touched; -1: none
	width   int
	rows    []string // lines, broken to width
	starts  []int    // the first row of each line
	scroll  Scroll
}

var requestKeys = struct{ up, down key.Binding }{
	up:   key.NewBinding(key.WithKeys("pgup"), key.WithHelp("pgup pgdn", "request")),
	down: key.NewBinding(key.WithKeys("pgdown")),
}

// set takes the request as it is now. What has changed in it will be seen.
func (r *requestView) set(lines []string) {
	cleaned := make([]string, len(lines))
	for i, l := range lines {
		cleaned[i] = term.Clean(l)
	}
	if slices.Equal(cleaned, r.lines) {
		return
	}
	r.changed = -1
	if r.lines != nil {
		r.changed = 0
		for r.changed < min(len(cleaned), len(r.lines)) && cleaned[r.changed] == r.lines[r.changed] {
			r.changed++
		}
	}
	r.lines, r.width = cleaned, 0
}

// height is the number of rows when they are w wide.
func (r *requestView) height(w int) int {
	if w != r.width {
		r.width, r.rows, r.starts = w, nil, nil
		for _, l := range r.lines {
			r.starts = append(r.starts, len(r.rows))
			r.rows = append(r.rows, breakLine(l, w)...)
		}
	}
	return len(r.rows)
}

// more says that not all of it is seen.
func (r *requestView) more() bool { return r.scroll.Position() != "" }

// key moves in the request, where there is anything to move to.
func (r *requestView) key(k interface{ String() string }) bool {
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

// draw fills h lines of w cells: the name with what is seen, then the rows.
func (r *requestView) draw(th theme.Theme, name string, w, h int) []string {
	if h <= 0 {
		r.scroll.SetSize(0, 0)
		return nil
	}
	r.scroll.SetSize(h-1, r.height(w))
	if r.changed >= 0 && len(r.starts) > 0 {
		r.scroll.Show(r.starts[min(r.changed, len(r.starts)-1)])
		r.changed = -1
	}
	out := []string{rule(th, name, r.scroll.Position(), w)}
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

// rule is "─ request ────────── 1-12 of 28 ─".
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

// continued stands before what goes on from the line above.
func continued() string {
	if term.Narrow() {
		return "↳ "
	}
	return "> "
}

// breakLine breaks a clean line that is wider than w. Every character stays.
func breakLine(line string, w int) []string {
	if term.Width(line) <= w || w <= 0 {
		return []string{line}
	}
	mark := continued()
	if w < 8 {
		mark = ""
	}
	out := []string{ansi.Truncate(line, w, "")}
	rest := ansi.TruncateLeft(line, term.Width(out[0]), "")
	for _, part := range strings.Split(ansi.Hardwrap(rest, w-term.Width(mark), true), "\n") {
		out = append(out, mark+part)
	}
	return out
}

// atMost returns the first n of plain lines. Where there are more, as much as
// has room of the rest stands in the last of them, which ends with a mark; all
// are at most w wide.
func atMost(lines []string, n, w int, mark string) []string {
	if len(lines) <= n || n <= 0 {
		return lines[:min(len(lines), max(n, 0))]
	}
	out := slices.Clone(lines[:n])
	rest := strings.Join(lines[n-1:], " ")
	out[n-1] = term.Cut(ansi.Truncate(rest, max(w-term.Width(mark), 0), "")+mark, w)
	return out
}
