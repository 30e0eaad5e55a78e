package wire

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
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

// DetailLines are both halves of the exchange.
func (m *Model) DetailLines(w int) []string {
	e, ok := m.Selected()
	switch {
	case !ok:
		return append([]string{""}, widget.Paragraph(m.Theme, theme.Faint, "What you do appears here, as it goes over the wire.", w)...)
	case e.operation != nil:
		return m.operationLines(*e.operation, w)
	}
	return m.exchangeLines(*e.exchange, w)
}

func (m *Model) exchangeLines(e aidbox.Exchange, w int) []string {
	th := m.Theme
	lines := append([]string{""}, widget.Paragraph(th, theme.Strong, e.Method+" "+e.URL, w)...)
	lines = append(lines, m.headers(e.RequestHeader, w)...)
	lines = append(lines, m.body(e.RequestBody, e.RequestTruncated)...)
	lines = append(lines, "")
	if e.Status == 0 {
		lines = append(lines, widget.Paragraph(th, theme.Bad, "✗ no answer: "+e.Err, w)...)
	} else {
		role := theme.OK
		if e.Status >= 400 {
			role = theme.Bad
		}
		answer := th.Paint(role, strings.TrimSpace(strconv.Itoa(e.Status)+" "+http.StatusText(e.Status))) +
			th.Paint(theme.Faint, "   "+widget.Duration(e.Duration)+"   "+widget.Bytes(e.ResponseBytes))
		lines = append(lines, term.Cut(" "+answer, w))
		if e.Err != "" {
			lines = append(lines, widget.Paragraph(th, theme.Bad, "✗ "+e.Err, w)...)
		}
		lines = append(lines, m.headers(e.ResponseHeader, w)...)
		lines = append(lines, m.body(e.ResponseBody, e.Truncated && !e.RequestTruncated)...)
	}
	return append(lines, m.command("as curl", e.Curl(), w)...)
}

func (m *Model) operationLines(o nats.Operation, w int) []string {
	th := m.Theme
	lines := append([]string{""}, widget.Paragraph(th, theme.Strong, o.Verb+" "+o.Subject, w)...)
	lines = append(lines, m.headers(http.Header(o.Header), w)...)
	lines = append(lines, m.body(o.Data, len(o.Data) < o.Bytes)...)
	lines = append(lines, "")
	if o.Err == "" {
		lines = append(lines, " "+th.Paint(theme.OK, "ok")+th.Paint(theme.Faint, "   "+widget.Duration(o.Duration)))
	} else {
		lines = append(lines, widget.Paragraph(th, theme.Bad, "✗ "+o.Err, w)...)
	}
	return append(lines, m.command("with the nats command", o.Command(), w)...)
}

func (m *Model) headers(h http.Header, w int) []string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			lines = append(lines, term.Cut(" "+m.Theme.Paint(theme.Faint, term.Clean(name)+": "+term.Clean(value)), w))
		}
	}
	return lines
}

func (m *Model) body(b []byte, cut bool) []string {
	if len(b) == 0 {
		return nil
	}
	lines := []string{""}
	for _, l := range widget.JSON(m.Theme, b) {
		lines = append(lines, " "+l)
	}
	if cut {
		lines = append(lines, " "+m.Theme.Paint(theme.Faint, "… the rest was not kept"))
	}
	return lines
}

func (m *Model) command(title, command string, w int) []string {
	if command == "" {
		return nil
	}
	lines := []string{"", " " + m.Theme.Paint(theme.Faint, title+", Y copies it")}
	return append(lines, widget.Paragraph(m.Theme, theme.Text, command, w)...)
}
