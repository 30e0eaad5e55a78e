package tui

import (
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

const (
	wideWidth = 100 // from here on lists and detail stand side by side
	minWidth  = 60
	minHeight = 12

	frameHeight = 2
	leastHeight = frameHeight + 1
)

// wide says that lists and detail have room side by side: every list keeps its
// frame and one row.
func (m *Model) wide() bool     { return m.w >= wideWidth && m.h >= 2+leastHeight*len(m.slots) }
func (m *Model) tooSmall() bool { return m.w < minWidth || m.h < minHeight }

// body is the place between the status line and the line of keys.
func (m *Model) body() (w, h int) {
	h = m.h - 2
	if !m.wide() {
		h-- // the tabs
	}
	return m.w, max(h, 0)
}

// visible are the slots whose lists can be seen.
func (m *Model) visible() []*slot {
	switch {
	case m.tooSmall():
		return nil
	case m.screen != "", m.zoomed, !m.wide():
		return []*slot{m.current()}
	}
	return m.slots
}

// current is the slot that has the keys.
func (m *Model) current() *slot {
	if s := m.screens[m.screen]; s != nil {
		return s
	}
	return m.slots[m.focus]
}

// focused is the part that has the keys.
func (m *Model) focused() *part {
	s := m.current()
	return s.parts[min(m.part, len(s.parts)-1)]
}

// layout gives every visible part its size.
func (m *Model) layout() {
	if m.w == 0 || m.tooSmall() {
		return
	}
	w, h := m.body()
	if m.zoomed || !m.wide() {
		m.focused().resize(w, h)
		return
	}
	if m.screen != "" {
		left := min(max(w*55/100, 50), 90)
		m.current().list().resize(left, h)
		m.current().detail().resize(w-left, h)
		return
	}
	left := m.leftWidth()
	for i, n := range m.heights(h) {
		m.slots[i].list().resize(left, n)
	}
	top := h
	if feed := m.feed(); feed != nil {
		top = m.detailHeight(h)
		feed.resize(w-left, h-top)
	}
	m.slots[m.focus].detail().resize(w-left, top)
}

func (m *Model) leftWidth() int { return min(max(m.w*33/100, 36), 50) }

// detailHeight leaves the feed the smaller half, and the larger one while the
// keys are in it.
func (m *Model) detailHeight(h int) int {
	if m.focused() == m.feed() {
		return h * 45 / 100
	}
	return h * 58 / 100
}

// feed is the part that stands below the detail whatever is selected.
func (m *Model) feed() *part {
	for _, s := range m.slots {
		if s.feed != nil {
			return s.feed
		}
	}
	return nil
}

// heights shares the left column: every list keeps its title and one row, the
// focused one gets what it needs first, then the others, and what is left over
// goes to the focused one.
func (m *Model) heights(h int) []int {
	out := make([]int, len(m.slots))
	for i := range out {
		out[i] = leastHeight
		h -= out[i]
	}
	grow := func(i, want int) {
		n := max(min(want-out[i], h), 0)
		out[i] += n
		h -= n
	}
	grow(m.focus, m.slots[m.focus].rows()+frameHeight)
	for i, s := range m.slots {
		grow(i, s.rows()+frameHeight)
	}
	for i := range m.slots {
		grow(i, frameHeight+3)
	}
	out[m.focus] += max(h, 0)
	return out
}

// View draws the screen: exactly as many lines as it has, each exactly as wide.
func (m *Model) View() string {
	if m.w == 0 {
		return ""
	}
	if m.tooSmall() {
		text := "The console needs " + size(minWidth, minHeight) + "; this terminal has " + size(m.w, m.h) + ". q quits."
		if said := m.toast.Text(); said != "" {
			text = said + ". " + text
		}
		return strings.Join(fill(term.Wrap(text, m.w), m.w, m.h), "\n")
	}
	lines := []string{m.status.line(m.th, m.o, m.w)}
	w, h := m.body()
	if !m.wide() {
		lines = append(lines, m.tabs())
	}
	lines = append(lines, m.bodyLines(w, h)...)
	lines = append(lines, m.bottom()...)
	return strings.Join(fill(lines, m.w, m.h), "\n")
}

// bodyLines are h lines; View makes them as wide as the screen.
func (m *Model) bodyLines(w, h int) []string {
	var lines []string
	switch {
	case m.help != nil:
		return m.help.view(m, w, h)
	case m.zoomed || !m.wide():
		lines = m.partView(m.current(), m.focused())
	case m.screen != "":
		s := m.current()
		lines = widget.Join(m.partView(s, s.list()), m.partView(s, s.detail()))
	default:
		lines = m.panes()
	}
	lines = append(lines[:min(len(lines), h):min(len(lines), h)], make([]string, max(h-len(lines), 0))...)
	if m.dialog != nil {
		lines = over(lines, m.dialog.View(m.th, w-2, h), w)
	}
	return m.withToast(lines, w)
}

func (m *Model) panes() []string {
	var left []string
	for _, s := range m.slots {
		left = append(left, m.partView(s, s.list())...)
	}
	current := m.slots[m.focus]
	right := m.partView(current, current.detail())
	for _, s := range m.slots {
		if s.feed != nil {
			right = append(right[:len(right):len(right)], m.partView(s, s.feed)...)
		}
	}
	return widget.Join(left, right)
}

func (m *Model) partView(s *slot, p *part) []string {
	number := 0
	for i, x := range m.slots {
		if x == s && p == s.list() {
			number = i + 1
		}
	}
	return p.view(m.th, number, p == m.focused() && m.dialog == nil && m.help == nil)
}

// tabs name the panes where only one of them is seen.
func (m *Model) tabs() string {
	var b strings.Builder
	for i, s := range m.slots {
		title := s.list().pane.Title()
		text := " " + string(rune('1'+i)) + " " + title.Text + " "
		role := theme.Faint
		if m.screen == "" && i == m.focus {
			role = theme.TitleFocus
		}
		b.WriteString(m.th.Paint(role, text))
		if title.Right != "" && !title.Bad {
			b.WriteString(m.th.Paint(theme.Faint, title.Right+" "))
		}
		if title.Bad {
			b.WriteString(m.th.Paint(theme.Bad, "! "))
		}
	}
	if m.screen != "" {
		b.WriteString(m.th.Paint(theme.TitleFocus, " "+m.current().list().pane.Title().Text+" "))
	}
	return term.Fit(b.String(), m.w)
}

// over lays a box over lines, in the middle.
func over(lines, box []string, w int) []string {
	if len(box) == 0 {
		return lines
	}
	boxWidth := term.Width(box[0])
	x, y := max((w-boxWidth)/2, 0), max((len(lines)-len(box))/2, 0)
	out := append([]string(nil), lines...)
	for i, l := range box {
		if y+i >= len(out) {
			break
		}
		if x > 0 { // a blank column keeps it apart from the frames behind
			out[y+i] = splice(out[y+i], " "+l+" ", x-1, boxWidth+2, w)
		} else {
			out[y+i] = splice(out[y+i], l, x, boxWidth, w)
		}
	}
	return out
}

// splice puts box into line at column x.
func splice(line, box string, x, boxWidth, w int) string {
	left := term.Fit(ansi.Truncate(line, x, ""), x)
	right := term.Fit(ansi.TruncateLeft(line, x+boxWidth, ""), max(w-x-boxWidth, 0))
	return left + box + right
}

// leastKeys is the room that the keys keep beside what was said last.
const leastKeys = 36

// withToast lays the lines of an error that is too long for the last line of
// the screen over those above it.
func (m *Model) withToast(lines []string, w int) []string {
	said := m.toast.Lines(m.th, w)
	if len(said) < 2 || m.filter != nil {
		return lines
	}
	said = said[:min(len(said), len(lines))]
	out := append([]string(nil), lines[:len(lines)-len(said)+1]...)
	return append(out, said[:len(said)-1]...)
}

// bottom is the last line: the filter being typed, what was said last with the
// keys beside it, or the keys that work here.
func (m *Model) bottom() []string {
	if m.filter != nil {
		return []string{m.filter.line(m.th, m.w)}
	}
	switch said := m.toast.Lines(m.th, m.w); {
	case len(said) == 0:
		return []string{widget.KeyLine(m.th, m.keys(), m.keysRight(), m.w)}
	case len(said) > 1:
		return said[len(said)-1:]
	}
	line := m.toast.Line(m.th, m.w)
	room := m.w - term.Width(line)
	if room < leastKeys {
		return []string{term.Fit(line, m.w)}
	}
	return []string{line + widget.KeyLine(m.th, m.keys(), m.keysRight(), room)}
}

func size(w, h int) string { return strconv.Itoa(w) + " columns and " + strconv.Itoa(h) + " lines" }
