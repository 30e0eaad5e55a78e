package widget

import "strconv"

// Scroll is a window over lines. It does not hold them: the lines may change
// between two drawings, and only those in the window need to be made.
type Scroll struct {
	offset, height, total int
}

// SetSize sets the lines that the window shows and those that there are.
func (s *Scroll) SetSize(height, total int) {
	s.height, s.total = max(height, 0), max(total, 0)
	s.Move(0)
}

// Offset is the first line in the window.
func (s *Scroll) Offset() int { return s.offset }

// Move moves the window by delta lines and reports whether it moved.
func (s *Scroll) Move(delta int) bool {
	was := s.offset
	s.offset = max(0, min(s.offset+delta, s.total-s.height))
	return s.offset != was
}

// Page moves by delta windows, less the line that both show.
func (s *Scroll) Page(delta int) bool { return s.Move(delta * max(s.height-1, 1)) }

// Top moves to the first line.
func (s *Scroll) Top() bool { return s.Move(-s.offset) }

// Bottom moves to the last line.
func (s *Scroll) Bottom() bool { return s.Move(s.total) }

// Show moves as little as shows line i.
func (s *Scroll) Show(i int) bool {
	switch {
	case i < s.offset:
		return s.Move(i - s.offset)
	case i >= s.offset+s.height:
		return s.Move(i - s.offset - s.height + 1)
	}
	return false
}

// Lines returns what the window shows of lines, at most height of them.
func (s *Scroll) Lines(lines []string, height int) []string {
	s.SetSize(height, len(lines))
	return lines[s.offset:min(s.offset+s.height, len(lines))]
}

// Position says what is seen, "12-40 of 200", or nothing when all is.
func (s *Scroll) Position() string {
	if s.total <= s.height {
		return ""
	}
	return strconv.Itoa(s.offset+1) + "-" + strconv.Itoa(s.offset+s.height) + " of " + strconv.Itoa(s.total)
}
