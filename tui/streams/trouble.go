package streams

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// reason is why a stream is to be looked at.
type reason struct {
	role theme.Role
	text string
}

// judge finds the streams that are to be looked at.
func (m *Model) judge() {
	bad, roles := m.events.bad(m.now), map[string]theme.Role{}
	for _, s := range m.streams {
		if r := worst(m.reasons(s, bad)); r != theme.Text {
			roles[s.Name] = r
		}
	}
	if !maps.Equal(roles, m.roles) {
		m.roles = roles
		m.Touch()
	}
}

// worst is the role of the worst reason; Text without one.
func worst(reasons []reason) theme.Role {
	switch {
	case slices.ContainsFunc(reasons, func(r reason) bool { return r.role == theme.Bad }):
		return theme.Bad
	case len(reasons) > 0:
		return theme.Warn
	}
	return theme.Text
}

// reasons say why a stream is to be looked at: that it is full, the newest of
// the bad events that concern it, and its consumers.
func (m *Model) reasons(s nats.Stream, bad []nats.Advisory) []reason {
	var out []reason
	for _, f := range fullness(s) {
		if s.Discard == "new" && f.share >= almost {
			out = append(out, reason{f.role(s), m.refuses(s, f)})
			break
		}
	}
	of := slices.DeleteFunc(slices.Clone(bad), func(a nats.Advisory) bool { return !concerns(a, s.Name) })
	if len(of) > 0 {
		r := reason{role(of[0]), "At " + of[0].Time.Local().Format("15:04:05") + " " + m.event(of[0]) + "."}
		if slices.ContainsFunc(of, func(a nats.Advisory) bool { return role(a) == theme.Bad }) {
			r.role = theme.Bad
		}
		out = append(out, r)
	}
	if in := m.inTrouble(s.Name); len(in) > 0 {
		out = append(out, reason{theme.Warn, fmt.Sprintf("%s %s in trouble, as told below.",
			verb(len(in), "Consumer", "Consumers"), listing(in)+verb(len(in), " is", " are"))})
	}
	return out
}

// refuses says that a stream refuses messages, or will soon, and whose.
func (m *Model) refuses(s nats.Stream, f full) string {
	const todo = " P purges, e raises the limit."
	if f.share < 1 && m.queue(m.senders(s)) == 0 {
		return fmt.Sprintf("%.0f %% full: %s. When it is full it refuses new ones.", f.share*100, f.used) + todo
	}
	text := "Full: " + f.used + ", and new ones are refused."
	if f.share < 1 {
		text = fmt.Sprintf("%.0f %% full: %s. What has no room is refused.", f.share*100, f.used)
	}
	var core []aidbox.Destination
	for _, d := range m.writers[s.Name] {
		if !d.IsJetStream() {
			core = append(core, d)
		}
	}
	if js := m.senders(s); len(js) > 0 {
		wait := "Events of " + names(js) + " wait"
		if n := m.queue(js); n > 0 {
			wait = widget.Number(n, "event", "events") + " of " + names(js) + verb(int(min(n, 2)), " waits", " wait")
		}
		text += " " + wait + " in Aidbox until there is room."
	}
	if len(core) > 0 {
		text += " What " + names(core) + verb(len(core), " sends", " send") + " is stored nowhere."
	}
	return text + todo
}

// senders are the at-least-once destinations that send into a stream.
func (m *Model) senders(s nats.Stream) []aidbox.Destination {
	var out []aidbox.Destination
	for _, d := range m.writers[s.Name] {
		if d.IsJetStream() && !m.noSender[d.ID] {
			out = append(out, d)
		}
	}
	return out
}

// queue is how many events of destinations wait in Aidbox, as far as that was
// read.
func (m *Model) queue(list []aidbox.Destination) int64 {
	n := int64(0)
	for _, d := range list {
		n += m.queued[d.ID]
	}
	return n
}

// reasonLines say at the top of the detail why the stream has its mark.
func (m *Model) reasonLines(s nats.Stream, w int) []string {
	var lines []string
	for _, r := range m.reasons(s, m.events.bad(m.now)) {
		lines = append(lines, widget.Paragraph(m.Theme, r.role, "! "+r.text, w)...)
	}
	if len(lines) == 0 {
		return nil
	}
	return append(lines, "")
}

// listing joins names in words.
func listing(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}
