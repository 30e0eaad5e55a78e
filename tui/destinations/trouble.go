package destinations

import (
	"errors"
	"slices"
	"strings"
	"time"

	"aidbox-nats/aidbox"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// trouble is what is wrong with a destination, as far as the answers of both
// servers tell. The role says how much: what does not work now is bad, what
// did not work or may not work is to be looked at. The zero value is none.
type trouble struct {
	role theme.Role
	// text is one sentence, todo the command that mends it, if there is one.
	text, todo string
}

// young is how long a new destination may be without a sender: another process
// of Aidbox may just have made it.
const young = time.Minute

// suspected says that Aidbox named no sender, but was not asked once more a second
// later.
func (m *Model) suspected(d aidbox.Destination) bool {
	a := m.noSender[d.ID]
	return errors.Is(m.statuses[d.ID].Err, aidbox.ErrNoSender) && a.until.Sub(a.since) < time.Second &&
		(d.LastUpdated.IsZero() || m.now.IsZero() || m.now.Sub(d.LastUpdated) < young)
}

func (m *Model) trouble(d aidbox.Destination) trouble {
	if t := m.ownTrouble(d); t.text != "" {
		return t
	}
	s, known := m.statuses[d.ID]
	switch {
	case known && errors.Is(s.Err, aidbox.ErrNoSender):
		if m.suspected(d) {
			return trouble{}
		}
		return m.noSenderTrouble(d)
	case known && s.Err == nil && s.Status.Lost != nil && *s.Status.Lost > 0:
		return m.lost(d, s.Status)
	}
	if d.IsJetStream() {
		if t := m.unstored(d); t.text != "" {
			return t
		}
	}
	if !known || s.Err != nil || len(s.Status.LastErrors) == 0 || m.history(d.ID).recovered {
		return trouble{}
	}
	failure := m.failure(d, s.Status)
	if q := s.Status.Queued; q != nil && *q > 0 {
		return trouble{theme.Bad, waits(*q) + failure, ""}
	}
	return trouble{theme.Warn, "The last delivery failed" + failure, ""}
}

// ownTrouble is what the destination and its topic say already.
func (m *Model) ownTrouble(d aidbox.Destination) trouble {
	if !d.Active() {
		return trouble{theme.Warn, "Status " + d.Status + ": only an active destination sends.", ""}
	}
	if !m.topicsKnown || !d.IsNATS() || builtIn(d.Topic) {
		return trouble{}
	}
	topics := m.topicsOf(d)
	if len(topics) == 0 {
		text := "Topic \"" + d.Topic + "\" does not exist: nothing is sent."
		if near := m.nearTopic(d.Topic); near != "" {
			text += " Is \"" + near + "\" meant? It must be the same to the character."
		}
		return trouble{theme.Bad, text, ""}
	}
	if !slices.ContainsFunc(topics, aidbox.Topic.Active) {
		return trouble{theme.Warn, "Topic " + d.Topic + " has status " + topics[0].Status + ": only an active topic fires.", ""}
	}
	return trouble{}
}

// noSenderTrouble says what brings a sender back. Making the destination anew
// is in vain as long as the criterion cannot be read.
func (m *Model) noSenderTrouble(d aidbox.Destination) trouble {
	if fault := m.fault(d); fault != nil {
		return trouble{theme.Bad, "Aidbox has no sender for it, and nothing is sent. Topic " + d.Topic + ": " + fault.Error() + ". Mend that first: 1, then e; then e here makes the destination anew.", ""}
	}
	return trouble{theme.Bad, "Aidbox has no sender for it: nothing is sent until it is deleted and created again. e does both.", ""}
}

// fault is why a criterion of the destination's topic cannot be read.
func (m *Model) fault(d aidbox.Destination) error {
	for _, t := range m.topicsOf(d) {
		if fault := m.criteria.Fault(t); fault != nil {
			return fault
		}
	}
	return nil
}

// builtIn: a topic that the server brings along stands in no list.
func builtIn(url string) bool { return strings.HasPrefix(url, "http://health-samurai.io/") }

// nearTopic is a topic whose url differs only in letter case, blanks, or a
// version behind it.
func (m *Model) nearTopic(url string) string {
	plain := func(s string) string {
		s, _, _ = strings.Cut(s, "|")
		return strings.ToLower(strings.TrimSpace(s))
	}
	for _, t := range m.topics {
		if plain(t.URL) == plain(url) {
			return t.URL
		}
	}
	return ""
}

// lost tells of what was sent once and did not arrive.
func (m *Model) lost(d aidbox.Destination, s aidbox.Status) trouble {
	n := widget.Number(*s.Lost, "message", "messages")
	if m.history(d.ID).recovered {
		text := n + " lost since " + clock(s.Start) + "; it delivers again."
		if s.Start.IsZero() {
			text = n + " lost; it delivers again."
		}
		return trouble{theme.Warn, text, ""}
	}
	return trouble{theme.Bad, n + " lost" + m.failure(d, s), ""}
}

// unstored tells of messages that no stream takes.
func (m *Model) unstored(d aidbox.Destination) trouble {
	taking, known := m.taking(d)
	if !known || len(taking) > 0 {
		return trouble{}
	}
	t := trouble{role: theme.Warn, text: "No stream takes " + d.Subject() + ": events wait in Aidbox until one does.", todo: data.StreamCommand(d.Subject(), m.streams)}
	if m.noJetStream {
		t.text, t.todo = "This NATS has no JetStream: events wait in Aidbox until nats-server runs with -js.", ""
	}
	if q := m.statuses[d.ID].Status.Queued; q != nil && *q > 0 {
		t.role = theme.Bad
		t.text = waits(*q) + ": no stream takes " + d.Subject() + "."
		if m.noJetStream {
			t.text = waits(*q) + ": this NATS has no JetStream. nats-server -js has it."
		}
	}
	return t
}

// failure continues a sentence with the newest error and its age.
func (m *Model) failure(d aidbox.Destination, s aidbox.Status) string {
	if len(s.LastErrors) == 0 {
		if s.Start.IsZero() {
			return "."
		}
		return " since " + clock(s.Start) + "."
	}
	e := s.LastErrors[0]
	text := ""
	if age := m.age(e.Time); age != "" {
		text = ", " + age + " ago"
	}
	return text + ": " + m.failed(d, e.Message)
}

// failed is why something of a destination failed, as it may be shown.
func (m *Model) failed(d aidbox.Destination, text string) string {
	known := ownNames(d)
	for _, s := range m.streams {
		known = append(known, s.Name)
	}
	return m.mask.Failure(text, known...)
}

// ownNames are the names in a destination that a mask need not hide.
func ownNames(d aidbox.Destination) []string {
	return append([]string{d.ID, d.Kind, d.Topic, d.Subject(), d.Profile}, hosts(d.ServerURL())...)
}

func waits(n int64) string {
	if n == 1 {
		return "1 event waits"
	}
	return widget.Count(n) + " events wait"
}

func clock(t time.Time) string { return t.Local().Format("15:04:05") }

// age is how long ago t was, or nothing where that is not known.
func (m *Model) age(t time.Time) string {
	if t.IsZero() || m.now.IsZero() {
		return ""
	}
	return widget.Age(m.now.Sub(t))
}

// judge finds the trouble of every row: what is drawn of it in the list.
func (m *Model) judge() {
	if m.Known() {
		m.SetEmpty(empty)
		if m.topicsKnown && len(m.topics) == 0 {
			m.SetEmpty(noTopic)
		}
	}
	m.roles = make(map[string]theme.Role, len(m.destinations))
	for _, d := range m.destinations {
		if t := m.trouble(d); t.text != "" {
			m.roles[d.ID] = t.role
		}
	}
	m.weigh()
	m.Touch()
}
