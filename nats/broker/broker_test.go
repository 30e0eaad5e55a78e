package broker

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

func connect(t testing.TB, url string, opts ...nats.Option) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect(url, opts...)
	if err != nil {
		t.Fatalf("connect to %s: %v", url, err)
	}
	t.Cleanup(nc.Close)
	return nc
}

func openJetStream(t testing.TB, url string) jetstream.JetStream {
	t.Helper()
	js, err := jetstream.New(connect(t, url))
	if err != nil {
		t.Fatal(err)
	}
	return js
}

func TestStartAcceptsConnections(t *testing.T) {
	b := start(t, Options{Port: FreePort, StoreDir: t.TempDir()})
	if want := fmt.Sprintf("nats://127.0.0.1:%d", b.Port()); b.URL() != want || b.Port() <= 0 {
		t.Errorf("URL = %s, want %s", b.URL(), want)
	}
	nc := connect(t, b.URL())
	if nc.ConnectedServerName() != "aidbox-nats" || !b.Running() {
		t.Errorf("server %q, running %v", nc.ConnectedServerName(), b.Running())
	}
}

func TestRestartKeepsPortAndData(t *testing.T) {
	b := start(t, Options{Port: FreePort, StoreDir: t.TempDir()})
	port := b.Port()
	ctx := testContext(t)
	js := openJetStream(t, b.URL())
	if _, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}}); err != nil {
		t.Fatal(err)
	}
	check := func() {
		t.Helper()
		if b.Port() != port {
			t.Fatalf("port %d, want %d", b.Port(), port)
		}
		stream, err := openJetStream(t, b.URL()).Stream(ctx, "S")
		if err != nil {
			t.Fatal(err)
		}
		msg, err := stream.GetMsg(ctx, 1)
		if err != nil || string(msg.Data) != "kept" {
			t.Fatalf("message: %v, %v", msg, err)
		}
	}
	if _, err := js.Publish(ctx, "s", []byte("kept")); err != nil {
		t.Fatal(err)
	}
	if err := b.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	check()
	if err := b.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	if b.Running() {
		t.Error("a stopped server runs")
	}
	// The port is free, here and now.
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	var taken *AddrInUseError
	if err := b.Restart(ctx); !errors.As(err, &taken) {
		t.Errorf("Restart on a taken port = %v", err)
	}
	l.Close()
	if err := b.Stop(ctx); err != nil {
		t.Errorf("a second Stop = %v", err)
	}
	if err := b.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	check()
}

func TestStopClosesConnections(t *testing.T) {
	b := start(t, Options{Port: FreePort, StoreDir: t.TempDir()})
	closed := make(chan struct{})
	connect(t, b.URL(), nats.NoReconnect(), nats.ClosedHandler(func(*nats.Conn) { close(closed) }))
	if err := b.Stop(testContext(t)); err != nil {
		t.Fatal(err)
	}
	select {
	case <-closed:
	case <-time.After(patience):
		t.Fatal("the client is still connected")
	}
}

func TestTakenPortIsToldAtOnce(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	addr := l.Addr().String()
	port := l.Addr().(*net.TCPAddr).Port
	t.Run("the port for clients, before the store is touched", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "store")
		_, err := Start(testContext(t), Options{Port: port, StoreDir: dir})
		checkTaken(t, err, addr)
		if _, err := os.Stat(dir); !os.IsNotExist(err) {
			t.Errorf("the store was opened: %v", err)
		}
	})
	t.Run("the port for a cluster", func(t *testing.T) {
		_, err := Start(testContext(t), Options{Port: FreePort, NoJetStream: true, Configure: func(o *server.Options) error {
			o.Cluster = server.ClusterOpts{Name: "c", Host: "127.0.0.1", Port: port}
			return nil
		}})
		checkTaken(t, err, addr)
	})
	t.Run("the port for monitoring", func(t *testing.T) {
		_, err := Start(testContext(t), Options{Port: FreePort, NoJetStream: true, Configure: func(o *server.Options) error {
			o.HTTPHost, o.HTTPPort = "127.0.0.1", port
			return nil
		}})
		checkTaken(t, err, addr)
	})
}

func checkTaken(t *testing.T, err error, addr string) {
	t.Helper()
	var taken *AddrInUseError
	if !errors.As(err, &taken) || taken.Addr != addr || !errors.Is(err, syscall.EADDRINUSE) || !strings.Contains(err.Error(), addr) {
		t.Errorf("Start = %v, want *AddrInUseError of %s", err, addr)
	}
}

func TestTwoServersDoNotShareAStore(t *testing.T) {
	one := start(t, Options{Port: FreePort, StoreDir: t.TempDir()})
	two := start(t, Options{Port: FreePort, StoreDir: t.TempDir()})
	ctx := testContext(t)
	if _, err := openJetStream(t, one.URL()).CreateStream(ctx, jetstream.StreamConfig{Name: "S"}); err != nil {
		t.Fatal(err)
	}
	if _, err := openJetStream(t, two.URL()).Stream(ctx, "S"); !errors.Is(err, jetstream.ErrStreamNotFound) {
		t.Errorf("the stream of one is in the other: %v", err)
	}
}

func TestJetStreamNeedsAFolder(t *testing.T) {
	config := writeConfig(t, "listen: 127.0.0.1:-1\njetstream: enabled\n")
	for name, o := range map[string]Options{
		"from options":             {Port: FreePort},
		"from a configuration":     {ConfigFile: config},
		"from the Configure calls": {Port: FreePort, NoJetStream: true, Configure: func(o *server.Options) error { o.JetStream = true; return nil }},
	} {
		t.Run(name, func(t *testing.T) {
			if b, err := Start(testContext(t), o); !errors.Is(err, ErrNoStoreDir) {
				t.Errorf("Start = %v, %v", b, err)
			}
		})
	}
	b := start(t, Options{Port: FreePort, NoJetStream: true})
	if has, _ := connect(t, b.URL()).ConnectedServerJetStream(); has {
		t.Error("JetStream runs")
	}
}

func writeConfig(t testing.TB, text string) string {
	t.Helper()
	return writeFile(t, filepath.Join(t.TempDir(), "nats.conf"), text)
}

func writeFile(t testing.TB, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestConfigFile(t *testing.T) {
	t.Run("an include is relative to the file", func(t *testing.T) {
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, "users.conf"), `authorization { users = [ { user: bob, password: hush } ] }`)
		file := writeFile(t, filepath.Join(dir, "nats.conf"), "server_name: mine\nlisten: 127.0.0.1:-1\njetstream { store_dir: "+filepath.Join(dir, "js")+" }\ninclude users.conf\n")
		b := start(t, Options{ConfigFile: file})
		nc := connect(t, b.URL(), nats.UserInfo("bob", "hush"))
		if nc.ConnectedServerName() != "mine" {
			t.Errorf("name %q", nc.ConnectedServerName())
		}
		if _, err := nats.Connect(b.URL()); !errors.Is(err, nats.ErrAuthorization) {
			t.Errorf("a stranger: %v", err)
		}
		if _, err := os.Stat(filepath.Join(dir, "js", "jetstream")); err != nil {
			t.Errorf("the file's store: %v", err)
		}
	})
	t.Run("options win over the file", func(t *testing.T) {
		port := freePort(t)
		file := writeConfig(t, "listen: 127.0.0.2:4222\njetstream { store_dir: /nowhere/at/all }\n")
		dir := t.TempDir()
		b := start(t, Options{ConfigFile: file, Host: "127.0.0.1", Port: port, StoreDir: dir})
		if b.URL() != fmt.Sprintf("nats://127.0.0.1:%d", port) {
			t.Errorf("URL %s", b.URL())
		}
		if _, err := os.Stat(filepath.Join(dir, "jetstream")); err != nil {
			t.Error(err)
		}
	})
	t.Run("without a jetstream block there is no JetStream", func(t *testing.T) {
		b := start(t, Options{ConfigFile: writeConfig(t, "listen: 127.0.0.1:-1\n"), StoreDir: t.TempDir()})
		if has, _ := connect(t, b.URL()).ConnectedServerJetStream(); has {
			t.Error("JetStream runs")
		}
	})
	t.Run("without a host it listens on the loopback address only", func(t *testing.T) {
		b := start(t, Options{ConfigFile: writeConfig(t, "port: -1\n")})
		if !strings.HasPrefix(b.URL(), "nats://127.0.0.1:") || b.host != "127.0.0.1" {
			t.Errorf("URL %s, host %s", b.URL(), b.host)
		}
	})
	t.Run("all interfaces are named by loopback", func(t *testing.T) {
		b := start(t, Options{Host: "0.0.0.0", Port: FreePort, NoJetStream: true})
		if !strings.HasPrefix(b.URL(), "nats://127.0.0.1:") {
			t.Errorf("URL %s", b.URL())
		}
		connect(t, b.URL())
	})
	t.Run("a restart reads it anew and keeps the port", func(t *testing.T) {
		file := writeConfig(t, "listen: 127.0.0.1:-1\n")
		b := start(t, Options{ConfigFile: file})
		port := b.Port()
		writeFile(t, file, "listen: 127.0.0.1:-1\nauthorization { user: bob, password: hush }\n")
		if err := b.Restart(testContext(t)); err != nil {
			t.Fatal(err)
		}
		if b.Port() != port {
			t.Errorf("port %d, want %d", b.Port(), port)
		}
		connect(t, b.URL(), nats.UserInfo("bob", "hush"))
	})
	t.Run("a mistake is told with its place", func(t *testing.T) {
		file := writeConfig(t, "listen: 127.0.0.1:-1\nlissten: x\n")
		_, err := Start(testContext(t), Options{ConfigFile: file})
		if err == nil || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), "lissten") {
			t.Errorf("Start = %v", err)
		}
		if _, err := Start(testContext(t), Options{ConfigFile: file + ".none"}); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("Start without the file = %v", err)
		}
	})
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func TestFatalMessageIsAnError(t *testing.T) {
	// A file where JetStream wants a folder.
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "jetstream"), "in the way")
	_, err := Start(testContext(t), Options{Port: FreePort, StoreDir: dir})
	var fatal *FatalError
	if !errors.As(err, &fatal) || !strings.Contains(fatal.Text, "Can't start JetStream") {
		t.Errorf("Start = %v", err)
	}
}

func TestCancelledStartLeavesNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	port := freePort(t)
	if _, err := Start(ctx, Options{Port: port, StoreDir: t.TempDir()}); !errors.Is(err, context.Canceled) {
		t.Fatalf("Start = %v", err)
	}
	start(t, Options{Port: port, StoreDir: t.TempDir()})
}

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
	got := l.after(0)
	if len(got) != 3 || got[0].Seq != 9 || got[0].Text != "line 8" || got[2].Level != Warn || len(got[2].Text) != maxLineBytes {
		t.Errorf("lines: %d, %+v", len(got), got[0])
	}
	if got := l.after(10); len(got) != 1 || got[0].Seq != 11 {
		t.Errorf("after(10) = %d lines", len(got))
	}
	if got := l.after(11); got != nil {
		t.Errorf("after(11) = %+v", got)
	}
}
