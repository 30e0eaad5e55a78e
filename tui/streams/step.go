package streams

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// step is a form that is no request yet: what it asks for is looked at first,
// and then asked about in a dialog that says what would be lost.
type step struct {
	form *widget.Form
	// look runs outside of the loop. It returns the next dialog, or why there
	// is none.
	look func(context.Context, widget.Values) (func() widget.Dialog, error)
	next func() widget.Dialog
	done bool
}

// looked brings the next dialog to the step that asked for it.
type looked struct{ next func() widget.Dialog }

// Update takes a message.
func (d *step) Update(msg tea.Msg) tea.Cmd {
	if f, ok := msg.(widget.Finished); ok {
		if f.Err != nil {
			d.form.SetError([]string{f.Err.Error()})
			return nil
		}
		for _, then := range f.Then {
			if l, ok := then.(looked); ok {
				d.next, d.done = l.next, true
			}
		}
		return nil
	}
	looking := d.form.Done()
	cmd := d.form.Update(msg)
	if d.form.Cancelled() {
		d.done = true
		return cmd
	}
	if looking || !d.form.Done() {
		return cmd
	}
	values, look := d.form.Values(), d.look
	return tea.Batch(cmd, widget.AttemptFor(d, func(ctx context.Context) widget.Outcome {
		next, err := look(ctx, values)
		if err != nil {
			return widget.Outcome{Err: err}
		}
		return widget.Outcome{Then: []tea.Msg{looked{next}}}
	}))
}

// View draws the form in its frame.
func (d *step) View(th theme.Theme, w, h int) []string {
	w = min(w, 92)
	h = min(h, d.form.Height(th, w-2)+2)
	return widget.Frame(th, d.form.Title(), 0, true, w, h, d.form.Lines(th, w-2, h-2))
}

// Keys are the form's.
func (d *step) Keys() widget.Actions { return d.form.Keys() }

// Done says that it was cancelled, or that the next dialog is known.
func (d *step) Done() bool { return d.done }

// Dirty says that something was typed that closing would lose.
func (d *step) Dirty() bool { return d.form.Dirty() }

// Chosen is the next dialog, for the root to open.
func (d *step) Chosen() (widget.Action, bool) { return widget.Action{Open: d.next}, d.next != nil }
