package widget

import (
	"context"
	"errors"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/term/grid"
)

// root is as much of a console as a dialog needs: what a Keeper kept is typed
// below it.
type root struct {
	dialog Dialog
	typed  string
	w, h   int
}

func (r *root) Init() tea.Cmd { return nil }

func (r *root) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		r.w, r.h = msg.Width, msg.Height
	case Slow:
		msg.Tell()
	case tea.KeyMsg:
		var cmds []tea.Cmd
		for _, k := range term.SplitKeys(msg) {
			cmds = append(cmds, r.key(k))
		}
		return r, tea.Batch(cmds...)
	case Finished:
		if r.dialog == nil || !msg.Of(r.dialog) {
			break
		}
		cmd := r.dialog.Update(msg)
		if !r.dialog.Done() {
			return r, cmd
		}
		k := r.dialog.(Keeper)
		r.dialog = nil
		for _, key := range k.Typed() {
			r.key(key)
		}
		return r, cmd
	}
	return r, nil
}

func (r *root) key(k tea.KeyMsg) tea.Cmd {
	if r.dialog == nil {
		r.typed += k.String()
		return nil
	}
	cmd := r.dialog.Update(k)
	if r.dialog.Done() {
		r.dialog = nil
	}
	return cmd
}

func (r *root) View() string {
	if r.dialog == nil {
		return "typed " + r.typed
	}
	return strings.Join(r.dialog.View(themes["colours"], r.w, r.h), "\n")
}

// answered starts a form whose submission ends as the channel says.
func answered(t *testing.T) (*grid.Grid, chan error) {
	t.Helper()
	answers := make(chan error)
	f := NewForm("Subscribe", Field{Name: "subject"})
	d := Fill(f, func(ctx context.Context, _ Values) Outcome {
		select {
		case err := <-answers:
			return Outcome{Err: err}
		case <-ctx.Done():
			return Outcome{Err: ctx.Err()}
		}
	})
	return grid.Start(t, &root{dialog: d}, 60, 12), answers
}

func TestKeysTypedWhileSendingGoToWhatComesAfter(t *testing.T) {
	g, answers := answered(t)
	g.WaitFor("Subscribe")
	g.Raw("foo\r2n")
	g.WaitFor("sending…")
	answers <- nil
	g.WaitFor("typed 2n")
	g.Raw("x")
	g.WaitFor("typed 2nx")
}

func TestKeysTypedWhileSendingGoToTheFormWhenItFailed(t *testing.T) {
	g, answers := answered(t)
	g.WaitFor("Subscribe")
	g.Raw("foo\rba\rr")
	g.WaitFor("sending…")
	answers <- errors.New("no such subject")
	g.WaitFor("✗ no such subject")
	g.WaitFor("fooba ") // nothing is sent again, and nothing after that is typed
	g.WaitGone("sending")
	g.Raw("\r")
	g.WaitFor("sending…")
	answers <- nil
	g.WaitFor("typed")
}

func TestEscClosesWhileSending(t *testing.T) {
	g, answers := answered(t)
	g.WaitFor("Subscribe")
	g.Raw("foo\r")
	g.WaitFor("sending…")
	g.Raw("x")
	g.Press("esc")
	g.WaitFor("typed")
	g.Raw("y")
	g.WaitFor("typed y")
	answers <- nil
}

// A submission that is answered at once does not flicker, nor does the next
// one because of the first.
func TestSendingIsToldOfWhenItTakesLong(t *testing.T) {
	f := NewForm("New", Field{Name: "id"})
	d := Fill(f, nil).(*formDialog)
	d.Update(press("ctrl+s"))
	if got := f.Title().Right; got != "" {
		t.Errorf("%q at once", got)
	}
	first := d.tries
	d.Update(Finished{Outcome: Outcome{Err: errors.New("refused")}, asker: d})
	d.Update(press("ctrl+s"))
	d.tell(first)
	if got := f.Title().Right; got != "" {
		t.Errorf("%q because of an earlier one", got)
	}
	d.tell(d.tries)
	if got := f.Title().Right; got != "sending…" {
		t.Errorf("%q", got)
	}
}

func TestKeptKeysAreBounded(t *testing.T) {
	d := Fill(NewForm("New", Field{Name: "id"}), nil).(*formDialog)
	d.Update(press("ctrl+s"))
	for range 2 * typedMost {
		d.Update(press("x"))
	}
	if d.Typed() != nil {
		t.Error("keys are given away while it is not done")
	}
	d.Update(Finished{asker: d})
	if n := len(d.Typed()); !d.Done() || n != typedMost {
		t.Errorf("done %v, %d keys", d.Done(), n)
	}
}
