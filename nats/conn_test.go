package nats

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"

	"aidbox-nats/nats/broker"
)

func TestDialConnectsAndTellsOfTheServer(t *testing.T) {
	b := startBroker(t, broker.Options{})
	c := connect(t, Options{URLs: []string{b.URL()}})
	s := c.Status()
	if s.State != Connected || s.URL != b.URL() || s.ServerVersion != server.VERSION || s.ServerName != "aidbox-nats" || !s.JetStream {
		t.Errorf("Status = %+v", s)
	}
	if s.LastErr != nil || s.Reconnects != 0 || s.Since.IsZero() {
		t.Errorf("Status = %+v", s)
	}
	if rtt, err := c.RTT(testContext(t)); err != nil || rtt <= 0 {
		t.Errorf("RTT = %v, %v", rtt, err)
	}
	if events := c.Events(0); len(events) != 1 || events[0].Kind != EventConnected || events[0].Seq != 1 {
		t.Errorf("Events = %+v", events)
	}
}

// freePort is a port that was free a moment ago.
func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func TestDialWorksBeforeTheServerIsThere(t *testing.T) {
	port := freePort(t)
	url := fmt.Sprintf("nats://127.0.0.1:%d", port)
	c := dial(t, Options{URLs: []string{url}})
	f := c.NewFeed(FeedOptions{})
	if err := f.Subscribe(testContext(t), "early.>"); err != nil {
		t.Fatalf("Subscribe without a server: %v", err)
	}
	await(t, "a failed attempt", c.Changed, func() bool { return c.Status().LastErr != nil })

	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	err := c.WaitConnected(ctx)
	want := url + " refused the connection: nothing listens there; start nats-server or give --nats-url"
	if err == nil || err.Error() != want {
		t.Errorf("WaitConnected = %v, want %q", err, want)
	}
	if !errors.As(err, new(*ConnectError)) || !errors.Is(err, syscall.ECONNREFUSED) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%#v does not wrap its causes", err)
	}
	if err := c.Publish(testContext(t), Message{Subject: "x"}); !errors.Is(err, ErrNotConnected) || !strings.Contains(err.Error(), "refused the connection") {
		t.Errorf("Publish without a connection = %v", err)
	}
	await(t, "more attempts", c.Changed, func() bool { return c.Status().Attempts > 3 })
	if events := c.Events(0); len(events) != 1 || events[0].Kind != EventFailed {
		t.Errorf("the same failure again and again should be one event, got %+v", events)
	}

	startBroker(t, broker.Options{Port: port})
	if err := c.WaitConnected(testContext(t)); err != nil {
		t.Fatal(err)
	}
	if err := c.Publish(testContext(t), Message{Subject: "early.bird", Data: []byte("worm")}); err != nil {
		t.Fatal(err)
	}
	await(t, "the message", f.Changed, func() bool { return f.Counters().Received == 1 })
	if s := c.Status(); s.Reconnects != 0 || s.LastErr != nil {
		t.Errorf("Status = %+v", s)
	}
}

func TestRefusedLoginIsRetriedUntilTheServerAcceptsIt(t *testing.T) {
	known := []*server.User{{Username: "ann", Password: "secret"}}
	b := startBroker(t, broker.Options{Configure: func(o *server.Options) error {
		o.Users = known
		return nil
	}})
	c := dial(t, Options{URLs: []string{b.URL()}, User: "bob", Password: "hush-hush"})
	await(t, "attempts", c.Changed, func() bool { return c.Status().Attempts > 5 })
	s := c.Status()
	var auth *AuthError
	if s.State != Connecting || !errors.As(s.LastErr, &auth) || !errors.Is(s.LastErr, natsgo.ErrAuthorization) || auth.Identity != `user "bob"` {
		t.Fatalf("Status = %+v", s)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	err := c.WaitConnected(ctx)
	if !errors.As(err, new(*AuthError)) || !strings.Contains(err.Error(), b.URL()+` refused user "bob" (authorization violation)`) {
		t.Errorf("WaitConnected = %v", err)
	}

	known = append(known, &server.User{Username: "bob", Password: "hush-hush"})
	if err := b.Restart(testContext(t)); err != nil {
		t.Fatal(err)
	}
	if err := c.WaitConnected(testContext(t)); err != nil {
		t.Fatal(err)
	}
}

func TestConnectionSurvivesRefusedLoginsAfterIt(t *testing.T) {
	known := []*server.User{{Username: "bob", Password: "hush-hush"}}
	b := startBroker(t, broker.Options{Configure: func(o *server.Options) error {
		o.Users = known
		return nil
	}})
	c := connect(t, Options{URLs: []string{b.URL()}, User: "bob", Password: "hush-hush"})
	before := c.link
	f := c.NewFeed(FeedOptions{})
	if err := f.Subscribe(testContext(t), "kept"); err != nil {
		t.Fatal(err)
	}
	known = []*server.User{{Username: "ann", Password: "other"}}
	if err := b.Restart(testContext(t)); err != nil {
		t.Fatal(err)
	}
	await(t, "refusals", c.Changed, func() bool {
		s := c.Status()
		return s.State == Reconnecting && errors.As(s.LastErr, new(*AuthError)) && s.Attempts > 6
	})
	refusals := 0
	for _, e := range c.Events(0) {
		if e.Kind == EventAuth {
			refusals++
		}
	}
	if refusals != 1 {
		t.Errorf("%d events for one lasting refusal: %+v", refusals, c.Events(0))
	}
	known = []*server.User{{Username: "bob", Password: "hush-hush"}}
	if err := b.Restart(testContext(t)); err != nil {
		t.Fatal(err)
	}
	if err := c.WaitConnected(testContext(t)); err != nil {
		t.Fatal(err)
	}
	if err := c.Publish(testContext(t), Message{Subject: "kept"}); err != nil {
		t.Fatal(err)
	}
	await(t, "the message on the old subscription", f.Changed, func() bool { return f.Counters().Received == 1 })
	if s := c.Status(); s.Reconnects != 1 || s.LastErr != nil {
		t.Errorf("Status = %+v", s)
	}
	// nats.go by itself gives up after the second equal refusal; a Conn would then make another link.
	if c.link != before {
		t.Error("nats.go closed its connection for good")
	}
}

func TestConnectionOutlivesMoreAttemptsThanNatsGoMakesByDefault(t *testing.T) {
	b := startBroker(t, broker.Options{})
	c := connect(t, Options{URLs: []string{b.URL()}, ReconnectWait: time.Millisecond})
	before := c.link
	if err := b.Stop(testContext(t)); err != nil {
		t.Fatal(err)
	}
	await(t, "attempts", c.Changed, func() bool { return c.Status().Attempts > 2*natsgo.DefaultMaxReconnect })
	if err := b.Restart(testContext(t)); err != nil {
		t.Fatal(err)
	}
	await(t, "the reconnect", c.Changed, func() bool { return c.Status().State == Connected })
	if c.link != before {
		t.Error("nats.go closed its connection for good")
	}
}

// A protocol line that is too long for the server makes nats.go close the connection for good; so does any
// -ERR that it does not know.
func TestConnectionComesBackWhenNatsGoGivesItUp(t *testing.T) {
	b := startBroker(t, broker.Options{Configure: func(o *server.Options) error {
		o.MaxControlLine = 512
		return nil
	}})
	c := connect(t, Options{URLs: []string{b.URL()}})
	f := c.NewFeed(FeedOptions{})
	if err := f.Subscribe(testContext(t), "kept"); err != nil {
		t.Fatal(err)
	}
	if err := c.Publish(testContext(t), Message{Subject: strings.Repeat("x", 2000)}); err == nil {
		t.Fatal("the server took a line that is too long for it")
	}
	await(t, "a new connection", c.Changed, func() bool { s := c.Status(); return s.State == Connected && s.Reconnects == 1 })
	if err := c.Publish(testContext(t), Message{Subject: "kept"}); err != nil {
		t.Fatal(err)
	}
	await(t, "the message on the old subscription", f.Changed, func() bool { return f.Counters().Received == 1 })
	var told bool
	for _, e := range c.Events(0) {
		var s *ServerError
		told = told || errors.As(e.Err, &s) && strings.Contains(strings.ToLower(s.Error()), "maximum control line")
	}
	if !told {
		t.Errorf("no event tells why: %+v", c.Events(0))
	}
}

func TestURLsAreTriedInOrderAndEachFailureIsTold(t *testing.T) {
	locked := startBroker(t, broker.Options{Configure: users(&server.User{Username: "ann", Password: "secret"})})
	nobody := fmt.Sprintf("nats://127.0.0.1:%d", freePort(t))
	port := freePort(t)
	last := fmt.Sprintf("nats://127.0.0.1:%d", port)
	c := dial(t, Options{URLs: []string{locked.URL() + ", " + nobody, last}})
	await(t, "two rounds", c.Changed, func() bool { return c.Status().Attempts > 6 })

	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	err := c.WaitConnected(ctx)
	for _, want := range []string{
		locked.URL() + " asks who this is (authorization violation)",
		nobody + " refused the connection",
		last + " refused the connection",
	} {
		if !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("WaitConnected = %v, lacks %q", err, want)
		}
	}
	startBroker(t, broker.Options{Port: port})
	if err := c.WaitConnected(testContext(t)); err != nil {
		t.Fatal(err)
	}
	if s := c.Status(); s.URL != last {
		t.Errorf("connected to %s, want %s", s.URL, last)
	}
}

func TestConnectionMovesToTheNextURLWhenItsServerGoes(t *testing.T) {
	first, second := startBroker(t, broker.Options{}), startBroker(t, broker.Options{})
	c := connect(t, Options{URLs: []string{first.URL(), second.URL()}})
	if s := c.Status(); s.URL != first.URL() {
		t.Fatalf("connected to %s first, want %s", s.URL, first.URL())
	}
	if err := first.Stop(testContext(t)); err != nil {
		t.Fatal(err)
	}
	await(t, "the second server", c.Changed, func() bool {
		s := c.Status()
		return s.State == Connected && s.URL == second.URL()
	})
	var lost *DisconnectedError
	for _, e := range c.Events(0) {
		if e.Kind == EventDisconnected {
			errors.As(e.Err, &lost)
		}
	}
	if lost == nil || lost.URL != first.URL() {
		t.Errorf("Events = %+v", c.Events(0))
	}
}

func TestCloseDoesNotWaitForAHandshake(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := Dial(testContext(t), Options{URLs: []string{"nats://" + l.Addr().String()}, Timeout: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	accepted, err := l.Accept() // and say nothing
	if err != nil {
		t.Fatal(err)
	}
	defer accepted.Close()
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		c.Close()
	}()
	select {
	case <-closed:
	case <-time.After(patience):
		t.Fatal("Close waits for a server that says nothing")
	}
	if s := c.Status(); s.State != Closed {
		t.Errorf("State = %v", s.State)
	}
	if err := c.WaitConnected(testContext(t)); !errors.Is(err, ErrClosed) {
		t.Errorf("WaitConnected = %v", err)
	}
	c.Close()
}

// nats.go forgets a connection whose login failed while reconnecting; without a Close of ours each attempt
// would leave one open.
func TestFailedAttemptsLeaveNoConnectionOpen(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := dial(t, Options{URLs: []string{"nats://" + l.Addr().String()}})
	// greet takes the next connection and answers its login.
	greet := func(answer string) net.Conn {
		t.Helper()
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		io.WriteString(conn, `INFO {"server_id":"x","version":"2.15.2","headers":true,"max_payload":1000}`+"\r\n")
		lines := bufio.NewReader(conn)
		for range 2 { // CONNECT and PING
			if _, err := lines.ReadString('\n'); err != nil {
				t.Fatal(err)
			}
		}
		io.WriteString(conn, answer+"\r\n")
		return conn
	}
	first := greet("PONG")
	if err := c.WaitConnected(testContext(t)); err != nil {
		t.Fatal(err)
	}
	first.Close()
	refused := greet("-ERR 'Authorization Violation'")
	greet("-ERR 'Authorization Violation'")
	if rest, err := io.ReadAll(refused); err != nil {
		t.Errorf("the refused connection stays open: read %q, %v", rest, err)
	}
}

func TestNothingIsPrinted(t *testing.T) {
	stderr := captureStderr(t)
	b := startBroker(t, broker.Options{Configure: users(&server.User{Username: "bob", Password: "b", Permissions: &server.Permissions{
		Publish: &server.SubjectPermission{Deny: []string{"no.>"}}, Subscribe: &server.SubjectPermission{Deny: []string{"no.>"}},
	}})})
	c := connect(t, Options{URLs: []string{b.URL()}, User: "bob", Password: "b"})
	if err := c.Publish(testContext(t), Message{Subject: "no.way"}); !errors.As(err, new(*PermissionError)) {
		t.Fatalf("Publish = %v", err)
	}
	if err := c.NewFeed(FeedOptions{}).Subscribe(testContext(t), "no.way"); !errors.As(err, new(*PermissionError)) {
		t.Fatalf("Subscribe = %v", err)
	}
	if err := b.Restart(testContext(t)); err != nil {
		t.Fatal(err)
	}
	await(t, "a reconnect", c.Changed, func() bool { return c.Status().Reconnects == 1 })
	c.Close()
	if text := stderr(); text != "" {
		t.Errorf("printed: %q", text)
	}
}

// captureStderr redirects the standard error output to a file and returns how to read it.
func captureStderr(t *testing.T) func() string {
	t.Helper()
	file, err := os.CreateTemp(t.TempDir(), "stderr")
	if err != nil {
		t.Fatal(err)
	}
	before := os.Stderr
	os.Stderr = file
	t.Cleanup(func() {
		os.Stderr = before
		file.Close()
	})
	return func() string {
		text, err := os.ReadFile(file.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
}
