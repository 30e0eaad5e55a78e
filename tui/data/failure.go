package data

import "aidbox-nats/aidbox/mask"

// Failure is why something was not delivered or not made, as it may be shown:
// servers, subjects and streams stay, what it quotes of a person does not.
// Names in known stay, too.
func (m Mask) Failure(s string, known ...string) string {
	switch {
	case !m.On:
		return s
	case m.Masker == nil:
		return mask.Hidden
	}
	return m.Masker.Failure(s, known...)
}
