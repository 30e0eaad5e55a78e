package term

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

const reset = "\x1b[0m"

// spaces is cut into paddings, so that a line costs no allocation for them.
var spaces = strings.Repeat(" ", 512)

// Width is the number of cells that s takes, escape sequences not counted.
func Width(s string) int { return ansi.StringWidth(s) }

// Narrow reports whether the characters that frames are drawn with take one
// cell each. They take two where RUNEWIDTH_EASTASIAN asks for it; frames are
// then drawn in ASCII.
func Narrow() bool { return ansi.StringWidth("│") == 1 }

// Ellipsis marks a cut. It is always one cell wide.
func Ellipsis() string {
	if Narrow() {
		return "…"
	}
	return "~"
}

// Pad returns n spaces, none if n is negative.
func Pad(n int) string {
	switch {
	case n <= 0:
		return ""
	case n <= len(spaces):
		return spaces[:n]
	}
	return strings.Repeat(" ", n)
}

// Fit returns s exactly w cells wide, cut with an ellipsis or padded with
// spaces. SGR sequences are kept and closed at the end; anything else that a
// terminal would obey is made visible as [Clean] does.
func Fit(s string, w int) string {
	if w <= 0 {
		return ""
	}
	s, m := measureClean(s, w)
	end := ""
	if m.width <= w {
		if m.open {
			end = reset
		}
		if m.width == w && end == "" {
			return s
		}
		return s + end + Pad(w-m.width)
	}
	if m.styled {
		end = reset
	}
	return s[:m.cut] + Ellipsis() + end + Pad(w-1-m.cutWidth)
}

// FitRight is Fit with the padding on the left, for numbers.
func FitRight(s string, w int) string {
	if w <= 0 {
		return ""
	}
	s, m := measureClean(s, w)
	if m.width > w {
		return Fit(s, w)
	}
	if m.open {
		s += reset
	}
	return Pad(w-m.width) + s
}

// Cut is Fit without the padding: s itself where it is at most w cells wide.
func Cut(s string, w int) string {
	if w <= 0 {
		return ""
	}
	s, m := measureClean(s, w)
	switch {
	case m.width <= w && m.open:
		return s + reset
	case m.width <= w:
		return s
	case m.styled:
		return s[:m.cut] + Ellipsis() + reset
	}
	return s[:m.cut] + Ellipsis()
}

// Middle shortens plain text in its middle to at most w cells: both ends of an
// id tell it from its neighbours. The text is cleaned.
func Middle(s string, w int) string {
	s = Clean(s)
	if w <= 0 {
		return ""
	}
	width := Width(s)
	if width <= w {
		return s
	}
	tail := (w - 1) / 2
	head := w - 1 - tail
	left := ansi.Truncate(s, head, "")
	// A wide character at the edge of the tail is left out with its half.
	right := ansi.TruncateLeft(s, width-tail, "")
	for Width(right) > tail {
		cluster, _ := ansi.FirstGraphemeCluster(right, ansi.GraphemeWidth)
		right = right[len(cluster):]
	}
	return left + Ellipsis() + right
}

// Wrap breaks s into lines of at most w cells at spaces; a word breaks only
// where it is wider than a line, behind hyphens if it has some. Colours that are open at a break are closed there and opened again on the next line.
// Newlines in s break too. With w of zero or less there is no line.
func Wrap(s string, w int) []string {
	if w <= 0 {
		return nil
	}
	var out []string
	active := ""
	for _, l := range strings.Split(s, "\n") {
		_, m := measure(l, 1<<30)
		if m.dirty {
			l = cleanStyled(l)
		}
		for _, p := range wrapWords(l, w) {
			next := sgrAfter(active, p)
			line := active + p
			if next != "" {
				line += reset
			}
			out = append(out, Cut(line, w))
			active = next
		}
	}
	return out
}

// wrapWords breaks a clean line at the spaces between its words. The spaces at
// a break are left out.
func wrapWords(s string, w int) []string {
	if Width(s) <= w {
		return []string{s}
	}
	var out []string
	var line strings.Builder
	width, blanks := 0, 0 // of line, and behind it
	for i, word := range strings.Split(s, " ") {
		if i > 0 {
			blanks++
		}
		n := Width(word)
		if n > 0 && width > 0 && width+blanks+n > w {
			out = append(out, line.String())
			line.Reset()
			width, blanks = 0, 0
		}
		if n > 0 && blanks+n > w {
			blanks = 0
		}
		if n > w {
			parts := breakWord(word, w)
			last := len(parts) - 1
			out = append(out, parts[:last]...)
			word, n = parts[last], Width(parts[last])
		}
		if n == 0 { // colours, or nothing
			line.WriteString(word)
			continue
		}
		line.WriteString(Pad(blanks) + word)
		width += blanks + n
		blanks = 0
	}
	return append(out, line.String())
}

// breakWord breaks a word that is wider than w.
func breakWord(word string, w int) []string {
	var out []string
	for _, part := range strings.Split(ansi.Wrap(word, w, ""), "\n") {
		if Width(part) > w {
			part = ansi.Hardwrap(part, w, true)
		}
		out = append(out, strings.Split(part, "\n")...)
	}
	return out
}

// maxActive bounds the sequences that a line takes over from the one before.
const maxActive = 256

// sgrAfter returns the sequences that are in force after line, which began
// with those of active.
func sgrAfter(active, line string) string {
	for i := 0; i < len(line); {
		n := sgrLen(line[i:])
		if n == 0 {
			i++
			continue
		}
		switch seq := line[i : i+n]; {
		case resets(seq):
			active = ""
		case n > maxActive:
		case len(active)+n > maxActive:
			active = seq
		default:
			active += seq
		}
		i += n
	}
	return active
}

type measured struct {
	width         int
	cut, cutWidth int // longest prefix that leaves a cell for the ellipsis
	styled, open  bool
	dirty         bool
}

func measureClean(s string, w int) (string, measured) {
	s, m := measure(s, w)
	if m.dirty {
		s, m = measure(cleanStyled(s), w)
	}
	return s, m
}

// measure walks s until it is wider than w. It stops at the first thing that
// must not reach a terminal and reports it as dirty.
func measure(s string, w int) (string, measured) {
	var m measured
	full := false
	for i := 0; i < len(s); {
		c := s[i]
		n, cells := 1, 1
		switch {
		case c == 0x1b:
			n = sgrLen(s[i:])
			if n == 0 {
				m.dirty = true
				return s, m
			}
			m.styled = true
			m.open = !resets(s[i : i+n])
			i += n
			continue
		case c < 0x20 || c == 0x7f:
			m.dirty = true
			return s, m
		case c < 0x80 && (i+1 == len(s) || s[i+1] < 0x80):
		default:
			var cluster string
			cluster, cells = ansi.FirstGraphemeCluster(s[i:], ansi.GraphemeWidth)
			n = len(cluster)
			if n == 0 || !clean(cluster) {
				m.dirty = true
				return s, m
			}
		}
		m.width += cells
		i += n
		if m.width > w {
			return s, m
		}
		if !full && m.width <= w-1 {
			m.cut, m.cutWidth = i, m.width
		} else {
			full = true
		}
	}
	return s, m
}

// clean reports whether a grapheme cluster is one that [Clean] leaves as it is.
func clean(cluster string) bool {
	runes, last := 0, rune(0)
	for i, r := range cluster {
		if hidden(r) || selector(r) || skinTone(r) || i == 0 && unicode.Is(unicode.M, r) {
			return false
		}
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(cluster[i:]); n == 1 {
				return false
			}
		}
		runes++
		last = r
	}
	return runes <= maxCluster && !prepended(last)
}

// sgrLen is the length of the SGR sequence that s starts with, or zero. Only
// digits and separators may stand in it: with a private prefix the same final
// byte sets keyboard modes.
func sgrLen(s string) int {
	if len(s) < 3 || s[0] != 0x1b || s[1] != '[' {
		return 0
	}
	for i := 2; i < len(s); i++ {
		switch c := s[i]; {
		case c == 'm':
			return i + 1
		case c >= '0' && c <= '9', c == ';', c == ':':
		default:
			return 0
		}
	}
	return 0
}

func resets(sgr string) bool { return sgr == "\x1b[m" || sgr == reset }
