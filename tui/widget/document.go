package widget

import (
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
)

// DocumentSource is what a [Document] shows.
type DocumentSource interface {
	DetailTitle() Title
	// DetailBlocks tell all of what is selected, from the top. w is the width
	// of their lines.
	DetailBlocks(w int) []Block
	// DetailIdentity changes when something else is selected.
	DetailIdentity() string
	// DetailRevision grows when the blocks may have changed.
	DetailRevision() uint64
	// DetailKeys are the actions on what is selected.
	DetailKeys() Actions
}

// Block is a part of a [Document]: lines of words, and below them what may be
// JSON, as a [Tree]. Either may be missing.
type Block struct {
	// Lines are clean and at most as wide as asked for.
	Lines []string
	// Name tells the trees of a document apart. What is folded in a tree stays
	// folded in the next one of the same name, at the same path.
	Name string
	// Raw is what the tree shows; it must not change afterwards.
	Raw []byte
	// Folded are the members of the outermost object that begin folded.
	Folded []string
}

// Document is a detail with JSON in it: words, and trees whose values can be
// gone to, folded, searched for and taken. The cursor goes from tree to tree;
// the words between them move with it.
type Document struct {
	Base
	th       theme.Theme
	source   DocumentSource
	identity string
	made     uint64
	madeFor  int

	blocks []Block
	trees  []*Tree // by block; nil where it has none
	starts []int   // the first row of each block, and the number of all rows
	kept   map[string]*Tree
	at     int // the block of the cursor; -1: nothing to go to
	scroll Scroll
	search string
}

// keptTrees bounds the trees of which is kept what was folded.
const keptTrees = 16

// NewDocument returns the document of a list.
func NewDocument(th theme.Theme, s DocumentSource) *Document {
	return &Document{th: th, source: s, kept: map[string]*Tree{}, at: -1}
}

// Update takes the focus; everything else is told to the list.
func (d *Document) Update(msg tea.Msg) tea.Cmd {
	if f, ok := msg.(Focus); ok {
		d.SetFocus(f)
	}
	return nil
}

// Revision grows with the source's too.
func (d *Document) Revision() uint64 { return d.Base.Revision() + d.source.DetailRevision() }

// make is called before everything that needs the rows: what is selected may
// have changed since the last drawing.
func (d *Document) make() {
	id := d.source.DetailIdentity()
	other := id != d.identity
	if d.blocks == nil || other || d.made != d.source.DetailRevision() || d.madeFor != d.W {
		d.identity, d.made, d.madeFor = id, d.source.DetailRevision(), d.W
		d.take(d.source.DetailBlocks(d.W), other)
	}
	d.place()
}

// take makes the trees of new blocks.
func (d *Document) take(blocks []Block, other bool) {
	before := d.tree()
	d.blocks, d.trees, d.at = append([]Block{}, blocks...), make([]*Tree, len(blocks)), -1
	used := map[string]*Tree{}
	for i, b := range blocks {
		if b.Raw == nil {
			continue
		}
		t, ok := d.kept[b.Name]
		if !ok {
			t = &Tree{}
		}
		t.Set(b.Name, b.Raw)
		if !ok {
			t.foldAll(func(l treeLine) bool {
				return l.kind == treeOpen && l.depth == 1 && slices.Contains(b.Folded, t.name(l))
			})
		}
		t.SetSize(d.W-2, d.H)
		if other {
			t.Top()
		}
		t.SetSearch(d.search)
		d.trees[i], used[b.Name] = t, t
		if d.at < 0 || t == before && !other {
			d.at = i
		}
	}
	for name, t := range used {
		d.kept[name] = t
	}
	if len(d.kept) > keptTrees {
		d.kept = used
	}
	if other {
		d.scroll = Scroll{}
	}
}

// place counts the rows: folding changes them.
func (d *Document) place() {
	d.starts = append(d.starts[:0], 0)
	n := 0
	for i, b := range d.blocks {
		n += len(b.Lines)
		if t := d.trees[i]; t != nil {
			t.SetSize(d.W-2, d.H)
			t.layout()
			n += len(t.rows)
		}
		d.starts = append(d.starts, n)
	}
	d.scroll.SetSize(d.H, n)
}

// tree is the one with the cursor, nil if there is none.
func (d *Document) tree() *Tree {
	if d.at < 0 || d.at >= len(d.trees) {
		return nil
	}
	return d.trees[d.at]
}

// row is the row of the cursor among all rows, in the tree of block i.
func (d *Document) row(i int) int { return d.starts[i] + len(d.blocks[i].Lines) + d.trees[i].row() }

// View draws the window.
func (d *Document) View() string {
	d.make()
	out := make([]string, 0, d.H)
	from, to := d.scroll.Offset(), d.scroll.Offset()+d.H
	for i, b := range d.blocks {
		start := d.starts[i]
		for j, l := range b.Lines {
			if y := start + j; y >= from && y < to {
				out = append(out, l)
			}
		}
		t := d.trees[i]
		if t == nil {
			continue
		}
		start += len(b.Lines)
		first, last := max(from-start, 0), min(to-start, len(t.rows))
		if first < last {
			for _, l := range t.window(d.th, d.Focused && i == d.at, first, last-first) {
				out = append(out, " "+l)
			}
		}
	}
	return strings.Join(out, "\n")
}

// window draws n rows from the given one on, wherever the cursor is.
func (t *Tree) window(th theme.Theme, focused bool, from, n int) []string {
	before := *t
	defer func() { t.at, t.part, t.h, t.scroll = before.at, before.part, before.h, before.scroll }()
	if row := t.row(); row < from || row >= from+n {
		focused, t.at, t.part = false, t.rows[from].line, t.rows[from].part
	}
	t.h, t.scroll = n, Scroll{offset: from, height: n, total: len(t.rows)}
	return t.Lines(th, focused)
}

// Title is the source's, with what was found, and with the place of the window
// when not all is seen.
func (d *Document) Title() Title {
	t := d.source.DetailTitle()
	d.make()
	t.Position = d.scroll.Position()
	if d.search != "" && t.Right == "" {
		t.Right = "/" + term.Clean(d.search) + "  " + d.found()
	}
	return t
}

// follow moves the window to the cursor.
func (d *Document) follow() {
	d.place()
	if t := d.tree(); t != nil {
		d.scroll.Show(d.row(d.at))
	}
	d.Touch()
}

// Value is what the cursor is on, as [Tree.Value] gives it, and its path.
func (d *Document) Value() (path, value string, ok bool) {
	d.make()
	t := d.tree()
	if t == nil {
		return "", "", false
	}
	value, ok = t.Value()
	return t.Path(), value, ok
}

// Keys are the source's, those that move, and those of the trees. Enter is
// left to who opens and zooms.
func (d *Document) Keys() Actions {
	out := append(d.source.DetailKeys(), Motions(d, d.Touch)...)
	t := d.tree()
	if t == nil {
		return out
	}
	if d.search != "" {
		out = append(out,
			Action{Name: "go to the next that was searched for", Binding: key.NewBinding(key.WithKeys("n"), key.WithHelp("n", "next")), Run: d.seek(1)},
			Action{Name: "go to the one before that was searched for", Binding: key.NewBinding(key.WithKeys("N"), key.WithHelp("N", "before")), Run: d.seek(-1)})
	}
	for _, a := range t.Actions(d.follow) {
		if a.Moves {
			continue
		}
		keys := slices.DeleteFunc(slices.Clone(a.Binding.Keys()), func(k string) bool { return k == "enter" || d.search != "" && (k == "n" || k == "N") })
		if len(keys) == 0 {
			continue
		}
		a.Binding = key.NewBinding(key.WithKeys(keys...), key.WithHelp(a.Binding.Help().Key, a.Binding.Help().Desc))
		out = append(out, a)
	}
	return out
}
