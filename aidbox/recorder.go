package aidbox

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"aidbox-nats/nats"
	"aidbox-nats/nats/watch"
)

// Defaults of RecorderOptions.
const (
	DefaultMaxExchanges    = 500
	DefaultMaxRecordedBody = 64 << 10
)

// RecorderOptions bound what a Recorder keeps.
type RecorderOptions struct {
	Max     int // exchanges; zero: DefaultMaxExchanges
	MaxBody int // bytes of each body; zero: DefaultMaxRecordedBody
}

// Recorder keeps the last HTTP exchanges. Secrets are masked before anything is kept: authorisation and cookie headers,
// secret values in bodies, credentials in URLs. It is safe for concurrent use.
type Recorder struct {
	maxBody   int
	exchanges *watch.Log[Exchange]
}

// NewRecorder makes an empty recorder.
func NewRecorder(o RecorderOptions) *Recorder {
	if o.Max <= 0 {
		o.Max = DefaultMaxExchanges
	}
	if o.MaxBody <= 0 {
		o.MaxBody = DefaultMaxRecordedBody
	}
	return &Recorder{maxBody: o.MaxBody, exchanges: watch.NewLog[Exchange](o.Max)}
}

// Exchanges gives the kept exchanges with a Seq greater than after, oldest first. They stand in the order in which they
// ended.
func (r *Recorder) Exchanges(after uint64) []Exchange {
	return r.exchanges.After(after)
}

// Changed is closed at the next exchange. Take it first, then look, then wait.
func (r *Recorder) Changed() <-chan struct{} {
	return r.exchanges.Changed()
}

func (r *Recorder) add(e Exchange) {
	r.exchanges.Add(func(seq uint64) Exchange {
		e.Seq = seq
		return e
	})
}

// Wrap gives a transport that records what passes through next. An exchange is recorded when its answer has been read to
// the end or closed, or when it failed.
func (r *Recorder) Wrap(next http.RoundTripper) http.RoundTripper {
	return &recording{recorder: r, next: next}
}

type recording struct {
	recorder *Recorder
	next     http.RoundTripper
}

func (t *recording) RoundTrip(req *http.Request) (*http.Response, error) {
	e := Exchange{
		Start:         time.Now(),
		Method:        req.Method,
		URL:           maskURL(req.URL.String()),
		RequestHeader: maskHeader(req.Header),
		Background:    nats.IsBackground(req.Context()),
	}
	if user, _, ok := req.BasicAuth(); ok {
		e.ClientID = user
	}
	e.RequestBody, e.RequestTruncated = t.requestBody(req)
	e.Truncated = e.RequestTruncated
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		e.Duration = time.Since(e.Start)
		e.Err = maskURL(err.Error())
		t.recorder.add(e)
		return nil, err
	}
	e.Status = resp.StatusCode
	e.ResponseHeader = maskHeader(resp.Header)
	resp.Body = &recordedBody{ReadCloser: resp.Body, recorder: t.recorder, exchange: e, contentType: resp.Header.Get("Content-Type")}
	return resp, nil
}

// requestBody takes a second copy of the body. The one that is sent is not touched: a transport may read it on another
// goroutine even after it has answered.
func (t *recording) requestBody(req *http.Request) (body []byte, truncated bool) {
	if req.Body == nil || req.Body == http.NoBody {
		return nil, false
	}
	if req.GetBody == nil {
		return nil, true
	}
	copied, err := req.GetBody()
	if err != nil {
		return nil, true
	}
	defer copied.Close()
	kept, err := io.ReadAll(io.LimitReader(copied, int64(t.recorder.maxBody)+1))
	truncated = err != nil || len(kept) > t.recorder.maxBody
	kept = kept[:min(len(kept), t.recorder.maxBody)]
	return maskBody(req.Header.Get("Content-Type"), kept, truncated), truncated
}

// CloseIdleConnections passes through, so that http.Client can.
func (t *recording) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// recordedBody copies what is read through it.
type recordedBody struct {
	io.ReadCloser
	recorder    *Recorder
	contentType string

	mu       sync.Mutex // Close may come from another goroutine than Read
	exchange Exchange
	kept     []byte
	read     int64
	whole    bool // the end was seen
	done     bool
}

func (b *recordedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.mu.Lock()
	defer b.mu.Unlock()
	room := b.recorder.maxBody - len(b.kept)
	b.kept = append(b.kept, p[:min(n, room)]...)
	b.read += int64(n)
	if err != nil {
		if b.whole = errors.Is(err, io.EOF); !b.whole && !b.done {
			b.exchange.Err = maskURL(err.Error())
		}
		b.finish()
	}
	return n, err
}

func (b *recordedBody) Close() error {
	err := b.ReadCloser.Close()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.finish()
	return err
}

func (b *recordedBody) finish() {
	if b.done {
		return
	}
	b.done = true
	b.exchange.Duration = time.Since(b.exchange.Start)
	cutOff := b.read > int64(len(b.kept))
	b.exchange.ResponseBody = maskBody(b.contentType, b.kept, cutOff || !b.whole)
	b.exchange.ResponseBytes = b.read
	b.exchange.Truncated = b.exchange.Truncated || cutOff
	b.recorder.add(b.exchange)
	b.kept = nil
}
