package widget

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/tui/theme"
)

// submitDeadline bounds one attempt to do what a dialog asked about.
const submitDeadline = 15 * time.Second

// Outcome is how something that a person asked for ended.
type Outcome struct {
	// Err is nil when it was done.
	Err error
	// Sentences tell the error in a form, one to a line. Empty: Err's text.
	Sentences []string
	// Said tells what was done: "201 Created Patient/5e78 in 3 ms".
	Said string
	// Role is how Said is shown. Text, the zero value, means OK.
	Role theme.Role
	// Then are messages for the panes, when it was done.
	Then []tea.Msg
}

// Finished carries an Outcome to the root. The dialog that asked may be gone
// by then: the root says what happened all the same.
type Finished struct {
	Outcome
	asker Dialog
}

// Of says whether d asked for it.
func (f Finished) Of(d Dialog) bool { return f.asker != nil && f.asker == d }

// Attempt returns a command that does something outside of the loop, within
// a deadline, and reports the outcome.
func Attempt(do func(context.Context) Outcome) tea.Cmd { return AttemptFor(nil, do) }

// AttemptFor is [Attempt] for a dialog: the root hands the outcome to it, if it
// still stands then.
func AttemptFor(asker Dialog, do func(context.Context) Outcome) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), submitDeadline)
		defer cancel()
		return Finished{Outcome: do(ctx), asker: asker}
	}
}

// Dialog stands over the panes and has all keys until it is done.
type Dialog interface {
	Update(tea.Msg) tea.Cmd
	// View returns a box of at most w columns and h lines, every line
	// equally wide.
	View(th theme.Theme, w, h int) []string
	// Keys are what works in it, for the line of keys.
	Keys() Actions
	// Done says that the root may take it away.
	Done() bool
}

// Keeper is a Dialog that keeps the keys that are typed while what it asked
// for is under way. They were meant for what comes after it.
type Keeper interface {
	Dialog
	// Typed are the keys, in their order, once the dialog is done because it
	// succeeded. The root gives them to who has the keys then.
	Typed() []tea.KeyMsg
}

// typedMost bounds the keys that a Keeper keeps.
const typedMost = 500

// formDialog is a form that tries what it was filled in for, and stays open
// with what was typed when that failed.
type formDialog struct {
	form   *Form
	submit func(context.Context, Values) Outcome
	tries  int
	typed  []tea.KeyMsg
	done   bool
}

// Fill returns the dialog of a form. submit runs outside of the loop. The
// dialog is a [Keeper]; where submit fails, the keys that were typed meanwhile
// go to the form.
func Fill(f *Form, submit func(context.Context, Values) Outcome) Dialog {
	return &formDialog{form: f, submit: submit}
}

func (d *formDialog) Update(msg tea.Msg) tea.Cmd {
	if f, ok := msg.(Finished); ok {
		if f.Err == nil {
			d.done = true
			return nil
		}
		sentences := f.Sentences
		if len(sentences) == 0 {
			sentences = []string{f.Err.Error()}
		}
		d.form.SetError(sentences)
		d.form.Retype(d.typed)
		d.typed = nil
		return nil
	}
	sending := d.form.Done()
	if k, ok := msg.(tea.KeyMsg); ok && sending && len(d.typed) < typedMost {
		d.typed = append(d.typed, k)
	}
	cmd := d.form.Update(msg)
	if d.form.Cancelled() {
		d.done, d.typed = true, nil
		return cmd
	}
	if !sending && d.form.Done() {
		d.tries++
		values, try := d.form.Values(), d.tries
		return tea.Batch(cmd,
			AttemptFor(d, func(ctx context.Context) Outcome { return d.submit(ctx, values) }),
			slowly(func() { d.tell(try) }))
	}
	return cmd
}

// tell says that a submission takes long, unless it is over.
func (d *formDialog) tell(try int) {
	if d.tries == try && d.form.Done() {
		d.form.slow = true
	}
}

// Typed are the keys for who comes after this dialog.
func (d *formDialog) Typed() []tea.KeyMsg {
	if !d.done {
		return nil
	}
	return d.typed
}

// View takes the room that the form should have, and no more than there is.
func (d *formDialog) View(th theme.Theme, w, h int) []string {
	w = min(w, 92)
	inner := d.form.Height(th, w-2)
	h = min(h, inner+2)
	return Frame(th, d.form.Title(), 0, true, w, h, d.form.Lines(th, w-2, h-2))
}

// Dirty says that something was typed that closing would lose.
func (d *formDialog) Dirty() bool { return d.form.Dirty() }

func (d *formDialog) Keys() Actions { return d.form.Keys() }
func (d *formDialog) Done() bool    { return d.done }

// confirmDialog is a question, and what is done after yes.
type confirmDialog struct {
	confirm *Confirm
	do      func(context.Context) Outcome
	done    bool
}

// Ask returns the dialog of a question. do runs outside of the loop, and only
// after yes.
func Ask(c *Confirm, do func(context.Context) Outcome) Dialog {
	return &confirmDialog{confirm: c, do: do}
}

func (d *confirmDialog) Update(msg tea.Msg) tea.Cmd {
	cmd := d.confirm.Update(msg)
	if yes, answered := d.confirm.Answer(); answered && !d.done {
		d.done = true
		if yes {
			return tea.Batch(cmd, Attempt(d.do))
		}
	}
	return cmd
}

func (d *confirmDialog) View(th theme.Theme, w, h int) []string {
	w = min(w, 80)
	h = min(h, d.confirm.Height(w-2)+2)
	return Frame(th, d.confirm.Title(), 0, true, w, h, d.confirm.Fit(th, w-2, h-2))
}

func (d *confirmDialog) Keys() Actions { return d.confirm.Keys() }
func (d *confirmDialog) Done() bool    { return d.done }
