// Package tui is what a person sees of the console: it lays the panes out,
// routes keys and messages to them, and draws the lines above and below.
//
// The root knows panes by one interface and never by name: a part of the
// screen is a [widget.Pane], a slot is a list with what belongs to it. Panes
// never speak to each other; they send messages that the root hands to all.
//
// Update never waits and does no I/O: everything that takes time is a command
// with a deadline whose answer comes back as a message. View draws from the
// model alone. Messages that arrive at a high rate on NATS do not become
// messages of the program: the live pane pulls what it shows.
package tui

import (
	"context"
	"fmt"
	"io"
	"os"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
)

// Options are what the console works on.
type Options struct {
	Aidbox   *aidbox.Client
	Recorder *aidbox.Recorder // the exchanges of Aidbox
	NATS     *nats.Conn
	Journal  *nats.Journal // the operations of NATS
	// URLForAidbox is the address under which Aidbox reaches NATS: what a new
	// destination gets unless the person says otherwise.
	URLForAidbox string
	// Sandbox says that Aidbox is the stand-in of this process.
	Sandbox bool
	// Temporary is the folder of a sandbox whose data goes with it. Empty: the
	// data is kept.
	Temporary string
	// Taken are the default ports that other programs have; the sandbox
	// listens on free ones instead.
	Taken []int
	// ReadOnly says that both clients refuse what changes a server.
	ReadOnly bool
	// Mask says that personal data is hidden from the start.
	Mask bool
	// Profile is the name of the connection profile, shown above.
	Profile string
	// Notices are sentences shown at the start.
	Notices []string
	// Dark says that the terminal's background is dark.
	Dark bool
	// Renderer knows the terminal's colours. Nil: lipgloss's default.
	Renderer *lipgloss.Renderer
	// Clipboard is where a text is copied through the terminal. Nil: Output.
	Clipboard io.Writer
	// Input and Output are the terminal. Nil: standard input and output.
	Input, Output *os.File
}

// Run shows the console until the person leaves it or ctx ends.
func Run(ctx context.Context, o Options) error {
	if o.Input == nil {
		o.Input = os.Stdin
	}
	if o.Output == nil {
		o.Output = os.Stdout
	}
	out := term.NewOutput(o.Output)
	if o.Clipboard == nil {
		o.Clipboard = out
	}
	m := New(ctx, o)
	p := tea.NewProgram(m,
		tea.WithAltScreen(),
		tea.WithInput(o.Input),
		tea.WithOutput(out),
		tea.WithFilter(term.Filter()),
		tea.WithoutSignalHandler(),
	)
	// Quit, and not the program's own context, whose end leaves its reader behind.
	stop := context.AfterFunc(ctx, p.Quit)
	defer stop()
	_, err := p.Run()
	m.Close()
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("show the console: %w", err)
	}
	return nil
}

func (o Options) theme() theme.Theme {
	return theme.New(theme.Options{Dark: o.Dark, Renderer: o.Renderer})
}
