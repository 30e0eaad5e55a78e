package streams

import (
	"strconv"
	"strings"

	"aidbox-nats/nats"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// DetailTitle names the selected stream.
func (m *Model) DetailTitle() widget.Title {
	s, ok := m.Selected()
	if !ok {
		return widget.Title{Text: "Stream"}
	}
	return widget.Title{Text: "Stream " + term.Clean(s.Name), Right: m.Theme.Paint(theme.Faint, s.Kind.String())}
}

// DetailLines tell what the stream holds and keeps.
func (m *Model) DetailLines(w int) []string {
	s, ok := m.Selected()
	if !ok {
		return m.nothing(w)
	}
	th := m.Theme
	lines := []string{""}
	label := func(name, value string) { lines = append(lines, widget.Label(th, name, value, w)...) }
	text := func(s string) string { return th.Paint(theme.Text, term.Clean(s)) }
	if s.Description != "" {
		label("description", text(s.Description))
	}
	if len(s.Subjects) > 0 {
		label("subjects", th.Paint(theme.Accent, term.Clean(strings.Join(s.Subjects, "  "))))
	}
	if s.Mirror != "" {
		label("mirror of", text(s.Mirror))
	}
	if len(s.Sources) > 0 {
		label("sources", text(strings.Join(s.Sources, "  ")))
	}
	lines = append(lines, "")
	label("messages", th.Paint(theme.Num, widget.Count(clamp(s.Messages)))+th.Paint(theme.Faint, "   "+widget.Bytes(clamp(s.Bytes))+
		"   in "+widget.Count(clamp(s.NumSubjects))+" subjects"+deleted(s)))
	if s.Messages > 0 {
		label("first", m.end(s.FirstSeq, s))
		label("last", m.end(s.LastSeq, s))
	}
	label("consumers", th.Paint(theme.Num, strconv.Itoa(s.Consumers)))
	lines = append(lines, "")
	label("storage", text(s.Storage)+th.Paint(theme.Faint, "   replicas "+strconv.Itoa(s.Replicas)))
	label("retention", text(s.Retention))
	label("limits", text(limits(s)))
	if s.Duplicates > 0 {
		label("duplicates", text(widget.Duration(s.Duplicates)+" window"))
	}
	if !s.Created.IsZero() {
		label("created", text(s.Created.Local().Format("2006-01-02 15:04:05")))
	}
	return lines
}

func (m *Model) nothing(w int) []string {
	th := m.Theme
	switch {
	case m.none:
		return append([]string{""}, widget.Paragraph(th, theme.Faint,
			"This NATS server, or this account, has no JetStream: what is published is delivered to who listens, and stored nowhere. nats-server -js has it.", w)...)
	case m.Failure() != "":
		return m.FailureLines(w)
	case !m.Known():
		return nil
	}
	return append([]string{""}, widget.Paragraph(th, theme.Faint,
		"A stream stores the messages of its subjects. A destination of kind nats-jetstream-at-least-once needs one that takes its subject.", w)...)
}

func (m *Model) end(seq uint64, s nats.Stream) string {
	at := s.FirstTime
	if seq == s.LastSeq {
		at = s.LastTime
	}
	value := m.Theme.Paint(theme.Num, "seq "+widget.Count(clamp(seq)))
	if at.IsZero() {
		return value
	}
	value += m.Theme.Paint(theme.Faint, "   "+at.Local().Format("2006-01-02 15:04:05"))
	if !m.now.IsZero() {
		value += m.Theme.Paint(theme.Faint, "   "+widget.Age(m.now.Sub(at))+" ago")
	}
	return value
}

func deleted(s nats.Stream) string {
	if s.Deleted == 0 {
		return ""
	}
	return "   " + widget.Count(int64(s.Deleted)) + " deleted"
}

// limits says what bounds the stream, and what happens at the bound.
func limits(s nats.Stream) string {
	var parts []string
	if s.MaxMsgs > 0 {
		parts = append(parts, widget.Count(s.MaxMsgs)+" messages")
	}
	if s.MaxBytes > 0 {
		parts = append(parts, widget.Bytes(s.MaxBytes))
	}
	if s.MaxAge > 0 {
		parts = append(parts, widget.Age(s.MaxAge))
	}
	if s.MaxMsgsPerSubject > 0 {
		parts = append(parts, widget.Count(s.MaxMsgsPerSubject)+" a subject")
	}
	if len(parts) == 0 {
		return "none"
	}
	what := "the oldest go"
	if s.Discard == "new" {
		what = "new ones are refused"
	}
	return strings.Join(parts, ", ") + "; when full " + what
}
