package data

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/nats"
)

// Consumers are the consumers of one stream.
type Consumers struct {
	Answer
	Stream    string
	Consumers []nats.Consumer
}

// Consumers asks for the consumers of a stream.
func (s *Source) Consumers(stream string) tea.Cmd {
	return ask(s, func(ctx context.Context) ([]nats.Consumer, error) {
		return s.nats.Consumers(ctx, stream)
	}, func(a Answer, v []nats.Consumer) tea.Msg { return Consumers{a, stream, v} })
}
