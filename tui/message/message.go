// Package message draws one NATS message, wherever it was read: what a change
// it tells of, its headers with what they mean to a server, and its body as the
// resources that it carries, as JSON, text or hex, with personal data masked
// where that is wanted.
package message

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
	natsgo "github.com/nats-io/nats.go"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/delivery"
	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// Content is how the body of a message is shown.
type Content int

const (
	// Decoded shows the resources that it carries, binary in hex.
	Decoded Content = iota
	// Raw shows all of it.
	Raw
	// Hex shows its bytes.
	Hex
)

func (c Content) String() string {
	switch c {
	case Raw:
		return "raw"
	case Hex:
		return "hex"
	}
	return "decoded"
}

// Next is what comes after it, round.
func (c Content) Next() Content { return (c + 1) % (Hex + 1) }

// Suffix stands in a title behind what the message is called.
func (c Content) Suffix() string {
	if c == Decoded {
		return ""
	}
	return ", " + c.String()
}

// Action is the key that shows a message in the next way. why says why there is
// none; show takes the next way.
func (c Content) Action(why func() string, show func(Content)) widget.Action {
	next := c.Next()
	return widget.Action{
		Name:    "show the message decoded, raw, or in hex",
		Binding: key.NewBinding(key.WithKeys("v"), key.WithHelp("v", next.String())),
		Why:     why,
		Run: func() tea.Cmd {
			show(next)
			return nil
		},
	}
}

// Message is what is drawn. Its texts may be as they came.
type Message struct {
	Subject string
	Header  natsgo.Header
	Data    []byte
	// Summary is of the same bytes.
	delivery.Summary
}

// View is how messages are drawn.
type View struct {
	Theme   theme.Theme
	Mask    data.Mask
	Content Content
}

// Head are the lines that tell what a message means.
func (v View) Head(m Message, w int) []string {
	th := v.Theme
	var lines []string
	label := func(name, value string) { lines = append(lines, widget.Label(th, name, value, w)...) }
	text := func(s string) string { return th.Paint(theme.Text, term.Clean(s)) }
	faint := func(s string) string { return th.Paint(theme.Faint, s) }
	label("subject", text(m.Subject))
	if m.Kind == delivery.Notification {
		what := th.Paint(ActionRole(m.Action), term.Clean(Words(m.Summary)))
		if m.Guessed {
			what += faint("  guessed: the message does not tell")
		}
		label("change", what)
		label("resource", th.Paint(theme.Strong, term.Clean(m.Focus))+faint(More(m.Summary)))
		label("topic", text(m.Topic)+faint("   destination ")+text(m.Destination))
	}
	if m.Correlation != "" {
		label("correlation", text(m.Correlation))
	}
	return lines
}

// Headers are the lines of a message's headers, each with what it means to a
// server.
func (v View) Headers(m Message, w int) []string {
	th := v.Theme
	shown := natsgo.Header{}
	headers := Headers(v.Mask, m.Header)
	for _, h := range headers {
		shown[h[0]] = append(shown[h[0]], h[1])
	}
	means := map[string]string{}
	for _, l := range (nats.StoredMessage{Header: shown}).Labels() {
		means[l.Header] = l.Text
		if l.Kind == nats.LabelMsgID { // the id stands above it
			means[l.Header] = "sent twice, it is stored once"
		}
	}
	var lines []string
	name := "headers"
	for _, h := range headers {
		value := th.Paint(theme.Faint, term.Clean(h[0])+": ") + th.Paint(theme.Text, term.Clean(h[1]))
		lines = append(lines, widget.Label(th, name, value, w)...)
		if text := means[h[0]]; text != "" {
			lines = append(lines, widget.Label(th, "", th.Paint(theme.Faint, "  = ")+th.Paint(theme.Accent, term.Clean(text)), w)...)
			delete(means, h[0])
		}
		name = ""
	}
	return lines
}

// hexBytes bounds what is shown in hex.
const hexBytes = 64 << 10

// dumpHex shows bytes in lines that fit into w cells: a place, the bytes in hex,
// and as characters. As many bytes are in a line as have room, a multiple of
// four.
func dumpHex(b []byte, w int) string {
	const margins = 2 // of a document, around what it shows
	per := 16
	for per > 4 && hexWidth(per) > w-margins {
		per -= 4
	}
	var out strings.Builder
	for at := 0; at < len(b); at += per {
		line := b[at:min(at+per, len(b))]
		fmt.Fprintf(&out, "%04x ", at)
		for i := range per {
			if i%8 == 0 && i > 0 {
				out.WriteByte(' ')
			}
			if i < len(line) {
				fmt.Fprintf(&out, " %02x", line[i])
			} else {
				out.WriteString("   ")
			}
		}
		out.WriteString("  |")
		for _, c := range line {
			if c < 0x20 || c > 0x7e {
				c = '.'
			}
			out.WriteByte(c)
		}
		out.WriteString("|\n")
	}
	return out.String()
}

// hexWidth is how wide a line of so many bytes is.
func hexWidth(n int) int { return len("0000 ") + 3*n + (n-1)/8 + len("  |") + n + len("|") }

// Body is what the message carries, below lines that were drawn before.
func (v View) Body(m Message, lines []string, w int) []widget.Block {
	note := func(text string) []widget.Block {
		return []widget.Block{{Lines: append(lines, widget.Paragraph(v.Theme, theme.Faint, text, w)...)}}
	}
	body := Body(v.Mask, m.Data)
	switch {
	case m.Kind == delivery.Empty:
		return note("The body is empty.")
	case v.Content == Hex, v.Content == Decoded && m.Kind == delivery.Binary && !v.Mask.On:
		dump := dumpHex(body[:min(len(body), hexBytes)], w)
		blocks := []widget.Block{{Lines: lines, Name: "hex", Raw: []byte(dump)}}
		if rest := len(body) - hexBytes; rest > 0 {
			lines = nil
			blocks = append(blocks, note(term.Ellipsis()+" "+widget.Bytes(int64(rest))+" more")...)
		}
		return blocks
	case v.Content == Decoded && m.Kind == delivery.Notification:
		return v.resources(body, lines, w)
	}
	return []widget.Block{{Lines: lines, Name: "message", Raw: body}}
}

// folds are the members of a resource that begin folded: they say least.
var folds = []string{"meta", "text", "contained"}

// resources are what a notification carries. What else is in the message is
// for who wants to see it raw.
func (v View) resources(body []byte, lines []string, w int) []widget.Block {
	n, err := aidbox.DecodeNotification(body)
	if err != nil {
		return []widget.Block{{Lines: lines, Name: "message", Raw: body}}
	}
	var blocks []widget.Block
	for i, e := range n.Events {
		if len(n.Events) > 1 {
			lines = append(lines, widget.Paragraph(v.Theme, theme.Strong, strconv.Itoa(i+1)+" of "+strconv.Itoa(len(n.Events))+"  "+e.Focus, w)...)
		}
		if len(e.Resource) == 0 {
			lines = append(lines, widget.Paragraph(v.Theme, theme.Faint,
				"No resource in the message: its destination does not send it. GET /fhir/"+e.Focus+" reads it.", w)...)
			continue
		}
		kind, _, _ := strings.Cut(e.Focus, "/")
		blocks = append(blocks, widget.Block{Lines: lines, Name: kind + " " + strconv.Itoa(i), Raw: e.Resource, Folded: folds})
		lines = []string{""}
	}
	lines = append(lines, "", " "+v.Theme.Paint(theme.Faint, "v shows the message as it came"))
	return append(blocks, widget.Block{Lines: lines})
}
