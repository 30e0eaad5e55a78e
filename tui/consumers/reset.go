package consumers

import (
	"context"
	"fmt"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/nats"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// resetForm asks where a consumer begins anew, and leads to the question
// whether it shall.
type resetForm struct {
	form *widget.Form
	next func(widget.Values) widget.Dialog
}

func (m *Model) resetDialog() widget.Dialog {
	k, _ := m.Selected()
	note := "It delivers again from there: workers see messages a second time."
	f := widget.NewForm("Reset "+k.Name,
		widget.Field{Name: "note", Kind: widget.Note, Value: note},
		widget.Field{Name: "seq", Label: "sequence", Placeholder: "1", Validate: check(resetTo),
			Help: "The message of the stream to begin with. Empty: the one after all that is acknowledged.",
			Hint: func(v widget.Values) widget.Hint {
				if strings.TrimSpace(v["seq"]) == "" {
					return widget.Hint{Text: "it begins after stream seq " + widget.Count(widget.Clamp(k.Acked.StreamSeq)) + ", up to which all is acknowledged"}
				}
				return m.sequenceHint(v)
			}})
	f.Submit = "see what that does"
	f.Preview = func(v widget.Values) []string {
		seq, err := resetTo(v["seq"])
		if err != nil {
			return nil
		}
		return m.command(nats.ResetConsumerOperation(k.Stream, k.Name, seq))
	}
	return &resetForm{form: f, next: func(v widget.Values) widget.Dialog {
		seq, _ := resetTo(v["seq"]) // the form has checked it
		return m.askReset(k, seq)
	}}
}

// resetTo reads where to begin; zero: after what is acknowledged.
func resetTo(s string) (uint64, error) {
	if strings.TrimSpace(s) == "" {
		return 0, nil
	}
	return sequence(s)
}

// askReset asks before a consumer begins anew.
func (m *Model) askReset(k nats.Consumer, seq uint64) widget.Dialog {
	conn := m.o.NATS
	where := "after what is acknowledged"
	if seq > 0 {
		where = "at " + widget.Count(widget.Clamp(seq))
	}
	return widget.Ask(widget.NewConfirm(widget.ConfirmOptions{
		Question: fmt.Sprintf("Reset consumer %s of %s?", k.Name, k.Stream),
		Lost:     m.repeated(k, seq, where),
		Preview:  m.command(nats.ResetConsumerOperation(k.Stream, k.Name, seq)),
		Verb:     "Reset",
	}), func(ctx context.Context) widget.Outcome {
		start := time.Now()
		if err := conn.ResetConsumer(ctx, k.Stream, k.Name, seq); err != nil {
			return widget.Outcome{Err: err}
		}
		return widget.Outcome{Said: took(start, "Consumer %s begins anew %s", k.Name, where), Then: stale()}
	})
}

// repeated says what workers see twice, and what never.
func (m *Model) repeated(k nats.Consumer, seq uint64, where string) []string {
	from := k.Acked.StreamSeq + 1
	if seq > 0 {
		from = seq
	}
	last := k.Delivered.StreamSeq
	said := []string{fmt.Sprintf("It begins anew %s.", where)}
	switch {
	case from > last+1:
		said = append(said, fmt.Sprintf("It has come to %s: what lies between is never delivered by it.", widget.Count(widget.Clamp(last))))
	case from == last && last > 0:
		said = append(said, "Workers see message "+widget.Count(widget.Clamp(last))+" a second time, if it is still there.")
	case from < last:
		said = append(said, fmt.Sprintf("Workers see what is left of %s to %s a second time.", widget.Count(widget.Clamp(from)), widget.Count(widget.Clamp(last))))
	}
	if k.InFlight > 0 {
		said = append(said, inVain(k))
	}
	return said
}

// Update takes a message.
func (d *resetForm) Update(msg tea.Msg) tea.Cmd { return d.form.Update(msg) }

// View draws the form in its frame.
func (d *resetForm) View(th theme.Theme, w, h int) []string {
	w = min(w, 80)
	h = min(h, d.form.Height(th, w-2)+2)
	return widget.Frame(th, d.form.Title(), 0, true, w, h, d.form.Lines(th, w-2, h-2))
}

// Keys are the form's.
func (d *resetForm) Keys() widget.Actions { return d.form.Keys() }

// Done says that it was cancelled, or that the question follows.
func (d *resetForm) Done() bool { return d.form.Cancelled() || d.form.Done() }

// Dirty says that something was typed that closing would lose.
func (d *resetForm) Dirty() bool { return d.form.Dirty() }

// Chosen is the question, for the root to open.
func (d *resetForm) Chosen() (widget.Action, bool) {
	return widget.Action{Open: func() widget.Dialog { return d.next(d.form.Values()) }}, d.form.Done()
}
