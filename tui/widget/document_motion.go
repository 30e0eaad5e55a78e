package widget

// Move moves the cursor by rows, or the window where the cursor is not in it
// and where there are only words.
func (d *Document) Move(delta int) bool {
	d.make()
	moved := false
	for range max(delta, -delta) {
		if !d.step(delta > 0) {
			break
		}
		moved = true
	}
	return moved
}

// step moves by one row.
func (d *Document) step(down bool) bool {
	delta := -1
	if down {
		delta = 1
	}
	t := d.tree()
	if t == nil {
		return d.scroll.Move(delta)
	}
	top, bottom := d.scroll.Offset(), d.scroll.Offset()+d.H-1
	if row := d.row(d.at); down && row > bottom || !down && row < top {
		return d.scroll.Move(delta)
	}
	if t.Move(delta) {
		d.scroll.Show(d.row(d.at))
		return true
	}
	for i := d.at + delta; i >= 0 && i < len(d.trees); i += delta {
		other := d.trees[i]
		if other == nil {
			continue
		}
		if down {
			other.Top()
		} else {
			other.Bottom()
		}
		// Words between two trees are passed line by line.
		if row := d.row(i); down && row > bottom+1 || !down && row < top-1 {
			return d.scroll.Move(delta)
		}
		d.at = i
		d.scroll.Show(d.row(i))
		return true
	}
	return d.scroll.Move(delta)
}

// Page moves by windows.
func (d *Document) Page(delta int) bool { return d.Move(delta * max(d.H-1, 1)) }

// Top moves to the first row.
func (d *Document) Top() bool { return d.end(true) }

// Bottom moves to the last row.
func (d *Document) Bottom() bool { return d.end(false) }

func (d *Document) end(top bool) bool {
	d.make()
	moved := false
	for i, t := range d.trees {
		if t == nil {
			continue
		}
		if top && !moved {
			moved = t.Top() || d.at != i
			d.at = i
			break
		}
		if !top {
			d.at = i
		}
	}
	if !top {
		if t := d.tree(); t != nil {
			moved = t.Bottom()
		}
		return d.scroll.Bottom() || moved
	}
	return d.scroll.Top() || moved
}
