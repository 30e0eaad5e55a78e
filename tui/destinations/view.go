package destinations

import (
	"slices"
	"strings"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats/shell"
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

// DetailLines tell what is wrong, how the destination fares, and what it does.
func (m *Model) DetailLines(w int) []string {
	d, ok := m.Selected()
	if !ok {
		return m.nothing(w)
	}
	th := m.Theme
	lines := []string{""}
	lines = append(lines, m.warnings(d, w)...)
	lines = append(lines, m.statusLines(d, w)...)
	lines = append(lines, "")
	lines = append(lines, widget.Paragraph(th, theme.Text, sentence(d), w)...)
	lines = append(lines, "")
	label := func(name, value string) { lines = append(lines, widget.Label(th, name, value, w)...) }
	if !d.IsNATS() || !d.Active() {
		label("kind", th.Paint(theme.Text, term.Clean(d.Kind))+status(th, d))
	}
	label("topic", m.topicValue(d))
	if d.IsNATS() {
		label("subject", m.subjectValue(d))
		label("server", m.serverValue(d))
		if user := userValue(th, d); user != "" {
			label("user", user)
		}
	}
	label("content", th.Paint(theme.Text, term.Clean(content(d))))
	for i, p := range others(d) {
		name := ""
		if i == 0 {
			name = "parameters"
		}
		label(name, th.Paint(theme.Faint, term.Clean(p.Name)+" ")+th.Paint(theme.Text, term.Clean(parameterValue(p))))
	}
	if value := m.profileValue(d); value != "" {
		label("profile", value)
	}
	lines = append(lines, "", " "+th.Paint(theme.Faint, "as Aidbox holds it"))
	for _, l := range widget.JSON(th, d.Masked().Raw) {
		lines = append(lines, " "+l)
	}
	return lines
}

// warnings come before everything else.
func (m *Model) warnings(d aidbox.Destination, w int) []string {
	th := m.Theme
	var lines []string
	say := func(role theme.Role, text string) {
		lines = append(lines, widget.Paragraph(th, role, text, w)...)
	}
	if t := m.trouble(d); t.text != "" {
		sign := "! "
		if t.role == theme.Bad {
			sign = "✗ "
		}
		say(t.role, sign+t.text)
		if t.todo != "" {
			say(theme.Text, strings.Join(shell.Fold(t.todo, w-2, term.Width), "\n"))
		}
		lines = append(lines, "")
	}
	if m.unsent != nil {
		say(theme.Bad, "✗ "+m.unsent.ID+" was deleted and could not be created again. E opens the form with its values.")
		lines = append(lines, "")
	}
	return lines
}

func (m *Model) nothing(w int) []string {
	th := m.Theme
	var lines []string
	if m.unsent != nil {
		lines = append([]string{""}, widget.Paragraph(th, theme.Bad, "✗ "+m.unsent.ID+" was deleted and could not be created again. E opens the form with its values.", w)...)
	}
	switch {
	case m.Failure() != "":
		return append(lines, m.FailureLines(w)...)
	case !m.Known():
		return lines
	case m.Len() > 0:
		return append(append(lines, ""), widget.Paragraph(th, theme.Faint, "No destination matches the filter. esc takes it away.", w)...)
	}
	text := "A destination tells Aidbox where the events of a topic go:\n\n" +
		"core NATS   sent once, to whoever listens at that moment\n" +
		"JetStream   sent until a stream has stored it\n\nn creates one."
	if m.topicsKnown && len(m.topics) == 0 {
		text += " It needs a topic first: 1 then n."
	}
	return append(append(lines, ""), widget.Paragraph(th, theme.Faint, text, w)...)
}

// sentence says what the destination does.
func sentence(d aidbox.Destination) string {
	switch {
	case d.IsJetStream():
		return "Sends each event of " + d.Topic + " to " + d.Subject() + " until JetStream acknowledges that it is stored."
	case d.IsNATS():
		return "Sends each event of " + d.Topic + " once to " + d.Subject() + " over core NATS: who does not listen at that moment never gets it."
	}
	return "Sends the events of " + d.Topic + " elsewhere than to NATS. It is shown and can be deleted here, but neither made nor replaced."
}

func status(th theme.Theme, d aidbox.Destination) string {
	if d.Active() {
		return th.Paint(theme.Faint, "   active")
	}
	return th.Paint(theme.Warn, "   "+term.Clean(d.Status))
}

func (m *Model) topicValue(d aidbox.Destination) string {
	th := m.Theme
	topics := m.topicsOf(d)
	if len(topics) == 0 {
		if builtIn(d.Topic) || !m.topicsKnown || !d.IsNATS() {
			return th.Paint(theme.Text, term.Clean(d.Topic))
		}
		return th.Paint(theme.Bad, term.Clean(d.Topic))
	}
	value := th.Paint(theme.Text, term.Clean(d.Topic))
	if len(topics) > 1 {
		value += th.Paint(theme.Warn, "  "+widget.Count(int64(len(topics)))+" topics have this url")
	}
	for _, t := range topics {
		for _, g := range t.Triggers {
			interactions := g.Interactions
			if len(interactions) == 0 {
				interactions = []string{"create", "update", "delete"}
			}
			value += th.Paint(theme.Faint, " "+arrow()+" ") + th.Paint(theme.Text, term.Clean(g.Resource)) +
				th.Paint(theme.Faint, " "+term.Clean(strings.Join(interactions, " ")))
			if g.Criteria != "" {
				role := theme.OK
				if wrong, _ := m.criteria.Of(g); wrong != nil {
					role = theme.Bad
				}
				value += "  " + th.Paint(role, term.Clean(g.Criteria))
			}
		}
	}
	return value
}

func arrow() string {
	if term.Narrow() {
		return "→"
	}
	return "->"
}

// subjectValue says beside the subject who takes it, as far as is known here.
func (m *Model) subjectValue(d aidbox.Destination) string {
	th := m.Theme
	value := th.Paint(theme.Accent, term.Clean(d.Subject()))
	taking, known := m.taking(d)
	switch {
	case len(taking) > 0:
		value += th.Paint(theme.Faint, "   stored by "+term.Clean(streamNames(taking)))
	case known && d.IsJetStream():
		value += th.Paint(theme.Warn, "   no stream takes it")
	case known:
		value += th.Paint(theme.Faint, "   no stream stores it")
	}
	switch listens := m.listens(d.Subject()); {
	case !m.ours(d) || m.o.Listening == nil:
	case len(listens) > 0:
		value += th.Paint(theme.Faint, "   this console listens on "+term.Clean(strings.Join(listens, ", ")))
	case !d.IsJetStream():
		value += th.Paint(theme.Faint, "   this console does not listen on it")
	}
	return value
}

// serverValue is the address as Aidbox sees it, which may carry a password,
// and as it is reached from here.
func (m *Model) serverValue(d aidbox.Destination) string {
	th := m.Theme
	value := th.Paint(theme.Text, term.Clean(d.Masked().ServerURL()))
	if here := m.fromHere(d); here != "" {
		return value + th.Paint(theme.Faint, "   "+term.Clean(here)+" from here")
	}
	switch {
	case m.maybeOurs(d):
		value += th.Paint(theme.Faint, "   this console's NATS, if Aidbox runs on this machine; --nats-url-for-aidbox tells it")
	case !m.ours(d) && m.o.URLForAidbox != "":
		value += th.Paint(theme.Warn, "   another NATS than this console's")
	}
	if !m.o.Sandbox && slices.ContainsFunc(hosts(d.ServerURL()), loopback) {
		value += th.Paint(theme.Faint, "   in a container that is the container itself")
	}
	return value
}

func userValue(th theme.Theme, d aidbox.Destination) string {
	switch {
	case d.Param("credentialsFilePath") != "":
		return th.Paint(theme.Text, term.Clean(d.Param("credentialsFilePath"))) + th.Paint(theme.Faint, "   a path where Aidbox runs")
	case d.Param("username") != "":
		return th.Paint(theme.Text, term.Clean(d.Param("username")))
	}
	return ""
}

// others are the parameters that no label of their own tells of.
func others(d aidbox.Destination) []aidbox.Parameter {
	var out []aidbox.Parameter
	for _, p := range d.Masked().Parameters {
		if d.IsNATS() && (slices.Contains([]string{"url", "subject", "username", "credentialsFilePath"}, p.Name) || p.Name == "sslContext" && p.Value == "none") {
			continue
		}
		out = append(out, p)
	}
	return out
}

func parameterValue(p aidbox.Parameter) string {
	if p.Value == "" && p.Reference != "" {
		return "from the secret " + p.Reference
	}
	return p.Value
}

// profileValue speaks of a profile only where it is not what the server's
// version asks for.
func (m *Model) profileValue(d aidbox.Destination) string {
	if !d.IsNATS() || m.version == 0 || d.Profile == aidbox.ProfileURL(d.Kind, m.version) || d.Profile == "" && aidbox.ProfileOptional(m.version) {
		return ""
	}
	profile := d.Profile
	if profile == "" {
		profile = "none"
	}
	return m.Theme.Paint(theme.Text, term.Clean(profile)) + m.Theme.Paint(theme.Faint, "   not the one that this version of Aidbox asks for")
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
