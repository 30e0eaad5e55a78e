package term_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"aidbox-nats/tui/term"
)

func env(vars ...string) func(string) string {
	return func(name string) string {
		for _, v := range vars {
			if k, val, _ := strings.Cut(v, "="); k == name {
				return val
			}
		}
		return ""
	}
}

func copyText(t *testing.T, c term.Clipboard, text string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	return c.Copy(ctx, text)
}

func TestCopyThroughTheTerminal(t *testing.T) {
	const plain = "\x1b]52;c;aGVsbG8=\x07"
	for _, c := range []struct {
		rule     string
		env      []string
		how, out string
	}{
		{"over SSH", []string{"SSH_TTY=/dev/pts/1", "DISPLAY=:0"}, "OSC 52", plain},
		{"without a tool's display", nil, "OSC 52", plain},
		{"in tmux, plain and wrapped", []string{"SSH_CONNECTION=x", "TMUX=/tmp/tmux"}, "OSC 52 through tmux",
			plain + "\x1bPtmux;\x1b" + plain + "\x1b\\"},
		{"in screen, wrapped", []string{"SSH_CONNECTION=x", "STY=1.pts"}, "OSC 52 through screen", "\x1bP" + plain + "\x1b\\"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if c.env == nil && runtime.GOOS != "linux" {
				t.Skipf("%s has a tool that needs no display", runtime.GOOS)
			}
			var out bytes.Buffer
			how, err := copyText(t, term.Clipboard{Env: env(c.env...), Out: &out}, "hello")
			if err != nil || how != c.how || out.String() != c.out {
				t.Errorf("%q, %v: %q", how, err, out.String())
			}
		})
	}
}

func TestCopyRefusesWhatTheTerminalWouldDrop(t *testing.T) {
	var out bytes.Buffer
	c := term.Clipboard{Env: env("SSH_TTY=x"), Out: &out}
	if _, err := copyText(t, c, strings.Repeat("x", term.MaxOSC52)); !errors.Is(err, term.ErrTooLong) || out.Len() > 0 {
		t.Errorf("%v, %d bytes written", err, out.Len())
	}
	if _, err := copyText(t, c, strings.Repeat("x", 56_000)); err != nil {
		t.Error(err)
	}
	if _, err := copyText(t, term.Clipboard{Env: env("SSH_TTY=x")}, "x"); err == nil {
		t.Error("copied through no terminal")
	}
}

// The tools are programs of the same names that keep what they are given.
func TestCopyWithALocalTool(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skipf("these tools are those of Linux, this is %s", runtime.GOOS)
	}
	for _, c := range []struct {
		rule      string
		env       []string
		tools     []string
		how, want string
	}{
		{"Wayland", []string{"WAYLAND_DISPLAY=w", "DISPLAY=:0"}, []string{"wl-copy", "xclip"}, "wl-copy", "wl-copy: héllo"},
		{"X11", []string{"DISPLAY=:0"}, []string{"wl-copy", "xclip"}, "xclip", "xclip -selection clipboard: héllo"},
		{"the next tool when one is missing", []string{"DISPLAY=:0"}, []string{"xsel"}, "xsel", "xsel --clipboard --input: héllo"},
		{"the next tool when one fails", []string{"DISPLAY=:0"}, []string{"!xclip", "xsel"}, "xsel", "xsel --clipboard --input: héllo"},
		{"Windows under Linux, in its encoding", []string{"WSL_DISTRO_NAME=u"}, []string{"clip.exe"}, "clip.exe",
			"clip.exe: \xff\xfeh\x00\xe9\x00l\x00l\x00o\x00"},
		{"the terminal when all fail", []string{"DISPLAY=:0"}, []string{"!xclip"}, "OSC 52", ""},
	} {
		t.Run(c.rule, func(t *testing.T) {
			dir := t.TempDir()
			got := filepath.Join(dir, "got")
			for _, name := range c.tools {
				name, fails := strings.CutPrefix(name, "!")
				script := "#!/bin/sh\nprintf '%s' \"" + name + "${*:+ $*}: \" >" + got + "\n/bin/cat >>" + got + "\n"
				if fails {
					script = "#!/bin/sh\nexit 1\n"
				}
				if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			t.Setenv("PATH", dir)
			var out bytes.Buffer
			how, err := copyText(t, term.Clipboard{Env: env(c.env...), Out: &out}, "héllo")
			if err != nil || how != c.how {
				t.Fatalf("%q, %v", how, err)
			}
			b, err := os.ReadFile(got)
			if err != nil && c.want != "" {
				t.Fatal(err)
			}
			if string(b) != c.want {
				t.Errorf("the tool got %q, not %q", b, c.want)
			}
			if (out.Len() > 0) != (c.want == "") {
				t.Errorf("the terminal got %q", out.String())
			}
		})
	}
}
