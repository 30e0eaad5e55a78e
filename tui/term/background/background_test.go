package background_test

import (
	"bytes"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

const question = "\x1b]11;?"

// On a terminal that never answers, a program with Bubble Tea in it waits five
// seconds before main; with this package it does not ask at all.
func TestProgramDoesNotAskASilentTerminal(t *testing.T) {
	start := time.Now()
	out := run(t, build(t, "guarded"), "started")
	took := time.Since(start)
	if strings.Contains(out, question) {
		t.Errorf("the terminal was asked for its background: %q", out)
	}
	if took > 4*time.Second {
		t.Errorf("main began after %v", took)
	}
}

// Without this package the question is asked: the terminal of these tests is
// one that shows the difference.
func TestBareProgramAsks(t *testing.T) {
	run(t, build(t, "bare"), question)
}

func build(t *testing.T, name string) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), name)
	if out, err := exec.Command("go", "build", "-o", bin, "./testdata/"+name).CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", name, err, out)
	}
	return bin
}

// run starts a program on a terminal that never answers and returns what came
// until text did.
func run(t *testing.T, bin, text string) string {
	t.Helper()
	cmd := exec.Command(bin)
	cmd.Env = []string{"TERM=xterm-256color"}
	tty, err := pty.Start(cmd)
	if err != nil {
		t.Fatalf("start on a pseudo terminal: %v", err)
	}
	kill := time.AfterFunc(15*time.Second, func() { cmd.Process.Kill() })
	defer kill.Stop()
	var got bytes.Buffer
	buf := make([]byte, 256)
	for !strings.Contains(got.String(), text) {
		n, err := tty.Read(buf)
		got.Write(buf[:n])
		if err != nil {
			t.Errorf("%q never came, only %q: %v", text, got.String(), err)
			break
		}
	}
	cmd.Process.Kill()
	io.Copy(io.Discard, tty)
	cmd.Wait()
	tty.Close()
	return got.String()
}

// One more import of Bubble Tea, direct or not, and Go initialises this
// package after it.
func TestImportsLipglossAlone(t *testing.T) {
	const lipgloss = "github.com/charmbracelet/lipgloss"
	if got := list(t, "-f", `{{join .Imports "\n"}}`); len(got) != 1 || got[0] != lipgloss {
		t.Errorf("imports %q, not %q alone", got, lipgloss)
	}
	for _, dep := range list(t, "-deps") {
		if strings.HasPrefix(dep, "github.com/charmbracelet/bubbletea") {
			t.Errorf("depends on %s", dep)
		}
	}
}

func list(t *testing.T, args ...string) []string {
	t.Helper()
	out, err := exec.Command("go", append(append([]string{"list"}, args...), ".")...).Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	return strings.Fields(string(out))
}
