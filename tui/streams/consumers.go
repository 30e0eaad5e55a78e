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

// look is what was read of a stream's consumers.
type look struct {
	asked     uint64
	at        time.Time // of the last answer
	read      time.Time // of the last that told of them
	err       error
	consumers []nats.Consumer
}

// quiet is how long is not asked what the user may not ask: each refusal is an
// event of the connection.
const quiet = time.Minute

// refused says that the user may not ask for these consumers.
func (l look) refused(now time.Time) bool {
	return errors.As(l.err, new(*nats.PermissionError)) && now.Sub(l.at) < quiet
}

// fresh is how old what was read of consumers may be. They are read every three
// seconds, and only while their stream is selected.
const fresh = 8 * time.Second

// old says that these consumers may be others by now.
func (l look) old(now time.Time) bool { return !l.read.IsZero() && now.Sub(l.read) > fresh }

// readConsumers takes the consumers of one stream.
func (m *Model) readConsumers(msg data.Consumers) {
	l := m.looks[msg.Stream]
	if !msg.Newer(l.asked) {
		return
	}
	l.asked, l.err, l.at = msg.Question, msg.Err, msg.At
	if msg.Err == nil {
		m.watch.Take(msg.Stream, msg.Consumers)
		l.consumers, l.read = msg.Consumers, msg.At
	}
	m.looks[msg.Stream] = l
	m.Touch()
}

// troubled is a consumer with what is wrong with it.
type troubled struct {
	nats.Consumer
	troubles []nats.Trouble
}

// inTroubleFirst are the consumers of a stream, those with trouble first.
func (m *Model) inTroubleFirst(stream string) []troubled {
	consumers := m.looks[stream].consumers
	out := make([]troubled, 0, len(consumers))
	for _, c := range consumers {
		out = append(out, troubled{c, m.watch.Troubles(stream, c.Name)})
	}
	slices.SortStableFunc(out, func(a, b troubled) int { return cmp.Compare(min(len(b.troubles), 1), min(len(a.troubles), 1)) })
	return out
}

// reasonIndent is where a consumer's trouble stands: right of where the values
// of labels begin.
const reasonIndent = 18

// consumerLines tell of the stream's consumers, one line each and what is wrong
// below.
func (m *Model) consumerLines(s nats.Stream, w int) []string {
	th := m.Theme
	l, known := m.looks[s.Name]
	old := l.old(m.now)
	// What may be otherwise by now is faint, and says how old it is.
	paint := func(r theme.Role, text string) string {
		if old {
			r = theme.Faint
		}
		return th.Paint(r, text)
	}
	count := th.Paint(theme.Num, widget.Count(int64(s.Consumers))) + m.readers(s)
	if old {
		count += th.Paint(theme.Faint, "   as they were "+widget.Age(m.now.Sub(l.read))+" ago")
	}
	lines := widget.Label(th, "consumers", count, w)
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
	consumers := m.inTroubleFirst(s.Name)
	reasons := widget.Labels{Theme: th, Width: reasonIndent} // wrapped below the name
	nameWidth, lagWidth, flightWidth := 0, 0, 0
	for _, c := range consumers[:min(len(consumers), consumersShown)] {
		nameWidth = max(nameWidth, min(term.Width(term.Clean(c.Name)), 24))
		lagWidth = max(lagWidth, len(widget.Short(widget.Clamp(c.Lag))))
		flightWidth = max(flightWidth, len(inFlight(c.Consumer)))
	}
	for i, c := range consumers {
		if i == consumersShown {
			lines = append(lines, widget.Label(th, "", th.Paint(theme.Faint, fmt.Sprintf("and %d more; C shows all", len(consumers)-i)), w)...)
			break
		}
		mark := th.Paint(theme.Faint, "  ")
		if len(c.troubles) > 0 {
			mark = paint(theme.Warn, "! ")
		}
		value := mark + paint(theme.Text, term.Fit(term.Clean(c.Name), nameWidth)) +
			th.Paint(theme.Faint, "  lag ") + paint(theme.Num, term.FitRight(widget.Short(widget.Clamp(c.Lag)), lagWidth)) +
			th.Paint(theme.Faint, "  in flight ") + paint(theme.Text, term.Fit(inFlight(c.Consumer), flightWidth))
		if c.Redelivered > 0 {
			value += paint(theme.Warn, fmt.Sprintf("  %d redelivered", c.Redelivered))
		}
		if c.Paused {
			value += paint(theme.Warn, "  paused")
		}
		lines = append(lines, widget.Label(th, "", value, w)...)
		for _, t := range c.troubles {
			lines = append(lines, reasons.Line("", paint(theme.Warn, term.Clean(t.Reason)), w)...)
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

// inTrouble are the names of the consumers of a stream that were in trouble
// when they were read last.
func (m *Model) inTrouble(stream string) []string {
	var out []string
	for _, c := range m.looks[stream].consumers {
		if len(m.watch.Troubles(stream, c.Name)) > 0 {
			out = append(out, c.Name)
		}
	}
	return out
}
