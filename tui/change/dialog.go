package change

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

const patient = "Patient"

// small is a text, in bytes, that is read and written in no time.
const small = 16 << 10

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
	// base is what is updated or deleted, as it was read. absent says that the
	// server has nothing under the id, so that an update creates it.
	base   *aidbox.Resource
	absent bool

	place                    place
	kind, which, correlation textinput.Model
	types                    *widget.Table[string]
	ids                      *widget.Table[candidate]
	newest                   []candidate
	// moved says that the cursor of a list was moved since its field has the
	// keys, fresh that nothing was typed into the field: typing replaces it.
	moved, fresh bool
	before       *widget.Table[entry] // the history, while it is open
	view         widget.Scroll        // of what is deleted

	asked     uint64
	rewriting uint64
	awaited   [purposes]uint64
	ctx       context.Context
	cancel    context.CancelFunc
	checking  bool
	due       stamp
	found     found
	refused   []refusal // what the server said of the text, at its lines

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

func (d *dialog) stamp() stamp {
	s := stamp{text: d.editor.Revision() + 1, do: d.do, resourceType: d.resourceType, id: d.id, in: d.in, absent: d.absent, world: d.m.world.revision}
	if d.base != nil {
		s.version = d.base.VersionID
	}
	return s
}

// choosing says that what is updated or deleted is not known yet.
func (d *dialog) choosing() bool { return d.do != create && d.base == nil && !d.absent }

// creates says that there is something more when it was done.
func (d *dialog) creates() bool { return d.do == create || d.absent }

// hidden says that the text may not be shown.
func (d *dialog) hidden() bool { return d.loaded && d.m.mask.On }

func (d *dialog) awaits(p purpose) bool { return d.awaited[p] != 0 }

func (d *dialog) say(role theme.Role, text string) { d.role, d.said = role, text }

// waits says that the keys are kept until what was asked for is there.
func (d *dialog) waits() bool { return d.sending || d.intent || d.hold }

// Done says that the root may take it away.
func (d *dialog) Done() bool { return d.done }

// Typed are the keys that were typed while the change was made, for what comes
// after it.
func (d *dialog) Typed() []tea.KeyMsg { return d.later }

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
	d.m.history.add(entry{at: d.m.now, do: d.do, resourceType: d.resourceType, id: d.id, text: d.own.text, in: d.own.in, loaded: d.own.loaded, about: about(d.found.raw)})
	return widget.Send(widget.Notify{Role: theme.Faint, Text: "What was typed is kept: c, then ctrl+r"})
}

// Init checks what the dialog begins with.
func (d *dialog) Init() tea.Cmd { return d.recheck() }

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
	case rewritten:
		if msg.dialog == d && msg.number == d.rewriting {
			d.hold = false
			d.rewrote(msg)
		}
	case data.Mask:
		d.newest = nil // it was not masked, or need not be
		d.matchIDs()
	case checkDue:
		if msg.dialog == d && msg.stamp == d.stamp() && msg.stamp != d.found.stamp {
			cmd = d.checkNow()
		}
	case checked:
		if msg.dialog == d {
			cmd = d.take(msg.found)
		}
	case sent:
		if msg.dialog == d && msg.err != nil {
			d.failed(msg)
		}
	case widget.Finished:
		d.done = true
		d.cancel()
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
	d.absent = false
	if v == create {
		d.base = nil
		if d.own != nil && !d.own.loaded {
			return d.setSource(fromHere)
		}
		return d.begin()
	}
	if d.base != nil {
		if v == update {
			return d.fill(d.base.Raw, fromServer, true)
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
		return d.begin()
	}
	d.base, d.absent, d.id, d.newest = nil, false, "", nil
	d.which.SetValue("")
	d.matchIDs()
	return d.askNewest(forChoice, newestCount)
}

// choose reads what is to be updated or deleted.
func (d *dialog) choose(id string) tea.Cmd {
	d.keep()
	d.id, d.base, d.absent = id, nil, false
	d.say(theme.Text, "")
	return d.askBase(forBase)
}

// answer takes what was read.
func (d *dialog) answer(a answer) tea.Cmd {
	d.hold = false
	if a.err != nil && d.do == update && (a.purpose == forBase || a.purpose == forNewBase) && (aidbox.IsNotFound(a.err) || aidbox.IsGone(a.err)) {
		return d.missing(a)
	}
	if a.err != nil {
		d.intent, d.later = false, nil
		if errors.Is(a.err, context.Canceled) {
			return nil
		}
		if a.purpose == forText {
			return d.instead(theme.Bad, d.m.mask.Failure(a.err.Error()))
		}
		d.say(theme.Bad, d.m.mask.Failure(a.err.Error()))
		if aidbox.IsNotFound(a.err) && a.purpose != forChoice {
			d.say(theme.Bad, fmt.Sprintf("%s is not there: choose another, or type its id", d.reference()))
		}
		if d.choosing() {
			d.moveTo(onID)
		}
		return nil
	}
	switch a.purpose {
	case forChoice:
		d.newest = nil
		for i, r := range a.found {
			d.newest = append(d.newest, candidate{id: r.ID, version: r.VersionID, at: r.LastUpdated, about: a.about[i]})
		}
		d.matchIDs()
		d.settle()
	case forText:
		if len(a.found) == 0 {
			return d.instead(theme.Warn, "There is no "+d.resourceType+" on the server yet")
		}
		if d.m.mask.On {
			return d.instead(theme.Warn, maskedText)
		}
		d.say(theme.Faint, "Like "+a.found[0].Reference()+", as a new one")
		return d.fill(asNew(a.found[0].Raw), fromNewest, true)
	case forBase, forNewBase:
		d.base = &a.found[0]
		d.which.SetValue(d.id)
		d.view = widget.Scroll{}
		var cmd tea.Cmd
		if d.do == update && a.purpose == forBase {
			cmd = d.fill(d.base.Raw, fromServer, true)
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
		return cmd
	}
	return nil
}

// missing lets a resource be created under an id that the server has nothing
// under.
func (d *dialog) missing(a answer) tea.Cmd {
	d.absent, d.intent = true, false
	d.which.SetValue(d.id)
	var cmd tea.Cmd
	if a.purpose == forBase {
		if cmd = d.begin(); d.own != nil && !d.own.loaded {
			cmd = d.setSource(fromHere)
		}
	}
	if d.place == onID {
		d.moveTo(onText)
	}
	if aidbox.IsGone(a.err) {
		d.say(theme.Warn, d.reference()+" was deleted: sending this brings it back")
	} else {
		d.say(theme.Warn, d.reference()+" is not there yet: sending this creates it")
	}
	return cmd
}

func (d *dialog) reference() string { return d.resourceType + "/" + d.id }

// settle puts the keys where something can be done with them.
func (d *dialog) settle() {
	if !slices.Contains(d.places(), d.place) {
		d.moveTo(onID)
	}
}
