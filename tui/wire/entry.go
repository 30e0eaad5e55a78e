package wire

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// entry is one line: an exchange or an operation.
type entry struct {
	id         string
	start      time.Time
	duration   time.Duration
	background bool
	exchange   *aidbox.Exchange
	operation  *nats.Operation
}

const (
	clockWidth    = 12
	verbWidth     = 6
	resultWidth   = 4
	durationWidth = 8
	gap           = 2
	markWidth     = 2
	edgeWidth     = 1
	leastWhat     = 8
)

// whatWidth is the room of the path or subject, after the columns that the
// table keeps at this width.
func (m *Model) whatWidth() int {
	bare := m.W - markWidth - edgeWidth - verbWidth - gap - resultWidth - gap
	for _, others := range []int{clockWidth + gap + durationWidth + gap, clockWidth + gap} {
		if bare-others >= leastWhat {
			return bare - others
		}
	}
	return max(bare, leastWhat)
}

// what is the path with its query, or the subject.
func (e entry) what(m data.Mask) string {
	if e.operation != nil {
		return e.operation.Subject
	}
	address := maskedURL(m, e.exchange.URL)
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		if _, path, ok := strings.Cut(address, u.Host); ok && path != "" {
			return path
		}
	}
	return address
}

// size is that of the bodies, in bytes.
func (e entry) size() int {
	if e.operation != nil {
		return len(e.operation.Data)
	}
	return len(e.exchange.RequestBody) + len(e.exchange.ResponseBody)
}

// matches looks for the text in the words of a line (verb, path or subject,
// status, error, correlation id), and in the bodies as far as they were kept.
func (e entry) matches(filter string, m data.Mask) bool {
	want, invert := strings.CutPrefix(strings.ToLower(filter), "!")
	if want == "" {
		return true
	}
	found := func(s string) bool { return strings.Contains(strings.ToLower(s), want) }
	return (slices.ContainsFunc(e.words(m), found) || slices.ContainsFunc(e.bodies(m), found)) != invert
}

func (e entry) words(m data.Mask) []string {
	words := []string{verbCell(e).Text, e.what(m), resultCell(e).Text}
	if x := e.exchange; x != nil {
		words = append(words, maskedError(m, x.URL, x.Err), strings.Join(x.RequestHeader.Values("X-Topic-Correlation-Id"), " "))
		if x.Status > 0 {
			words = append(words, http.StatusText(x.Status))
		}
		return words
	}
	return append(append(words, e.operation.Verb, e.operation.Err), headerLines(maskedOperation(m, *e.operation).Header)...)
}

func (e entry) bodies(m data.Mask) []string {
	if e.operation != nil {
		return []string{string(maskedOperation(m, *e.operation).Data)}
	}
	x := masked(m, *e.exchange)
	return []string{string(x.RequestBody), string(x.ResponseBody)}
}

// shorten makes a path fit: where all begin alike the beginning goes first. An
// operation like $status at its end stays, and what it is asked of is shortened
// in the middle. Of a query the end goes.
func shorten(path string, w int) string {
	path = term.Clean(path)
	if term.Width(path) <= w {
		return path
	}
	if path = strings.TrimPrefix(path, "/fhir/"); term.Width(path) <= w {
		return path
	}
	if request, ok := strings.CutPrefix(path, apiPrefix); ok {
		return shortenAPI(request, w)
	}
	if strings.Contains(path, "?") {
		return term.Cut(path, w)
	}
	if i := strings.LastIndex(path, "/$"); i > 0 {
		if head := w - term.Width(path[i:]); head >= 0 {
			return term.Middle(path[:i], head) + path[i:]
		}
	}
	return term.Middle(path, w)
}

// apiPrefix begins the subjects of all requests to JetStream.
const apiPrefix = "$JS.API."

// shortenAPI makes the subject of a request to JetStream fit: what is asked for
// stays, CONSUMER.MSG.NEXT, and the names behind it are shortened.
func shortenAPI(request string, w int) string {
	if term.Width(request) <= w {
		return request
	}
	words := strings.Split(request, ".")
	n := 2 // STREAM.INFO, CONSUMER.LIST, DIRECT.GET
	if len(words) > 3 && slices.Contains([]string{"MSG", "DURABLE", "LEADER", "PEER"}, words[1]) {
		n = 3
	}
	verb := strings.Join(words[:min(n, len(words))], ".")
	names := strings.TrimPrefix(request[len(verb):], ".")
	room := w - term.Width(verb) - 1
	if names == "" || room < 1 {
		return term.Cut(request, w)
	}
	return verb + "." + term.Middle(names, room)
}

func verbCell(e entry) widget.Cell {
	if e.operation != nil {
		return widget.Cell{Text: shortVerb(e.operation.Verb), Role: theme.JS}
	}
	return widget.Cell{Text: e.exchange.Method, Role: theme.Core}
}

// shortVerb keeps the column narrow.
func shortVerb(verb string) string {
	switch verb {
	case "CONNECT":
		return "CONN"
	case "DISCONNECT":
		return "DISC"
	}
	return verb
}

func resultCell(e entry) widget.Cell {
	switch {
	case e.operation != nil && e.operation.Err == "":
		return widget.Cell{Text: "ok", Role: theme.OK}
	case e.operation != nil, e.exchange.Status == 0:
		return widget.Cell{Text: "fail", Role: theme.Bad}
	}
	return widget.Cell{Text: strconv.Itoa(e.exchange.Status), Role: statusRole(e.exchange.Status)}
}

func statusRole(status int) theme.Role {
	switch {
	case status >= 400:
		return theme.Bad
	case status >= 300:
		return theme.Warn
	}
	return theme.OK
}

func durationCell(e entry) widget.Cell {
	value, unit, ok := strings.Cut(widget.Duration(e.duration), " ")
	if ok {
		unit = " " + unit
	}
	return widget.Cell{Text: value, Unit: unit}
}
