package nats

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// StreamKind is what a stream is used for.
type StreamKind int

// The kinds of streams. A key-value bucket or object store that is a mirror counts as what it holds.
const (
	StreamPlain StreamKind = iota
	StreamKeyValue
	StreamObjectStore
	StreamMirror
	StreamSourced
)

// String names the kind.
func (k StreamKind) String() string {
	switch k {
	case StreamPlain:
		return "stream"
	case StreamKeyValue:
		return "key-value"
	case StreamObjectStore:
		return "object store"
	case StreamMirror:
		return "mirror"
	case StreamSourced:
		return "sourced"
	}
	return fmt.Sprintf("StreamKind(%d)", int(k))
}

// Stream describes a stream and its state at the moment of the question.
type Stream struct {
	Name        string
	Kind        StreamKind
	Description string
	Subjects    []string
	Mirror      string   // the stream that it mirrors
	Sources     []string // the streams that it takes messages from

	Storage   string // file, memory
	Retention string // limits, interest, workqueue
	Discard   string // old, new: what a full stream refuses
	Replicas  int

	// The limits; -1 is none, for MaxAge 0 is none.
	MaxMsgs           int64
	MaxBytes          int64
	MaxMsgsPerSubject int64
	MaxMsgSize        int32
	MaxAge            time.Duration
	Duplicates        time.Duration // the window in which a Nats-Msg-Id is stored once

	Messages    uint64
	Bytes       uint64
	FirstSeq    uint64
	LastSeq     uint64
	FirstTime   time.Time // zero when there are no messages
	LastTime    time.Time // zero when there never was one
	Deleted     int       // messages deleted between FirstSeq and LastSeq
	NumSubjects uint64
	Consumers   int
	Created     time.Time

	AllowDirect bool
	NoAck       bool
	Sealed      bool

	// Config is what was decided about it, for an edit.
	Config StreamConfig
}

// Streams lists the streams of this connection's account, sorted by name. It fails with ErrNoJetStream at once
// when there is none, *PermissionError when the user may not ask, and ErrNotConnected. Without a deadline
// in ctx it waits five seconds at most.
func (c *Conn) Streams(ctx context.Context) ([]Stream, error) {
	l, err := c.usable()
	if err != nil {
		return nil, fmt.Errorf("list streams: %w", err)
	}
	var streams []Stream
	err = c.jetStream(ctx, l, func(ctx context.Context, js jetstream.JetStream) error {
		lister := js.ListStreams(ctx)
		for info := range lister.Info() {
			streams = append(streams, newStream(info))
		}
		return lister.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("list streams: %w", err)
	}
	slices.SortFunc(streams, func(a, b Stream) int { return strings.Compare(a.Name, b.Name) })
	return streams, nil
}

func newStream(info *jetstream.StreamInfo) Stream {
	config, state := info.Config, info.State
	s := Stream{
		Name: config.Name, Description: config.Description, Subjects: config.Subjects,
		Storage: strings.ToLower(config.Storage.String()), Retention: strings.ToLower(config.Retention.String()),
		Discard: strings.ToLower(strings.TrimPrefix(config.Discard.String(), "Discard")), Replicas: config.Replicas,
		MaxMsgs: config.MaxMsgs, MaxBytes: config.MaxBytes, MaxMsgsPerSubject: config.MaxMsgsPerSubject,
		MaxMsgSize: config.MaxMsgSize, MaxAge: config.MaxAge, Duplicates: config.Duplicates,
		Messages: state.Msgs, Bytes: state.Bytes, FirstSeq: state.FirstSeq, LastSeq: state.LastSeq,
		FirstTime: realTime(state.FirstTime), LastTime: realTime(state.LastTime),
		Deleted: state.NumDeleted, NumSubjects: state.NumSubjects, Consumers: state.Consumers, Created: info.Created,
		AllowDirect: config.AllowDirect, NoAck: config.NoAck, Sealed: config.Sealed,
		Config: newStreamConfig(config),
	}
	if config.Mirror != nil {
		s.Mirror = config.Mirror.Name
	}
	for _, source := range config.Sources {
		s.Sources = append(s.Sources, source.Name)
	}
	s.Kind = kindOf(config)
	return s
}

// realTime turns the times that a server gives for no message, year 1 or the Unix epoch, into the zero time.
func realTime(t time.Time) time.Time {
	if t.Year() <= 1970 {
		return time.Time{}
	}
	return t
}

// kindOf follows the naming of nats.go: bucket B is stream KV_B on $KV.B.>, object store B is stream OBJ_B on
// $O.B.C.> and $O.B.M.>. A mirror of a bucket has its name but no subjects.
func kindOf(config jetstream.StreamConfig) StreamKind {
	mirror := config.Mirror != nil
	all := func(prefix string) bool {
		return (len(config.Subjects) > 0 || mirror) &&
			!slices.ContainsFunc(config.Subjects, func(s string) bool { return !strings.HasPrefix(s, prefix) })
	}
	switch {
	case strings.HasPrefix(config.Name, "KV_") && all("$KV."):
		return StreamKeyValue
	case strings.HasPrefix(config.Name, "OBJ_") && all("$O."):
		return StreamObjectStore
	case mirror:
		return StreamMirror
	case len(config.Sources) > 0:
		return StreamSourced
	}
	return StreamPlain
}
