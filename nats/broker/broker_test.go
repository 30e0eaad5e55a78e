package broker

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
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
