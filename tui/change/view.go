package change

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/bubbles/textinput"

	"aidbox-nats/aidbox"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

const (
	widest = 104
	indent = 1
	// bodyLeast is how many lines of the text are seen before anything else
	// has room, bodyBegin those that the box begins with.
	bodyLeast, bodyBegin = 3, 10
	// gaps are the empty lines between the parts, bodySpare the lines that the
	// text has besides its least before there are any.
	gaps, bodySpare = 3, 5
	// saidMost bounds the lines of what is told below the text.
	saidMost = 4
)

// View draws the request: what and on what, the request line with its headers,
// the text, and below it what is wrong and which topics would fire.
func (d *dialog) View(th theme.Theme, w, h int) []string {
	w = min(w, widest)
	inner := max(w-2-2*indent, 1)
	if d.confirm != nil {
		foot := d.topicLines(th, inner)
		n := min(d.confirm.Height(w-2), h-2)
		lines := d.confirm.Fit(th, w-2, n)
		if n+1+len(foot) <= h-2 {
			lines = append(lines, "")
			for _, l := range foot {
				lines = append(lines, term.Pad(indent)+l)
			}
		}
		return widget.Frame(th, d.title(), 0, true, w, len(lines)+2, lines)
	}
	head, request, foot := d.headLines(th, inner), d.requestLines(th, inner), d.footLines(th, inner)
	room := h - 2
	s := share(room, len(head), len(request), len(foot))
	rest := s.head + s.request + s.foot
	if s.gaps {
		rest += gaps
	}
	d.tall = max(d.tall, rest+d.bodyWant(th, inner))
	body := max(min(s.body, d.tall-rest), 1)

	var lines []string
	add := func(ls ...string) {
		for _, l := range ls {
			lines = append(lines, term.Pad(indent)+l)
		}
	}
	add(head[:s.head]...)
	if s.gaps {
		add("")
	}
	add(request[:s.request]...)
	if s.gaps {
		add("")
	}
	add(d.bodyLines(th, inner, body)...)
	if s.gaps {
		add("")
	}
	add(foot[:s.foot]...)
	return widget.Frame(th, d.title(), 0, true, w, min(h, len(lines)+2), lines)
}

// shares says how the lines of the box are shared.
type shares struct {
	head, request, body, foot int
	gaps                      bool
}

func share(room, head, request, foot int) shares {
	take := func(n int) int {
		n = max(min(n, room), 0)
		room -= n
		return n
	}
	s := shares{body: take(bodyLeast)}
	s.request = take(min(request, 1))
	s.foot = take(min(foot, 1))
	s.head = take(head)
	s.foot += take(foot - s.foot)
	s.request += take(request - s.request)
	if room >= gaps+bodySpare {
		s.gaps = true
		room -= gaps
	}
	s.body += take(room)
	return s
}

// bodyWant is how many lines the text would like to have.
func (d *dialog) bodyWant(th theme.Theme, w int) int {
	switch {
	case d.before != nil, d.place == onType, d.choosing():
		return bodyBegin + 2
	case d.do == remove:
		return len(d.heldLines(th, w))
	}
	n := d.editor.LineCount() + 1
	for _, sentences := range d.editor.Marks() {
		n += 2 * len(sentences)
	}
	return max(n, bodyBegin)
}

func (d *dialog) title() widget.Title {
	t := widget.Title{}
	switch d.do {
	case create:
		t.Text = "Create " + article(d.resourceType)
	case update:
		t.Text = "Update " + d.named()
	case remove:
		t.Text = "Delete " + d.named()
	}
	n := len(d.found.problems)
	switch {
	case d.sending:
		t.Right = "sending"
	case d.awaits(forBase), d.awaits(forNewBase):
		t.Right = "reading " + d.resourceType + "/" + d.id
	case d.awaits(forChoice), d.awaits(forText):
		t.Right = "reading the newest"
	case d.before != nil, d.choosing():
	case d.do == remove:
		t.Right = "version " + d.base.VersionID
	case d.hidden():
		t.Right = "MASKED"
	case n > 0:
		t.Right, t.Bad = plural(n, "problem"), true
	case d.found.raw != nil && d.m.world.r4 != nil:
		t.Right = "valid R4"
		if d.do == update && d.base.VersionID != "" {
			t.Right = "version " + d.base.VersionID + "  valid R4"
		}
	}
	t.Right = term.Clean(t.Right)
	return t
}

func (d *dialog) named() string {
	if d.id == "" || d.base == nil {
		return article(d.resourceType)
	}
	return d.resourceType + "/" + d.id
}

// article is a type as a word: "a patient", "an observation".
func article(resourceType string) string {
	var b strings.Builder
	for i, r := range resourceType {
		if r >= 'A' && r <= 'Z' {
			if i > 0 {
				b.WriteByte(' ')
			}
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	word := b.String()
	if word != "" && strings.ContainsRune("aeio", rune(word[0])) {
		return "an " + word
	}
	return "a " + word
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

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

// bodyLines are h lines: the text, or the list that is chosen from.
func (d *dialog) bodyLines(th theme.Theme, w, h int) []string {
	switch {
	case d.before != nil:
		d.before.SetSize(w, h)
		return d.before.Lines(th, true)
	case d.place == onType:
		d.types.SetEmpty("R4 has no such type; the server may. enter takes it as it is typed.")
		d.types.SetSize(w, h)
		return d.types.Lines(th, true)
	case d.choosing() && (d.awaits(forBase) || d.awaits(forNewBase)):
		return sized([]string{th.Paint(theme.Faint, "Reading "+term.Clean(d.resourceType+"/"+d.id))}, w, h)
	case d.choosing(), d.place == onID:
		d.ids.SetEmpty("The server has no " + d.resourceType + " to choose; type an id.")
		if d.awaits(forChoice) {
			d.ids.SetEmpty("Reading the newest")
		}
		d.ids.SetSize(w, h)
		return d.ids.Lines(th, d.place == onID)
	case d.do == remove:
		return sized(d.view.Lines(d.heldLines(th, w), h), w, h)
	case d.hidden():
		return sized(paragraph(th, theme.Warn, maskedText, w), w, h)
	}
	return d.editor.Lines(th, d.place == onText && !d.sending, w, h)
}

// heldLines are what would be deleted.
func (d *dialog) heldLines(th theme.Theme, w int) []string {
	if d.base == nil {
		return nil
	}
	key := held{d.base, d.m.mask.On, th}
	if d.held != key || d.heldText == nil {
		d.held, d.heldText = key, widget.JSON(th, d.m.mask.JSON(d.base.Raw))
	}
	return d.heldText
}

func sized(lines []string, w, h int) []string {
	out := make([]string, h)
	for i := range out {
		if i < len(lines) {
			out[i] = term.Fit(lines[i], w)
		} else {
			out[i] = term.Pad(w)
		}
	}
	return out
}

func paragraph(th theme.Theme, role theme.Role, text string, w int) []string {
	var out []string
	for _, l := range term.Wrap(term.Clean(text), max(w, 1)) {
		out = append(out, th.Paint(role, l))
	}
	return out
}

// footLines tell what is wrong, and which topics would fire.
func (d *dialog) footLines(th theme.Theme, w int) []string {
	if d.before != nil {
		return d.historyFoot(th, w)
	}
	var out []string
	signed := func(role theme.Role, sign, text string) {
		lines := paragraph(th, role, sign+text, w)
		if len(lines) > saidMost {
			lines = lines[:saidMost]
			lines[saidMost-1] = term.Cut(lines[saidMost-1], w-2) + th.Paint(role, " "+term.Ellipsis())
		}
		out = append(out, lines...)
	}
	switch {
	case d.said != "" && d.role == theme.Bad:
		signed(theme.Bad, "✗ ", d.said)
	case d.said != "" && d.role == theme.Warn:
		signed(theme.Warn, "! ", d.said)
	case d.said != "":
		signed(d.role, "", d.said)
	}
	if text := d.problemText(); text != "" && (d.said == "" || d.role != theme.Bad) {
		signed(theme.Warn, "! ", text)
	}
	if out = append(out, d.topicLines(th, w)...); len(out) == 0 {
		out = []string{""}
	}
	return out
}

func (d *dialog) problemText() string {
	n := len(d.found.problems)
	switch {
	case n == 0 || d.choosing() || d.do == remove || d.hidden():
		return ""
	}
	text := fmt.Sprintf("%s by R4, the first in line %d", plural(n, "problem"), d.found.problems[0].line+1)
	if d.found.raw == nil {
		text = fmt.Sprintf("Line %d is no %s", d.found.problems[0].line+1, d.in)
	}
	if d.anyway == d.stamp() {
		text += ". ctrl+s again sends it anyway: the server decides."
	}
	return text
}

// topicLines say which topics would fire.
func (d *dialog) topicLines(th theme.Theme, w int) []string {
	if d.choosing() || d.hidden() && d.do != remove || d.found.raw == nil && d.do != remove {
		return nil
	}
	var out []string
	for i, l := range d.found.topics {
		if i == maxTold && len(d.found.topics) > maxTold+1 {
			out = append(out, th.Paint(theme.Faint, fmt.Sprintf("%d more topics", len(d.found.topics)-i)))
			break
		}
		role := theme.Text
		if l.fires {
			role = theme.OK
		}
		out = append(out, th.Paint(role, term.Cut(term.Clean(l.long), w)))
	}
	return out
}

// historyFoot tells of the entry under the cursor.
func (d *dialog) historyFoot(th theme.Theme, w int) []string {
	e, ok := d.before.Selected()
	switch {
	case !ok:
		return []string{""}
	case e.failed != "":
		lines := paragraph(th, theme.Bad, "✗ "+d.m.mask.Text(e.failed), w)
		return lines[:min(len(lines), saidMost)]
	case e.said != "":
		lines := paragraph(th, theme.Faint, e.said, w)
		return lines[:min(len(lines), saidMost)]
	}
	return []string{th.Paint(theme.Faint, "not sent, "+widget.Bytes(int64(len(e.text)))+" of "+e.in.String())}
}
