package widget

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// Await returns a command that answers with msg when changed has returned
// true, and no sooner than pause after it: what changes all the time is looked
// at once a pause. changed waits, and returns false when ctx ends; then there
// is no answer.
func Await(ctx context.Context, pause time.Duration, changed func(ctx context.Context) bool, msg tea.Msg) tea.Cmd {
	return func() tea.Msg {
		if !changed(ctx) {
			return nil
		}
		timer := time.NewTimer(pause)
		defer timer.Stop()
		select {
		case <-timer.C:
			return msg
		case <-ctx.Done():
			return nil
		}
	}
}
