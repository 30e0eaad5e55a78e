package tui

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"aidbox-nats/tui/term"
)

// copying is a list of which something can be copied.
type copying struct{ text string }

func (c copying) Copied() (what, command string) { return "curl command", c.text }

// overSSH has no clipboard tool: what is copied goes through the terminal.
func overSSH(name string) string {
	if name == "SSH_TTY" {
		return "/dev/pts/1"
	}
	return ""
}

func TestCopyThroughTheTerminal(t *testing.T) {
	var out strings.Builder
	o := copyText(context.Background(), term.Clipboard{Env: overSSH, Out: &out}, "curl command", "curl -u root")
	if o.Err != nil || o.Said != "Copied the curl command with OSC 52" {
		t.Errorf("%+v", o)
	}
	if !strings.HasPrefix(out.String(), "\x1b]52;c;") {
		t.Errorf("the terminal was sent %q", out.String())
	}
}

// What the terminal would drop without a word is in a file, for its owner alone.
func TestWhatCannotBeCopiedIsInAFile(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	text := strings.Repeat("x", term.MaxOSC52)
	var out strings.Builder
	o := copyText(context.Background(), term.Clipboard{Env: overSSH, Out: &out}, "curl command", text)
	_, path, ok := strings.Cut(o.Said, "the curl command is in ")
	if o.Err != nil || !ok || out.Len() > 0 {
		t.Fatalf("%+v, and the terminal was sent %d bytes", o, out.Len())
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != text+"\n" {
		t.Errorf("the file holds %d bytes, %v", len(got), err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info.Mode(), err)
	}
}

func TestWhatCanBeCopiedNowhereIsAnError(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir()+"/gone")
	o := copyText(context.Background(), term.Clipboard{Env: overSSH}, "curl command", "curl")
	if !errors.Is(o.Err, os.ErrNotExist) || !strings.Contains(o.Err.Error(), "copy the curl command") {
		t.Errorf("%+v", o)
	}
}

func TestNothingSelectedSaysThatThereIsNoCommand(t *testing.T) {
	m := lonely(t, 140, 42)
	if why := m.copyAction("", "Y", "", "there is no command for this", copying{}.Copied).Blocked(); why != "there is no command for this" {
		t.Errorf("%q", why)
	}
	if why := m.copyAction("", "Y", "", "there is no command for this", copying{"curl"}.Copied).Blocked(); why != "" {
		t.Errorf("%q", why)
	}
}
