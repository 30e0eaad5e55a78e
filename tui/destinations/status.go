package destinations

import (
	"errors"
	"slices"
	"strings"
	"time"

	"aidbox-nats/aidbox"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// statusLines tell the counters, or in words why there are none.
func (m *Model) statusLines(d aidbox.Destination, w int) []string {
	th := m.Theme
	s, known := m.statuses[d.ID]
	switch {
	case !known:
		return widget.Paragraph(th, theme.Faint, "Counters have not been read yet.", w)
	case errors.Is(s.Err, aidbox.ErrForbidden):
		return widget.Paragraph(th, theme.Warn, "! No right to read the counters. Nothing is broken: an access policy can allow the operation topic-destination-status.", w)
	case m.suspected(d):
		return widget.Paragraph(th, theme.Warn, "! No sender so far. Asking once more: another process of Aidbox may have made it a second ago.", w)
	case errors.Is(s.Err, aidbox.ErrNoSender):
		return widget.Paragraph(th, theme.Bad, m.whyNoSender(d), w)
	case s.Err != nil:
		return widget.Paragraph(th, theme.Warn, "! The counters could not be read: "+ended(m.failed(d, reason(s.Err)))+" w shows the request.", w)
	}
	lines := m.counterLines(d, s.Status, w)
	if m.history(d.ID).inTurn {
		lines = append(lines, widget.Paragraph(th, theme.Faint, "Several processes of Aidbox answer in turn, and each counts only what it sent itself.", w)...)
	}
	if a := s.Status.Attempts; a != nil && *a > 0 {
		lines = append(lines, widget.Paragraph(th, theme.Faint, "attempts: those that failed, for most kinds; for some kinds all.", w)...)
	}
	lines = append(append(lines, ""), m.errorLines(d, s, w)...)
	if seen, ok := m.seen[d.ID]; ok {
		value := "just now"
		if age := m.age(seen.At); age != "" {
			value = age + " ago"
		}
		room := w - len("seen here      ") - term.Width(value) - 6
		lines = append(lines, widget.Label(th, "seen here", th.Paint(theme.Text, value)+
			th.Paint(theme.Faint, "   "+term.Middle(term.Clean(seen.Focus), max(room, focusLeast))), w)...)
	}
	return lines
}

// whyNoSender names what a sender lacked when it should start: the cause where
// it is known, else every one that nothing speaks against.
func (m *Model) whyNoSender(d aidbox.Destination) string {
	topics := m.topicsOf(d)
	missing := len(topics) == 0 && !builtIn(d.Topic)
	switch {
	case missing && m.topicsKnown:
		return "No sender: the topic does not exist."
	case m.fault(d) != nil:
		return "No sender: the topic's criterion cannot be read."
	}
	var why []string
	if missing {
		why = append(why, "the topic does not exist")
	}
	if missing || slices.ContainsFunc(topics, m.unread) {
		why = append(why, "its criterion does not compile")
	}
	server := "the broker"
	if d.IsNATS() {
		server = d.Masked().ServerURL()
	}
	why = append(why, server+" could not be reached from Aidbox (its name is not known there, or nobody listens), or refused the user, when the sender started")
	return "No sender: " + strings.Join(why, ", or ") + "."
}

// unread says that a topic has a criterion of which it is not known whether it
// can be read.
func (m *Model) unread(t aidbox.Topic) bool {
	return slices.ContainsFunc(t.Triggers, func(g aidbox.Trigger) bool {
		_, read := m.criteria.Of(g)
		return g.Criteria != "" && !read
	})
}

// focusLeast is the least place of a reference to a resource.
const focusLeast = 24

// reason is an error without the request line, where it knows.
func reason(err error) string {
	var r interface{ Reason() string }
	if errors.As(err, &r) {
		return r.Reason()
	}
	return err.Error()
}

// ended is a text that another sentence can follow.
func ended(s string) string {
	if s == "" || strings.ContainsAny(s[len(s)-1:], ".?!") {
		return s
	}
	return s + "."
}

// least is the shortest line of deliveries that says something.
const least = 8

// counterLines are the counters, wrapped, with the line of deliveries at the
// right where there is room.
func (m *Model) counterLines(d aidbox.Destination, s aidbox.Status, w int) []string {
	inner := max(w-2, 8)
	var out []string
	line, width := "", 0
	for _, c := range m.counters(d, s) {
		if n := term.Width(c); width > 0 && width+3+n > inner {
			out = append(out, " "+line)
			line, width = c, n
		} else if width > 0 {
			line, width = line+"   "+c, width+3+n
		} else {
			line, width = c, n
		}
	}
	h := m.history(d.ID)
	if room := min(inner-width-3, bars); room >= least && h.flows() {
		if values := h.line(m.now); !m.now.IsZero() {
			line += term.Pad(inner-width-room) + m.Theme.Paint(theme.Accent, widget.Sparkline(values, room))
		}
	}
	if line == "" {
		return append(out, widget.Paragraph(m.Theme, theme.Faint, "This kind has no counters.", w)...)
	}
	return append(out, " "+line)
}

// counters are those that the kind has: what is sent once counts what was
// lost, what is tried again what is queued.
func (m *Model) counters(d aidbox.Destination, s aidbox.Status) []string {
	th := m.Theme
	var parts []string
	add := func(n *int64, words string, role theme.Role) {
		if n == nil {
			return
		}
		if *n == 0 {
			role = theme.Num
		}
		parts = append(parts, th.Paint(role, widget.Count(*n))+th.Paint(theme.Faint, " "+words))
	}
	wrong := theme.Num
	if role := m.roles[d.ID]; role != theme.Text {
		wrong = role
	}
	add(s.Delivered, "delivered", theme.Num)
	add(s.InProcess, "in process", theme.Num)
	add(s.Queued, "queued", wrong)
	add(s.Lost, "lost", wrong)
	// Some kinds count all attempts here: only beside an error do they mean failures.
	if len(s.LastErrors) > 0 && !m.history(d.ID).recovered {
		add(s.Attempts, "attempts", wrong)
	} else {
		add(s.Attempts, "attempts", theme.Num)
	}
	for _, name := range sortedNames(s.Other) {
		n := s.Other[name]
		add(&n, term.Clean(name), theme.Num)
	}
	if s.State != "" && s.State != "active" {
		parts = append(parts, th.Paint(theme.Warn, "status "+term.Clean(s.State)))
	}
	if !s.Start.IsZero() {
		parts = append(parts, th.Paint(theme.Faint, "since "+clock(s.Start)))
	}
	return parts
}

func sortedNames(counters map[string]int64) []string {
	names := make([]string, 0, len(counters))
	for name := range counters {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// folded is one error of the last ones, and how often it came.
type folded struct {
	message string
	times   int
	newest  time.Time
}

func fold(errs []aidbox.StatusError) []folded {
	var out []folded
	for _, e := range errs {
		i := slices.IndexFunc(out, func(f folded) bool { return f.message == e.Message })
		if i < 0 {
			out = append(out, folded{e.Message, 1, e.Time})
			continue
		}
		out[i].times++
		if e.Time.After(out[i].newest) {
			out[i].newest = e.Time
		}
	}
	return out
}

// errorLines are the last errors, each once. They are quiet when something was
// delivered after them.
func (m *Model) errorLines(d aidbox.Destination, s data.Status, w int) []string {
	th := m.Theme
	if len(s.Status.LastErrors) == 0 {
		text := "no errors"
		if q := s.Status.Queued; q != nil && *q > 0 {
			text = "no errors so far; an attempt that nobody answers takes some seconds to fail"
		}
		return widget.Paragraph(th, theme.Faint, text, w)
	}
	h := m.history(d.ID)
	role, label := theme.Bad, "last errors"
	var lines []string
	if h.recovered {
		role = theme.Faint
		value := "nothing waits any more"
		if age := m.age(h.since); age != "" {
			value = "recovered " + age + " ago"
		}
		lines = append(lines, widget.Label(th, label, th.Paint(theme.OK, value), w)...)
		label = ""
	}
	errs := fold(s.Status.LastErrors)
	ages, times := make([]string, len(errs)), make([]string, len(errs))
	ageWidth, timesWidth := 0, 0
	for i, e := range errs {
		if age := m.age(e.newest); age != "" {
			ages[i] = age + " ago"
		}
		if e.times > 1 {
			times[i] = cross() + widget.Count(int64(e.times))
		}
		ageWidth, timesWidth = max(ageWidth, term.Width(ages[i])), max(timesWidth, term.Width(times[i]))
	}
	for i, e := range errs {
		value := ""
		if timesWidth > 0 {
			value += th.Paint(theme.Faint, term.FitRight(times[i], timesWidth)) + "  "
		}
		if ageWidth > 0 {
			value += th.Paint(theme.Faint, term.FitRight(ages[i], ageWidth)) + "  "
		}
		lines = append(lines, widget.Label(th, label, value+th.Paint(role, term.Clean(m.failed(d, e.message))), w)...)
		label = ""
	}
	return lines
}

func cross() string {
	if term.Narrow() {
		return "×"
	}
	return "x"
}
