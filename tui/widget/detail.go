package widget

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
)

// DetailSource is what a [Detail] shows.
type DetailSource interface {
	// DetailTitle is the title of what is selected.
	DetailTitle() Title
	// DetailLines are the lines that tell all of it, clean. Those that are wider
	// than w are wrapped, or cut.
	DetailLines(w int) []string
	// DetailIdentity changes when something else is selected.
	DetailIdentity() string
	// DetailRevision grows when the lines may have changed.
	DetailRevision() uint64
	// DetailKeys are the actions on what is selected.
	DetailKeys() Actions
}

// Detail is a pane that shows what a list has selected, in a window that can
// be moved. Above it stands why the list could not be read anew, where a list
// shows what it read before. The last column stays free.
type Detail struct {
	Base
	source   DetailSource
	scroll   Scroll
	identity string
	lines    []string
	made     uint64
	madeFor  int
	cut      bool // long lines are cut, not wrapped
	long     bool // some line is
}

// failing is a source that may not have been read.
type failing interface {
	Failure() string
	FailureLines(w int) []string
}

// NewDetail returns the detail of a list.
func NewDetail(s DetailSource) *Detail { return &Detail{source: s} }

// wrap makes lines that are too long go on in the next, as they do at the
// start, or be cut.
func (d *Detail) wrap(on bool) {
	if d.cut == on {
		d.cut, d.lines = !on, nil
		d.Touch()
	}
}

// Update takes the focus; everything else is told to the list.
func (d *Detail) Update(msg tea.Msg) tea.Cmd {
	if f, ok := msg.(Focus); ok {
		d.SetFocus(f)
	}
	return nil
}

// Revision grows with the source's too.
func (d *Detail) Revision() uint64 { return d.Base.Revision() + d.source.DetailRevision() }

// View draws the window.
func (d *Detail) View() string {
	d.make()
	return strings.Join(d.scroll.Lines(d.lines, d.H), "\n")
}

// make is called before everything that needs the number of lines: what is
// selected may have changed since the last drawing.
func (d *Detail) make() {
	if id := d.source.DetailIdentity(); id != d.identity {
		d.identity, d.scroll, d.lines = id, Scroll{}, nil
	}
	if d.lines == nil || d.made != d.source.DetailRevision() || d.madeFor != d.W {
		d.lines = d.fitted()
		d.made, d.madeFor = d.source.DetailRevision(), d.W
	}
	d.scroll.SetSize(d.H, len(d.lines))
}

// fitted are the source's lines, brought to the width.
func (d *Detail) fitted() []string {
	w := max(d.W-edgeWidth, 1)
	lines := d.source.DetailLines(w)
	if f, ok := d.source.(failing); ok && d.identity != "" && f.Failure() != "" {
		lines = append(append(f.FailureLines(w), ""), lines...)
	}
	d.long = false
	out := make([]string, 0, len(lines))
	for _, l := range lines {
		switch {
		case term.Width(l) <= w:
			out = append(out, l)
			continue
		case d.cut:
			out = append(out, term.Cut(l, w))
		default:
			out = append(out, wrapLine(l, w)...)
		}
		d.long = true
	}
	return out
}

// wrapLine breaks a line that may be coloured. What goes on is indented as the
// line is, behind a mark.
func wrapLine(line string, w int) []string {
	plain := ansi.Strip(line)
	indent := min(len(plain)-len(strings.TrimLeft(plain, " ")), w/2)
	mark := continued()
	room := w - indent - term.Width(mark)
	if room < 8 {
		return term.Wrap(line, w)
	}
	parts := term.Wrap(ansi.TruncateLeft(line, indent, ""), room)
	for i := range parts {
		if i > 0 {
			parts[i] = mark + parts[i]
		}
		parts[i] = term.Pad(indent) + parts[i]
	}
	return parts
}

// Title is the source's, with the place of the window when not all is seen.
func (d *Detail) Title() Title {
	t := d.source.DetailTitle()
	d.make()
	t.Position = d.scroll.Position()
	return t
}

// Keys are the source's, and those that move the window.
func (d *Detail) Keys() Actions {
	wrap := Action{
		Name:    "wrap long lines",
		Moves:   true,
		Binding: key.NewBinding(key.WithKeys("W"), key.WithHelp("W", "wrap")),
		Why: func() string {
			if d.make(); !d.long {
				return "no line here is too long"
			}
			return ""
		},
		Run: func() tea.Cmd { d.wrap(d.cut); return nil },
	}
	if !d.cut {
		wrap.Name = "cut long lines"
	}
	return append(append(d.source.DetailKeys(), Motions(d, d.Touch)...), wrap)
}

// Move moves the window by lines.
func (d *Detail) Move(delta int) bool { d.make(); return d.scroll.Move(delta) }

// Page moves the window by its height.
func (d *Detail) Page(delta int) bool { d.make(); return d.scroll.Page(delta) }

// Top moves to the first line.
func (d *Detail) Top() bool { d.make(); return d.scroll.Top() }

// Bottom moves to the last line.
func (d *Detail) Bottom() bool { d.make(); return d.scroll.Bottom() }

const (
	// labelWidth is the place of a label in front of a value.
	labelWidth = 14
	// labelGap is between them.
	labelGap = 1
	// labelled bounds a value, in cells.
	labelled = 4000
)

// Label is the label of a value, in 14 columns.
func Label(th theme.Theme, label, value string, w int) []string {
	return Labels{Theme: th}.Line(label, value, w)
}

// Labels are those of one detail.
type Labels struct {
	Theme theme.Theme
	// Width is the place of every label, in cells. Zero: 14.
	Width int
}

// Line returns lines with a faint label in front of a value that is wrapped
// beside it, and cut where it is very long. The value must be clean; it may be
// coloured. The lines are less than w wide.
func (l Labels) Line(label, value string, w int) []string {
	width := l.Width
	if width <= 0 {
		width = labelWidth
	}
	width = min(width, max(w/2, 1))
	var out []string
	for i, line := range term.Wrap(term.Cut(value, labelled), max(w-width-labelGap-2, 8)) {
		if i > 0 {
			label = ""
		}
		out = append(out, " "+l.Theme.Paint(theme.Faint, term.Fit(label, width))+term.Pad(labelGap)+line)
	}
	return out
}

// Paragraph returns a text wrapped to w columns in the look of a role.
func Paragraph(th theme.Theme, role theme.Role, text string, w int) []string {
	var out []string
	for _, part := range term.CleanLines(text) {
		if part == "" {
			out = append(out, "")
			continue
		}
		for _, line := range term.Wrap(part, max(w-2, 8)) {
			out = append(out, " "+th.Paint(role, line))
		}
	}
	return out
}
