package data

import "aidbox-nats/aidbox/mask"

// Mask hides personal data in what is shown, searched, copied and saved. It is
// a message, broadcast when the person turns it on or off, and the value that
// every pane keeps. The zero value hides nothing. Turned on before the shape of
// R4 is there, it hides everything.
type Mask struct {
	On     bool
	Masker *mask.Masker
}

// JSON is raw as it may be shown.
func (m Mask) JSON(raw []byte) []byte {
	switch {
	case !m.On:
		return raw
	case m.Masker == nil:
		return []byte(`"` + mask.Hidden + `"`)
	}
	return m.Masker.JSON(raw)
}

// Text is a text that may quote a resource, or be one, as it may be shown.
func (m Mask) Text(s string) string {
	switch {
	case !m.On:
		return s
	case m.Masker == nil:
		return mask.Hidden
	}
	return m.Masker.Text(s)
}

// URL is an address whose query may name a person, as it may be shown.
func (m Mask) URL(s string) string {
	switch {
	case !m.On:
		return s
	case m.Masker == nil:
		return mask.Hidden
	}
	return m.Masker.URL(s)
}

// Header is the value of a message's header, as it may be shown.
func (m Mask) Header(name, value string) string {
	switch {
	case !m.On:
		return value
	case m.Masker == nil:
		return mask.Hidden
	}
	return m.Masker.Header(name, value)
}
