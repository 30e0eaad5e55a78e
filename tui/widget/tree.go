package widget

import (
	"bytes"
	"encoding/json"
	"sort"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
)

// Tree shows a JSON document with a cursor: objects and lists can be folded,
// texts searched for, the value at the cursor taken. Members keep their order,
// numbers and strings are as they were written, and what is not JSON is shown
// as lines of text. Of a document only its first MiB, of that the first 20,000
// lines, and of each value the first 4 KiB are shown; what is left out is said.
//
// The zero value is an empty document.
type Tree struct {
	identity string
	raw      []byte
	src      []byte // the part of raw that lines are made of
	lines    []treeLine
	root     string // the type of the resource
	folded   []bool // by line, for a treeOpen
	revision uint64

	at, part int32 // the cursor: a line, and which of its rows

	w, h   int
	rows   []treeRow // of what is not folded; nil: to be made
	scroll Scroll

	search  []rune // in lower case
	matches []int32
}

// Set shows a document. While the identity stays the same, what is folded and
// the cursor stay too, each at its path. raw must not change afterwards.
func (t *Tree) Set(identity string, raw []byte) {
	if identity == t.identity && bytes.Equal(raw, t.raw) && t.revision > 0 {
		return
	}
	before := *t
	t.identity, t.raw = identity, raw
	t.src = raw[:min(len(raw), jsonBytes)]
	parse := parseTree
	if len(raw) == len(t.src) && !json.Valid(raw) || len(raw) > len(t.src) && !opens(raw) {
		parse = parseText
	}
	var stopped int
	t.lines, stopped = parse(t.src, jsonLines)
	if rest := len(raw) - stopped; rest > 0 && len(bytes.TrimSpace(raw[stopped:])) > 0 {
		t.lines = append(t.lines, treeLine{kind: treeRest, parent: -1, from: int32(stopped), to: int32(len(t.src))})
	}
	t.folded = make([]bool, len(t.lines))
	t.root = t.resourceType()
	t.at, t.part = 0, 0
	if identity == before.identity && len(before.lines) > 0 {
		t.keep(&before)
	} else {
		t.scroll = Scroll{}
	}
	t.find()
	t.changed()
}

// keep takes over what was folded and the cursor from the document before.
func (t *Tree) keep(before *Tree) {
	type place struct {
		parent int32
		name   string
		index  int32
	}
	places := map[place]int32{}
	// number gives equal numbers to lines with equal paths.
	number := func(d *Tree) []int32 {
		out := make([]int32, len(d.lines))
		for i, l := range d.lines {
			if l.kind == treeClose {
				out[i] = -1 - out[l.open]
				continue
			}
			p := place{parent: -1, index: int32(i)}
			if l.parent >= 0 {
				p = place{out[l.parent], d.name(l), l.index}
			}
			if p.name != "" {
				p.index = 0
			}
			n, ok := places[p]
			if !ok {
				n = int32(len(places) + 1)
				places[p] = n
			}
			out[i] = n
		}
		return out
	}
	was := number(before)
	folded := map[int32]bool{}
	for i, f := range before.folded {
		if f {
			folded[was[i]] = true
		}
	}
	found := false
	for i, n := range number(t) {
		t.folded[i] = t.lines[i].kind == treeOpen && folded[n]
		if !found && int(before.at) < len(was) && n == was[before.at] {
			found, t.at, t.part = true, int32(i), before.part
		}
	}
	if !found {
		t.at = max(min(before.at, int32(len(t.lines)-1)), 0)
	}
	t.surface()
}

func (t *Tree) changed() {
	t.rows = nil
	t.revision++
}

// Revision grows with every change of the document and of what is folded.
func (t *Tree) Revision() uint64 { return t.revision }

// SetSize sets the cells that the tree is drawn in.
func (t *Tree) SetSize(w, h int) {
	if w != t.w {
		t.rows = nil
	}
	t.w, t.h = max(w, 0), max(h, 0)
}

// Move moves the cursor by delta rows and reports whether it moved.
func (t *Tree) Move(delta int) bool {
	t.layout()
	was := t.row()
	now := max(min(was+delta, len(t.rows)-1), 0)
	if now == was || len(t.rows) == 0 {
		return false
	}
	t.at, t.part = t.rows[now].line, t.rows[now].part
	return true
}

// Page moves the cursor by delta windows, less the row that both show.
func (t *Tree) Page(delta int) bool { return t.Move(delta * max(t.h-1, 1)) }

// Top moves the cursor to the first row.
func (t *Tree) Top() bool { t.layout(); return t.Move(-len(t.rows)) }

// Bottom moves the cursor to the last row.
func (t *Tree) Bottom() bool { t.layout(); return t.Move(len(t.rows)) }

// Position says which rows are seen, or nothing when all are.
func (t *Tree) Position() string { t.layout(); return t.scroll.Position() }

// row is the row of the cursor.
func (t *Tree) row() int {
	i := sort.Search(len(t.rows), func(i int) bool {
		r := t.rows[i]
		return r.line > t.at || r.line == t.at && r.part > t.part
	})
	return max(i-1, 0)
}

// node is the line whose value the cursor is on.
func (t *Tree) node() (i int32, ok bool) {
	if int(t.at) >= len(t.lines) {
		return 0, false
	}
	if l := t.lines[t.at]; l.kind == treeClose {
		return l.open, true
	}
	return t.at, true
}

// after is the line behind everything that a treeOpen holds.
func (t *Tree) after(i int32) int32 {
	if end := t.lines[i].end; end >= 0 {
		return end + 1
	}
	n := int32(len(t.lines))
	if t.lines[n-1].kind == treeRest {
		n--
	}
	return n
}

// name is the name of a member, and empty for what is none.
func (t *Tree) name(l treeLine) string {
	if l.keyFrom == l.keyEnd {
		return ""
	}
	return unquote(t.src[l.keyFrom:l.keyEnd])
}

func (t *Tree) resourceType() string {
	if len(t.lines) == 0 || t.lines[0].kind != treeOpen || t.lines[0].list {
		return ""
	}
	for i := int32(1); i < t.after(0); i++ {
		switch l := t.lines[i]; {
		case l.kind == treeOpen:
			i = t.after(i) - 1
		case l.kind == treeValue && t.name(l) == "resourceType":
			return unquote(t.src[l.from:l.to])
		}
	}
	return ""
}

// Actions are the keys of a tree; moved is called after each that changed what
// is seen.
func (t *Tree) Actions(moved func()) Actions {
	do := func(name, help, words string, act func() bool, keys ...string) Action {
		return Action{
			Name:    name,
			Binding: key.NewBinding(key.WithKeys(keys...), key.WithHelp(help, words)),
			Run: func() tea.Cmd {
				if act() && moved != nil {
					moved()
				}
				return nil
			},
		}
	}
	out := append(Motions(t, moved),
		do("fold or unfold", "space", "fold", t.Toggle, " ", "enter"),
		do("fold, or go to what holds it", "← h", "fold", t.Fold, "left", "h"),
		do("unfold, or go into it", "→ l", "unfold", t.Unfold, "right", "l"),
		do("fold everything", "<", "fold all", t.FoldAll, "<"),
		do("unfold everything", ">", "unfold all", t.UnfoldAll, ">"),
	)
	if len(t.search) > 0 {
		out = append(out,
			do("go to the next that was searched for", "n", "next", func() bool { return t.NextMatch(1) }, "n"),
			do("go to the one before that was searched for", "N", "before", func() bool { return t.NextMatch(-1) }, "N"),
		)
	}
	return out
}
