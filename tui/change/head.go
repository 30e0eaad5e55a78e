package change

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/bubbles/textinput"

	"aidbox-nats/aidbox"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
)

// headLines are the fields: on what, then with which text, each on more
// lines where there is no room.
func (d *dialog) headLines(th theme.Theme, w int) []string {
	const gap = 4
	var out []string
	for _, row := range [][]place{{onVerb, onType, onID}, {onSource, onFormat, onCorrelation}} {
		line, used := "", 0
		for _, p := range row {
			text := d.fieldText(th, p, w)
			n := term.Width(text)
			if n == 0 {
				continue
			}
			if used > 0 && used+gap+n > w {
				out = append(out, line)
				line, used = "", 0
			}
			if used > 0 {
				line += term.Pad(gap)
				used += gap
			}
			line += text
			used += n
		}
		if used > 0 {
			out = append(out, line)
		}
	}
	return out
}

func (d *dialog) fieldText(th theme.Theme, p place, w int) string {
	switch p {
	case onVerb:
		return d.choices(th, p, "do  ", w, int(d.do), create.String(), update.String(), remove.String())
	case onType:
		return d.inputText(th, p, "type", &d.kind, min(max(len(d.kind.Value())+2, 20), 34))
	case onID:
		if d.do != create {
			return d.inputText(th, p, "id", &d.which, 38)
		}
	case onSource:
		if d.do != remove && !d.choosing() {
			all, at := d.sources(), 0
			labels := make([]string, len(all))
			for i, s := range all {
				labels[i] = s.String()
				if s == d.from {
					at = i
				}
			}
			return d.choices(th, p, "text", w, at, labels...)
		}
	case onFormat:
		if d.do != remove && !d.choosing() {
			return d.choices(th, p, "as", w, int(d.in), inJSON.String(), inYAML.String())
		}
	case onCorrelation:
		if aidbox.SupportsCorrelation(d.m.version) {
			return d.inputText(th, p, "correlation id", &d.correlation, 24)
		}
	}
	return ""
}

func (d *dialog) label(th theme.Theme, p place, text string) string {
	role := theme.Faint
	if p == d.place && d.before == nil && !d.sending {
		role = theme.Accent
	}
	return th.Paint(role, text) + " "
}

// choices draws all of them with a sign before each, or the chosen one alone
// where there is no room.
func (d *dialog) choices(th theme.Theme, p place, label string, w, at int, labels ...string) string {
	on, off := "●", "○"
	if !term.Narrow() {
		on, off = "*", "-"
	}
	role := theme.Text
	if p == d.place {
		role = theme.Accent
	}
	parts := make([]string, len(labels))
	width := term.Width(label) + 1 - 2
	for i, l := range labels {
		width += term.Width(l) + 4
		if i == at {
			parts[i] = th.Paint(role, on+" "+l)
		} else {
			parts[i] = th.Paint(theme.Faint, off+" "+l)
		}
	}
	if width > w {
		return d.label(th, p, label) + th.Paint(theme.Faint, "< ") + th.Paint(role, labels[at]) +
			th.Paint(theme.Faint, fmt.Sprintf(" >  %d of %d", at+1, len(labels)))
	}
	return d.label(th, p, label) + strings.Join(parts, "  ")
}

func (d *dialog) inputText(th theme.Theme, p place, label string, in *textinput.Model, w int) string {
	if p != d.place || d.before != nil {
		text := term.Middle(term.Clean(in.Value()), w)
		if text == "" {
			text = th.Paint(theme.Faint, "none")
		}
		return d.label(th, p, label) + text
	}
	if d.fresh {
		return d.label(th, p, label) + term.Fit(th.PaintSelected(theme.Accent, term.Middle(term.Clean(in.Value()), w)), w)
	}
	in.Width = w - 1
	in.TextStyle, in.Cursor.TextStyle, in.Cursor.Style = th.Text, th.Text, th.Text
	return d.label(th, p, label) + term.Fit(in.View(), w)
}

// requestLines are the request line and the headers, as a person could have
// typed them.
func (d *dialog) requestLines(th theme.Theme, w int) []string {
	r := d.request()
	if d.do != create && r.id == "" {
		r.id = "…"
	}
	out := []string{term.Cut(th.Paint(theme.Strong, r.do.method())+" "+term.Clean(r.path()), w)}
	line := ""
	for _, h := range r.headers() {
		h = term.Clean(h)
		if line != "" && term.Width(line)+3+term.Width(h) > w {
			out = append(out, th.Paint(theme.Faint, line))
			line = ""
		}
		if line != "" {
			line += "   "
		}
		line += h
	}
	if line != "" {
		out = append(out, th.Paint(theme.Faint, term.Cut(line, w)))
	}
	return out
}
