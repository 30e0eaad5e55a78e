package data

import "aidbox-nats/aidbox/mask"

// Mask hides personal data in what is shown, searched, copied and saved. It is
// a message, broadcast when the person turns it on or off, and the value that
// every pane keeps. The zero value hides nothing.
type Mask struct {
	On     bool
	Masker *mask.Masker
}

// JSON is raw as it may be shown.
func (m Mask) JSON(raw []byte) []byte {
	if !m.On || m.Masker == nil {
		return raw
	}
	return m.Masker.JSON(raw)
}

// Text is a text that may quote a resource, or be one, as it may be shown.
func (m Mask) Text(s string) string {
	if !m.On || m.Masker == nil {
		return s
	}
	return m.Masker.Text(s)
}
