package topics

import (
	"strings"

	"aidbox-nats/aidbox"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// DetailTitle names the selected topic.
func (m *Model) DetailTitle() widget.Title {
	t, ok := m.Selected()
	if !ok {
		return widget.Title{Text: "Topic"}
	}
	return widget.Title{Text: "Topic " + term.Clean(t.URL), Right: term.Clean(t.Status), Bad: !t.Active()}
}

// DetailLines tell what the topic does.
func (m *Model) DetailLines(w int) []string {
	t, ok := m.Selected()
	if !ok {
		return m.welcome(w)
	}
	th := m.Theme
	lines := []string{""}
	if !t.Active() {
		lines = append(lines, widget.Paragraph(th, theme.Warn, "! Status "+t.Status+": only an active topic fires.", w)...)
		lines = append(lines, "")
	}
	if len(t.Triggers) == 0 {
		lines = append(lines, widget.Paragraph(th, theme.Warn, "! No trigger: this topic never fires.", w)...)
	}
	for i, g := range t.Triggers {
		label := ""
		if i == 0 {
			label = "fires on"
		}
		lines = append(lines, widget.Label(th, label, trigger(th, g), w)...)
	}
	if t.Title != "" {
		lines = append(lines, widget.Label(th, "title", th.Paint(theme.Text, term.Clean(t.Title)), w)...)
	}
	if t.Description != "" {
		lines = append(lines, widget.Label(th, "description", term.Clean(t.Description), w)...)
	}
	lines = append(lines, widget.Label(th, "id", th.Paint(theme.Faint, term.Clean(t.ID)+"  version "+term.Clean(t.VersionID)), w)...)
	lines = append(lines, "")
	lines = append(lines, m.destinationLines(t, w)...)
	lines = append(lines, "", " "+th.Paint(theme.Faint, "as Aidbox holds it"))
	for _, l := range widget.JSON(th, t.Raw) {
		lines = append(lines, " "+l)
	}
	return lines
}

// trigger says when a trigger fires, in one line.
func trigger(th theme.Theme, g aidbox.Trigger) string {
	interactions := g.Interactions
	if len(interactions) == 0 {
		interactions = []string{"create", "update", "delete"}
	}
	when := th.Paint(theme.Faint, "any "+term.Clean(g.Resource))
	if g.Criteria != "" {
		when = th.Paint(theme.OK, term.Clean(g.Criteria))
	}
	return th.Paint(theme.Strong, term.Clean(g.Resource)) + "  " +
		th.Paint(theme.Faint, term.Clean(strings.Join(interactions, " "))) + "  " + when
}

func (m *Model) destinationLines(t aidbox.Topic, w int) []string {
	th := m.Theme
	dependents := m.dependents(t)
	if len(dependents) == 0 {
		return widget.Paragraph(th, theme.Warn, "! No destination: events of this topic go nowhere. 2 then n creates one.", w)
	}
	var lines []string
	for i, d := range dependents {
		label := ""
		if i == 0 {
			label = "goes to"
		}
		value := th.Paint(theme.Text, term.Clean(d.ID)) + th.Paint(theme.Faint, "  "+term.Clean(d.Kind)) + " → " +
			th.Paint(theme.Accent, term.Clean(d.Subject()))
		lines = append(lines, widget.Label(th, label, value, w)...)
	}
	return lines
}

// welcome stands where nothing is yet: the way from here to a first message.
func (m *Model) welcome(w int) []string {
	th := m.Theme
	if m.Failure() != "" {
		return m.FailureLines(w)
	}
	if !m.Known() {
		return nil
	}
	if m.Len() > 0 {
		return widget.Paragraph(th, theme.Faint, "No topic matches the filter.", w)
	}
	lines := append([]string{""}, widget.Paragraph(th, theme.Strong, "From a change in Aidbox to a message on NATS, in five steps", w)...)
	lines = append(lines, "")
	for i, step := range []struct{ keys, does, why string }{
		{"s", "subscribe to a subject, say foo", "what arrives on it is seen below"},
		{"1 n", "create a topic", "which changes count: Patient, if name.exists()"},
		{"2 n", "create a destination", "where they are sent: core NATS, subject foo"},
		{"c", "create a patient", "the change"},
		{"w", "see every request", "and what came back"},
	} {
		number := string(rune('1' + i))
		line := " " + th.Paint(theme.Faint, number) + "  " + th.Paint(theme.Key, term.Fit(step.keys, 5)) +
			th.Paint(theme.Text, term.Fit(step.does, 33)) + "  " + th.Paint(theme.Faint, step.why)
		lines = append(lines, term.Cut(line, w))
	}
	return append(append(lines, ""), widget.Paragraph(th, theme.Faint, "? lists every key that works here.", w)...)
}
