package widget

import (
	"fmt"
	"maps"
	"strings"

	"github.com/charmbracelet/huh"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
)

// preview keeps the lines for the values that they were made of.
type preview struct {
	values Values
	lines  []string
}

func (f *Form) previewLines() []string {
	if f.Preview == nil {
		return nil
	}
	values := f.Values()
	if f.preview.values == nil || !maps.Equal(values, f.preview.values) {
		f.preview = preview{values: values, lines: f.Preview(maps.Clone(values))}
	}
	return f.preview.lines
}

const formIndent = 1

// Lines draws the form: exactly h lines, each exactly w wide. The field that
// has the keys is always seen.
func (f *Form) Lines(th theme.Theme, w, h int) []string {
	if w <= 0 || h <= 0 {
		return make([]string, max(h, 0))
	}
	f.theme(th)
	all, from, to := f.draw(th, w)
	f.scroll.SetSize(h, len(all))
	f.scroll.Show(to)
	f.scroll.Show(from)
	out := make([]string, h)
	for i, l := range f.scroll.Lines(all, h) {
		out[i] = term.Fit(term.Pad(formIndent)+l, w)
	}
	for i := len(all); i < h; i++ {
		out[i] = term.Pad(w)
	}
	return out
}

// Height is the number of lines that the form needs when it is w wide.
func (f *Form) Height(th theme.Theme, w int) int {
	f.theme(th)
	all, _, _ := f.draw(th, w)
	return len(all)
}

// draw makes all lines, and says which are those of the field that has the
// keys. What is above the first field belongs to it.
func (f *Form) draw(th theme.Theme, w int) (all []string, from, to int) {
	inner := max(w-2*formIndent, 1)
	for _, s := range f.errors {
		for i, l := range term.Wrap(term.Clean(s), max(inner-2, 1)) {
			sign := "  "
			if i == 0 {
				sign = toastSign(theme.Bad)
			}
			all = append(all, th.Paint(theme.Bad, sign+l))
		}
	}
	if len(all) > 0 {
		all = append(all, "")
	}
	labels, values, first := f.labelWidth(w), f.Values(), true
	for i, p := range f.fields {
		if !p.shown(values) {
			continue
		}
		start := len(all)
		all = append(all, p.lines(th, i == f.at && !f.submitted, labels, inner)...)
		if i == f.at {
			from, to = start, len(all)-1
			if first {
				from = 0
			}
		}
		first = first && p.Kind == Note
	}
	if lines := f.previewLines(); len(lines) > 0 {
		all = append(all, "")
		for _, l := range lines {
			all = append(all, th.Paint(theme.Faint, term.Clean(l)))
		}
	}
	return all, from, to
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

// lines draws one field: its label, its value beside it, and below what helps
// or what is wrong.
func (p *field) lines(th theme.Theme, focused bool, labels, w int) []string {
	if p.Kind == Note {
		return append(paintLines(th, theme.Faint, p.Field.Value, w), "")
	}
	const gap = 2
	width := max(w-labels-gap, 1)
	role := theme.Faint
	if focused {
		role = theme.Accent
	}
	var out []string
	for i, v := range p.valueLines(th, focused, width) {
		label := term.Pad(labels)
		if i == 0 {
			label = th.Paint(role, term.Fit(term.Clean(p.Label), labels))
		}
		out = append(out, label+term.Pad(gap)+v)
	}
	for _, l := range p.below(th, focused, width) {
		out = append(out, term.Pad(labels+gap)+l)
	}
	return out
}

func (p *field) valueLines(th theme.Theme, focused bool, w int) []string {
	switch p.Kind {
	case Select:
		labels := make([]string, len(p.Options))
		for i, o := range p.Options {
			labels[i] = term.Clean(o.label())
		}
		return []string{choices(th, labels, p.option(), focused, w)}
	case YesNo:
		at := 1
		if p.yes {
			at = 0
		}
		return []string{choices(th, []string{"yes", "no"}, at, focused, w)}
	}
	p.edit.WithWidth(w)
	lines := strings.Split(p.edit.View(), "\n")
	if p.Kind == Input {
		lines = lines[:1]
	}
	for i, l := range lines {
		lines[i] = term.Fit(l, w)
	}
	return lines
}

// below is a refusal, once the keys have left the field or enter was pressed
// in it, or what helps while it has them.
func (p *field) below(th theme.Theme, focused bool, w int) []string {
	var out []string
	if p.err != nil && p.left {
		out = paintLines(th, theme.Bad, toastSign(theme.Bad)+p.err.Error(), w)
	}
	if !focused {
		return out
	}
	if c := p.candidates(); len(c) > 0 {
		text := "tab completes: " + strings.Join(c[:min(len(c), 20)], "  ")
		return append(out, th.Paint(theme.Faint, term.Cut(term.Clean(text), w)))
	}
	help := p.Help
	if i := p.option(); i >= 0 && p.Options[i].Help != "" {
		help = p.Options[i].Help
	}
	if help != "" {
		out = append(out, paintLines(th, theme.Faint, help, w)...)
	}
	return out
}

func paintLines(th theme.Theme, role theme.Role, text string, w int) []string {
	var out []string
	for _, part := range term.CleanLines(text) {
		for _, l := range term.Wrap(part, max(w, 1)) {
			out = append(out, th.Paint(role, l))
		}
	}
	return out
}

// choices draws all labels with a sign before each, or the chosen one alone
// where they do not fit.
func choices(th theme.Theme, labels []string, at int, focused bool, w int) string {
	on, off := "●", "○"
	if !term.Narrow() {
		on, off = "*", "-"
	}
	chosen := theme.Text
	if focused {
		chosen = theme.Accent
	}
	need := 0
	for _, l := range labels {
		need += term.Width(l) + 4
	}
	if need-2 > w && at >= 0 {
		return term.Cut(th.Paint(theme.Faint, "< ")+th.Paint(chosen, labels[at])+
			th.Paint(theme.Faint, fmt.Sprintf(" >  %d of %d", at+1, len(labels))), w)
	}
	parts := make([]string, len(labels))
	for i, l := range labels {
		if i == at {
			parts[i] = th.Paint(chosen, on+" "+l)
		} else {
			parts[i] = th.Paint(theme.Faint, off+" "+l)
		}
	}
	return term.Cut(strings.Join(parts, "  "), w)
}

// theme gives huh the theme once: it does not take another.
func (f *Form) theme(th theme.Theme) {
	if f.themed {
		return
	}
	f.themed = true
	styles := huh.FieldStyles{TextInput: huh.TextInputStyles{
		Cursor:      th.Text,
		CursorText:  th.Text,
		Placeholder: th.Faint,
		Prompt:      th.Text,
		Text:        th.Text,
	}}
	t := &huh.Theme{Focused: styles, Blurred: styles}
	for _, p := range f.fields {
		if p.edit != nil {
			p.edit.WithTheme(t)
		}
	}
}
