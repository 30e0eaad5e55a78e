package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	natsgo "github.com/nats-io/nats.go"

	"aidbox-nats/aidbox/delivery"
	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/widget"
)

// writeLine writes a delivery as one line for a person. Its parts are two
// spaces apart; a part that a message does not have is left out.
func writeLine(w io.Writer, m data.Mask, d nats.Delivery) error {
	parts := []string{widget.Clock(d.Received), term.Clean(d.Subject)}
	s := delivery.Summarize(d)
	if m.On && s.Preview != "" {
		s.Preview = delivery.Summarize(masked(m, d)).Preview
	}
	parts = append(parts, describe(s)...)
	_, err := fmt.Fprintln(w, strings.Join(parts, "  "))
	return err
}

func describe(s delivery.Summary) []string {
	if s.Kind != delivery.Notification {
		parts := []string{s.Kind.String(), widget.Bytes(int64(s.Size))}
		if s.Correlation != "" {
			parts = append(parts, "correlation "+term.Clean(s.Correlation))
		}
		if s.Kind == delivery.JSON || s.Kind == delivery.Text {
			parts = append(parts, term.Clean(s.Preview))
		}
		return parts
	}
	parts := []string{action(s)}
	if s.Focus != "" {
		focus := term.Clean(s.Focus)
		if s.More > 0 {
			focus += fmt.Sprintf(" and %d more", s.More)
		}
		parts = append(parts, focus)
	}
	parts = append(parts, "by "+term.Clean(s.Destination), widget.Bytes(int64(s.Size)))
	if s.HasLag {
		parts = append(parts, "lag "+widget.Duration(s.Lag))
	}
	if s.Correlation != "" {
		parts = append(parts, "correlation "+term.Clean(s.Correlation))
	}
	return parts
}

func action(s delivery.Summary) string {
	switch {
	case s.Action == "":
		return "change"
	case s.Guessed:
		return term.Clean(s.Action) + "?"
	default:
		return term.Clean(s.Action)
	}
}

// loadMask prepares the hiding of personal data.
func loadMask() (data.Mask, error) {
	d, ok := data.LoadDefinitions().(data.Definitions)
	if !ok || d.Err != nil {
		return data.Mask{}, fmt.Errorf("read the shape of FHIR R4, which tells what is personal: %w", d.Err)
	}
	return data.Mask{On: true, Masker: d.Masker}, nil
}

// masked is a delivery as it may be shown. Bytes that are no text may hold
// anything: only their number is told.
func masked(m data.Mask, d nats.Delivery) nats.Delivery {
	if !m.On {
		return d
	}
	header := natsgo.Header{}
	for name, values := range d.Header {
		for _, v := range values {
			header[name] = append(header[name], m.Header(name, v))
		}
	}
	d.Header = header
	if utf8.Valid(d.Data) {
		d.Data = []byte(m.Text(string(d.Data)))
	} else {
		d.Data = fmt.Appendf(nil, "binary, %d B, masked", len(d.Data))
	}
	return d
}

// record is a delivery as --json writes it. Exactly one of the last three is
// there, none for an empty message.
type record struct {
	Time    time.Time       `json:"time"`
	Subject string          `json:"subject"`
	Reply   string          `json:"reply,omitempty"`
	Headers natsgo.Header   `json:"headers,omitempty"`
	Data    json.RawMessage `json:"data,omitempty"`
	Text    string          `json:"text,omitempty"`
	Base64  string          `json:"base64,omitempty"`
}

// writeJSON writes a delivery as one JSON object and a newline.
func writeJSON(w io.Writer, m data.Mask, d nats.Delivery) error {
	d = masked(m, d)
	r := record{Time: d.Received, Subject: d.Subject, Reply: d.Reply, Headers: d.Header}
	switch {
	case len(d.Data) == 0:
	case !utf8.Valid(d.Data):
		r.Base64 = base64.StdEncoding.EncodeToString(d.Data)
	case json.Valid(d.Data):
		r.Data = d.Data
	default:
		r.Text = string(d.Data)
	}
	var line bytes.Buffer
	enc := json.NewEncoder(&line)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(r); err != nil {
		return fmt.Errorf("write the message on %q as JSON: %w", d.Subject, err)
	}
	_, err := w.Write(escapeControls(line.Bytes()))
	return err
}

// escapeControls writes DEL and the C1 controls as JSON does the other
// controls: some terminals obey them, and JSON allows them bare inside strings.
func escapeControls(line []byte) []byte {
	if bytes.IndexByte(line, 0x7f) < 0 && !bytes.ContainsFunc(line, isC1) {
		return line
	}
	out := make([]byte, 0, len(line)+16)
	for _, r := range string(line) {
		if r == 0x7f || isC1(r) {
			out = fmt.Appendf(out, `\u%04x`, r)
			continue
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}

func isC1(r rune) bool { return r >= 0x80 && r <= 0x9f }
