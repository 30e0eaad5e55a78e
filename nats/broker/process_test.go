package broker

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

func TestLogIsKeptAndNothingIsPrinted(t *testing.T) {
	// The server's own logger writes to the process's standard error output, so a process is needed to look.
	if os.Getenv("BROKER_CHILD") == "" {
		child := childTest(t)
		out, err := child.CombinedOutput()
		text := string(out)
		if err != nil || strings.Contains(text, "nats-server") || strings.Contains(text, "[INF]") {
			t.Errorf("the process printed %q, %v", text, err)
		}
		return
	}
	b := start(t, Options{Port: FreePort, StoreDir: t.TempDir(), LogLines: 25})
	var banner, listening bool
	for i, line := range b.Lines(0) {
		if line.Seq != uint64(i+1)+b.Lines(0)[0].Seq-1 || line.Time.IsZero() {
			t.Errorf("line %+v", line)
		}
		banner = banner || line.Text == "Starting nats-server" && line.Level == Info
		listening = listening || strings.HasPrefix(line.Text, "Listening for client connections on 127.0.0.1:")
	}
	if !listening || !banner && b.Lines(0)[0].Seq == 1 {
		t.Errorf("lines: %+v", b.Lines(0))
	}

	// A denied publish shows only here for whoever does not own the connection.
	last := b.Lines(0)[len(b.Lines(0))-1].Seq
	b.options.Configure = func(o *server.Options) error {
		o.Users = []*server.User{{Username: "bob", Password: "b", Permissions: &server.Permissions{
			Publish: &server.SubjectPermission{Allow: []string{"joe.>"}},
		}}}
		return nil
	}
	if err := b.Restart(testContext(t)); err != nil {
		t.Fatal(err)
	}
	nc := connect(t, b.URL(), nats.UserInfo("bob", "b"), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err := nc.Publish("pam.a", nil); err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	ctx := testContext(t)
	for {
		changed := b.Changed()
		for _, line := range b.Lines(last) {
			if line.Level == Error && strings.Contains(line.Text, `"$G/user:bob" - Publish Violation - Subject "pam.a"`) {
				if n := len(b.Lines(0)); n > 25 {
					t.Errorf("%d lines are kept, the bound is 25", n)
				}
				return
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatalf("no line tells of the violation: %+v", b.Lines(last))
		}
	}
}

// childTest is this test in a process of its own.
func childTest(t *testing.T) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(testContext(t), exe, "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), "BROKER_CHILD=1")
	return cmd
}

// nats-server's own handler answers SIGTERM with os.Exit(0), without a word to the program around it. In a
// child process, which has no handler either, the signal must end the process as a signal does.
func TestServerLeavesSignalsAlone(t *testing.T) {
	if os.Getenv("BROKER_CHILD") == "" {
		err := childTest(t).Run()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGTERM {
			t.Errorf("the process ended with %v, want signal SIGTERM", err)
		}
		return
	}
	start(t, Options{ConfigFile: writeConfig(t, "listen: 127.0.0.1:-1\n"), Configure: func(o *server.Options) error {
		o.NoSigs = false // not even this asks for it
		return nil
	}})
	if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-testContext(t).Done()
}

func TestLinesAreBounded(t *testing.T) {
	l := newLines(3)
	for i := range 10 {
		l.Noticef("line %d", i)
	}
	l.Warnf("%s", strings.Repeat("x", 2*maxLineBytes))
	got := l.kept.After(0)
	if len(got) != 3 || got[0].Seq != 9 || got[0].Text != "line 8" || got[2].Level != Warn || len(got[2].Text) != maxLineBytes {
		t.Errorf("lines: %d, %+v", len(got), got[0])
	}
	if got := l.kept.After(10); len(got) != 1 || got[0].Seq != 11 {
		t.Errorf("after(10) = %d lines", len(got))
	}
	if got := l.kept.After(11); got != nil {
		t.Errorf("after(11) = %+v", got)
	}
	l.Warnf("x%s", strings.Repeat("é", maxLineBytes))
	if text := l.kept.After(11)[0].Text; !utf8.ValidString(text) || len(text) != maxLineBytes-1 {
		t.Errorf("a line was cut inside a letter: %d bytes", len(text))
	}
}
