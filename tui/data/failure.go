package data

import (
	"encoding/json"
	"net"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"aidbox-nats/aidbox/mask"
)

// Failure is why something was not delivered or not made, as it may be shown.
// Such a sentence speaks of servers, subjects and streams, but it may quote
// what it failed on. So words stay, and what is quoted, JSON and markup, dates,
// long numbers and words that are written as names are do not, unless they are
// one of the names known to the caller, an address of a server, or a word that
// NATS begins its own errors with.
func (m Mask) Failure(s string, known ...string) string {
	switch {
	case !m.On:
		return s
	case m.Masker == nil:
		return mask.Hidden
	}
	if shown := m.Masker.Text(s); shown == s || json.Valid([]byte(s)) {
		return shown
	}
	f := failure{mask: m, known: known}
	f.text(s)
	return f.out.String()
}

// failure writes a masked sentence.
type failure struct {
	mask  Mask
	known []string
	out   strings.Builder
}

func (f *failure) text(s string) {
	for s != "" {
		n := f.blanks(s)
		if s = s[n:]; s == "" {
			return
		}
		switch s[0] {
		case '{':
			n = f.json(s)
		case '<':
			n = len(s) // where markup ends is not known
			f.out.WriteString(mask.Hidden)
		case '"', '\'', '`':
			n = f.quoted(s)
		default:
			n = f.word(s)
		}
		s = s[n:]
	}
}

// Each of the following writes what the text begins with, and returns how
// long that was.

func (f *failure) blanks(s string) int {
	n := len(s) - len(strings.TrimLeft(s, " \t\r\n([:,;"))
	f.out.WriteString(s[:n])
	return n
}

func (f *failure) json(s string) int {
	d := json.NewDecoder(strings.NewReader(s))
	var raw json.RawMessage
	if d.Decode(&raw) != nil {
		f.out.WriteString(mask.Hidden)
		return len(s)
	}
	f.out.Write(f.mask.Masker.JSON(raw))
	return int(d.InputOffset())
}

func (f *failure) quoted(s string) int {
	inside, _, closed := strings.Cut(s[1:], s[:1])
	f.out.WriteString(s[:1] + f.name(inside))
	n := 1 + len(inside)
	if closed {
		f.out.WriteString(s[:1])
		n++
	}
	return n
}

func (f *failure) word(s string) int {
	n := strings.IndexAny(s, " \t\r\n\"`{<")
	if n < 0 {
		n = len(s)
	}
	word := strings.TrimRight(s[:n], ".,;:)]!?'")
	if word == "" {
		word = s[:n]
	}
	end := len(word)
	if !plain(word) {
		word = f.name(word)
	}
	f.out.WriteString(word + s[end:n])
	return n
}

var (
	inbox   = regexp.MustCompile(`^(?:_INBOX|\$JS|\$SYS|\$KV|\$O)\.[!-~]+$`)
	private = regexp.MustCompile(`\d{5}|\d{4}-\d\d|@|\d\d?[./]\d\d?[./]\d{4}`)
)

// name is a text that is something's name and nobody's, as it may be shown.
func (f *failure) name(s string) string {
	switch {
	case slices.Contains(f.known, s), inbox.MatchString(s), hostport(s):
		return s
	case strings.Contains(s, "://"):
		return f.mask.Masker.URL(s)
	}
	return mask.Hidden
}

// hostport tells of host:port, also as Java writes it: host/127.0.0.1:4222.
func hostport(s string) bool {
	host, port, err := net.SplitHostPort(s)
	if name, address, both := strings.Cut(host, "/"); both && net.ParseIP(address) != nil {
		host = name
	}
	return err == nil && port != "" && len(port) <= 5 && onlyOf(port, unicode.IsDigit) && (net.ParseIP(host) != nil || !private.MatchString(host) &&
		onlyOf(host, func(r rune) bool { return unicode.IsLower(r) || unicode.IsDigit(r) || r == '.' || r == '-' }))
}

// beginnings are the words with a capital that NATS and its clients use.
var beginnings = strings.Fields("Account Authentication Authorization Bad Connect Connection Consumer Disconnected Error Exceeded " +
	"Expired Failed Forbidden Internal Invalid Maximum Messages No Not Payload Permission Permissions Protocol Publish Refused Reply Request " +
	"Responders Revoked Server Service Slow Stale Status Store Stream Subject Subscription The This Timeout Unable Unavailable Unknown Unprocessable User Violation")

// plain says whether a word is prose or a program's: in lower case, with
// several capitals, or one that errors begin with.
func plain(w string) bool {
	if private.MatchString(w) || strings.Contains(w, "://") {
		return false
	}
	capitals := 0
	for _, r := range w {
		if unicode.IsUpper(r) {
			capitals++
		}
	}
	return capitals != 1 || slices.Contains(beginnings, w)
}

func onlyOf(s string, is func(rune) bool) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !is(r) }) < 0
}
