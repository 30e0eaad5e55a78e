package messages

import (
	"aidbox-nats/nats"
	"aidbox-nats/tui/message"
)

// Copied is the value under the detail's cursor, or the body of the message, as
// they may be shown.
func (m *Model) Copied() (what, text string) {
	if m.detail.Focused {
		if path, value, ok := m.detail.Value(); ok {
			if path == "" {
				path = "value"
			}
			return path, value
		}
	}
	r, ok := m.selected()
	if !ok {
		return "", ""
	}
	return "message " + count(r.Seq), string(message.Body(m.mask, r.Data))
}

// Command is the nats command that reads the message.
func (m *Model) Command() (what, text string) {
	r, ok := m.selected()
	if !ok {
		return "", ""
	}
	return "nats command", m.o.NATS.Command(nats.MessageOperation(r.Stream, r.Seq))
}
