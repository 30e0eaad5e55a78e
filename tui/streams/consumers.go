package streams

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// consumersShown bounds the consumers of one stream that are shown here.
const consumersShown = 8

// look is what was read of a stream's consumers, and what before that.
type look struct {
	asked     uint64
	at        time.Time
	err       error
	consumers []nats.Consumer
	before    map[string]nats.Consumer
}

// quiet is how long is not asked what the user may not ask: each refusal is an
// event of the connection.
const quiet = time.Minute

// refused says that the user may not ask for these consumers.
func (l look) refused(now time.Time) bool {
	return errors.As(l.err, new(*nats.PermissionError)) && now.Sub(l.at) < quiet
}

// readConsumers takes the consumers of one stream.
func (m *Model) readConsumers(msg data.Consumers) {
	l := m.looks[msg.Stream]
	if !msg.Newer(l.asked) {
		return
	}
	l.asked, l.err, l.at = msg.Question, msg.Err, msg.At
	if msg.Err == nil {
		l.before = make(map[string]nats.Consumer, len(l.consumers))
		for _, c := range l.consumers {
			l.before[c.Name] = c
		}
		l.consumers = msg.Consumers
	}
	m.looks[msg.Stream] = l
	m.Touch()
}

// troubled is a consumer with what is wrong with it.
type troubled struct {
	nats.Consumer
	troubles []nats.Trouble
}

// inTroubleFirst are the consumers, those with trouble first.
func (l look) inTroubleFirst() []troubled {
	out := make([]troubled, 0, len(l.consumers))
	for _, c := range l.consumers {
		out = append(out, troubled{c, nats.ConsumerTrouble(l.before[c.Name], c)})
	}
	slices.SortStableFunc(out, func(a, b troubled) int { return cmp.Compare(min(len(b.troubles), 1), min(len(a.troubles), 1)) })
	return out
}

// consumerLines tell of the stream's consumers, one line each and what is wrong
// below.
func (m *Model) consumerLines(s nats.Stream, w int) []string {
	th := m.Theme
	lines := widget.Label(th, "consumers", th.Paint(theme.Num, widget.Count(int64(s.Consumers)))+m.readers(s), w)
	l, known := m.looks[s.Name]
	switch {
	case s.Consumers == 0 && len(l.consumers) == 0:
		return lines
	case !known:
		return append(lines, widget.Label(th, "", th.Paint(theme.Faint, "reading them"+term.Ellipsis()), w)...)
	case l.err != nil:
		why := m.mask.Error(l.err)
		var refused *nats.PermissionError
		if errors.As(l.err, &refused) {
			why = refused.Who() + " may not ask on " + refused.Subject
		}
		lines = append(lines, widget.Label(th, "", th.Paint(theme.Bad, "✗ "+term.Clean(why)), w)...)
	}
	consumers := l.inTroubleFirst()
	nameWidth, lagWidth, flightWidth := 0, 0, 0
	for _, c := range consumers[:min(len(consumers), consumersShown)] {
		nameWidth = max(nameWidth, min(term.Width(term.Clean(c.Name)), 24))
		lagWidth = max(lagWidth, len(widget.Short(clamp(c.Lag))))
		flightWidth = max(flightWidth, len(inFlight(c.Consumer)))
	}
	for i, c := range consumers {
		if i == consumersShown {
			lines = append(lines, widget.Label(th, "", th.Paint(theme.Faint, fmt.Sprintf("and %d more; C shows all", len(consumers)-i)), w)...)
			break
		}
		mark := th.Paint(theme.Faint, "  ")
		if len(c.troubles) > 0 {
			mark = th.Paint(theme.Warn, "! ")
		}
		value := mark + th.Paint(theme.Text, term.Fit(term.Clean(c.Name), nameWidth)) +
			th.Paint(theme.Faint, "  lag ") + th.Paint(theme.Num, term.FitRight(widget.Short(clamp(c.Lag)), lagWidth)) +
			th.Paint(theme.Faint, "  in flight ") + th.Paint(theme.Text, term.Fit(inFlight(c.Consumer), flightWidth))
		if c.Redelivered > 0 {
			value += th.Paint(theme.Warn, fmt.Sprintf("  %d redelivered", c.Redelivered))
		}
		if c.Paused {
			value += th.Paint(theme.Warn, "  paused")
		}
		lines = append(lines, widget.Label(th, "", value, w)...)
		for _, t := range c.troubles {
			lines = append(lines, widget.Label(th, "", "    "+th.Paint(theme.Warn, term.Clean(t.Reason)), w)...)
		}
	}
	return lines
}

func inFlight(c nats.Consumer) string {
	if c.MaxInFlight < 0 {
		return fmt.Sprint(c.InFlight)
	}
	return fmt.Sprintf("%d of %s", c.InFlight, widget.Count(int64(c.MaxInFlight)))
}

// inTrouble says whether a consumer of the stream was in trouble when they
// were read last.
func (m *Model) inTrouble(stream string) bool {
	l := m.looks[stream]
	return slices.ContainsFunc(l.consumers, func(c nats.Consumer) bool { return len(nats.ConsumerTrouble(l.before[c.Name], c)) > 0 })
}
