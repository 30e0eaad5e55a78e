package widget

import (
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"aidbox-nats/tui/term"
)

// wrapped is a text from anywhere in lines of at most w cells.
func wrapped(text string, w int) []string {
	if text == "" {
		return nil
	}
	var out []string
	for _, part := range term.CleanLines(text) {
		out = append(out, term.Wrap(part, max(w, 1))...)
	}
	return out
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
