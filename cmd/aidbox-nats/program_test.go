package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds everything that a test awaits.
const patience = 20 * time.Second

// program is the built binary, buildFlags what it is built with: under the
// race detector it watches itself too.
var (
	program    string
	buildFlags []string
)

func TestMain(m *testing.M) {
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "aidbox-nats-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "aidbox-nats")
	args := append(append([]string{"build"}, buildFlags...), "-o", program, ".")
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go %s: %v\n%s", strings.Join(args, " "), err, out)
		return 1
	}
	return m.Run()
}

// running is the program as a test started it.
type running struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdout *output
	stderr *output
	ended  chan struct{} // closed when the process has ended and all output is read
}

// command prepares the program in an environment that has nothing of the
// person's who runs the tests.
func command(t *testing.T, env map[string]string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(program, args...)
	home := t.TempDir()
	cmd.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "TMPDIR=" + t.TempDir(), "TERM=xterm-256color", "GORACE=halt_on_error=1"}
	for k, v := range env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	return cmd
}

// start runs the program; it is killed with the test if it still runs then.
func start(t *testing.T, env map[string]string, args ...string) *running {
	t.Helper()
	return startCommand(t, command(t, env, args...))
}

func startCommand(t *testing.T, cmd *exec.Cmd) *running {
	t.Helper()
	r := &running{t: t, cmd: cmd, stdout: newOutput(), stderr: newOutput(), ended: make(chan struct{})}
	if cmd.Stdout == nil {
		cmd.Stdout = r.stdout
	}
	cmd.Stderr = r.stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		cmd.Wait() // the exit code is read from ProcessState
		close(r.ended)
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-r.ended
	})
	return r
}

// exits awaits the end and returns the exit code.
func (r *running) exits() int {
	r.t.Helper()
	select {
	case <-r.ended:
		return r.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		r.t.Fatalf("%q still runs after %s\nstdout: %s\nstderr: %s", r.cmd.Args, patience, r.stdout, r.stderr)
		return -1
	}
}

func (r *running) signal(s os.Signal) {
	r.t.Helper()
	if err := r.cmd.Process.Signal(s); err != nil {
		r.t.Fatal(err)
	}
}

// await waits for text that matches and returns the match and its groups.
func (r *running) await(o *output, pattern string) []string {
	r.t.Helper()
	re := regexp.MustCompile(pattern)
	deadline := time.After(patience)
	for {
		changed := o.changed()
		if m := re.FindStringSubmatch(o.String()); m != nil {
			return m
		}
		select {
		case <-changed:
		case <-r.ended:
			if m := re.FindStringSubmatch(o.String()); m != nil {
				return m
			}
			r.t.Fatalf("%q ended with %d before it printed %q\nstdout: %s\nstderr: %s", r.cmd.Args, r.cmd.ProcessState.ExitCode(), pattern, r.stdout, r.stderr)
		case <-deadline:
			r.t.Fatalf("%q has not printed %q within %s\nstdout: %s\nstderr: %s", r.cmd.Args, pattern, patience, r.stdout, r.stderr)
		}
	}
}

// output collects what is written and wakes who waits for it.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
	wake chan struct{}
}

func newOutput() *output { return &output{wake: make(chan struct{})} }

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.wake)
	o.wake = make(chan struct{})
	return o.text.Write(p)
}

func (o *output) changed() <-chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.wake
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// lines are the complete lines so far.
func (o *output) lines() []string {
	var lines []string
	s := bufio.NewScanner(strings.NewReader(o.String()))
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		lines = append(lines, s.Text())
	}
	return lines
}

// takenPort is a port on which the test listens.
func takenPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}

// runSandboxProgram starts one on free ports and returns its two addresses.
func runSandboxProgram(t *testing.T, args ...string) (aidbox, nats string) {
	t.Helper()
	r := start(t, nil, append([]string{"sandbox", "--aidbox-addr", "127.0.0.1:0", "--nats-addr", "127.0.0.1:0"}, args...)...)
	m := r.await(r.stdout, `(?m)^ready aidbox=(http://127\.0\.0\.1:\d+) nats=(nats://127\.0\.0\.1:\d+)$`)
	t.Cleanup(func() {
		r.signal(syscall.SIGTERM)
		if code := r.exits(); code != 0 {
			t.Errorf("the sandbox ended with %d: %s", code, r.stderr)
		}
	})
	return m[1], m[2]
}

// sentence checks what a person reads when something failed: one line that
// names the things.
func (r *running) sentence(names ...string) {
	r.t.Helper()
	text := r.stderr.String()
	if n := strings.Count(text, "\n"); n != 1 {
		r.t.Errorf("%d lines instead of one sentence: %q", n, text)
	}
	for _, name := range names {
		if !strings.Contains(text, name) {
			r.t.Errorf("%q does not name %q", text, name)
		}
	}
	if r.stdout.String() != "" {
		r.t.Errorf("standard output has %q", r.stdout)
	}
}

func TestCommandLineMistakes(t *testing.T) {
	for _, tc := range []struct {
		rule  string
		args  []string
		names []string
	}{
		{"a command that does not exist", []string{"flow"}, []string{`"flow"`, "sandbox and tail"}},
		{"a command that does not exist, with flags of its own", []string{"flow", "--watch"}, []string{`"flow"`, "sandbox and tail"}},
		{"a misspelt command", []string{"tial", "foo"}, []string{`"tial"`, "did you mean tail?"}},
		{"an unknown flag", []string{"--no-such-flag"}, []string{"--no-such-flag", "--help"}},
		{"an unknown flag of a command", []string{"tail", "foo", "--data-dir", "x"}, []string{"--data-dir", "aidbox-nats tail --help"}},
		{"a sandbox with an argument", []string{"sandbox", "now"}, []string{`"now"`}},
		{"tail without a subject", []string{"tail"}, []string{"aidbox-nats tail foo"}},
		{"tail of what is no subject", []string{"tail", "foo..bar"}, []string{"foo..bar"}},
		{"tail of no messages", []string{"tail", "foo", "--count", "0"}, []string{"--count"}},
		{"a count that is no number", []string{"tail", "foo", "--count", "x"}, []string{`--count takes a whole number, not "x": see aidbox-nats tail --help`}},
		{"a switch that is neither on nor off", []string{"--read-only=maybe"}, []string{`--read-only takes true or false, not "maybe": see aidbox-nats --help`}},
		{"a version that is no number", []string{"sandbox", "--aidbox-version", "new"}, []string{`--aidbox-version takes a whole number, not "new"`}},
		{"a background that is no background", []string{"--background", "blue"}, []string{"--background", "blue"}},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			r := start(t, nil, tc.args...)
			if code := r.exits(); code != exitUsage {
				t.Errorf("exit code %d, want %d", code, exitUsage)
			}
			r.sentence(tc.names...)
		})
	}
}

func TestVersion(t *testing.T) {
	r := start(t, nil, "--version")
	if code := r.exits(); code != 0 || !strings.HasPrefix(r.stdout.String(), "aidbox-nats ") {
		t.Errorf("exit code %d, %q", code, r.stdout)
	}
}

// TestHelpNamesWhatThereIs keeps commands that do not exist out of the help,
// and secrets out of its examples.
func TestHelpNamesWhatThereIs(t *testing.T) {
	r := start(t, nil, "--help")
	if code := r.exits(); code != 0 {
		t.Fatalf("exit code %d: %s", code, r.stderr)
	}
	help := r.stdout.String()
	for _, want := range []string{"sandbox ", "tail SUBJECT...", "--aidbox-url URL", "AIDBOX_CLIENT_SECRET", "--data-dir DIR", "--read-only", "--mask", "--nats-nkey FILE", "--nats-cert FILE"} {
		if !strings.Contains(help, want) {
			t.Errorf("the help does not have %q:\n%s", want, help)
		}
	}
	for _, not := range []string{"doctor", "reconcile", "completion"} {
		if strings.Contains(help, not) {
			t.Errorf("the help has %q", not)
		}
	}
	for _, line := range strings.Split(help, "\n") {
		if n := len(line); n > 130 {
			t.Errorf("a line of %d characters: %s", n, line)
		}
	}
}

func TestTheConsoleNeedsATerminal(t *testing.T) {
	r := start(t, nil)
	if code := r.exits(); code != exitFailed {
		t.Errorf("exit code %d, want %d", code, exitFailed)
	}
	r.sentence("terminal", "aidbox-nats tail SUBJECT", "aidbox-nats sandbox")
}

// What is wrong with the flags is not hidden behind the missing terminal.
func TestFlagsAreCheckedBeforeTheTerminal(t *testing.T) {
	for _, tc := range []struct {
		args  []string
		names []string
	}{
		{[]string{"--profile", "nope"}, []string{`"nope"`, "config.yaml"}},
		{[]string{"--aidbox-url", "http://127.0.0.1:1", "--nats-creds", "/nope"}, []string{"--nats-creds", "/nope"}},
		{[]string{"--aidbox-url", "http://127.0.0.1:1", "--data-dir", "x"}, []string{"--data-dir"}},
	} {
		t.Run(tc.args[len(tc.args)-2], func(t *testing.T) {
			r := start(t, nil, tc.args...)
			if code := r.exits(); code == 0 {
				t.Error("exit code 0")
			}
			r.sentence(tc.names...)
			if strings.Contains(r.stderr.String(), "needs a terminal") {
				t.Errorf("said %q", r.stderr)
			}
		})
	}
}

func TestAnUnknownProfileIsASentence(t *testing.T) {
	r := start(t, nil, "tail", "foo", "--profile", "nowhere")
	if code := r.exits(); code != exitFailed {
		t.Errorf("exit code %d, want %d", code, exitFailed)
	}
	r.sentence("nowhere", "config.yaml")
}

func readAll(t *testing.T, r io.Reader) string {
	t.Helper()
	text, err := io.ReadAll(r)
	if err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return string(text)
}
