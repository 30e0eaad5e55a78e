package nats

import (
	"slices"
	"time"

	natsgo "github.com/nats-io/nats.go"

	"aidbox-nats/nats/watch"
)

const (
	defaultJournal = 500
	// maxJournalData bounds the payload that an operation keeps, in bytes.
	maxJournalData = 4096
)

// Operation is one thing that a connection did.
type Operation struct {
	Seq      uint64 // 1, 2, 3, ...
	Start    time.Time
	Duration time.Duration // until the server had answered
	// Verb is CONNECT, DISCONNECT, SUB, UNSUB, PUB or REQ.
	Verb string
	// Subject is the subject; for CONNECT and DISCONNECT the URL, secrets masked.
	Subject string
	Reply   string
	Header  natsgo.Header
	Bytes   int    // size of the payload
	Data    []byte // its first 4 KiB
	Err     string // empty when it succeeded
	// Background says that nobody asked for it: see the function of that name.
	Background bool

	login  string // how the nats command would connect
	stored bool   // a PUB that a stream acknowledged, or should have
}

// Journal keeps the last operations of the connections that it was given to. Secrets never enter it.
type Journal struct {
	operations *watch.Log[Operation]
}

// NewJournal makes a journal that keeps the last max operations; zero or less: 500.
func NewJournal(max int) *Journal {
	if max <= 0 {
		max = defaultJournal
	}
	return &Journal{operations: watch.NewLog[Operation](max)}
}

// Operations returns the kept operations with a greater sequence than after, oldest first.
func (j *Journal) Operations(after uint64) []Operation {
	return j.operations.After(after)
}

// Changed returns a channel that is closed at the next operation. Take it, then look, then wait.
func (j *Journal) Changed() <-chan struct{} {
	return j.operations.Changed()
}

// add copies what the caller may change later.
func (j *Journal) add(op Operation) {
	op.Bytes = len(op.Data)
	op.Data = slices.Clone(op.Data[:min(len(op.Data), maxJournalData)])
	op.Header = cloneHeader(op.Header)
	j.operations.Add(func(seq uint64) Operation {
		op.Seq = seq
		return op
	})
}

func cloneHeader(h natsgo.Header) natsgo.Header {
	if h == nil {
		return nil
	}
	out := make(natsgo.Header, len(h))
	for key, values := range h {
		out[key] = slices.Clone(values)
	}
	return out
}
