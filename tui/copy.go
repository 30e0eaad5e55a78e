package tui

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/widget"
)

// copyActions copy what is selected, and the command that does the same, where
// the part that has the keys or its list knows them.
func (m *Model) copyActions() widget.Actions {
	var out widget.Actions
	if c, ok := knower[copied](m); ok {
		out = append(out, m.copyAction("copy what is selected", "y", "copy", "there is nothing to copy", c.Copied))
	}
	if c, ok := knower[commanded](m); ok {
		out = append(out, m.copyAction("copy the command that does the same", "Y", "copy command", "there is no command for this", c.Command))
	}
	return out
}

func knower[T any](m *Model) (T, bool) {
	if c, ok := m.focused().pane.(T); ok {
		return c, true
	}
	c, ok := m.current().list().pane.(T)
	return c, ok
}

func (m *Model) copyAction(name, k, words, nothing string, of func() (what, text string)) widget.Action {
	a := action(name, k, k, words, func() tea.Cmd {
		what, text := of()
		clipboard := term.Clipboard{Out: m.o.Clipboard}
		return widget.Attempt(func(ctx context.Context) widget.Outcome { return copyText(ctx, clipboard, what, text) })
	})
	a.Why = func() string {
		if _, text := of(); text == "" {
			return nothing
		}
		return ""
	}
	return a
}

// copyText says how the text was copied. Where nothing takes it, a file does.
func copyText(ctx context.Context, c term.Clipboard, what, text string) widget.Outcome {
	how, err := c.Copy(ctx, text)
	if err == nil {
		return widget.Outcome{Said: fmt.Sprintf("Copied the %s with %s", what, how)}
	}
	path, fileErr := toFile(text)
	if fileErr != nil {
		return widget.Outcome{Err: fmt.Errorf("copy the %s: %w; nor to a file: %w", what, err, fileErr)}
	}
	return widget.Outcome{Said: fmt.Sprintf("No clipboard (%v): the %s is in %s", err, what, path)}
}

func toFile(text string) (string, error) {
	f, err := os.CreateTemp("", "aidbox-nats-*.txt")
	if err != nil {
		return "", err
	}
	if _, err := f.WriteString(text + "\n"); err != nil {
		f.Close()
		return "", err
	}
	if err := f.Close(); err != nil {
		return "", fmt.Errorf("write %s: %w", filepath.Base(f.Name()), err)
	}
	return f.Name(), nil
}
