package widget

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// slowAfter is how long something may take before a person is told that it is
// under way: what comes sooner would only flicker.
const slowAfter = 150 * time.Millisecond

// Slow says that something has not been answered for 150 ms. The root calls
// Tell, in its loop, and draws again.
type Slow struct{ tell func() }

// Tell lets whoever waits say so.
func (s Slow) Tell() {
	if s.tell != nil {
		s.tell()
	}
}

func slowly(tell func()) tea.Cmd {
	return tea.Tick(slowAfter, func(time.Time) tea.Msg { return Slow{tell} })
}
