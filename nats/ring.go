package nats

// ring holds the newest deliveries, at most maxMessages and maxBytes of them, but always the newest one.
type ring struct {
	maxMessages int
	maxBytes    int64

	slots []slot // grows to maxMessages as messages come
	head  int    // where the oldest is
	count int
	bytes int64
	last  uint64 // sequence of the newest delivery ever
}

type slot struct {
	delivery Delivery
	size     int64
}

func newRing(maxMessages int, maxBytes int64) ring {
	return ring{maxMessages: maxMessages, maxBytes: maxBytes}
}

// push numbers a delivery, keeps it, and lets go of the oldest ones that no longer fit.
func (r *ring) push(d Delivery, size int64) {
	for r.count > 0 && (r.count == r.maxMessages || r.bytes+size > r.maxBytes) {
		r.evict()
	}
	if r.count == len(r.slots) {
		r.grow()
	}
	r.last++
	d.Seq = r.last
	r.slots[(r.head+r.count)%len(r.slots)] = slot{delivery: d, size: size}
	r.count++
	r.bytes += size
}

func (r *ring) evict() {
	r.bytes -= r.slots[r.head].size
	r.slots[r.head] = slot{}
	r.head = (r.head + 1) % len(r.slots)
	r.count--
}

func (r *ring) grow() {
	slots := make([]slot, min(max(64, 2*len(r.slots)), r.maxMessages))
	for i := range r.count {
		slots[i] = r.slots[(r.head+i)%len(r.slots)]
	}
	r.slots, r.head = slots, 0
}

func (r *ring) next() uint64  { return r.last + 1 }
func (r *ring) first() uint64 { return r.next() - uint64(r.count) }

func (r *ring) window(from uint64, n int) []Delivery {
	from = max(from, r.first())
	if n <= 0 || from >= r.next() {
		return nil
	}
	n = int(min(uint64(n), r.next()-from))
	out := make([]Delivery, n)
	start := r.head + int(from-r.first())
	for i := range out {
		out[i] = r.slots[(start+i)%len(r.slots)].delivery
	}
	return out
}
