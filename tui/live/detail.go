package live

import (
	"errors"
	"strconv"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/nats"
	"aidbox-nats/tui/message"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// messageView is the detail of a message. While the keys are in it, it stays
// with its message, whatever arrives: nobody reads what moves.
type messageView struct {
	*widget.Document
	m        *Model
	held     *row
	followed bool
}

// Update takes the focus.
func (v *messageView) Update(msg tea.Msg) tea.Cmd {
	f, ok := msg.(widget.Focus)
	if ok && f.On != v.Focused {
		v.hold(f.On)
	}
	return v.Document.Update(msg)
}

func (v *messageView) hold(on bool) {
	f := v.m.feed
	if on {
		v.followed, f.follow = f.follow, false
		v.keep()
	} else {
		v.held = nil
		f.follow = f.follow || v.followed && f.below() <= 0
	}
	f.look()
}

// keep holds the message under the feed's cursor.
func (v *messageView) keep() {
	if r, ok := v.m.feed.selected(); ok {
		v.held = &r
	}
}

// current is the message that the detail shows.
func (m *Model) current() (row, bool) {
	if held := m.detail.held; held != nil {
		return *held, true
	}
	return m.feed.selected()
}

// DetailTitle names the message under the feed's cursor.
func (m *Model) DetailTitle() widget.Title {
	r, ok := m.current()
	switch {
	case !ok:
		return widget.Title{Text: "Message"}
	case r.notice != nil:
		return widget.Title{Text: "Connection"}
	}
	return widget.Title{Text: "Message " + strconv.FormatUint(r.Seq, 10) + " on " + term.Clean(r.Subject) + m.content.Suffix()}
}

// DetailIdentity is the message's place in the feed, and how it is shown.
func (m *Model) DetailIdentity() string {
	r, _ := m.current()
	return strconv.FormatUint(r.pos, 10) + m.content.String()
}

// told is what the detail's lines depend on: while others arrive, the message
// under the cursor is not read again.
type told struct {
	pos     uint64
	notice  *notice
	content message.Content
	mask    bool
	trouble string
	empty   string
	again   repeat
}

// tellDetail is called when the window was moved.
func (m *Model) tellDetail() {
	if m.detail == nil {
		return
	}
	r, ok := m.current()
	now := told{pos: r.pos, notice: r.notice, content: m.content, mask: m.feed.mask.On, trouble: m.trouble(), again: m.again[r.Seq]}
	if !ok {
		for _, l := range m.feed.empty(1 << 10) {
			now.empty += l
		}
	}
	if now != m.told {
		m.told = now
		m.detailRevision++
	}
}

// DetailRevision grows when another message is under the cursor.
func (m *Model) DetailRevision() uint64 { return m.detailRevision }

// DetailKeys choose how the message is shown.
func (m *Model) DetailKeys() widget.Actions {
	return widget.Actions{m.content.Action(func() string {
		if r, ok := m.current(); !ok || r.notice != nil {
			return "there is no message"
		}
		return ""
	}, func(next message.Content) {
		m.content = next
		m.tellDetail()
	}), m.step("[", "before", -1), m.step("]", "after", 1)}
}

// step goes to the message before or after the one that is shown, in the feed
// too.
func (m *Model) step(k, word string, by int) widget.Action {
	target := func() (to int, ok bool) {
		r, ok := m.current()
		n := len(m.feed.sieve.marks)
		if !ok || n == 0 {
			return 0, false
		}
		to = m.feed.place(r.pos)
		if m.feed.sieve.marks[to].pos == r.pos || by < 0 { // else it is gone, and to is the one after it
			to += by
		}
		return to, to >= 0 && to < n && m.feed.sieve.marks[to].pos != r.pos
	}
	return widget.Action{
		Name:    "show the message " + word,
		Binding: key.NewBinding(key.WithKeys(k), key.WithHelp(k, word)),
		Why: func() string {
			if _, ok := target(); !ok {
				return "there is no message " + word + " this one"
			}
			return ""
		},
		Run: func() tea.Cmd {
			if to, ok := target(); ok {
				m.feed.moveTo(to, false)
				if m.detail.Focused {
					m.detail.keep()
				}
				m.tellDetail()
			}
			return nil
		},
	}
}

// trouble says why nothing can arrive on the selected subscription, while the
// keys are in the list.
func (m *Model) trouble() string {
	s, ok := m.Selected()
	switch {
	case !ok || !m.Focused:
		return ""
	case s.Err != nil:
		return refusal(s)
	case m.state != nats.Connected:
		return s.Subject + " waits: NATS is not connected; it starts when it is"
	}
	return ""
}

// refusal says why the server refused a subscription, and what to do.
func refusal(s nats.SubscriptionInfo) string {
	if errors.As(s.Err, new(*nats.PermissionError)) {
		return s.Subject + " is refused: " + s.Err.Error() + ". Its permissions must be changed at the server, or the console started as another user; " +
			"after a reconnect it is asked for again. u takes it away."
	}
	return s.Subject + " is refused: " + s.Err.Error() + ". u takes it away."
}

// DetailBlocks are the message in words, its headers, and its body.
func (m *Model) DetailBlocks(w int) []widget.Block {
	lines := []string{""}
	if text := m.trouble(); text != "" {
		role := theme.Warn
		if s, _ := m.Selected(); s.Err != nil {
			role = theme.Bad
		}
		lines = append(append(lines, widget.Paragraph(m.Theme, role, "! "+text, w)...), "")
	}
	r, ok := m.current()
	switch {
	case !ok:
		if m.trouble() == "" {
			lines = append(lines, m.feed.empty(w)...)
		}
		return []widget.Block{{Lines: lines}}
	case r.notice != nil:
		lines = append(lines, widget.Paragraph(m.Theme, r.notice.role, r.notice.line(), w)...)
		lines = append(lines, "", " "+m.Theme.Paint(theme.Faint, widget.Clock(r.notice.at)))
		if r.notice.more != "" {
			lines = append(append(lines, ""), widget.Paragraph(m.Theme, theme.Faint, r.notice.more, w)...)
		}
		return []widget.Block{{Lines: lines}}
	}
	v, msg := m.view(), r.message()
	lines = append(append(lines, v.Head(msg, w)...), m.arrival(r, w)...)
	lines = append(lines, v.Headers(msg, w)...)
	return v.Body(msg, append(lines, ""), w)
}

// view is how messages are drawn now.
func (m *Model) view() message.View {
	return message.View{Theme: m.Theme, Mask: m.feed.mask, Content: m.content}
}

// message is the row's, to be drawn.
func (r row) message() message.Message {
	return message.Message{Subject: r.Subject, Header: r.Header, Data: r.Data, Summary: r.Summary}
}

// arrival tells how a message came.
func (m *Model) arrival(r row, w int) []string {
	th := m.Theme
	var lines []string
	label := func(name, value string) { lines = append(lines, widget.Label(th, name, value, w)...) }
	text := func(s string) string { return th.Paint(theme.Text, term.Clean(s)) }
	faint := func(s string) string { return th.Paint(theme.Faint, s) }
	if again := m.again[r.Seq]; again.nth > 0 {
		label("again", th.Paint(theme.Warn, again.sentence()))
	}
	arrived := text(widget.Clock(r.Received)) + faint("   "+widget.Bytes(int64(r.Size)))
	switch {
	case !r.HasLag:
	case r.Lag >= time.Minute:
		arrived += faint("   " + widget.Age(r.Lag) + " on the way")
	case r.Lag >= 0:
		arrived += faint("   " + widget.Duration(r.Lag) + " on the way")
	default:
		arrived += faint("   " + widget.Duration(-r.Lag) + " before the change, by its server's clock")
	}
	label("arrived", arrived)
	if r.Subscription != r.Subject {
		label("taken by", text(r.Subscription))
	}
	if r.Reply != "" {
		label("reply to", text(r.Reply))
	}
	return lines
}
