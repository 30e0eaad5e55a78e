package widget

import (
	"strings"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
)

const (
	markWidth = 2 // the sign and a blank, or the cursor behind a sign
	edgeWidth = 1 // between the last column and the frame
	columnGap = 2
	flexLeast = 8
)

// Lines draws the table: as many lines as SetSize said, each exactly as wide.
// The row under the cursor has its own background only while the table has the
// keys; the sign ▸ always says which it is.
func (t *Table[T]) Lines(th theme.Theme, focused bool) []string {
	lines := make([]string, 0, t.h)
	if t.h == 0 {
		return lines
	}
	widths := t.widths()
	if t.titles {
		lines = append(lines, t.titleLine(th, widths))
	}
	for i := t.scroll.Offset(); i < len(t.shown) && len(lines) < t.h; i++ {
		lines = append(lines, t.rowLine(th, widths, i, focused))
	}
	if len(t.shown) == 0 {
		for _, l := range t.emptyLines(t.rowsHeight()) {
			lines = append(lines, term.Fit(term.Pad(min(markWidth, t.w))+th.Paint(theme.Faint, l), t.w))
		}
	}
	for len(lines) < t.h {
		lines = append(lines, term.Pad(t.w))
	}
	return lines
}

func (t *Table[T]) emptyLines(height int) []string {
	text := t.empty
	if len(t.all) > 0 {
		text = "Nothing here matches " + t.filter
	}
	lines := term.Wrap(term.Clean(text), max(t.w-2*markWidth, 1))
	return lines[:min(len(lines), height)]
}

func (t *Table[T]) titleLine(th theme.Theme, widths []int) string {
	var b strings.Builder
	b.WriteString(term.Pad(markWidth))
	for i, c := range t.columns {
		if widths[i] == 0 {
			continue
		}
		title := term.Clean(c.Title)
		if c.Right {
			title = term.FitRight(title, widths[i])
		} else {
			title = term.Fit(title, widths[i])
		}
		b.WriteString(th.Paint(theme.Faint, title))
		b.WriteString(term.Pad(columnGap))
	}
	return term.Fit(strings.TrimRight(b.String(), " "), t.w)
}

func (t *Table[T]) rowLine(th theme.Theme, widths []int, i int, focused bool) string {
	row, cursor := t.shown[i], i == t.selected
	paint := th.Paint
	if cursor && focused {
		paint = th.PaintSelected
	}
	var b strings.Builder
	b.Grow(2 * t.w)
	mark := Cell{Text: " "}
	if t.mark != nil {
		if m := t.mark(row); m.Text != "" {
			mark = m
		}
	}
	next := Cell{Text: " "}
	switch {
	case cursor && mark.Text == " ":
		mark = cursorMark(focused)
	case cursor:
		next = cursorMark(focused)
	}
	b.WriteString(paint(mark.Role, term.Fit(term.Clean(mark.Text), 1)))
	b.WriteString(paint(next.Role, next.Text))
	used := markWidth
	for i, c := range t.columns {
		if widths[i] == 0 {
			continue
		}
		if used > markWidth {
			b.WriteString(paint(theme.Text, term.Pad(columnGap)))
			used += columnGap
		}
		writeCell(&b, paint, c.Cell(row), widths[i], c.Right)
		used += widths[i]
	}
	if used > t.w {
		return term.Fit(b.String(), t.w)
	}
	b.WriteString(paint(theme.Text, term.Pad(t.w-used)))
	return b.String()
}

func cursorMark(focused bool) Cell {
	mark := Cell{Text: ">", Role: theme.Faint}
	if term.Narrow() {
		mark.Text = "▸"
	}
	if focused {
		mark.Role = theme.Accent
	}
	return mark
}

func writeCell(b *strings.Builder, paint func(theme.Role, string) string, c Cell, w int, right bool) {
	text, unit := term.Clean(c.Text), term.Clean(c.Unit)
	textWidth, unitWidth := term.Width(text), term.Width(unit)
	if textWidth+unitWidth > w {
		unit, unitWidth = "", 0
	}
	if textWidth > w {
		text, textWidth = term.Fit(text, w), w
	}
	pad := term.Pad(w - textWidth - unitWidth)
	if right {
		b.WriteString(paint(theme.Text, pad))
	}
	b.WriteString(paint(c.Role, text))
	b.WriteString(paint(theme.Faint, unit))
	if !right {
		b.WriteString(paint(theme.Text, pad))
	}
}

// widths shares the line among the columns. A column that is left out has no
// width.
func (t *Table[T]) widths() []int {
	out := make([]int, len(t.columns))
	for i, c := range t.columns {
		out[i] = c.Width
		if c.Width == 0 {
			out[i] = t.content[i]
			if c.Flex > 0 {
				out[i] = min(t.content[i], flexLeast)
			}
		}
	}
	room := t.w - markWidth - edgeWidth
	for total(out) > room {
		last := -1
		for i, c := range t.columns {
			if out[i] > 0 && c.Drop > 0 && (last < 0 || c.Drop >= t.columns[last].Drop) {
				last = i
			}
		}
		if last < 0 {
			return out
		}
		out[last] = 0
	}
	t.grow(out, room-total(out))
	return out
}

// grow shares spare cells among the flexible columns: first up to what their
// content needs, the rest by their shares.
func (t *Table[T]) grow(widths []int, spare int) {
	wants, shares := 0, 0
	for i, c := range t.columns {
		if c.Flex == 0 || widths[i] == 0 {
			continue
		}
		wants += max(t.content[i]-widths[i], 0)
		shares += c.Flex
	}
	if shares == 0 || spare <= 0 {
		return
	}
	given := 0
	if wants > 0 {
		part := min(spare, wants)
		for i, c := range t.columns {
			if c.Flex > 0 && widths[i] > 0 {
				n := max(t.content[i]-widths[i], 0) * part / wants
				widths[i] += n
				given += n
			}
		}
	}
	rest := spare - given
	for i, c := range t.columns {
		if c.Flex > 0 && widths[i] > 0 {
			n := rest * c.Flex / shares
			rest -= n
			shares -= c.Flex
			widths[i] += n
			if shares == 0 {
				return
			}
		}
	}
}

// total is the width of a line of columns with the gaps between them.
func total(widths []int) int {
	n := 0
	for _, w := range widths {
		if w > 0 {
			n += w + columnGap
		}
	}
	return max(n-columnGap, 0)
}
