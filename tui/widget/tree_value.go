package widget

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
)

// Path is where the cursor is in the document: "Patient.name[0].family" in a
// resource, "value.entry[1].resource" in what is none. [Locator.Line] finds it
// again. It is empty at the outermost value of what is no resource, and in
// text. Names come from the document and are not cleaned.
func (t *Tree) Path() string {
	i, ok := t.node()
	if !ok || t.lines[i].kind == treeText || t.lines[i].kind == treeRest {
		return ""
	}
	var up []int32
	for ; i >= 0; i = t.lines[i].parent {
		up = append(up, i)
	}
	var path []byte
	for _, i := range slices.Backward(up) {
		switch l := t.lines[i]; {
		case l.parent < 0:
			path = append(path, t.root...)
		case t.lines[l.parent].list:
			path = append(path, '[')
			path = strconv.AppendInt(path, int64(l.index), 10)
			path = append(path, ']')
		default:
			path = appendName(path, t.name(l))
		}
	}
	return string(path)
}

// Value is what is at the cursor, as one would paste it elsewhere: the text of
// a string, an object or list as indented JSON, a line of text. It is not
// cleaned. ok is false where the document was cut before the value's end.
func (t *Tree) Value() (value string, ok bool) {
	i, ok := t.node()
	if !ok {
		return "", false
	}
	l := t.lines[i]
	switch {
	case l.kind == treeRest:
		return "", false
	case l.kind == treeText:
		return string(t.src[l.from:l.to]), int(l.to) < len(t.src) || len(t.src) == len(t.raw)
	case l.parent < 0 && l.to < 0:
		return string(t.raw), true
	case l.to < 0, int(l.to) == len(t.src) && len(t.src) < len(t.raw):
		return "", false
	}
	raw := t.src[l.from:l.to]
	if len(raw) == 0 || raw[0] != '{' && raw[0] != '[' {
		return unquote(raw), true
	}
	var b bytes.Buffer
	if t.deep(i) || json.Indent(&b, raw, "", "  ") != nil {
		return string(raw), true
	}
	return b.String(), true
}

// deep reports whether what a line holds is nested so far that its indentation
// would be longer than it.
func (t *Tree) deep(i int32) bool {
	for _, l := range t.lines[i:max(t.lines[i].end, i)] {
		if l.depth-t.lines[i].depth > jsonIndent {
			return true
		}
	}
	return false
}
