package widget

import (
	"fmt"
	"maps"
	"strings"

	"github.com/charmbracelet/huh"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
)

const (
	formIndent = 1
	formGap    = 2 // between a label and its value
	// helpLeast and helpMost bound the lines for what helps with a field. As
	// many as the longest help takes are kept free all the time, so that nothing
	// moves when the keys go from field to field.
	helpLeast, helpMost = 2, 4
	// fieldsLeast is how many lines of fields are seen before anything else has
	// room, requestLeast the lines of the request that are seen before more of
	// the fields are.
	fieldsLeast, requestLeast = 4, 4
	// requestBox and requestSpare say how large the request's place is when
	// the form is opened: room to grow while values are typed.
	requestBox, requestSpare = 10, 6
	// errorMost bounds the lines of why one field is refused.
	errorMost = 3
)

// formParts are the lines of a form, not yet brought to a size.
type formParts struct {
	alert    []string // why the last submission failed
	fields   []string
	starts   []int    // the first line of each field that takes keys
	from, to int      // the lines of the field that has the keys
	help     []string // as many as are kept free for it
	request  int      // the lines of the request; zero: none
}

// Lines draws the form: exactly h lines, each exactly w wide. The field that
// has the keys is always seen.
func (f *Form) Lines(th theme.Theme, w, h int) []string {
	if w <= 0 || h <= 0 {
		return make([]string, max(h, 0))
	}
	p := f.parts(th, w)
	inner := max(w-2*formIndent, 1)
	s := p.share(h)
	var all []string
	more := fmt.Sprintf("%s %d more", term.Ellipsis(), len(p.alert)-s.alert)
	for _, l := range atMost(p.alert, s.alert, inner, more) {
		all = append(all, th.Paint(theme.Bad, l))
	}
	seen := s.fields
	if s.fields < len(p.fields) && s.fields >= fieldsLeast {
		seen-- // for the line that says so
	}
	f.scroll.SetSize(seen, len(p.fields))
	f.scroll.Show(p.to)
	f.scroll.Show(p.from)
	all = append(all, f.scroll.Lines(p.fields, seen)...)
	if seen < s.fields {
		all = append(all, th.Paint(theme.Faint, p.unseen(f.scroll.Offset(), seen)))
	}
	if s.gap {
		all = append(all, "")
	}
	all = append(all, p.help[:s.help]...)
	all = append(all, f.request.Lines(th, inner, s.request)...)
	out := make([]string, h)
	for i := range out {
		if i < len(all) {
			out[i] = term.Fit(term.Pad(formIndent)+all[i], w)
		} else {
			out[i] = term.Pad(w)
		}
	}
	return out
}

// unseen says how many fields are above and below n lines from the line first.
func (p *formParts) unseen(first, n int) string {
	above, below := 0, 0
	for _, start := range p.starts {
		switch {
		case start < first:
			above++
		case start >= first+n:
			below++
		}
	}
	var parts []string
	if above > 0 {
		parts = append(parts, fmt.Sprintf("%d more above", above))
	}
	if below > 0 {
		parts = append(parts, fmt.Sprintf("%d more below", below))
	}
	if len(parts) == 0 {
		return term.Ellipsis()
	}
	return term.Ellipsis() + " " + strings.Join(parts, ", ")
}

// Height is the number of lines that the form should have when it is w wide.
// It stays the same while the form is open, but for what no room was kept for:
// why a submission failed, fields that were hidden.
func (f *Form) Height(th theme.Theme, w int) int {
	p := f.parts(th, w)
	rest := 1 + len(p.help)
	if f.boxWidth != w {
		f.boxWidth, f.boxHeight = w, len(p.fields)+rest
		if p.request > 0 {
			f.boxHeight += 1 + max(p.request+requestSpare, requestBox)
		}
	}
	need := len(p.alert) + len(p.fields) + rest
	if p.request > 0 {
		need += 1 + min(p.request, requestLeast)
	}
	f.boxHeight = max(f.boxHeight, need)
	return f.boxHeight
}

// formShare says how the lines of a box are shared.
type formShare struct {
	alert, fields, help, request int
	gap                          bool // an empty line below the fields
}

func (p *formParts) share(h int) formShare {
	var s formShare
	take := func(n int) int {
		n = max(min(n, h), 0)
		h -= n
		return n
	}
	s.fields = take(min(len(p.fields), fieldsLeast))
	s.help = take(len(p.help))
	s.alert = take(len(p.alert))
	if p.request > 0 && h > 1 {
		s.request = take(1 + min(p.request, requestLeast))
	}
	s.fields += take(len(p.fields) - s.fields)
	s.gap = take(1) > 0
	if s.request > 0 {
		s.request += take(h)
	}
	return s
}

// parts makes all lines. What is above the first field belongs to it.
func (f *Form) parts(th theme.Theme, w int) formParts {
	f.theme(th)
	var p formParts
	inner := max(w-2*formIndent, 1)
	for _, s := range f.errors {
		for i, l := range term.Wrap(term.Clean(s), max(inner-2, 1)) {
			sign := "  "
			if i == 0 {
				sign = toastSign(theme.Bad)
			}
			p.alert = append(p.alert, sign+l)
		}
	}
	if len(p.alert) > 0 {
		p.alert = append(p.alert, "")
	}
	labels, values, first := f.labelWidth(w), f.Values(), true
	f.hint(values)
	for i, d := range f.fields {
		if !d.shown(values) {
			continue
		}
		start := len(p.fields)
		if d.Kind != Note {
			p.starts = append(p.starts, start)
		}
		p.fields = append(p.fields, d.lines(th, i == f.at && !f.submitted, labels, inner)...)
		if i == f.at {
			p.from, p.to = start, len(p.fields)-1
			if first {
				p.from = 0
			}
		}
		first = first && d.Kind == Note
	}
	p.help = f.helpLines(th, labels+formGap, inner)
	if f.Preview != nil {
		if f.requested == nil || !maps.Equal(values, f.requested) {
			f.requested = values
			f.request.Set(f.Preview(maps.Clone(values)))
		}
		p.request = f.request.Height(inner)
	}
	return p
}

// helpLines are the lines that are kept free for help, with that of the field
// that has the keys.
func (f *Form) helpLines(th theme.Theme, indent, inner int) []string {
	w := max(inner-indent, 1)
	n := helpLeast
	for _, d := range f.fields {
		for _, text := range d.helps() {
			n = max(n, min(len(wrapped(text, w)), helpMost))
		}
	}
	var lines []string
	if f.leaving {
		lines = append(lines, th.Paint(theme.Warn, term.Cut(toastSign(theme.Warn)+"esc again throws away what is typed", w)))
	}
	if d := f.focused(); d != nil && !f.submitted {
		if c := d.candidates(); len(c) > 0 {
			text := "tab completes: " + strings.Join(c[:min(len(c), 20)], "  ")
			lines = append(lines, th.Paint(theme.Faint, term.Cut(term.Clean(text), w)))
		}
		for _, l := range atMost(wrapped(d.help(), w), n-len(lines), w, term.Ellipsis()) {
			lines = append(lines, th.Paint(theme.Faint, l))
		}
	}
	out := make([]string, n)
	for i := range min(n, len(lines)) {
		out[i] = term.Pad(indent) + lines[i]
	}
	return out
}

func (f *Form) labelWidth(w int) int {
	n := 0
	for _, p := range f.fields {
		if p.Kind != Note {
			n = max(n, term.Width(term.Clean(p.Label)))
		}
	}
	return min(n, 24, max(w/3, 1))
}

// theme gives the fields the theme once: huh does not take another.
func (f *Form) theme(th theme.Theme) {
	if f.themed {
		return
	}
	f.themed = true
	styles := huh.FieldStyles{TextInput: huh.TextInputStyles{
		Cursor:      th.Text,
		CursorText:  th.Text,
		Placeholder: th.Faint.Italic(true),
		Prompt:      th.Text,
		Text:        th.Text,
	}}
	t := &huh.Theme{Focused: styles, Blurred: styles}
	for _, p := range f.fields {
		if p.edit != nil {
			p.edit.WithTheme(t)
		}
		if p.line != nil {
			p.line.TextStyle, p.line.Cursor.TextStyle = th.Text, th.Text
			p.line.PlaceholderStyle, p.line.CompletionStyle = th.Faint.Italic(true), th.Faint
			p.line.Cursor.Style = th.Text
		}
	}
}
