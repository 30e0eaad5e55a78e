package consumers

import (
	"context"
	"errors"
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/nats"
	"aidbox-nats/nats/shell"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

func warns(text string) widget.Hint { return widget.Hint{Text: text, Role: theme.Warn} }

// stale are the messages after every change.
func stale(more ...tea.Msg) []tea.Msg { return append(more, data.Stale{}) }

// foldWidth is the room of a command in a dialog on the smallest screen that
// is usual.
const foldWidth = 72

// command is the nats command of a request, folded.
func (m *Model) command(o nats.Operation) []string {
	return shell.Fold(m.o.NATS.Command(o), foldWidth, term.Width)
}

// newDialog asks for a pull consumer.
func (m *Model) newDialog() widget.Dialog {
	d := draft{opened: time.Now()}
	stream, conn := m.stream, m.o.NATS
	f := widget.NewForm("New consumer of "+stream, m.fields(d)...)
	f.Submit = "create"
	f.Preview = func(v widget.Values) []string {
		c, _ := d.config(v) // what is wrong stands at its field
		if c.Name == "" {
			c.Name = "NAME"
		}
		return m.command(nats.CreateConsumerOperation(stream, c))
	}
	return widget.Fill(f, func(ctx context.Context, v widget.Values) widget.Outcome {
		c, err := d.config(v)
		if err != nil {
			return widget.Outcome{Err: err}
		}
		start := time.Now()
		k, err := conn.CreateConsumer(ctx, stream, c)
		if err != nil {
			return widget.Outcome{Err: err}
		}
		return widget.Outcome{
			Said: took(start, "Consumer %s created, %s to deliver", k.Name, widget.Number(widget.Clamp(k.Lag), "message", "messages")),
			Then: stale(made{k}),
		}
	})
}

// deleteDialog asks before a consumer's place in the stream is lost.
func (m *Model) deleteDialog() widget.Dialog {
	k, _ := m.Selected()
	conn := m.o.NATS
	return widget.Ask(widget.NewConfirm(widget.ConfirmOptions{
		Question: fmt.Sprintf("Delete consumer %s of %s?", k.Name, k.Stream),
		Lost:     m.lost(k),
		Preview:  m.command(nats.DeleteConsumerOperation(k.Stream, k.Name)),
	}), func(ctx context.Context) widget.Outcome {
		start := time.Now()
		if err := conn.DeleteConsumer(ctx, k.Stream, k.Name); err != nil {
			return widget.Outcome{Err: err}
		}
		return widget.Outcome{Said: took(start, "Consumer %s deleted: %s, %d in flight", k.Name, widget.Number(widget.Clamp(k.Lag), "message not seen", "messages not seen"), k.InFlight), Then: stale()}
	})
}

// lost is what goes with a consumer.
func (m *Model) lost(k nats.Consumer) []string {
	position := "nothing was delivered by it yet"
	if k.Delivered.ConsumerSeq > 0 {
		position = "stream seq " + widget.Count(widget.Clamp(k.Delivered.StreamSeq))
	}
	said := []string{fmt.Sprintf("Its position is lost: %s; %s not yet seen by it.", position, widget.Number(widget.Clamp(k.Lag), "message is", "messages are"))}
	if k.InFlight > 0 {
		said = append(said, inVain(k))
	}
	if k.Waiting > 0 && !k.Push {
		said = append(said, widget.Number(int64(k.Waiting), "pull waits", "pulls wait")+" for a message, and will fail.")
	}
	if k.Push && k.Waiting > 0 {
		said = append(said, "Somebody listens on "+k.DeliverSubject+", and gets nothing more.")
	}
	s, ok := m.of()
	switch {
	case ok && s.Retention == "interest":
		said = append(said, k.Stream+" keeps messages only as long as a consumer wants them: those that no other wants are removed.")
	case ok && s.Messages > 0:
		said = append(said, "The messages stay in "+k.Stream+".")
	}
	return said
}

// inVain says what becomes of what is in flight.
func inVain(k nats.Consumer) string {
	if k.InFlight == 1 {
		return "1 message is in flight: whoever has it acknowledges in vain."
	}
	return widget.Count(int64(k.InFlight)) + " messages are in flight: whoever has them acknowledges in vain."
}

// pauseDialog asks for how long.
func (m *Model) pauseDialog() widget.Dialog {
	k, _ := m.Selected()
	conn, opened := m.o.NATS, time.Now()
	// The server takes a time; whole seconds, as the command has no less.
	until := func(v widget.Values) (time.Time, error) {
		d, err := wait(v["for"])
		if err == nil && d == 0 {
			err = errors.New("for how long? 30m, 1h")
		}
		return opened.Add(d).Truncate(time.Second), err
	}
	f := widget.NewForm("Pause "+k.Name, widget.Field{
		Name: "for", Label: "for", Value: "1h",
		Help:     "It delivers nothing until then, and goes on by itself. What is in flight may still be acknowledged.",
		Validate: func(s string) error { _, err := until(widget.Values{"for": s}); return err },
		Hint: func(v widget.Values) widget.Hint {
			t, err := until(v)
			if err != nil {
				return widget.Hint{}
			}
			return widget.Hint{Text: "until " + t.Local().Format(time.DateTime)}
		},
	})
	f.Submit = "pause"
	f.Preview = func(v widget.Values) []string {
		t, err := until(v)
		if err != nil {
			return nil
		}
		return m.command(nats.PauseConsumerOperation(k.Stream, k.Name, t))
	}
	return widget.Fill(f, func(ctx context.Context, v widget.Values) widget.Outcome {
		t, err := until(v)
		if err != nil {
			return widget.Outcome{Err: err}
		}
		start := time.Now()
		if err := conn.PauseConsumer(ctx, k.Stream, k.Name, t); err != nil {
			return widget.Outcome{Err: err}
		}
		return widget.Outcome{Said: took(start, "Consumer %s paused until %s", k.Name, t.Local().Format(time.DateTime)), Then: stale()}
	})
}

func (m *Model) resumeDialog() widget.Dialog {
	k, _ := m.Selected()
	conn := m.o.NATS
	return widget.Ask(widget.NewConfirm(widget.ConfirmOptions{
		Question: fmt.Sprintf("Resume consumer %s of %s?", k.Name, k.Stream),
		Lost:     []string{widget.Number(widget.Clamp(k.Lag), "message waits", "messages wait") + " for it; it is paused for " + widget.Age(m.pauseLeft(k)) + " more."},
		Preview:  m.command(nats.ResumeConsumerOperation(k.Stream, k.Name)),
		Verb:     "Resume",
	}), func(ctx context.Context) widget.Outcome {
		start := time.Now()
		if err := conn.ResumeConsumer(ctx, k.Stream, k.Name); err != nil {
			return widget.Outcome{Err: err}
		}
		return widget.Outcome{Said: took(start, "Consumer %s resumed", k.Name), Then: stale()}
	})
}
