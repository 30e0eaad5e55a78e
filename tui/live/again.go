package live

import (
	"bytes"
	"hash/maphash"
	"strconv"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
)

// repeat says that a message was here before. The zero value says that it was
// not.
type repeat struct {
	nth    int  // the 2nd, the 3rd, ...
	marked bool // by its Nats-Msg-Id; else by what it tells
}

// msgID is the header by which a stream tells that a message is sent again.
const msgID = "Nats-Msg-Id"

// mark stands in a line of the feed, short where there is little room.
func (r repeat) mark() string {
	if r.nth == 0 {
		return ""
	}
	return r.short() + " (" + ordinal(r.nth) + ")"
}

func (r repeat) short() string {
	if r.nth == 0 {
		return ""
	}
	return "again"
}

func (r repeat) sentence() string {
	if r.marked {
		return ordinal(r.nth) + " with this Nats-Msg-Id: sent again, no new change"
	}
	return ordinal(r.nth) + " of this version from this destination: sent again, no new change"
}

// ordinal is 1st, 2nd, 3rd, 4th, ..., 11th, ...
func ordinal(n int) string {
	end := "th"
	if n/10%10 != 1 {
		switch n % 10 {
		case 1:
			end = "st"
		case 2:
			end = "nd"
		case 3:
			end = "rd"
		}
	}
	return strconv.Itoa(n) + end
}

// trackedIdentities bounds how many are remembered: at least the newest of
// them, at most twice as many.
const trackedIdentities = 20_000

// tracker counts how often the same message came. It is not for concurrent use.
type tracker struct {
	seed         maphash.Seed
	newer, older map[uint64]int
}

// look counts messages, and returns those that were here before, by their
// sequence. Bodies are read of the newest alone, as far as they have bytes
// together.
func (t *tracker) look(fresh []nats.Delivery, bytes int) map[uint64]repeat {
	from := len(fresh)
	for from > 0 && bytes >= len(fresh[from-1].Data) {
		from--
		bytes -= len(fresh[from].Data)
	}
	var out map[uint64]repeat
	for i, d := range fresh {
		id, marked := identity(d, i >= from)
		if id == "" {
			continue
		}
		if n := t.count(d.Subscription + "\x00" + d.Subject + "\x00" + id); n > 1 {
			if out == nil {
				out = map[uint64]repeat{}
			}
			out[d.Seq] = repeat{n, marked}
		}
	}
	return out
}

func (t *tracker) count(id string) int {
	if t.newer == nil {
		t.seed, t.newer = maphash.MakeSeed(), map[uint64]int{}
	}
	key := maphash.String(t.seed, id)
	n, ok := t.newer[key]
	if !ok {
		n = t.older[key]
		if len(t.newer) >= trackedIdentities {
			t.older, t.newer = t.newer, map[uint64]int{}
		}
	}
	t.newer[key] = n + 1
	return n + 1
}

// identity is what a message sent again has in common with the first: its
// Nats-Msg-Id, or the versions of the resources that it tells of and the
// destination that it is from. Empty: there is none.
func identity(d nats.Delivery, read bool) (id string, marked bool) {
	if id := d.Header.Get(msgID); id != "" {
		return "id\x00" + id, true
	}
	if !read || !bytes.Contains(d.Data, []byte("AidboxTopicDestination")) {
		return "", false
	}
	n, err := aidbox.DecodeNotification(d.Data)
	if err != nil || n.Destination == "" || len(n.Events) == 0 {
		return "", false
	}
	id = n.Destination
	for _, e := range n.Events {
		if e.VersionID == "" || e.FullURL == "" {
			return "", false
		}
		id += "\x00" + e.FullURL + "\x00" + e.VersionID + "\x00" + e.Action
	}
	return id, false
}

// forget lets go of what is known of messages that are not in the feed's pane
// any more.
func (m *Model) forget() {
	if len(m.again) <= 2*max(m.feed.backlog.messages(), trackedIdentities) {
		return
	}
	kept := map[uint64]repeat{}
	for seq, r := range m.again {
		if seq >= m.feed.backlog.seq { // not taken yet: the feed is paused
			kept[seq] = r
		}
	}
	for pos := m.feed.backlog.first; pos < m.feed.backlog.next(); pos++ {
		e, _ := m.feed.backlog.at(pos)
		if r, ok := m.again[e.Seq]; ok && e.notice == nil {
			kept[e.Seq] = r
		}
	}
	m.again = kept
}
