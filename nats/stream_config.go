package nats

import (
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// StreamConfig is what a person decides about a stream. The zero value of every field but Name and Subjects is what
// the nats command takes with --defaults: stored in files, one replica, kept without limits, a full stream loses
// its oldest, direct reads allowed.
type StreamConfig struct {
	Name        string
	Description string
	// Subjects are what it takes, with wildcards. Empty for a mirror, and for one that only has sources.
	Subjects []string
	// Mirror is the stream of which it is a copy, Sources those whose messages it takes as well.
	Mirror  string
	Sources []string

	Storage   string // file or memory; empty: file
	Retention string // limits, interest (until every consumer acknowledged) or workqueue (until one did); empty: limits
	Discard   string // what a full stream refuses: old or new; empty: old
	// DiscardPerSubject applies MaxMsgsPerSubject with Discard new, too.
	DiscardPerSubject bool
	Replicas          int // 1 to 5; zero: 1

	// The limits; zero: none.
	MaxMsgs           int64
	MaxBytes          int64
	MaxMsgsPerSubject int64
	MaxMsgSize        int32 // bytes
	MaxAge            time.Duration
	MaxConsumers      int
	// Duplicates is the window in which a Nats-Msg-Id is stored once. Zero: two minutes, or MaxAge when that is
	// less.
	Duplicates time.Duration

	NoDirect    bool // refuses direct reads, which may come from a replica that lags
	NoAck       bool // does not acknowledge; at-least-once deliveries then fail
	DenyDelete  bool // refuses to delete single messages, for good
	DenyPurge   bool // refuses to purge, for good
	AllowRollup bool // a message with Nats-Rollup replaces the older ones
	Compress    bool // S2, in files

	// Level 1 of the JetStream API.
	AllowMsgTTL      bool          // messages may carry Nats-TTL; for good
	DeleteMarkerTTL  time.Duration // how long a marker stands for the last message of a subject that expired; zero: no markers
	AllowMsgCounter  bool          // level 2: a subject is a counter (Nats-Incr)
	AllowAtomicBatch bool          // level 2: several messages are stored together or not at all
	AllowSchedules   bool          // level 2: messages may carry Nats-Schedule; for good
	AllowFastBatch   bool          // level 4
}

// Check says what is wrong with the configuration before a server is asked: *NameError, *SubjectError, or words. A
// server may still refuse it.
func (s StreamConfig) Check() error {
	if err := ValidName(s.Name); err != nil {
		return err
	}
	for i, subject := range s.Subjects {
		if err := ValidSubject(subject, true); err != nil {
			return err
		}
		for _, other := range s.Subjects[:i] {
			if subjectsOverlap(subject, other) {
				return fmt.Errorf("its subjects %s and %s overlap: one of them is enough", quote(other), quote(subject))
			}
		}
	}
	for _, choice := range []struct {
		what, value string
		allowed     []string
	}{
		{"storage", s.Storage, storages}, {"retention", s.Retention, retentions}, {"discard", s.Discard, discards},
	} {
		if choice.value != "" && !slices.Contains(choice.allowed, choice.value) {
			return fmt.Errorf("%s is no %s: it is one of %v", quote(choice.value), choice.what, choice.allowed)
		}
	}
	switch {
	case s.Mirror != "" && len(s.Subjects) > 0:
		return fmt.Errorf("a mirror has no subjects of its own")
	case s.Mirror != "" && len(s.Sources) > 0:
		return fmt.Errorf("a mirror has no sources beside the stream that it mirrors")
	case s.Replicas < 0 || s.Replicas > 5:
		return fmt.Errorf("%d replicas are not possible: 1 to 5 are", s.Replicas)
	case s.MaxMsgs < 0 || s.MaxBytes < 0 || s.MaxMsgsPerSubject < 0 || s.MaxMsgSize < 0 || s.MaxConsumers < 0:
		return fmt.Errorf("a limit cannot be negative; zero is none")
	case s.MaxAge < 0 || s.MaxAge > 0 && s.MaxAge < 100*time.Millisecond:
		return fmt.Errorf("the age limit is at least 100ms; zero is none")
	case s.Duplicates < 0 || s.Duplicates > 0 && s.Duplicates < 100*time.Millisecond:
		return fmt.Errorf("the duplicate window is at least 100ms")
	case s.MaxAge > 0 && s.Duplicates > s.MaxAge:
		return fmt.Errorf("the duplicate window (%s) cannot be longer than messages are kept (%s)", s.Duplicates, s.MaxAge)
	case s.DiscardPerSubject && (s.Discard != "new" || s.MaxMsgsPerSubject == 0):
		return fmt.Errorf("discarding per subject needs discard new and a limit per subject")
	}
	return nil
}

var (
	storages   = []string{"file", "memory"}
	retentions = []string{"limits", "interest", "workqueue"}
	discards   = []string{"old", "new"}
)

// level is the level of the JetStream API that the configuration needs, and what for.
func (s StreamConfig) level() (needs int, what string) {
	for _, field := range []struct {
		set   bool
		level int
		what  string
	}{
		{s.AllowMsgTTL, Level211, "the lifetime of single messages"},
		{s.DeleteMarkerTTL > 0, Level211, "delete markers"},
		{s.AllowMsgCounter, Level212, "a counter"},
		{s.AllowAtomicBatch, Level212, "storing a batch as one"},
		{s.AllowSchedules, Level212, "scheduled messages"},
		{s.AllowFastBatch, Level214, "storing in fast batches"},
	} {
		if field.set && field.level > needs {
			needs, what = field.level, field.what
		}
	}
	return needs, what
}

// EditBlocked says what of an edit from old to new the server would refuse, one sentence each; nil when nothing.
// The rules are nats-server's (stream.go, configUpdateCheck).
func EditBlocked(old, new StreamConfig) []string {
	old, new = old.withDefaults(), new.withDefaults()
	var blocked []string
	for _, rule := range []struct {
		broken bool
		why    string
	}{
		{old.Name != new.Name, "a stream cannot be renamed: create another one that has this one as a source"},
		{old.Storage != new.Storage, fmt.Sprintf("the storage cannot change from %s to %s: create another stream that has this one as a source", old.Storage, new.Storage)},
		{old.Retention != new.Retention && (old.Retention == "workqueue" || new.Retention == "workqueue"),
			fmt.Sprintf("the retention cannot change from %s to %s: a work queue is one from the beginning to the end", old.Retention, new.Retention)},
		{old.Mirror != new.Mirror && new.Mirror != "", "a mirror can be made a stream of its own, but not mirror another one"},
		{old.DenyDelete && !new.DenyDelete, "that messages cannot be deleted is for good"},
		{old.DenyPurge && !new.DenyPurge, "that it cannot be purged is for good"},
		{old.AllowMsgTTL && !new.AllowMsgTTL, "that messages have a lifetime of their own is for good"},
		{old.AllowSchedules && !new.AllowSchedules, "that messages are scheduled is for good"},
		{old.AllowMsgCounter != new.AllowMsgCounter, "whether it is a counter is decided when it is created"},
	} {
		if rule.broken {
			blocked = append(blocked, rule.why)
		}
	}
	return blocked
}

// withDefaults writes out what the zero values mean.
func (s StreamConfig) withDefaults() StreamConfig {
	for value, preset := range map[*string]string{&s.Storage: storages[0], &s.Retention: retentions[0], &s.Discard: discards[0]} {
		if *value == "" {
			*value = preset
		}
	}
	s.Replicas = max(s.Replicas, 1)
	return s
}

// over lays the configuration over one of the server's, which has more fields.
func (s StreamConfig) over(base jetstream.StreamConfig) jetstream.StreamConfig {
	s = s.withDefaults()
	base.Name, base.Description, base.Subjects = s.Name, s.Description, s.Subjects
	switch {
	case s.Mirror == "":
		base.Mirror = nil
	case base.Mirror == nil || base.Mirror.Name != s.Mirror:
		base.Mirror = &jetstream.StreamSource{Name: s.Mirror}
	}
	base.Sources = laySources(s.Sources, base.Sources)
	base.Storage = jetstream.StorageType(slices.Index(storages, s.Storage))
	base.Retention = jetstream.RetentionPolicy(slices.Index(retentions, s.Retention))
	base.Discard = jetstream.DiscardPolicy(slices.Index(discards, s.Discard))
	base.DiscardNewPerSubject, base.Replicas = s.DiscardPerSubject, s.Replicas
	base.MaxMsgs, base.MaxBytes, base.MaxMsgsPerSubject = limit(s.MaxMsgs), limit(s.MaxBytes), limit(s.MaxMsgsPerSubject)
	base.MaxMsgSize, base.MaxConsumers = int32(limit(int64(s.MaxMsgSize))), int(limit(int64(s.MaxConsumers)))
	base.MaxAge, base.Duplicates = s.MaxAge, s.Duplicates
	base.AllowDirect, base.NoAck = !s.NoDirect, s.NoAck
	base.DenyDelete, base.DenyPurge, base.AllowRollup = s.DenyDelete, s.DenyPurge, s.AllowRollup
	base.Compression = jetstream.NoCompression
	if s.Compress {
		base.Compression = jetstream.S2Compression
	}
	base.AllowMsgTTL, base.SubjectDeleteMarkerTTL = s.AllowMsgTTL, s.DeleteMarkerTTL
	base.AllowMsgCounter, base.AllowAtomicPublish = s.AllowMsgCounter, s.AllowAtomicBatch
	base.AllowMsgSchedules, base.AllowBatchPublish = s.AllowSchedules, s.AllowFastBatch
	return base
}

// laySources keeps what the server knows more of a source than its name.
func laySources(names []string, known []*jetstream.StreamSource) []*jetstream.StreamSource {
	var sources []*jetstream.StreamSource
	for _, name := range names {
		i := slices.IndexFunc(known, func(s *jetstream.StreamSource) bool { return s.Name == name })
		if i >= 0 {
			sources = append(sources, known[i])
		} else {
			sources = append(sources, &jetstream.StreamSource{Name: name})
		}
	}
	return sources
}

// limit is the server's word for none.
func limit(n int64) int64 {
	if n == 0 {
		return -1
	}
	return n
}

// newStreamConfig reads one of the server's.
func newStreamConfig(s jetstream.StreamConfig) StreamConfig {
	config := StreamConfig{
		Name: s.Name, Description: s.Description, Subjects: s.Subjects,
		Storage: storages[s.Storage], Retention: retentions[s.Retention], Discard: discards[s.Discard],
		DiscardPerSubject: s.DiscardNewPerSubject, Replicas: s.Replicas,
		MaxMsgs: max(s.MaxMsgs, 0), MaxBytes: max(s.MaxBytes, 0), MaxMsgsPerSubject: max(s.MaxMsgsPerSubject, 0),
		MaxMsgSize: max(s.MaxMsgSize, 0), MaxConsumers: max(s.MaxConsumers, 0), MaxAge: s.MaxAge, Duplicates: s.Duplicates,
		NoDirect: !s.AllowDirect, NoAck: s.NoAck, DenyDelete: s.DenyDelete, DenyPurge: s.DenyPurge, AllowRollup: s.AllowRollup,
		Compress:    s.Compression != jetstream.NoCompression,
		AllowMsgTTL: s.AllowMsgTTL, DeleteMarkerTTL: s.SubjectDeleteMarkerTTL,
		AllowMsgCounter: s.AllowMsgCounter, AllowAtomicBatch: s.AllowAtomicPublish,
		AllowSchedules: s.AllowMsgSchedules, AllowFastBatch: s.AllowBatchPublish,
	}
	if s.Mirror != nil {
		config.Mirror = s.Mirror.Name
	}
	for _, source := range s.Sources {
		config.Sources = append(config.Sources, source.Name)
	}
	return config
}
