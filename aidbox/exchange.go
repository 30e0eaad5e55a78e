package aidbox

import (
	"bytes"
	"fmt"
	"net/http"
	"sort"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Exchange is one request and its answer, with secrets masked. It is not changed after it was recorded, and must not be
// changed by who reads it.
type Exchange struct {
	Seq            uint64 // 1, 2, 3 in the order in which exchanges ended
	Start          time.Time
	Duration       time.Duration // until the answer was read or closed
	Method, URL    string
	ClientID       string // of Basic authentication
	RequestHeader  http.Header
	RequestBody    []byte
	Status         int // 0 when no answer came
	ResponseHeader http.Header
	ResponseBody   []byte
	ResponseBytes  int64 // how much was read of the answer, of which ResponseBody is the beginning
	// Truncated tells that a body is longer than what was kept of it, RequestTruncated that the request's is.
	Truncated, RequestTruncated bool
	Err                         string // why no answer came, or why it broke off
	// Background says that nobody asked for it: the context was marked by nats.Background.
	Background bool
}

// Curl is the command that does the same, for a POSIX shell. Secrets come from the environment: the client's as
// $AIDBOX_CLIENT_SECRET, a bearer token as $AIDBOX_TOKEN, and a masked value of the body as $SECRET. A body that was not
// kept whole is read from the file body.json.
func (e Exchange) Curl() string {
	var b strings.Builder
	fromFile := e.RequestTruncated || bytes.IndexByte(e.RequestBody, 0) >= 0
	if fromFile {
		b.WriteString("# the request body was not kept whole: put it into body.json\n")
	}
	b.WriteString("curl -sS")
	if strings.ContainsAny(e.URL, "[]{}") {
		b.WriteString(" --globoff")
	}
	if e.Method != "" && e.Method != http.MethodGet {
		b.WriteString(" -X " + shellQuote(e.Method))
	}
	b.WriteString(" " + shellQuote(e.URL))
	names := make([]string, 0, len(e.RequestHeader))
	for name := range e.RequestHeader {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		for _, value := range e.RequestHeader[name] {
			b.WriteString(e.curlHeader(strings.ToLower(name), value))
		}
	}
	switch {
	case fromFile:
		b.WriteString(" --data-binary @body.json")
	case len(e.RequestBody) > 0:
		// curl takes a value of --data-binary that begins with @ as the name of a file.
		flag := " --data-binary "
		if e.RequestBody[0] == '@' {
			flag = " --data-raw "
		}
		parts := strings.Split(string(e.RequestBody), Mask)
		for i, part := range parts {
			if part != "" {
				parts[i] = shellQuote(part)
			}
		}
		b.WriteString(flag + strings.Join(parts, `"$SECRET"`))
	}
	return b.String()
}

func (e Exchange) curlHeader(name, value string) string {
	switch {
	case name == "authorization" && strings.HasPrefix(value, "Basic "):
		return " -u " + shellQuote(e.ClientID+":") + `"$AIDBOX_CLIENT_SECRET"`
	case name == "authorization" && strings.HasPrefix(value, "Bearer "):
		return ` -H 'authorization: Bearer '"$AIDBOX_TOKEN"`
	case strings.HasSuffix(value, Mask):
		return " -H " + shellQuote(name+": "+strings.TrimSuffix(value, Mask)) + `"$SECRET"`
	}
	return " -H " + shellQuote(name+": "+value)
}

// shellQuote makes one word of a POSIX shell. Control characters are spelled out, because a terminal acts on them when
// the command is pasted, inside quotes too. (The shell drops line ends at the end of such a word.)
func shellQuote(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/") == "" {
		return s
	}
	if !strings.ContainsFunc(s, unsafeToPaste) {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	var b strings.Builder
	b.WriteString(`"$(printf %b '`)
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case unsafeToPaste(r):
			for _, c := range []byte(s[i : i+size]) {
				fmt.Fprintf(&b, `\0%03o`, c)
			}
		case r == '\\':
			b.WriteString(`\\`)
		case r == '\'':
			b.WriteString(`'\''`)
		default:
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	b.WriteString(`')"`)
	return b.String()
}

func unsafeToPaste(r rune) bool {
	return r == utf8.RuneError || r != '\n' && r != '\t' && unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}
