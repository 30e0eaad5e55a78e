package widget

import (
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
)

// KeyLine draws the keys of actions on the left and those of extra on the
// right, on one line exactly w wide. Keys that cannot work now are faint.
// What does not fit is left out from the end of actions; an action of extra
// goes when nothing else is left.
func KeyLine(th theme.Theme, actions, extra Actions, w int) string {
	left, right := keyItems(th, actions), keyItems(th, extra)
	const edge = 1
	room := w - 2*edge
	for len(left) > 0 && itemsWidth(left)+itemsWidth(right)+columnGap > room {
		left = left[:len(left)-1]
	}
	for len(right) > 0 && itemsWidth(left)+itemsWidth(right) > room {
		right = right[:len(right)-1]
	}
	line := term.Pad(edge) + joinItems(left) +
		term.Pad(room-itemsWidth(left)-itemsWidth(right)) + joinItems(right)
	return term.Fit(line, w)
}

type keyItem struct {
	text  string
	width int
}

func keyItems(th theme.Theme, actions Actions) []keyItem {
	var out []keyItem
	for _, a := range actions {
		h := a.Binding.Help()
		if !a.Binding.Enabled() || h.Key == "" {
			continue
		}
		words := h.Desc
		if words == "" {
			words = a.Name
		}
		k, words := term.Clean(h.Key), term.Clean(words)
		role := theme.Key
		if a.Blocked() != "" {
			role = theme.Faint
		}
		out = append(out, keyItem{
			text:  th.Paint(role, k) + " " + th.Paint(theme.Faint, words),
			width: term.Width(k) + 1 + term.Width(words),
		})
	}
	return out
}

func itemsWidth(items []keyItem) int {
	n := 0
	for _, it := range items {
		n += it.width + columnGap
	}
	return max(n-columnGap, 0)
}

func joinItems(items []keyItem) string {
	s := ""
	for i, it := range items {
		if i > 0 {
			s += term.Pad(columnGap)
		}
		s += it.text
	}
	return s
}
