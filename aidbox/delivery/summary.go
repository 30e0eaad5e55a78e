package delivery

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
)

// Kind says what the bytes of a message are.
type Kind int

const (
	// Empty is a message without a body.
	Empty Kind = iota
	// Notification is a message that Aidbox sent for a change.
	Notification
	// JSON is any other JSON text.
	JSON
	// Text is UTF-8 text.
	Text
	// Binary is everything else.
	Binary
)

// String names the kind as the screen and the commands show it.
func (k Kind) String() string {
	switch k {
	case Notification:
		return "notification"
	case JSON:
		return "json"
	case Text:
		return "text"
	case Binary:
		return "binary"
	default:
		return "empty"
	}
}

// previewBytes bounds Summary.Preview: more than the widest line shows.
const previewBytes = 512

// maxJSON bounds what is parsed as JSON only to name its kind.
const maxJSON = 1 << 20

// Summary is one message in the words of one line. Its texts come from
// outside and are not yet cleaned for a terminal.
type Summary struct {
	Kind Kind
	// Action is create, update or delete, or "" when the message does not
	// tell. Guessed means that it was concluded from the resource's times,
	// because the destination does not send the action.
	Action  string
	Guessed bool
	// Focus is the first event's resource, Type/id; More counts the events
	// after it.
	Focus string
	More  int
	// Topic is the subscription topic's url, Destination the destination's id.
	Topic, Destination string
	// Correlation is the id given with the request that made the change,
	// from the message's header or its body.
	Correlation string
	// Preview is the beginning of a body that is no notification, at most 512 bytes.
	Preview string
	// Size is the body's size in bytes.
	Size int
	// Lag is the time from the resource's lastUpdated to the receipt here. It
	// compares two clocks; HasLag is false when the message has no such time.
	Lag    time.Duration
	HasLag bool
}

// CorrelationHeader is the NATS header in which Aidbox repeats the
// x-topic-correlation-id of the request that made the change.
const CorrelationHeader = "correlation-id"

// Summarize decodes a delivery far enough for one line.
func Summarize(d nats.Delivery) Summary {
	s := Summary{Size: len(d.Data), Correlation: d.Header.Get(CorrelationHeader)}
	n, err := aidbox.DecodeNotification(d.Data)
	if err != nil {
		s.Kind = kindOf(d.Data)
		s.Preview = preview(d.Data)
		return s
	}
	s.Kind = Notification
	s.Topic, s.Destination = n.Topic, n.Destination
	if len(n.Events) == 0 {
		return s
	}
	e := n.Events[0]
	s.Action, s.Guessed, s.Focus = e.Action, e.Guessed, trimHistory(e.Focus)
	s.More = len(n.Events) - 1
	if s.Correlation == "" {
		s.Correlation = e.CorrelationID
	}
	if !e.LastUpdated.IsZero() && !d.Received.IsZero() {
		s.Lag, s.HasLag = d.Received.Sub(e.LastUpdated), true
	}
	return s
}

// trimHistory takes the version off a focus such as Patient/1/_history/5: the
// line names the resource.
func trimHistory(focus string) string {
	if i := strings.Index(focus, "/_history/"); i > 0 {
		return focus[:i]
	}
	return focus
}

func kindOf(data []byte) Kind {
	trimmed := bytes.TrimSpace(data)
	switch {
	case len(data) == 0:
		return Empty
	case len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '[') && len(data) <= maxJSON && json.Valid(data):
		return JSON
	case utf8.Valid(data) && !bytes.ContainsRune(data, 0):
		return Text
	default:
		return Binary
	}
}

// preview cuts at a rune's edge, so that cleaning never sees half a rune.
func preview(data []byte) string {
	if len(data) <= previewBytes {
		return string(data)
	}
	cut := previewBytes
	for cut > previewBytes-utf8.UTFMax && !utf8.RuneStart(data[cut]) {
		cut--
	}
	return string(data[:cut])
}
