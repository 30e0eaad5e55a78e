package data

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"aidbox-nats/nats"
)

// StreamCommand is the nats command that makes a stream which takes a subject,
// under a name that none of the streams has.
func StreamCommand(subject string, streams []nats.Stream) string {
	name := freeName(subject, streams)
	config, err := json.Marshal(map[string]any{"name": name, "subjects": []string{subject}, "storage": "file", "allow_direct": true})
	if err != nil {
		return ""
	}
	return nats.Operation{Verb: "REQ", Subject: "$JS.API.STREAM.CREATE." + name, Data: config, Bytes: len(config)}.Command()
}

// freeName is EVENTS, or the subject's words where that is taken.
func freeName(subject string, streams []nats.Stream) string {
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
