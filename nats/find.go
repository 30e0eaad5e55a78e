package nats

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// findBatch is how many messages a search reads at once.
const findBatch = 1000

// FindOptions say what to look for in a stream, and where.
type FindOptions struct {
	// Query decides which messages are found; see Text, Reference and JQ.
	Query Query
	// Subject limits the search to messages that match, with wildcards. Empty: all.
	Subject string
	// Backwards searches from newer to older messages.
	Backwards bool
	// From is the sequence to begin with, which is searched too. Zero: Since; without that the end that the search
	// comes from.
	From uint64
	// Since is the time to begin with: forwards the first message stored then or later, backwards the last
	// one stored before.
	Since time.Time
	// Limit ends the search after so many results. Zero: none.
	Limit int
	// Shown is what is searched in place of a message, where not all of it may be seen; the message itself is what is
	// found. Its answer is not kept. Nil: the message.
	Shown func(StoredMessage) StoredMessage
}

// FindProgress says how far a search is.
type FindProgress struct {
	Read  uint64 // messages looked at
	Of    uint64 // about how many there are to look at; it may grow with the stream
	Bytes uint64 // of the messages looked at
	Found int
	Seq   uint64 // the message last looked at
	// Unreadable counts the messages that a jq expression could not be asked about: no JSON, or an error in it.
	Unreadable uint64
	Elapsed    time.Duration
	// Complete says that there is nothing more to look at.
	Complete bool
}

// Rate is the messages looked at a second.
func (p FindProgress) Rate() float64 {
	if p.Elapsed <= 0 {
		return 0
	}
	return float64(p.Read) / p.Elapsed.Seconds()
}

// FindEvents are how a search tells of itself, while it runs and from the goroutine that called Find.
type FindEvents struct {
	// Found is called for each result in the order of the search; false ends it. The message may be kept.
	Found func(StoredMessage) bool
	// Progress is called after every thousand messages or so. Nil: not wanted.
	Progress func(FindProgress)
}

// Find searches a stream until its end, its limit, or that of ctx, and returns how far it came. While one batch is
// looked through the next is read, so at most two are held, each of no more than 4 MiB or one message. It fails with
// ctx's error when that ended it, and else as OpenStream and its reader do. It needs no consumer, and the journal
// notes only where it began.
func (c *Conn) Find(ctx context.Context, stream string, o FindOptions, events FindEvents) (FindProgress, error) {
	doing := "search stream " + quote(stream)
	if o.Query == nil {
		return FindProgress{}, fmt.Errorf("%s: there is nothing to search for", doing)
	}
	r, err := c.OpenStream(ctx, stream, ReaderOptions{Subject: o.Subject, Page: findBatch})
	if err != nil {
		return FindProgress{}, err
	}
	f := &finder{reader: r, options: o, events: events, start: time.Now()}
	err = f.run(ctx)
	f.progress.Elapsed = time.Since(f.start)
	if err != nil {
		return f.progress, fmt.Errorf("%s: %w", doing, streamFault(err))
	}
	f.progress.Complete = f.ended
	return f.progress, nil
}

type finder struct {
	reader   *Reader
	options  FindOptions
	events   FindEvents
	progress FindProgress
	start    time.Time
	ended    bool
}

// part is a batch on its way from the reading goroutine.
type part struct {
	messages []StoredMessage
	left     uint64 // about how many come after it
	err      error
}

func (f *finder) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	parts := make(chan part)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(parts)
		f.read(ctx, parts)
	}()
	defer func() {
		cancel()
		<-done
	}()
	for p := range parts {
		if p.err != nil {
			return p.err
		}
		f.progress.Of = f.progress.Read + uint64(len(p.messages)) + p.left
		for _, m := range p.messages {
			if err := f.look(ctx, m); err != nil {
				if errors.Is(err, errEnough) {
					return nil
				}
				return err
			}
		}
		f.progress.Elapsed = time.Since(f.start)
		if f.events.Progress != nil {
			f.events.Progress(f.progress)
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	f.ended = true
	return nil
}

// errEnough ends a search that has what was wanted.
var errEnough = errors.New("enough was found")

func (f *finder) look(ctx context.Context, m StoredMessage) error {
	shown := m
	if f.options.Shown != nil {
		shown = f.options.Shown(m)
	}
	found, err := f.options.Query.match(ctx, shown)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	f.progress.Read++
	f.progress.Bytes += uint64(sizeOf(m))
	f.progress.Seq = m.Seq
	if err != nil {
		f.progress.Unreadable++
	}
	if !found {
		return nil
	}
	f.progress.Found++
	if f.events.Found != nil && !f.events.Found(m) || f.progress.Found == f.options.Limit {
		return errEnough
	}
	return nil
}

// read sends the batches of the search until its end.
func (f *finder) read(ctx context.Context, parts chan<- part) {
	send := func(p part) bool {
		select {
		case parts <- p:
			return p.err == nil
		case <-ctx.Done():
			return false
		}
	}
	if f.options.Backwards {
		f.readBackwards(ctx, send)
		return
	}
	seq := f.options.From
	if seq == 0 && !f.options.Since.IsZero() {
		var err error
		if seq, err = f.reader.seqAt(ctx, f.options.Since); err != nil {
			send(part{err: err})
			return
		}
	}
	for ; ; ctx = unrecorded(ctx) {
		page, left, err := f.reader.batch(ctx, max(seq, 1))
		if err != nil {
			send(part{err: err})
			return
		}
		if len(page.Messages) == 0 || !send(part{messages: page.Messages, left: left}) || !page.After {
			return
		}
		seq = page.Messages[len(page.Messages)-1].Seq + 1
	}
}

func (f *finder) readBackwards(ctx context.Context, send func(part) bool) {
	before, first, err := f.reader.end(ctx)
	switch {
	case err != nil:
	case f.options.From > 0:
		before = min(before, f.options.From+1)
	case !f.options.Since.IsZero():
		var at uint64
		if at, err = f.reader.seqAt(ctx, f.options.Since); err == nil {
			before = min(before, at)
		}
	}
	if err != nil {
		send(part{err: err})
		return
	}
	for ; ; ctx = unrecorded(ctx) {
		page, err := f.reader.Before(ctx, before)
		if err != nil {
			send(part{err: err})
			return
		}
		if len(page.Messages) == 0 {
			return
		}
		before = page.Messages[0].Seq
		slices.Reverse(page.Messages)
		if !send(part{messages: page.Messages, left: before - min(first, before)}) || !page.Before {
			return
		}
	}
}
