package live

import (
	"strconv"
	"time"

	"aidbox-nats/nats"
	"aidbox-nats/tui/message"
)

// commandBytes bounds the body that stands in a command; a larger one is read
// from a file.
const commandBytes = 64 << 10

// Copied is what is selected where the keys are: the value under the detail's
// cursor, the message under the feed's, or the subject of a subscription.
func (m *Model) Copied() (what, text string) {
	switch {
	case m.detail.Focused:
		return m.detail.Copied()
	case m.feed.Focused:
		return m.feed.Copied()
	}
	s, ok := m.Selected()
	if !ok {
		return "", ""
	}
	return "subject", s.Subject
}

// Command is the nats command that does what is selected again: publishes the
// message, or subscribes.
func (m *Model) Command() (what, text string) {
	if m.detail.Focused || m.feed.Focused {
		return m.repeat()
	}
	s, ok := m.Selected()
	if !ok {
		return "", ""
	}
	return "nats command", m.conn.Command(nats.Operation{Verb: "SUB", Subject: s.Subject})
}

// Copied is the message under the cursor.
func (f *FeedView) Copied() (what, text string) { return f.m.message(f.selected()) }

// Command publishes the message under the cursor again.
func (f *FeedView) Command() (what, text string) { return f.m.repeat() }

// Copied is the value under the cursor, or the message where there is none.
func (v *messageView) Copied() (what, text string) {
	if path, value, ok := v.Value(); ok {
		if path == "" {
			path = "value"
		}
		return path, value
	}
	return v.m.message(v.m.current())
}

// Command publishes the message again.
func (v *messageView) Command() (what, text string) { return v.m.repeat() }

func (m *Model) message(r row, ok bool) (what, text string) {
	switch {
	case !ok:
		return "", ""
	case r.notice != nil:
		return "line", r.notice.at.Format(time.RFC3339) + " " + r.notice.line()
	}
	return "message " + strconv.FormatUint(r.Seq, 10), string(message.Body(m.feed.mask, r.Data))
}

func (m *Model) repeat() (what, text string) {
	r, ok := m.current()
	if !ok || r.notice != nil {
		return "", ""
	}
	body := message.Body(m.feed.mask, r.Data)
	o := nats.Operation{Verb: "PUB", Subject: r.Subject, Reply: r.Reply, Data: body, Bytes: len(body)}
	for _, h := range message.Headers(m.feed.mask, r.Header) {
		if o.Header == nil {
			o.Header = map[string][]string{}
		}
		o.Header[h[0]] = append(o.Header[h[0]], h[1])
	}
	if len(body) > commandBytes {
		o.Data = nil
	}
	return "nats command", m.conn.Command(o)
}
