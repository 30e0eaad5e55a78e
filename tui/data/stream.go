package data

import (
	"slices"
	"strconv"
	"strings"

	"aidbox-nats/nats"
)

// StreamCommand is the nats command that makes a stream which takes a subject,
// under a name that none of the streams has.
func StreamCommand(subject string, streams []nats.Stream) string {
	return nats.StreamConfig{Name: StreamName(subject, streams), Subjects: []string{subject}}.CreateOperation().Command()
}

// StreamName is a name that none of the streams has: EVENTS, or the subject's words where that is taken.
func StreamName(subject string, streams []nats.Stream) string {
	taken := func(name string) bool {
		return slices.ContainsFunc(streams, func(s nats.Stream) bool { return s.Name == name })
	}
	words := strings.FieldsFunc(strings.ToUpper(subject), func(r rune) bool { return strings.ContainsRune(".*>/\\ ", r) })
	base := strings.Join(words, "_")
	if base == "" || !taken("EVENTS") {
		base = "EVENTS"
	}
	name := base
	for i := 2; taken(name); i++ {
		name = base + "_" + strconv.Itoa(i)
	}
	return name
}

// StreamMade is a stream that the broker has just made or changed, before the
// list is read again.
type StreamMade struct{ Stream nats.Stream }
