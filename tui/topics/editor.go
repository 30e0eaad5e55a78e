package topics

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/widget"
)

var editorKeys = struct{ add, remove, try key.Binding }{
	add:    key.NewBinding(key.WithKeys("ctrl+n"), key.WithHelp("ctrl+n", "add trigger")),
	remove: key.NewBinding(key.WithKeys("ctrl+x"), key.WithHelp("ctrl+x", "remove trigger")),
	try:    key.NewBinding(key.WithKeys("ctrl+t"), key.WithHelp("ctrl+t", "try it")),
}

// typedMost bounds the keys that are kept while a topic is being sent.
const typedMost = 500

// editor is the dialog in which a topic is written: its form, below it what is
// known of the criterion under the hands, over it the trial.
type editor struct {
	m     *Model
	draft *draft
	form  *widget.Form
	trial *trial
	// alone says that the trial was opened from outside, and closes it all.
	alone bool

	request widget.RequestBox

	slot    int     // the trigger that the hands were in last; -1: none
	benches []bench // of the slots
	width   int     // the cells that a value has, as drawn last
	panel   int     // the most lines that it has had, of this trigger
	box     int     // the most lines that the dialog has had
	said    string
	over    bool   // put over whatever the server holds by now
	forced  string // the request that is sent although it is in doubt
	typed   []tea.KeyMsg
	done    bool
}

func (m *Model) newEditor(old *aidbox.Topic) *editor {
	d := &editor{m: m, draft: newDraft(old)}
	d.benches = make([]bench, len(d.draft.slots))
	d.form = d.draft.form(m, d.hints())
	d.slot = d.draft.first()
	return d
}

// open is the dialog of a new topic.
func (m *Model) open() widget.Dialog { return m.newEditor(nil) }

// edit is the dialog of the selected topic.
func (m *Model) edit() widget.Dialog {
	t, _ := m.Selected()
	return m.newEditor(&t)
}

// try is the trial of the selected topic, with its editor behind it.
func (m *Model) try() widget.Dialog {
	t, _ := m.Selected()
	d := m.newEditor(&t)
	d.alone = true
	d.trial = newTrial(m, t, 0)
	return d
}

// Update takes a message of the root.
func (d *editor) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case widget.Finished:
		return d.finished(msg)
	case judged:
		for i := range d.benches {
			d.benches[i].take(msg)
		}
		d.form.Update(msg) // its hints tell of it
		return d.toTrial(msg)
	case sampled:
		return d.toTrial(msg)
	case tea.KeyMsg:
		if d.trial != nil {
			return d.tried(msg)
		}
		return d.key(msg)
	}
	// The first judgement of a dialog begins here too, with the clock: a dialog
	// has no command of its own when it is opened.
	if d.trial != nil {
		return d.trial.judge()
	}
	if defs, ok := msg.(data.Definitions); ok {
		d.complete(defs)
	}
	if d.form.Done() {
		return nil
	}
	return tea.Batch(d.form.Update(msg), d.judge())
}

// complete takes the types of R4 when they come after the form was opened.
func (d *editor) complete(defs data.Definitions) {
	if defs.R4 == nil {
		return
	}
	d.m.r4 = defs.R4
	for i := range d.draft.slots {
		d.form.Suggest(fieldType(i), defs.R4.Types())
	}
}

func (d *editor) toTrial(msg tea.Msg) tea.Cmd {
	if d.trial == nil {
		return nil
	}
	return d.trial.Update(msg)
}

// tried gives a key to the trial, and takes its place when it is closed.
func (d *editor) tried(k tea.KeyMsg) tea.Cmd {
	cmd := d.trial.Update(k)
	if !d.trial.closed {
		return cmd
	}
	edit := d.trial.edit
	d.trial = nil
	if d.alone && !edit {
		d.done = true
		return cmd
	}
	d.alone = false
	if edit {
		d.form.GoTo(fieldCriteria(d.slot))
	}
	return tea.Batch(cmd, d.judge())
}

func (d *editor) key(k tea.KeyMsg) tea.Cmd {
	sending := d.form.Done()
	d.said = ""
	switch {
	case sending:
		if len(d.typed) < typedMost {
			d.typed = append(d.typed, k)
		}
	case d.request.Key(k):
		return nil
	case key.Matches(k, editorKeys.add):
		return d.add()
	case key.Matches(k, editorKeys.remove):
		return d.remove()
	case key.Matches(k, editorKeys.try):
		return d.try()
	}
	cmd := d.form.Update(k)
	if i := slotOf(d.form.At()); i >= 0 {
		d.enter(i)
	}
	switch {
	case d.form.Cancelled():
		d.done, d.typed = true, nil
		return cmd
	case !sending && d.form.Done():
		return tea.Batch(cmd, d.send())
	}
	return tea.Batch(cmd, d.judge())
}

// enter says which trigger the hands are in. The panel is that one's.
func (d *editor) enter(slot int) {
	if slot != d.slot {
		d.slot, d.panel = slot, 0
	}
}

func (d *editor) add() tea.Cmd {
	i := d.draft.add()
	if i < 0 {
		d.said = fmt.Sprintf("%d triggers were added: save the topic, then add more", spare)
		return nil
	}
	d.form.GoTo(fieldType(i))
	d.enter(i)
	return d.judge()
}

func (d *editor) remove() tea.Cmd {
	i := slotOf(d.form.At())
	if i < 0 {
		d.said = "the keys are in no trigger: tab goes to one"
		return nil
	}
	d.draft.slots[i].alive = false
	d.enter(d.draft.beside(i))
	if d.slot < 0 || !d.form.GoTo(fieldType(d.slot)) {
		d.form.GoTo("url")
	}
	return d.judge()
}

// try opens the trial of the trigger under the hands.
func (d *editor) try() tea.Cmd {
	v := d.form.Values()
	t := d.draft.topic(v)
	if d.slot < 0 || len(t.Triggers) == 0 {
		d.said = "there is no trigger to try: ctrl+n adds one"
		return nil
	}
	if !judgeable(d.m.r4, strings.TrimSpace(v[fieldType(d.slot)])) {
		d.said = "R4 has no resource type " + strings.TrimSpace(v[fieldType(d.slot)]) + ": only the server can try it"
		return nil
	}
	at := 0
	for i := range d.draft.slots[:d.slot] {
		if d.draft.slots[i].alive {
			at++
		}
	}
	d.trial = newTrial(d.m, t, at)
	return d.trial.judge()
}

// judge asks for what is to be known of the criteria.
func (d *editor) judge() tea.Cmd {
	v := d.form.Values()
	var cmds []tea.Cmd
	for i, s := range d.draft.slots {
		if !s.alive {
			continue
		}
		q := question{resourceType: strings.TrimSpace(v[fieldType(i)]), source: v[fieldCriteria(i)]}
		if judgeable(d.m.r4, q.resourceType) {
			sample := d.m.samplesOf(q.resourceType, interaction(v[fieldOn(i)]))
			// What cannot be read is not tried; the trial tells why.
			q.change, _ = sample.change()
			q.on = sample.words()
		}
		cmds = append(cmds, d.benches[i].ask(d.m.r4, q))
	}
	return tea.Batch(cmds...)
}

// interaction is the first of those that a trigger watches.
func interaction(watched string) string {
	for _, i := range strings.Fields(watched) {
		if past[i] != "" {
			return i
		}
	}
	return interactions[0]
}

// Typed are the keys for who comes after this dialog.
func (d *editor) Typed() []tea.KeyMsg {
	if !d.done {
		return nil
	}
	return d.typed
}

// Dirty says that closing would lose something.
func (d *editor) Dirty() bool {
	return !d.alone && (d.form.Dirty() || d.draft.changed())
}

// Done says that the root may take it away.
func (d *editor) Done() bool { return d.done }

// Keys are the form's, and those of the triggers.
func (d *editor) Keys() widget.Actions {
	if d.trial != nil {
		return d.trial.Keys()
	}
	keys := d.form.Keys()
	if d.form.Done() {
		return keys
	}
	own := widget.Actions{
		{Name: "try the criterion on a sample", Binding: editorKeys.try},
		{Name: "add a trigger", Binding: editorKeys.add},
		{Name: "remove the trigger", Binding: editorKeys.remove},
	}
	n := min(len(keys), 3)
	return slices.Concat(keys[:n], own, d.request.Keys(), keys[n:])
}
