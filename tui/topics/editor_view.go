package topics

import (
	"errors"
	"strings"

	"aidbox-nats/aidbox/criteria"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

const (
	editorWidth = 100
	// panelLeast and panelMost bound the lines about the criterion.
	panelLeast, panelMost = 2, 6
	// formLeast and requestLeast are what is seen of the fields and of the
	// request before the other has more, requestSpare the room for it to grow.
	formLeast, requestLeast, requestSpare = 7, 4, 4
	// valuesAt is where the values of the form begin: behind its longest label.
	valuesAt = len("resource type") + 2
)

// drawnAnew says that the dialog has another width.
type drawnAnew struct{}

// View draws the trial, or the form, what is known of the criterion, and the
// request.
func (d *editor) View(th theme.Theme, w, h int) []string {
	if d.trial != nil {
		return d.trial.View(th, w, h)
	}
	w = min(w, editorWidth)
	inner := max(w-2, 1)
	width := max(inner-2, 1)
	if value := width - valuesAt; value != d.width {
		d.width = value
		d.form.Update(drawnAnew{}) // a hint depends on it
	}
	lines := d.panelLines(th, width)
	if len(lines) > 0 {
		d.panel = min(max(d.panel, len(lines), panelLeast), panelMost)
	}
	d.request.Set(d.draft.request(d.form.Values(), d.over))
	form, panel, request := d.form.Height(th, inner), 0, d.request.Height(width)+1
	if d.panel > 0 {
		panel = d.panel + 1
	}
	d.box = max(d.box, form+panel+request+requestSpare)
	room := max(min(h, d.box+2)-2, 1)
	panel = min(panel, max(room-formLeast, 0))
	form = min(form, max(room-panel-requestLeast, formLeast), room)
	body := d.form.Lines(th, inner, form)
	if panel > 1 {
		body = append(body, " "+ruled(th, "criterion", false, width))
		for i := range panel - 1 {
			line := ""
			if i < len(lines) {
				line = " " + lines[i]
			}
			body = append(body, line)
		}
	}
	for _, l := range d.request.Lines(th, width, room-len(body)) {
		body = append(body, " "+l)
	}
	return widget.Frame(th, d.form.Title(), 0, true, w, room+2, body)
}

// panelLines tell more of the criterion under the hands than has room beneath
// its field: where it is wrong, or which part of it decided.
func (d *editor) panelLines(th theme.Theme, w int) []string {
	var out []string
	if d.said != "" {
		out = painted(th, theme.Warn, "! "+d.said, w)
	}
	if d.slot < 0 || !d.draft.slots[d.slot].alive {
		return out
	}
	v := d.form.Values()
	source := v[fieldCriteria(d.slot)]
	j, ok := d.judgement(d.slot, v)
	var syntax *criteria.SyntaxError
	switch {
	case !ok:
	case errors.As(j.wrong, &syntax) && !d.beneath(source, syntax):
		out = append(out, placeLines(th, source, syntax, w)...)
	case j.tried && (len(j.part.Parts) > 0 && !j.part.Verdict.Fires() || j.part.Err != ""):
		out = append(out, treeLines(th, d.m.mask, j.part, w)...)
	}
	return out
}

// ruled is a line with a name in it, in the accent where the hands are.
func ruled(th theme.Theme, name string, focused bool, w int) string {
	line, word := theme.Border, theme.Faint
	if focused {
		line, word = theme.BorderFocus, theme.Accent
	}
	across := "─"
	if !term.Narrow() {
		across = "-"
	}
	head := across + " "
	rest := max(w-term.Width(head)-term.Width(name)-1, 0)
	return term.Fit(th.Paint(line, head)+th.Paint(word, name+" ")+th.Paint(line, strings.Repeat(across, rest)), w)
}
