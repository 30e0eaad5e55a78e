package destinations

import (
	"strings"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
	"aidbox-nats/tui/term"
)

// arrivalWidth is where the sentences before a request are broken.
const arrivalWidth = 72

// arrival says before a destination is made what speaks for and against that
// its messages arrive. Nothing is asked for it: it is what the panes know.
func (m *Model) arrival(d aidbox.Destination) []string {
	var said []string
	say := func(sign, text string) {
		for i, l := range term.Wrap(term.Clean(text), arrivalWidth) {
			if i > 0 {
				sign = " "
			}
			said = append(said, sign+" "+l)
		}
	}
	if nats.ValidSubject(d.Subject(), false) == nil {
		m.sayTwins(d, say)
		if d.IsJetStream() {
			m.sayStored(d, say)
		} else {
			m.sayListeners(d, say)
		}
	}
	if !m.o.Sandbox {
		for _, h := range hosts(d.ServerURL()) {
			if loopback(h) {
				say("!", "server: "+h+" is the machine that Aidbox runs on; in a container it is the container itself.")
			}
		}
	}
	if len(said) == 0 {
		return nil
	}
	return append(append([]string{"Will it arrive?"}, said...), "")
}

func (m *Model) sayTwins(d aidbox.Destination, say func(sign, text string)) {
	if twins := m.twins(d); len(twins) > 0 {
		say("!", strings.Join(twins, ", ")+" sends the same topic to "+d.Subject()+" already: each event arrives once more.")
	}
}

func (m *Model) sayStored(d aidbox.Destination, say func(sign, text string)) {
	taking, known := m.taking(d)
	switch {
	case !m.ours(d):
		say("?", "This console is connected to another NATS: whether a stream takes "+d.Subject()+" there is not known.")
	case m.noJetStream:
		say("✗", "This NATS has no JetStream: Aidbox keeps every event and tries again until nats-server runs with -js.")
	case !known:
		say("?", "The streams have not been read: whether one takes "+d.Subject()+" is not known.")
	case len(taking) > 0:
		say("✓", streamNames(taking)+" takes "+d.Subject()+".")
	default:
		say("✗", "No stream takes "+d.Subject()+": Aidbox keeps every event and tries again until one does. This makes one:")
		for l := range strings.SplitSeq(broken(m.streamCommand(d.Subject()), arrivalWidth), "\n") {
			say(" ", l)
		}
	}
}

func (m *Model) sayListeners(d aidbox.Destination, say func(sign, text string)) {
	switch listens := m.listens(d.Subject()); {
	case !m.ours(d):
		say("?", "This console is connected to another NATS: who listens on "+d.Subject()+" there is not known.")
	case len(listens) > 0:
		say("✓", "This console listens on "+strings.Join(listens, ", ")+".")
	case m.o.Listening != nil:
		say("!", "This console does not listen on "+d.Subject()+": s subscribes. Who does not listen when it is sent never gets it.")
	}
	if taking, known := m.taking(d); known && len(taking) > 0 {
		say("·", streamNames(taking)+" stores "+d.Subject()+" too.")
	}
}

func streamNames(streams []nats.Stream) string {
	var names []string
	for _, s := range streams {
		names = append(names, s.Name+" ("+strings.Join(s.Subjects, " ")+")")
	}
	return strings.Join(names, ", ")
}
