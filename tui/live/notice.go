package live

import (
	"errors"
	"time"

	"aidbox-nats/nats"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// notice is something that happened to the connection, as a line of the feed.
// It is never changed.
type notice struct {
	at   time.Time
	role theme.Role
	sign string
	text string
	// short stands for text where that has no room.
	short string
	// more is what the detail adds.
	more string
	// gap says that messages may be missing here: no filter hides that.
	gap bool
}

func (n *notice) line() string { return n.sign + " " + n.text }

// fit is the line, in its shorter words where it is wider than w.
func (n *notice) fit(w int) string {
	if n.short != "" && term.Width(n.line()) > w {
		return n.sign + " " + n.short
	}
	return n.line()
}

// watch turns the events of the connection into notices.
type watch struct {
	last uint64    // the last event that was read
	down time.Time // since when there is no connection; zero: there is one
	lost bool      // and it was lost, not just never made
	// dropped is what was told of by the subject of the subscription.
	dropped map[string]drops
}

// drops are messages of a subscription that came too fast.
type drops struct {
	told  uint64    // in all
	shown uint64    // by the last notice
	at    time.Time // of the last notice
	pos   uint64    // its place in the backlog; zero: not known yet
}

// dropsTogether is how long what is dropped counts into the same notice.
const dropsTogether = time.Second

// read returns a notice for each event that a reader of the feed should know
// of. subscribed says that there is something that could have been missed.
func (w *watch) read(events []nats.Event, subscribed bool) []*notice {
	var out []*notice
	for _, e := range events {
		w.last = e.Seq
		if n := w.notice(e, subscribed); n != nil {
			n.at = e.Time
			out = append(out, n)
		}
	}
	return out
}

func (w *watch) notice(e nats.Event, subscribed bool) *notice {
	switch e.Kind {
	case nats.EventDisconnected:
		w.down, w.lost = e.Time, true
		return &notice{role: theme.Bad, sign: "✗", text: "connection lost", more: errorText(e.Err), gap: true}
	case nats.EventFailed, nats.EventAuth:
		if w.down.IsZero() {
			w.down = e.Time
		}
		if !w.lost && !subscribed {
			return nil // nothing is expected here yet
		}
		return &notice{role: theme.Bad, sign: "✗", text: "not connected: " + errorText(e.Err)}
	case nats.EventConnected:
		return w.connected(e, subscribed)
	case nats.EventPermission:
		return violation(e.Err)
	case nats.EventServer:
		return &notice{role: theme.Warn, sign: "!", text: errorText(e.Err)}
	case nats.EventLameDuck:
		return &notice{role: theme.Warn, sign: "!", text: "the server will shut down soon"}
	}
	return nil // what was dropped is counted, see drop
}

func (w *watch) connected(e nats.Event, subscribed bool) *notice {
	down, lost := w.down, w.lost
	w.down, w.lost = time.Time{}, false
	if down.IsZero() || !lost && !subscribed {
		return nil
	}
	n := &notice{role: theme.OK, sign: "✓", text: "connected after " + widget.Duration(e.Time.Sub(down))}
	if lost {
		n.text = "connected again after " + widget.Duration(e.Time.Sub(down))
	}
	if subscribed {
		n.gap = true
		n.short = n.text + ": what was sent meanwhile is not here"
		n.text += ": what was sent on core NATS in between is not here"
		n.more = "Core NATS delivers to who listens now. What a stream stores can be read there: 3 shows the streams."
	}
	return n
}

func violation(err error) *notice {
	var p *nats.PermissionError
	if !errors.As(err, &p) {
		return &notice{role: theme.Bad, sign: "!", text: errorText(err)}
	}
	n := &notice{role: theme.Bad, sign: "!", more: "The server decides this by the permissions of the user that this console connects as: " +
		"they must be changed there, or the console started as another user."}
	switch p.Op {
	case nats.OpSubscribe:
		n.text = "subscription violation: " + p.Who() + " may not subscribe to " + p.Subject
	case nats.OpReply:
		n.text = "reply violation: " + p.Who() + " may not use the reply subject " + p.Subject
	default:
		n.text = "publish violation: " + p.Who() + " may not publish to " + p.Subject
	}
	return n
}

func errorText(err error) string {
	if err == nil {
		return "no reason was given"
	}
	return err.Error()
}

// drop tells of messages that a subscription has lost since the last time: a
// notice to add, or one to put in the place of the last, while that is new.
func (w *watch) drop(s nats.SubscriptionInfo, now time.Time) (n *notice, instead uint64) {
	d := w.dropped[s.Subject]
	if s.Dropped < d.told {
		d = drops{} // another subscription of the same subject
	}
	fresh := s.Dropped - d.told
	if fresh == 0 {
		return nil, 0
	}
	d.told = s.Dropped
	if d.pos > 0 && now.Sub(d.at) < dropsTogether {
		d.shown, instead = d.shown+fresh, d.pos
	} else {
		d.shown, d.at, d.pos = fresh, now, 0
	}
	if w.dropped == nil {
		w.dropped = map[string]drops{}
	}
	w.dropped[s.Subject] = d
	return &notice{at: d.at, role: theme.Bad, sign: "!", gap: true,
		text: messages(d.shown) + " dropped on " + s.Subject + ": this console was too slow",
		more: "They came faster than this program took them, and are not counted as received."}, instead
}

// placed notes where the notice of what was dropped stands.
func (w *watch) placed(subject string, pos uint64) {
	if d, ok := w.dropped[subject]; ok {
		d.pos = pos
		w.dropped[subject] = d
	}
}
