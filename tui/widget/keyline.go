package widget

import (
	"cmp"
	"slices"

	"github.com/charmbracelet/bubbles/key"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
)

// KeyLine draws the keys of actions on the left and those of extra on the
// right, on one line exactly w wide. Keys that cannot work now are faint.
//
// Where not all fit, those of enter and esc come first, "…" marks that some
// are left out, and what goes is, in this order: the last of actions, the last
// of extra, esc, enter. Actions are thus given with what matters most first.
func KeyLine(th theme.Theme, actions, extra Actions, w int) string {
	left, right := keyItems(th, actions), keyItems(th, extra)
	const edge = 1
	room := w - 2*edge
	if keysWidth(left, right) > room {
		left, right = fewerKeys(th, left, right, room)
	}
	line := term.Pad(edge) + joinItems(left) +
		term.Pad(room-itemsWidth(left)-itemsWidth(right)) + joinItems(right)
	return term.Fit(line, w)
}

// keysWidth is what both sides take with the gap between them.
func keysWidth(left, right []keyItem) int {
	n := itemsWidth(left) + itemsWidth(right)
	if len(left) > 0 && len(right) > 0 {
		n += columnGap
	}
	return n
}

// fewerKeys leaves out what has no room, and ends the left side with a mark.
func fewerKeys(th theme.Theme, left, right []keyItem, room int) (_, _ []keyItem) {
	slices.SortStableFunc(left, func(a, b keyItem) int { return cmp.Compare(a.rank, b.rank) })
	mark := keyItem{text: th.Paint(theme.Faint, term.Ellipsis()), width: 1, rank: keyRanks}
	for {
		marked := append(left[:len(left):len(left)], mark)
		switch last := len(left) - 1; {
		case keysWidth(marked, right) <= room:
			return marked, right
		case last >= 0 && left[last].rank == keyOther:
			left = left[:last]
		case len(right) > 0:
			right = right[:len(right)-1]
		case last >= 0:
			left = left[:last]
		default:
			return nil, nil
		}
	}
}

// The ranks of keys, those that stay longest first.
const (
	keyEnter = iota
	keyEsc
	keyOther
	keyRanks
)

func keyRank(b key.Binding) int {
	switch {
	case slices.Contains(b.Keys(), "enter"):
		return keyEnter
	case slices.Contains(b.Keys(), "esc"):
		return keyEsc
	}
	return keyOther
}

type keyItem struct {
	text  string
	width int
	rank  int
}

func keyItems(th theme.Theme, actions Actions) []keyItem {
	var out []keyItem
	for _, a := range actions {
		h := a.Binding.Help()
		if !a.Binding.Enabled() || h.Key == "" || a.Moves {
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
			rank:  keyRank(a.Binding),
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
