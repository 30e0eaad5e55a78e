package change

import (
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/cursor"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// place is the part of the dialog that has the keys.
type place int

const (
	onText place = iota
	onVerb
	onType
	onID
	onSource
	onFormat
	onCorrelation
)

// source is where the text is from.
type source int

const (
	fromExample  source = iota // a patient with a name
	fromNothing                // the type alone
	fromTemplate               // R4's required elements first
	fromNewest                 // the newest of the type, as a new one
	fromServer                 // what is updated, as it was read
	fromLast                   // the last that was sent from here
	fromHere                   // what was typed
)

func (s source) String() string {
	return [...]string{"with a name", "type alone", "template", "newest", "as read", "last sent", "yours"}[s]
}

// places are the parts of the dialog in their order.
func (d *dialog) places() []place {
	out := []place{onText, onVerb, onType}
	if d.choosing() {
		out = out[1:] // there is no text yet
	}
	if d.do != create {
		out = append(out, onID)
	}
	if d.do != remove && !d.choosing() {
		out = append(out, onSource, onFormat)
	}
	if aidbox.SupportsCorrelation(d.m.version) {
		out = append(out, onCorrelation)
	}
	return out
}

// sources are those that there are now.
func (d *dialog) sources() []source {
	var out []source
	switch {
	case !d.creates():
		out = append(out, fromServer)
	case d.resourceType == patient:
		out = append(out, fromExample, fromNothing, fromTemplate, fromNewest)
	default:
		out = append(out, fromTemplate, fromNothing, fromNewest)
	}
	if _, ok := d.m.history.last(); ok {
		out = append(out, fromLast)
	}
	if d.own != nil || d.from == fromHere {
		out = append(out, fromHere)
	}
	return out
}

// input is one line to type into.
func input(value string, limit int) textinput.Model {
	in := textinput.New()
	in.Prompt = ""
	in.CharLimit = limit
	in.Cursor.SetMode(cursor.CursorStatic)
	in.SetValue(value)
	return in
}

// typing is the input that has the keys, nil where none has.
func (d *dialog) typing() *textinput.Model {
	switch d.place {
	case onType:
		return &d.kind
	case onID:
		return &d.which
	case onCorrelation:
		return &d.correlation
	}
	return nil
}

// moveTo gives the keys to a part.
func (d *dialog) moveTo(p place) {
	if in := d.typing(); in != nil {
		in.Blur()
	}
	d.place = p
	d.moved, d.fresh = false, false
	if in := d.typing(); in != nil {
		in.Focus()
		in.CursorEnd()
		d.fresh = in.Value() != ""
	}
	switch p {
	case onType:
		d.matchTypes()
	case onID:
		d.matchIDs()
	}
}

// step goes to the next part, or the one before, round at both ends. What was
// typed is taken.
func (d *dialog) step(by int) tea.Cmd {
	cmd := d.leave()
	all := d.places()
	at := 0
	for i, p := range all {
		if p == d.place {
			at = i
		}
	}
	d.moveTo(all[(at+by+len(all))%len(all)])
	return cmd
}

// leave takes what was typed into a field.
func (d *dialog) leave() tea.Cmd {
	switch d.place {
	case onType:
		return d.takeType()
	case onID:
		return d.takeID(true)
	}
	return nil
}

// matchTypes lists the types that what is typed may be meant as: those that
// begin with it first.
func (d *dialog) matchTypes() {
	if d.m.world.r4 == nil {
		return
	}
	text := strings.ToLower(strings.TrimSpace(d.kind.Value()))
	all := d.m.world.r4.Types()
	if text == strings.ToLower(d.resourceType) {
		d.types.SetRows(all)
		d.types.Select(d.resourceType)
		return
	}
	var begin, within []string
	for _, t := range all {
		switch lower := strings.ToLower(t); {
		case strings.HasPrefix(lower, text):
			begin = append(begin, t)
		case strings.Contains(lower, text):
			within = append(within, t)
		}
	}
	d.types.SetRows(append(begin, within...))
	d.types.Top()
}

// takeType takes the type that is selected, or one that R4 does not have as it
// was typed.
func (d *dialog) takeType() tea.Cmd {
	name := strings.TrimSpace(d.kind.Value())
	if name == d.resourceType && !d.moved {
		return nil
	}
	if row, ok := d.types.Selected(); ok {
		name = row
	}
	if name == "" || !typeName(name) {
		name = d.resourceType
	}
	d.kind.SetValue(name)
	if name == d.resourceType {
		return nil
	}
	return d.setType(name)
}

// typeName says whether a server could have a type of that name.
func typeName(s string) bool {
	for i, r := range s {
		letter := r >= 'A' && r <= 'Z' || i > 0 && (r >= 'a' && r <= 'z' || r >= '0' && r <= '9')
		if !letter {
			return false
		}
	}
	return s != ""
}

// candidate is a resource to choose.
type candidate struct {
	id, version string
	at          time.Time
	about       string
	typed       bool // nothing is known of it
}

// matchIDs lists the newest that what is typed may be meant as, by their ids
// or by what they are about, and last the id as it is typed.
func (d *dialog) matchIDs() {
	text := strings.TrimSpace(d.which.Value())
	lower := strings.ToLower(text)
	var rows []candidate
	exact := text == ""
	for _, c := range d.newest {
		exact = exact || c.id == text
		if text == d.id || strings.Contains(strings.ToLower(c.id), lower) || strings.Contains(strings.ToLower(c.about), lower) {
			rows = append(rows, c)
		}
	}
	if !exact {
		rows = append(rows, candidate{id: text, typed: true})
	}
	d.ids.SetRows(rows)
	if exact || text == d.id {
		d.ids.Select(text)
	} else {
		d.ids.Top()
	}
}

// takeID takes the id under the cursor, and reads what has it. Leaving the
// field takes none when nothing was typed.
func (d *dialog) takeID(left bool) tea.Cmd {
	row, ok := d.ids.Selected()
	if left && strings.TrimSpace(d.which.Value()) == "" || !ok {
		d.which.SetValue(d.id)
		return nil
	}
	d.which.SetValue(row.id)
	if left && row.id == d.id {
		return nil
	}
	return d.choose(row.id)
}

// newIDs is the list to choose from.
func (d *dialog) newIDs() *widget.Table[candidate] {
	return widget.NewTable([]widget.Column[candidate]{
		{Flex: 1, Cell: func(c candidate) widget.Cell { return widget.Cell{Text: c.id} }},
		{Drop: 2, Cell: func(c candidate) widget.Cell {
			switch {
			case c.typed:
				if d.do == update {
					return widget.Cell{Text: "as typed, created if it is not there", Role: theme.Faint}
				}
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

// checkCorrelation refuses what is no header.
func checkCorrelation(id string) error {
	for _, r := range id {
		if r < ' ' || r > '~' {
			return fmt.Errorf("a header has printable ASCII only, not %q", r)
		}
	}
	return nil
}
