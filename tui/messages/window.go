package messages

import "slices"

const (
	// windowRows and windowBytes bound the messages that are held.
	windowRows  = 512
	windowBytes = 16 << 20
)

// window is a run of messages as they follow each other in the stream.
type window struct {
	rows          []row
	before, after bool // there are more
	// end is the last sequence of the stream when its end was read; zero while
	// that is not held.
	end uint64
}

// prepend puts older messages before the others, and lets go of the newest
// where there are too many.
func (w *window) prepend(rows []row, more bool) {
	w.rows, w.before = slices.Concat(rows, w.rows), more
	size := 0
	for i, r := range w.rows {
		if size += r.size(); i > 0 && (i >= windowRows || size > windowBytes) && i >= len(rows) {
			w.rows, w.after, w.end = slices.Clone(w.rows[:i]), true, 0
			return
		}
	}
}

// append puts newer messages behind the others, and lets go of the oldest
// where there are too many.
func (w *window) append(rows []row, more bool, end uint64) {
	w.rows, w.after, w.end = slices.Concat(w.rows, rows), more, end
	size := 0
	for i := len(w.rows) - 1; i >= 0; i-- {
		held := len(w.rows) - i
		if size += w.rows[i].size(); held > 1 && (held > windowRows || size > windowBytes) && held > len(rows) {
			w.rows, w.before = slices.Clone(w.rows[i+1:]), true
			return
		}
	}
}

// size is what is held, in bytes.
func (w *window) size() int {
	n := 0
	for _, r := range w.rows {
		n += r.size()
	}
	return n
}

// change puts other rows in the place of those that are held.
func (w *window) change(f func(row) row) {
	w.rows = slices.Clone(w.rows)
	for i, r := range w.rows {
		w.rows[i] = f(r)
	}
}

// remove takes a message out.
func (w *window) remove(seq uint64) {
	w.rows = slices.DeleteFunc(slices.Clone(w.rows), func(r row) bool { return r.Seq == seq })
}

// index is the place of a sequence in rows, or of the next one; ok says that it
// is there.
func index(rows []row, seq uint64) (at int, ok bool) {
	return slices.BinarySearchFunc(rows, seq, func(r row, seq uint64) int {
		switch {
		case r.Seq < seq:
			return -1
		case r.Seq > seq:
			return 1
		}
		return 0
	})
}
