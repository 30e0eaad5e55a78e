package nats

import (
	"maps"
	"slices"
	"strings"

	"github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"
)

// LeftOut is a header of a stored message that does not belong into the same message when it is published again.
type LeftOut struct {
	Header string
	Why    string // what would happen with it
}

// leftOut are headers that a server sets, or by which a stream would refuse the message, swallow it, or do something
// to others (nats-server, stream.go and msgtrace.go). The names are those of nats-server, which knows them as they are
// written here; a name that ends with a star stands for all that begin so.
var leftOut = []LeftOut{
	{"Nats-Expected-*", "the stream would refuse it: it is not what comes next any more"},
	{server.JSMsgId, "the stream would take it for the same message, and not store it"},
	{server.JSMsgRollup, "the stream would remove older messages for it"},
	{server.JSMarkerReason, "a stream sets it when a message is gone"},
	{server.JSMessageIncr, "the counter would count once more"},
	{server.JSMessageCounterSources, "a stream of counters sets it"},
	{"Nats-Batch-*", "the stream would wait for the rest of the batch"},
	{server.JSScheduler, "a schedule sets it"},
	{server.JSScheduleNext, "a schedule sets it, and the stream would end the schedule"},
	{server.JSStreamSource, "a stream sets it on what it takes from another"},
	{server.JSStream, "a stream sets it on what it republishes"},
	{server.JSSubject, "a stream sets it on what it republishes"},
	{server.JSSequence, "a stream sets it on what it republishes"},
	{server.JSTimeStamp, "a stream sets it on what it republishes"},
	{server.JSLastSequence, "a stream sets it on what it republishes"},
	{server.JSNumPending, "a stream sets it on its answers"},
	{server.JSUpToSequence, "a stream sets it on its answers"},
	{server.JSMsgSize, "a stream sets it on what it delivers without a body"},
	{"Nats-Trace-*", "servers would report its way, or not store it"},
}

// allowing are the headers that only some streams take, with the setting that allows them.
var allowing = []struct {
	header  string
	allowed func(StreamConfig) bool
	why     string
}{
	{server.JSMessageTTL, func(s StreamConfig) bool { return s.AllowMsgTTL }, "the stream does not allow a TTL of a message, and would refuse it"},
	{"Nats-Schedule*", func(s StreamConfig) bool { return s.AllowSchedules }, "the stream does not allow schedules, and would refuse it"},
}

// Again is the message as it can be published again into a stream of this configuration, and the headers that were
// left out of it, in the order of their names. What is kept of the message is shared.
func (m StoredMessage) Again(config StreamConfig) (Message, []LeftOut) {
	again := Message{Subject: m.Subject, Data: m.Data}
	var out []LeftOut
	for _, name := range slices.Sorted(maps.Keys(m.Header)) {
		if why := whyLeftOut(name, config); why != "" {
			out = append(out, LeftOut{Header: name, Why: why})
			continue
		}
		if again.Header == nil {
			again.Header = natsgo.Header{}
		}
		again.Header[name] = m.Header[name]
	}
	return again, out
}

// whyLeftOut says why a message that is published into a stream of this configuration must not have a header. Empty:
// it may.
func whyLeftOut(name string, config StreamConfig) string {
	for _, h := range leftOut {
		if names(h.Header, name) {
			return h.Why
		}
	}
	for _, h := range allowing {
		if names(h.header, name) && !h.allowed(config) {
			return h.why
		}
	}
	return ""
}

func names(pattern, name string) bool {
	if begin, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(name, begin)
	}
	return name == pattern
}
