package live

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"aidbox-nats/aidbox/delivery"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/widget"
)

// query decides which entries of the feed are shown. It is never changed, so
// that it can be asked outside of the program's loop.
type query struct {
	text   needle
	invert bool
	system bool // show those too
	mask   data.Mask
}

func newQuery(text string, system bool, m data.Mask) query {
	q := query{system: system, mask: m}
	text, q.invert = strings.CutPrefix(text, "!")
	q.text = newNeedle(text)
	return q
}

// asks says that entries have to be read: without a text the subject decides.
func (q query) asks() bool { return len(q.text.lower) > 0 }

func (q query) shows(e entry) bool {
	switch {
	case e.system && !q.system:
		return false
	case !q.asks() || e.notice != nil && e.notice.gap:
		return true
	case e.notice != nil:
		return q.text.in([]byte(e.notice.text)) != q.invert
	}
	return q.finds(e) != q.invert
}

// finds searches what is shown of a message: subject, headers, body, and what
// the body means where its letters do not say it.
func (q query) finds(e entry) bool {
	if q.text.in([]byte(e.Subject)) {
		return true
	}
	for name, values := range e.Header {
		for _, v := range values {
			if q.text.in([]byte(name + ": " + q.mask.Header(name, v))) {
				return true
			}
		}
	}
	body := maskedBody(q.mask, e.Data)
	if q.text.in(body) || bytes.IndexByte(body, '\\') >= 0 && q.text.in(unescape(body)) {
		return true
	}
	if !strings.Contains(allWords, string(q.text.lower)) {
		return false
	}
	return strings.Contains(words(delivery.Summarize(e.Delivery)), string(q.text.lower))
}

// allWords are the words that may stand in the column of the action.
const allWords = "create? update? delete? change json text binary empty"

// words is what stands in the column of the action.
func words(s delivery.Summary) string {
	switch {
	case s.Kind != delivery.Notification:
		return s.Kind.String()
	case s.Action == "":
		return "change"
	case s.Guessed:
		return s.Action + "?"
	}
	return s.Action
}

// maskedBody is a body as it may be shown, searched and copied.
func maskedBody(m data.Mask, body []byte) []byte {
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

// headerLines are the headers in the order of their names.
func headerLines(m data.Mask, h map[string][]string) [][2]string {
	var out [][2]string
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, v := range h[name] {
			out = append(out, [2]string{name, m.Header(name, v)})
		}
	}
	return out
}

// needle is a text that is looked for whatever its case.
type needle struct {
	lower []byte
	ascii bool
}

func newNeedle(text string) needle {
	n := needle{lower: bytes.ToLower([]byte(text)), ascii: true}
	for _, c := range n.lower {
		n.ascii = n.ascii && c < utf8.RuneSelf
	}
	return n
}

func (n needle) in(b []byte) bool {
	if !n.ascii {
		return bytes.Contains(bytes.ToLower(b), n.lower)
	}
	// Both cases of the first letter are looked for ahead, each only when it
	// was passed: that is several times faster than letter by letter.
	small, large := n.lower[0], upper(n.lower[0])
	ends := len(b) - len(n.lower)
	atSmall, atLarge := -1, -1
	for i := 0; i <= ends; i++ {
		atSmall, atLarge = ahead(b, small, atSmall, i), ahead(b, large, atLarge, i)
		if i = min(atSmall, atLarge); i > ends {
			return false
		}
		if n.begins(b[i:]) {
			return true
		}
	}
	return false
}

// ahead is where c is in b from i on, or the end of b; before is the last
// answer.
func ahead(b []byte, c byte, before, i int) int {
	if before >= i {
		return before
	}
	if at := bytes.IndexByte(b[i:], c); at >= 0 {
		return i + at
	}
	return len(b)
}

func (n needle) begins(b []byte) bool {
	for i, c := range n.lower {
		if b[i] != c && lower(b[i]) != c {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - ('a' - 'A')
	}
	return c
}

// unescape writes the escapes of JSON strings as what they mean: many programs
// send ü as \u00fc. What is no such escape stays.
func unescape(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' || i+1 == len(b) {
			out = append(out, b[i])
			continue
		}
		i++
		if at := strings.IndexByte(`bfnrt`, b[i]); at >= 0 {
			out = append(out, "\b\f\n\r\t"[at])
			continue
		}
		if b[i] != 'u' {
			out = append(out, b[i])
			continue
		}
		r, ok := hex4(b[i+1:])
		if !ok {
			out = append(out, 'u')
			continue
		}
		i += 4
		if utf16.IsSurrogate(r) && i+2 < len(b) && b[i+1] == '\\' && b[i+2] == 'u' {
			if low, ok := hex4(b[i+3:]); ok {
				r = utf16.DecodeRune(r, low)
				i += 6
			}
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}

func hex4(b []byte) (r rune, ok bool) {
	if len(b) < 4 {
		return 0, false
	}
	for _, c := range b[:4] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case lower(c) >= 'a' && lower(c) <= 'f':
			r = r<<4 | rune(lower(c)-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}
