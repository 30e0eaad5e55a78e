package change

import (
	"fmt"
	"net/http"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// request is what would be sent now.
func (d *dialog) request() request {
	r := request{do: d.do, resourceType: d.resourceType, in: d.in}
	if aidbox.SupportsCorrelation(d.m.version) {
		r.correlation = strings.TrimSpace(d.correlation.Value())
	}
	if d.do != create {
		r.id, r.absent = d.id, d.absent
	}
	if d.base != nil && d.do != create {
		r.version, r.previous = d.base.VersionID, d.base.Raw
	}
	return r
}

// submit sends what stands here, once it is known to be right. What is not is
// sent only when that was asked for twice: the server decides.
func (d *dialog) submit() tea.Cmd {
	if d.sending {
		return nil
	}
	if err := checkCorrelation(d.correlation.Value()); err != nil {
		d.moveTo(onCorrelation)
		d.say(theme.Bad, err.Error())
		return nil
	}
	switch {
	case d.awaits(forBase) || d.awaits(forNewBase):
		d.intent = true
		return nil
	case d.awaits(forText):
		d.say(theme.Warn, "Wait for the newest "+d.resourceType)
		return nil
	case d.choosing():
		d.moveTo(onID)
		d.say(theme.Warn, "Choose which "+d.resourceType+" to "+d.do.String()+", or type its id")
		return nil
	case d.do == remove:
		d.askDelete()
		return nil
	case d.hidden():
		d.say(theme.Warn, maskedText)
		return nil
	case d.found.stamp != d.stamp():
		d.intent = true
		return d.checkNow()
	}
	if n := len(d.found.problems); n > 0 && d.anyway != d.stamp() {
		d.anyway = d.stamp()
		d.moveTo(onText)
		d.editor.GoTo(d.found.problems[0].line)
		d.say(theme.Text, "")
		d.later = nil // they were not for that line
		return nil
	}
	r := d.request()
	r.text, r.raw, r.loaded = d.editor.Value(), d.found.raw, d.loaded
	return d.sendIt(r)
}

func (d *dialog) sendIt(r request) tea.Cmd {
	d.sending = true
	d.refused = nil
	d.say(theme.Text, "")
	return d.send(r)
}

// askDelete asks before something is gone.
func (d *dialog) askDelete() {
	r := d.request()
	held := "Version " + d.base.VersionID
	if d.base.VersionID == "" {
		held = "What was read"
	}
	if name := about(d.m.mask.JSON(d.base.Raw)); name != "" {
		held += ", " + name + ","
	}
	d.confirm = widget.NewConfirm(widget.ConfirmOptions{
		Question: "Delete " + d.reference() + "?",
		Lost: []string{
			held + " will be gone: reading it answers 410 Gone. Its history stays.",
			"What refers to it leads nowhere then.",
		},
		Preview: append([]string{r.do.method() + " " + r.path()}, r.headers()...),
	})
}

func (d *dialog) confirmKey(k tea.KeyMsg) tea.Cmd {
	cmd := d.confirm.Update(k)
	yes, answered := d.confirm.Answer()
	if !answered {
		return cmd
	}
	d.confirm = nil
	if yes {
		return tea.Batch(cmd, d.sendIt(d.request()))
	}
	return cmd
}

// failed takes why it was not done: a refusal stands at the lines that it
// speaks of, and the text stays as it was sent. What was typed meanwhile was not
// for where the cursor is now.
func (d *dialog) failed(s sent) {
	d.sending, d.later = false, nil
	switch {
	case aidbox.IsPreconditionFailed(s.err):
		d.say(theme.Bad, s.request.conflict())
	case len(s.refused.at)+len(s.refused.loose) == 0:
		d.say(theme.Bad, d.m.mask.Failure(s.err.Error()))
	default:
		d.complained(s)
		d.anyway = d.stamp()
	}
}

// conflict says what 412 means.
func (r request) conflict() string {
	reference := r.resourceType + "/" + r.id
	switch {
	case r.do == create || r.version == "":
		return statusText(http.StatusPreconditionFailed) + ": something else was changing it at the same time; nothing was done, ctrl+s sends it again"
	case r.do == remove:
		return fmt.Sprintf("%s: somebody changed or deleted %s after version %s was read, so nothing was deleted. enter on its id shows it as it is now",
			statusText(http.StatusPreconditionFailed), reference, r.version)
	}
	return fmt.Sprintf("%s: somebody changed or deleted %s after version %s was read, so nothing was updated. enter on its id reads it again, and your text stays under yours",
		statusText(http.StatusPreconditionFailed), reference, r.version)
}

// complaint is a refusal with the lines that it speaks of; loose are the
// sentences that speak of none.
type complaint struct {
	at    []refusal
	loose []string
}

// complain finds the lines.
func complain(text string, e *aidbox.Error) complaint {
	var c complaint
	if len(e.Outcome.Issues) == 0 {
		return c
	}
	lines := strings.Split(text, "\n")
	locator := widget.NewLocator([]byte(text))
	for _, i := range e.Outcome.Issues {
		line, ok := -1, false
		for _, expression := range i.Expression {
			if line, ok = locator.Line(expression); ok {
				break
			}
		}
		if ok && line < len(lines) {
			c.at = append(c.at, refusal{problem{line, i.Sentence()}, lines[line]})
		} else {
			c.loose = append(c.loose, i.Sentence())
		}
	}
	return c
}

// complained shows a refusal at its lines, but for what R4 says there already;
// what speaks of no line is said below.
func (d *dialog) complained(s sent) {
	known := map[string]bool{}
	for _, p := range d.found.problems {
		known[p.text] = true
	}
	for _, r := range s.refused.at {
		if !known[r.text] {
			d.refused = append(d.refused, r)
		}
	}
	d.setMarks()
	e := refusedBy(s.err)
	said := "Aidbox refused it: " + statusText(e.Status)
	if len(s.refused.at) > 0 {
		first := s.refused.at[0].line
		d.moveTo(onText)
		d.editor.GoTo(first)
		said += fmt.Sprintf(", see line %d", first+1)
	}
	if len(s.refused.loose) > 0 {
		said += ": " + maskedSentences(d.m.mask, s.refused.loose)
	}
	d.say(theme.Bad, said)
}
