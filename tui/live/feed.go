package live

import (
	"math"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox/delivery"
	"aidbox-nats/nats"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// row is a delivery in the feed's window, with its line's words.
type row struct {
	nats.Delivery
	delivery.Summary
}

// FeedView is the pane of what arrived, a line a message. It follows the
// newest until the person moves away from it. While paused it shows what the
// feed kept at that moment, whatever the feed lets go of meanwhile: that holds
// as much memory again as the feed's own bound.
type FeedView struct {
	widget.Base
	m      *Model
	follow bool
	paused bool
	frozen []nats.Delivery // while paused: all that can be shown
	until  uint64          // while paused: the sequence after the last of them
	top    uint64          // sequence of the first line
	cursor uint64          // sequence under the cursor; 0 when there is none
	rows   []row

	subjectWidth, focusWidth, destinationWidth int
}

func newFeedView(m *Model) *FeedView {
	return &FeedView{m: m, follow: true, subjectWidth: 10, focusWidth: 14, destinationWidth: 6}
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

// bounds are the sequences that may be shown: from first up to, not
// including, next.
func (f *FeedView) bounds() (first, next uint64) {
	if f.paused {
		return f.until - uint64(len(f.frozen)), f.until
	}
	return f.m.counters.First, f.m.counters.Next
}

// window are up to n messages from sequence from on.
func (f *FeedView) window(from uint64, n int) []nats.Delivery {
	if !f.paused {
		return f.m.source.Window(from, n)
	}
	first, _ := f.bounds()
	rest := f.frozen[min(from-first, uint64(len(f.frozen))):]
	return rest[:min(n, len(rest))]
}

// look takes what is on the screen out of the feed.
func (f *FeedView) look() {
	defer f.m.tellDetail()
	f.Touch()
	first, next := f.bounds()
	if first == next {
		f.rows, f.cursor = nil, 0
		return
	}
	if f.follow {
		f.cursor = next - 1
	}
	f.cursor = min(max(f.cursor, first), next-1)
	h := uint64(max(f.H, 1))
	f.top = max(f.top, first)
	if f.cursor < f.top {
		f.top = f.cursor
	}
	if f.cursor >= f.top+h {
		f.top = f.cursor - h + 1
	}
	if next-f.top < h { // no empty lines below while there are messages above
		f.top = max(first, next-min(h, next))
	}
	f.take(next)
}

// take reads the window, and decodes only what was not in it before.
func (f *FeedView) take(next uint64) {
	known := make(map[uint64]row, len(f.rows))
	for _, r := range f.rows {
		known[r.Seq] = r
	}
	f.rows = f.rows[:0:0]
	for _, d := range f.window(f.top, int(min(uint64(f.H), next-f.top))) {
		r, ok := known[d.Seq]
		if !ok {
			r = row{Delivery: d, Summary: delivery.Summarize(d)}
		}
		f.rows = append(f.rows, r)
		f.widen(r)
	}
}

// widen lets the columns grow with what was seen, so that they do not jump.
func (f *FeedView) widen(r row) {
	f.subjectWidth = min(max(f.subjectWidth, term.Width(term.Clean(r.Subject))), 32)
	f.focusWidth = min(max(f.focusWidth, term.Width(term.Clean(r.Focus))), 44)
	f.destinationWidth = min(max(f.destinationWidth, term.Width(term.Clean(r.Destination))), 20)
}

func (f *FeedView) selected() (row, bool) {
	for _, r := range f.rows {
		if r.Seq == f.cursor {
			return r, true
		}
	}
	return row{}, false
}

// Move moves the cursor by lines; at the end the feed follows again.
func (f *FeedView) Move(delta int) bool { return f.moveTo(int64(f.cursor)+int64(delta), delta > 0) }

// Page moves the cursor by windows.
func (f *FeedView) Page(delta int) bool { return f.Move(delta * max(f.H-1, 1)) }

// Top moves the cursor to the oldest message that is kept.
func (f *FeedView) Top() bool { return f.moveTo(0, false) }

// Bottom moves the cursor to the newest message, and follows.
func (f *FeedView) Bottom() bool { return f.moveTo(math.MaxInt64, true) }

func (f *FeedView) moveTo(seq int64, down bool) bool {
	first, next := f.bounds()
	if first == next {
		return false
	}
	was, followed := f.cursor, f.follow
	f.cursor = uint64(min(max(seq, int64(first)), int64(next)-1))
	f.follow = f.cursor == next-1 && down || f.follow && f.cursor == was
	f.look()
	return f.cursor != was || f.follow != followed
}

// Keys move in the feed.
func (f *FeedView) Keys() widget.Actions {
	return append(widget.Actions{f.m.pauseAction()}, widget.Motions(f, f.Touch)...)
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
	f.paused, f.frozen = on, nil
	f.m.counters = f.m.source.Counters()
	if c := f.m.counters; on {
		f.frozen = f.m.source.Window(c.First, c.Kept)
		f.until = c.Next
		if n := len(f.frozen); n > 0 {
			f.until = f.frozen[n-1].Seq + 1
		}
	} else {
		f.follow = true
	}
	f.look()
}

// Title names the subjects, and says what the feed does.
func (f *FeedView) Title() widget.Title {
	th, c := f.m.Theme, f.m.counters
	var subjects []string
	for _, s := range f.m.Table.Rows() {
		subjects = append(subjects, term.Clean(s.Subject))
	}
	text := "Feed"
	if len(subjects) > 0 {
		text += "  " + term.Cut(strings.Join(subjects, ", "), max(f.W/3, 8))
	}
	_, next := f.bounds()
	fresh := c.Next - min(next, c.Next)
	state := th.Paint(theme.OK, "following")
	switch {
	case f.paused:
		state = th.Paint(theme.Warn, "paused, "+widget.Count(int64(fresh))+" new")
	case !f.follow:
		state = th.Paint(theme.Warn, widget.Count(int64(next-1-f.cursor))+" below")
	}
	dot := th.Paint(theme.Faint, " · ")
	dropped := th.Paint(theme.Faint, "0 dropped")
	if c.Dropped > 0 {
		dropped = th.Paint(theme.Bad, widget.Count(int64(c.Dropped))+" dropped")
	}
	right := th.Paint(theme.Text, widget.Count(int64(c.Received))) + th.Paint(theme.Faint, " received") + dot + dropped + dot + state
	return widget.Title{Text: text, Right: right}
}

// View draws the window.
func (f *FeedView) View() string {
	if len(f.rows) == 0 {
		return strings.Join(f.empty(f.W), "\n")
	}
	lines := make([]string, 0, len(f.rows))
	for _, r := range f.rows {
		lines = append(lines, f.line(r))
	}
	return strings.Join(lines, "\n")
}

// empty says why nothing is shown.
func (f *FeedView) empty(w int) []string {
	text := "Nothing has arrived yet. p publishes a message, c changes a resource in Aidbox."
	switch {
	case f.m.Len() == 0:
		text = "No subscriptions. s subscribes to a subject; what arrives on it is shown here."
	case f.paused:
		text = "Paused before anything had arrived. space shows what has come since."
	}
	return widget.Paragraph(f.m.Theme, theme.Faint, text, w)
}

const (
	clockWidth  = 12
	actionWidth = 7
	sizeWidth   = 7
	lagWidth    = 9
)

// line draws one message. What does not fit goes from the right: the delay,
// the size, the destination.
func (f *FeedView) line(r row) string {
	th := f.m.Theme
	on := r.Seq == f.cursor
	paint := th.Paint
	if on && f.Focused {
		paint = th.PaintSelected
	}
	var b strings.Builder
	room := f.W - 2
	put := func(role theme.Role, text string, w int, right bool) {
		if w = min(w, room); w <= 0 {
			return
		}
		if text = term.Clean(text); right {
			text = term.FitRight(text, w)
		} else {
			text = term.Fit(text, w)
		}
		b.WriteString(paint(role, text))
		room -= w
	}
	gap := func(w int) { put(theme.Text, "", w, false) }
	cursor := " "
	if on {
		cursor = "▸"
		if !term.Narrow() {
			cursor = ">"
		}
	}
	b.WriteString(paint(theme.Accent, cursor))
	b.WriteString(paint(theme.Text, " "))
	put(theme.Faint, widget.Clock(r.Received), clockWidth, false)
	gap(2)
	subject := f.subjectWidth
	if f.W < 90 {
		subject = min(subject, 16)
	}
	put(theme.Text, r.Subject, subject, false)
	gap(2)
	f.words(r, put, gap, &room)
	put(theme.Text, "", room, false)
	return b.String()
}

// words are what a message says, after its subject.
func (f *FeedView) words(r row, put func(theme.Role, string, int, bool), gap func(int), room *int) {
	size, lag := sizeWidth+2, lagWidth+1
	if *room < 50 {
		lag = 0
	}
	if *room < 34 {
		size = 0
	}
	middle := *room - size - lag
	if r.Kind == delivery.Notification {
		destination := f.destinationWidth + 2
		if middle < actionWidth+2+f.focusWidth+destination {
			destination = min(destination, max(middle-actionWidth-2-14, 0))
		}
		put(actionRole(r.Action), actionWords(r), actionWidth, false)
		gap(1)
		focus := min(middle-actionWidth-1-destination, f.focusWidth)
		put(theme.Strong, shortReference(r.Focus, focus-term.Width(more(r)))+more(r), focus, false)
		if destination > 0 {
			gap(2)
			put(theme.Faint, r.Destination, destination-2, false)
		}
		gap(middle - actionWidth - 1 - focus - destination)
	} else {
		put(theme.Faint, r.Kind.String(), actionWidth, false)
		gap(1)
		put(theme.Text, r.Preview, middle-actionWidth-1, false)
	}
	if size > 0 {
		gap(size - sizeWidth)
		put(theme.Faint, widget.Bytes(int64(r.Size)), sizeWidth, true)
	}
	if lag > 0 {
		gap(lag - lagWidth)
		text := ""
		if r.HasLag {
			text = "+" + widget.Duration(r.Lag)
		}
		put(theme.Faint, text, lagWidth, true)
	}
}

// actionWords marks what was guessed.
func actionWords(r row) string {
	switch {
	case r.Action == "":
		return "change"
	case r.Guessed:
		return r.Action + "?"
	}
	return r.Action
}

func actionRole(action string) theme.Role {
	switch action {
	case "create":
		return theme.OK
	case "update":
		return theme.Warn
	case "delete":
		return theme.Bad
	}
	return theme.Faint
}

func more(r row) string {
	if r.More == 0 {
		return ""
	}
	return " +" + widget.Count(int64(r.More))
}

// shortReference shortens Type/id in the middle of the id.
func shortReference(ref string, w int) string {
	kind, id, ok := strings.Cut(term.Clean(ref), "/")
	if rest := w - term.Width(kind) - 1; ok && rest >= 5 {
		return kind + "/" + term.Middle(id, rest)
	}
	return term.Middle(ref, max(w, 0))
}
