package topics

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

var editorKeys = struct{ add, remove, try key.Binding }{
	add:    key.NewBinding(key.WithKeys("ctrl+n"), key.WithHelp("ctrl+n", "add a trigger")),
	remove: key.NewBinding(key.WithKeys("ctrl+x"), key.WithHelp("ctrl+x", "remove it")),
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

	slot  int // the trigger that the hands were in last; -1: none
	bench bench
	known map[int]judgement
	panel int // the most lines that it has had
	box   int // the most lines that the dialog has had
	said  string
	// carried says that what was typed went into a form that was made anew, and
	// so knows nothing of it; leaving that esc was pressed then.
	carried, leaving bool
	over             bool   // put over whatever the server holds by now
	forced           string // the request that is sent although it is in doubt
	typed            []tea.KeyMsg
	done             bool
}

func (m *Model) newEditor(old *aidbox.Topic) *editor {
	d := &editor{m: m, draft: newDraft(old), known: map[int]judgement{}}
	d.form = d.draft.form(m, nil)
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
		if msg.asker == any(d) && d.bench.take(msg) {
			d.known[d.slot] = msg.judgement
		}
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

// complete makes the form anew when the types of R4 come after it was opened,
// with what was typed.
func (d *editor) complete(defs data.Definitions) {
	if d.m.r4 != nil || defs.R4 == nil || d.form.Done() {
		return
	}
	d.m.r4 = defs.R4
	d.carried = d.form.Dirty()
	values, at := d.form.Values(), d.form.At()
	d.form = d.draft.form(d.m, values)
	d.form.GoTo(at)
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
	if k.Type == tea.KeyEsc && !sending && d.carried && !d.form.Dirty() && !d.leaving {
		d.leaving, d.said = true, "esc again throws away what is typed"
		return nil
	}
	d.leaving = false
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
		d.slot = i
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

func (d *editor) add() tea.Cmd {
	i := d.draft.add()
	if i < 0 {
		d.said = fmt.Sprintf("%d triggers were added: save the topic, then add more", spare)
		return nil
	}
	d.form.GoTo(fieldType(i))
	d.slot = i
	return d.judge()
}

func (d *editor) remove() tea.Cmd {
	i := slotOf(d.form.At())
	if i < 0 {
		d.said = "the keys are in no trigger: tab goes to one"
		return nil
	}
	d.draft.slots[i].alive = false
	d.slot = d.draft.beside(i)
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

// judge asks for what is to be known of the criterion under the hands.
func (d *editor) judge() tea.Cmd {
	if d.slot < 0 || !d.draft.slots[d.slot].alive {
		return nil
	}
	v := d.form.Values()
	q := question{resourceType: strings.TrimSpace(v[fieldType(d.slot)]), source: v[fieldCriteria(d.slot)]}
	if judgeable(d.m.r4, q.resourceType) {
		// What cannot be read is not tried; the trial tells why.
		q.change, _ = d.m.samplesOf(q.resourceType, d.interaction(v)).change()
	}
	cmd := d.bench.ask(d, d.m.r4, q)
	if j, ok := d.bench.known(); ok && cmd == nil {
		d.known[d.slot] = j
	}
	return cmd
}

// interaction is the first one that the trigger under the hands watches.
func (d *editor) interaction(v widget.Values) string {
	chosen := strings.Fields(v[fieldOn(d.slot)])
	if len(chosen) == 0 || past[chosen[0]] == "" {
		return interactions[0]
	}
	return chosen[0]
}

func (d *editor) send() tea.Cmd {
	v, m, defs, over := d.form.Values(), d.m, d.m.r4, d.over
	t := d.draft.topic(v)
	request := strings.Join(d.draft.request(v, over), "\n")
	sure := request == d.forced
	d.forced = request
	isNew := d.draft.old == nil
	return widget.AttemptFor(d, func(ctx context.Context) widget.Outcome {
		if !sure {
			if err := readable(defs, t); err != nil {
				return doubted(err)
			}
		}
		if isNew {
			return m.create(ctx, t)
		}
		return m.update(ctx, t, over)
	})
}

func (d *editor) finished(f widget.Finished) tea.Cmd {
	if f.Err == nil {
		d.done = true
		return nil
	}
	var in *doubt
	if !errors.As(f.Err, &in) {
		d.forced = ""
	}
	d.over = d.over || aidbox.IsPreconditionFailed(f.Err)
	sentences := f.Sentences
	if len(sentences) == 0 {
		sentences = []string{f.Err.Error()}
	}
	d.form.SetError(sentences)
	d.form.Retype(d.typed)
	d.typed = nil
	return d.judge()
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
	return !d.alone && (d.carried || d.form.Dirty() || d.draft.changed())
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

const (
	editorWidth = 100
	// panelLeast and panelMost bound the lines about the criterion.
	panelLeast, panelMost = 2, 6
	// formLeast and requestLeast are what is seen of the fields and of the
	// request before the other has more, requestSpare the room for it to grow.
	formLeast, requestLeast, requestSpare = 7, 4, 4
)

// View draws the trial, or the form, what is known of the criterion, and the
// request.
func (d *editor) View(th theme.Theme, w, h int) []string {
	if d.trial != nil {
		return d.trial.View(th, w, h)
	}
	w = min(w, editorWidth)
	inner := max(w-2, 1)
	width := max(inner-2, 1)
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

// panelLines tell of the criterion under the hands: where it is wrong, or what
// it does with a sample.
func (d *editor) panelLines(th theme.Theme, w int) []string {
	var out []string
	if d.said != "" {
		out = painted(th, theme.Warn, "! "+d.said, w)
	}
	out = append(out, d.leftBehind(th, w)...)
	if d.slot < 0 || !d.draft.slots[d.slot].alive {
		return append(out, d.elsewhere(th, w)...)
	}
	v := d.form.Values()
	resourceType, source := strings.TrimSpace(v[fieldType(d.slot)]), v[fieldCriteria(d.slot)]
	j, known := d.known[d.slot]
	switch {
	case strings.TrimSpace(source) == "":
		if len(out) == 0 && d.panel == 0 {
			return d.elsewhere(th, w)
		}
		out = append(out, th.Paint(theme.Faint, term.Cut("No criterion: "+a(term.Clean(resourceType))+" fires it whatever it holds.", w)))
	case !judgeable(d.m.r4, resourceType):
		out = append(out, painted(th, theme.Faint, "Only the server can read a criterion of "+resourceType+".", w)...)
	case !known || !j.same(question{resourceType: resourceType, source: source}):
	case j.wrong != nil:
		out = append(out, wrongLines(th, source, j.wrong, w)...)
	default:
		if j.hint != "" {
			out = append(out, painted(th, theme.Warn, "! "+j.hint+": FHIRPath takes it for empty", w)...)
		}
		out = append(out, d.onSample(th, j, v, w)...)
	}
	return append(out, d.elsewhere(th, w)...)
}

// onSample says what the criterion does with the sample that is at hand.
func (d *editor) onSample(th theme.Theme, j judgement, v widget.Values, w int) []string {
	s := d.m.samplesOf(j.resourceType, d.interaction(v))
	with := th.Paint(theme.Faint, "   "+term.Clean(s.words()))
	switch {
	case j.failed != nil:
		return painted(th, theme.Warn, "! "+d.m.mask.Text(j.failed.Error()), w)
	case !j.tried:
		return []string{th.Paint(theme.OK, "✓ it can be read")}
	}
	out := []string{term.Cut(verdictLine(th, j.part)+with, w)}
	if len(j.part.Parts) > 0 && !j.part.Verdict.Fires() || j.part.Err != "" {
		out = append(out, treeLines(th, d.m.mask, j.part, w)...)
	}
	return out
}

// elsewhere names criteria of other triggers that are wrong.
func (d *editor) elsewhere(th theme.Theme, w int) []string {
	v := d.form.Values()
	var out []string
	for i, s := range d.draft.slots {
		j, known := d.known[i]
		if i == d.slot || !s.alive || !known || j.wrong == nil || v[fieldCriteria(i)] != j.source {
			continue
		}
		out = append(out, th.Paint(theme.Bad, term.Cut("✗ the criterion of "+term.Clean(v[fieldType(i)])+" is wrong, too", w)))
	}
	return out
}

// leftBehind warns of destinations that name the url that was changed.
func (d *editor) leftBehind(th theme.Theme, w int) []string {
	old := d.draft.old
	if old == nil || strings.TrimSpace(d.form.Value("url")) == old.URL {
		return nil
	}
	ids := d.m.dependentIDs(old.URL)
	if len(ids) == 0 || len(d.m.twins(*old)) > 0 {
		return nil
	}
	return painted(th, theme.Warn, "! by the url "+old.URL+": "+useIt(ids), w)
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

// samplesOf are the samples of a type, the same ones for as long as the console
// runs: what was pasted once is there the next time.
func (m *Model) samplesOf(resourceType, as string) *samples {
	s, ok := m.samples[resourceType]
	if !ok {
		s = newSamples(m.r4, resourceType, as)
		m.samples[resourceType] = s
	}
	return s
}
