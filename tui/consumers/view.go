package consumers

import (
	"strconv"
	"strings"
	"time"

	"aidbox-nats/nats"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// DetailTitle names the selected consumer.
func (m *Model) DetailTitle() widget.Title {
	k, ok := m.Selected()
	if !ok {
		return widget.Title{Text: "Consumer"}
	}
	return widget.Title{Text: "Consumer " + term.Clean(k.Name)}
}

// labels are those of the detail.
func (m *Model) labels() widget.Labels { return widget.Labels{Theme: m.Theme, Width: 12} }

// DetailLines tell first what is wrong, then the three numbers, then how far
// the consumer has come, and at last how it was made.
func (m *Model) DetailLines(w int) []string {
	k, ok := m.Selected()
	if !ok {
		return m.nothing(w)
	}
	lines := append([]string{""}, m.wrong(k, w)...)
	lines = append(lines, m.numbers(k, w)...)
	lines = append(append(lines, ""), m.progress(k, w)...)
	return append(append(lines, ""), m.made(k, w)...)
}

func (m *Model) nothing(w int) []string {
	if m.Failure() != "" {
		return m.FailureLines(w)
	}
	text := "A consumer remembers how far a reader has come in a stream. nats: `nats consumer add`; here n creates one, > pulls a message through it."
	if m.stream == "" {
		text = "C in Streams shows the consumers of the stream that is selected there."
	}
	return append([]string{""}, widget.Paragraph(m.Theme, theme.Faint, text, w)...)
}

// wrong says each trouble, and what helps.
func (m *Model) wrong(k nats.Consumer, w int) []string {
	var lines []string
	for _, t := range m.troubles(k) {
		lines = append(lines, m.hanging(theme.Bad, "! ", capital(t.Reason)+".", w)...)
		lines = append(lines, m.hanging(theme.Faint, "  ", m.helps(k, t), w)...)
		lines = append(lines, "")
	}
	return lines
}

// hanging is a paragraph behind a sign, under which no line of it stands.
func (m *Model) hanging(role theme.Role, sign, text string, w int) []string {
	lines := widget.Paragraph(m.Theme, role, text, w-term.Width(sign))
	for i, l := range lines {
		lines[i] = " " + m.Theme.Paint(role, sign) + strings.TrimPrefix(l, " ")
		sign = term.Pad(term.Width(sign))
	}
	return lines
}

func (m *Model) helps(k nats.Consumer, t nats.Trouble) string {
	switch {
	case t.Kind == nats.TroubleInFlight:
		return "Whoever pulled them must acknowledge them; what is not acknowledged comes again after " + span(k.Config.AckWait) + "."
	case t.Kind == nats.TroublePinned:
		return "Start the client again, or pull as another one: the server pins the next that comes."
	case k.Paused:
		return "P resumes it."
	case k.Push:
		return "Start the subscriber of " + k.DeliverSubject + "."
	}
	return "Start more workers, or find out why they are slow; > pulls one message here."
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// numbers are the three that must not be confused, each with what it counts.
func (m *Model) numbers(k nats.Consumer, w int) []string {
	th := m.Theme
	var lines []string
	label := func(name, n string, role theme.Role, words string) {
		lines = append(lines, m.labels().Line(name, th.Paint(role, n)+th.Paint(theme.Faint, "  "+words), w)...)
	}
	whole := ""
	if s, ok := m.of(); ok && s.Messages > 0 {
		whole = "; the stream has " + widget.Count(widget.Clamp(s.Messages))
	}
	label("lag", widget.Count(widget.Clamp(k.Lag)), theme.Num, "never delivered, though they match"+whole)
	if text := bar(k.Lag, m.whole(k), min(w-20, 40)); text != "" {
		lines = append(lines, m.labels().Line("", th.Paint(m.lagRole(k), text), w)...)
	}
	if lags := m.watch.Grown(k.Stream, k.Name); lags != nil {
		var steps []string
		for _, lag := range lags[max(0, len(lags)-6):] {
			steps = append(steps, widget.Short(widget.Clamp(lag)))
		}
		lines = append(lines, m.labels().Line("", th.Paint(theme.Warn, "only grew: "+strings.Join(steps, " → ")), w)...)
	}
	role := theme.Num
	if m.troubled(k, nats.TroubleInFlight) {
		role = theme.Bad
	}
	limit := "no limit"
	if k.MaxInFlight > 0 {
		limit = "at most " + widget.Count(int64(k.MaxInFlight))
	}
	label("in flight", widget.Count(int64(k.InFlight)), role, "delivered, not acknowledged; "+limit)
	role = theme.Num
	if k.Redelivered > 0 {
		role = theme.Warn
	}
	label("redelivered", widget.Count(int64(k.Redelivered)), role, "of those in flight, delivered more than once")
	return lines
}

// progress is how far the consumer has come.
func (m *Model) progress(k nats.Consumer, w int) []string {
	th := m.Theme
	var lines []string
	label := func(name, value, words string) {
		if words != "" {
			words = th.Paint(theme.Faint, "  "+words)
		}
		lines = append(lines, m.labels().Line(name, th.Paint(theme.Text, term.Clean(value))+words, w)...)
	}
	position := func(p nats.Position) (string, string) {
		if p.ConsumerSeq == 0 {
			return "nothing yet", ""
		}
		words := "consumer seq " + widget.Count(widget.Clamp(p.ConsumerSeq))
		switch {
		case !p.Time.IsZero():
			words += ", " + m.ago(p.Time)
		default: // the server lost it when it was started again
			words += ", when is not known any more"
		}
		return "stream seq " + widget.Count(widget.Clamp(p.StreamSeq)), words
	}
	at, words := position(k.Delivered)
	label("delivered", at, words)
	at, words = position(k.Acked)
	if k.Config.Ack == "none" {
		at, words = "not asked for", ""
	} else if k.Acked.ConsumerSeq > 0 {
		at = "all up to " + at
	}
	label("acked", at, words)
	switch {
	case k.Paused:
		lines = append(lines, m.labels().Line("paused", th.Paint(theme.Warn, widget.Age(m.pauseLeft(k))+" more")+
			th.Paint(theme.Faint, "  until "+k.Asked.Add(k.PauseRemaining).Local().Format(time.DateTime)), w)...)
	case k.Push && k.Waiting == 0:
		lines = append(lines, m.labels().Line("listener", th.Paint(theme.Warn, "nobody listens on "+term.Clean(k.DeliverSubject)), w)...)
	case k.Push:
		label("listener", "somebody listens", "on "+term.Clean(k.DeliverSubject))
	default:
		waits := "none waits"
		if k.Waiting > 0 {
			waits = widget.Number(int64(k.Waiting), "waits", "wait")
		}
		label("pulls", waits, "for a message")
	}
	for _, g := range k.Groups {
		value, words := "no client", "the next that pulls is pinned"
		if g.Client != "" {
			value, words = "pinned to "+g.Client, "since "+m.ago(g.Since)
		}
		label("group "+term.Clean(g.Name), value, words)
	}
	if k.PinnedTTL > 0 {
		label("pinned for", k.PinnedTTL.String(), "without a pull, then another takes its place")
	}
	return lines
}

// made is the configuration.
func (m *Model) made(k nats.Consumer, w int) []string {
	th := m.Theme
	var lines []string
	label := func(name, value, words string) {
		if words != "" {
			words = th.Paint(theme.Faint, "  "+words)
		}
		lines = append(lines, m.labels().Line(name, th.Paint(theme.Text, term.Clean(value))+words, w)...)
	}
	c := k.Config
	if k.Description != "" {
		label("description", k.Description, "")
	}
	how, words := "durable", "kept until it is deleted"
	if !k.Durable {
		how, words = "ephemeral", "goes when it is not used"
		if c.InactiveAfter > 0 {
			words = "goes when it is not used for " + c.InactiveAfter.String()
		}
	}
	if k.Push {
		label("kind", "push, "+how, words)
		label("delivers to", k.DeliverSubject, "")
	} else {
		label("kind", "pull, "+how, words)
	}
	filters := "all subjects"
	if len(c.Filters) > 0 {
		filters = strings.Join(c.Filters, "  ")
	}
	label("filter", filters, "")
	label("begins", begins(c), "")
	ack, words := c.Ack, map[string]string{"explicit": "each message", "all": "each, and those before it", "none": "nothing is acknowledged"}[c.Ack]
	if c.Ack != "none" {
		words += "; waits " + span(c.AckWait)
	}
	label("ack", ack, words)
	label("deliveries", deliveries(c.MaxDeliver), "of one message")
	if c.SamplePercent > 0 {
		label("sampled", strconv.Itoa(c.SamplePercent)+" %", "of the acknowledgements are told as metrics")
	}
	if k.Leader != "" {
		label("leader", k.Leader, "")
	}
	if !k.Created.IsZero() {
		label("created", k.Created.Local().Format(time.DateTime), m.ago(k.Created))
	}
	return lines
}

// begins says where a consumer began.
func begins(c nats.ConsumerConfig) string {
	switch c.Deliver {
	case "last":
		return "with the last message"
	case "new":
		return "with what came after it was made"
	case "subject":
		return "with the last message of each subject"
	case "sequence":
		return "at sequence " + widget.Count(widget.Clamp(c.StartSeq))
	case "time":
		return "at " + c.StartTime.Local().Format(time.DateTime)
	}
	return "with the first message"
}

func deliveries(n int) string {
	if n <= 0 {
		return "without end"
	}
	return "at most " + strconv.Itoa(n)
}
