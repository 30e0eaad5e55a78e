package widget

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
)

// Bounds of what [JSON] draws: bytes that are read, lines that are made, bytes
// of one string or number, levels that are indented further.
const (
	jsonBytes  = 1 << 20
	jsonLines  = 20_000
	jsonValue  = 4 << 10
	jsonIndent = 40
)

// JSON draws a document indented and coloured, numbers and strings as they
// were written. What is not JSON is returned as lines of text. Very long
// documents and values are cut, and say so. The lines are as long as they are;
// frames cut them.
func JSON(th theme.Theme, raw []byte) []string {
	head := raw[:min(len(raw), jsonBytes)]
	if len(raw) == len(head) && !json.Valid(raw) || len(raw) > len(head) && !opens(raw) {
		return textLines(th, raw, head)
	}
	f := jsonFormat{th: th, src: head}
	f.run()
	return withRest(th, f.lines, len(raw)-f.pos)
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

func textLines(th theme.Theme, raw, head []byte) []string {
	lines := term.CleanLines(string(head))
	shown := len(head)
	if len(lines) > jsonLines {
		shown = 0
		for range jsonLines {
			shown += bytes.IndexByte(head[shown:], '\n') + 1
		}
		lines = lines[:jsonLines]
	}
	return withRest(th, lines, len(raw)-shown)
}

func withRest(th theme.Theme, lines []string, rest int) []string {
	if rest <= 0 {
		return lines
	}
	return append(lines, th.Paint(theme.Faint, term.Ellipsis()+" "+Bytes(int64(rest))+" more"))
}

// jsonFormat writes lines from a document that was checked, or from the first
// part of one that was not: nothing in it relies on what comes next.
type jsonFormat struct {
	th    theme.Theme
	src   []byte
	pos   int
	depth int
	line  strings.Builder
	lines []string
	key   bool // a string at this place is a member's name
	stack []byte
}

func (f *jsonFormat) run() {
	for f.pos < len(f.src) && len(f.lines) < jsonLines {
		switch c := f.src[f.pos]; c {
		case ' ', '\t', '\r', '\n':
			f.pos++
		case '{', '[':
			f.open(c)
		case '}', ']':
			f.close(c)
		case ',':
			f.punct(",")
			f.newline()
			f.key = f.inObject()
			f.pos++
		case ':':
			f.punct(": ")
			f.key = false
			f.pos++
		case '"':
			f.value(f.stringEnd())
		default:
			f.value(f.wordEnd())
		}
	}
	if f.line.Len() > 0 && len(f.lines) < jsonLines {
		f.lines = append(f.lines, f.line.String())
	}
}

func (f *jsonFormat) inObject() bool {
	return len(f.stack) > 0 && f.stack[len(f.stack)-1] == '{'
}

func (f *jsonFormat) open(c byte) {
	f.pos++
	for f.pos < len(f.src) && strings.IndexByte(" \t\r\n", f.src[f.pos]) >= 0 {
		f.pos++
	}
	if f.pos < len(f.src) && f.src[f.pos] == c+2 {
		f.punct(string(c) + string(c+2))
		f.pos++
		return
	}
	f.punct(string(c))
	f.stack = append(f.stack, c)
	f.key = c == '{'
	f.depth++
	f.newline()
}

func (f *jsonFormat) close(c byte) {
	f.pos++
	if len(f.stack) > 0 {
		f.stack = f.stack[:len(f.stack)-1]
		f.depth--
	}
	f.newline()
	f.punct(string(c))
}

func (f *jsonFormat) newline() {
	f.lines = append(f.lines, f.line.String())
	f.line.Reset()
	f.line.WriteString(term.Pad(2 * min(f.depth, jsonIndent)))
}

func (f *jsonFormat) punct(s string) { f.line.WriteString(f.th.Paint(theme.Faint, s)) }

// value writes the string, number or word that ends at end.
func (f *jsonFormat) value(end int) {
	text := f.src[f.pos:end]
	role := theme.Text
	switch {
	case f.key:
		role = theme.Faint
	case text[0] != '"':
		role = theme.Num
	}
	rest := ""
	if len(text) > jsonValue {
		cut := jsonValue
		for cut > 0 && !utf8.RuneStart(text[cut]) {
			cut--
		}
		rest = term.Ellipsis() + " " + strconv.Itoa(len(text)-cut) + " bytes"
		text = text[:cut]
	}
	f.line.WriteString(f.th.Paint(role, term.Clean(string(text))))
	if rest != "" {
		f.line.WriteString(f.th.Paint(theme.Faint, rest))
	}
	f.pos = end
}

func (f *jsonFormat) stringEnd() int {
	for i := f.pos + 1; i < len(f.src); i++ {
		switch f.src[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(f.src)
}

func (f *jsonFormat) wordEnd() int {
	for i := f.pos + 1; i < len(f.src); i++ {
		if strings.IndexByte(" \t\r\n,:{}[]\"", f.src[i]) >= 0 {
			return i
		}
	}
	return len(f.src)
}
