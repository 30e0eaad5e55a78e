package tui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/tui/data"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// detailed is a list that shows what is selected beside it.
type detailed interface{ Detail() widget.Part }

// fed is a list whose feed stands on the screen whatever is selected.
type fed interface{ Feed() widget.Part }

// needy is a list that wants something read again and again while it is on the screen.
type needy interface{ Needs() data.Needs }

// loader is a list that says so when its first answer takes long.
type loader interface{ Loading() tea.Cmd }

// rower is a list that knows how many rows it would fill.
type rower interface{ Rows() int }

// filtered is a part that can be filtered by a text.
type filtered interface {
	Filter() string
	SetFilter(string)
}

// copied is a part that knows the text of what is selected.
type copied interface {
	Copied() (what, text string)
}

// commanded is a part that knows the command that does what is selected.
type commanded interface {
	Command() (what, text string)
}

// anywhere is a list with actions that work wherever the keys are.
type anywhere interface{ Anywhere() widget.Actions }

// closer is a list that owns something to be released at the end.
type closer interface{ Close() }

// part is a pane in its frame, with what was drawn last.
type part struct {
	pane widget.Part
	w, h int

	drawnRevision uint64
	drawnFocus    bool
	drawn         []string
}

func (p *part) resize(w, h int) {
	if p == nil || p.w == w && p.h == h {
		return
	}
	p.w, p.h, p.drawn = w, h, nil
	p.pane.SetSize(w-2, h-2)
}

// view draws the part in a frame. It is drawn again only when its revision,
// its size or the focus has changed.
func (p *part) view(th theme.Theme, number int, focus bool) []string {
	if p.drawn != nil && p.drawnRevision == p.pane.Revision() && p.drawnFocus == focus {
		return p.drawn
	}
	body := strings.Split(p.pane.View(), "\n")
	p.drawn = widget.Frame(th, p.pane.Title(), number, focus, p.w, p.h, body)
	p.drawnRevision, p.drawnFocus = p.pane.Revision(), focus
	return p.drawn
}

// slot is a list with what belongs to it, in the order in which enter opens
// and esc closes: the list, its feed if it has one, its detail.
type slot struct {
	name  string // as the person calls it, in the singular
	parts []*part
	feed  *part
}

func newSlot(name string, list widget.Part) *slot {
	s := &slot{name: name, parts: []*part{{pane: list}}}
	if f, ok := list.(fed); ok {
		s.feed = &part{pane: f.Feed()}
		s.parts = append(s.parts, s.feed)
	}
	if d, ok := list.(detailed); ok {
		s.parts = append(s.parts, &part{pane: d.Detail()})
	}
	return s
}

func (s *slot) list() *part   { return s.parts[0] }
func (s *slot) detail() *part { return s.parts[len(s.parts)-1] }

// update hands a message that is no key to the list: what belongs to it reads
// from it.
func (s *slot) update(msg tea.Msg) tea.Cmd { return s.list().pane.Update(msg) }

// rows is what the list would like to be high, without its frame.
func (s *slot) rows() int {
	if r, ok := s.list().pane.(rower); ok {
		return max(r.Rows(), 1)
	}
	return 1
}

// fill returns h lines of w columns, taking what is there.
func fill(lines []string, w, h int) []string {
	out := make([]string, h)
	for i := range out {
		line := ""
		if i < len(lines) {
			line = lines[i]
		}
		out[i] = term.Fit(line, w)
	}
	return out
}
