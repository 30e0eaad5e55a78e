package messages

import (
	"context"
	"fmt"
	"slices"
	"time"

	"aidbox-nats/aidbox/delivery"
	"aidbox-nats/nats"
	"aidbox-nats/tui/message"
	"aidbox-nats/tui/widget"
)

// removed says that a message is not in its stream any more.
type removed struct {
	stream string
	seq    uint64
}

// deleteDialog asks before a message is lost.
func (m *Model) deleteDialog() widget.Dialog {
	r, _ := m.selected()
	conn := m.o.NATS
	return widget.Ask(widget.NewConfirm(widget.ConfirmOptions{
		Question: fmt.Sprintf("Delete message %s of %s?", count(r.Seq), r.Stream),
		Lost:     m.lost(r),
		Preview:  []string{conn.Command(nats.DeleteMessageOperation(r.Stream, r.Seq))},
	}), func(ctx context.Context) widget.Outcome {
		start := time.Now()
		if err := conn.DeleteMessage(ctx, r.Stream, r.Seq); err != nil {
			return widget.Outcome{Err: err}
		}
		return widget.Outcome{
			Said: fmt.Sprintf("Message %s of %s deleted in %s", count(r.Seq), r.Stream, widget.Duration(time.Since(start))),
			Then: stale(removed{r.Stream, r.Seq}),
		}
	})
}

// lost is what goes with a message.
func (m *Model) lost(r row) []string {
	what := widget.Bytes(int64(r.summary.Size)) + " on " + r.Subject + ", stored on " + r.Time.Local().Format(time.DateTime)
	if r.summary.Kind == delivery.Notification {
		what = message.Words(r.summary) + " " + r.summary.Focus + message.More(r.summary) + ", " + what
	}
	said := []string{what}
	if n := m.state.Consumers; n > 0 {
		who, have := "Its consumer never delivers it", "has"
		if n > 1 {
			who, have = "Its "+count(uint64(n))+" consumers never deliver it", "have"
		}
		said = append(said, who+", unless it "+have+" already.")
	}
	return said
}

// remove takes a message out of what is held.
func (m *Model) remove(msg removed) {
	if msg.stream != m.stream {
		return
	}
	m.window.remove(msg.seq)
	if m.search != nil {
		m.search.forget(msg.seq)
		m.found, _ = m.search.now()
		m.hit = min(m.hit, max(len(m.found.rows)-1, 0))
	}
	m.show()
}

// forget takes a result out.
func (s *search) forget(seq uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.found.rows = slices.DeleteFunc(slices.Clone(s.found.rows), func(r row) bool { return r.Seq == seq })
}
