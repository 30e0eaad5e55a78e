package widget

import (
	"strconv"
	"strings"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
)

const (
	// editorText is the least room for the text beside the numbers; in less
	// the numbers go.
	editorText = 16
	// editorAside is the least room in which something is shown before the
	// cursor in a line that begins further left.
	editorAside = 6
	// Bounds of what is shown below one line: sentences, lines of one.
	markSentences = 5
	markLines     = 4
)

// gutter is the width of the numbers with the blank behind them.
func (e *Editor) gutter(w int) int {
	g := max(len(strconv.Itoa(len(e.lines))), 2) + 1
	if w-g < editorText {
		return 0
	}
	return g
}

// Lines draws the window: exactly h lines, each exactly w wide. With focused
// the cursor is shown. The line of the cursor is always seen, and as much as
// there is room for of the sentences below it.
func (e *Editor) Lines(th theme.Theme, focused bool, w, h int) []string {
	if w <= 0 || h <= 0 {
		return make([]string, max(h, 0))
	}
	e.height = h
	g := e.gutter(w)
	e.show(th, w-g, h)
	out := make([]string, 0, h)
	for i := e.top; i < len(e.lines) && len(out) < h; i++ {
		out = append(out, e.number(th, i, g)+e.text(th, i, focused && i == e.line, w-g))
		for _, m := range e.mark(th, i, w-g) {
			out = append(out, term.Fit(term.Pad(g)+m, w))
		}
	}
	for len(out) < h {
		out = append(out, term.Pad(w))
	}
	return out[:h]
}

// show moves the window as little as shows the line of the cursor.
func (e *Editor) show(th theme.Theme, w, h int) {
	e.top = max(min(e.top, len(e.lines)-1), 0)
	if e.line < e.top {
		e.top = e.line
	}
	need := 1
	if len(e.marks) > 0 {
		need = min(1+len(e.mark(th, e.line, w)), h)
	}
	// The first line from which what is needed fits.
	first := e.line
	for first > e.top {
		n := 1
		if len(e.marks) > 0 {
			n += len(e.mark(th, first-1, w))
		}
		if need+n > h {
			break
		}
		need += n
		first--
	}
	e.top = max(e.top, first)
}

func (e *Editor) number(th theme.Theme, i, g int) string {
	if g == 0 {
		return ""
	}
	role := theme.Faint
	switch {
	case len(e.marks[i]) > 0:
		role = theme.Bad
	case i == e.line:
		role = theme.Accent
	}
	return th.Paint(role, term.FitRight(strconv.Itoa(i+1), g-1)) + " "
}

// mark draws the sentences of a line, none wider than w.
func (e *Editor) mark(th theme.Theme, i, w int) []string {
	sentences := e.marks[i]
	var out []string
	for n, s := range sentences {
		if n == markSentences {
			more := strconv.Itoa(len(sentences)-n) + " more"
			return append(out, th.Paint(theme.Bad, term.Cut("  "+term.Ellipsis()+" "+more, w)))
		}
		// More than this does not fit into the lines there are.
		text := term.Cut(term.Clean(s[:min(len(s), jsonValue)]), (markLines+1)*max(w, 1))
		lines := term.Wrap(text, max(w-2, 1))
		if len(lines) > markLines {
			lines = lines[:markLines]
			lines[markLines-1] = term.Cut(lines[markLines-1]+" "+term.Ellipsis(), max(w-2, 1))
		}
		for j, l := range lines {
			sign := "  "
			if j == 0 {
				sign = toastSign(theme.Bad)
			}
			out = append(out, th.Paint(theme.Bad, term.Cut(sign+l, w)))
		}
	}
	return out
}

// text draws a line exactly w wide. The line of the cursor goes sideways with
// it; the others show their beginning.
func (e *Editor) text(th theme.Theme, i int, cursor bool, w int) string {
	line := e.lines[i]
	if !cursor {
		return term.Fit(pictures(line, w+1), w)
	}
	from := e.sideways(line, w)
	var b strings.Builder
	used, col := 0, from
	if from > 0 && w >= editorAside {
		b.WriteString(th.Paint(theme.Faint, term.Ellipsis()))
		used = 1
	}
	for col <= len(line) && used < w {
		n, picture := 1, " "
		if col < len(line) {
			n, picture = unit(line[col:])
		} else if col != e.col {
			break
		}
		cells := term.Width(picture)
		if cells > w-used {
			b.WriteString(th.Paint(theme.Faint, term.Ellipsis()))
			break
		}
		if col == e.col {
			if picture == "" {
				picture, cells = string(term.Unseen), 1
			}
			picture = th.Text.Reverse(true).Render(picture)
		}
		b.WriteString(picture)
		used += cells
		col += n
	}
	return term.Fit(b.String(), w)
}

// pictures are the pictures of the characters of a line that have room in w
// cells.
func pictures(line string, w int) string {
	var b strings.Builder
	used := 0
	for at := 0; at < len(line) && used < w && at < maxUnit*w; {
		n, picture := unit(line[at:])
		b.WriteString(picture)
		used += term.Width(picture)
		at += n
	}
	return b.String()
}

// sideways is where a line begins to be drawn, so that the cursor is in it:
// at its beginning if that is possible, else so that the cursor stands in the
// last third.
func (e *Editor) sideways(line string, w int) int {
	at, used := 0, 0
	for at < e.col && used < w && at < maxUnit*w {
		n, picture := unit(line[at:])
		used += term.Width(picture)
		at += n
	}
	room := 1
	if e.col < len(line) {
		_, picture := unit(line[e.col:])
		room = max(term.Width(picture), 1)
	}
	if at >= e.col && used+room <= w {
		return 0
	}
	at, used = e.col, 0
	for at > 0 && used < w*2/3 && w >= editorAside && e.col-at < maxUnit*w {
		n := unitBefore(line, at)
		_, picture := unit(line[at-n : at])
		if used += term.Width(picture); used+room+1 > w {
			break
		}
		at -= n
	}
	return at
}
