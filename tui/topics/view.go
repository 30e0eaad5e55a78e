package topics

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"aidbox-nats/aidbox"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// name is the url, told apart from another topic's that is the same.
func (m *Model) name(t aidbox.Topic) string {
	if len(m.twins(t)) > 0 {
		return t.URL + " " + shortID(t.ID)
	}
	return t.URL
}

func topicRole(t aidbox.Topic) theme.Role {
	if t.Active() {
		return theme.Text
	}
	return theme.Faint
}

// markCell warns of what cannot be meant.
func (m *Model) markCell(t aidbox.Topic) widget.Cell {
	switch {
	case m.criteria.Fault(t) != nil:
		return widget.Cell{Text: "!", Role: theme.Bad}
	case len(m.twins(t)) > 0, t.Active() && len(t.Triggers) == 0, !t.Active() && len(m.dependents(t.URL)) > 0:
		return widget.Cell{Text: "!", Role: theme.Warn}
	}
	return widget.Cell{}
}

// watchCell names the types, or what is wrong.
func (m *Model) watchCell(t aidbox.Topic) widget.Cell {
	switch {
	case len(m.twins(t)) > 0:
		return widget.Cell{Text: "same url twice", Role: theme.Warn}
	case !t.Active():
		return widget.Cell{Text: statusText(t), Role: theme.Warn}
	case len(t.Triggers) == 0:
		return widget.Cell{Text: "no trigger", Role: theme.Warn}
	case m.criteria.Fault(t) != nil:
		return widget.Cell{Text: "bad criterion", Role: theme.Bad}
	}
	return widget.Cell{Text: watches(t), Role: theme.Faint}
}

func statusText(t aidbox.Topic) string {
	if t.Status == "" {
		return "no status"
	}
	return t.Status
}

func (m *Model) destinationCell(t aidbox.Topic) widget.Cell {
	n := len(m.dependents(t.URL))
	switch {
	case !m.destKnown:
		return widget.Cell{Text: term.Ellipsis(), Role: theme.Faint}
	case n == 0:
		return widget.Cell{Text: "no dest.", Role: theme.Faint}
	case !t.Active():
		return widget.Cell{Text: number(n), Unit: " dest.", Role: theme.Faint}
	}
	return widget.Cell{Text: number(n), Unit: " dest.", Role: theme.Num}
}

// DetailTitle names the selected topic.
func (m *Model) DetailTitle() widget.Title {
	t, ok := m.Selected()
	if !ok {
		return widget.Title{Text: "Topic"}
	}
	title := widget.Title{Text: "Topic " + term.Clean(t.URL)}
	if !t.Active() {
		title.Right, title.Bad = term.Clean(statusText(t)), true
	}
	return title
}

// DetailLines tell what the topic does: first what is wrong with it, then when
// it fires, where it goes, and when it did.
func (m *Model) DetailLines(w int) []string {
	t, ok := m.Selected()
	if !ok {
		return m.welcome(w)
	}
	th := m.Theme
	lines := append([]string{""}, m.troubles(t, w)...)
	if len(t.Triggers) > 0 {
		lines = append(lines, m.triggerLines(t, w)...)
		lines = append(lines, "")
	}
	lines = append(lines, m.destinationLines(t, w)...)
	lines = append(lines, "")
	label, value := m.lastFired(t)
	lines = append(lines, widget.Label(th, label, value, w)...)
	lines = append(lines, "")
	if t.Title != "" {
		lines = append(lines, widget.Label(th, "title", th.Paint(theme.Text, term.Clean(t.Title)), w)...)
	}
	if t.Description != "" {
		lines = append(lines, widget.Label(th, "description", term.Clean(t.Description), w)...)
	}
	id := th.Paint(theme.Text, term.Clean(t.ID)) + th.Paint(theme.Faint, changed(t, m.now))
	lines = append(lines, widget.Label(th, "id", id, w)...)
	lines = append(lines, "", " "+th.Paint(theme.Faint, "as Aidbox holds it"))
	for _, l := range widget.JSON(th, m.mask.JSON(t.Raw)) {
		lines = append(lines, " "+l)
	}
	return lines
}

func changed(t aidbox.Topic, now time.Time) string {
	if t.LastUpdated.IsZero() {
		return ""
	}
	return "   changed " + widget.Age(now.Sub(t.LastUpdated)) + " ago"
}

// troubles are why the topic does not do what a person would think.
func (m *Model) troubles(t aidbox.Topic, w int) []string {
	var out []string
	say := func(text string) {
		out = append(out, widget.Paragraph(m.Theme, theme.Warn, "! "+text, w)...)
		out = append(out, "")
	}
	if twins := m.twins(t); len(twins) > 0 {
		ids := []string{shortID(t.ID)}
		for _, o := range twins {
			ids = append(ids, shortID(o.ID))
		}
		slices.Sort(ids[1:])
		say(fmt.Sprintf("same url twice: %s are all called %s. A destination names a url, so it cannot say which one is meant. This is %s; d deletes it.",
			join(ids[:min(len(ids), 5)], "and"), t.URL, shortID(t.ID)))
	}
	switch {
	case t.Status == "":
		say("No status: only an active topic fires. e changes it.")
	case t.Status == "draft":
		say("Status draft: it is written, but does not fire. Only an active topic does; e changes it.")
	case !t.Active():
		say("Status " + t.Status + ": it does not fire. Only an active topic does; e changes it.")
	}
	if len(t.Triggers) == 0 {
		say("No trigger: this topic never fires. e adds one.")
	}
	for _, s := range m.faultsOf(t) {
		out = append(out, widget.Paragraph(m.Theme, theme.Bad, "✗ "+s, w)...)
		out = append(out, "")
	}
	return out
}

// criterionMost bounds a criterion in the words of a trigger, in cells. All of
// it stands below, as Aidbox holds it.
const criterionMost = 400

// triggerLines tell in words when the topic fires.
func (m *Model) triggerLines(t aidbox.Topic, w int) []string {
	th := m.Theme
	var out []string
	for i, g := range t.Triggers {
		label, lead := "fires when", ""
		if i > 0 {
			label, lead = "or when", ""
		}
		value := th.Paint(theme.Text, lead+term.Clean(fires(g)))
		if g.Criteria == "" {
			value += th.Paint(theme.Faint, ", whatever it holds")
		} else {
			role := theme.OK
			if wrong, _ := m.criteria.Of(g); wrong != nil {
				role = theme.Bad
			}
			value += th.Paint(theme.Text, ", if ") + th.Paint(role, term.Cut(term.Clean(inLine(g.Criteria)), criterionMost))
		}
		out = append(out, widget.Label(th, label, value, w)...)
		if g.Description != "" {
			out = append(out, widget.Label(th, "", th.Paint(theme.Faint, term.Clean(inLine(g.Description))), w)...)
		}
		if m.r4 != nil && !m.r4.IsResource(g.Resource) {
			out = append(out, widget.Label(th, "", th.Paint(theme.Warn, "! R4 has no resource type "+term.Clean(g.Resource)), w)...)
		}
	}
	return out
}

// destinationLines tell where events go, and how that goes.
func (m *Model) destinationLines(t aidbox.Topic, w int) []string {
	th := m.Theme
	all := m.dependents(t.URL)
	switch {
	case !m.destKnown:
		return widget.Label(th, "goes to", th.Paint(theme.Faint, "not read yet"), w)
	case len(all) == 0:
		return widget.Label(th, "goes to", th.Paint(theme.Warn, "! nowhere: no destination names "+term.Clean(t.URL)+". 2 n creates one."), w)
	}
	ids, subjects := 0, 0
	for _, d := range all {
		ids = max(ids, min(term.Width(term.Clean(d.ID)), 20))
		subjects = max(subjects, min(term.Width(term.Clean(where(d))), 28))
	}
	var out []string
	for i, d := range all {
		label := ""
		if i == 0 {
			label = "goes to"
		}
		kind, role := short(d)
		value := th.Paint(theme.Text, term.Fit(term.Middle(term.Clean(d.ID), ids), ids)) + "  " + th.Paint(role, term.Fit(kind, 9)) + " → " +
			th.Paint(theme.Text, term.Fit(term.Middle(term.Clean(where(d)), subjects), subjects)) + "  " + m.state(d)
		out = append(out, widget.Label(th, label, strings.TrimRight(value, " "), w)...)
	}
	return out
}

// where is what a destination sends to.
func where(d aidbox.Destination) string {
	if s := d.Subject(); s != "" {
		return s
	}
	return d.Kind
}

func short(d aidbox.Destination) (string, theme.Role) {
	switch d.Kind {
	case aidbox.KindCoreBestEffort:
		return "core NATS", theme.Core
	case aidbox.KindJetStreamAtLeastOnce:
		return "JetStream", theme.JS
	}
	return "elsewhere", theme.Faint
}

// state is how a destination is, in a few words.
func (m *Model) state(d aidbox.Destination) string {
	th := m.Theme
	s, known := m.statuses[d.ID]
	switch {
	case !known:
		return ""
	case errors.Is(s.Err, aidbox.ErrNoSender):
		return th.Paint(theme.Bad, "✗ no sender")
	case errors.Is(s.Err, aidbox.ErrForbidden):
		return th.Paint(theme.Faint, "no right to read its counters")
	case s.Err != nil:
		return th.Paint(theme.Warn, "! not read")
	}
	var words []string
	add := func(n *int64, word string, role theme.Role, zero bool) {
		if n != nil && (*n > 0 || zero) {
			words = append(words, th.Paint(role, widget.Count(*n))+th.Paint(theme.Faint, " "+word))
		}
	}
	add(s.Status.Delivered, "delivered", theme.Num, true)
	add(s.Status.Queued, "waiting", theme.Warn, false)
	add(s.Status.Lost, "lost", theme.Bad, false)
	return strings.Join(words, th.Paint(theme.Faint, ", "))
}

// lastSeen is when a notification of the topic passed by here: "4 s ago". Empty:
// never.
func (m *Model) lastSeen(t aidbox.Topic) string {
	s, ok := m.seen[t.URL]
	if !ok {
		return ""
	}
	return widget.Age(m.now.Sub(s.At)) + " ago"
}

// lastFired tells what is known of it: a topic may fire without being seen.
func (m *Model) lastFired(t aidbox.Topic) (label, value string) {
	th := m.Theme
	s, ok := m.seen[t.URL]
	if !ok {
		return "last fired", th.Paint(theme.Faint, "not seen since the console started; it sees what arrives on its subscriptions (s)")
	}
	value = th.Paint(theme.Text, m.lastSeen(t))
	if s.Focus != "" {
		value += th.Paint(theme.Text, ": "+term.Clean(s.Focus))
	}
	if s.Destination != "" {
		value += th.Paint(theme.Faint, "  through "+term.Clean(s.Destination))
	}
	return "last seen here", value
}

// doesWidth is the place of what a step does.
const doesWidth = 31

// View shows the way to a first message where the list is empty and has the
// screen to itself.
func (m *Model) View() string {
	if m.Known() && m.Failure() == "" && m.Len() == 0 && m.Filter() == "" && m.W >= welcomeWidth {
		return strings.Join(append(widget.Paragraph(m.Theme, theme.Faint, empty, m.W), m.welcome(m.W)...), "\n")
	}
	return m.List.View()
}

// welcomeWidth is what the steps need, in cells. A list beside its detail is
// less wide.
const welcomeWidth = 56

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
			th.Paint(theme.Text, term.Fit(step.does, doesWidth)) + "  "
		for j, part := range term.Wrap(step.why, max(w-term.Width(line)-1, 12)) {
			if j > 0 {
				line = term.Pad(term.Width(line))
			}
			lines = append(lines, line+th.Paint(theme.Faint, part))
		}
	}
	lines = append(append(lines, ""), widget.Paragraph(th, theme.Faint,
		"That is best effort: who does not listen misses it. At least once goes through a stream: 3 n makes one, 2 n a JetStream destination.", w)...)
	return append(lines, widget.Paragraph(th, theme.Faint, "? lists every key that works here.", w)...)
}
