package widget

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"
)

// At is the name of the field that has the keys; empty when none has.
func (f *Form) At() string {
	if p := f.focused(); p != nil {
		return p.Name
	}
	return ""
}

// GoTo gives the keys to a field that is shown, and reports whether it did.
func (f *Form) GoTo(name string) bool {
	values := f.Values()
	for i, p := range f.fields {
		if p.Name == name && p.Kind != Note && p.shown(values) {
			f.focus(i)
			return true
		}
	}
	return false
}

// Retype takes the keys that were typed while a submission was under way that
// then failed, up to the first that would submit again or cancel.
func (f *Form) Retype(keys []tea.KeyMsg) { f.retype(keys) }

// AttemptFor is [Attempt] for a dialog of its own making: the root hands the
// outcome to the dialog, if it still stands then.
func AttemptFor(d Dialog, do func(context.Context) Outcome) tea.Cmd { return attempt(d, do) }
