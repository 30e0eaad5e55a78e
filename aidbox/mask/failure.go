package mask

import (
	"encoding/json"
	"net"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxFailure bounds the sentences of which the words are looked at, in bytes.
const maxFailure = 4096

// Failure masks a sentence that a program says of what did not work: an error of NATS, of HTTP, of a delivery, or the diagnostics of an OperationOutcome. Such a
// sentence speaks of servers, subjects, streams and elements, which stay readable, but it may quote what it failed on. So words in lower case stay, and what
// follows a word such as "stream" or "publish to"; references, ids, addresses, element paths and types; and the names in known. What is quoted otherwise, JSON and
// markup, dates, long numbers and words that are written as names are hidden. It is not for texts that people write: their names may be in lower case.
func (m *Masker) Failure(s string, known ...string) string {
	switch {
	case len(s) > maxFailure || !utf8.ValidString(s) || strings.ContainsFunc(s, unreadable):
		return Hidden
	case harmless([]byte(s)) || sentence(s) != Hidden:
		return s
	}
	// What was hidden joins what stood beside it to another word, so that is looked at, too.
	for range maxPasses {
		out := m.failure(s, known)
		if out == s {
			return out
		}
		s = out
	}
	return Hidden
}

func (m *Masker) failure(s string, known []string) string {
	f := failure{masker: m, known: known}
	f.text(s)
	out := f.out.String()
	if !strings.ContainsFunc(strings.ReplaceAll(out, Hidden, ""), func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		return Hidden // not how many words there were
	}
	return out
}

// maxPasses is more than any sentence needs.
const maxPasses = 16

func unreadable(r rune) bool { return !unicode.IsPrint(r) && !strings.ContainsRune("\t\r\n", r) }

// failure writes a masked sentence.
type failure struct {
	masker *Masker
	known  []string
	out    strings.Builder
	// The last words before the place, in lower case, and what stands right before it.
	last, before string
	bracketed    bool
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
			f.out.WriteString(Hidden)
		case '"', '\'', '`':
			n = f.quoted(s)
		default:
			n = f.word(s)
		}
		s = s[n:]
	}
}

// Each of the following writes what the text begins with, and returns how long that was.

func (f *failure) blanks(s string) int {
	n := len(s) - len(strings.TrimLeft(s, " \t\r\n([:,;"))
	f.out.WriteString(s[:n])
	f.bracketed = strings.HasSuffix(s[:n], "[") || strings.HasSuffix(s[:n], "(")
	return n
}

func (f *failure) json(s string) int {
	d := json.NewDecoder(strings.NewReader(s))
	var raw json.RawMessage
	if d.Decode(&raw) != nil {
		f.out.WriteString(Hidden)
		return len(s)
	}
	f.out.Write(f.masker.JSON(raw))
	f.passed("")
	return int(d.InputOffset())
}

func (f *failure) quoted(s string) int {
	inside, rest, closed := strings.Cut(s[1:], s[:1])
	if inside == "" && !closed || inside == "" && rest == "" {
		f.out.WriteString(s[:1])
		return 1
	}
	f.out.WriteString(s[:1] + f.name(inside))
	f.passed("")
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
	word = f.shown(word, strings.TrimLeft(s[end:], " "))
	f.out.WriteString(word + s[end:n])
	f.passed(word)
	return n
}

func (f *failure) passed(word string) {
	f.before, f.last = f.last, strings.ToLower(word)
}

// shown is a word as it may be seen; rest is what follows it.
func (f *failure) shown(word, rest string) string {
	if f.plain(word) || apiCode.MatchString(word) && (f.bracketed || strings.HasSuffix(f.last, "code")) || all(word, digit) && sized(rest) {
		return word
	}
	return f.name(word)
}

var (
	inbox     = regexp.MustCompile(`^(?:_INBOX|\$JS|\$SYS|\$KV|\$O)\.[!-~]+$`)
	private   = regexp.MustCompile(`\d{5}|\d{4}-\d\d|@|\d\d?[./]\d\d?[./]\d{4}`)
	reference = regexp.MustCompile(`^([A-Z][A-Za-z]{1,63})/[A-Za-z0-9.-]{1,64}(?:/_history/[0-9]{1,19})?$`)
	uuid      = regexp.MustCompile(`^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	apiCode   = regexp.MustCompile(`^10[0-9]{3}$`) // of JetStream's errors
	codeIs    = regexp.MustCompile(`^[a-z_]*code=[0-9]{3,5}$`)
	class     = regexp.MustCompile(`^(?:[a-z][a-z0-9_]*\.)*[A-Z][A-Za-z0-9]*(?:Exception|Error)$`)
	camel     = regexp.MustCompile(`^[a-z]+(?:[A-Z][a-z0-9]+)+$`)
	variable  = regexp.MustCompile(`^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$`)
)

func sized(rest string) bool {
	return strings.HasPrefix(rest, "bytes") || strings.HasPrefix(rest, "B ") || rest == "B"
}

// name is a text that is something's name and nobody's, as it may be seen.
func (f *failure) name(s string) string {
	switch {
	case slices.Contains(f.known, s), inbox.MatchString(s), hostport(s), uuid.MatchString(s), f.introduced() && subject.matches(s), f.element(s):
		return s
	case strings.Contains(s, "://"):
		return maskURI(s)
	}
	if r := reference.FindStringSubmatch(s); r != nil && f.typeName(r[1]) {
		return s
	}
	return Hidden
}

// introduced says that the words before a name tell that it is one of NATS or of a request.
func (f *failure) introduced() bool {
	switch f.last {
	case "subject", "subjects", "stream", "consumer", "durable", "user", "account", "parameter", "header", "kind":
		return true
	case "to", "on":
		return slices.Contains([]string{"publish", "bytes", "subscribe", "subscription", "messages", "listen"}, f.before)
	case "of":
		return f.before == "reply"
	case "name":
		return f.before == "host"
	}
	return false
}

// element tells of Patient.name[0].given, and of Patient.
func (f *failure) element(s string) bool {
	first, _, _ := strings.Cut(s, ".")
	return f.typeName(first) && isExpression(s)
}

func (f *failure) typeName(s string) bool {
	return f.masker.resources[s] != nil || slices.Contains(technicalTypes, s)
}

// hostport tells of host:port, also as Java writes it: host/127.0.0.1:4222.
func hostport(s string) bool {
	host, port, err := net.SplitHostPort(s)
	if name, address, both := strings.Cut(host, "/"); both && net.ParseIP(address) != nil {
		host = name
	}
	return err == nil && port != "" && len(port) <= 5 && all(port, digit) && (net.ParseIP(host) != nil || !private.MatchString(host) &&
		all(host, func(r rune) bool { return lower(r) || digit(r) || r == '.' || r == '-' }))
}

// beginnings are words with a capital that NATS, its clients and FHIR servers use, most of them to begin a sentence.
var beginnings = strings.Fields("A API Account After An Authentication Authorization Bad Cannot Client Connect Connection Consumer Could Create Delete Destination Did " +
	"Disconnected Element Error Exceeded Expected Expired Failed Forbidden Found HTTP Internal Invalid It JSON JWT JetStream Java Maximum Message Messages Missing NATS No Not " +
	"Operation Parameter Payload Permission Permissions Profile Property Protocol Publish Reference Referenced Refused Reply Request Required Resource Responders Revoked " +
	"Server Service Slow Stale Status Store Stream Subject Subscription TCP TLS The There This Timeout Token Topic Transaction Type URL UTF-8 Unable Unauthorized Unavailable " +
	"Unexpected Unknown Unprocessable Unsupported Update User Value Version Violation Wrong YAML DNS EOF FHIR FHIRPath FHIR's ID IP CA CLI HL7 R4 OperationOutcome")

// plain says whether a word is prose or a program's.
func (f *failure) plain(w string) bool {
	switch {
	case codeIs.MatchString(w):
		return true
	case private.MatchString(w), strings.Contains(w, "://"):
		return false
	case !strings.ContainsFunc(w, unicode.IsUpper):
		return true
	}
	return slices.Contains(beginnings, w) || class.MatchString(w) || camel.MatchString(w) || variable.MatchString(w)
}
