package widget

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
)

// lines draws one field: its label, its value beside it, and below what helps
// or what is wrong.
func (p *field) lines(th theme.Theme, focused bool, labels, w int) []string {
	if p.Kind == Note {
		var out []string
		for _, l := range wrapped(p.Field.Value, w) {
			out = append(out, th.Paint(theme.Faint, l))
		}
		return append(out, "")
	}
	width := max(w-labels-formGap, 1)
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
		out = append(out, label+term.Pad(formGap)+v)
	}
	for _, l := range p.told(th, width) {
		out = append(out, term.Pad(labels+formGap)+l)
	}
	return out
}

// told is why the value is refused, or else the hint.
func (p *field) told(th theme.Theme, w int) []string {
	if p.err == nil || !p.left {
		return p.hint.lines(th, w)
	}
	var out []string
	for _, l := range atMost(wrapped(toastSign(theme.Bad)+p.err.Error(), w), errorMost, w, term.Ellipsis()) {
		out = append(out, th.Paint(theme.Bad, l))
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
	case Choices:
		return p.marks(th, focused, w)
	}
	var lines []string
	if p.replaces && focused {
		lines = []string{term.Cut(th.PaintSelected(theme.Accent, term.Clean(p.text)), w)}
	} else if p.line != nil {
		p.line.Width = max(w-1, 1) // beside the cursor
		// It is padded without regard to what it suggests.
		lines = []string{ansi.Truncate(p.line.View(), w, "")}
	} else {
		p.edit.WithWidth(w)
		lines = strings.Split(p.edit.View(), "\n")
	}
	for i, l := range lines {
		lines[i] = term.Fit(l, w)
	}
	return lines
}

// marks draws all labels with a box before each, in as many lines as they
// need.
func (p *field) marks(th theme.Theme, focused bool, w int) []string {
	var out []string
	line, used := "", 0
	for i, o := range p.Options {
		text, role := "[ ] "+term.Clean(o.label()), theme.Faint
		if p.on[i] {
			text, role = "[x] "+term.Clean(o.label()), theme.Text
		}
		text = term.Cut(text, w)
		n := term.Width(text)
		if used > 0 && used+formGap+n > w {
			out = append(out, line)
			line, used = "", 0
		}
		if used > 0 {
			line += term.Pad(formGap)
			used += formGap
		}
		if focused && i == p.option() {
			line += th.PaintSelected(theme.Accent, text)
		} else {
			line += th.Paint(role, text)
		}
		used += n
	}
	if len(p.other) > 0 {
		return append(out, line, th.Paint(theme.Faint, term.Cut("and "+term.Clean(strings.Join(p.other, " ")), w)))
	}
	return append(out, line)
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

// helps are all texts that may help with the field.
func (p *field) helps() []string {
	if p.Kind == Note {
		return nil
	}
	out := []string{p.Help}
	for _, o := range p.Options {
		out = append(out, o.Help)
	}
	return out
}

// help is what helps now.
func (p *field) help() string {
	if i := p.option(); i >= 0 && p.Options[i].Help != "" {
		return p.Options[i].Help
	}
	return p.Help
}
