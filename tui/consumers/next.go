package consumers

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox/delivery"
	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/message"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

const (
	// pullWait is how long a pull waits for a message.
	pullWait = 5 * time.Second
	// answerWait bounds an answer about a message.
	answerWait = 10 * time.Second
	// typedMost bounds the keys that are kept while the server is awaited.
	typedMost = 100
)

// next is the dialog that pulls messages of a consumer, one at a time, and
// answers them. It says the command before it pulls, because a delivery changes
// the consumer.
type next struct {
	m      *Model
	k      nats.Consumer
	stream nats.Stream
	conn   *nats.Conn
	ctx    context.Context
	cancel context.CancelFunc

	busy  string // what the server is asked for; empty: nothing
	typed []tea.KeyMsg
	done  bool
	now   time.Time

	got    *nats.Pulled // the last that was pulled
	line   string       // it, as the nats command shows it
	due    time.Time    // when it comes again
	word   string       // what was said about it; empty: nothing yet
	behind []uint64     // pulled here before, and not answered

	role theme.Role
	said string
	// body is what the message carries, with all that is told above it.
	body     *widget.Document
	summary  delivery.Summary
	content  message.Content
	revision uint64
	request  widget.RequestBox
}

// pulled is how a pull ended.
type pulled struct {
	d   *next
	got *nats.Pulled
	err error
}

// answered is how an answer ended.
type answered struct {
	d    *next
	word string
	took time.Duration
	err  error
}

func (m *Model) nextDialog() widget.Dialog {
	k, _ := m.Selected()
	d := &next{m: m, k: k, conn: m.o.NATS, now: time.Now()}
	d.stream, _ = m.of()
	d.ctx, d.cancel = context.WithCancel(m.stopped)
	d.body = widget.NewDocument(m.o.Theme, d)
	d.body.Update(widget.Focus{On: true})
	d.commands()
	return d
}

// Done says that the root may take it away.
func (d *next) Done() bool { return d.done }

// unanswered says that the message waits for an answer.
func (d *next) unanswered() bool { return d.got != nil && d.word == "" && d.acks() }

// acks says that the consumer wants acknowledgements.
func (d *next) acks() bool { return d.k.Config.Ack != "none" }

// Keys are those that work now.
func (d *next) Keys() widget.Actions {
	leave := action("leave", "close", d.leave, "esc")
	if d.busy != "" {
		return widget.Actions{leave}
	}
	pull := action("pull the next message", "next", d.pull, ">")
	if d.got == nil {
		pull = action("pull the next message", "pull it", d.pull, ">", "enter")
		pull.Binding.SetHelp("> enter", "pull it")
	}
	if !d.unanswered() {
		return append(append(widget.Actions{pull, leave}, d.request.Keys()...), d.moves()...)
	}
	out := append(d.answers(), pull, leave)
	return append(append(out, d.request.Keys()...), d.moves()...)
}

// answers are what can be said about a message.
func (d *next) answers() widget.Actions {
	return widget.Actions{
		action("acknowledge the message", "ack", d.say(nats.WordAck), "a"),
		action("ask for the message again", "nak", d.say(nats.WordNak), "N"),
		action("say that it is in progress", "in progress", d.say(nats.WordInProgress), "i"),
		action("never deliver it again", "term", d.say(nats.WordTerm), "t"),
	}
}

// moves are the keys of what the message carries.
func (d *next) moves() widget.Actions {
	if d.got == nil {
		return nil
	}
	out := d.body.Keys() // the first chooses how the message is shown
	for i := range out[1:] {
		out[i+1].Moves = true
	}
	return out
}

func action(name, words string, run func() tea.Cmd, keys ...string) widget.Action {
	return widget.Action{Name: name, Binding: key.NewBinding(key.WithKeys(keys...), key.WithHelp(keys[0], words)), Run: run}
}

// Update takes keys, the clock, and what the server said.
func (d *next) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		return d.key(msg)
	case data.Tick:
		d.now = msg.Now
		d.revision++
	case data.Mask:
		d.revision++
	case data.Consumers:
		for _, k := range msg.Consumers {
			if k.Stream == d.k.Stream && k.Name == d.k.Name {
				d.k = k
			}
		}
	case pulled:
		if msg.d == d && !d.done {
			return d.take(msg)
		}
	case answered:
		if msg.d == d && !d.done {
			return d.heard(msg)
		}
	}
	return nil
}

func (d *next) key(k tea.KeyMsg) tea.Cmd {
	if d.busy != "" && k.Type != tea.KeyEsc {
		if len(d.typed) < typedMost {
			d.typed = append(d.typed, k)
		}
		return nil
	}
	if d.request.Key(k) {
		return nil
	}
	if a, ok := d.Keys().Match(k); ok && a.Run != nil {
		return a.Run()
	}
	if _, ok := d.answers().Match(k); ok {
		d.noAnswer()
	}
	return nil
}

// noAnswer says why no message can be answered.
func (d *next) noAnswer() {
	switch {
	case !d.acks():
		d.tell(theme.Warn, d.k.Name+" wants no acknowledgement: what was delivered counts as done.")
	case d.got == nil:
		d.tell(theme.Warn, "No message was pulled yet that could be answered: > pulls one.")
	}
}

// retype does what was typed while the server was awaited.
func (d *next) retype() tea.Cmd {
	keys := d.typed
	d.typed = nil
	var cmds []tea.Cmd
	for _, k := range keys {
		cmds = append(cmds, d.key(k))
	}
	return tea.Batch(cmds...)
}

// pull asks for the next message. One that is not answered stays in flight.
func (d *next) pull() tea.Cmd {
	if d.unanswered() {
		d.behind = append(d.behind, d.got.Seq)
	}
	d.got, d.word, d.line = nil, "", ""
	d.busy, d.said = "waiting for a message, at most "+pullWait.String(), ""
	d.commands()
	stream, name, conn, ctx := d.k.Stream, d.k.Name, d.conn, d.ctx
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, pullWait)
		defer cancel()
		got, err := conn.Next(ctx, stream, name)
		return pulled{d, got, err}
	}
}

// take shows what a pull brought.
func (d *next) take(msg pulled) tea.Cmd {
	d.busy = ""
	refresh := widget.Send(data.Stale{})
	switch {
	case errors.Is(msg.err, nats.ErrNoMessages):
		d.typed = nil
		d.tell(theme.Warn, "No message in "+pullWait.String()+": "+d.none())
		return refresh
	case msg.err != nil:
		d.typed = nil
		d.tell(theme.Bad, msg.err.Error())
		return refresh
	}
	d.got, d.line = msg.got, msg.got.Line()
	d.now = time.Now()
	d.due = d.now.Add(d.k.Config.AckWait)
	d.summary = delivery.Summarize(nats.Delivery{Received: d.now, Subject: d.got.Subject, Header: d.got.Header, Data: d.got.Data})
	d.revision++
	d.commands()
	return tea.Batch(refresh, d.retype())
}

// none says why there may be no message.
func (d *next) none() string {
	switch {
	case d.k.MaxInFlight > 0 && d.k.InFlight >= d.k.MaxInFlight:
		return d.k.Name + " stands at its maximum of " + widget.Count(int64(d.k.MaxInFlight)) + " in flight; one must be acknowledged, or its ack wait pass."
	case d.k.Lag == 0 && d.k.InFlight > 0:
		return "all that match are delivered; " + widget.Number(int64(d.k.InFlight), "is", "are") + " in flight and may come again."
	case d.k.Lag == 0:
		return d.k.Name + " has caught up."
	}
	return "others may pull from " + d.k.Name + ", too."
}

// say answers the message with a word.
func (d *next) say(word string) func() tea.Cmd {
	return func() tea.Cmd {
		d.busy = "answering"
		got, ctx := d.got, d.ctx
		return func() tea.Msg {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerWait)
			defer cancel()
			start := time.Now()
			err := answer(ctx, got, word)
			return answered{d, word, time.Since(start), err}
		}
	}
}

func answer(ctx context.Context, got *nats.Pulled, word string) error {
	switch word {
	case nats.WordAck:
		return got.Ack(ctx)
	case nats.WordNak:
		return got.Nak(ctx, 0)
	case nats.WordInProgress:
		return got.InProgress(ctx)
	}
	return got.Term(ctx, "")
}

// heard takes that an answer has arrived.
func (d *next) heard(msg answered) tea.Cmd {
	d.busy = ""
	refresh := widget.Send(data.Stale{})
	if msg.err != nil {
		d.typed = nil
		d.tell(theme.Bad, msg.err.Error())
		return refresh
	}
	if msg.word == nats.WordInProgress {
		d.due = time.Now().Add(d.k.Config.AckWait)
	} else {
		d.word = msg.word
	}
	d.tell(theme.OK, d.outcome(msg.word)+" ("+widget.Duration(msg.took)+")")
	d.commands()
	return tea.Batch(refresh, d.retype())
}

func (d *next) tell(role theme.Role, text string) { d.role, d.said = role, text }

// outcome says what an answer meant.
func (d *next) outcome(word string) string {
	switch word {
	case nats.WordAck:
		return "Acknowledged message " + d.seq() + d.removed()
	case nats.WordNak:
		return "Negative acknowledgement of message " + d.seq() + ": it comes again at once"
	case nats.WordInProgress:
		return "Message " + d.seq() + " is in progress: its ack wait of " + span(d.k.Config.AckWait) + " began anew"
	}
	return "Terminated message " + d.seq() + ": " + d.k.Name + " never delivers it again" + d.removed()
}

func (d *next) seq() string { return widget.Count(widget.Clamp(d.got.Seq)) }

// removed says that the answer takes the message out of the stream.
func (d *next) removed() string {
	switch d.stream.Retention {
	case "workqueue":
		return "; it is removed from " + d.k.Stream
	case "interest":
		return "; it is removed from " + d.k.Stream + " when no other consumer wants it"
	}
	return "; it stays in " + d.k.Stream
}

// warning says what an answer will remove, before it is given.
func (d *next) warning() string {
	switch d.stream.Retention {
	case "workqueue":
		return d.k.Stream + " is a work queue: ack and term remove the message from it."
	case "interest":
		return d.k.Stream + " keeps what its consumers want: ack and term remove the message when no other consumer wants it."
	}
	return ""
}

// again says when a message that is not answered comes again.
func (d *next) again() string {
	if most := d.k.Config.MaxDeliver; most > 0 && d.got.Tries >= uint64(most) {
		return fmt.Sprintf("it was delivered %d times of at most %d: it does not come again, and stays in %s", d.got.Tries, most, d.k.Stream)
	}
	if left := d.due.Sub(d.now); left > 0 {
		return "it comes again in " + widget.Duration((left + time.Second - 1).Truncate(time.Second)) + ", when the ack wait of " + span(d.k.Config.AckWait) + " is over"
	}
	return "the ack wait of " + span(d.k.Config.AckWait) + " is over: it comes again"
}

// leave closes the dialog, and says what is left in flight.
func (d *next) leave() tea.Cmd {
	d.done = true
	d.cancel()
	var cmds []tea.Cmd
	left := d.behind
	said := ""
	if d.unanswered() {
		left = append(left, d.got.Seq)
		said = "Message " + d.seq() + " is not acknowledged: " + d.again()
	}
	if len(left) > 1 || len(left) == 1 && said == "" {
		var seqs []string
		for _, s := range left {
			seqs = append(seqs, widget.Count(widget.Clamp(s)))
		}
		what := "message "
		if len(seqs) > 1 {
			what = "messages "
		}
		said = "Not acknowledged: " + what + strings.Join(seqs, ", ") + "; each comes again when its ack wait of " + span(d.k.Config.AckWait) + " is over"
	}
	if said != "" {
		cmds = append(cmds, widget.Send(widget.Notify{Role: theme.Warn, Text: said}))
	}
	return tea.Batch(append(cmds, widget.Send(data.Stale{}))...)
}

// stranded says that a pull brought a message after the dialog was left.
func (d *next) stranded(msg pulled) tea.Cmd {
	if !d.done || msg.got == nil || !d.acks() {
		return nil
	}
	return widget.Send(widget.Notify{Role: theme.Warn, Text: "Message " + widget.Count(widget.Clamp(msg.got.Seq)) +
		" came when the dialog was left: it comes again after the ack wait of " + span(d.k.Config.AckWait)})
}

// late tells of an answer that arrived, or did not, after the dialog was left.
func (d *next) late(msg answered) tea.Cmd {
	switch {
	case !d.done:
		return nil
	case msg.err != nil:
		return widget.Send(widget.Notify{Role: theme.Bad, Text: msg.err.Error()})
	}
	return tea.Batch(widget.Send(widget.Notify{Role: theme.OK, Text: d.outcome(msg.word)}), widget.Send(data.Stale{}))
}

// commands are the commands for what can be done now.
func (d *next) commands() {
	lines := []string{d.conn.Command(nats.NextOperation(d.k.Stream, d.k.Name))}
	if d.unanswered() {
		for _, w := range []struct{ key, word string }{{"a", nats.WordAck}, {"N", nats.WordNak}, {"i", nats.WordInProgress}, {"t", nats.WordTerm}} {
			lines = append(lines, d.conn.Command(d.got.Operation(w.word))+" # "+w.key)
		}
	} else if d.got != nil && d.word != "" {
		lines = append(lines, d.conn.Command(d.got.Operation(d.word)))
	}
	d.request.Set(lines)
}
