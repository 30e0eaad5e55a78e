package destinations

import (
	"errors"
	"net/url"
	"strings"

	"aidbox-nats/aidbox"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// DetailTitle names the selected destination.
func (m *Model) DetailTitle() widget.Title {
	d, ok := m.Selected()
	if !ok {
		return widget.Title{Text: "Destination"}
	}
	return widget.Title{Text: "Destination " + term.Clean(d.ID), Right: m.Theme.Paint(theme.Faint, term.Clean(d.Kind))}
}

// DetailLines tell what the destination does, and how it fares.
func (m *Model) DetailLines(w int) []string {
	d, ok := m.Selected()
	if !ok {
		return m.nothing(w)
	}
	th := m.Theme
	lines := []string{""}
	if t := m.trouble(d); t != "" {
		lines = append(lines, widget.Paragraph(th, theme.Bad, "✗ "+t, w)...)
		lines = append(lines, "")
	}
	if d.IsNATS() {
		lines = append(lines, widget.Paragraph(th, theme.Text, m.sentence(d), w)...)
		lines = append(lines, "")
	}
	label := func(name, value string) { lines = append(lines, widget.Label(th, name, value, w)...) }
	label("topic", m.topicValue(d))
	if d.IsNATS() {
		label("subject", th.Paint(theme.Accent, term.Clean(d.Subject())))
		label("server", m.server(d))
		label("user", th.Paint(theme.Text, term.Clean(user(d))))
	}
	label("content", th.Paint(theme.Text, term.Clean(content(d))))
	lines = append(lines, "")
	lines = append(lines, m.statusLines(d, w)...)
	lines = append(lines, "", " "+th.Paint(theme.Faint, "as Aidbox holds it"))
	for _, l := range widget.JSON(th, d.Masked().Raw) {
		lines = append(lines, " "+l)
	}
	return lines
}

func (m *Model) nothing(w int) []string {
	th := m.Theme
	switch {
	case m.Failure() != "":
		return m.FailureLines(w)
	case !m.Known():
		return nil
	case m.Len() > 0:
		return widget.Paragraph(th, theme.Faint, "No destination matches the filter.", w)
	}
	return append([]string{""}, widget.Paragraph(th, theme.Faint,
		"A destination tells Aidbox where the events of a topic go: core NATS, sent once to whoever listens at that moment, or JetStream, sent until it is stored.\n\nn creates one.", w)...)
}

// sentence says what the destination does.
func (m *Model) sentence(d aidbox.Destination) string {
	subject := d.Subject()
	if d.Kind == aidbox.KindCoreBestEffort {
		return "Sends each event of " + d.Topic + " once to " + subject + ": who does not listen at that moment never gets it."
	}
	return "Sends each event of " + d.Topic + " to " + subject + " until JetStream acknowledges that it is stored."
}

func (m *Model) topicValue(d aidbox.Destination) string {
	th := m.Theme
	t, ok := m.topicOf(d)
	if !ok {
		return th.Paint(theme.Bad, term.Clean(d.Topic))
	}
	value := th.Paint(theme.Text, term.Clean(t.URL))
	for _, g := range t.Triggers {
		value += th.Paint(theme.Faint, " → ") + th.Paint(theme.Text, term.Clean(g.Resource))
		if g.Criteria != "" {
			value += "  " + th.Paint(theme.OK, term.Clean(g.Criteria))
		}
	}
	return value
}

// server names the address as Aidbox sees it. It may carry a password.
func (m *Model) server(d aidbox.Destination) string {
	th := m.Theme
	address := d.Masked().ServerURL()
	value := th.Paint(theme.Text, term.Clean(address))
	if u, err := url.Parse(address); err == nil && (u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1") {
		value += th.Paint(theme.Faint, "  (in a container that is the container itself)")
	}
	return value
}

func user(d aidbox.Destination) string {
	switch {
	case d.Param("credentialsFilePath") != "":
		return d.Param("credentialsFilePath") + " (a path where Aidbox runs)"
	case d.Param("username") != "":
		return d.Param("username")
	}
	return "none"
}

func content(d aidbox.Destination) string {
	c := d.Content
	if c == "" {
		c = aidbox.ContentFullResource
	}
	var with []string
	for _, f := range []struct {
		on   *bool
		name string
	}{{d.IncludeEntryAction, "action"}, {d.IncludeVersionID, "version"}, {d.IncludeVersionIDInFocusReference, "version in the focus"}} {
		if f.on != nil && *f.on {
			with = append(with, f.name)
		}
	}
	if len(with) > 0 {
		c += " + " + strings.Join(with, ", ")
	}
	return c
}

// statusLines tell the counters, or in words why there are none.
func (m *Model) statusLines(d aidbox.Destination, w int) []string {
	th := m.Theme
	s, known := m.statuses[d.ID]
	switch {
	case !known:
		return widget.Paragraph(th, theme.Faint, "Counters have not been read yet.", w)
	case errors.Is(s.Err, aidbox.ErrForbidden):
		return widget.Paragraph(th, theme.Warn, "! No right to read the counters. Nothing is broken: an access policy can allow the operation topic-destination-status.", w)
	case errors.Is(s.Err, aidbox.ErrNoSender):
		return widget.Paragraph(th, theme.Bad, "No sender: the topic does not exist, its criterion does not compile, or the broker could not be reached, or refused the user, when the sender started.", w)
	case s.Err != nil:
		return widget.Paragraph(th, theme.Warn, "! "+s.Err.Error(), w)
	}
	lines := []string{term.Cut(" "+m.counters(s), w)}
	return append(lines, m.errorLines(s, w)...)
}

func (m *Model) counters(s data.Status) string {
	th := m.Theme
	var parts []string
	add := func(n *int64, words string, bad bool) {
		if n == nil {
			return
		}
		role := theme.Num
		if bad && *n > 0 {
			role = theme.Bad
		}
		parts = append(parts, th.Paint(role, widget.Count(*n))+th.Paint(theme.Faint, " "+words))
	}
	st := s.Status
	add(st.Delivered, "delivered", false)
	add(st.InProcess, "in process", false)
	add(st.Queued, "queued", len(st.LastErrors) > 0)
	add(st.Lost, "lost", true)
	// Some kinds count all attempts here: only beside an error do they mean failures.
	if len(st.LastErrors) > 0 {
		add(st.Attempts, "attempts", true)
	} else {
		add(st.Attempts, "attempts", false)
	}
	if !st.Start.IsZero() {
		parts = append(parts, th.Paint(theme.Faint, "since "+st.Start.Local().Format("15:04:05")))
	}
	return strings.Join(parts, "   ")
}

func (m *Model) errorLines(s data.Status, w int) []string {
	th := m.Theme
	if len(s.Status.LastErrors) == 0 {
		return widget.Paragraph(th, theme.Faint, "no errors", w)
	}
	var lines []string
	for i, e := range s.Status.LastErrors {
		label := ""
		if i == 0 {
			label = "last errors"
		}
		age := ""
		if !e.Time.IsZero() && !m.now.IsZero() {
			age = widget.Age(m.now.Sub(e.Time)) + " ago  "
		}
		lines = append(lines, widget.Label(th, label, th.Paint(theme.Faint, age)+th.Paint(theme.Bad, term.Clean(e.Message)), w)...)
	}
	return lines
}
