package change

import (
	"fmt"
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
		r.id = d.id
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
	what := d.resourceType + "/" + d.id
	held := "Version " + d.base.VersionID
	if d.base.VersionID == "" {
		held = "What was read"
	}
	if name := about(d.m.mask.JSON(d.base.Raw)); name != "" {
		held += ", " + name + ","
	}
	d.confirm = widget.NewConfirm(widget.ConfirmOptions{
		Question: "Delete " + what + "?",
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

// ended takes how the request ended: a refusal stands at the lines that it
// speaks of, and the text stays.
func (d *dialog) ended(s sent) {
	d.sending = false
	if s.err == nil {
		d.done = true
		d.cancel()
		return
	}
	refused := refusedBy(s.err)
	if refused == nil || len(refused.Outcome.Issues) == 0 || s.request.do == remove {
		d.say(theme.Bad, d.m.mask.Text(s.err.Error()))
		return
	}
	d.placeRefusal(s.request, refused)
	d.anyway = d.stamp()
}

// placeRefusal puts the sentences of a refusal at their lines; what speaks of no
// line is said below.
func (d *dialog) placeRefusal(r request, e *aidbox.Error) {
	known := map[string]bool{}
	for _, p := range d.found.problems {
		known[p.text] = true
	}
	lines := strings.Split(r.text, "\n")
	locator := widget.NewLocator([]byte(r.text))
	var loose []string
	first := -1
	for _, i := range e.Outcome.Issues {
		sentence := i.Sentence()
		line, ok := -1, false
		for _, expression := range i.Expression {
			if line, ok = locator.Line(expression); ok {
				break
			}
		}
		if !ok || line >= len(lines) {
			loose = append(loose, sentence)
			continue
		}
		if first < 0 {
			first = line
		}
		if !known[sentence] {
			d.refused = append(d.refused, refusal{problem{line, sentence}, lines[line]})
		}
	}
	d.setMarks()
	if first >= 0 {
		d.moveTo(onText)
		d.editor.GoTo(first)
	}
	said := "Aidbox refused it: " + statusText(e.Status)
	if first >= 0 {
		said += fmt.Sprintf(", see line %d", first+1)
	}
	if len(loose) > 0 {
		said += ": " + strings.Join(loose, "; ")
	}
	if aidbox.IsPreconditionFailed(e) && r.do == update {
		said += fmt.Sprintf(". Somebody changed %s/%s after it was read: enter on its id reads it again, and your text stays under yours", r.resourceType, r.id)
	}
	d.say(theme.Bad, d.m.mask.Text(said))
}

// newIDs is the list to choose from.
func (d *dialog) newIDs() *widget.Table[candidate] {
	return widget.NewTable([]widget.Column[candidate]{
		{Flex: 1, Cell: func(c candidate) widget.Cell { return widget.Cell{Text: c.id} }},
		{Drop: 2, Cell: func(c candidate) widget.Cell {
			switch {
			case c.typed:
				return widget.Cell{Text: "as typed", Role: theme.Faint}
			case c.version == "":
				return widget.Cell{}
			}
			return widget.Cell{Text: "version " + c.version, Role: theme.Faint}
		}},
		{Right: true, Drop: 1, Cell: func(c candidate) widget.Cell {
			if c.at.IsZero() {
				return widget.Cell{}
			}
			return widget.Cell{Text: widget.Age(d.m.now.Sub(c.at)) + " ago", Role: theme.Faint}
		}},
		{Flex: 1, Drop: 3, Cell: func(c candidate) widget.Cell { return widget.Cell{Text: c.about} }},
	}, func(c candidate) string { return c.id })
}

// openHistory shows what was sent from here.
func (d *dialog) openHistory() {
	if len(d.m.history.entries) == 0 {
		d.say(theme.Faint, "Nothing was sent from here yet")
		return
	}
	d.before = widget.NewTable([]widget.Column[entry]{
		{Cell: func(e entry) widget.Cell {
			return widget.Cell{Text: e.at.Local().Format("15:04:05"), Role: theme.Faint}
		}},
		{Cell: func(e entry) widget.Cell {
			role := theme.OK
			switch {
			case !e.sent:
				role = theme.Faint
			case e.failed != "":
				role = theme.Bad
			}
			return widget.Cell{Text: e.result(), Role: role}
		}},
		{Flex: 2, Cell: func(e entry) widget.Cell { return widget.Cell{Text: e.what()} }},
		{Flex: 1, Drop: 1, Cell: func(e entry) widget.Cell { return widget.Cell{Text: e.about(d.m.mask), Role: theme.Faint} }},
	}, func(e entry) string { return fmt.Sprint(e.number) })
	d.before.SetRows(d.m.history.entries)
	d.say(theme.Text, "")
}

func (d *dialog) historyKey(k tea.KeyMsg) tea.Cmd {
	e, ok := d.before.Selected()
	switch k.String() {
	case "esc", "ctrl+r", "q":
		d.before = nil
	case "enter":
		if d.before = nil; ok {
			return d.again(e)
		}
	default:
		if move, ok := widget.Motions(d.before, nil).Match(k); ok {
			return move.Run()
		}
	}
	return nil
}

// again puts what was sent before into the dialog, to send it again or to edit
// it. What it changes is read anew.
func (d *dialog) again(e entry) tea.Cmd {
	if e.loaded && d.m.mask.On {
		d.say(theme.Warn, maskedText)
		return nil
	}
	d.keep()
	d.awaited = [purposes]uint64{}
	d.do, d.resourceType, d.id, d.base, d.in = e.do, e.resourceType, e.id, nil, e.in
	d.kind.SetValue(e.resourceType)
	d.which.SetValue(e.id)
	if e.do == remove {
		return d.choose(e.id)
	}
	d.from = fromHere
	if last, ok := d.m.history.last(); ok && last.number == e.number {
		d.from = fromLast
	}
	d.setText(e.text, e.loaded)
	d.moveTo(onText)
	if e.do == update {
		return d.askBase(forNewBase)
	}
	return nil
}
