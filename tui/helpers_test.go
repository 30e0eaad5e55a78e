package tui_test

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/nats"
)

func windowSize(s [2]int) tea.WindowSizeMsg { return tea.WindowSizeMsg{Width: s[0], Height: s[1]} }

func key(k string) tea.KeyMsg {
	if k == "enter" {
		return tea.KeyMsg{Type: tea.KeyEnter}
	}
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(k)}
}

// flood publishes as fast as one connection can.
func flood(c *nats.Conn, subject string, n int) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for range n {
		if err := c.Publish(ctx, nats.Message{Subject: subject, Data: []byte("x")}); err != nil {
			return err
		}
	}
	return nil
}
