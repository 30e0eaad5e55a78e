package nats

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// jetStreamCommand is the part after the login of the nats command that does what a request of the JetStream API
// asks for, as shell words; nil when there is none, or when the journal kept only a part of the request. Flags are
// those of natscli 0.5.
func jetStreamCommand(o Operation) []string {
	request, ok := strings.CutPrefix(o.Subject, jetstream.DefaultAPIPrefix)
	if !ok || len(o.Data) < o.Bytes {
		return nil
	}
	token := strings.Split(request, ".")
	name := func(i int) string {
		if i < len(token) {
			return token[i]
		}
		return ""
	}
	switch strings.Join(token[:min(2, len(token))], ".") {
	case "INFO":
		return []string{"account", "info"}
	case "STREAM.INFO":
		return []string{"stream", "info", arguments(name(2))}
	case "STREAM.CREATE":
		return streamCommand([]string{"stream", "add"}, []string{"--defaults"}, name(2), o.Data)
	case "STREAM.UPDATE":
		return streamCommand([]string{"stream", "edit"}, []string{"--force"}, name(2), o.Data)
	case "STREAM.DELETE":
		return []string{"stream", "rm", "--force", arguments(name(2))}
	case "STREAM.PURGE":
		return purgeCommand(name(2), o.Data)
	case "STREAM.MSG":
		return messageCommand(name(2), name(3), o.Data)
	case "CONSUMER.LIST":
		return []string{"consumer", "ls", arguments(name(2))}
	case "CONSUMER.INFO":
		return []string{"consumer", "info", arguments(name(2), name(3))}
	case "CONSUMER.CREATE", "CONSUMER.DURABLE":
		return consumerCommand(o.Data)
	case "CONSUMER.DELETE":
		return []string{"consumer", "rm", "--force", arguments(name(2), name(3))}
	case "CONSUMER.PAUSE":
		return pauseCommand(name(2), name(3), o.Data)
	case "CONSUMER.RESET":
		return resetCommand(name(2), name(3), o.Data)
	case "CONSUMER.MSG":
		return []string{"consumer", "next", "--no-ack", arguments(name(3), name(4))}
	case "DIRECT.GET":
		return directCommand(o)
	}
	return nil
}

// streamCommand writes the flags of stream add and stream edit, which share them. An edit keeps what has no flag, so
// there every flag is given.
func streamCommand(verb, always []string, name string, data []byte) []string {
	var config jetstream.StreamConfig
	if json.Unmarshal(data, &config) != nil {
		return nil
	}
	s := newStreamConfig(config)
	edit := verb[1] == "edit"
	words := slices.Concat(verb, always)
	add := func(use bool, name, value string) {
		if use {
			words = append(words, flag(name, value))
		}
	}
	onOff := func(name string, on bool, preset bool) {
		switch {
		case on == preset && !edit:
		case on:
			words = append(words, "--"+name)
		default:
			words = append(words, "--no-"+name)
		}
	}
	number := func(name string, n int64) { add(n > 0 || edit, name, strconv.FormatInt(limit(n), 10)) }
	age := func(name string, d time.Duration) { add(d > 0 || edit, name, d.String()) }

	add(len(s.Subjects) > 0, "--subjects", strings.Join(s.Subjects, ","))
	add(s.Description != "" || edit, "--description", s.Description)
	add(s.Mirror != "", "--mirror", s.Mirror)
	for _, source := range s.Sources {
		add(true, "--source", source)
	}
	add(!edit, "--storage", s.Storage)
	add(s.Retention != "limits" || edit, "--retention", map[string]string{"limits": "limits", "interest": "interest", "workqueue": "work"}[s.Retention])
	add(s.Discard != "old" || edit, "--discard", s.Discard)
	onOff("discard-per-subject", s.DiscardPerSubject, false)
	add(s.Replicas > 1 || edit, "--replicas", strconv.Itoa(s.Replicas))
	number("--max-msgs", s.MaxMsgs)
	number("--max-bytes", s.MaxBytes)
	number("--max-msgs-per-subject", s.MaxMsgsPerSubject)
	number("--max-msg-size", int64(s.MaxMsgSize))
	number("--max-consumers", int64(s.MaxConsumers))
	age("--max-age", s.MaxAge)
	add(s.Duplicates > 0, "--dupe-window", s.Duplicates.String())
	onOff("allow-direct", !s.NoDirect, true)
	onOff("ack", !s.NoAck, true)
	onOff("deny-delete", s.DenyDelete, false)
	onOff("deny-purge", s.DenyPurge, false)
	onOff("allow-rollup", s.AllowRollup, false)
	add(s.Compress || edit, "--compression", map[bool]string{true: "s2", false: "none"}[s.Compress])
	for _, only := range []struct {
		on   bool
		flag string
	}{
		{s.AllowMsgTTL, "--allow-msg-ttl"}, {s.AllowMsgCounter, "--allow-counter"},
		{s.AllowAtomicBatch, "--allow-batch"}, {s.AllowSchedules, "--allow-schedules"},
	} {
		if only.on {
			words = append(words, only.flag)
		}
	}
	add(s.DeleteMarkerTTL > 0, "--subject-del-markers-ttl", s.DeleteMarkerTTL.String())
	return append(words, arguments(name))
}

func purgeCommand(name string, data []byte) []string {
	var p jetstream.StreamPurgeRequest
	if len(data) > 0 && json.Unmarshal(data, &p) != nil {
		return nil
	}
	words := []string{"stream", "purge", "--force"}
	if p.Subject != "" {
		words = append(words, flag("--subject", p.Subject))
	}
	if p.Sequence > 0 {
		words = append(words, flag("--seq", strconv.FormatUint(p.Sequence, 10)))
	}
	if p.Keep > 0 {
		words = append(words, flag("--keep", strconv.FormatUint(p.Keep, 10)))
	}
	return append(words, arguments(name))
}

func messageCommand(verb, name string, data []byte) []string {
	var get messageRequest
	if json.Unmarshal(data, &get) != nil {
		return nil
	}
	switch {
	case verb == "DELETE":
		return []string{"stream", "rmm", "--force", arguments(name, strconv.FormatUint(get.Seq, 10))}
	case verb == "GET" && get.LastFor != "":
		return []string{"stream", "get", flag("--last-for", get.LastFor), arguments(name)}
	case verb == "GET" && get.NextFor == "":
		return []string{"stream", "get", arguments(name, strconv.FormatUint(get.Seq, 10))}
	}
	return nil
}

// directCommand asks for a batch as the program does. No other command reads without a consumer.
func directCommand(o Operation) []string {
	var get messageRequest
	if json.Unmarshal(o.Data, &get) != nil {
		return nil
	}
	// One answer more says where the batch ends.
	words := []string{"req", "--raw", flag("--replies", strconv.Itoa(get.Batch+1))}
	words = append(words, noTemplates(o)...)
	return append(words, arguments(o.Subject, string(o.Data)))
}

func consumerCommand(data []byte) []string {
	var request struct {
		Stream string                   `json:"stream_name"`
		Config jetstream.ConsumerConfig `json:"config"`
	}
	if json.Unmarshal(data, &request) != nil {
		return nil
	}
	config := request.Config
	if config.MaxAckPending < 0 {
		return nil // with --defaults the command takes --max-pending=-1 for the server's own limit
	}
	words := []string{"consumer", "add", "--pull", "--defaults"}
	add := func(use bool, name, value string) {
		if use {
			words = append(words, flag(name, value))
		}
	}
	if config.Durable == "" {
		words = append(words, "--ephemeral")
	}
	add(config.Description != "", "--description", config.Description)
	filters := config.FilterSubjects
	if config.FilterSubject != "" {
		filters = []string{config.FilterSubject}
	}
	for _, filter := range filters {
		add(true, "--filter", filter)
	}
	add(config.AckPolicy != jetstream.AckExplicitPolicy, "--ack", ackPolicy(config.AckPolicy))
	switch config.DeliverPolicy {
	case jetstream.DeliverAllPolicy:
	case jetstream.DeliverByStartSequencePolicy:
		add(true, "--deliver", strconv.FormatUint(config.OptStartSeq, 10))
	case jetstream.DeliverByStartTimePolicy:
		if config.OptStartTime != nil {
			// The command takes only how long ago.
			add(true, "--deliver", fmt.Sprintf("%ds", max(1, int64(time.Since(*config.OptStartTime).Seconds()))))
		}
	case jetstream.DeliverLastPerSubjectPolicy:
		add(true, "--deliver", "subject")
	default:
		add(true, "--deliver", config.DeliverPolicy.String())
	}
	add(config.AckWait > 0, "--wait", config.AckWait.String())
	add(config.MaxDeliver > 0, "--max-deliver", strconv.Itoa(config.MaxDeliver))
	add(config.MaxAckPending != 0, "--max-pending", strconv.Itoa(config.MaxAckPending))
	add(config.InactiveThreshold > 0, "--inactive-threshold", config.InactiveThreshold.String())
	add(config.SampleFrequency != "", "--sample", strings.TrimSuffix(config.SampleFrequency, "%"))
	name := config.Durable
	if name == "" {
		name = config.Name
	}
	return append(words, arguments(request.Stream, name))
}

func pauseCommand(stream, name string, data []byte) []string {
	var request struct {
		Until *time.Time `json:"pause_until"`
	}
	if len(data) > 0 && json.Unmarshal(data, &request) != nil {
		return nil
	}
	if request.Until == nil {
		return []string{"consumer", "resume", "--force", arguments(stream, name)}
	}
	return []string{"consumer", "pause", "--force", arguments(stream, name, request.Until.UTC().Format(time.DateTime))}
}

func resetCommand(stream, name string, data []byte) []string {
	var request struct {
		Seq uint64 `json:"seq"`
	}
	if len(data) > 0 && json.Unmarshal(data, &request) != nil {
		return nil
	}
	words := []string{"consumer", "reset", "--force"}
	if request.Seq > 0 {
		words = append(words, flag("--sequence", strconv.FormatUint(request.Seq, 10)))
	}
	return append(words, arguments(stream, name))
}
