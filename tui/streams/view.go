package streams

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"aidbox-nats/nats"
	"aidbox-nats/nats/shell"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// View draws the rows, or why there are none. While the first connection is
// made nobody can say that nothing is stored.
func (m *Model) View() string {
	if m.connecting() && m.Len() == 0 {
		return strings.Join(widget.Paragraph(m.Theme, theme.Faint, "Streams are read when NATS is connected.", m.W), "\n")
	}
	return m.List.View()
}

// DetailTitle names the selected stream.
func (m *Model) DetailTitle() widget.Title {
	s, ok := m.Selected()
	if !ok {
		return widget.Title{Text: "Stream"}
	}
	t := widget.Title{Text: "Stream " + term.Clean(s.Name)}
	if s.Kind != nats.StreamPlain {
		t.Text += " (" + s.Kind.String() + ")"
	}
	if s.Sealed {
		t.Text += ", sealed"
	}
	return t
}

// DetailLines tell what the stream holds, who writes into it, and what it
// keeps.
func (m *Model) DetailLines(w int) []string {
	s, ok := m.Selected()
	if !ok {
		return m.nothing(w)
	}
	th := m.Theme
	lines := append([]string{""}, m.reasonLines(s, w)...)
	label := func(name, value string) { lines = append(lines, widget.Label(th, name, value, w)...) }
	text := func(s string) string { return th.Paint(theme.Text, term.Clean(s)) }
	if s.Description != "" {
		label("description", text(s.Description))
	}
	if held := holds(s); held != "" {
		label("holds", text(held))
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
	label("messages", th.Paint(theme.Num, widget.Count(widget.Clamp(s.Messages)))+th.Paint(theme.Faint, "   "+widget.Bytes(widget.Clamp(s.Bytes))+
		"   on "+widget.Number(widget.Clamp(s.NumSubjects), "subject", "subjects")+deleted(s)))
	if s.Messages > 0 {
		label("first", m.end(s.FirstSeq, s))
		label("last", m.end(s.LastSeq, s))
	}
	if r, ok := m.rates[s.Name]; ok {
		if perSec, known := r.now(); known {
			label("rate", th.Paint(theme.Num, widget.Rate(perSec))+th.Paint(theme.Accent, "   "+widget.SparklineOver(r.perSec, len(r.perSec), sparkFloor)))
		}
	}
	label("limits", text(limits(s)))
	for _, f := range fullness(s) {
		label("", m.bar(f)+th.Paint(theme.Faint, fmt.Sprintf("  %3.0f %%   %s", f.share*100, f.used)))
	}
	lines = append(lines, "")
	lines = append(lines, m.writerLines(s, w)...)
	lines = append(lines, "")
	lines = append(lines, m.consumerLines(s, w)...)
	lines = append(lines, "")
	lines = append(lines, m.eventLines(s.Name, w)...)
	lines = append(lines, "")
	label("storage", text(s.Storage)+th.Paint(theme.Faint, "   "+widget.Number(int64(s.Replicas), "replica", "replicas")))
	label("retention", text(s.Retention)+th.Paint(theme.Faint, "   "+retention(s)))
	if s.Duplicates > 0 {
		label("duplicates", text(widget.Age(s.Duplicates)+" window"))
	}
	if !s.Created.IsZero() {
		label("created", text(s.Created.Local().Format("2006-01-02 15:04:05")))
	}
	return lines
}

// readers says what no consumer means for messages that wait for one.
func (m *Model) readers(s nats.Stream) string {
	if s.Consumers > 0 {
		return ""
	}
	if s.Retention == "interest" {
		return m.Theme.Paint(theme.Warn, "   without one nothing is kept")
	}
	return m.Theme.Paint(theme.Faint, "   nobody reads it through one now")
}

// writerLines name the destinations that send to subjects of the stream. That
// is matched by the subject alone: each stands with its server.
func (m *Model) writerLines(s nats.Stream, w int) []string {
	th := m.Theme
	writers := m.writers[s.Name]
	if len(writers) == 0 {
		return widget.Label(th, "written by", th.Paint(theme.Faint, "no destination: none sends to a subject of it"), w)
	}
	var lines []string
	idWidth, subjectWidth := 0, 0
	for _, d := range writers {
		idWidth = max(idWidth, min(term.Width(term.Clean(d.ID)), 24))
		subjectWidth = max(subjectWidth, min(term.Width(term.Clean(d.Subject())), 32))
	}
	for i, d := range writers {
		name := ""
		if i == 0 {
			name = "written by"
		}
		kind := th.Paint(theme.Core, "core")
		if d.IsJetStream() {
			kind = th.Paint(theme.JS, "js  ")
		}
		value := th.Paint(theme.Text, term.Fit(term.Clean(d.ID), idWidth)) + "  " + kind + "  " +
			th.Paint(theme.Accent, term.Fit(term.Clean(d.Subject()), subjectWidth)) +
			th.Paint(theme.Faint, "  "+term.Clean(d.Masked().ServerURL()))
		switch {
		case m.noSender[d.ID]:
			value += th.Paint(theme.Bad, "  ✗ no sender: it writes nothing")
		case s.NoAck && d.IsJetStream():
			value += th.Paint(theme.Bad, "  ✗ this stream acknowledges nothing: its events wait for ever")
		}
		lines = append(lines, widget.Label(th, name, value, w)...)
	}
	return lines
}

func (m *Model) nothing(w int) []string {
	th := m.Theme
	say := func(text string) []string {
		return append([]string{""}, widget.Paragraph(th, theme.Faint, text, w)...)
	}
	switch {
	case m.none:
		return say("This NATS server, or this account, has no JetStream: what is published is delivered to who listens, and stored nowhere. nats-server -js has it.")
	case m.connecting():
		return say("Streams are read when NATS is connected.")
	case m.err != nil:
		return m.FailureLines(w)
	case !m.Known():
		return nil
	case m.Len() > 0:
		return say("No stream matches the filter. esc takes it away.")
	}
	lines := say("A stream stores the messages of its subjects. A destination of kind nats-jetstream-at-least-once needs one that takes its subject.")
	for _, d := range m.waiting {
		lines = append(lines, "")
		lines = append(lines, widget.Paragraph(th, theme.Warn, "! "+d.ID+" sends to "+d.Subject()+", and no stream takes it: its events wait in Aidbox.", w)...)
	}
	lines = append(append(lines, ""), widget.Paragraph(th, theme.Faint, "n creates one, as this does:", w)...)
	lines = append(lines, widget.Paragraph(th, theme.Text, strings.Join(shell.Fold(m.command(), w-2, term.Width), "\n"), w)...)
	if shown, _ := m.events.of(""); len(shown) > 0 {
		lines = append(append(lines, ""), m.eventLines("", w)...)
	}
	return lines
}

// FailureLines tell why the streams could not be read, and what to do.
func (m *Model) FailureLines(w int) []string {
	todo := "r asks again. w shows every request and its answer."
	var refused *nats.PermissionError
	switch {
	case errors.As(m.err, &refused):
		todo = "Nothing is broken: the user of this console may not ask for streams. It needs the right to publish on $JS.API.> and to subscribe to _INBOX.>. r asks again."
	case errors.Is(m.err, nats.ErrNotConnected):
		todo = "Streams are read again as soon as NATS is connected."
	case errors.Is(m.err, context.DeadlineExceeded):
		todo = "JetStream may be starting, or a cluster without a leader. r asks again."
	}
	lines := append([]string{""}, widget.Paragraph(m.Theme, theme.Bad, "✗ "+m.err.Error(), w)...)
	return append(append(lines, ""), widget.Paragraph(m.Theme, theme.Faint, todo, w)...)
}

func (m *Model) end(seq uint64, s nats.Stream) string {
	at := s.FirstTime
	if seq == s.LastSeq {
		at = s.LastTime
	}
	value := m.Theme.Paint(theme.Num, "seq "+widget.Count(widget.Clamp(seq)))
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

func retention(s nats.Stream) string {
	switch s.Retention {
	case "limits":
		return "messages stay until a limit"
	case "interest":
		return "messages stay until every consumer has them"
	case "workqueue":
		return "messages stay until one consumer has them"
	}
	return ""
}

// limits says what bounds the stream, and what happens at the bound.
func limits(s nats.Stream) string {
	var parts []string
	if s.MaxMsgs > 0 {
		parts = append(parts, widget.Number(s.MaxMsgs, "message", "messages"))
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
