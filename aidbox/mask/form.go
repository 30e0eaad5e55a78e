package mask

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// form is what a text must look like to stay.
type form uint8

const (
	hidden form = iota // none stays
	// Not forms of texts: what stands there is no text, or is not known.
	number   // or boolean
	object   // of the field's shape
	resource // an object that names its own type
	unknown
	kept // all stays
	// Forms of texts.
	code       // printable ASCII without blanks
	codingCode // the same with single blanks
	id         // letters, digits, - . _
	date       // FHIR's date, dateTime, instant and time
	uri
	urn // the same with urn: as its scheme
	query
	word // as names of parameters are
	version
	line  // one line of anything
	known // a sentence that quotes no value
	said  // a sentence whose quoted values are hidden
	expression
	etag
	httpStatus
	linkID
	stamp // a date, or a word such as active
	resourceName
	pointer // JSON Pointer
	operation
	digits // version of a program
	hexadecimal
	health
	channel
	subject
)

var (
	patchOperations = []string{"add", "remove", "replace", "move", "copy", "test"}
	healthStatuses  = []string{"pass", "warn", "fail"}
	channels        = []string{"edge", "latest", "stable", "lts"}
)

// masked is the text as it may be seen, s itself if it may stay.
func (f form) masked(s string) string {
	switch f {
	case uri:
		return maskURI(s)
	case query:
		return maskQuery(s)
	case known:
		return sentence(s)
	}
	if f.matches(s) {
		return s
	}
	return Hidden
}

// never tells of the forms that no text has.
func (f form) never() bool { return f < kept }

func (f form) matches(s string) bool {
	switch f {
	case kept:
		return true
	case code:
		return s != "" && len(s) <= 128 && all(s, visible)
	case codingCode:
		return s != "" && len(s) <= 256 && s == strings.Join(strings.Fields(s), " ") && all(s, func(r rune) bool { return r == ' ' || visible(r) })
	case id:
		return s != "" && len(s) <= 64 && all(s, idRune)
	case date:
		return isDate(s)
	case urn:
		return strings.HasPrefix(s, "urn:") && maskURI(s) == s
	case word:
		return plainName(s)
	case version:
		return s != "" && len(s) <= 64 && all(s, func(r rune) bool { return idRune(r) || r == '+' || r == '|' })
	case line:
		return len(s) <= 512 && utf8.ValidString(s) && all(s, unicode.IsPrint)
	case expression:
		return isExpression(s)
	case etag:
		return isETag(s)
	case httpStatus:
		return isStatus(s)
	case linkID:
		return s != "" && len(s) <= 64 && all(s, func(r rune) bool { return idRune(r) || r == '/' })
	case stamp:
		return isDate(s) || s != "" && len(s) <= 32 && all(s, func(r rune) bool { return lower(r) || r == '-' })
	case resourceName:
		return s != "" && len(s) <= 64 && all(s, func(r rune) bool { return letter(r) || digit(r) })
	case pointer:
		return strings.HasPrefix(s, "/") && len(s) <= 256 && all(s, func(r rune) bool { return wordRune(r) || r == '/' })
	case operation:
		return slices.Contains(patchOperations, s)
	case digits:
		return s != "" && len(s) <= 16 && all(s, func(r rune) bool { return digit(r) || r == '.' })
	case hexadecimal:
		return len(s) <= 40 && all(s, func(r rune) bool { return digit(r) || 'a' <= r && r <= 'f' })
	case health:
		return slices.Contains(healthStatuses, s)
	case channel:
		return slices.Contains(channels, s)
	case subject:
		return s != "" && len(s) <= 1024 && all(s, visible)
	}
	return false
}

// isDate tells of a date, dateTime, instant or time, without a calendar: 1970, 1970-03, 1970-03-30, 1970-03-30T12:35:00.5+02:00, 12:35, 12:35:00.
func isDate(s string) bool {
	day, clock, both := strings.Cut(s, "T")
	if !both {
		return shaped(s, "0000-00-00", 4, 7, 10) || isTime(s)
	}
	clock = strings.TrimSuffix(clock, "Z")
	if n := len(clock) - len("+00:00"); n > 0 && (clock[n] == '+' || clock[n] == '-') {
		if !shaped(clock[n+1:], "00:00", 5) {
			return false
		}
		clock = clock[:n]
	}
	return shaped(day, "0000-00-00", 10) && isTime(clock)
}

func isTime(s string) bool {
	s, fraction, dot := strings.Cut(s, ".")
	return shaped(s, "00:00:00", 5, 8) && (!dot || fraction != "" && len(fraction) <= 9 && all(fraction, digit))
}

// shaped tells whether a text is the beginning of a pattern, in which 0 stands for any digit, and of one of some lengths.
func shaped(s, pattern string, lengths ...int) bool {
	if !slices.Contains(lengths, len(s)) {
		return false
	}
	for i := range len(s) {
		if pattern[i] == '0' && !digit(rune(s[i])) || pattern[i] != '0' && s[i] != pattern[i] {
			return false
		}
	}
	return true
}

// isExpression tells of a path of names with indexes: Patient.name[0].given.
func isExpression(s string) bool {
	if s == "" || len(s) > 512 {
		return false
	}
	for part := range strings.SplitSeq(s, ".") {
		name, index, indexed := strings.Cut(part, "[")
		if !plainName(name) {
			return false
		}
		if indexed {
			index, closed := strings.CutSuffix(index, "]")
			if !closed || index == "" || len(index) > 6 || !all(index, digit) {
				return false
			}
		}
	}
	return true
}

// isETag tells of W/"17", "17" and 17.
func isETag(s string) bool {
	s = strings.TrimPrefix(s, "W/")
	if len(s) > 2 && s[0] == '"' && s[len(s)-1] == '"' {
		s = s[1 : len(s)-1]
	}
	return s == "*" || s != "" && len(s) <= 64 && all(s, idRune)
}

// isStatus tells of 201 and of 201 with the words that HTTP has for it.
func isStatus(s string) bool {
	number, words, worded := strings.Cut(s, " ")
	n, err := strconv.Atoi(number)
	return err == nil && shaped(number, "000", 3) && (!worded || words == http.StatusText(n))
}

func all(s string, is func(rune) bool) bool {
	for _, r := range s {
		if !is(r) {
			return false
		}
	}
	return true
}

func digit(r rune) bool    { return '0' <= r && r <= '9' }
func lower(r rune) bool    { return 'a' <= r && r <= 'z' }
func letter(r rune) bool   { return lower(r | 0x20) }
func visible(r rune) bool  { return '!' <= r && r <= '~' }
func wordRune(r rune) bool { return letter(r) || digit(r) || r == '_' || r == '-' }
func idRune(r rune) bool   { return wordRune(r) || r == '.' }
