package widget

import "strings"

// Bounds of what an [Editor] can undo. The longest step there is, all of a
// text for another, has room twice.
const (
	editorSteps     = 1000
	editorStepBytes = 4 * EditorBytes
	// editorRun bounds what is typed, in bytes, that one step takes back.
	editorRun = 200
)

// stepKind says which steps become one with the one before.
type stepKind int

const (
	alone   stepKind = iota
	typing           // a word is taken back at once
	erasing          // characters that are deleted one after another
)

// editStep is one change of a text: what stood at a place, and what does now.
type editStep struct {
	kind              stepKind
	line, col         int
	removed, inserted string
	fromLine, fromCol int // the cursor before
	toLine, toCol     int // and after
}

func (s *editStep) bytes() int { return len(s.removed) + len(s.inserted) }

// undoing is what was changed, and what of it was taken back.
type undoing struct {
	done, undone      []editStep
	bytes             int // of both
	kind              stepKind
	fromLine, fromCol int
	joins             uint64 // the revision that the last step led to
	replaying         bool
}

// begins notes where the cursor is before a change of some kind.
func (e *Editor) begins(kind stepKind) {
	e.undo.kind, e.undo.fromLine, e.undo.fromCol = kind, e.line, e.col
}

// record keeps a change. The cursor stands where it leads, and the revision is
// that of the text before.
func (e *Editor) record(line, col int, removed, inserted string) {
	u := &e.undo
	if u.replaying {
		return
	}
	for i := range u.undone {
		u.bytes -= u.undone[i].bytes()
	}
	u.undone = nil
	// What was removed is a part of a line that would be kept alive with it.
	s := editStep{kind: u.kind, line: line, col: col, removed: strings.Clone(removed), inserted: inserted,
		fromLine: u.fromLine, fromCol: u.fromCol, toLine: e.line, toCol: e.col}
	u.bytes += s.bytes()
	if n := len(u.done); n > 0 && u.joins == e.revision && u.done[n-1].join(s) {
		u.joins++
		return
	}
	u.done = append(u.done, s)
	u.joins = e.revision + 1
	first := 0
	for len(u.done)-first > editorSteps || u.bytes > editorStepBytes {
		u.bytes -= u.done[first].bytes()
		first++
	}
	if first > 0 {
		u.done = append([]editStep(nil), u.done[first:]...) // what is forgotten is let go
	}
}

// join makes a step part of the one before it, if both are of one run of keys
// in one line.
func (s *editStep) join(next editStep) bool {
	if next.kind != s.kind || next.line != s.line || s.bytes() > editorRun ||
		strings.Contains(s.removed+s.inserted+next.removed+next.inserted, "\n") {
		return false
	}
	blank := func(b byte) bool { return b == ' ' || b == '\t' }
	switch {
	case s.kind == typing && next.col == s.col+len(s.inserted) && next.inserted != "":
		if blank(next.inserted[0]) && !blank(s.inserted[len(s.inserted)-1]) {
			return false
		}
		s.inserted += next.inserted
	case s.kind == erasing && next.col == s.col:
		s.removed += next.removed
	case s.kind == erasing && next.col+len(next.removed) == s.col:
		s.removed, s.col = next.removed+s.removed, next.col
	default:
		return false
	}
	s.toLine, s.toCol = next.toLine, next.toCol
	return true
}

// takeBack undoes the last step, and reports whether there was one.
func (e *Editor) takeBack() bool {
	u := &e.undo
	n := len(u.done)
	if n == 0 {
		return false
	}
	s := u.done[n-1]
	u.done, u.undone = u.done[:n-1], append(u.undone, s)
	e.swap(s.line, s.col, s.inserted, s.removed)
	e.line, e.col = s.fromLine, s.fromCol
	return true
}

// doAgain does what was undone last, and reports whether there was something.
func (e *Editor) doAgain() bool {
	u := &e.undo
	n := len(u.undone)
	if n == 0 {
		return false
	}
	s := u.undone[n-1]
	u.undone, u.done = u.undone[:n-1], append(u.done, s)
	e.swap(s.line, s.col, s.removed, s.inserted)
	e.line, e.col = s.toLine, s.toCol
	return true
}

// swap puts one text in the place of another, without a step for it.
func (e *Editor) swap(line, col int, out, in string) {
	e.undo.replaying = true
	defer func() { e.undo.replaying = false }()
	e.line, e.col = line, col
	endLine, endCol := line+strings.Count(out, "\n"), col+len(out)
	if at := strings.LastIndexByte(out, '\n'); at >= 0 {
		endCol = len(out) - at - 1
	}
	e.cut(endLine, endCol)
	e.insert(in)
}

// Replace puts a text from outside, as a paste is, in the place of all that
// stands here, and the cursor at its end. Undoing brings all of it back. A text
// that is too long is refused with [ErrTextTooLong].
func (e *Editor) Replace(text string) error {
	text = pasted(text)
	if !fits(text) {
		return ErrTextTooLong
	}
	was := e.Value()
	e.begins(alone)
	e.swap(0, 0, was, text)
	e.marks, e.refused = nil, nil
	if was != text {
		e.record(0, 0, was, text)
		e.revision++ // after the record: a step leads from one revision to the next
	}
	return nil
}
