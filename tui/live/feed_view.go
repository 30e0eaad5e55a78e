package live

import (
	"strings"
	"time"

	"aidbox-nats/aidbox/delivery"
	"aidbox-nats/nats"
	"aidbox-nats/tui/message"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// Title names the subjects, and says what the feed does. What has no room goes:
// what is hidden, how much is kept, what was dropped when nothing was, what was
// received.
func (f *FeedView) Title() widget.Title {
	th, c := f.m.Theme, f.m.counters
	count := func(n uint64, word string) string {
		return th.Paint(theme.Text, widget.Count(int64(n))) + th.Paint(theme.Faint, " "+word)
	}
	received, dropped, hidden := count(c.Received, "received"), th.Paint(theme.Faint, "0 dropped"), ""
	kept := received
	if c.Evicted > 0 {
		kept += th.Paint(theme.Faint, ", keeps the last ") + th.Paint(theme.Text, widget.Count(int64(c.Kept)))
	}
	if c.Dropped > 0 {
		dropped = th.Paint(theme.Bad, widget.Count(int64(c.Dropped))+" dropped")
	}
	if n := f.backlog.hidden; n > 0 && !f.system {
		hidden = count(uint64(n), "hidden")
	}
	for _, parts := range [][]string{
		{f.found(), kept, dropped, hidden, f.state()},
		{f.found(), kept, dropped, f.state()},
		{f.found(), received, dropped, f.state()},
		{f.found(), dropped, f.state()},
		{f.found(), f.state()},
	} {
		right := joinParts(parts, th.Paint(theme.Faint, " · "))
		const edges, gap, least = 4, 3, 8
		room := f.W - edges - gap - term.Width(right)
		if room < least && len(parts) > 2 {
			continue
		}
		text := "Feed"
		if subjects := f.subjects(); subjects != "" {
			text += "  " + subjects
		}
		return widget.Title{Text: term.Cut(text, max(room, 4)), Right: right}
	}
	return widget.Title{Text: "Feed"}
}

func joinParts(parts []string, with string) string {
	out := ""
	for _, p := range parts {
		switch {
		case p == "":
		case out == "":
			out = p
		default:
			out += with + p
		}
	}
	return out
}

func (f *FeedView) subjects() string {
	var subjects []string
	for _, s := range f.m.subscriptions {
		subjects = append(subjects, term.Clean(s.Subject))
	}
	return strings.Join(subjects, ", ")
}

// found says what the filter lets through: "/smith  12 of 3,410".
func (f *FeedView) found() string {
	if f.filter == "" {
		return ""
	}
	th, all := f.m.Theme, f.backlog.messages()
	if !f.system {
		all -= f.backlog.hidden
	}
	n := widget.Count(int64(f.sieve.messages()))
	if f.sieve.again {
		n = term.Ellipsis()
	}
	return th.Paint(theme.Accent, "/"+term.Cut(term.Clean(f.filter), 24)) + th.Paint(theme.Text, "  "+n) +
		th.Paint(theme.Faint, " of "+widget.Count(int64(all)))
}

// state is what the feed does with what comes.
func (f *FeedView) state() string {
	th := f.m.Theme
	var parts []string
	switch {
	case f.paused:
		fresh := f.m.counters.Next - min(f.backlog.seq, f.m.counters.Next)
		parts = append(parts, th.Paint(theme.Warn, "paused, "+widget.Count(int64(fresh))+" new"))
	case !f.follow && f.below() > 0:
		parts = append(parts, th.Paint(theme.Warn, widget.Count(int64(f.below()))+" below"))
	}
	switch {
	case f.m.state != nats.Connected:
		parts = append(parts, th.Paint(theme.Bad, "not connected"))
	case len(parts) > 0:
	case len(f.m.subscriptions) == 0:
		parts = append(parts, th.Paint(theme.Faint, "no subscription"))
	case !f.follow && f.Focused:
		parts = append(parts, th.Paint(theme.Faint, "not following, G follows"))
	case !f.follow:
		parts = append(parts, th.Paint(theme.Faint, "not following"))
	default:
		parts = append(parts, th.Paint(theme.OK, "following"))
	}
	return joinParts(parts, th.Paint(theme.Faint, " · "))
}

// View draws the window.
func (f *FeedView) View() string {
	if len(f.rows) == 0 {
		return strings.Join(f.empty(f.W), "\n")
	}
	lines := make([]string, 0, len(f.rows))
	columns := columnsFor(f.W - cursorWidth - edgeWidth)
	current := f.sieve.marks[f.place(f.cursor)].pos
	for _, r := range f.rows {
		lines = append(lines, f.line(r, columns, r.pos == current))
	}
	return strings.Join(lines, "\n")
}

// messages is a number of them in words.
func messages(n uint64) string {
	if n == 1 {
		return "1 message"
	}
	return widget.Count(int64(n)) + " messages"
}

// empty says why nothing is shown.
func (f *FeedView) empty(w int) []string {
	m := f.m
	n := f.backlog.messages()
	visible := n - f.backlog.hidden
	role, text := theme.Faint, "Nothing has arrived yet. p publishes a message, c changes a resource in Aidbox."
	switch {
	case f.filter != "" && n > 0 && f.sieve.again:
		text = "Searching " + messages(uint64(n)) + " for " + f.filter
	case f.filter != "" && visible > 0:
		text = "None of " + messages(uint64(visible)) + " matches " + f.filter + ". / changes the filter."
	case n > 0 && !f.system && visible == 0:
		text = "Nothing has arrived yet but " + messages(uint64(n)) + " on $ and _INBOX subjects, which are hidden. a shows them."
	case f.paused:
		text = "Paused before anything had arrived. space shows what has come since."
	case len(m.subscriptions) == 0:
		text = "No subscriptions. s subscribes to a subject; what arrives on it is shown here."
	case m.state != nats.Connected:
		role, text = theme.Warn, "! NATS is not connected: "+m.subscriptions[0].Subject+" waits, and starts when it is."
	case m.subscriptions[0].Err != nil:
		role, text = theme.Bad, "! "+refusal(m.subscriptions[0])
	}
	return widget.Paragraph(m.Theme, role, text, w)
}

const (
	cursorWidth = 2
	edgeWidth   = 1
	clockWidth  = 12
	actionWidth = 7
	sizeWidth   = 7
	lagWidth    = 8
	gapWidth    = 2
)

// columns are the widths of a line, which depend on its room alone: what
// arrives moves none of them. A width of zero leaves the column out.
type columns struct{ subject, focus, destination, size, lag int }

// columnsFor shares w cells. Where there is little room the delay goes first,
// then the size, then the destination.
func columnsFor(w int) columns {
	c := columns{size: sizeWidth, lag: lagWidth}
	words := func() int {
		n := w - clockWidth - gapWidth - gapWidth - actionWidth - 1 - gapWidth
		if c.size > 0 {
			n -= c.size + gapWidth
		}
		if c.lag > 0 {
			n -= c.lag + gapWidth
		}
		return n
	}
	if words() < 40 {
		c.lag = 0
	}
	if words() < 34 {
		c.size = 0
	}
	n := words()
	if n >= 28 {
		c.destination = min(n*22/100, 24)
	} else {
		n += gapWidth
	}
	c.focus = max(min(n*44/100, 46), 0)
	c.subject = max(n-c.destination-c.focus, 0)
	return c
}

// pen writes one line from the left.
type pen struct {
	b     strings.Builder
	paint func(theme.Role, string) string
	room  int
}

func (p *pen) put(role theme.Role, text string, w int) { p.write(role, text, w, term.Fit) }
func (p *pen) right(role theme.Role, text string, w int) {
	p.write(role, text, w, term.FitRight)
}
func (p *pen) gap(w int) { p.put(theme.Text, "", w) }

func (p *pen) write(role theme.Role, text string, w int, fit func(string, int) string) {
	if w = min(w, p.room); w > 0 {
		p.b.WriteString(p.paint(role, fit(term.Clean(text), w)))
		p.room -= w
	}
}

// number is a value with its unit in the faint role, on the right of w cells.
func (p *pen) number(text string, w int) {
	value, unit, _ := strings.Cut(text, " ")
	if unit != "" {
		unit = " " + unit
	}
	if n := term.Width(unit); n < w && p.room >= w {
		p.right(theme.Text, value, w-n)
		p.put(theme.Faint, unit, n)
		return
	}
	p.right(theme.Text, text, w)
}

func (f *FeedView) line(r row, c columns, on bool) string {
	p := &pen{paint: f.m.Theme.Paint, room: f.W}
	if on && f.Focused {
		p.paint = f.m.Theme.PaintSelected
	}
	sign := " "
	if on {
		sign = "▸"
		if !term.Narrow() {
			sign = ">"
		}
	}
	role := theme.Faint
	if f.Focused {
		role = theme.Accent
	}
	p.put(role, sign, 1)
	p.gap(1)
	p.put(theme.Faint, widget.Clock(r.time()), clockWidth)
	p.gap(gapWidth)
	if n := r.notice; n != nil {
		p.put(n.role, n.fit(p.room-edgeWidth), p.room-edgeWidth)
		p.gap(edgeWidth)
		return p.b.String()
	}
	p.put(theme.Text, term.Middle(r.Subject, c.subject), c.subject)
	p.gap(gapWidth)
	f.words(p, r, c)
	p.gap(p.room)
	return p.b.String()
}

// words are what a message says, after its subject.
func (f *FeedView) words(p *pen, r row, c columns) {
	middle := c.focus
	if c.destination > 0 {
		middle += gapWidth + c.destination
	}
	if r.Kind == delivery.Notification {
		p.put(message.ActionRole(r.Action), message.Words(r.Summary), actionWidth)
		p.gap(1)
		f.reference(p, r, c.focus)
		if c.destination > 0 {
			p.gap(gapWidth)
			p.put(theme.Text, term.Middle(r.Destination, c.destination), c.destination)
		}
	} else {
		p.put(theme.Faint, message.Words(r.Summary), actionWidth)
		p.gap(1)
		if mark := f.m.again[r.Seq].mark(); mark != "" {
			n := min(term.Width(mark)+1, c.focus)
			p.put(theme.Warn, mark, n)
			c.focus, middle = c.focus-n, middle-n
		}
		if c.size == 0 && c.destination >= sizeWidth {
			// Where the size has no column, it has the place of the destination.
			p.put(theme.Text, r.Preview, c.focus)
			p.gap(gapWidth)
			p.number(widget.Bytes(int64(r.Size)), c.destination)
			return
		}
		p.put(theme.Text, r.Preview, middle)
	}
	if c.size > 0 {
		p.gap(gapWidth)
		p.number(widget.Bytes(int64(r.Size)), c.size)
	}
	if c.lag > 0 {
		p.gap(gapWidth)
		p.number(lag(r), c.lag)
	}
}

// reference is what a notification is about, with how often it was here.
func (f *FeedView) reference(p *pen, r row, w int) {
	const least = 16 // of the reference beside a mark in words
	rest := message.More(r.Summary)
	again := f.m.again[r.Seq]
	mark := again.mark()
	if w-term.Width(rest)-term.Width(mark)-1 < least {
		mark = again.short()
	}
	n := term.Width(mark)
	if n > 0 {
		n++
	}
	text := message.ShortReference(r.Focus, w-term.Width(rest)-n) + rest
	used := min(term.Width(term.Clean(text)), max(w-n, 0))
	p.put(theme.Strong, text, used)
	if n > 0 {
		p.gap(1)
	}
	p.put(theme.Warn, mark, w-used-min(n, 1))
}

// lag is how long after the change a message arrived, by two clocks.
func lag(r row) string {
	switch {
	case !r.HasLag:
		return ""
	case r.Lag < 0:
		return widget.Duration(r.Lag)
	case r.Lag >= time.Minute:
		return "+" + widget.Age(r.Lag)
	}
	return "+" + widget.Duration(r.Lag)
}
