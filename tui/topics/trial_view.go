package topics

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

const (
	trialWidth = 120
	// sideBySide is from which width the two texts stand beside each other.
	sideBySide = 76
	// textLeast is the least room of a text, verdictLeast that of the verdict.
	textLeast, verdictLeast = 5, 3
)

func number(n int) string { return strconv.Itoa(n) }

func statusWord(status string) string {
	if status == "" {
		return "missing"
	}
	return status
}

func typeOf(raw []byte) string {
	var r struct {
		Type string `json:"resourceType"`
	}
	if json.Unmarshal(raw, &r) != nil {
		return ""
	}
	return r.Type
}

// View draws the criterion, the choices, what came out, and the texts.
func (d *trial) View(th theme.Theme, w, h int) []string {
	w = min(w, trialWidth)
	inner := max(w-2, 1)
	body := d.lines(th, max(inner-2, 1), max(h-2, 1))
	for i, l := range body {
		body[i] = term.Fit(" "+l, inner)
	}
	title := widget.Title{Text: "Try " + term.Clean(d.topic.URL), Right: term.Clean(d.trigger().Resource)}
	return widget.Frame(th, title, 0, true, w, h, body)
}

func (d *trial) lines(th theme.Theme, w, h int) []string {
	out := d.criterion(th, w)
	n := d.form.Height(th, w+2)
	if h < 24 {
		n = max(n-1, 4)
	}
	for _, l := range d.form.Lines(th, w+2, n) {
		out = append(out, strings.TrimPrefix(l, " "))
	}
	result := d.result(th, w)
	left := h - len(out)
	room := min(len(result), max(left-1-textLeast-1, verdictLeast))
	seen := d.scroll.Lines(result, room)
	name := "verdict"
	if at := d.scroll.Position(); at != "" {
		name += "  " + at
	}
	out = append(out, ruled(th, name, false, w))
	out = append(out, seen...)
	return append(out, d.texts(th, w, max(h-len(out), 0))...)
}

// criterion is what is tried, on at most three lines.
func (d *trial) criterion(th theme.Theme, w int) []string {
	source := inLine(d.trigger().Criteria)
	if source == "" {
		return []string{th.Paint(theme.Faint, "no criterion")}
	}
	lines := term.Wrap(term.Clean(source), w)
	if len(lines) > 3 {
		lines = lines[:3]
		lines[2] = term.Cut(lines[2], w-2) + term.Ellipsis()
	}
	for i, l := range lines {
		lines[i] = th.Paint(theme.Strong, l)
	}
	return lines
}

// result is what came out: the verdict in words, what stands against it, the
// parts of the criterion.
func (d *trial) result(th theme.Theme, w int) []string {
	var out []string
	for _, s := range d.doubts() {
		out = append(out, painted(th, theme.Warn, "! "+s, w)...)
	}
	if d.unread != nil {
		return append(out, painted(th, theme.Warn, "! "+d.m.mask.Failure(d.unread.Error()), w)...)
	}
	if strings.TrimSpace(d.trigger().Criteria) == "" {
		return append(out, painted(th, theme.OK, "✓ fires: there is no criterion, so every "+d.samples().as+" does", w)...)
	}
	j, ok := d.bench.known()
	switch {
	case !ok:
		return append(out, th.Paint(theme.Faint, "deciding"+term.Ellipsis()))
	case j.wrong != nil:
		return append(out, wrongLines(th, j.source, j.wrong, w)...)
	case j.failed != nil:
		return append(out, painted(th, theme.Warn, "! "+d.m.mask.Failure(j.failed.Error()), w)...)
	}
	if part, ok := d.verdict(); ok {
		out = append(out, verdictLine(th, part))
		out = append(out, treeLines(th, d.m.mask, part, w)...)
	}
	if j.hint != "" {
		out = append(out, painted(th, theme.Warn, "! "+j.hint+": FHIRPath takes it for empty", w)...)
	}
	return out
}

// texts are the resource before and after the change, as far as there is one.
func (d *trial) texts(th theme.Theme, w, h int) []string {
	names, texts := d.samples().sides()
	var note []string
	switch {
	case d.waiting && d.slow:
		note = []string{th.Paint(theme.Faint, "asking Aidbox"+term.Ellipsis())}
	case d.note != "" && d.noteBad:
		note = painted(th, theme.Warn, "! "+d.note, w)
	case d.note != "":
		note = painted(th, theme.Faint, d.note, w)
	}
	if d.zone > 0 && d.zone <= len(texts) {
		if err := texts[d.zone-1].Refused(); err != nil {
			note = append(note, painted(th, theme.Bad, "✗ "+err.Error(), w)...)
		}
	}
	if slices.ContainsFunc(texts, func(t *text) bool { return t.hidden(d.m.mask) }) && d.samples().from != fromTemplate {
		note = append(note, th.Paint(theme.Faint, term.Cut("Shown masked, tried as it is; once you edit it, it is tried as shown.", w)))
	}
	h -= len(note)
	if len(texts) == 2 && w >= sideBySide {
		left := (w - 2) / 2
		x := d.text(th, names[0], texts[0], 1, left, h)
		y := d.text(th, names[1], texts[1], 2, w-2-left, h)
		for i := range x {
			note = append(note, x[i]+"  "+y[i])
		}
		return note
	}
	for i := range texts {
		each := h / len(texts)
		if i == len(texts)-1 {
			each = h - i*each
		}
		note = append(note, d.text(th, names[i], texts[i], i+1, w, each)...)
	}
	return note
}

func (d *trial) text(th theme.Theme, name string, t *text, zone, w, h int) []string {
	if h <= 0 {
		return nil
	}
	focused := d.zone == zone
	out := []string{ruled(th, name, focused, w)}
	if d.m.mask.On && !focused && t.Dirty() {
		// Who types it sees it; others do when the keys have left it.
		out = append(out, d.masked(th, t, w)...)
	} else if t.blank() && !focused && h > 1 {
		out = append(out, term.Fit(th.Paint(theme.Faint, "empty: tab comes here, then paste JSON or YAML"), w))
	} else {
		out = append(out, t.Lines(th, focused, w, h-1)...)
	}
	for len(out) < h {
		out = append(out, term.Pad(w))
	}
	return out[:h]
}

// masked are the lines of a text that was typed, as they may be shown.
func (d *trial) masked(th theme.Theme, t *text, w int) []string {
	raw, err := t.resource()
	if err != nil {
		return []string{term.Fit(th.Paint(theme.Faint, "hidden by the mask"), w)}
	}
	var out []string
	for _, l := range widget.JSON(th, d.m.mask.JSON(raw)) {
		out = append(out, term.Fit(l, w))
	}
	return out
}
