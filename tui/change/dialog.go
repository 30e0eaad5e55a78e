package change

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

const patient = "Patient"

// dialog is a request that is being written. It is the request: what stands in
// it is what is sent.
type dialog struct {
	m *Model

	do           verb
	resourceType string
	id           string
	in           format
	from         source
	editor       *widget.Editor
	// loaded says that the text began as something that the server holds: with
	// the mask on it is not shown, and so not edited.
	loaded bool
	// own is what was typed, while another text is looked at.
	own *kept
	// base is what is updated or deleted, as it was read.
	base *aidbox.Resource

	place                    place
	kind, which, correlation textinput.Model
	types                    *widget.Table[string]
	ids                      *widget.Table[candidate]
	newest                   []aidbox.Resource
	// moved says that the cursor of a list was moved since its field has the
	// keys, fresh that nothing was typed into the field: typing replaces it.
	moved, fresh bool
	before       *widget.Table[entry] // the history, while it is open
	view         widget.Scroll        // of what is deleted

	asked    uint64
	awaited  [purposes]uint64
	ctx      context.Context
	cancel   context.CancelFunc
	checking bool
	due      stamp
	found    found
	refused  []refusal // what the server said of the text, at its lines

	hold     bool // what is typed is for what is awaited
	intent   bool // send when what is awaited is there
	anyway   stamp
	sending  bool
	confirm  *widget.Confirm
	role     theme.Role
	said     string
	done     bool
	later    []tea.KeyMsg // typed while it is checked and sent
	held     held
	heldText []string
	tall     int // lines that the text had at most: the box does not shrink
}

// held says of what heldText was made.
type held struct {
	base   *aidbox.Resource
	masked bool
	th     theme.Theme
}

// kept is a text that was typed.
type kept struct {
	text   string
	in     format
	loaded bool
}

// open begins with what a newcomer needs: a patient with a name, which one key
// creates.
func (m *Model) open() widget.Dialog {
	ctx, cancel := context.WithCancel(context.Background())
	d := &dialog{
		m:            m,
		resourceType: m.lastType,
		in:           m.lastFormat,
		editor:       widget.NewEditor(),
		kind:         input(m.lastType, 100),
		which:        input("", 200),
		correlation:  input(m.propose(), 200),
		ctx:          ctx,
		cancel:       cancel,
	}
	d.types = widget.NewTable([]widget.Column[string]{{Flex: 1, Cell: func(t string) widget.Cell { return widget.Cell{Text: t} }}},
		func(t string) string { return t })
	d.ids = d.newIDs()
	d.begin()
	return d
}

// begin takes the first text there is for the type.
func (d *dialog) begin() {
	d.from = d.sources()[0]
	d.setText(d.textOf(d.from), false)
}

// textOf is a text that needs no server.
func (d *dialog) textOf(s source) string {
	text := template(d.m.world.r4, d.resourceType)
	switch s {
	case fromExample:
		text = example
	case fromNothing:
		text = bare(d.resourceType)
	}
	return d.written([]byte(text))
}

// written is JSON in the format of the dialog.
func (d *dialog) written(raw []byte) string {
	text, err := write(raw, d.in)
	if err != nil {
		d.in = inJSON
		return string(raw)
	}
	return text
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
	const small = 16 << 10
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

func (d *dialog) stamp() stamp {
	s := stamp{text: d.editor.Revision() + 1, do: d.do, resourceType: d.resourceType, id: d.id, in: d.in, world: d.m.world.revision}
	if d.base != nil {
		s.version = d.base.VersionID
	}
	return s
}

// choosing says that what is updated or deleted is not known yet.
func (d *dialog) choosing() bool { return d.do != create && d.base == nil }

// hidden says that the text may not be shown.
func (d *dialog) hidden() bool { return d.loaded && d.m.mask.On }

func (d *dialog) awaits(p purpose) bool { return d.awaited[p] != 0 }

func (d *dialog) say(role theme.Role, text string) { d.role, d.said = role, text }

// waits says that the keys are kept until what was asked for is there.
func (d *dialog) waits() bool { return d.sending || d.intent || d.hold }

// keep keeps what was typed before another text takes its place.
func (d *dialog) keep() {
	if d.from == fromHere && !d.choosing() {
		d.own = &kept{d.editor.Value(), d.in, d.loaded}
	}
}

// Done says that the root may take it away.
func (d *dialog) Done() bool { return d.done }

// Dirty says that something was typed.
func (d *dialog) Dirty() bool { return d.from == fromHere || d.own != nil }

func (d *dialog) close() tea.Cmd {
	d.done, d.later = true, nil
	d.cancel()
	if d.sending || !d.Dirty() {
		return nil
	}
	d.keep()
	if d.own == nil {
		return nil
	}
	d.m.history.add(entry{at: d.m.now, do: d.do, resourceType: d.resourceType, id: d.id, text: d.own.text, in: d.own.in, loaded: d.own.loaded})
	return widget.Send(widget.Notify{Role: theme.Faint, Text: "What was typed is kept: c, then ctrl+r"})
}

// Update takes everything that comes.
func (d *dialog) Update(msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case tea.KeyMsg:
		cmd = d.key(msg)
	case answer:
		if msg.dialog == d && msg.number == d.awaited[msg.purpose] {
			d.awaited[msg.purpose] = 0
			cmd = d.answer(msg)
		}
	case checkDue:
		if msg.dialog == d && msg.stamp == d.stamp() && msg.stamp != d.found.stamp {
			cmd = d.checkNow()
		}
	case checked:
		if msg.dialog == d {
			cmd = d.take(msg.found)
		}
	case sent:
		if msg.dialog == d {
			d.ended(msg)
		}
	}
	if d.done {
		return cmd
	}
	if !d.waits() && len(d.later) > 0 {
		keys := d.later
		d.later = nil
		for _, k := range keys {
			cmd = tea.Batch(cmd, d.key(k))
		}
	}
	return tea.Batch(cmd, d.recheck())
}

func (d *dialog) setVerb(v verb) tea.Cmd {
	d.keep()
	d.do, d.intent, d.hold = v, false, false
	d.awaited = [purposes]uint64{}
	if v == create {
		d.base = nil
		if d.own != nil && !d.own.loaded {
			return d.setSource(fromHere)
		}
		d.begin()
		return nil
	}
	if d.base != nil {
		if v == update {
			d.from = fromServer
			d.setText(d.written(d.base.Raw), true)
		}
		return nil
	}
	if d.id != "" {
		return d.choose(d.id)
	}
	d.newest = nil
	d.matchIDs()
	return d.askNewest(forChoice, newestCount)
}

func (d *dialog) setType(name string) tea.Cmd {
	d.keep()
	d.resourceType = name
	d.awaited = [purposes]uint64{}
	if d.do == create {
		d.begin()
		return nil
	}
	d.base, d.id, d.newest = nil, "", nil
	d.which.SetValue("")
	d.matchIDs()
	return d.askNewest(forChoice, newestCount)
}

// choose reads what is to be updated or deleted.
func (d *dialog) choose(id string) tea.Cmd {
	d.keep()
	d.id, d.base = id, nil
	d.say(theme.Text, "")
	return d.askBase(forBase)
}

func (d *dialog) setFormat(f format) tea.Cmd {
	if d.hidden() {
		d.say(theme.Warn, maskedText)
		return nil
	}
	text, err := convert(d.editor.Value(), d.in, f)
	if err != nil {
		d.say(theme.Warn, "The text stays "+d.in.String()+": "+err.Error())
		return nil
	}
	from := d.from
	d.in = f
	d.setText(text, d.loaded)
	d.from = from
	return nil
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
			d.say(theme.Warn, maskedText)
			return nil
		}
		return d.askNewest(forText, 1)
	case fromLast:
		if e, ok := d.m.history.last(); ok {
			if e.loaded && d.m.mask.On {
				d.say(theme.Warn, maskedText)
				return nil
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
		d.setText(d.written(d.base.Raw), true)
		return nil
	}
	d.setText(d.textOf(s), false)
	return nil
}

const maskedText = "The mask is on: what the server holds is not shown here, and so not edited. esc, then M turns it off"

// answer takes what was read.
func (d *dialog) answer(a answer) tea.Cmd {
	d.hold = false
	if a.err != nil {
		d.intent, d.later = false, nil
		if errors.Is(a.err, context.Canceled) {
			return nil
		}
		d.say(theme.Bad, d.m.mask.Text(a.err.Error()))
		if aidbox.IsNotFound(a.err) && a.purpose != forText && a.purpose != forChoice {
			d.say(theme.Bad, fmt.Sprintf("%s/%s is not there: choose another, or type its id", d.resourceType, d.id))
		}
		if d.choosing() {
			d.moveTo(onID)
		}
		return nil
	}
	switch a.purpose {
	case forChoice:
		d.newest = a.found
		d.matchIDs()
		d.settle()
	case forText:
		if len(a.found) == 0 {
			d.say(theme.Warn, "There is no "+d.resourceType+" on the server yet")
			return nil
		}
		if d.m.mask.On {
			d.say(theme.Warn, maskedText)
			return nil
		}
		d.setText(d.written(asNew(a.found[0].Raw)), true)
		d.say(theme.Faint, "Like "+a.found[0].Reference()+", as a new one")
	case forBase, forNewBase:
		d.base = &a.found[0]
		d.which.SetValue(d.id)
		d.view = widget.Scroll{}
		if d.do == update && a.purpose == forBase {
			d.from = fromServer
			d.setText(d.written(d.base.Raw), true)
		}
		if d.place == onID {
			d.moveTo(onText)
		}
		// What was only read is not sent back.
		send := d.intent && (d.do == remove || a.purpose == forNewBase)
		d.intent = false
		if send {
			return d.submit()
		}
	}
	return nil
}

// settle puts the keys where something can be done with them.
func (d *dialog) settle() {
	if !slices.Contains(d.places(), d.place) {
		d.moveTo(onID)
	}
}
