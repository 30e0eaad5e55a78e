package grid

import (
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/creack/pty"
)

// Text is what the grid shows, a line each, without the blanks at their ends.
func (g *Grid) Text() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.text()
}

func (g *Grid) text() string {
	var b strings.Builder
	for y := range g.emu.Height() {
		if y > 0 {
			b.WriteByte('\n')
		}
		var line strings.Builder
		for x := 0; x < g.emu.Width(); x++ {
			c := g.emu.CellAt(x, y)
			if c == nil || c.Content == "" {
				line.WriteByte(' ')
				continue
			}
			line.WriteString(c.Content)
			x += max(c.Width, 1) - 1
		}
		b.WriteString(strings.TrimRight(line.String(), " "))
	}
	return b.String()
}

// Styled is what the grid shows with its colours, as escape sequences.
func (g *Grid) Styled() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return strings.ReplaceAll(g.emu.Render(), "\r\n", "\n")
}

// Lines are those of Text.
func (g *Grid) Lines() []string { return strings.Split(g.Text(), "\n") }

// AltScreen reports whether the program has the alternate screen.
func (g *Grid) AltScreen() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.emu.IsAltScreen()
}

// CursorHidden reports whether the cursor is hidden.
func (g *Grid) CursorHidden() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.emu.CursorHidden()
}

// Mouse reports whether the program has asked the terminal to report its mouse.
func (g *Grid) Mouse() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.watch.mouse
}

// Copied is the text that was last copied through the terminal, OSC 52.
func (g *Grid) Copied() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.watch.copied
}

// Unexpected returns, and forgets, the control sequences that no program of
// ours has a reason to send. What is left of them fails the test at its end.
func (g *Grid) Unexpected() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	u := g.watch.unexpected
	g.watch.unexpected = nil
	return u
}

// WaitFor waits until the screen shows text.
func (g *Grid) WaitFor(text string) {
	g.t.Helper()
	g.wait("shows "+text, func(s string) bool { return strings.Contains(s, text) })
}

// WaitGone waits until the screen no longer shows text.
func (g *Grid) WaitGone(text string) {
	g.t.Helper()
	g.wait("no longer shows "+text, func(s string) bool { return !strings.Contains(s, text) })
}

// WaitUntil waits until the screen is as ok wants it.
func (g *Grid) WaitUntil(ok func(screen string) bool) {
	g.t.Helper()
	g.wait("is as wanted", ok)
}

// settle waits until nothing is drawn for a while. Only who writes golden
// frames needs it: a test knows what it waits for.
func (g *Grid) settle() {
	for {
		g.mu.Lock()
		changed := g.changed
		g.mu.Unlock()
		select {
		case <-changed:
		case <-time.After(700 * time.Millisecond):
			return
		}
	}
}

// soon waits until the screen is as ok wants it, and says whether it came to that.
func (g *Grid) soon(ok func(string) bool) bool {
	timer := time.NewTimer(Deadline)
	defer timer.Stop()
	for {
		g.mu.Lock()
		changed, screen := g.changed, g.text()
		g.mu.Unlock()
		if ok(screen) {
			return true
		}
		select {
		case <-changed:
		case <-g.ended:
			return ok(g.Text())
		case <-timer.C:
			return false
		}
	}
}

func (g *Grid) wait(what string, ok func(string) bool) {
	g.t.Helper()
	timer := time.NewTimer(Deadline)
	defer timer.Stop()
	for ended := false; ; {
		g.mu.Lock()
		changed, screen := g.changed, g.text()
		g.mu.Unlock()
		if ok(screen) {
			return
		}
		if ended {
			g.t.Fatalf("the program ended (%v) before the screen %s:\n%s", g.err, what, screen)
		}
		select {
		case <-changed:
		case <-g.ended:
			ended = true
		case <-timer.C:
			g.t.Fatalf("%v passed before the screen %s:\n%s", Deadline, what, screen)
		}
	}
}

// Resize changes the size of the terminal and tells the program.
func (g *Grid) Resize(w, h int) {
	g.mu.Lock()
	g.emu.Resize(w, h)
	g.mu.Unlock()
	if g.program != nil {
		g.program.Send(tea.WindowSizeMsg{Width: w, Height: h})
		return
	}
	if err := pty.Setsize(g.tty, &pty.Winsize{Cols: uint16(w), Rows: uint16(h)}); err != nil {
		g.t.Errorf("resize the pseudo terminal: %v", err)
	}
}

// Send gives the program a message, as if a command had returned it.
func (g *Grid) Send(msg tea.Msg) { g.program.Send(msg) }

// Quit ends a program of [Start] and returns its last model.
func (g *Grid) Quit() tea.Model {
	g.t.Helper()
	g.program.Quit()
	m, err := g.Wait()
	if err != nil {
		g.t.Errorf("the program ended with %v", err)
	}
	return m
}

// Wait waits until the program has ended by itself. The model is nil for a
// command of [Exec], whose error says how it exited.
func (g *Grid) Wait() (tea.Model, error) {
	g.t.Helper()
	timer := time.NewTimer(Deadline)
	defer timer.Stop()
	select {
	case <-g.ended:
	case <-timer.C:
		g.t.Fatalf("%v passed and the program has not ended:\n%s", Deadline, g.Text())
	}
	return g.model, g.err
}
