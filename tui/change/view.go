package change

import (
	"fmt"
	"strings"

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
	if d.before != nil {
		return widget.Title{Text: "Sent before"}
	}
	switch d.do {
	case create:
		t.Text = "Create " + article(d.resourceType)
	case update:
		t.Text = "Update " + d.named()
		if d.absent {
			t.Text = "Create " + d.reference()
		}
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
	case d.choosing():
	case d.do == remove:
		t.Right = "version " + d.base.VersionID
	case d.hidden():
		t.Right = "MASKED"
	case n > 0:
		t.Right, t.Bad = plural(n, "problem"), true
	case d.found.raw != nil && d.m.world.r4 != nil:
		t.Right = "valid R4"
		if d.do == update && d.base != nil && d.base.VersionID != "" {
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
		if d.do == update {
			d.ids.SetEmpty("The server has no " + d.resourceType + " to choose; type an id: it is created if it is not there.")
		}
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
		switch {
		case l.wrong:
			role = theme.Warn
		case l.fires:
			role = theme.OK
		}
		out = append(out, th.Paint(role, term.Cut(term.Clean(l.long), w)))
	}
	return out
}
