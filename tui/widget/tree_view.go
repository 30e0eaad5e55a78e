package widget

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
)

const (
	// treeHang is how much further than its name a value is indented that goes
	// on in a further row.
	treeHang = 4
	// treeWrap is the least room in which a value is wrapped; in less it is cut.
	treeWrap = 12
)

// treeRow is one row of the screen: a line, or a part of one that is wrapped.
type treeRow struct{ line, part int32 }

// layout makes the rows of what is not folded, and moves the window to the
// cursor.
func (t *Tree) layout() {
	if t.rows == nil {
		t.rows = make([]treeRow, 0, len(t.lines))
		for i := int32(0); i < int32(len(t.lines)); {
			for part := range t.parts(t.lines[i]) {
				t.rows = append(t.rows, treeRow{i, int32(part)})
			}
			if t.folded[i] {
				i = t.after(i)
			} else {
				i++
			}
		}
	}
	t.scroll.SetSize(t.h, len(t.rows))
	t.scroll.Show(t.row())
}

// parts is the number of rows of a line.
func (t *Tree) parts(l treeLine) int {
	if !t.wraps(l) {
		return 1
	}
	return len(t.text(l).breaks(t.w))
}

// wraps reports whether a line can need more than one row. A byte takes one
// cell at most, but for a tab.
func (t *Tree) wraps(l treeLine) bool {
	if l.kind != treeText && l.kind != treeValue {
		return false
	}
	if value := t.src[l.from:l.to]; l.kind == treeText && bytes.IndexByte(value, '\t') >= 0 {
		return true
	}
	return treeIndent(l, t.w)+int(l.keyEnd-l.keyFrom+l.to-l.from)+3 > t.w
}

func treeIndent(l treeLine, w int) int { return min(2*min(int(l.depth), jsonIndent), w/2) }

// treeSpan is a piece of text in one look.
type treeSpan struct {
	role theme.Role
	text string
}

// treeString is a line in words: what stands in front, and what may be
// wrapped.
type treeString struct {
	indent int
	key    []treeSpan
	body   []treeSpan
}

// text makes the words of a line.
func (t *Tree) text(l treeLine) treeString {
	s := treeString{indent: treeIndent(l, t.w)}
	if l.keyFrom < l.keyEnd {
		s.key = append(t.literal(theme.Faint, l.keyFrom, l.keyEnd), treeSpan{theme.Faint, ": "})
	}
	comma := l.comma
	switch l.kind {
	case treeOpen:
		s.body = []treeSpan{{theme.Faint, brackets(l.list)[:1]}}
	case treeClose:
		s.body = []treeSpan{{theme.Faint, brackets(l.list)[1:]}}
	case treeRest:
		s.body = []treeSpan{{theme.Faint, term.Ellipsis() + " " + Bytes(int64(len(t.raw)-int(l.from))) + " more"}}
	case treeText:
		s.body = t.literal(theme.Text, l.from, l.to)
	case treeValue:
		role := theme.Num
		switch c := t.src[l.from:l.to]; {
		case len(c) > 0 && c[0] == '"':
			role = theme.Text
		case len(c) > 0 && (c[0] == '{' || c[0] == '['):
			s.body = []treeSpan{{theme.Faint, brackets(c[0] == '[')}}
		}
		if s.body == nil {
			s.body = t.literal(role, l.from, l.to)
		}
	}
	if comma && l.kind != treeOpen {
		s.body = append(s.body, treeSpan{theme.Faint, ","})
	}
	return s
}

func brackets(list bool) string {
	if list {
		return "[]"
	}
	return "{}"
}

// folded is the line of what is folded: "name": […] 3,
func (t *Tree) summary(i int32) treeString {
	l := t.lines[i]
	s := t.text(l)
	b, n := brackets(l.list), Count(int64(l.n))
	switch {
	case !l.list && l.n == 1:
		n += " key"
	case !l.list:
		n += " keys"
	}
	if l.end < 0 {
		n += " or more"
	}
	s.body = []treeSpan{{theme.Faint, b[:1] + term.Ellipsis() + b[1:] + " "}, {theme.Num, n}}
	if l.end >= 0 && t.lines[l.end].comma {
		s.body = append(s.body, treeSpan{theme.Faint, ","})
	}
	return s
}

// literal is a bounded part of the document in a role, with what was searched
// for standing out.
func (t *Tree) literal(role theme.Role, from, to int32) []treeSpan {
	raw := t.src[from:to]
	rest := 0
	if len(raw) > jsonValue {
		cut := jsonValue
		for cut > 0 && !utf8.RuneStart(raw[cut]) {
			cut--
		}
		raw, rest = raw[:cut], len(raw)-cut
	}
	text := term.Clean(string(raw))
	var out []treeSpan
	for text != "" {
		a, b := indexFold(text, t.search)
		if a < 0 {
			out = append(out, treeSpan{role, text})
			break
		}
		if a > 0 {
			out = append(out, treeSpan{role, text[:a]})
		}
		out = append(out, treeSpan{theme.Key, text[a:b]})
		text = text[b:]
	}
	if rest > 0 {
		out = append(out, treeSpan{theme.Faint, term.Ellipsis() + " " + strconv.Itoa(rest) + " bytes"})
	}
	return out
}

// breaks are the ends of the rows of a line in w columns, as offsets in the
// text of its body.
func (s treeString) breaks(w int) []int {
	body := spansText(s.body)
	rest := w - s.indent - treeHang
	if rest < treeWrap {
		return []int{len(body)}
	}
	first := w - s.indent
	if len(s.key) == 0 {
		rest = first
	} else {
		first -= term.Width(spansText(s.key))
	}
	return wrapCells(body, first, rest)
}

func spansText(spans []treeSpan) string {
	if len(spans) == 1 {
		return spans[0].text
	}
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(s.text)
	}
	return b.String()
}

// wrapCells breaks clean text into rows of at most first and then rest cells,
// behind blanks where a row has one in its last third, and returns the end of
// each. A first row without room for anything is empty.
func wrapCells(text string, first, rest int) []int {
	var ends []int
	room, used, blank := first, 0, -1
	for i := 0; i < len(text); {
		n, cells := 1, 1
		if text[i] >= 0x80 || i+1 < len(text) && text[i+1] >= 0x80 {
			var cluster string
			cluster, cells = ansi.FirstGraphemeCluster(text[i:], ansi.GraphemeWidth)
			n = max(len(cluster), 1)
		}
		if used+cells > room && (used > 0 || len(ends) == 0) {
			end := i
			if blank > 0 {
				end = blank
			}
			ends = append(ends, end)
			// What follows the blank is measured again.
			i, room, used, blank = end, rest, 0, -1
			continue
		}
		used += cells
		i += n
		if text[i-1] == ' ' && used > room*2/3 {
			blank = i
		}
	}
	return append(ends, len(text))
}

// Lines draws the window: exactly as many lines as the tree is high, each
// exactly as wide. With focused the row of the cursor stands out.
func (t *Tree) Lines(th theme.Theme, focused bool) []string {
	t.layout()
	out := make([]string, t.h)
	cursor, made := t.row(), int32(-1)
	var s treeString
	var ends []int
	for y := range out {
		i := t.scroll.Offset() + y
		if i >= len(t.rows) {
			out[y] = term.Pad(t.w)
			continue
		}
		row := t.rows[i]
		if row.line != made {
			made = row.line
			if t.folded[made] {
				s = t.summary(made)
			} else {
				s = t.text(t.lines[made])
			}
			ends = nil
			if t.wraps(t.lines[made]) {
				ends = s.breaks(t.w)
			}
		}
		paint := th.Paint
		if focused && i == cursor {
			paint = th.PaintSelected
		}
		out[y] = s.row(paint, int(row.part), ends, t.w)
	}
	return out
}

// row draws one part of a line, exactly w wide. Without ends there is one.
func (s treeString) row(paint func(theme.Role, string) string, part int, ends []int, w int) string {
	var b strings.Builder
	indent, from, to := s.indent, 0, 1<<30
	if part < len(ends) {
		to = ends[part]
	}
	if part > 0 {
		from = ends[part-1]
		if len(s.key) > 0 {
			indent += treeHang
		}
	}
	b.WriteString(paint(theme.Text, term.Pad(indent)))
	if part == 0 {
		for _, k := range s.key {
			b.WriteString(paint(k.role, k.text))
		}
	}
	at := 0
	for _, p := range s.body {
		a, z := max(from-at, 0), min(to-at, len(p.text))
		if a < z {
			b.WriteString(paint(p.role, p.text[a:z]))
		}
		at += len(p.text)
	}
	line := term.Cut(b.String(), w)
	return term.Fit(line+paint(theme.Text, term.Pad(w-term.Width(line))), w)
}
