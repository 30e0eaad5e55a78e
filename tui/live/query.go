package live

import (
	"bytes"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"aidbox-nats/aidbox/delivery"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/message"
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
	body := message.Body(q.mask, e.Data)
	if q.text.in(body) || bytes.IndexByte(body, '\\') >= 0 && q.text.in(unescape(body)) {
		return true
	}
	if !strings.Contains(message.AllWords, string(q.text.lower)) {
		return false
	}
	return strings.Contains(message.Words(delivery.Summarize(e.Delivery)), string(q.text.lower))
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
