package message

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"aidbox-nats/aidbox/delivery"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/widget"
)

// Body is a body as it may be shown, searched and copied. What cannot be
// masked in part is replaced by a sentence.
func Body(m data.Mask, body []byte) []byte {
	if !m.On || len(body) == 0 {
		return body
	}
	if !utf8.Valid(body) || bytes.IndexByte(body, 0) >= 0 {
		return note(delivery.Binary, len(body))
	}
	c := bytes.TrimSpace(body)
	if len(c) == 0 || c[0] != '{' && c[0] != '[' {
		return []byte(m.Text(string(body)))
	}
	masked := m.JSON(body)
	if m.Masker != nil && !bytes.HasPrefix(bytes.TrimSpace(masked), c[:1]) {
		return note(delivery.Text, len(body)) // it only begins like JSON, or is too large to be read
	}
	return masked
}

// note stands for a body that is hidden whole.
func note(kind delivery.Kind, size int) []byte {
	return []byte(kind.String() + ", " + widget.Bytes(int64(size)) + ", masked")
}

// Headers are names and values as they may be shown, in the order of their
// names.
func Headers(m data.Mask, h map[string][]string) [][2]string {
	var out [][2]string
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, v := range h[name] {
			out = append(out, [2]string{name, m.Header(name, v)})
		}
	}
	return out
}

const (
	// maskedPreview bounds the bodies that are masked for a line, in bytes.
	maskedPreview = 64 << 10
	// previewBytes is more than the widest line shows.
	previewBytes = 512
)

// Preview is the beginning of a body as it may be shown in a line; for a
// notification it is its summary's.
func Preview(m data.Mask, s delivery.Summary, body []byte) string {
	switch {
	case !m.On || s.Kind == delivery.Notification || s.Kind == delivery.Empty:
		return s.Preview
	case s.Size > maskedPreview:
		return widget.Bytes(int64(s.Size)) + ", masked"
	}
	masked := Body(m, body)
	return strings.ToValidUTF8(string(masked[:min(len(masked), previewBytes)]), "")
}
