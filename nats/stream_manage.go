package nats

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
)

// Errors of managing streams that code decides on.
var (
	// ErrStreamNotFound says that there is no stream with this name.
	ErrStreamNotFound = errors.New("there is no such stream")
	// ErrStreamExists says that there is a stream with this name and another configuration.
	ErrStreamExists = errors.New("there is a stream with this name and another configuration")
	// ErrMessageNotFound says that a stream has no such message: never, or no more.
	ErrMessageNotFound = errors.New("there is no such message")
)

// codeOverlap is the server's code for subjects that another stream has (nats-server, JSStreamSubjectOverlapErr);
// codeMessageGone that for deleting what is not there (JSStreamMsgDeleteFailedF), codeNoCluster that for replicas on a
// single server (JSStreamReplicasNotSupportedErr).
const (
	codeOverlap     = 10065
	codeMessageGone = 10057
	codeNoCluster   = 10074
)

// Overlap is a subject of a stream that has messages in common with a wanted one.
type Overlap struct {
	Stream  string
	Subject string // the stream's
	Wanted  string
}

// OverlapError says which streams take what a new or edited one wants. A message belongs to one stream only.
type OverlapError struct {
	Overlaps []Overlap
}

func (e *OverlapError) Error() string {
	texts, which := make([]string, len(e.Overlaps)), "that stream"
	for i, o := range e.Overlaps {
		if o.Stream != e.Overlaps[0].Stream {
			which = "those streams"
		}
		texts[i] = fmt.Sprintf("stream %s has %s, which overlaps with %s", o.Stream, quote(o.Subject), quote(o.Wanted))
	}
	return strings.Join(texts, "; ") + ": one message belongs to one stream only. Take another subject, or edit " + which
}

// Overlaps lists what of the wanted subjects the streams already take; the one named self is left out.
func Overlaps(wanted []string, self string, streams []Stream) []Overlap {
	var overlaps []Overlap
	for _, s := range streams {
		if s.Name == self {
			continue
		}
		for _, has := range s.Subjects {
			for _, want := range wanted {
				if subjectsOverlap(has, want) {
					overlaps = append(overlaps, Overlap{Stream: s.Name, Subject: has, Wanted: want})
				}
			}
		}
	}
	return overlaps
}

// subjectsOverlap says whether there is a subject that both match.
func subjectsOverlap(a, b string) bool {
	return server.IsValidSubject(a) && server.IsValidSubject(b) && server.SubjectsCollide(a, b)
}

// Taking are the streams that store a message with this subject, or, when it has wildcards, some message with such a
// subject. With more than one each stores its own copy.
func Taking(subject string, streams []Stream) []Stream {
	var taking []Stream
	for _, s := range streams {
		for _, filter := range s.Subjects {
			if subjectsOverlap(subject, filter) {
				taking = append(taking, s)
				break
			}
		}
	}
	return taking
}

// Stream describes one stream. It fails with ErrStreamNotFound, and as Streams does.
func (c *Conn) Stream(ctx context.Context, name string) (Stream, error) {
	info, err := c.streamInfo(ctx, name)
	if err != nil {
		return Stream{}, err
	}
	return newStream(info), nil
}

// StreamConfig is the configuration of a stream, for an edit.
func (c *Conn) StreamConfig(ctx context.Context, name string) (StreamConfig, error) {
	info, err := c.streamInfo(ctx, name)
	if err != nil {
		return StreamConfig{}, err
	}
	return newStreamConfig(info.Config), nil
}

func (c *Conn) streamInfo(ctx context.Context, name string) (*jetstream.StreamInfo, error) {
	if err := ValidName(name); err != nil {
		return nil, err
	}
	var info *jetstream.StreamInfo
	err := c.read(ctx, func(ctx context.Context, js jetstream.JetStream) (err error) {
		info, err = currentInfo(ctx, js, name)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look at stream %s: %w", quote(name), err)
	}
	return info, nil
}

func currentInfo(ctx context.Context, js jetstream.JetStream, name string) (*jetstream.StreamInfo, error) {
	s, err := js.Stream(ctx, name)
	if err != nil {
		return nil, streamFault(err)
	}
	return s.CachedInfo(), nil
}

// streamFault gives the server's common refusals their names, and words the others.
func streamFault(err error) error {
	worded := err
	var api *jetstream.APIError
	if errors.As(err, &api) {
		worded = &refusal{api: api, err: err}
	}
	switch {
	case hasCode(err, jetstream.JSErrCodeStreamNotFound):
		return fmt.Errorf("%w: %w", ErrStreamNotFound, worded)
	case hasCode(err, jetstream.JSErrCodeStreamNameInUse):
		return fmt.Errorf("%w: %w", ErrStreamExists, worded)
	case hasCode(err, jetstream.JSErrCodeMessageNotFound), hasCode(err, codeMessageGone):
		return fmt.Errorf("%w: %w", ErrMessageNotFound, worded)
	case hasCode(err, codeNoCluster):
		return fmt.Errorf("this server is in no cluster, so take one replica: %w", worded)
	}
	return worded
}

// refusal says what the JetStream API answered without nats.go's list of codes.
type refusal struct {
	api *jetstream.APIError
	err error
}

func (r *refusal) Error() string {
	return fmt.Sprintf("%s (error code %d)", clip(r.api.Description), r.api.ErrorCode)
}

func (r *refusal) Unwrap() error { return r.err }

// CreateStream makes a stream. One that is there with the same configuration is left as it is. It fails with
// *OverlapError, ErrStreamExists, *LevelError, what Check finds, and ErrReadOnly.
func (c *Conn) CreateStream(ctx context.Context, config StreamConfig) (Stream, error) {
	doing := "create stream " + quote(config.Name)
	if err := config.Check(); err != nil {
		return Stream{}, fmt.Errorf("%s: %w", doing, err)
	}
	var created *jetstream.StreamInfo
	err := c.change(ctx, doing, func(ctx context.Context, js jetstream.JetStream) error {
		if needs, what := config.level(); needs > 0 {
			if err := needLevel(ctx, js, what, needs); err != nil {
				return err
			}
		}
		s, err := js.CreateStream(ctx, config.over(jetstream.StreamConfig{}))
		if err != nil {
			return streamFault(err)
		}
		created = s.CachedInfo()
		return nil
	})
	if err != nil {
		return Stream{}, c.explainOverlap(ctx, doing, config, err)
	}
	return newStream(created), nil
}

// EditStream changes a stream to a configuration that StreamConfig gave and a person altered. What the
// configuration has no field for stays as it is. It fails with *EditError before anything is sent, and else as
// CreateStream does.
func (c *Conn) EditStream(ctx context.Context, config StreamConfig) (Stream, error) {
	doing := "edit stream " + quote(config.Name)
	if err := config.Check(); err != nil {
		return Stream{}, fmt.Errorf("%s: %w", doing, err)
	}
	var edited *jetstream.StreamInfo
	err := c.change(ctx, doing, func(ctx context.Context, js jetstream.JetStream) error {
		before, err := currentInfo(ctx, js, config.Name)
		if err != nil {
			return err
		}
		if blocked := EditBlocked(newStreamConfig(before.Config), config); blocked != nil {
			return &EditError{Blocked: blocked}
		}
		if needs, what := config.level(); needs > 0 {
			if err := needLevel(ctx, js, what, needs); err != nil {
				return err
			}
		}
		s, err := js.UpdateStream(ctx, config.over(before.Config))
		if err != nil {
			return streamFault(err)
		}
		edited = s.CachedInfo()
		return nil
	})
	if err != nil {
		return Stream{}, c.explainOverlap(ctx, doing, config, err)
	}
	return newStream(edited), nil
}

// EditError says what cannot be changed about a stream.
type EditError struct {
	Blocked []string
}

func (e *EditError) Error() string { return strings.Join(e.Blocked, "; ") }

// explainOverlap finds out which streams the server meant.
func (c *Conn) explainOverlap(ctx context.Context, doing string, config StreamConfig, err error) error {
	if !hasCode(err, codeOverlap) {
		return err
	}
	streams, listErr := c.Streams(ctx)
	if listErr != nil {
		return err
	}
	if overlaps := Overlaps(config.Subjects, config.Name, streams); overlaps != nil {
		return fmt.Errorf("%s: %w", doing, &OverlapError{Overlaps: overlaps})
	}
	return err
}

// DeleteStream deletes a stream with its messages and consumers. It fails with ErrStreamNotFound and ErrReadOnly.
func (c *Conn) DeleteStream(ctx context.Context, name string) error {
	if err := ValidName(name); err != nil {
		return err
	}
	return c.change(ctx, "delete stream "+quote(name), func(ctx context.Context, js jetstream.JetStream) error {
		return streamFault(js.DeleteStream(ctx, name))
	})
}

// Purge says which messages of a stream go. The zero value is all.
type Purge struct {
	// Subject limits it to messages that match, with wildcards. Empty: every subject.
	Subject string
	// Before limits it to messages with a lower sequence; that one stays. Zero: no limit.
	Before uint64
	// Keep leaves so many of the newest of those that match. Not with Before.
	Keep uint64
}

// PurgeStream removes messages and says how many went. It fails with ErrStreamNotFound and ErrReadOnly.
func (c *Conn) PurgeStream(ctx context.Context, name string, p Purge) (uint64, error) {
	doing := "purge stream " + quote(name)
	if err := ValidName(name); err != nil {
		return 0, err
	}
	if p.Subject != "" {
		if err := ValidSubject(p.Subject, true); err != nil {
			return 0, fmt.Errorf("%s: %w", doing, err)
		}
	}
	if p.Before > 0 && p.Keep > 0 {
		return 0, fmt.Errorf("%s: either up to a sequence or all but some, not both", doing)
	}
	var answer struct {
		Purged uint64 `json:"purged"`
	}
	err := c.change(ctx, doing, func(ctx context.Context, js jetstream.JetStream) error {
		return streamFault(call(ctx, js, "STREAM.PURGE."+name, p.request(), &answer))
	})
	return answer.Purged, err
}

// DeleteMessage deletes one message and overwrites its bytes on the disk. It fails with ErrMessageNotFound,
// ErrStreamNotFound and ErrReadOnly.
func (c *Conn) DeleteMessage(ctx context.Context, stream string, seq uint64) error {
	if err := ValidName(stream); err != nil {
		return err
	}
	return c.change(ctx, fmt.Sprintf("delete message %d of stream %s", seq, quote(stream)), func(ctx context.Context, js jetstream.JetStream) error {
		return streamFault(call(ctx, js, "STREAM.MSG.DELETE."+stream, messageDeletion{seq}, nil))
	})
}
