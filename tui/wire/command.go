package wire

import (
	"aidbox-nats/nats/shell"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// command is the end of a detail: what a person could have typed.
func (m *Model) command(title, command string, w int) []widget.Block {
	if command == "" {
		return nil
	}
	lines := []string{"", m.heading(title + ", Y copies it")}
	for _, l := range shell.Fold(command, w-2, term.Width) {
		lines = append(lines, widget.Paragraph(m.Theme, theme.Text, l, w)...)
	}
	return []widget.Block{{Lines: lines}}
}
