package nats

// history keeps the last max values in order, numbered 1, 2, 3, ... Its owner guards it.
type history[T any] struct {
	max  int
	last uint64 // the number of the newest value
	kept []T    // at most 2*max, of which the last max count
}

func (h *history[T]) add(value func(seq uint64) T) {
	h.last++
	h.kept = append(h.kept, value(h.last))
	if len(h.kept) >= 2*h.max {
		n := copy(h.kept, h.kept[len(h.kept)-h.max:])
		clear(h.kept[n:])
		h.kept = h.kept[:n]
	}
}

func (h *history[T]) after(seq uint64) []T {
	kept := h.kept[max(0, len(h.kept)-h.max):]
	if seq >= h.last {
		return nil
	}
	if n := h.last - seq; n < uint64(len(kept)) {
		kept = kept[uint64(len(kept))-n:]
	}
	return append([]T(nil), kept...)
}

// signal tells any number of waiters that something changed. Its owner guards it.
type signal struct {
	ch chan struct{}
}

func (s *signal) wait() <-chan struct{} {
	if s.ch == nil {
		s.ch = make(chan struct{})
	}
	return s.ch
}

func (s *signal) fire() {
	if s.ch != nil {
		close(s.ch)
		s.ch = nil
	}
}
