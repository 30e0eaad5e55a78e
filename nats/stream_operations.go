package nats

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// CreateOperation is the request that CreateStream sends, to be shown before it is sent.
func (s StreamConfig) CreateOperation() Operation {
	return apiOperation("STREAM.CREATE."+s.Name, s.over(jetstream.StreamConfig{}))
}

// EditOperation is the request that EditStream sends, without what the configuration has no field for.
func (s StreamConfig) EditOperation() Operation {
	return apiOperation("STREAM.UPDATE."+s.Name, s.over(jetstream.StreamConfig{}))
}

// Operation is the request that PurgeStream sends.
func (p Purge) Operation(stream string) Operation {
	return apiOperation("STREAM.PURGE."+stream, p.request())
}

func (p Purge) request() jetstream.StreamPurgeRequest {
	return jetstream.StreamPurgeRequest{Sequence: p.Before, Subject: p.Subject, Keep: p.Keep}
}

// DeleteStreamOperation is the request that DeleteStream sends.
func DeleteStreamOperation(name string) Operation {
	return Operation{Verb: "REQ", Subject: jetstream.DefaultAPIPrefix + "STREAM.DELETE." + name}
}

// messageDeletion is nats-server's JSApiMsgDeleteRequest.
type messageDeletion struct {
	Seq uint64 `json:"seq"`
}

// DeleteMessageOperation is the request that DeleteMessage sends.
func DeleteMessageOperation(stream string, seq uint64) Operation {
	return apiOperation("STREAM.MSG.DELETE."+stream, messageDeletion{seq})
}

// apiOperation is a request of the JetStream API. Every request here is of strings, numbers and flags, which always
// have a JSON.
func apiOperation(request string, body any) Operation {
	data, _ := json.Marshal(body)
	return Operation{Verb: "REQ", Subject: jetstream.DefaultAPIPrefix + request, Data: data, Bytes: len(data)}
}

// CountMessages asks how many messages of a stream have a subject that matches, with wildcards. It fails with
// ErrStreamNotFound, and as Streams does.
func (c *Conn) CountMessages(ctx context.Context, stream, subject string) (uint64, error) {
	doing := fmt.Sprintf("count the messages on %s in stream %s", quote(subject), quote(stream))
	if err := ValidName(stream); err != nil {
		return 0, err
	}
	if err := ValidSubject(subject, true); err != nil {
		return 0, fmt.Errorf("%s: %w", doing, err)
	}
	var count uint64
	err := c.read(ctx, func(ctx context.Context, js jetstream.JetStream) error {
		s, err := js.Stream(ctx, stream)
		if err != nil {
			return streamFault(err)
		}
		info, err := s.Info(ctx, jetstream.WithSubjectFilter(subject))
		if err != nil {
			return streamFault(err)
		}
		count = 0
		for _, n := range info.State.Subjects {
			count += n
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("%s: %w", doing, err)
	}
	return count, nil
}
