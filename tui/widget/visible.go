package widget

// Visible are the rows that the last drawing had room for.
func (t *Table[T]) Visible() []T {
	from := min(t.scroll.Offset(), len(t.shown))
	return t.shown[from:min(from+t.rowsHeight(), len(t.shown))]
}
