package live

import (
	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox/delivery"
	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/widget"
)

const (
	// passedMessages and passedSubjects bound the messages that are read to tell
	// of topics: the newest ones, and the newest of each subject.
	passedMessages = 64
	passedSubjects = 256
	// passedBytes bounds their bodies together.
	passedBytes = 1 << 20
	// trackedBytes bounds the bodies that are read, at each look, to tell what
	// is sent again.
	trackedBytes = 4 << 20
)

// look says that the feed has changed, and which topics have passed by in the
// messages from a sequence on. It runs outside of the loop.
func look(f Feed, from uint64, t *tracker) changed {
	fresh := f.Window(from, everything)
	if len(fresh) == 0 {
		return changed{passed: from}
	}
	out := changed{passed: fresh[len(fresh)-1].Seq + 1, again: t.look(fresh, trackedBytes)}
	subjects, topics := map[string]bool{}, map[string]bool{}
	room := passedBytes
	for i := len(fresh) - 1; i >= 0 && room > 0 && len(subjects) < passedSubjects; i-- {
		d := fresh[i]
		if subjects[d.Subject] && len(fresh)-i > passedMessages || d.System() {
			continue
		}
		if _, again := out.again[d.Seq]; again {
			continue // what is sent again is no new delivery
		}
		subjects[d.Subject] = true
		room -= len(d.Data)
		if s := read(d); s.Topic != "" && !topics[s.Topic] {
			topics[s.Topic] = true
			out.seen = append(out.seen, data.Seen{Topic: s.Topic, Destination: s.Destination, Focus: s.Focus, At: d.Received})
		}
	}
	return out
}

// read decodes what may be one.
func read(d nats.Delivery) delivery.Summary {
	if len(d.Data) == 0 || len(d.Data) > passedBytes {
		return delivery.Summary{}
	}
	return delivery.Summarize(d)
}

// tell sends what has passed by to everybody.
func tell(seen []data.Seen) []tea.Cmd {
	out := make([]tea.Cmd, 0, len(seen)+1)
	for _, s := range seen {
		out = append(out, widget.Send(s))
	}
	return out
}
