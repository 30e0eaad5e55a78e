package widget

import (
	"bytes"
	"encoding/json"
	"strings"
)

type treeKind uint8

const (
	treeValue treeKind = iota // a string, number or word, or an empty object or list
	treeOpen                  // the first line of an object or list
	treeClose                 // its last line
	treeText                  // a line of what is not JSON
	treeRest                  // says how much is left out
)

// treeLine is one line of a document as [Tree] draws it with nothing folded.
// The text stays in the document: here is where it begins and ends.
type treeLine struct {
	kind            treeKind
	comma           bool
	list            bool // a [ ], on its first and its last line
	depth           int32
	parent          int32 // the first line of what it stands in; -1: nothing
	index           int32 // its place among the members or items of parent
	n               int32 // members or items of a treeOpen
	end             int32 // the last line of a treeOpen; -1: it is left out
	open            int32 // the first line of a treeClose
	keyFrom, keyEnd int32 // the member's name with its quotes, none if equal
	from, to        int32 // the value; to is -1 where its end is left out
}

// treeParser makes lines from a document that was checked, or from the first
// part of one that was not: nothing in it relies on what comes next.
type treeParser struct {
	src       []byte
	pos       int
	lines     []treeLine
	open      []int32 // the first lines of what is open here
	limit     int     // lines
	name      bool    // the next string is a member's name
	named     bool    // a name was read, its value was not
	from, end int32   // that name
}

// parseTree returns at most limit lines of src, and where in src it stopped.
func parseTree(src []byte, limit int) (lines []treeLine, stopped int) {
	p := treeParser{src: src, limit: limit}
	for p.pos < len(src) && len(p.lines) < limit {
		switch c := src[p.pos]; c {
		case ' ', '\t', '\r', '\n':
			p.pos++
		case '{', '[':
			p.begin(c == '[')
		case '}', ']':
			p.finish()
		case ',':
			p.missing()
			if n := len(p.lines); n > 0 {
				p.lines[n-1].comma = true
			}
			p.name = p.inMembers()
			p.pos++
		case ':':
			p.name = false
			p.pos++
		case '"':
			p.scalar(stringEnd(src, p.pos))
		default:
			p.scalar(wordEnd(src, p.pos))
		}
	}
	p.missing()
	return p.lines, p.pos
}

func (p *treeParser) inMembers() bool {
	return len(p.open) > 0 && !p.lines[p.open[len(p.open)-1]].list
}

// add puts a line where the parser is, under the name that was read.
func (p *treeParser) add(l treeLine) {
	l.parent, l.depth = -1, int32(len(p.open))
	if len(p.open) > 0 {
		l.parent = p.open[len(p.open)-1]
		l.index = p.lines[l.parent].n
		p.lines[l.parent].n++
	}
	if p.named {
		l.keyFrom, l.keyEnd, p.named = p.from, p.end, false
	}
	p.lines = append(p.lines, l)
}

// missing stands for the value that a name was not followed by.
func (p *treeParser) missing() {
	if p.named {
		p.add(treeLine{kind: treeValue, from: int32(p.pos), to: int32(p.pos)})
	}
}

func (p *treeParser) begin(list bool) {
	p.add(treeLine{kind: treeOpen, list: list, from: int32(p.pos), to: -1, end: -1})
	p.open = append(p.open, int32(len(p.lines)-1))
	p.name = !list
	p.pos++
}

func (p *treeParser) finish() {
	p.missing()
	p.pos++
	if len(p.open) == 0 {
		return
	}
	at := p.open[len(p.open)-1]
	p.open = p.open[:len(p.open)-1]
	p.name = p.inMembers()
	l := &p.lines[at]
	l.to = int32(p.pos)
	if l.n == 0 {
		l.kind = treeValue
		return
	}
	l.end = int32(len(p.lines))
	p.lines = append(p.lines, treeLine{
		kind: treeClose, list: l.list, depth: l.depth, parent: l.parent, index: l.index, open: at, from: l.to - 1, to: l.to,
	})
}

func (p *treeParser) scalar(end int) {
	from := p.pos
	p.pos = end
	if p.name && p.src[from] == '"' {
		p.from, p.end, p.named, p.name = int32(from), int32(end), true, false
		return
	}
	p.add(treeLine{kind: treeValue, from: int32(from), to: int32(end)})
}

// parseText returns the lines of what is not JSON.
func parseText(src []byte, limit int) (lines []treeLine, stopped int) {
	for stopped < len(src) && len(lines) < limit {
		end, next := len(src), len(src)
		if i := bytes.IndexByte(src[stopped:], '\n'); i >= 0 {
			end, next = stopped+i, stopped+i+1
		}
		to := end
		if to > stopped && src[to-1] == '\r' {
			to--
		}
		lines = append(lines, treeLine{kind: treeText, parent: -1, from: int32(stopped), to: int32(to)})
		stopped = next
	}
	return lines, stopped
}

// stringEnd is the end of the string that begins at from, or of src.
func stringEnd(src []byte, from int) int {
	for i := from + 1; i < len(src); i++ {
		switch src[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(src)
}

// wordEnd is the end of the number or word that begins at from.
func wordEnd(src []byte, from int) int {
	for i := from + 1; i < len(src); i++ {
		if strings.IndexByte(" \t\r\n,:{}[]\"", src[i]) >= 0 {
			return i
		}
	}
	return len(src)
}

// unquote is the text of a JSON string, as it is where it is none.
func unquote(literal []byte) string {
	if len(literal) < 2 || literal[0] != '"' || literal[len(literal)-1] != '"' {
		return string(literal)
	}
	if bytes.IndexByte(literal, '\\') < 0 {
		return string(literal[1 : len(literal)-1])
	}
	var s string
	if json.Unmarshal(literal, &s) != nil {
		return string(literal)
	}
	return s
}

// appendName appends a member's name to a path: after a dot, or in brackets
// where it is no identifier.
func appendName(path []byte, name string) []byte {
	switch {
	case !identifier(name):
		path = append(path, '[')
		path = append(path, quoted(name)...)
		return append(path, ']')
	case len(path) > 0:
		path = append(path, '.')
	}
	return append(path, name...)
}

func quoted(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	// A string can always be encoded.
	_ = e.Encode(s)
	return strings.TrimSuffix(b.String(), "\n")
}

func identifier(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c != '_' && (c|0x20 < 'a' || c|0x20 > 'z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}
