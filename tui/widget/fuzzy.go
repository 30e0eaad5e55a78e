package widget

import (
	"strings"
	"unicode"
)

// What a match is worth. A letter that begins a word, or follows the letter
// matched before it, counts for more; letters left out in between for less.
const (
	matchLetter    = 16
	matchWordStart = 12
	matchFollows   = 10
	matchGap       = 1
	matchNone      = -1 << 30
)

// fuzzy says how well the letters of query, in their order, are found in text,
// whatever their case, and at which runes of text. Zero: they are not.
func fuzzy(query, text []rune) (score int, at []int) {
	if len(query) == 0 || len(query) > len(text) {
		return 0, nil
	}
	// best[i][j] is the best match of query up to i that ends at j or before;
	// ends[i][j] is the one that ends exactly at j.
	ends, best := make([][]int, len(query)), make([][]int, len(query))
	for i, q := range query {
		ends[i], best[i] = make([]int, len(text)), make([]int, len(text))
		q = unicode.ToLower(q)
		for j, r := range text {
			ends[i][j], best[i][j] = matchNone, matchNone
			if j > 0 {
				best[i][j] = best[i][j-1] - matchGap
			}
			if unicode.ToLower(r) != q {
				continue
			}
			before := 0
			switch {
			case i > 0 && j == 0:
				continue
			case i > 0:
				before = max(best[i-1][j-1]-matchGap, ends[i-1][j-1]+matchFollows)
			}
			if before < matchNone/2 {
				continue
			}
			ends[i][j] = before + matchLetter
			if wordStart(text, j) {
				ends[i][j] += matchWordStart
			}
			best[i][j] = max(best[i][j], ends[i][j])
		}
	}
	last := len(query) - 1
	end := 0
	for j := range text {
		if ends[last][j] > ends[last][end] {
			end = j
		}
	}
	score = ends[last][end]
	if score < matchNone/2 {
		return 0, nil
	}
	at = make([]int, len(query))
	for i := last; ; i-- {
		at[i] = end
		if i == 0 {
			return max(score, 1), at
		}
		end = cameFrom(ends[i-1], best[i-1], end-1)
	}
}

// cameFrom is where the letter before was matched, given that it was at j or
// before.
func cameFrom(ends, best []int, j int) int {
	if ends[j]+matchFollows >= best[j]-matchGap {
		return j
	}
	for j > 0 && best[j] != ends[j] {
		j--
	}
	return j
}

func wordStart(text []rune, j int) bool {
	return j == 0 || !letter(text[j-1]) && letter(text[j])
}

func letter(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// fuzzyWords matches each word of a query on its own, in name or else, for
// half, in one of others. at are the runes of name that were found.
func fuzzyWords(query string, name []rune, others ...string) (score int, at map[int]bool, ok bool) {
	at = map[int]bool{}
	for _, word := range strings.Fields(query) {
		n, where := fuzzy([]rune(word), name)
		for _, j := range where {
			at[j] = true
		}
		for _, o := range others {
			if half, _ := fuzzy([]rune(word), []rune(o)); half/2 > n {
				n = half / 2
			}
		}
		if n == 0 {
			return 0, nil, false
		}
		score += n
	}
	return score, at, true
}
