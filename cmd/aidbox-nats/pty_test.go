package main

import (
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"aidbox-nats/nats/broker"
)

// TestNoCommandAsksASilentTerminal guards the order in which packages are
// initialised: Bubble Tea's would ask the terminal for its background and wait
// five seconds for the answer, before main, whatever the command.
func TestNoCommandAsksASilentTerminal(t *testing.T) {
	b := startBrokerForTest(t, broker.Options{})
	for _, tc := range []struct {
		args  []string
		until string
	}{
		{[]string{"--help"}, "Usage:"},
		{[]string{"--version"}, "aidbox-nats "},
		{[]string{"tail", "foo", "--nats-url", b.URL()}, "listening on foo"},
		{[]string{"sandbox", "--aidbox-addr", "127.0.0.1:0", "--nats-addr", "127.0.0.1:0"}, "ready aidbox="},
	} {
		t.Run(tc.args[0], func(t *testing.T) {
			var fastest time.Duration
			// The machine may be busy; a wait for the terminal would be in every try.
			for range 3 {
				took, output := onSilentTerminal(t, command(t, nil, tc.args...), tc.until)
				if strings.Contains(output, "\x1b]") || strings.Contains(output, "\x1b[") {
					t.Fatalf("the terminal was sent a sequence: %q", output)
				}
				if fastest == 0 || took < fastest {
					fastest = took
				}
				if fastest < 2*time.Second {
					return
				}
			}
			t.Errorf("started after %s at best, want less than 2 s", fastest)
		})
	}
}

// onSilentTerminal runs cmd on a terminal that never answers until it has
// printed a text, and returns how long that took and all it printed until then.
func onSilentTerminal(t *testing.T, cmd *exec.Cmd, until string) (time.Duration, string) {
	t.Helper()
	begin := time.Now()
	tty, err := pty.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	printed := newOutput()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		io.Copy(printed, tty) // ends with an error when the last process has closed the terminal
		cmd.Wait()
	}()
	defer func() {
		cmd.Process.Kill()
		<-ended
		tty.Close()
	}()
	deadline := time.After(patience)
	for {
		changed := printed.changed()
		if text := printed.String(); strings.Contains(text, until) {
			return time.Since(begin), text
		}
		select {
		case <-changed:
		case <-ended:
			if text := printed.String(); strings.Contains(text, until) {
				return time.Since(begin), text
			}
			t.Fatalf("%q ended without printing %q: %q", cmd.Args, until, printed)
		case <-deadline:
			t.Fatalf("%q has not printed %q within %s: %q", cmd.Args, until, patience, printed)
		}
	}
}
