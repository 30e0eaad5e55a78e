package change

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/criteria"
	"aidbox-nats/aidbox/delivery"
	"aidbox-nats/aidbox/r4"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// world is what the console knows of the server. What is in it is not changed:
// commands read it outside of the loop.
type world struct {
	r4           *r4.Definitions
	topics       []aidbox.Topic
	destinations []aidbox.Destination
	// topicsRead and destinationsRead say that the server has told.
	topicsRead, destinationsRead bool
	// noSender are the destinations without a sender, by their ids.
	noSender map[string]bool
	masked   bool
	revision uint64 // grows with every change of the above
}

// change is what topics decide on.
type change struct {
	do                verb
	resourceType      string
	current, previous []byte
}

// topicLine tells what one topic does with a change.
type topicLine struct {
	topic string
	fires bool // and a destination is told
	wrong bool // something is to be mended
	// short is for one line, with others; long is for a line of its own.
	short, long string
}

// topicsOf says which topics a change fires, who is told, and why not. Topics
// that watch other types are left out; where none is left that is told. Nil
// says that the topics are not known.
func (w world) topicsOf(ctx context.Context, c change) []topicLine {
	if !w.topicsRead {
		return nil
	}
	switch {
	case c.do == create:
		c.previous = nil
	case c.do == update && same(c.current, c.previous):
		const text = "nothing differs from what was read, so no topic fires"
		return []topicLine{{short: text, long: text}}
	}
	var watching []aidbox.Topic
	for _, t := range w.topics {
		if watches(t, c.resourceType) {
			watching = append(watching, t)
		}
	}
	if len(watching) == 0 {
		text := "no topic watches " + c.resourceType
		return []topicLine{{short: text, long: text}}
	}
	var out []topicLine
	for _, f := range delivery.Fires(ctx, w.r4, watching, criteria.Change{Current: c.current, Previous: c.previous}, c.resourceType, c.do.String()) {
		out = append(out, w.topicLine(f))
	}
	return out
}

// same says that two texts are the same JSON, but for blanks.
func same(a, b []byte) bool {
	var x, y bytes.Buffer
	return json.Compact(&x, a) == nil && json.Compact(&y, b) == nil && bytes.Equal(x.Bytes(), y.Bytes())
}

func watches(t aidbox.Topic, resourceType string) bool {
	for _, g := range t.Triggers {
		if g.Resource == resourceType {
			return true
		}
	}
	return false
}

func (w world) topicLine(f delivery.Firing) topicLine {
	name := f.Topic.URL
	if name == "" {
		name = f.Topic.ID
	}
	why := f.Why
	if w.masked {
		// The error of a criterion that fails may quote the resource.
		if before, _, ok := strings.Cut(why, " fails: "); ok {
			why = before + " fails"
		}
	}
	l := topicLine{topic: name}
	told, mute := w.toldBy(f.Topic)
	switch {
	case f.Fault != nil:
		l.wrong = true
		l.short = name + " does not fire, unless the server can read its criterion"
		l.long = "! " + l.short + " (1 e mends it): " + f.Fault.Error()
	case f.Undecided:
		l.short = name + " may fire: " + why
	case !f.Fires:
		l.short = name + " does not fire: " + why
	case w.destinationsRead && len(told)+len(mute) == 0:
		l.wrong = true
		l.short = name + " has no destination"
		l.long = "! " + name + " fires, but has no destination (2 n makes one): " + why
	case len(told) == 0 && len(mute) > 0:
		l.wrong = true
		l.short = name + " reaches nobody: " + without(mute)
		l.long = "! " + name + " fires, but " + without(mute) + " (2 e makes it anew): " + why
	default:
		l.fires = true
		l.short = name
		l.long = "→ " + name
		if len(told) > 0 {
			l.long += " → " + strings.Join(told, ", ")
		}
		if len(mute) > 0 {
			l.wrong = true
			l.short += " (" + without(mute) + ")"
			l.long += "   ! " + without(mute) + " (2 e makes it anew)"
		}
		l.long += "   " + why
	}
	if l.long == "" {
		l.long = l.short
	}
	return l
}

// toldBy are the destinations of a topic: those that send, as far as is known,
// and those that have no sender.
func (w world) toldBy(t aidbox.Topic) (told, mute []string) {
	for _, d := range w.destinations {
		switch {
		case d.Topic != t.URL:
		case w.noSender[d.ID]:
			mute = append(mute, d.ID)
		default:
			told = append(told, d.ID)
		}
	}
	return told, mute
}

func without(ids []string) string {
	if len(ids) == 1 {
		return ids[0] + " has no sender"
	}
	return strings.Join(ids, ", ") + " have no sender"
}

// maxTold bounds the topics that one line tells of.
const maxTold = 3

// tellTopics is what a line says of all topics: "→ a, b; c does not fire: ...".
func tellTopics(lines []topicLine) string {
	var fire, rest []string
	for _, l := range lines {
		if l.fires {
			fire = append(fire, l.short)
		} else {
			rest = append(rest, l.short)
		}
	}
	var parts []string
	if len(fire) > 0 {
		parts = append(parts, "→ "+strings.Join(bounded(fire), ", "))
	}
	parts = append(parts, bounded(rest)...)
	return strings.Join(parts, "; ")
}

func bounded(all []string) []string {
	if len(all) <= maxTold {
		return all
	}
	return append(all[:maxTold:maxTold], fmt.Sprintf("%d more", len(all)-maxTold))
}

// outcome tells how a change ended: "201 Created Patient/5e78 in 3 ms →
// patient-topic".
func (s sent) outcome() widget.Outcome {
	reference := s.resource.Reference()
	if s.resource.ID == "" {
		reference = s.request.resourceType
	}
	text := statusText(s.resource.Status) + " " + reference
	switch {
	case s.request.do == remove && s.unchanged():
		text += ", there was nothing to delete,"
	case s.request.do == remove:
		text += " deleted"
	case s.unchanged():
		text += ", unchanged,"
	case s.request.do == update && s.resource.Status == 200:
		text += " updated"
	}
	text += " in " + widget.Duration(s.took)
	o := widget.Outcome{Said: text, Role: theme.OK, Then: []tea.Msg{data.Stale{}}}
	if s.unchanged() {
		o.Said += ": no topic fires"
		o.Role = theme.Warn
		return o
	}
	told := tellTopics(s.topics)
	switch {
	case told == "":
	case strings.HasPrefix(told, "→"):
		o.Said += " " + told
	default:
		o.Said += "; " + told
		o.Role = theme.Warn
	}
	return o
}

// entry is what the history keeps of it.
func (s sent) entry() entry {
	e := entry{
		at: s.at, do: s.request.do, resourceType: s.request.resourceType, id: s.request.id,
		text: s.request.text, in: s.request.in, loaded: s.request.loaded, sent: true,
		status: s.resource.Status, about: s.about,
	}
	if s.err == nil {
		e.id, e.said = s.resource.ID, s.outcome().Said
		return e
	}
	e.failed, e.status = []string{s.err.Error()}, 0
	if refused := refusedBy(s.err); refused != nil {
		e.status, e.failed = refused.Status, refused.Sentences()
		if len(e.failed) == 0 {
			e.failed = []string{refused.Reason()}
		}
	}
	return e
}
