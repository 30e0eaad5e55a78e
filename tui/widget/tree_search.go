package widget

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

// maxSearch bounds what is searched for, in runes.
const maxSearch = 200

// SetSearch looks for text in names and values as they are drawn, whatever its
// case, and goes to the first line from the cursor on that holds it. An empty
// text ends the search. It returns the number of lines found.
func (t *Tree) SetSearch(text string) int {
	lower := []rune(text)
	lower = lower[:min(len(lower), maxSearch)]
	for i, r := range lower {
		lower[i] = unicode.ToLower(r)
	}
	if slices.Equal(lower, t.search) {
		return len(t.matches)
	}
	t.search = lower
	t.find()
	t.changed()
	if len(t.matches) > 0 {
		i, _ := slices.BinarySearch(t.matches, t.at)
		t.reveal(t.matches[i%len(t.matches)])
	}
	return len(t.matches)
}

// Search is the text in force, in lower case.
func (t *Tree) Search() string { return string(t.search) }

// Match says which of the lines found the cursor is on, counted from one, and
// how many there are. Zero: it is on none.
func (t *Tree) Match() (at, of int) {
	i, ok := slices.BinarySearch(t.matches, t.at)
	if !ok {
		return 0, len(t.matches)
	}
	return i + 1, len(t.matches)
}

// NextMatch goes by delta lines of those found, round at both ends, unfolding
// what hides them.
func (t *Tree) NextMatch(delta int) bool {
	n := len(t.matches)
	if n == 0 || delta == 0 {
		return false
	}
	i, ok := slices.BinarySearch(t.matches, t.at)
	if !ok && delta > 0 {
		i-- // i is the next one already
	}
	was := t.at
	t.reveal(t.matches[((i+delta)%n+n)%n])
	return t.at != was
}

func (t *Tree) reveal(i int32) {
	t.at, t.part = i, 0
	for p := t.lines[i].parent; p >= 0; p = t.lines[p].parent {
		if t.folded[p] {
			t.folded[p] = false
			t.changed()
		}
	}
}

func (t *Tree) find() {
	t.matches = nil
	if len(t.search) == 0 {
		return
	}
	var line []byte
	for i, l := range t.lines {
		line = line[:0]
		if l.keyFrom < l.keyEnd {
			line = append(line, t.src[l.keyFrom:l.keyEnd]...)
			line = append(line, ": "...)
		}
		if l.kind == treeValue || l.kind == treeText {
			line = append(line, t.src[l.from:l.to]...)
		}
		if from, _ := indexFold(line, t.search); from >= 0 {
			t.matches = append(t.matches, int32(i))
		}
	}
}

// indexFold is where lower is in text for the first time, whatever the case of
// text; from is negative if it is not.
func indexFold[T string | []byte](text T, lower []rune) (from, to int) {
	if len(lower) == 0 {
		return -1, -1
	}
	for i := 0; i < len(text); {
		r, n := decode(text, i)
		if unicode.ToLower(r) == lower[0] {
			if end := prefixFold(text, i, lower); end >= 0 {
				return i, end
			}
		}
		i += n
	}
	return -1, -1
}

// prefixFold is where lower ends in text if it begins at i, or negative.
func prefixFold[T string | []byte](text T, i int, lower []rune) int {
	for _, want := range lower {
		if i >= len(text) {
			return -1
		}
		r, n := decode(text, i)
		if unicode.ToLower(r) != want {
			return -1
		}
		i += n
	}
	return i
}

func decode[T string | []byte](text T, i int) (rune, int) {
	if c := text[i]; c < utf8.RuneSelf {
		return rune(c), 1
	}
	// No rune is longer; a short string costs no copy.
	return utf8.DecodeRuneInString(string(text[i:min(i+utf8.UTFMax, len(text))]))
}
