package widget

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
)

// DetailSource is what a [Detail] shows.
type DetailSource interface {
	// DetailTitle is the title of what is selected.
	DetailTitle() Title
	// DetailLines are the lines that tell all of it, clean and at most w wide.
	DetailLines(w int) []string
	// DetailIdentity changes when something else is selected.
	DetailIdentity() string
	// DetailRevision grows when the lines may have changed.
	DetailRevision() uint64
	// DetailKeys are the actions on what is selected.
	DetailKeys() Actions
}

// Detail is a pane that shows what a list has selected, in a window that can
// be moved.
type Detail struct {
	Base
	source   DetailSource
	scroll   Scroll
	identity string
	lines    []string
	made     uint64
	madeFor  int
}

// NewDetail returns the detail of a list.
func NewDetail(s DetailSource) *Detail { return &Detail{source: s} }

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
		d.lines = d.source.DetailLines(d.W)
		d.made, d.madeFor = d.source.DetailRevision(), d.W
	}
	d.scroll.SetSize(d.H, len(d.lines))
}

// Title is the source's, with the place of the window when not all is seen.
func (d *Detail) Title() Title {
	t := d.source.DetailTitle()
	d.make()
	if at := d.scroll.Position(); at != "" && t.Right == "" {
		t.Right = at
	}
	return t
}

// Keys are the source's, and those that move the window.
func (d *Detail) Keys() Actions {
	return append(d.source.DetailKeys(), Motions(d, d.Touch)...)
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
	labelWidth = 12
	// labelled bounds a value, in cells.
	labelled = 4000
)

// Label returns lines with a faint label in front of a value that is wrapped
// beside it, and cut where it is very long. The value must be clean; it may be
// coloured.
func Label(th theme.Theme, label, value string, w int) []string {
	inner := max(w-labelWidth-2, 8)
	var out []string
	for i, line := range term.Wrap(term.Cut(value, labelled), inner) {
		if i > 0 {
			label = ""
		}
		out = append(out, " "+th.Paint(theme.Faint, term.Fit(label, labelWidth))+line)
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
