package store

import (
	"fmt"

	"go.etcd.io/bbolt"
)

// Event is one entry of a queue.
type Event struct {
	Seq  uint64 // grows within a queue, never used twice
	Data []byte
}

// CreateQueue makes an empty queue. It is an error if there is one of that
// name.
func (t *Tx) CreateQueue(name string) error {
	t.dirty = true
	queue, err := t.bolt.Bucket(outboxBucket).CreateBucket([]byte(name))
	if err != nil {
		return fmt.Errorf("make queue %s: %w", name, err)
	}
	_, err = queue.CreateBucket(eventsBucket)
	return err
}

// DropQueue removes a queue with everything in it; none of that name is no
// error.
func (t *Tx) DropQueue(name string) error {
	if t.queue(name) == nil {
		return nil
	}
	t.dirty = true
	return t.bolt.Bucket(outboxBucket).DeleteBucket([]byte(name))
}

// Enqueue appends an event.
func (t *Tx) Enqueue(name string, data []byte) error {
	queue := t.queue(name)
	if queue == nil {
		return fmt.Errorf("enqueue: there is no queue %s", name)
	}
	t.dirty = true
	events := queue.Bucket(eventsBucket)
	seq, err := events.NextSequence()
	if err != nil {
		return err
	}
	if err := events.Put(key64(seq), data); err != nil {
		return err
	}
	return addCount(queue, 1)
}

// Queued counts what waits in a queue; zero if there is none of that name.
func (s *Store) Queued(name string) (n uint64, err error) {
	err = s.View(func(t *Tx) error {
		if queue := t.queue(name); queue != nil {
			n, err = count(queue)
		}
		return err
	})
	return n, err
}

// Events returns the events of a queue that come after a sequence number, the
// oldest first: at most limit, and no more once they hold maxBytes, but always
// one if there is one.
func (s *Store) Events(name string, after uint64, limit, maxBytes int) (events []Event, err error) {
	err = s.View(func(t *Tx) error {
		queue := t.queue(name)
		if queue == nil {
			return nil
		}
		size := 0
		cursor := queue.Bucket(eventsBucket).Cursor()
		for key, data := cursor.Seek(key64(after + 1)); key != nil && len(events) < limit; key, data = cursor.Next() {
			if size += len(data); size > maxBytes && len(events) > 0 {
				break
			}
			seq, err := parse64(key)
			if err != nil {
				return err
			}
			events = append(events, Event{Seq: seq, Data: append([]byte(nil), data...)})
		}
		return nil
	})
	return events, err
}

// Acknowledge removes events from a queue. Those that are no longer there, and
// a queue that was dropped, are no error.
func (s *Store) Acknowledge(name string, seqs ...uint64) error {
	return s.Update(func(t *Tx) error {
		queue := t.queue(name)
		if queue == nil {
			return nil
		}
		events := queue.Bucket(eventsBucket)
		removed := int64(0)
		for _, seq := range seqs {
			key := key64(seq)
			if events.Get(key) == nil {
				continue
			}
			t.dirty = true
			if err := events.Delete(key); err != nil {
				return err
			}
			removed++
		}
		if removed == 0 {
			return nil
		}
		return addCount(queue, -removed)
	})
}

func (t *Tx) queue(name string) *bbolt.Bucket {
	return t.bolt.Bucket(outboxBucket).Bucket([]byte(name))
}
