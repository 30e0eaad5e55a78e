package nats

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"
)

// StoredMessage is a message in a stream.
type StoredMessage struct {
	Stream  string
	Seq     uint64
	Time    time.Time // when it was stored
	Subject string
	Header  natsgo.Header // as it was published
	Data    []byte
}

// LabelKind says what a header of a stored message means to a server.
type LabelKind int

// The kinds of labels, each with the fields of Label that it sets beside Text.
const (
	LabelTTL         LabelKind = iota // TTL; zero: never expires
	LabelMarker                       // Reason: the body is empty because a message is gone, and none is broken
	LabelSource                       // Stream, Seq, Subject: where it was taken from
	LabelRepublished                  // Stream, Seq, Subject: what it is a copy of
	LabelSchedule                     // Subject: the target; Reason: the pattern
	LabelScheduled                    // Subject: the schedule that made it
	LabelIncrement                    // Reason: what was added to a counter
	LabelBatch                        // Reason: the batch; Seq: the place in it
	LabelRollup                       // Reason: sub or all, whose older messages it replaced
	LabelMsgID                        // Reason: the identity for the duplicate window
	LabelExpected                     // Stream: which one it was meant for
)

// Label is a header that means something to a server.
type Label struct {
	Kind    LabelKind
	Header  string // the one that it was read from
	Text    string // in words
	TTL     time.Duration
	Reason  string
	Stream  string
	Seq     uint64
	Subject string
}

// Expired says whether the message is a marker for one that is gone.
func (m StoredMessage) Expired() bool { return m.Header.Get(server.JSMarkerReason) != "" }

// Labels reads the headers that mean something to a server. A value that cannot be read makes no label.
func (m StoredMessage) Labels() []Label {
	if len(m.Header) == 0 {
		return nil
	}
	var labels []Label
	for _, reader := range labelReaders {
		if value := m.Header.Get(reader.header); value != "" {
			if l, ok := reader.read(m.Header, clip(value)); ok {
				l.Kind, l.Header = reader.kind, reader.header
				labels = append(labels, l)
			}
		}
	}
	return labels
}

type labelReader struct {
	kind   LabelKind
	header string
	read   func(h natsgo.Header, value string) (Label, bool)
}

// labelReaders follow nats-server (stream.go: header names; ADR-43 for Nats-TTL).
var labelReaders = []labelReader{
	{LabelMarker, server.JSMarkerReason, func(_ natsgo.Header, value string) (Label, bool) {
		text := map[string]string{
			server.JSMarkerReasonMaxAge: "marker: the last message of this subject grew too old",
			server.JSMarkerReasonPurge:  "marker: this subject was purged",
			server.JSMarkerReasonRemove: "marker: the message was removed",
		}[value]
		if text == "" {
			text = "marker: " + value
		}
		return Label{Reason: value, Text: text}, true
	}},
	{LabelTTL, server.JSMessageTTL, readTTL},
	{LabelSource, server.JSStreamSource, func(_ natsgo.Header, value string) (Label, bool) {
		stream, seq, subject := readSource(value)
		if stream == "" {
			return Label{}, false
		}
		return Label{Stream: stream, Seq: seq, Subject: subject, Text: fmt.Sprintf("taken from stream %s, message %d", stream, seq)}, true
	}},
	{LabelRepublished, server.JSStream, func(h natsgo.Header, value string) (Label, bool) {
		seq, err := strconv.ParseUint(h.Get(server.JSSequence), 10, 64)
		if err != nil {
			return Label{}, false
		}
		return Label{Stream: value, Seq: seq, Subject: clip(h.Get(server.JSSubject)), Text: fmt.Sprintf("republished by stream %s, message %d", value, seq)}, true
	}},
	{LabelSchedule, server.JSSchedulePattern, func(h natsgo.Header, value string) (Label, bool) {
		target := clip(h.Get(server.JSScheduleTarget))
		return Label{Reason: value, Subject: target, Text: fmt.Sprintf("schedule %s for %s", value, target)}, true
	}},
	{LabelScheduled, server.JSScheduler, func(_ natsgo.Header, value string) (Label, bool) {
		return Label{Subject: value, Text: "made by the schedule " + value}, true
	}},
	{LabelIncrement, server.JSMessageIncr, func(_ natsgo.Header, value string) (Label, bool) {
		return Label{Reason: value, Text: "counter " + value}, true
	}},
	{LabelBatch, server.JSBatchId, func(h natsgo.Header, value string) (Label, bool) {
		seq, err := strconv.ParseUint(h.Get(server.JSBatchSeq), 10, 64)
		if err != nil {
			return Label{}, false
		}
		text := fmt.Sprintf("message %d of batch %s", seq, value)
		if h.Get(server.JSBatchCommit) != "" {
			text += ", its last"
		}
		return Label{Reason: value, Seq: seq, Text: text}, true
	}},
	{LabelRollup, server.JSMsgRollup, func(_ natsgo.Header, value string) (Label, bool) {
		return Label{Reason: value, Text: "replaced older messages (" + value + ")"}, true
	}},
	{LabelMsgID, server.JSMsgId, func(_ natsgo.Header, value string) (Label, bool) {
		return Label{Reason: value, Text: "stored once as " + value}, true
	}},
	{LabelExpected, server.JSExpectedStream, func(_ natsgo.Header, value string) (Label, bool) {
		return Label{Stream: value, Text: "meant for stream " + value}, true
	}},
}

// readTTL reads never, seconds, or a duration.
func readTTL(_ natsgo.Header, value string) (Label, bool) {
	if value == "never" {
		return Label{Text: "never expires"}, true
	}
	ttl, err := time.ParseDuration(value)
	if err != nil {
		seconds, err := strconv.ParseUint(value, 10, 32)
		if err != nil {
			return Label{}, false
		}
		ttl = time.Duration(seconds) * time.Second
	}
	if ttl <= 0 {
		return Label{}, false
	}
	return Label{TTL: ttl, Text: fmt.Sprintf("expires %s after it was stored", ttl)}, true
}

// readSource reads "STREAM SEQ FILTER TRANSFORM SUBJECT", of which old servers give only the first two
// (nats-server, stream.go, genSourceHeader).
func readSource(value string) (stream string, seq uint64, subject string) {
	fields := strings.Fields(value)
	if len(fields) < 2 {
		return "", 0, ""
	}
	seq, err := strconv.ParseUint(fields[1], 10, 64)
	if err != nil {
		return "", 0, ""
	}
	// A source of another account has a hash behind a colon.
	stream, _, _ = strings.Cut(fields[0], ":")
	if len(fields) >= 5 {
		subject = fields[4]
	}
	return stream, seq, subject
}

// added are the headers that a server puts behind the message's own in the answer to a direct get.
var added = []string{
	server.JSStream, server.JSSubject, server.JSSequence, server.JSTimeStamp, server.JSNumPending, server.JSLastSequence, server.JSUpToSequence,
}

// newStoredMessage reads an answer to a direct get; pending is what comes after it. A message that was republished
// into the stream has headers of the same names: what the server added is the last value of each.
func newStoredMessage(h natsgo.Header, data []byte) (m StoredMessage, pending uint64, err error) {
	last := func(key string) string {
		if values := h[key]; len(values) > 0 {
			return values[len(values)-1]
		}
		return ""
	}
	m = StoredMessage{Stream: last(server.JSStream), Subject: last(server.JSSubject), Data: data}
	if m.Seq, err = strconv.ParseUint(last(server.JSSequence), 10, 64); err != nil {
		return m, 0, fmt.Errorf("an answer without a sequence: %s", quote(last(server.JSSequence)))
	}
	if m.Time, err = time.Parse(time.RFC3339Nano, last(server.JSTimeStamp)); err != nil {
		return m, 0, fmt.Errorf("an answer without a time: %s", quote(last(server.JSTimeStamp)))
	}
	if pending, err = strconv.ParseUint(last(server.JSNumPending), 10, 64); err != nil {
		return m, 0, fmt.Errorf("an answer that does not say what comes after it: %s", quote(last(server.JSNumPending)))
	}
	for _, key := range added {
		switch values := h[key]; len(values) {
		case 0:
		case 1:
			delete(h, key)
		default:
			h[key] = slices.Clone(values[:len(values)-1])
		}
	}
	if len(h) > 0 {
		m.Header = h
	}
	return m, pending, nil
}
