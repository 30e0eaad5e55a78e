package wire

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// DetailTitle names the selected line.
func (m *Model) DetailTitle() widget.Title {
	e, ok := m.Selected()
	switch {
	case !ok:
		return widget.Title{Text: "Exchange"}
	case e.operation != nil:
		return widget.Title{Text: "NATS " + term.Clean(e.operation.Verb)}
	}
	return widget.Title{Text: "Aidbox " + term.Clean(e.exchange.Method)}
}

// folds are the members of a resource that begin folded: they say least.
var folds = []string{"meta", "text", "contained"}

// DetailBlocks are both halves of the exchange, how it ended first.
func (m *Model) DetailBlocks(w int) []widget.Block {
	e, ok := m.Selected()
	switch {
	case !ok:
		return []widget.Block{{Lines: append([]string{""},
			widget.Paragraph(m.Theme, theme.Faint, "What you do appears here, as it goes over the wire.", w)...)}}
	case e.operation != nil:
		return m.operationBlocks(maskedOperation(m.mask, *e.operation), w)
	}
	return m.exchangeBlocks(masked(m.mask, *e.exchange), w)
}

func (m *Model) exchangeBlocks(e aidbox.Exchange, w int) []widget.Block {
	th := m.Theme
	lines := append([]string{""}, widget.Paragraph(th, theme.Strong, e.Method+" "+e.URL, w)...)
	when := th.Paint(theme.Faint, "   "+widget.Clock(e.Start))
	if e.Status == 0 {
		lines = append(lines, widget.Paragraph(th, theme.Bad, "✗ no answer: "+e.Err, w)...)
		lines = append(lines, " "+th.Paint(theme.Faint, "after "+widget.Duration(e.Duration))+when)
	} else {
		answer := th.Paint(statusRole(e.Status), statusText(e.Status)) +
			th.Paint(theme.Faint, "   "+widget.Duration(e.Duration)+"   "+widget.Bytes(e.ResponseBytes))
		lines = append(lines, term.Cut(" "+answer+when, w))
		for _, s := range e.Outcome().Sentences() {
			lines = append(lines, widget.Paragraph(th, theme.Bad, "✗ "+s, w)...)
		}
		if e.Err != "" {
			lines = append(lines, widget.Paragraph(th, theme.Bad, "✗ the answer broke off: "+e.Err, w)...)
		}
	}
	lines = append(append(lines, "", m.heading("request")), m.headers(e.RequestHeader, w)...)
	blocks := m.body("request", lines, e.RequestBody, e.RequestTruncated)
	if e.Status > 0 {
		lines = append([]string{"", m.heading("answer")}, m.headers(e.ResponseHeader, w)...)
		blocks = append(blocks, m.body("answer", lines, e.ResponseBody, e.Truncated && !e.RequestTruncated)...)
	}
	return append(blocks, m.command("as curl", e.Curl(), w)...)
}

func statusText(status int) string {
	return strings.TrimSpace(strconv.Itoa(status) + " " + http.StatusText(status))
}

func (m *Model) operationBlocks(o nats.Operation, w int) []widget.Block {
	th := m.Theme
	lines := append([]string{""}, widget.Paragraph(th, theme.Strong, o.Verb+" "+o.Subject, w)...)
	result := th.Paint(theme.OK, "ok")
	if o.Err != "" {
		lines = append(lines, widget.Paragraph(th, theme.Bad, "✗ "+o.Err, w)...)
		result = th.Paint(theme.Bad, "failed")
	}
	result += th.Paint(theme.Faint, "   "+widget.Duration(o.Duration))
	if o.Bytes > 0 {
		result += th.Paint(theme.Faint, "   "+widget.Bytes(int64(o.Bytes)))
	}
	lines = append(lines, term.Cut(" "+result+th.Paint(theme.Faint, "   "+widget.Clock(o.Start)), w))
	if o.Reply != "" {
		lines = append(lines, widget.Paragraph(th, theme.Faint, "reply to "+o.Reply, w)...)
	}
	lines = append(lines, m.headers(http.Header(o.Header), w)...)
	return append(m.body("message", lines, o.Data, len(o.Data) < o.Bytes), m.command("with the nats command", o.Command(), w)...)
}

func (m *Model) heading(text string) string { return " " + m.Theme.Paint(theme.Faint, text) }

// headerCells bounds a header that is shown, in cells.
const headerCells = 4000

// headers are all of them, each on as many lines as it takes.
func (m *Model) headers(h http.Header, w int) []string {
	const indent = 2 // of what goes on
	var lines []string
	for _, l := range headerLines(h) {
		for i, part := range pieces(term.Cut(term.Clean(l), headerCells), max(w-indent-2, 8)) {
			name, value, _ := strings.Cut(part, ": ")
			switch {
			case i > 0:
				lines = append(lines, " "+term.Pad(indent)+m.Theme.Paint(theme.Text, part))
			case value == "":
				lines = append(lines, " "+m.Theme.Paint(theme.Faint, part))
			default:
				lines = append(lines, " "+m.Theme.Paint(theme.Faint, name+": ")+m.Theme.Paint(theme.Text, value))
			}
		}
	}
	return lines
}

// pieces breaks a line at blanks and slashes, so that an id stays whole where
// there is room for it.
func pieces(line string, w int) []string {
	var out []string
	now := ""
	for line != "" {
		n := strings.IndexAny(line, " /") + 1
		if n == 0 {
			n = len(line)
		}
		word := line[:n]
		line = line[n:]
		if now != "" && term.Width(now)+term.Width(strings.TrimRight(word, " ")) > w {
			out, now = append(out, now), ""
		}
		now += word
		if term.Width(strings.TrimRight(now, " ")) > w {
			parts := term.Wrap(now, w)
			out, now = append(out, parts[:len(parts)-1]...), parts[len(parts)-1]
		}
	}
	return append(out, now)
}

func headerLines(h map[string][]string) []string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			lines = append(lines, name+": "+value)
		}
	}
	return lines
}

func (m *Model) body(name string, lines []string, b []byte, cut bool) []widget.Block {
	if len(b) == 0 {
		return []widget.Block{{Lines: lines}}
	}
	blocks := []widget.Block{{Lines: append(lines, ""), Name: name, Raw: b, Folded: folds}}
	if cut {
		blocks = append(blocks, widget.Block{Lines: []string{m.heading(term.Ellipsis() + " the rest was not kept")}})
	}
	return blocks
}

// exchangeText is an exchange as a text: what one sends to a colleague.
func exchangeText(e aidbox.Exchange) string {
	var b strings.Builder
	half := func(first string, h http.Header, body []byte, cut bool) {
		b.WriteString(first + "\n")
		for _, l := range headerLines(h) {
			b.WriteString(l + "\n")
		}
		if len(body) > 0 {
			b.WriteString("\n" + string(body) + "\n")
		}
		if cut {
			b.WriteString("(the rest was not kept)\n")
		}
	}
	half(e.Method+" "+e.URL, e.RequestHeader, e.RequestBody, e.RequestTruncated)
	b.WriteString("\n")
	if e.Status == 0 {
		fmt.Fprintf(&b, "no answer: %s\n", e.Err)
		return b.String()
	}
	half(fmt.Sprintf("%s (%s)", statusText(e.Status), widget.Duration(e.Duration)), e.ResponseHeader, e.ResponseBody, e.Truncated && !e.RequestTruncated)
	return b.String()
}

// operationText is an operation as a text.
func operationText(m data.Mask, o nats.Operation) string {
	shown := maskedOperation(m, o)
	var b strings.Builder
	b.WriteString(o.Verb + " " + o.Subject + "\n")
	for _, l := range headerLines(shown.Header) {
		b.WriteString(l + "\n")
	}
	if len(shown.Data) > 0 {
		b.WriteString("\n" + string(shown.Data) + "\n")
	}
	if len(o.Data) < o.Bytes {
		b.WriteString("(the rest was not kept)\n")
	}
	if o.Err != "" {
		b.WriteString("\n" + o.Err + "\n")
	}
	return b.String()
}
