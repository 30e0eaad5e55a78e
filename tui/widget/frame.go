package widget

import (
	"strconv"
	"strings"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
)

type border struct{ topLeft, topRight, bottomLeft, bottomRight, across, down string }

func borders() border {
	if term.Narrow() {
		return border{"╭", "╮", "╰", "╯", "─", "│"}
	}
	return border{"+", "+", "+", "+", "-", "|"}
}

// Frame draws body inside a frame of w times h cells: exactly h lines, each
// exactly w wide. The title stands in the upper edge, after number if that is
// not zero. Body lines may be coloured; those that are too many are left out.
func Frame(th theme.Theme, title Title, number int, focused bool, w, h int, body []string) []string {
	if w <= 0 || h <= 0 {
		return make([]string, max(h, 0))
	}
	role := theme.Border
	if focused {
		role = theme.BorderFocus
	}
	lines := make([]string, 0, h)
	lines = append(lines, frameTop(th, title, number, focused, role, w))
	if h == 1 {
		return lines
	}
	b := borders()
	side := th.Paint(role, b.down)
	for i := range h - 2 {
		text := ""
		if i < len(body) {
			text = body[i]
		}
		if w < 2 {
			lines = append(lines, side)
			continue
		}
		lines = append(lines, side+term.Fit(text, w-2)+side)
	}
	bottom := b.bottomLeft
	if w > 1 {
		bottom += strings.Repeat(b.across, w-2) + b.bottomRight
	}
	return append(lines, th.Paint(role, bottom))
}

// frameTop is "╭─ 1 Topics ──────── 2 ─╮". What does not fit goes in the order
// right text, end of the title, position.
func frameTop(th theme.Theme, title Title, number int, focused bool, role theme.Role, w int) string {
	b := borders()
	if w == 1 {
		return th.Paint(role, b.topLeft)
	}
	text := term.Clean(title.Text)
	if number > 0 {
		text = strconv.Itoa(number) + " " + text
	}
	const edges = 4 // both corners with the dash beside them
	room := w - edges - 2
	if text == "" || room < 1 {
		return th.Paint(role, b.topLeft+strings.Repeat(b.across, w-2)+b.topRight)
	}
	right := paintRight(th, title)
	position := th.Paint(theme.Faint, term.Clean(title.Position))
	if right != "" && position != "" {
		right += "  "
	}
	right += position
	if n := term.Width(right); n > 0 && term.Width(text)+n+3 > room {
		right = position
	}
	if n := term.Width(right); n > 0 && term.Width(text)+n+3 > room {
		if room-n-3 >= leastTitle {
			text = term.Cut(text, room-n-3)
		} else {
			right = ""
		}
	}
	text = term.Cut(text, room)
	dashes := room - term.Width(text)
	if right != "" {
		dashes -= term.Width(right) + 2
		right = " " + right + " "
	}
	titleRole := theme.Title
	if focused {
		titleRole = theme.TitleFocus
	}
	return th.Paint(role, b.topLeft+b.across) + " " + th.Paint(titleRole, text) + " " +
		th.Paint(role, strings.Repeat(b.across, dashes)) + right + th.Paint(role, b.across+b.topRight)
}

// leastTitle is how much of a title stays beside a position.
const leastTitle = 8

func paintRight(th theme.Theme, title Title) string {
	right := term.Cut(title.Right, 1<<16)
	switch {
	case strings.Contains(right, "\x1b["):
		return right
	case title.Bad:
		return th.Paint(theme.Bad, right)
	}
	return th.Paint(theme.Faint, right)
}

// Join puts two blocks side by side. The shorter one is continued with blanks
// as wide as its first line.
func Join(left, right []string) []string {
	n := max(len(left), len(right))
	out := make([]string, n)
	lw, rw := blockWidth(left), blockWidth(right)
	for i := range n {
		out[i] = lineAt(left, i, lw) + lineAt(right, i, rw)
	}
	return out
}

func blockWidth(lines []string) int {
	if len(lines) == 0 {
		return 0
	}
	return term.Width(lines[0])
}

func lineAt(lines []string, i, w int) string {
	if i < len(lines) {
		return lines[i]
	}
	return term.Pad(w)
}
