// Package watch lets any number of readers follow what goes on elsewhere without holding it up. A reader takes the channel of
// Changed first, then looks, then waits: so it misses nothing, however late it comes to wait.
package watch

import "sync"

// Signal tells that something changed. Its owner guards it with the lock of what changes. The zero value is ready.
type Signal struct {
	ch chan struct{}
}

// Changed returns a channel that is closed at the next Fire.
func (s *Signal) Changed() <-chan struct{} {
	if s.ch == nil {
		s.ch = make(chan struct{})
	}
	return s.ch
}

// Fire wakes whoever waits.
func (s *Signal) Fire() {
	if s.ch != nil {
		close(s.ch)
		s.ch = nil
	}
}

// Log keeps the newest values of an endless sequence, numbered 1, 2, 3, ... It is safe for concurrent use.
type Log[T any] struct {
	mu      sync.Mutex
	max     uint64
	slots   []T // the value with number n is in slots[(n-1)%max]
	last    uint64
	changed Signal
}

// NewLog makes a log that keeps the last max values, at least one.
func NewLog[T any](max int) *Log[T] {
	return &Log[T]{max: uint64(max)}
}

// Add keeps what value makes of its number. value runs while the log is locked: it must be short and must not use the log.
func (l *Log[T]) Add(value func(seq uint64) T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last++
	if v := value(l.last); uint64(len(l.slots)) < l.max {
		l.slots = append(l.slots, v)
	} else {
		l.slots[(l.last-1)%l.max] = v
	}
	l.changed.Fire()
}

// After returns the kept values with a greater number than seq, oldest first.
func (l *Log[T]) After(seq uint64) []T {
	l.mu.Lock()
	defer l.mu.Unlock()
	seq = max(seq, l.last-uint64(len(l.slots)))
	if seq >= l.last {
		return nil
	}
	out := make([]T, 0, l.last-seq)
	for ; seq < l.last; seq++ {
		out = append(out, l.slots[seq%l.max])
	}
	return out
}

// Changed returns a channel that is closed at the next Add.
func (l *Log[T]) Changed() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changed.Changed()
}
