package live

import (
	"maps"
	"slices"
	"strconv"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/delivery"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// DetailTitle names the message under the feed's cursor.
func (m *Model) DetailTitle() widget.Title {
	r, ok := m.feed.selected()
	if !ok {
		return widget.Title{Text: "Message"}
	}
	return widget.Title{Text: "Message " + strconv.FormatUint(r.Seq, 10) + " on " + term.Clean(r.Subject)}
}

// DetailIdentity is the message's place in the feed.
func (m *Model) DetailIdentity() string {
	r, _ := m.feed.selected()
	return strconv.FormatUint(r.Seq, 10)
}

// told is what the detail's lines depend on: while others arrive, the message
// under the cursor is not read again.
type told struct {
	seq          uint64
	none, paused bool
}

// tellDetail is called when the window was moved.
func (m *Model) tellDetail() {
	r, _ := m.feed.selected()
	if now := (told{seq: r.Seq, none: m.Len() == 0, paused: m.feed.paused}); now != m.told {
		m.told = now
		m.detailRevision++
	}
}

// DetailRevision grows when another message is under the cursor.
func (m *Model) DetailRevision() uint64 { return m.detailRevision }

// DetailKeys pause and resume.
func (m *Model) DetailKeys() widget.Actions { return widget.Actions{m.pauseAction()} }

// DetailLines are the message in words, its headers, and its body.
func (m *Model) DetailLines(w int) []string {
	th := m.Theme
	r, ok := m.feed.selected()
	if !ok {
		return append([]string{""}, m.feed.empty(w)...)
	}
	lines := []string{""}
	label := func(name, value string) { lines = append(lines, widget.Label(th, name, value, w)...) }
	text := func(s string) string { return th.Paint(theme.Text, term.Clean(s)) }
	if r.Kind == delivery.Notification {
		what := th.Paint(actionRole(r.Action), term.Clean(actionWords(r)))
		if r.Guessed {
			what += th.Paint(theme.Faint, "  guessed from the times: the message does not tell")
		}
		label("change", what)
		label("resource", th.Paint(theme.Strong, term.Clean(r.Focus))+th.Paint(theme.Faint, more(r)))
		label("topic", text(r.Topic))
		label("destination", text(r.Destination))
	}
	arrived := text(widget.Clock(r.Received)) + th.Paint(theme.Faint, "   "+widget.Bytes(int64(r.Size)))
	if r.HasLag {
		arrived += th.Paint(theme.Faint, "   "+widget.Duration(r.Lag)+" after the change")
	}
	label("arrived", arrived)
	if r.Subscription != r.Subject {
		label("subscription", text(r.Subscription))
	}
	if r.Reply != "" {
		label("reply to", text(r.Reply))
	}
	for i, name := range slices.Sorted(maps.Keys(r.Header)) {
		for _, value := range r.Header[name] {
			heading := ""
			if i == 0 {
				heading = "headers"
			}
			label(heading, th.Paint(theme.Faint, term.Clean(name)+": ")+text(value))
		}
	}
	lines = append(lines, "")
	if r.Kind == delivery.Empty {
		return append(lines, widget.Paragraph(th, theme.Faint, "The body is empty.", w)...)
	}
	lines = append(lines, m.resources(r)...)
	for _, l := range widget.JSON(th, r.Data) {
		lines = append(lines, " "+l)
	}
	return lines
}

// resources are what a notification carries, before the message as it came.
func (m *Model) resources(r row) []string {
	if r.Kind != delivery.Notification {
		return nil
	}
	n, err := aidbox.DecodeNotification(r.Data)
	if err != nil {
		return nil
	}
	var lines []string
	for _, e := range n.Events {
		if len(e.Resource) == 0 {
			continue
		}
		for _, l := range widget.JSON(m.Theme, e.Resource) {
			lines = append(lines, " "+l)
		}
		lines = append(lines, "")
	}
	return append(lines, " "+m.Theme.Paint(theme.Faint, "the message as it came"))
}
