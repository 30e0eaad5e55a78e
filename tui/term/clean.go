package term

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

const (
	tabSpaces = "    "
	// maxCluster bounds the runes that share one place on the screen. No
	// written language needs more; stacked marks and endless conjuncts do.
	maxCluster   = 8
	dottedCircle = '\u25cc'
)

// Unseen stands for a character that is there but has no ink, one cell wide:
// U+FFFD would say that the text is broken.
const Unseen = '\u2426' // ␦

// Clean returns s as one harmless line. Control characters become their
// pictures (ESC is ␛, a newline ␊), tabs become spaces; C1 controls,
// bidirectional controls, characters of no width, line and paragraph
// separators and tag characters become ␦, one cell each; invalid UTF-8 becomes
// U+FFFD. Marks that share a place with the character before them are bounded.
// Presentation selectors, skin tones, and joiners where emoji or the letters of
// a script need them, are dropped, because terminals disagree about the width
// of what they make. The length of s is the caller's to bound.
func Clean(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 8)
	marks := false
	var last rune
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		switch {
		case r == utf8.RuneError && n == 1:
			r = utf8.RuneError
		case r == '\t':
			b.WriteString(tabSpaces)
			last = ' '
			continue
		case r < 0x20:
			r += 0x2400
		case r == 0x7f:
			r = 0x2421
		case r < 0x7f:
		case selector(r), skinTone(r):
			continue
		case joiner(r) && joins(last, s[i:]):
			continue
		case hidden(r):
			r = Unseen
		case r >= 0x300:
			marks = true
			if last == 0 && unicode.Is(unicode.M, r) {
				b.WriteRune(dottedCircle)
			}
		}
		b.WriteRune(r)
		last = r
	}
	if prepended(last) {
		b.WriteRune(dottedCircle)
	}
	if marks {
		return boundClusters(b.String())
	}
	return b.String()
}

// CleanLines splits s at its newlines and cleans each line. A newline at the
// end of s starts no further line.
func CleanLines(s string) []string {
	s = strings.TrimSuffix(s, "\n")
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = Clean(strings.TrimSuffix(l, "\r"))
	}
	return lines
}

// cleanStyled cleans s but keeps its SGR sequences.
func cleanStyled(s string) string {
	var b strings.Builder
	start := 0
	for i := 0; i < len(s); {
		n := sgrLen(s[i:])
		if n == 0 {
			i++
			continue
		}
		b.WriteString(Clean(s[start:i]))
		b.WriteString(s[i : i+n])
		i += n
		start = i
	}
	b.WriteString(Clean(s[start:]))
	return b.String()
}

// boundClusters cuts every grapheme cluster of more than maxCluster runes and
// marks the cut with U+FFFD.
func boundClusters(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for len(s) > 0 {
		cluster, _ := ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
		if len(cluster) == 0 {
			break
		}
		s = s[len(cluster):]
		if utf8.RuneCountInString(cluster) <= maxCluster {
			b.WriteString(cluster)
			continue
		}
		n := 0
		for i := range cluster {
			if n == maxCluster {
				b.WriteString(cluster[:i])
				break
			}
			n++
		}
		b.WriteRune(utf8.RuneError)
	}
	return b.String()
}

func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// selector reports whether r is a variation selector that asks for text or
// emoji presentation.
func selector(r rune) bool { return r == 0xfe0e || r == 0xfe0f }

func skinTone(r rune) bool { return r >= 0x1f3fb && r <= 0x1f3ff }

func joiner(r rune) bool { return r == 0x200c || r == 0x200d }

// joining are the scripts in whose words joiners stand.
func joining() []*unicode.RangeTable {
	return []*unicode.RangeTable{
		unicode.Arabic, unicode.Syriac, unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya,
		unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Khmer,
	}
}

// joins reports whether a joiner has its use between what stands before it and
// what follows: in an emoji, or within a word. Anywhere else it only hides.
func joins(before rune, after string) bool {
	next, _ := utf8.DecodeRuneInString(after)
	if unicode.Is(unicode.So, before) && unicode.Is(unicode.So, next) {
		return true
	}
	for _, script := range joining() {
		if unicode.Is(script, before) {
			return unicode.Is(script, next)
		}
	}
	return false
}

// prepended reports whether r shares the place of the character that follows
// it: at the end of a text it would take the blank behind.
func prepended(r rune) bool {
	switch r {
	case 0xd4e, 0x111c2, 0x111c3, 0x1193f, 0x11941, 0x11a3a, 0x11d46, 0x11f02:
		return true
	}
	return r >= 0x11a84 && r <= 0x11a89
}

// hidden reports whether r has no ink of its own, or changes how its
// neighbours are ordered. Format characters (Cf) hold the bidirectional
// controls, the joiners, the soft hyphen and the tag characters.
func hidden(r rune) bool {
	switch {
	case r < 0x80:
		return false
	case r < 0xa0:
		return true
	case r < 0xad:
		return false
	}
	switch r {
	case 0x034f, // combining grapheme joiner
		0x115f, 0x1160, 0x3164, 0xffa0, // Hangul fillers
		0x17b4, 0x17b5, // Khmer inherent vowels
		0x2028, 0x2029, 0x2800,
		0x180b, 0x180c, 0x180d, 0x180f: // Mongolian selectors
		return true
	}
	switch {
	case r >= 0xfe00 && r <= 0xfe0d, r >= 0xe0000 && r <= 0xe0fff:
		return true
	case r >= 0xfff0 && r <= 0xfffb:
		return true
	}
	return unicode.Is(unicode.Cf, r)
}
