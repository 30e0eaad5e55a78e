package consumers

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"aidbox-nats/tui/message"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

const (
	// nextWidth is as wide as the dialog gets.
	nextWidth = 118
	// nextIndent is free at both sides.
	nextIndent = 1
	// commandsLeast are the lines that the commands keep.
	commandsLeast = 4
)

// Title names the frame.
func (d *next) Title() widget.Title {
	t := widget.Title{Text: "Next message of " + term.Clean(d.k.Name), Right: d.busy}
	if d.got != nil {
		t.Position = d.body.Title().Position
	}
	return t
}

// View takes the room that the message needs, and no more than there is.
func (d *next) View(th theme.Theme, w, h int) []string {
	w = min(w, nextWidth)
	inner, room := max(w-2-2*nextIndent, 1), max(h-2, 1)
	head, foot := d.head(th, inner), d.foot(th, inner)
	commands := 1 + d.request.Height(inner)
	free := room - len(head) - len(foot)
	// The message has the first right to the room: the commands are moved in.
	body := d.lines(inner, free-min(commands, commandsLeast))
	commands = max(min(commands, free-len(body)), 0)
	lines := slices.Concat(head, body, foot, d.request.Lines(th, inner, commands))
	for i, l := range lines {
		lines[i] = term.Pad(nextIndent) + term.Fit(l, inner)
	}
	h = min(h, len(lines)+2)
	return widget.Frame(th, d.Title(), 0, true, w, h, lines)
}

// head says what was pulled, or what will be.
func (d *next) head(th theme.Theme, w int) []string {
	paint := func(role theme.Role, text string) []string {
		var out []string
		for _, l := range term.Wrap(term.Clean(text), w) {
			out = append(out, th.Paint(role, l))
		}
		return out
	}
	if d.got == nil {
		text := "Pulls one message of " + d.k.Name + " and shows it. It is in flight then: it comes again after the ack wait of " +
			span(d.k.Config.AckWait) + ", unless it is acknowledged."
		if !d.acks() {
			text = "Pulls one message of " + d.k.Name + " and shows it. It counts as done then: this consumer wants no acknowledgement."
		}
		lines := append(paint(theme.Text, text), "")
		if text := d.warning(); text != "" {
			lines = append(append(lines, paint(theme.Warn, "! "+text)...), "")
		}
		if d.k.MaxInFlight > 0 && d.k.InFlight >= d.k.MaxInFlight {
			lines = append(append(lines, paint(theme.Warn, "! It stands at its maximum of "+widget.Count(int64(d.k.MaxInFlight))+
				" in flight: nothing comes before one is acknowledged, or its ack wait is over.")...), "")
		}
		if d.k.PinnedTTL > 0 {
			lines = append(append(lines, paint(theme.Warn, "! One client at a time is pinned: this pull waits while there is one, and else is pinned itself for "+span(d.k.PinnedTTL)+".")...), "")
		}
		return lines
	}
	lines := append(paint(theme.Strong, d.line), "")
	return lines
}

// DetailTitle is of the message alone.
func (d *next) DetailTitle() widget.Title { return widget.Title{} }

// DetailIdentity is the message's place in the stream, and how it is shown.
func (d *next) DetailIdentity() string {
	if d.got == nil {
		return ""
	}
	return fmt.Sprint(d.got.Seq, d.got.Tries) + d.content.String()
}

// DetailRevision grows with the clock: ages are told.
func (d *next) DetailRevision() uint64 { return d.revision }

// DetailKeys choose how the message is shown.
func (d *next) DetailKeys() widget.Actions {
	return widget.Actions{d.content.Action(func() string { return "" }, func(c message.Content) { d.content = c; d.revision++ })}
}

// DetailBlocks are the message as other panes show it.
func (d *next) DetailBlocks(w int) []widget.Block {
	if d.got == nil {
		return nil
	}
	v := message.View{Theme: d.m.o.Theme, Mask: d.m.mask, Content: d.content}
	msg := message.Message{Subject: d.got.Subject, Header: d.got.Header, Data: d.got.Data, Summary: d.summary}
	lines := append(v.Head(msg, w), v.Headers(msg, w)...)
	th := d.m.o.Theme
	stored := d.got.Time.Local().Format(time.DateTime) + ", " + widget.Age(d.now.Sub(d.got.Time)) + " ago"
	lines = append(lines, widget.Label(th, "stored", th.Paint(theme.Text, stored)+th.Paint(theme.Faint, "   "+widget.Bytes(int64(len(d.got.Data)))), w)...)
	return v.Body(msg, append(lines, ""), w)
}

// lines are what the message carries, in at most h lines.
func (d *next) lines(w, h int) []string {
	if d.got == nil || h <= 0 {
		return nil
	}
	d.body.SetSize(w, h)
	lines := strings.Split(d.body.View(), "\n")
	for n := len(lines); n > 1 && strings.TrimSpace(lines[n-1]) == ""; n-- {
		lines = lines[:n-1]
	}
	return lines
}

// foot says how the message stands.
func (d *next) foot(th theme.Theme, w int) []string {
	var lines []string
	say := func(role theme.Role, text string) {
		for _, l := range term.Wrap(term.Clean(text), w) {
			lines = append(lines, th.Paint(role, l))
		}
	}
	if d.got != nil {
		lines = append(lines, "")
	}
	if d.said != "" {
		sign := map[theme.Role]string{theme.OK: "✓ ", theme.Bad: "✗ ", theme.Warn: "! "}[d.role]
		say(d.role, sign+d.said)
	}
	switch {
	case d.got == nil:
	case !d.acks():
		say(theme.Faint, "This consumer wants no acknowledgement: the message does not come again.")
	case d.unanswered():
		say(theme.Warn, "In flight: "+d.again()+".")
		if text := d.warning(); text != "" {
			say(theme.Warn, "! "+text)
		}
		if d.k.Config.Ack == "all" {
			say(theme.Warn, "! ack acknowledges all messages before it, too.")
		}
	}
	if n := len(d.behind); n > 0 {
		say(theme.Warn, widget.Number(int64(n), "message", "messages")+" pulled here before, not answered: in flight until the ack wait is over.")
	}
	if len(lines) > 0 && lines[len(lines)-1] != "" {
		lines = append(lines, "")
	}
	return lines
}
