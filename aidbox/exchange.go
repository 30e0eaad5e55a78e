package aidbox

import (
	"bytes"
	"net/http"
	"sort"
	"strings"
	"time"

	"aidbox-nats/nats/shell"
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

// Outcome is what the server said of a request that it refused, as far as it was kept; empty for every other answer.
func (e Exchange) Outcome() OperationOutcome {
	if e.Status < http.StatusBadRequest {
		return OperationOutcome{}
	}
	return decodeOutcome(e.ResponseBody)
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
		b.WriteString(" -X " + shell.Quote(e.Method))
	}
	b.WriteString(" " + shell.Quote(e.URL))
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
				parts[i] = shell.Quote(part)
			}
		}
		b.WriteString(flag + strings.Join(parts, `"$SECRET"`))
	}
	return b.String()
}

func (e Exchange) curlHeader(name, value string) string {
	switch {
	case name == "authorization" && strings.HasPrefix(value, "Basic "):
		return " -u " + shell.Quote(e.ClientID+":") + `"$AIDBOX_CLIENT_SECRET"`
	case name == "authorization" && strings.HasPrefix(value, "Bearer "):
		return ` -H 'authorization: Bearer '"$AIDBOX_TOKEN"`
	case strings.HasSuffix(value, Mask):
		return " -H " + shell.Quote(name+": "+strings.TrimSuffix(value, Mask)) + `"$SECRET"`
	}
	return " -H " + shell.Quote(name+": "+value)
}
