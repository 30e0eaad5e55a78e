package nats

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	defaultPage = 50
	maxPage     = 1000
	// defaultPageBytes also bounds a batch of a search.
	defaultPageBytes = 4 << 20
)

// ReaderOptions say which messages of a stream are read.
type ReaderOptions struct {
	// Subject limits them to those that match, with wildcards. Empty: all.
	Subject string
	// Page is how many messages a page has at most. Zero: 50; 1000 at most.
	Page int
	// PageBytes bounds a page, but for one message that is larger. Zero: 4 MiB.
	PageBytes int
}

// Reader pages through the messages of a stream in both directions, without a consumer: work queues are read like
// any other stream and nothing is left behind on the server. A server can only be asked for the next message at or
// after a sequence; where the messages before a sequence begin is found by asking how many come after a place, with
// a number of requests that grows with the logarithm of the distance.
//
// It asks for many messages at once where the stream allows direct reads (nats-server 2.11 and newer), else for
// one at a time. Direct reads may be answered by a replica that lags a little behind. Its methods may be called
// from several goroutines.
type Reader struct {
	conn    *Conn
	name    string
	options ReaderOptions

	mu     sync.Mutex
	direct bool   // batches are allowed
	first  uint64 // the stream's first sequence when it was last asked for
}

// Page is a part of a stream.
type Page struct {
	// Messages are in the order of the stream.
	Messages []StoredMessage
	// Before and After say whether there is more in that direction, so far as is known: a purge may have taken it.
	Before, After bool
	// Requests is how many it took.
	Requests int
}

// OpenStream looks at a stream and makes a reader of it. It fails with ErrStreamNotFound, and as Streams does.
func (c *Conn) OpenStream(ctx context.Context, name string, o ReaderOptions) (*Reader, error) {
	s, err := c.Stream(ctx, name)
	if err != nil {
		return nil, err
	}
	return c.ReadStream(s, o)
}

// ReadStream makes a reader of a stream that Streams or Stream told of; nothing is asked. It fails with *SubjectError.
func (c *Conn) ReadStream(s Stream, o ReaderOptions) (*Reader, error) {
	if o.Subject != "" {
		if err := ValidSubject(o.Subject, true); err != nil {
			return nil, fmt.Errorf("read stream %s: %w", quote(s.Name), err)
		}
	}
	if o.Page <= 0 {
		o.Page = defaultPage
	}
	o.Page = min(o.Page, maxPage)
	if o.PageBytes <= 0 {
		o.PageBytes = defaultPageBytes
	}
	return &Reader{conn: c, name: s.Name, options: o, direct: s.AllowDirect && c.hasBatches(), first: max(s.FirstSeq, 1)}, nil
}

// hasBatches says whether the server knows direct reads of more than one message.
func (c *Conn) hasBatches() bool {
	var major, minor int
	if _, err := fmt.Sscanf(c.Status().ServerVersion, "%d.%d", &major, &minor); err != nil {
		return false
	}
	return major > 2 || major == 2 && minor >= 11
}

// Last is the page that ends with the newest message.
func (r *Reader) Last(ctx context.Context) (Page, error) {
	return r.page(ctx, "read the end of", func(s *scan) (Page, error) {
		_, last, err := s.bounds()
		if err != nil {
			return Page{}, err
		}
		return s.before(last+1, r.options.Page)
	})
}

// First is the page that begins with the oldest message.
func (r *Reader) First(ctx context.Context) (Page, error) { return r.At(ctx, 1) }

// At is the page that begins with the message of this sequence, or with the next one when it is gone. Behind the
// end it is empty.
func (r *Reader) At(ctx context.Context, seq uint64) (Page, error) {
	return r.page(ctx, fmt.Sprintf("read message %d of", seq), func(s *scan) (Page, error) { return s.from(max(seq, 1), r.options.Page) })
}

// AtTime is the page that begins with the first message that was stored at this time or later. When there is none it
// is the last page.
func (r *Reader) AtTime(ctx context.Context, t time.Time) (Page, error) {
	return r.page(ctx, "read messages since "+t.UTC().Format(time.RFC3339), func(s *scan) (Page, error) {
		page, err := s.since(t, r.options.Page)
		if err != nil || len(page.Messages) > 0 {
			return page, err
		}
		_, last, err := s.bounds()
		if err != nil {
			return Page{}, err
		}
		return s.before(last+1, r.options.Page)
	})
}

// After is the page that follows the message with this sequence.
func (r *Reader) After(ctx context.Context, seq uint64) (Page, error) { return r.At(ctx, seq+1) }

// Before is the page that ends before the message with this sequence.
func (r *Reader) Before(ctx context.Context, seq uint64) (Page, error) {
	return r.page(ctx, fmt.Sprintf("read messages before %d of", seq), func(s *scan) (Page, error) { return s.before(seq, r.options.Page) })
}

// Message is one message. It is asked from the stream's leader. It fails with ErrMessageNotFound.
func (r *Reader) Message(ctx context.Context, seq uint64) (StoredMessage, error) {
	return r.conn.StoredMessage(ctx, r.name, seq)
}

// StoredMessage reads one message of a stream from its leader. It fails with ErrMessageNotFound and
// ErrStreamNotFound.
func (c *Conn) StoredMessage(ctx context.Context, stream string, seq uint64) (StoredMessage, error) {
	return c.oneMessage(ctx, stream, messageRequest{Seq: seq}, fmt.Sprintf("read message %d of stream %s", seq, quote(stream)))
}

// MessageOperation is the request that StoredMessage sends.
func MessageOperation(stream string, seq uint64) Operation {
	return apiOperation("STREAM.MSG.GET."+stream, messageRequest{Seq: seq})
}

// LastMessage reads the newest message with a subject, which may have wildcards, from the stream's leader. It fails
// as StoredMessage does.
func (c *Conn) LastMessage(ctx context.Context, stream, subject string) (StoredMessage, error) {
	return c.oneMessage(ctx, stream, messageRequest{LastFor: subject}, fmt.Sprintf("read the last message on %s of stream %s", quote(subject), quote(stream)))
}

func (c *Conn) oneMessage(ctx context.Context, stream string, request messageRequest, doing string) (m StoredMessage, err error) {
	if err := ValidName(stream); err != nil {
		return m, err
	}
	err = c.read(ctx, func(ctx context.Context, js jetstream.JetStream) (err error) {
		m, err = getMessage(ctx, js, stream, request)
		return err
	})
	if err != nil {
		return m, fmt.Errorf("%s: %w", doing, streamFault(err))
	}
	return m, nil
}

// batch is At with the number of messages that come after the page: exact with batches, else an upper bound.
func (r *Reader) batch(ctx context.Context, seq uint64) (page Page, left uint64, err error) {
	page, err = r.page(ctx, fmt.Sprintf("read message %d of", seq), func(s *scan) (page Page, err error) {
		page, left, err = s.source.from(s, seq, r.options.Page)
		return page, err
	})
	return page, left, err
}

// seqAt is the sequence of the first message that was stored at a time or later, or the one after the last.
func (r *Reader) seqAt(ctx context.Context, t time.Time) (seq uint64, err error) {
	_, err = r.page(ctx, "look for "+t.UTC().Format(time.RFC3339)+" in", func(s *scan) (Page, error) {
		page, err := s.source.since(s, t, 1)
		if err != nil {
			return Page{}, err
		}
		if len(page.Messages) > 0 {
			seq = page.Messages[0].Seq
			return Page{}, nil
		}
		_, last, err := s.bounds()
		seq = last + 1
		return Page{}, err
	})
	return seq, err
}

// end is the sequence after the last message, and that of the first.
func (r *Reader) end(ctx context.Context) (after, first uint64, err error) {
	_, err = r.page(ctx, "look for the end of", func(s *scan) (Page, error) {
		var last uint64
		first, last, err = s.bounds()
		after = last + 1
		return Page{}, err
	})
	return after, first, err
}

// page runs a scan with batches, or one by one when the stream or the user's permissions do not allow them.
func (r *Reader) page(ctx context.Context, doing string, run func(*scan) (Page, error)) (Page, error) {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, 2*answerTimeout)
		defer cancel()
	}
	page, err := r.scan(ctx, run)
	if err != nil {
		return Page{}, fmt.Errorf("%s stream %s: %w", doing, quote(r.name), streamFault(err))
	}
	return page, nil
}

func (r *Reader) scan(ctx context.Context, run func(*scan) (Page, error)) (Page, error) {
	r.mu.Lock()
	direct, first := r.direct, r.first
	r.mu.Unlock()
	s := &scan{ctx: ctx, conn: r.conn, stream: r.name, subject: r.options.Subject, bytes: r.options.PageBytes, first: first, source: singles{}}
	if direct {
		s.source = batches{}
	}
	page, err := run(s)
	if errors.Is(err, errNoDirect) || errors.Is(err, errHidden) {
		direct = errors.Is(err, errHidden)
		s.source = singles{}
		page, err = run(s)
	}
	r.mu.Lock()
	r.direct, r.first = direct, s.first
	r.mu.Unlock()
	page.Requests = s.requests
	return page, err
}
