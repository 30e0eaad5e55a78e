package widget

import (
	"maps"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
)

// hintMost bounds the lines of a hint.
const hintMost = 2

// Hint is what a form says right beneath a field: what follows from the value,
// as far as it is typed. The zero value says nothing and takes no line.
type Hint struct {
	// Text is told in at most two lines.
	Text string
	// Role is how it is shown: [theme.OK], [theme.Warn] and [theme.Bad] bring
	// their sign. Text, the zero value, means faint.
	Role theme.Role
}

// lines draws the hint in lines of at most w cells.
func (h Hint) lines(th theme.Theme, w int) []string {
	role := h.Role
	if role == theme.Text {
		role = theme.Faint
	}
	sign := toastSign(role)
	room := max(w-term.Width(sign), 1)
	var out []string
	for _, l := range atMost(wrapped(h.Text, room), hintMost, room, term.Ellipsis()) {
		out = append(out, th.Paint(role, term.Cut(sign+l, w)))
		sign = term.Pad(term.Width(sign))
	}
	return out
}

// hint asks for the hints of all fields that are shown, if the values are not
// those of the last time.
func (f *Form) hint(v Values) {
	if f.hinted != nil && maps.Equal(v, f.hinted) {
		return
	}
	f.hinted = v
	for _, p := range f.fields {
		p.hint = Hint{}
		if p.Hint != nil && p.Kind != Note && p.shown(v) {
			p.hint = p.Hint(maps.Clone(v))
		}
	}
}

// heard makes the hints and the request anew after a message that is no key:
// what they look at beside the values may have come with it.
func (f *Form) heard(msg tea.Msg) {
	if _, ok := msg.(tea.KeyMsg); !ok {
		f.hinted, f.requested = nil, nil
	}
}
