package change

import (
	"context"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// begin takes the first text there is for the type.
func (d *dialog) begin() tea.Cmd {
	s := d.sources()[0]
	return d.fill([]byte(d.textOf(s)), s, false)
}

// textOf is a text that needs no server.
func (d *dialog) textOf(s source) string {
	switch s {
	case fromExample:
		return example
	case fromNothing:
		return bare(d.resourceType)
	}
	return template(d.m.world.r4, d.resourceType)
}

// rewritten is a text in the format of the dialog.
type rewritten struct {
	dialog *dialog
	number uint64
	text   string
	in     format
	from   source
	loaded bool
	err    error
}

// fill puts JSON into the editor, in the format of the dialog.
func (d *dialog) fill(raw []byte, from source, loaded bool) tea.Cmd {
	r := rewritten{in: d.in, from: from, loaded: loaded}
	return d.rewrite(len(raw), r, func() (string, error) { return write(raw, r.in) })
}

// rewrite puts a text into the editor that is made of another: of a large one
// outside of the loop, while keys wait.
func (d *dialog) rewrite(size int, r rewritten, text func() (string, error)) tea.Cmd {
	d.rewriting++
	r.dialog, r.number = d, d.rewriting
	if size <= small {
		r.text, r.err = text()
		d.rewrote(r)
		return nil
	}
	d.hold = true
	return func() tea.Msg {
		r.text, r.err = text()
		return r
	}
}

func (d *dialog) rewrote(r rewritten) {
	if r.err != nil {
		d.say(theme.Warn, "The text stays as it is: "+r.err.Error())
		return
	}
	d.in, d.from = r.in, r.from
	d.setText(r.text, r.loaded)
}

// setText replaces the text, and puts the cursor where one would begin.
func (d *dialog) setText(text string, loaded bool) {
	if err := d.editor.SetValue(text); err != nil {
		d.say(theme.Bad, "It has "+widget.Bytes(int64(len(text)))+", too much to be edited here: "+err.Error())
		return
	}
	d.loaded, d.refused, d.found = loaded, nil, found{}
	d.editor.GoTo(2)
	if d.from == fromExample {
		for i, line := range strings.Split(text, "\n") {
			if at := strings.Index(line, "smith"); at >= 0 {
				d.editor.GoTo(i)
				for range at + len("smith") {
					d.editor.Update(tea.KeyMsg{Type: tea.KeyRight})
				}
			}
		}
	}
	if d.from != fromHere {
		d.look()
	}
}

// look checks a small text at once: a dialog that opens says what it has.
func (d *dialog) look() {
	text := d.editor.Value()
	if len(text) > small || d.hidden() {
		return
	}
	w := d.m.world
	w.topicsRead = false // criteria are decided outside of the loop
	d.found = w.check(context.Background(), draft{stamp: d.stamp(), text: text})
	d.found.stamp = stamp{}
	d.setMarks()
}

// keep keeps what was typed before another text takes its place.
func (d *dialog) keep() {
	if d.from == fromHere && !d.choosing() {
		d.own = &kept{d.editor.Value(), d.in, d.loaded}
	}
}

func (d *dialog) setFormat(f format) tea.Cmd {
	if d.hidden() {
		d.say(theme.Warn, maskedText)
		return nil
	}
	text, from := d.editor.Value(), d.in
	r := rewritten{in: f, from: d.from, loaded: d.loaded}
	return d.rewrite(len(text), r, func() (string, error) { return convert(text, from, f) })
}

func (d *dialog) setSource(s source) tea.Cmd {
	if s == d.from {
		return nil
	}
	d.keep()
	d.from = s
	d.awaited[forText] = 0
	switch s {
	case fromNewest:
		if d.m.mask.On {
			return d.instead(theme.Warn, maskedText)
		}
		return d.askNewest(forText, 1)
	case fromLast:
		if e, ok := d.m.history.last(); ok {
			if e.loaded && d.m.mask.On {
				return d.instead(theme.Warn, maskedText)
			}
			d.in = e.in
			d.setText(e.text, e.loaded)
		}
		return nil
	case fromHere:
		if d.own != nil {
			d.in = d.own.in
			d.setText(d.own.text, d.own.loaded)
			d.own = nil
		}
		return nil
	case fromServer:
		return d.fill(d.base.Raw, s, true)
	}
	return d.fill([]byte(d.textOf(s)), s, false)
}

// instead puts a bare resource where a text cannot be had, and says why.
func (d *dialog) instead(role theme.Role, why string) tea.Cmd {
	cmd := d.fill([]byte(bare(d.resourceType)), d.from, false)
	d.say(role, why)
	return cmd
}

const maskedText = "The mask is on: what the server holds is not shown here, and so not edited. esc, then M turns it off"
