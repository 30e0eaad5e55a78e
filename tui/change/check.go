package change

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/tui/widget"
)

const (
	// checkPause is how long nothing is typed before a text is checked: marks
	// that come and go under the hands say nothing.
	checkPause = 300 * time.Millisecond
	// checkDeadline bounds one check, the criteria of all topics included.
	checkDeadline = 10 * time.Second
)

// problem is a sentence and the line, from zero, that it speaks of.
type problem struct {
	line int
	text string
}

// stamp names one state of a dialog: what was found out of another says
// nothing about it.
type stamp struct {
	text             uint64
	do               verb
	resourceType, id string
	in               format
	version          string // of what was read
	absent           bool   // nothing is there to be read
	world            uint64 // of topics and destinations
}

// draft is what is checked.
type draft struct {
	stamp
	text     string
	previous []byte
	// refused is what the server said of the last attempt, at the lines where
	// it stands now.
	refused []refusal
}

// refusal is a sentence of the server, and the line as it was then.
type refusal struct {
	problem
	was string
}

// found is what a check found.
type found struct {
	stamp stamp
	raw   []byte // the text as JSON; nil: it is neither JSON nor YAML
	// resourceType and in are those of the text itself.
	resourceType string
	in           format
	problems     []problem
	refused      []refusal
	topics       []topicLine
}

// checked is the answer of a check.
type checked struct {
	dialog *dialog
	found
}

// checkDue says that nothing was typed for a while.
type checkDue struct {
	dialog *dialog
	stamp  stamp
}

// check reads a text, holds it against R4, and asks which topics would fire.
func (w world) check(ctx context.Context, d draft) found {
	f := found{stamp: d.stamp, in: d.in, refused: surviving(d)}
	if d.do == remove {
		f.topics = w.topicsOf(ctx, change{do: d.do, resourceType: d.resourceType, previous: d.previous})
		return f
	}
	raw, err := toJSON(d.text, d.in)
	if err != nil && d.in == inJSON && !strings.HasPrefix(strings.TrimSpace(d.text), "{") {
		if y, yerr := toJSON(d.text, inYAML); yerr == nil && textOf(y, "resourceType") != "" {
			raw, err, f.in = y, nil, inYAML
		}
	}
	var at *unreadable
	if errors.As(err, &at) {
		f.problems = []problem{{at.line, at.what}}
		return f
	}
	f.raw, f.resourceType = raw, textOf(raw, "resourceType")
	f.problems = w.problems(d, raw, f.resourceType)
	resourceType := d.resourceType
	if d.do == create && f.resourceType != "" {
		resourceType = f.resourceType
	}
	f.topics = w.topicsOf(ctx, change{do: interaction(d.do, d.absent), resourceType: resourceType, current: raw, previous: d.previous})
	return f
}

func (w world) problems(d draft, raw []byte, resourceType string) []problem {
	var out []problem
	lines := widget.NewLocator([]byte(d.text))
	add := func(expression, text string) {
		line, _ := lines.Line(expression)
		out = append(out, problem{line, text})
	}
	if w.r4 != nil {
		for _, i := range w.r4.Validate(raw) {
			add(i.Expression, i.Diagnostics)
		}
	}
	if d.do != update {
		return out
	}
	if resourceType != "" && resourceType != d.resourceType {
		add("resourceType", fmt.Sprintf("resourceType: this is a %s, and the request goes to %s", resourceType, d.resourceType))
	}
	if id := textOf(raw, "id"); id != "" && id != d.id {
		add("id", fmt.Sprintf("id: the request goes to %s", d.id))
	}
	return out
}

// surviving are the server's sentences whose lines were not changed since.
func surviving(d draft) []refusal {
	if len(d.refused) == 0 {
		return nil
	}
	lines := strings.Split(d.text, "\n")
	var out []refusal
	for _, r := range d.refused {
		if r.line < len(lines) && lines[r.line] == r.was {
			out = append(out, r)
		}
	}
	return out
}

// recheck asks for a check of what was typed, when nothing more is typed for a
// while.
func (d *dialog) recheck() tea.Cmd {
	now := d.stamp()
	if d.choosing() || d.hidden() && d.do != remove || now == d.found.stamp || now == d.due {
		return nil
	}
	if d.from != fromHere {
		return d.checkNow()
	}
	d.due = now
	return tea.Tick(checkPause, func(time.Time) tea.Msg { return checkDue{d, now} })
}

// checkNow checks the text as it is, outside of the loop, one at a time.
func (d *dialog) checkNow() tea.Cmd {
	if d.checking {
		return nil // the answer to the one before begins the next
	}
	d.checking = true
	draft := draft{stamp: d.stamp()}
	if d.do != remove {
		draft.text, draft.refused = d.editor.Value(), d.refusals()
	}
	if d.base != nil {
		draft.previous = d.base.Raw
	}
	d.due = draft.stamp
	w := d.m.world
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), checkDeadline)
		defer cancel()
		return checked{d, w.check(ctx, draft)}
	}
}

// take keeps what a check found, if it is still about what stands here.
func (d *dialog) take(f found) tea.Cmd {
	d.checking = false
	if f.stamp != d.stamp() {
		if d.intent {
			return d.checkNow()
		}
		d.due = stamp{}
		return d.recheck()
	}
	if d.do == remove {
		d.found = f
		return nil
	}
	d.in = f.in
	if d.do == create && f.resourceType != "" && f.resourceType != d.resourceType {
		d.resourceType = f.resourceType // the type follows the text
		if d.place != onType {
			d.kind.SetValue(f.resourceType)
		}
	}
	d.found, d.refused = f, f.refused
	d.found.stamp = d.stamp()
	d.setMarks()
	if d.intent {
		d.intent = false
		return d.submit()
	}
	return nil
}

// setMarks shows what is wrong below its lines.
func (d *dialog) setMarks() {
	marks := map[int][]string{}
	seen := map[string]bool{}
	for _, p := range d.found.problems {
		marks[p.line] = append(marks[p.line], p.text)
		seen[p.text] = true
	}
	for _, r := range d.refused {
		if !seen[r.text] {
			marks[r.line] = append(marks[r.line], d.m.mask.Failure(r.text))
		}
	}
	d.editor.SetMarks(marks)
}

// refusals are the server's sentences at the lines where the editor has moved
// them to.
func (d *dialog) refusals() []refusal {
	if len(d.refused) == 0 {
		return nil
	}
	now := map[string]int{}
	for line, sentences := range d.editor.Marks() {
		for _, s := range sentences {
			now[s] = line
		}
	}
	var out []refusal
	for _, r := range d.refused {
		if line, ok := now[d.m.mask.Failure(r.text)]; ok {
			r.line = line
			out = append(out, r)
		}
	}
	return out
}
