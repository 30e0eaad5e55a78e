package destinations

import (
	"slices"
	"strings"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
	"aidbox-nats/nats/shell"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// commandWidth is where the command that stands above a request is folded.
const commandWidth = 72

// subjectHint says before a destination is made what speaks for and against
// that its messages arrive. Nothing is asked for it: it is what the panes know.
// Of another server nothing is known, which serverHint says.
func (m *Model) subjectHint(d aidbox.Destination) widget.Hint {
	if nats.ValidSubject(d.Subject(), false) != nil {
		return widget.Hint{}
	}
	var h widget.Hint
	switch {
	case !m.ours(d):
	case d.IsJetStream():
		h = m.storedHint(d)
	default:
		h = m.listenersHint(d)
	}
	if twins := m.twins(d); len(twins) > 0 {
		h.Text = strings.TrimSpace(strings.Join(twins, ", ") + " sends the same topic to it already: each event arrives once more. " + h.Text)
		if h.Role != theme.Bad {
			h.Role = theme.Warn
		}
	}
	return h
}

// topicHint says before a destination is made why its topic makes no event.
func (m *Model) topicHint(d aidbox.Destination) widget.Hint {
	topics := m.topicsOf(d)
	fault := m.fault(d)
	switch {
	case !m.topicsKnown || builtIn(d.Topic):
	case len(topics) == 0:
		return widget.Hint{Text: "There is no topic " + d.Topic + ": nothing is sent. Choose another, or make it first: esc, 1, then n.", Role: theme.Bad}
	case fault != nil:
		return widget.Hint{Text: "Topic " + d.Topic + ": " + fault.Error() + ". Unless the server can read it, nothing is sent.", Role: theme.Bad}
	case !slices.ContainsFunc(topics, aidbox.Topic.Active):
		return widget.Hint{Text: "Topic " + d.Topic + " has status " + topics[0].Status + ": only an active topic fires.", Role: theme.Warn}
	case !slices.ContainsFunc(topics, func(t aidbox.Topic) bool { return len(t.Triggers) > 0 }):
		return widget.Hint{Text: "Topic " + d.Topic + " has no trigger: it never fires.", Role: theme.Warn}
	}
	return widget.Hint{}
}

func (m *Model) storedHint(d aidbox.Destination) widget.Hint {
	taking, known := m.taking(d)
	switch {
	case m.noJetStream:
		return widget.Hint{Text: "This NATS has no JetStream: Aidbox keeps every event and tries again until nats-server runs with -js.", Role: theme.Bad}
	case !known:
		return widget.Hint{Text: "The streams have not been read: whether one takes it is not known."}
	case len(taking) > 0:
		return widget.Hint{Text: streamNames(taking) + " takes it.", Role: theme.OK}
	}
	return widget.Hint{Text: "No stream takes " + d.Subject() + ": Aidbox keeps every event and tries again until one does. The command below makes one.", Role: theme.Bad}
}

func (m *Model) listenersHint(d aidbox.Destination) widget.Hint {
	var h widget.Hint
	switch listens := m.listens(d.Subject()); {
	case len(listens) > 0:
		h = widget.Hint{Text: "This console listens on " + strings.Join(listens, ", ") + ".", Role: theme.OK}
	case m.o.Listening != nil:
		h = widget.Hint{Text: "This console does not listen on it: s subscribes. Who does not listen when it is sent never gets it.", Role: theme.Warn}
	}
	if taking, known := m.taking(d); known && len(taking) > 0 {
		h.Text = strings.TrimSpace(h.Text + " " + streamNames(taking) + " stores it too.")
	}
	return h
}

// serverHint says what is known of the address of a destination's server.
func (m *Model) serverHint(d aidbox.Destination) widget.Hint {
	if !m.o.Sandbox {
		for _, h := range hosts(d.ServerURL()) {
			if loopback(h) {
				return widget.Hint{Text: h + " is the machine that Aidbox runs on; in a container it is the container itself.", Role: theme.Warn}
			}
		}
	}
	if here := m.fromHere(d); here != "" {
		return widget.Hint{Text: "The NATS of this console, which is " + here + " from here.", Role: theme.OK}
	}
	if m.ours(d) || len(hosts(d.ServerURL())) == 0 {
		return widget.Hint{}
	}
	if d.IsJetStream() {
		return widget.Hint{Text: "Not the NATS that this console is connected to: whether a stream takes the subject there is not known."}
	}
	return widget.Hint{Text: "Not the NATS that this console is connected to: who listens on the subject there is not known."}
}

// missingStream is the command that makes the stream which a destination
// needs, for above the request, where no stream takes what it sends.
func (m *Model) missingStream(d aidbox.Destination) []string {
	taking, known := m.taking(d)
	if !d.IsJetStream() || !known || len(taking) > 0 || m.noJetStream {
		return nil
	}
	lines := []string{"This makes a stream that takes " + d.Subject() + ":"}
	return append(append(lines, shell.Fold(data.StreamCommand(d.Subject(), m.streams), commandWidth, term.Width)...), "")
}

func streamNames(streams []nats.Stream) string {
	var names []string
	for _, s := range streams {
		names = append(names, s.Name+" ("+strings.Join(s.Subjects, " ")+")")
	}
	return strings.Join(names, ", ")
}
