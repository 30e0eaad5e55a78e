package nats

import (
	"context"
	"errors"
	"fmt"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"
)

// errNoDirect says that messages cannot be read directly, so that they have to be asked for one by one; errHidden that
// this is so for some of them, whose own headers look like those that the server adds to an answer.
var (
	errNoDirect = errors.New("direct reads are not possible")
	errHidden   = errors.New("a message cannot be read directly")
)

// messageRequest is the body of $JS.API.STREAM.MSG.GET and $JS.API.DIRECT.GET (nats-server, JSApiMsgGetRequest).
type messageRequest struct {
	Seq       uint64     `json:"seq,omitempty"`
	LastFor   string     `json:"last_by_subj,omitempty"`
	NextFor   string     `json:"next_by_subj,omitempty"`
	Batch     int        `json:"batch,omitempty"`
	MaxBytes  int        `json:"max_bytes,omitempty"`
	StartTime *time.Time `json:"start_time,omitempty"`
}

// scan reads parts of a stream for one page or one search.
type scan struct {
	ctx      context.Context
	conn     *Conn
	stream   string
	subject  string // filter; empty: all
	bytes    int    // bound of a page
	source   source
	requests int
	first    uint64 // the stream's first sequence when it was last asked for, at least 1
	last     uint64 // its last one, zero before it was asked for
}

// source is a way of asking for messages.
type source interface {
	// next is the first message at or after a sequence, nil when there is none.
	next(s *scan, seq uint64) (*StoredMessage, error)
	// from reads up to n messages from a sequence on. left is about how many come after them.
	from(s *scan, seq uint64, n int) (page Page, left uint64, err error)
	since(s *scan, t time.Time, n int) (Page, error)
	// before reads up to n messages before a sequence; first <= seq-1 <= last.
	before(s *scan, seq uint64, n int) (Page, error)
}

func (s *scan) from(seq uint64, n int) (Page, error) {
	page, _, err := s.source.from(s, seq, n)
	if err != nil {
		return Page{}, err
	}
	page.Before, err = s.hasBefore(seq, page)
	return page, err
}

func (s *scan) since(t time.Time, n int) (Page, error) {
	page, err := s.source.since(s, t, n)
	if err != nil || len(page.Messages) == 0 {
		return page, err
	}
	page.Before, err = s.hasBefore(page.Messages[0].Seq, page)
	return page, err
}

// hasBefore says whether there is a message before a page that begins at seq or later.
func (s *scan) hasBefore(seq uint64, page Page) (bool, error) {
	if len(page.Messages) > 0 {
		seq = page.Messages[0].Seq
	}
	if s.subject == "" || seq <= s.first {
		return seq > s.first, nil
	}
	first, err := s.source.next(s, s.first)
	return err == nil && first != nil && first.Seq < seq, err
}

// before reads up to n messages before a sequence.
func (s *scan) before(seq uint64, n int) (Page, error) {
	first, last, err := s.bounds()
	if err != nil {
		return Page{}, err
	}
	after := seq <= last
	seq = min(seq, last+1)
	if seq <= first {
		return Page{After: after}, nil
	}
	page, err := s.source.before(s, seq, n)
	if err != nil {
		return Page{}, err
	}
	if after {
		m, err := s.source.next(s, seq)
		if err != nil {
			return Page{}, err
		}
		page.After = m != nil
	}
	if len(page.Messages) > 0 {
		page.Before, err = s.hasBefore(seq, page)
	}
	return page, err
}

// bounds are the first and last sequence of the stream.
func (s *scan) bounds() (first, last uint64, err error) {
	if s.last > 0 {
		return s.first, s.last, nil
	}
	err = s.ask(func(ctx context.Context, js jetstream.JetStream) error {
		info, err := currentInfo(ctx, js, s.stream)
		if err == nil {
			s.first, s.last = max(info.State.FirstSeq, 1), info.State.LastSeq
		}
		return err
	})
	return s.first, s.last, err
}

func (s *scan) ask(f func(context.Context, jetstream.JetStream) error) error {
	return s.conn.read(s.ctx, func(ctx context.Context, js jetstream.JetStream) error {
		s.requests++
		return f(ctx, js)
	})
}

// batch is the answer to one direct read of several messages.
type batch struct {
	messages []StoredMessage
	// counted is how many messages there are from the place asked for on, as the server counted when it was asked.
	counted uint64
	pending uint64 // how many come after the last message
}

// fetch asks for up to n messages, and no more bytes than a page has, from a sequence or a time on.
func (s *scan) fetch(request messageRequest) (b batch, err error) {
	request.NextFor, request.MaxBytes = s.subject, s.bytes
	err = s.ask(func(ctx context.Context, js jetstream.JetStream) (err error) {
		b, err = getBatch(ctx, js, s.stream, request)
		return err
	})
	var refused *PermissionError
	if errors.As(err, &refused) && refused.Op == OpPublish {
		err = fmt.Errorf("%w: %w", errNoDirect, err)
	}
	return b, err
}

// getBatch asks once. It fails with errNoDirect or errHidden where that is not possible.
func getBatch(ctx context.Context, js jetstream.JetStream, stream string, request messageRequest) (batch, error) {
	options := []jetstreamext.GetBatchOpt{jetstreamext.GetBatchMaxBytes(request.MaxBytes)}
	if request.NextFor != "" {
		options = append(options, jetstreamext.GetBatchSubject(request.NextFor))
	}
	if request.StartTime != nil {
		options = append(options, jetstreamext.GetBatchStartTime(*request.StartTime))
	} else {
		options = append(options, jetstreamext.GetBatchSeq(request.Seq))
	}
	traced := traceBatch(js, stream, request)
	answers, err := jetstreamext.GetBatch(ctx, js, stream, request.Batch, options...)
	if err != nil {
		return batch{}, err
	}
	var b batch
	for raw, err := range answers {
		switch {
		case err == nil:
		case errors.Is(err, jetstreamext.ErrNoMessages):
			traced()
			return batch{}, nil
		case errors.Is(err, natsgo.ErrNoResponders):
			return batch{}, fmt.Errorf("%w: %w", errNoDirect, err)
		case errors.Is(err, jetstreamext.ErrBatchUnsupported), errors.Is(err, jetstreamext.ErrInvalidResponse):
			return batch{}, fmt.Errorf("%w: %w", errHidden, err)
		default:
			return batch{}, err
		}
		m, pending, err := newStoredMessage(raw.Header, raw.Data)
		if err != nil {
			return batch{}, fmt.Errorf("%w: %w", errHidden, err)
		}
		if len(b.messages) == 0 {
			b.counted = pending + 1
			b.messages = make([]StoredMessage, 0, min(uint64(request.Batch), b.counted))
		}
		b.messages, b.pending = append(b.messages, m), pending
	}
	// A batch that its deadline ends looks like one that is whole.
	if err := ctx.Err(); err != nil && (len(b.messages) < request.Batch && b.pending > 0 || len(b.messages) == 0) {
		return batch{}, err
	}
	traced()
	if len(b.messages) == 0 {
		// jetstreamext takes an empty message with the status 204 for the end of the batch.
		return batch{}, errHidden
	}
	return b, nil
}

// getMessage asks the stream's leader for one message. It fails with the server's "no message found".
func getMessage(ctx context.Context, js jetstream.JetStream, stream string, request messageRequest) (StoredMessage, error) {
	var answer struct {
		Message struct {
			Subject string    `json:"subject"`
			Seq     uint64    `json:"seq"`
			Header  []byte    `json:"hdrs"`
			Data    []byte    `json:"data"`
			Time    time.Time `json:"time"`
		} `json:"message"`
	}
	if err := call(ctx, js, "STREAM.MSG.GET."+stream, request, &answer); err != nil {
		return StoredMessage{}, err
	}
	m := StoredMessage{Stream: stream, Seq: answer.Message.Seq, Time: answer.Message.Time, Subject: answer.Message.Subject, Data: answer.Message.Data}
	if len(answer.Message.Header) > 0 {
		header, err := natsgo.DecodeHeadersMsg(answer.Message.Header)
		if err != nil {
			return StoredMessage{}, fmt.Errorf("message %d: its headers cannot be read: %w", m.Seq, err)
		}
		m.Header = header
	}
	return m, nil
}
