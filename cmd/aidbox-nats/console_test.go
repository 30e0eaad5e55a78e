package main

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"aidbox-nats/aidbox/sandbox"
	"aidbox-nats/tui/term/grid"
)

// screen is the console on a terminal of a test's own.
type screen struct {
	*grid.Grid
	pid *os.Process
}

// startConsole shows the console on free ports.
func startConsole(t *testing.T, env map[string]string, args ...string) screen {
	t.Helper()
	cmd := command(t, env, append([]string{"--aidbox-addr", "127.0.0.1:0", "--nats-addr", "127.0.0.1:0"}, args...)...)
	g := grid.Exec(t, cmd, 140, 42, true)
	return screen{g, cmd.Process}
}

// leaves checks that the program ends well and gives the terminal back.
func (s screen) leaves(t *testing.T) {
	t.Helper()
	if _, err := s.Wait(); err != nil {
		t.Errorf("the console ended with %v:\n%s", err, s.Text())
	}
	if s.AltScreen() {
		t.Error("the alternate screen was not left")
	}
	if s.CursorHidden() {
		t.Error("the cursor is still hidden")
	}
}

func TestConsoleStartsOnASilentTerminal(t *testing.T) {
	var fastest time.Duration
	for range 3 {
		cmd := command(t, nil, "--aidbox-addr", "127.0.0.1:0", "--nats-addr", "127.0.0.1:0")
		begin := time.Now()
		g := grid.Exec(t, cmd, 80, 24, false)
		g.WaitFor("SANDBOX")
		took := time.Since(begin)
		g.Press("q")
		screen{g, cmd.Process}.leaves(t)
		if fastest == 0 || took < fastest {
			fastest = took
		}
		if fastest < 3*time.Second {
			return
		}
	}
	t.Errorf("the first frame came after %s at best; Bubble Tea's own question takes five seconds", fastest)
}

func TestConsoleTakesKeysAndGivesTheTerminalBack(t *testing.T) {
	data := t.TempDir()
	tmp := t.TempDir()
	s := startConsole(t, map[string]string{"XDG_DATA_HOME": data, "TMPDIR": tmp})
	s.WaitFor("No topics yet")
	s.Press("?")
	s.WaitUntil(func(screen string) bool {
		return strings.Contains(screen, "palette") || strings.Contains(screen, "Help")
	})
	s.Press("esc")
	s.WaitFor("No topics yet")
	s.Press("q")
	s.leaves(t)
	if left := entries(t, tmp); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
	if kept := entries(t, filepath.Join(data, "aidbox-nats", "sandbox")); len(kept) == 0 {
		t.Error("the sandbox's data is not kept")
	}
}

func TestConsoleEndsOnASignal(t *testing.T) {
	s := startConsole(t, nil)
	s.WaitFor("No topics yet")
	if err := s.pid.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	s.leaves(t)
}

func TestASecondConsoleKeepsItsDataElsewhere(t *testing.T) {
	env := map[string]string{"XDG_DATA_HOME": t.TempDir(), "TMPDIR": t.TempDir()}
	first := startConsole(t, env)
	first.WaitFor("No topics yet")
	second := startConsole(t, env)
	second.WaitFor("in use by another console")
	second.WaitFor("SANDBOX temporary")
	if n := len(entries(t, env["TMPDIR"])); n != 1 {
		t.Errorf("%d temporary folders, want one", n)
	}
	second.Press("q")
	second.leaves(t)
	if left := entries(t, env["TMPDIR"]); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
	first.Press("q")
	first.leaves(t)
}

// TestTakenDefaultPortsAreReplaced takes the default ports, or finds that
// somebody else has them: either way they are taken.
func TestTakenDefaultPortsAreReplaced(t *testing.T) {
	for _, addr := range []string{sandbox.DefaultAddr, defaultNATSAddr} {
		l, err := net.Listen("tcp", addr)
		if err == nil {
			t.Cleanup(func() { l.Close() })
		} else if !errors.Is(err, syscall.EADDRINUSE) {
			t.Fatal(err)
		}
	}
	cmd := command(t, nil)
	s := screen{grid.Exec(t, cmd, 140, 42, true), cmd.Process}
	s.WaitFor("port 4222 is taken") // the first notice; the next comes when it has gone
	url := regexp.MustCompile(`http://127\.0\.0\.1:(\d+)`)
	s.WaitUntil(func(text string) bool {
		m := url.FindStringSubmatch(text)
		return m != nil && m[1] != "8080" && strings.Contains(text, "nats://127.0.0.1:") && !strings.Contains(text, "nats://127.0.0.1:4222 ")
	})
	s.WaitFor("SANDBOX other ports")
	s.Press("q")
	s.leaves(t)
}

func TestATakenPortThatWasAskedForIsAnError(t *testing.T) {
	taken := takenPort(t)
	cmd := command(t, nil, "--aidbox-addr", "127.0.0.1:0", "--nats-addr", taken)
	g := grid.Exec(t, cmd, 140, 42, true)
	if _, err := g.Wait(); err == nil {
		t.Error("the console ended without an error")
	}
	if text := g.Text(); !strings.Contains(text, taken) || g.AltScreen() {
		t.Errorf("the screen shows:\n%s", text)
	}
}

func TestConsoleOnServersElsewhere(t *testing.T) {
	aidboxURL, natsURL := runSandboxProgram(t, "--client", "console", "--secret", "other")
	cmd := command(t, map[string]string{"AIDBOX_CLIENT_SECRET": "other", "NATS_URL": natsURL}, "--aidbox-url", aidboxURL, "--aidbox-client", "console", "--read-only")
	s := screen{grid.Exec(t, cmd, 140, 42, true), cmd.Process}
	s.WaitFor("No topics yet")
	s.WaitFor("READ-ONLY")
	text := s.Text()
	for _, want := range []string{aidboxURL, natsURL} {
		if !strings.Contains(text, want) {
			t.Errorf("the screen does not show %s:\n%s", want, text)
		}
	}
	if strings.Contains(text, "SANDBOX") {
		t.Errorf("the screen calls servers elsewhere a sandbox:\n%s", text)
	}
	s.Press("q")
	s.leaves(t)
}
