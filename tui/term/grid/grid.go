// Package grid is a terminal in memory, for tests. A program draws into it as
// into a real one, and a test waits for what the grid of cells shows, woken by
// each write and never by a clock.
//
// Waiting for the grid and not for the stream is what makes such tests steady:
// Bubble Tea does not write again what is still on the screen, and writes
// parts of lines in an order of its own.
//
// Everything that is written is watched too: a control sequence that no
// program of ours has a reason to send fails the test when it ends.
package grid

import (
	"io"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
	"github.com/muesli/termenv"
)

// Deadline bounds each wait, generously: tests run beside others.
const Deadline = 15 * time.Second

// Grid is one terminal and the program that draws into it.
type Grid struct {
	t testing.TB

	mu      sync.Mutex
	emu     *vt.Emulator
	watch   *watch
	changed chan struct{} // closed at the next write

	keys    io.Writer
	program *tea.Program
	tty     *os.File

	to      atomic.Pointer[replies] // where the emulator's replies go
	replies chan struct{}           // closed when there are no more

	ended chan struct{} // closed when the program has ended; then:
	model tea.Model
	err   error
}

// Renderer returns a lipgloss renderer with all colours, whatever the tests
// run in.
func Renderer() *lipgloss.Renderer {
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(termenv.TrueColor)
	return r
}

// Start runs a model as a program of w times h cells on the alternate screen.
// It is ended with the test, if it has not ended before.
func Start(t testing.TB, m tea.Model, w, h int, opts ...tea.ProgramOption) *Grid {
	t.Helper()
	g := newGrid(t, w, h)
	in, keys := io.Pipe()
	g.keys = keys
	opts = append([]tea.ProgramOption{
		tea.WithInput(in),
		tea.WithOutput(g),
		tea.WithFPS(120),
		tea.WithAltScreen(),
		tea.WithoutSignalHandler(),
	}, opts...)
	g.program = tea.NewProgram(m, opts...)
	go func() {
		defer close(g.ended)
		g.model, g.err = g.program.Run()
		in.Close()
	}()
	g.program.Send(tea.WindowSizeMsg{Width: w, Height: h})
	t.Cleanup(func() {
		g.program.Kill()
		keys.Close()
		<-g.ended
		g.close()
	})
	return g
}

// Exec starts a command on a pseudo terminal of w times h cells. With answer,
// its questions to the terminal are answered; without, this is a terminal that
// never answers. The command is killed with the test, if it has not ended
// before. Its keys are written to a terminal: what follows esc at once is read
// as one key with it, so wait for what esc does.
func Exec(t testing.TB, cmd *exec.Cmd, w, h int, answer bool) *Grid {
	t.Helper()
	g := newGrid(t, w, h)
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: uint16(w), Rows: uint16(h)})
	if err != nil {
		t.Fatalf("start %s on a pseudo terminal: %v", cmd, err)
	}
	g.keys, g.tty = tty, tty
	if answer {
		g.answer(tty)
	}
	go func() {
		defer close(g.ended)
		// Reading fails when the last process has closed the other end.
		io.Copy(g, tty)
		g.err = cmd.Wait()
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-g.ended
		tty.Close()
		g.close()
	})
	return g
}

func newGrid(t testing.TB, w, h int) *Grid {
	g := &Grid{
		t:       t,
		emu:     vt.NewEmulator(w, h),
		watch:   newWatch(),
		changed: make(chan struct{}),
		ended:   make(chan struct{}),
		replies: make(chan struct{}),
	}
	g.to.Store(&replies{io.Discard})
	go func() {
		defer close(g.replies)
		// The emulator waits until its replies are read.
		buf := make([]byte, 256)
		for {
			n, err := g.emu.Read(buf)
			g.to.Load().Write(buf[:n])
			if err != nil {
				return
			}
		}
	}()
	return g
}

type replies struct{ io.Writer }

func (g *Grid) answer(w io.Writer) { g.to.Store(&replies{w}) }

// close ends the emulator's replies and reports what should not have been
// written.
func (g *Grid) close() {
	if c, ok := g.emu.InputPipe().(io.Closer); ok {
		c.Close()
		<-g.replies
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, s := range g.watch.unexpected {
		g.t.Errorf("the terminal was sent %s", s)
	}
}

// Write takes what the program draws.
func (g *Grid) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.watch.write(p)
	n, err := g.emu.Write(p)
	close(g.changed)
	g.changed = make(chan struct{})
	return n, err
}
