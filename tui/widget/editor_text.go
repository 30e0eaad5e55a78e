package widget

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"aidbox-nats/tui/term"
)

// maxUnit bounds the bytes that the cursor steps over at once. Stacked marks
// without an end are one character to Unicode.
const maxUnit = 64

// unit is the length and the picture of the character that text begins with:
// what a reader takes for one. The picture may be empty.
func unit(text string) (n int, picture string) {
	if c := text[0]; c >= 0x20 && c < 0x7f && (len(text) == 1 || text[1] < utf8.RuneSelf) {
		return 1, text[:1]
	}
	cluster, _ := ansi.FirstGraphemeCluster(text[:min(len(text), 4*maxUnit)], ansi.GraphemeWidth)
	n = min(max(len(cluster), 1), maxUnit)
	for n < len(cluster) && n > 1 && !utf8.RuneStart(text[n]) {
		n--
	}
	return n, term.Clean(text[:n])
}

// unitBefore is the length of the character that ends at col.
func unitBefore(text string, col int) int {
	from := max(col-4*maxUnit, 0)
	for from > 0 && from < col && !utf8.RuneStart(text[from]) {
		from++
	}
	n := 0
	for at := from; at < col; at += n {
		n, _ = unit(text[at:])
		n = min(n, col-at)
	}
	return n
}

// cells is the width of a text up to col.
func cells(text string, col int) int {
	w := 0
	for at := 0; at < col; {
		n, picture := unit(text[at:])
		w += term.Width(picture)
		at += n
	}
	return w
}

// colAt is where the character begins that stands in the given cell, or the
// end of the text.
func colAt(text string, cell int) int {
	at, w := 0, 0
	for at < len(text) {
		n, picture := unit(text[at:])
		if w += term.Width(picture); w > cell {
			return at
		}
		at += n
	}
	return at
}

// vertical moves the cursor by lines, and keeps to its cell as well as they
// allow.
func (e *Editor) vertical(delta, goal int) {
	if goal < 0 {
		goal = cells(e.lines[e.line], e.col)
	}
	line := max(min(e.line+delta, len(e.lines)-1), 0)
	switch {
	case line != e.line:
		e.line = line
		e.col = colAt(e.lines[line], goal)
		e.goal = goal
	case delta < 0:
		e.col = 0
	default:
		e.col = len(e.lines[line])
	}
}

func (e *Editor) back() {
	switch {
	case e.col > 0:
		e.col -= unitBefore(e.lines[e.line], e.col)
	case e.line > 0:
		e.line--
		e.col = len(e.lines[e.line])
	}
}

func (e *Editor) forward() {
	switch line := e.lines[e.line]; {
	case e.col < len(line):
		n, _ := unit(line[e.col:])
		e.col += n
	case e.line < len(e.lines)-1:
		e.line++
		e.col = 0
	}
}

func inWord(r rune) bool { return letter(r) || unicode.IsMark(r) || r == '_' }

// wordBack moves to the beginning of the word before, in the line before if
// there is none.
func (e *Editor) wordBack() {
	if e.col == 0 {
		e.back()
		return
	}
	line := e.lines[e.line][:e.col]
	line = strings.TrimRightFunc(line, func(r rune) bool { return !inWord(r) })
	line = strings.TrimRightFunc(line, inWord)
	e.col = len(line)
}

// wordForward moves to the end of the word behind.
func (e *Editor) wordForward() {
	line := e.lines[e.line]
	if e.col == len(line) {
		e.forward()
		return
	}
	rest := strings.TrimLeftFunc(line[e.col:], func(r rune) bool { return !inWord(r) })
	rest = strings.TrimLeftFunc(rest, inWord)
	e.col = len(line) - len(rest)
}

// insert puts a text at the cursor and the cursor behind it, or refuses it as
// a whole.
func (e *Editor) insert(text string) {
	if text == "" {
		return
	}
	lines := strings.Split(text, "\n")
	if e.size+len(text) > EditorBytes || len(e.lines)+len(lines)-1 > EditorLines {
		e.refused = ErrTextTooLong
		return
	}
	line, atLine, atCol := e.lines[e.line], e.line, e.col
	before, behind := line[:e.col], line[e.col:]
	last := len(lines) - 1
	col := len(lines[last])
	if last == 0 {
		col += e.col
	}
	lines[0] = before + lines[0]
	lines[last] += behind
	e.lines = slices.Replace(e.lines, e.line, e.line+1, lines...)
	after := e.line
	if strings.TrimSpace(before) == "" {
		after-- // what stood here goes down, and its sentences with it
	}
	e.shift(after, last)
	e.line += last
	e.col, e.goal = col, -1
	e.size += len(text)
	e.record(atLine, atCol, "", text)
	e.revision++
}

// cut deletes between the cursor and another place, and leaves the cursor at
// the first of the two.
func (e *Editor) cut(line, col int) {
	fromLine, from, toLine, to := e.line, e.col, line, col
	if line < e.line || line == e.line && col < e.col {
		fromLine, from, toLine, to = line, col, e.line, e.col
	}
	e.line, e.col, e.goal = fromLine, from, -1
	if fromLine == toLine && from == to {
		return
	}
	removed := e.between(fromLine, from, toLine, to)
	joined := e.lines[fromLine][:from] + e.lines[toLine][to:]
	e.lines = slices.Replace(e.lines, fromLine, toLine+1, joined)
	e.shift(fromLine, fromLine-toLine)
	e.size -= len(removed)
	e.record(fromLine, from, removed, "")
	e.revision++
}

// between is the text from one place to another that is not before it.
func (e *Editor) between(fromLine, from, toLine, to int) string {
	if fromLine == toLine {
		return e.lines[fromLine][from:to]
	}
	parts := slices.Clone(e.lines[fromLine : toLine+1])
	parts[0] = parts[0][from:]
	parts[len(parts)-1] = parts[len(parts)-1][:to]
	return strings.Join(parts, "\n")
}
