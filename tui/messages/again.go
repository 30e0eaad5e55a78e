package messages

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/textproto"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	natsgo "github.com/nats-io/nats.go"

	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/message"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// editable bounds a body that is edited, in bytes.
const editable = 64 << 10

// draft is a message that is published again, as the form shows it. What the
// form cannot hold as it is, is not edited: it is sent as it was.
type draft struct {
	m       nats.Message
	headers string // as shown; unused where they are not
	body    string
	indents bool // the body was one line of JSON

	showsHeaders, showsBody bool
}

// headerText is one header a line.
func headerText(h natsgo.Header) string {
	var lines []string
	for _, l := range message.Headers(data.Mask{}, h) {
		lines = append(lines, l[0]+": "+l[1])
	}
	return strings.Join(lines, "\n")
}

// headersOf reads them. Names keep their case, as NATS does.
func headersOf(text string) (natsgo.Header, error) {
	var h natsgo.Header
	for line := range strings.SplitSeq(text, "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		name = textproto.TrimString(name)
		if !ok || name == "" || strings.ContainsAny(name, " \t\r") {
			return nil, fmt.Errorf("%q is not name: value", strings.TrimSpace(line))
		}
		if h == nil {
			h = natsgo.Header{}
		}
		h[name] = append(h[name], strings.TrimSpace(value))
	}
	return h, nil
}

// newDraft decides what can be edited.
func newDraft(m nats.Message) *draft {
	d := &draft{m: m}
	d.headers = headerText(m.Header)
	again, err := headersOf(d.headers)
	d.showsHeaders = err == nil && same(again, m.Header) && holds(d.headers)
	if len(m.Data) > editable || !utf8.Valid(m.Data) {
		return d
	}
	d.body = string(m.Data)
	var indented bytes.Buffer
	if !strings.Contains(d.body, "\n") && json.Valid(m.Data) && json.Indent(&indented, m.Data, "", "  ") == nil && holds(indented.String()) {
		d.body, d.indents = indented.String(), true
	}
	d.showsBody = holds(d.body)
	return d
}

func same(a, b natsgo.Header) bool {
	if len(a) != len(b) {
		return false
	}
	for name, values := range a {
		if !slices.Equal(values, b[name]) {
			return false
		}
	}
	return true
}

// holds says that a field of lines holds a text as it is: some characters and
// many lines it does not.
func holds(text string) bool {
	f := widget.NewForm("", widget.Field{Name: "text", Kind: widget.Area, Value: text})
	return f.Value("text") == text && strings.Count(text, "\n") < 90
}

// message is what the form would send.
func (d *draft) message(v widget.Values) (nats.Message, error) {
	m := nats.Message{Subject: strings.TrimSpace(v["subject"]), Header: d.m.Header, Data: d.m.Data}
	if d.showsHeaders && v["headers"] != d.headers {
		h, err := headersOf(v["headers"])
		if err != nil {
			return m, err
		}
		m.Header = h
	}
	if d.showsBody && v["body"] != d.body {
		m.Data = []byte(v["body"])
		var compact bytes.Buffer
		if d.indents && json.Compact(&compact, m.Data) == nil {
			m.Data = compact.Bytes() // one line, as it was
		}
	}
	return m, nil
}

// againDialog publishes the message again, as it is or edited.
func (m *Model) againDialog() widget.Dialog {
	r, _ := m.selected()
	conn, stream, config := m.o.NATS, m.stream, m.state.Config
	again, out := r.Again(config)
	d := newDraft(again)
	f := widget.NewForm("Publish message "+count(r.Seq)+" of "+stream+" again", m.againFields(d, out)...)
	f.Submit = "publish"
	options := nats.StoreOptions{ExpectStream: stream}
	f.Preview = func(v widget.Values) []string {
		msg, err := d.message(v)
		if err != nil {
			return nil
		}
		op := nats.StoreOperation(msg, options)
		if len(msg.Data) > editable {
			op.Data = nil
		}
		return []string{conn.Command(op)}
	}
	return widget.Fill(f, func(ctx context.Context, v widget.Values) widget.Outcome {
		msg, err := d.message(v)
		if err != nil {
			return widget.Outcome{Err: err}
		}
		if _, out := (nats.StoredMessage{Header: msg.Header}).Again(config); len(out) > 0 {
			return widget.Outcome{Err: fmt.Errorf("%s cannot be sent: %s", out[0].Header, out[0].Why)}
		}
		start := time.Now()
		ack, err := conn.PublishStored(ctx, msg, options)
		if err != nil {
			return widget.Outcome{Err: err}
		}
		return widget.Outcome{
			Said: fmt.Sprintf("Stored in %s as message %s in %s", ack.Stream, count(ack.Seq), widget.Duration(time.Since(start))),
			Then: stale(),
		}
	})
}

func (m *Model) againFields(d *draft, out []nats.LeftOut) []widget.Field {
	var fields []widget.Field
	note := func(text string) {
		fields = append(fields, widget.Field{Name: fmt.Sprintf("note %d", len(fields)), Kind: widget.Note, Value: text})
	}
	for _, o := range out {
		note(o.Header + " is left out: " + o.Why + ".")
	}
	fields = append(fields, widget.Field{Name: "subject", Label: "subject", Value: d.m.Subject,
		Validate: func(s string) error {
			if s = strings.TrimSpace(s); s == "" {
				return errors.New("on which subject?")
			}
			return nats.ValidSubject(s, false)
		},
		Hint: func(v widget.Values) widget.Hint { return m.takes(strings.TrimSpace(v["subject"])) }})
	if d.showsHeaders {
		fields = append(fields, widget.Field{Name: "headers", Label: "headers", Kind: widget.Area, Height: min(max(len(d.m.Header)+1, 2), 5), Value: d.headers,
			Placeholder: "name: value", Validate: func(s string) error { _, err := headersOf(s); return err }, Help: "name: value, one a line."})
	} else {
		note(number(uint64(len(d.m.Header)), "header is", "headers are") + " sent as they are: a line cannot hold them.")
	}
	if d.showsBody {
		fields = append(fields, widget.Field{Name: "body", Label: "message", Kind: widget.Area, Height: min(max(strings.Count(d.body, "\n")+2, 3), 14), Value: d.body})
	} else {
		note("The body of " + widget.Bytes(int64(len(d.m.Data))) + " is sent as it is: it is too long to be edited here, or no text.")
	}
	return fields
}

// takes says which streams take a subject.
func (m *Model) takes(subject string) widget.Hint {
	if nats.ValidSubject(subject, false) != nil {
		return widget.Hint{}
	}
	var others []string
	for _, s := range nats.Taking(subject, m.streams) {
		if s.Name == m.stream {
			return widget.Hint{Text: m.stream + " takes it; Nats-Expected-Stream makes sure"}
		}
		others = append(others, s.Name)
	}
	text := m.stream + " does not take it"
	if len(others) > 0 {
		text += ", " + strings.Join(others, " and ") + " would: it will be refused"
	}
	return widget.Hint{Role: theme.Warn, Text: text}
}
