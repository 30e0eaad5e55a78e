package nats

import (
	"context"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// singles asks the stream's leader for one message after the other.
type singles struct{}

func (singles) next(s *scan, seq uint64) (*StoredMessage, error) {
	request := messageRequest{Seq: seq, NextFor: s.subject}
	if request.NextFor == "" {
		// With a subject the server steps over deleted messages.
		request.NextFor = ">"
	}
	var m *StoredMessage
	err := s.ask(func(ctx context.Context, js jetstream.JetStream) error {
		got, err := getMessage(ctx, js, s.stream, request)
		if hasCode(err, jetstream.JSErrCodeMessageNotFound) {
			m = nil
			return nil
		}
		m = &got
		return err
	})
	return m, err
}

func (o singles) from(s *scan, seq uint64, n int) (page Page, left uint64, err error) {
	size := 0
	for {
		m, err := o.next(s, seq)
		if err != nil || m == nil {
			return page, 0, err
		}
		if len(page.Messages) == n || len(page.Messages) > 0 && size+sizeOf(*m) > s.bytes {
			page.After = true
			break
		}
		page.Messages = append(page.Messages, *m)
		size += sizeOf(*m)
		seq = m.Seq + 1
	}
	if s.last == 0 {
		if _, _, err := s.bounds(); err != nil {
			return Page{}, 0, err
		}
	}
	return page, s.last + 1 - min(seq, s.last+1), nil
}

// since finds the first message at or after a time by halving: times rise with sequences.
func (o singles) since(s *scan, t time.Time, n int) (Page, error) {
	low, high, err := s.bounds() // the message is in [low, high+1]
	if err != nil {
		return Page{}, err
	}
	for high++; low < high; {
		middle := low + (high-low)/2
		m, err := o.next(s, middle)
		switch {
		case err != nil:
			return Page{}, err
		case m == nil || !m.Time.Before(t):
			high = middle
		default:
			low = m.Seq + 1
		}
	}
	page, _, err := o.from(s, low, n)
	return page, err
}

// before goes back message by message. Over a gap it doubles its steps until it finds a message, then halves.
func (o singles) before(s *scan, seq uint64, n int) (Page, error) {
	var reversed []StoredMessage
	size := 0
	for len(reversed) < n {
		m, err := o.previous(s, seq)
		if err != nil {
			return Page{}, err
		}
		if m == nil || len(reversed) > 0 && size+sizeOf(*m) > s.bytes {
			break
		}
		reversed = append(reversed, *m)
		size += sizeOf(*m)
		seq = m.Seq
	}
	for i, j := 0, len(reversed)-1; i < j; i, j = i+1, j-1 {
		reversed[i], reversed[j] = reversed[j], reversed[i]
	}
	return Page{Messages: reversed}, nil
}

// previous is the last message before seq, nil when there is none.
func (o singles) previous(s *scan, seq uint64) (*StoredMessage, error) {
	var found *StoredMessage
	high := seq // it is before high, and found is one of those before it
	for step := uint64(1); found == nil; step *= 2 {
		if high <= s.first {
			return nil, nil
		}
		low := s.first
		if high-s.first > step {
			low = high - step
		}
		m, err := o.next(s, low)
		if err != nil {
			return nil, err
		}
		if m != nil && m.Seq < seq {
			found = m
		} else {
			high = low
		}
	}
	for low := found.Seq + 1; low < high; {
		middle := low + (high-low)/2
		m, err := o.next(s, middle)
		switch {
		case err != nil:
			return nil, err
		case m != nil && m.Seq < seq:
			found, low = m, m.Seq+1
		default:
			high = middle
		}
	}
	return found, nil
}
