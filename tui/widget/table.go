package widget

import (
	"strings"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
)

// Cell is one place of a table.
type Cell struct {
	Text string
	Role theme.Role
	// Unit follows Text in the faint role: " msg", "/s". It is the first to go
	// when the place is narrow.
	Unit string
}

// Column says what a column shows and how wide it is.
type Column[T any] struct {
	// Title stands above the column when the table shows titles.
	Title string
	// Width is the column's width in cells. Zero: as wide as its content.
	Width int
	// Flex is the column's share of the cells that are left over. With it,
	// Width (zero: 8, or the content if that is less) is the least.
	Flex int
	// Drop orders the columns that go when the table is narrow, the largest
	// first. Columns of zero stay, and are cut.
	Drop int
	// Right aligns the column right, as numbers are.
	Right bool
	Cell  func(T) Cell
}

// Table is a list with a cursor. The cursor stays on its row, known by its
// identity, when rows come, go and change places. The zero value is not
// usable, make it with [NewTable].
type Table[T any] struct {
	columns []Column[T]
	id      func(T) string
	mark    func(T) Cell
	titles  bool
	empty   string

	all      []T
	shown    []T
	filter   string
	selected int // in shown; -1 when it is empty
	scroll   Scroll
	w, h     int
	content  []int // widest cell of each column
}

// NewTable returns an empty table. id must be the same for the same thing and
// differ between things.
func NewTable[T any](columns []Column[T], id func(T) string) *Table[T] {
	return &Table[T]{columns: columns, id: id, selected: -1, content: make([]int, len(columns))}
}

// SetMark sets the sign in front of a row, one cell wide; an empty one leaves
// the place to the cursor, which else stands behind it.
func (t *Table[T]) SetMark(mark func(T) Cell) { t.mark = mark }

// ShowTitles shows a line with the columns' titles.
func (t *Table[T]) ShowTitles(show bool) {
	t.titles = show
	t.measure()
	t.show()
}

// SetEmpty sets the text that stands where no row is.
func (t *Table[T]) SetEmpty(text string) { t.empty = text }

// SetSize sets the cells that Lines fills.
func (t *Table[T]) SetSize(w, h int) {
	t.w, t.h = max(w, 0), max(h, 0)
	t.show()
}

// SetRows replaces the rows. When the selected one is gone, the next that is
// left is selected, else the one before.
func (t *Table[T]) SetRows(rows []T) {
	t.all = rows
	t.Refresh()
}

// Refresh looks at the rows again: their cells may say something else than
// when the rows were set.
func (t *Table[T]) Refresh() {
	t.apply()
	t.measure()
}

// SetFilter shows only rows that contain text in one of their cells, letter
// case aside, or only those that do not when it begins with "!".
func (t *Table[T]) SetFilter(text string) {
	if text == t.filter {
		return
	}
	t.filter = text
	t.apply()
}

// Filter is the text in force.
func (t *Table[T]) Filter() string { return t.filter }

// Rows are those that the filter lets through. The slice is the table's.
func (t *Table[T]) Rows() []T { return t.shown }

// Len is the number of rows, also of those that the filter hides.
func (t *Table[T]) Len() int { return len(t.all) }

// Selected is the row under the cursor.
func (t *Table[T]) Selected() (row T, ok bool) {
	if t.selected < 0 {
		return row, false
	}
	return t.shown[t.selected], true
}

// Select moves the cursor to the row of that identity.
func (t *Table[T]) Select(id string) bool {
	for i, row := range t.shown {
		if t.id(row) == id {
			t.selected = i
			t.show()
			return true
		}
	}
	return false
}

// Move moves the cursor by delta rows and reports whether it moved.
func (t *Table[T]) Move(delta int) bool {
	was := t.selected
	t.selected = min(max(t.selected+delta, 0), len(t.shown)-1)
	t.show()
	return t.selected != was
}

// Top moves the cursor to the first row.
func (t *Table[T]) Top() bool { return t.Move(-len(t.shown)) }

// Bottom moves the cursor to the last row.
func (t *Table[T]) Bottom() bool { return t.Move(len(t.shown)) }

// Page moves the cursor by delta screens.
func (t *Table[T]) Page(delta int) bool { return t.Move(delta * max(t.rowsHeight()-1, 1)) }

func (t *Table[T]) rowsHeight() int {
	if t.titles {
		return max(t.h-1, 0)
	}
	return t.h
}

// apply makes shown of all, and puts the cursor where it belongs.
func (t *Table[T]) apply() {
	before, cursor := t.shown, t.selected
	t.shown = t.all
	if want, invert := strings.CutPrefix(strings.ToLower(t.filter), "!"); want != "" {
		t.shown = nil
		for _, row := range t.all {
			if t.contains(row, want) != invert {
				t.shown = append(t.shown, row)
			}
		}
	}
	t.selected = t.follow(before, cursor)
	t.show()
}

// show moves the window to where the row under the cursor is seen.
func (t *Table[T]) show() {
	height := t.rowsHeight()
	if height == 0 {
		return
	}
	t.scroll.SetSize(height, len(t.shown))
	if t.selected >= 0 {
		t.scroll.Show(t.selected)
	}
}

// Visible are the rows in the window.
func (t *Table[T]) Visible() []T {
	from := min(t.scroll.Offset(), len(t.shown))
	return t.shown[from:min(from+t.rowsHeight(), len(t.shown))]
}

func (t *Table[T]) contains(row T, lower string) bool {
	for _, c := range t.columns {
		cell := c.Cell(row)
		if strings.Contains(strings.ToLower(cell.Text+cell.Unit), lower) {
			return true
		}
	}
	return false
}

// follow finds the row that was at cursor, or its nearest neighbour that is
// still there.
func (t *Table[T]) follow(before []T, cursor int) int {
	if len(t.shown) == 0 {
		return -1
	}
	if cursor < 0 || cursor >= len(before) {
		return 0
	}
	now := make(map[string]int, len(t.shown))
	for i, row := range t.shown {
		if id := t.id(row); now[id] == 0 {
			now[id] = i + 1
		}
	}
	for i := cursor; i < len(before); i++ {
		if at := now[t.id(before[i])]; at > 0 {
			return at - 1
		}
	}
	for i := cursor - 1; i >= 0; i-- {
		if at := now[t.id(before[i])]; at > 0 {
			return at - 1
		}
	}
	return min(cursor, len(t.shown)-1)
}

// measure finds the widest cell of each column. Of very many rows the first
// ones speak for the rest.
func (t *Table[T]) measure() {
	const enough = 2000
	for i, c := range t.columns {
		t.content[i] = 0
		if t.titles {
			t.content[i] = term.Width(c.Title)
		}
		for _, row := range t.all[:min(len(t.all), enough)] {
			cell := c.Cell(row)
			t.content[i] = max(t.content[i], term.Width(term.Clean(cell.Text))+term.Width(term.Clean(cell.Unit)))
		}
	}
}
