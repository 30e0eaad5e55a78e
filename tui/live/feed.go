package live

import (
	"math"
	"sort"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox/delivery"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/message"
	"aidbox-nats/tui/widget"
)

// row is an entry in the feed's window, with its line's words.
type row struct {
	entry
	delivery.Summary
	pos uint64
}

// FeedView is the pane of what arrived, a line a message, with what happened to
// the connection in its place. It follows the newest until the person moves
// away from it. While paused it shows what was there at that moment, whatever
// the feed lets go of meanwhile: that holds as much memory again as the feed's
// own bound.
type FeedView struct {
	widget.Base
	m       *Model
	backlog backlog
	sieve   sieve
	filter  string
	system  bool // what is hidden of itself is shown
	mask    data.Mask

	follow bool
	paused bool
	top    uint64 // position of the first line
	cursor uint64 // position under the cursor, or where it would be
	rows   []row
}

func newFeedView(m *Model) *FeedView {
	f := &FeedView{m: m, follow: true, backlog: newBacklog()}
	f.sieve.ask(newQuery("", false, data.Mask{}), &f.backlog)
	return f
}

// SetSize gives the feed its place.
func (f *FeedView) SetSize(w, h int) {
	f.Base.SetSize(w, h)
	f.look()
}

// Update takes the focus.
func (f *FeedView) Update(msg tea.Msg) tea.Cmd {
	if focus, ok := msg.(widget.Focus); ok {
		f.SetFocus(focus)
	}
	return nil
}

// pull takes what has come since the last time.
func (f *FeedView) pull() {
	if f.paused {
		return
	}
	m := f.m
	fresh := m.source.Window(f.backlog.seq, everything)
	subscriptions := m.source.Subscriptions()
	notices := m.watch.read(m.conn.Events(m.watch.last), len(subscriptions) > 0)
	f.backlog.take(fresh, notices)
	for _, s := range subscriptions {
		n, instead := m.watch.drop(s, time.Now())
		switch {
		case n == nil:
		case instead >= f.backlog.first && instead > 0:
			f.backlog.replace(instead, n)
		default:
			f.backlog.add(entry{notice: n})
			m.watch.placed(s.Subject, f.backlog.next()-1)
		}
	}
	f.backlog.forget(m.counters.First)
}

// look puts the window over what is shown.
func (f *FeedView) look() {
	defer f.m.tellDetail()
	f.Touch()
	f.sieve.advance(&f.backlog, f.m.jobs)
	n := len(f.sieve.marks)
	if n == 0 {
		f.rows = nil
		return
	}
	if f.follow {
		f.cursor = f.sieve.marks[n-1].pos
	}
	cursor, top, h := f.place(f.cursor), f.place(f.top), max(f.H, 1)
	top = max(min(top, cursor), cursor-h+1)
	top = max(min(top, n-h), 0) // no empty lines below while there are messages above
	f.top = f.sieve.marks[top].pos
	f.take(top, min(top+h, n))
}

// place is the index of what is at a position, or of what comes after it, or
// of the last.
func (f *FeedView) place(pos uint64) int {
	marks := f.sieve.marks
	i := sort.Search(len(marks), func(i int) bool { return marks[i].pos >= pos })
	return max(min(i, len(marks)-1), 0)
}

// take reads the lines of the window, and decodes only what was not in it
// before.
func (f *FeedView) take(from, to int) {
	known := make(map[uint64]row, len(f.rows))
	for _, r := range f.rows {
		known[r.pos] = r
	}
	f.rows = make([]row, 0, to-from)
	for _, k := range f.sieve.marks[from:to] {
		e, ok := f.backlog.at(k.pos)
		if !ok {
			continue
		}
		r, ok := known[k.pos]
		if !ok || r.notice != e.notice {
			r = row{entry: e, pos: k.pos}
			if e.notice == nil {
				r.Summary = delivery.Summarize(e.Delivery)
				r.Preview = message.Preview(f.mask, r.Summary, r.Data)
			}
		}
		f.rows = append(f.rows, r)
	}
}

// selected is what is under the cursor.
func (f *FeedView) selected() (row, bool) {
	if len(f.sieve.marks) == 0 {
		return row{}, false
	}
	pos := f.sieve.marks[f.place(f.cursor)].pos
	for _, r := range f.rows {
		if r.pos == pos {
			return r, true
		}
	}
	return row{}, false
}

// Move moves the cursor by lines; at the end the feed follows again.
func (f *FeedView) Move(delta int) bool {
	return f.moveTo(f.place(f.cursor)+delta, delta > 0)
}

// Page moves the cursor by windows.
func (f *FeedView) Page(delta int) bool { return f.Move(delta * max(f.H-1, 1)) }

// Top moves the cursor to the oldest message that is kept.
func (f *FeedView) Top() bool { return f.moveTo(0, false) }

// Bottom moves the cursor to the newest message, and follows.
func (f *FeedView) Bottom() bool { return f.moveTo(math.MaxInt, true) }

func (f *FeedView) moveTo(i int, down bool) bool {
	n := len(f.sieve.marks)
	if n == 0 {
		return false
	}
	was, followed := f.place(f.cursor), f.follow
	i = max(min(i, n-1), 0)
	f.cursor = f.sieve.marks[i].pos
	f.follow = i == n-1 && down || f.follow && i == was
	f.look()
	return i != was || f.follow != followed
}

// below is the number of lines after the cursor.
func (f *FeedView) below() int { return len(f.sieve.marks) - 1 - f.place(f.cursor) }

// Filter is the text in force.
func (f *FeedView) Filter() string { return f.filter }

// SetFilter shows only the messages in which the text is found, letter case
// aside, or with "!" those in which it is not. It is searched outside of the
// loop; until then what was shown stays.
func (f *FeedView) SetFilter(text string) {
	if text != f.filter {
		f.filter = text
		f.ask()
	}
}

// setMask searches and draws again: what is shown is what is searched.
func (f *FeedView) setMask(m data.Mask) {
	f.mask, f.rows = m, nil
	f.ask()
}

func (f *FeedView) ask() {
	f.sieve.ask(newQuery(f.filter, f.system, f.mask), &f.backlog)
	f.look()
}

// Keys move in the feed, and choose what it shows.
func (f *FeedView) Keys() widget.Actions {
	return append(widget.Actions{f.m.pauseAction(), f.m.systemAction()}, widget.Motions(f, f.Touch)...)
}

func (m *Model) pauseAction() widget.Action {
	words := "pause"
	if m.feed.paused {
		words = "resume"
	}
	return widget.Action{
		Name:    words + " the feed",
		Binding: key.NewBinding(key.WithKeys(" "), key.WithHelp("space", words)),
		Run: func() tea.Cmd {
			m.feed.pause(!m.feed.paused)
			return nil
		},
	}
}

func (f *FeedView) pause(on bool) {
	if on {
		f.m.look()
	}
	f.paused = on
	if !on {
		f.follow = true
	}
	f.m.look()
}

// systemAction shows what is hidden because nobody subscribed for it.
func (m *Model) systemAction() widget.Action {
	f := m.feed
	a := widget.Action{
		Name:    "show what is hidden: $ and _INBOX subjects",
		Binding: key.NewBinding(key.WithKeys("a"), key.WithHelp("a", "show all")),
		Run: func() tea.Cmd {
			f.system = !f.system
			f.ask()
			return nil
		},
	}
	switch {
	case f.system:
		a.Name = "hide $ and _INBOX subjects"
		a.Binding.SetHelp("a", "hide again")
	case f.backlog.hidden == 0:
		a.Binding.SetHelp("", "")
		a.Why = func() string {
			return "nothing is hidden: no message on a $ or _INBOX subject came along with another subscription"
		}
	}
	return a
}
