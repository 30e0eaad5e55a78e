package widget

import tea "github.com/charmbracelet/bubbletea"

// found says which match the cursor is on.
func (d *Document) found() string {
	at, of := 0, 0
	for i, t := range d.trees {
		if t == nil {
			continue
		}
		n, all := t.Match()
		if i == d.at && n > 0 {
			at = of + n
		}
		of += all
	}
	switch {
	case of == 0:
		return "not found"
	case at == 0:
		return Count(int64(of)) + " found"
	}
	return Count(int64(at)) + " of " + Count(int64(of))
}

// Filter is the text that is searched for.
func (d *Document) Filter() string { return d.search }

// SetFilter searches all documents for a text, and goes to the first place
// that has it.
func (d *Document) SetFilter(text string) {
	d.make()
	d.search = text
	first := -1
	for i, t := range d.trees {
		if t != nil && t.SetSearch(text) > 0 && (first < 0 || i == d.at) {
			first = i
		}
	}
	if first >= 0 {
		d.at = first
	}
	d.follow()
}

// next goes to the next place that was searched for, or the one before, round
// over all documents.
func (d *Document) next(delta int) bool {
	d.make()
	t := d.tree()
	if t == nil {
		return false
	}
	at, of := t.Match()
	last := delta > 0 && at == of || delta < 0 && at == 1
	if of > 0 && !last {
		return t.NextMatch(delta)
	}
	n := len(d.trees)
	for i := 1; i <= n; i++ {
		j := ((d.at+i*delta)%n + n) % n
		other := d.trees[j]
		if other == nil {
			continue
		}
		if _, of := other.Match(); of == 0 {
			continue
		}
		d.at = j
		if delta > 0 {
			other.reveal(other.matches[0])
		} else {
			other.reveal(other.matches[len(other.matches)-1])
		}
		return true
	}
	return false
}

func (d *Document) seek(delta int) func() tea.Cmd {
	return func() tea.Cmd {
		if d.next(delta) {
			d.follow()
		}
		return nil
	}
}
