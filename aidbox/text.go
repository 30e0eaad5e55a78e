package aidbox

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// clean makes a server's text fit for a sentence: one line, no control or formatting characters, at most max runes.
func clean(s string, max int) string {
	var b strings.Builder
	n, space := 0, true
	for _, r := range s {
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			r = ' '
		}
		if r == ' ' && space || unicode.Is(unicode.Cf, r) {
			continue
		}
		if n == max {
			return strings.TrimRight(b.String(), " ") + "…"
		}
		space = r == ' '
		b.WriteRune(r)
		n++
	}
	return strings.TrimRight(b.String(), " ")
}

// cut keeps at most max bytes of a text and never half a rune.
func cut(s string, max int) string {
	if len(s) <= max {
		return s
	}
	for max > 0 && !utf8.RuneStart(s[max]) {
		max--
	}
	return strings.Clone(s[:max])
}
