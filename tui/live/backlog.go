package live

import (
	"math"
	"slices"
	"time"

	"aidbox-nats/nats"
)

// entry is one line of the feed: a message, or something that happened to the
// connection.
type entry struct {
	nats.Delivery
	notice *notice
	// system says that it is a message of the servers' own, or an answer to
	// somebody's request, that came along with a subscription to everything.
	system bool
}

func (e entry) time() time.Time {
	if e.notice != nil {
		return e.notice.at
	}
	return e.Received
}

// maxNotices bounds what happened to the connection; when there is more, the
// oldest entries go, whatever they are.
const maxNotices = 500

// backlog holds what the feed holds, and the notices in between, in the order
// of time. Every entry has a position, 1, 2, 3, ..., that never changes. It is
// as large as the feed: what the feed lets go of is let go of here, at the next
// look and not while the feed is paused.
type backlog struct {
	ring    []entry
	head, n int
	first   uint64 // position of the oldest
	seq     uint64 // sequence of the next message to take
	hidden  int    // entries that are system
	notices int
}

func newBacklog() backlog { return backlog{first: 1, seq: 1} }

func (b *backlog) next() uint64 { return b.first + uint64(b.n) }

// messages is the number of those that are no notices.
func (b *backlog) messages() int { return b.n - b.notices }

func (b *backlog) at(pos uint64) (entry, bool) {
	if pos < b.first || pos >= b.next() {
		return entry{}, false
	}
	return b.ring[b.index(pos)], true
}

func (b *backlog) index(pos uint64) int { return (b.head + int(pos-b.first)) % len(b.ring) }

func (b *backlog) add(e entry) {
	if b.n == len(b.ring) {
		grown := make([]entry, max(64, 2*b.n))
		for i := range b.n {
			grown[i] = b.ring[(b.head+i)%len(b.ring)]
		}
		b.ring, b.head = grown, 0
	}
	b.ring[(b.head+b.n)%len(b.ring)] = e
	b.n++
	b.count(e, 1)
}

func (b *backlog) drop() {
	b.count(b.ring[b.head], -1)
	b.ring[b.head] = entry{}
	b.head = (b.head + 1) % len(b.ring)
	b.n--
	b.first++
}

func (b *backlog) count(e entry, by int) {
	if e.notice != nil {
		b.notices += by
	}
	if e.system {
		b.hidden += by
	}
}

// replace puts another notice in the place of one.
func (b *backlog) replace(pos uint64, n *notice) {
	if e, ok := b.at(pos); ok && e.notice != nil {
		b.ring[b.index(pos)].notice = n
	}
}

// take adds what the feed has that was not taken yet, with the notices of the
// same time. Notices must be read after the messages: then none is older than a
// message that is here already.
func (b *backlog) take(fresh []nats.Delivery, notices []*notice) {
	batch := make([]entry, 0, len(fresh)+len(notices))
	for _, d := range fresh {
		batch = append(batch, entry{Delivery: d, system: d.System()})
		b.seq = d.Seq + 1
	}
	if len(notices) > 0 {
		for _, n := range notices {
			batch = append(batch, entry{notice: n})
		}
		slices.SortStableFunc(batch, func(x, y entry) int { return x.time().Compare(y.time()) })
	}
	for _, e := range batch {
		b.add(e)
	}
}

// forget lets go of the messages before a sequence, with the notices among
// them.
func (b *backlog) forget(first uint64) {
	for b.n > 0 {
		ahead := 0
		for ahead < b.n && b.ring[(b.head+ahead)%len(b.ring)].notice != nil {
			ahead++
		}
		if ahead == b.n || b.ring[(b.head+ahead)%len(b.ring)].Seq >= first {
			break
		}
		for range ahead + 1 {
			b.drop()
		}
	}
	for b.notices > maxNotices {
		b.drop()
	}
}

// snapshot copies entries from a position on: at most n, and no more of them
// than have so many bytes together, but one at least.
func (b *backlog) snapshot(from uint64, n int, bytes int) []entry {
	var out []entry
	for pos := max(from, b.first); pos < b.next() && len(out) < n && bytes > 0; pos++ {
		e := b.ring[b.index(pos)]
		out = append(out, e)
		bytes -= len(e.Data)
	}
	return out
}

// everything is more messages than any feed holds.
const everything = math.MaxInt
