package nats

import (
	"encoding/json"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// batches asks for many messages at once.
type batches struct{}

func (batches) next(s *scan, seq uint64) (*StoredMessage, error) {
	b, err := s.fetch(messageRequest{Seq: seq, Batch: 1})
	if err != nil || len(b.messages) == 0 {
		return nil, err
	}
	return &b.messages[0], nil
}

func (batches) from(s *scan, seq uint64, n int) (Page, uint64, error) {
	b, err := s.fetch(messageRequest{Seq: seq, Batch: n})
	return Page{Messages: b.messages, After: b.pending > 0}, b.pending, err
}

func (batches) since(s *scan, t time.Time, n int) (Page, error) {
	b, err := s.fetch(messageRequest{StartTime: &t, Batch: n})
	return Page{Messages: b.messages, After: b.pending > 0}, err
}

// before reads the n sequences before seq at once, which is all where none is missing. Else it looks for a place
// from which on as many messages follow as are missing.
func (batches) before(s *scan, seq uint64, n int) (Page, error) {
	start := s.first
	if seq-s.first > uint64(n) {
		start = seq - uint64(n)
	}
	tail, counted, err := s.window(start, seq, uint64(n), n, nil)
	if err != nil || len(tail) >= n || start == s.first || bytesOf(tail) >= s.bytes {
		return Page{Messages: tail}, err
	}
	from, count, err := s.seek(start, counted, uint64(n-len(tail)))
	if err != nil || count == 0 {
		return Page{Messages: tail}, err
	}
	all, _, err := s.window(from, start, count, n, tail)
	return Page{Messages: all}, err
}

// window reads the messages in [from, to), of which there are about count, and puts tail behind them. It keeps the
// last n of all, and no more bytes than a page has. counted is how many messages there are from the place on, also
// behind to.
func (s *scan) window(from, to, count uint64, n int, tail []StoredMessage) (messages []StoredMessage, counted uint64, err error) {
	size := bytesOf(tail)
	for first := true; from < to; first = false {
		b, err := s.fetch(messageRequest{Seq: from, Batch: int(min(maxPage, count, to-from))})
		if err != nil {
			return nil, 0, err
		}
		if first {
			counted = b.counted
		}
		whole := b.pending == 0
		for _, m := range b.messages {
			if m.Seq >= to {
				whole = true
				break
			}
			messages = append(messages, m)
			size += sizeOf(m)
			from = m.Seq + 1
		}
		for len(messages) > 0 && (len(messages)+len(tail) > n || size > s.bytes && len(messages)+len(tail) > 1) {
			size -= sizeOf(messages[0])
			messages = messages[1:]
		}
		if whole {
			break
		}
	}
	return append(messages, tail...), counted, nil
}

// seek looks for a sequence before start from which on there are the missing messages, and at most as many again,
// before start. counted is how many there are from start on. count is about how many were found; zero when there is
// none before start.
func (s *scan) seek(start, counted, missing uint64) (from, count uint64, err error) {
	// Messages that arrive meanwhile are counted as well, so a place counts only when it is certain that its
	// first message is before start.
	probe := func(at uint64) (uint64, error) {
		b, err := s.fetch(messageRequest{Seq: at, Batch: 1})
		if err != nil || len(b.messages) == 0 || b.messages[0].Seq >= start {
			return 0, err
		}
		return max(b.counted, counted+1) - counted, nil
	}
	few, enough := start, start
	for step := 2 * missing; count < missing; step *= 2 {
		few, enough = enough, s.first
		if start-s.first > step {
			enough = start - step
		}
		if count, err = probe(enough); err != nil || enough == s.first && count < missing {
			return enough, count, err
		}
	}
	for count > 2*missing && few-enough > 1 {
		middle := enough + (few-enough)/2
		found, err := probe(middle)
		if err != nil {
			return 0, 0, err
		}
		if found >= missing {
			enough, count = middle, found
		} else {
			few = middle
		}
	}
	return enough, count, nil
}

func sizeOf(m StoredMessage) int {
	size := len(m.Subject) + len(m.Data)
	for key, values := range m.Header {
		for _, value := range values {
			size += len(key) + len(value)
		}
	}
	return size
}

func bytesOf(messages []StoredMessage) int {
	size := 0
	for _, m := range messages {
		size += sizeOf(m)
	}
	return size
}

// traceBatch records a direct read; what it returns is called when the answer has come.
func traceBatch(js jetstream.JetStream, stream string, request messageRequest) (answered func()) {
	// It cannot fail: the request is made of numbers, strings and times.
	body, _ := json.Marshal(request)
	subject := jetstream.DefaultAPIPrefix + "DIRECT.GET." + stream
	trace := js.Options().ClientTrace
	trace.RequestSent(subject, body)
	return func() { trace.ResponseReceived(subject, nil, nil) }
}
