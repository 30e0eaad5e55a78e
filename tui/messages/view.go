package messages

import (
	"errors"
	"strconv"
	"time"

	"aidbox-nats/aidbox/delivery"
	"aidbox-nats/nats"
	"aidbox-nats/tui/message"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// Title names the stream, and says which part of it is seen, or how far the
// search is.
func (m *Model) Title() widget.Title {
	th := m.o.Theme
	t := widget.Title{Text: "Messages"}
	if m.stream == "" {
		return t
	}
	t.Text = "Messages of " + term.Clean(m.stream)
	if m.subject != "" {
		t.Text += " on " + term.Clean(m.subject)
	}
	faint := func(s string) string { return th.Paint(theme.Faint, s) }
	if m.listing() {
		t.Text = term.Clean(m.stream) + " /" + term.Cut(term.Clean(m.search.wanted.options.Query.String()), max(m.list.W/3, 8))
		t.Right = m.progress(m.list.W - term.Width(t.Text) - titleEdges)
		return t
	}
	switch n := m.newer(); {
	case m.gone:
		t.Right, t.Bad = "gone", true
		return t
	case m.err != nil:
		t.Right, t.Bad = "not read", true
		return t
	case m.slow:
		t.Right = "reading" + term.Ellipsis()
	case n > 0:
		t.Right = th.Paint(theme.Warn, count(n)+" newer") + faint(", G goes there")
	case len(m.window.rows) > 0:
		t.Right = faint(number(m.state.Messages, "message", "messages"))
	}
	if m.place {
		t.Right = th.Paint(theme.Accent, "result "+count(uint64(m.hit+1))+" of "+count(uint64(len(m.found.rows)))) +
			faint("  /"+term.Cut(term.Clean(m.search.wanted.options.Query.String()), max(m.list.W/4, 8)))
		return t
	}
	if r, ok := m.selected(); ok && m.newer() == 0 {
		t.Right = faint("at ") + th.Paint(theme.Text, count(r.Seq)) + faint(" · ") + t.Right
	}
	return t
}

// titleEdges are the cells of a title that no text has.
const titleEdges = 6

// progress says how far a search is, at what rate, and how it ended. What has
// no room goes.
func (m *Model) progress(room int) string {
	th, p := m.o.Theme, m.found.progress
	faint := func(s string) string { return th.Paint(theme.Faint, s) }
	n := th.Paint(theme.Text, count(uint64(len(m.found.rows)))) + faint(" found")
	read := faint(" in ") + th.Paint(theme.Text, widget.Short(int64(p.Read)))
	of := ""
	if p.Of > p.Read {
		of = faint(" of "+widget.Short(int64(p.Of))) + th.Paint(theme.Text, " "+percent(p))
	}
	rate := faint("  " + widget.Rate(p.Rate()))
	state := faint("  searching" + term.Ellipsis())
	switch {
	case m.found.err != nil:
		state = th.Paint(theme.Bad, "  failed")
	case m.found.full:
		state = th.Paint(theme.Warn, "  as many as are kept")
	case m.found.stopped:
		state = th.Paint(theme.Warn, "  stopped")
	case m.found.done:
		state, of, rate = th.Paint(theme.OK, "  all read"), "", faint(" "+widget.Duration(p.Elapsed))
	}
	for _, text := range []string{n + read + of + rate + state, n + read + of + state, n + of + state, n + state} {
		if term.Width(text) <= room {
			return text
		}
	}
	return n
}

func percent(p nats.FindProgress) string {
	if p.Of == 0 {
		return ""
	}
	return strconv.FormatUint(p.Read*100/p.Of, 10) + " %"
}

// nothingFound stands where results would.
func (m *Model) nothingFound() string {
	p, q := m.found.progress, m.search.wanted.options.Query.String()
	switch {
	case m.found.err != nil:
		return "The search failed: " + m.mask.Error(m.found.err)
	case m.found.stopped:
		return "Nothing found of " + q + " in " + number(p.Read, "message", "messages") + ", then it was stopped. esc leaves."
	case m.found.done && p.Unreadable > 0:
		return "Nothing found of " + q + " in " + number(p.Read, "message", "messages") + "; " + number(p.Unreadable, "is no JSON or makes", "are no JSON or make") +
			" an error of the expression. / looks for something else, esc leaves."
	case m.found.done:
		masked := ""
		if m.search.mask.On {
			masked = "; " + maskedWords
		}
		return "Nothing found of " + q + " in " + number(p.Read, "message", "messages") + m.search.direction() + masked + ". / looks for something else, esc leaves."
	}
	return "Searching for " + q + term.Ellipsis() + " esc stops."
}

// direction says what was not looked at.
func (s *search) direction() string {
	o := s.wanted.options
	if o.From == 0 && o.Since.IsZero() {
		return ""
	}
	where := "from " + count(o.From)
	if o.From == 0 {
		where = "from " + o.Since.Local().Format(time.DateTime)
	}
	if o.Backwards {
		return " " + where + " back"
	}
	return " " + where + " on"
}

// DetailTitle names the message.
func (m *Model) DetailTitle() widget.Title {
	r, ok := m.selected()
	if !ok {
		return widget.Title{Text: "Message"}
	}
	return widget.Title{Text: "Message " + count(r.Seq) + " of " + term.Clean(r.Stream) + m.content.Suffix()}
}

// told is what the detail's lines depend on.
type told struct {
	stream  string
	seq     uint64
	content message.Content
	masking uint64
	trouble string
	empty   string
}

// tell is called when something may have changed.
func (m *Model) tell() {
	r, _ := m.selected()
	now := told{stream: m.stream, seq: r.Seq, content: m.content, masking: m.masking, trouble: m.trouble()}
	if r.Seq == 0 {
		now.empty = m.empty()
	}
	if now != m.told {
		m.told = now
		m.revision++
	}
}

// DetailIdentity is the message, and how it is shown.
func (m *Model) DetailIdentity() string {
	r, _ := m.selected()
	return m.stream + " " + strconv.FormatUint(r.Seq, 10) + m.content.String()
}

// DetailRevision grows when another message is under the cursor.
func (m *Model) DetailRevision() uint64 { return m.revision }

// trouble says what is wrong with what is shown.
func (m *Model) trouble() string {
	err := m.failure()
	if m.listing() {
		err = m.found.err
	}
	var refused *nats.PermissionError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &refused):
		return err.Error() + ". The server decides this by the permissions of the user that this console connects as."
	case errors.Is(err, nats.ErrStreamNotFound):
		return errGone{m.stream}.Error()
	}
	return m.mask.Error(err)
}

// DetailBlocks are the message in words, its headers, and its body.
func (m *Model) DetailBlocks(w int) []widget.Block {
	lines := []string{""}
	if text := m.trouble(); text != "" {
		lines = append(append(lines, widget.Paragraph(m.o.Theme, theme.Bad, "✗ "+text, w)...), "")
	}
	r, ok := m.selected()
	if !ok {
		if m.trouble() == "" {
			lines = append(lines, widget.Paragraph(m.o.Theme, theme.Faint, m.empty(), w)...)
		}
		return []widget.Block{{Lines: lines}}
	}
	v := message.View{Theme: m.o.Theme, Mask: m.mask, Content: m.content}
	msg := r.drawn()
	lines = append(append(lines, v.Head(msg, w)...), m.storage(r, w)...)
	lines = append(lines, v.Headers(msg, w)...)
	if r.Expired() && len(r.Data) == 0 {
		text := "The body is empty, as that of every marker: it says that " + marker(r) + "."
		return []widget.Block{{Lines: append(append(lines, ""), widget.Paragraph(m.o.Theme, theme.Faint, text, w)...)}}
	}
	return v.Body(msg, append(lines, ""), w)
}

// storage tells where and when a message was stored, and for how long.
func (m *Model) storage(r row, w int) []string {
	th := m.o.Theme
	faint := func(s string) string { return th.Paint(theme.Faint, s) }
	text := func(s string) string { return th.Paint(theme.Text, s) }
	stored := text(r.Time.Local().Format("2006-01-02 15:04:05.000")) + faint("   "+widget.Bytes(int64(r.summary.Size)))
	if s := r.summary; s.HasLag && s.Kind == delivery.Notification {
		switch {
		case s.Lag < 0:
			stored += faint("   " + widget.Duration(-s.Lag) + " before the change, by its server's clock")
		case s.Lag >= time.Minute:
			stored += faint("   " + widget.Age(s.Lag) + " after the change")
		default:
			stored += faint("   " + widget.Duration(s.Lag) + " after the change")
		}
	}
	lines := widget.Label(th, "stored", stored, w)
	if life := m.life(r); life > 0 {
		lines = append(lines, widget.Label(th, "expires", text(r.Time.Add(life).Local().Format(time.DateTime)), w)...)
	}
	return lines
}

// life is how long a message stays, by its own header or the stream's limit.
// Zero: for ever, as far as time goes.
func (m *Model) life(r row) time.Duration {
	for _, l := range r.Labels() {
		if l.Kind == nats.LabelTTL {
			return l.TTL
		}
	}
	return m.state.MaxAge
}
