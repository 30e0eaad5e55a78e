package nats

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
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
	// nats.go by itself gives up after the second equal refusal.
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

func TestWhatCanNeverWorkFailsAtOnce(t *testing.T) {
	dir := t.TempDir()
	garbage := writeFile(t, filepath.Join(dir, "garbage"), "not a key")
	cases := map[string]struct {
		options Options
		want    string
	}{
		"an unknown scheme":                        {Options{URLs: []string{"http://localhost"}}, "the scheme must be one of nats, tls, ws, wss"},
		"no host":                                  {Options{URLs: []string{"nats://:4222"}}, "the host is missing"},
		"a port that is no number":                 {Options{URLs: []string{"nats://host:port"}}, "not a NATS URL: nats://host:port"},
		"websocket and plain addresses mixed":      {Options{URLs: []string{"ws://a", "nats://b"}}, "cannot be mixed"},
		"a credentials file that is not there":     {Options{CredsFile: filepath.Join(dir, "none")}, "credentials file " + dir},
		"a credentials file without a JWT":         {Options{CredsFile: garbage}, "no user JWT in it"},
		"an nkey file without a seed":              {Options{NKeyFile: garbage}, "nkey file " + garbage},
		"a CA file that is not there":              {Options{CAFile: filepath.Join(dir, "none")}, "CA file " + dir},
		"a CA file without a certificate":          {Options{CAFile: garbage}, "CA file " + garbage},
		"a client certificate without its key":     {Options{CertFile: garbage}, "needs both"},
		"a client certificate that is none":        {Options{CertFile: garbage, KeyFile: garbage}, "client certificate " + garbage},
		"credentials and an nkey at the same time": {Options{CredsFile: garbage, NKeyFile: garbage}, "cannot be used together"},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			c, err := Dial(context.Background(), test.options)
			if c != nil {
				c.Close()
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Dial = %v, want %q in it", err, test.want)
			}
		})
	}
}

func TestSecretsOfAURLAppearNowhere(t *testing.T) {
	const secret = "s3cr3t-w0rd"
	b := startBroker(t, broker.Options{Configure: users(&server.User{Username: "ann", Password: "other"})})
	host := strings.TrimPrefix(b.URL(), "nats://")
	for name, url := range map[string]string{
		"a password":                    "nats://bob:" + secret + "@" + host,
		"a token":                       "nats://" + secret + "@" + host,
		"a password without a scheme":   "bob:" + secret + "@" + host,
		"a password that breaks a URL":  "nats://bob:%zz" + secret + "@" + host,
		"a password and a broken port":  "nats://bob:" + secret + "@host:port",
		"a password and a wrong scheme": "http://bob:" + secret + "@" + host,
	} {
		t.Run(name, func(t *testing.T) {
			journal := NewJournal(0)
			c, err := Dial(context.Background(), Options{URLs: []string{url}, Journal: journal, ReconnectWait: 10 * time.Millisecond})
			if err != nil {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("Dial's error shows the secret: %v", err)
				}
				return
			}
			defer c.Close()
			await(t, "a refusal", c.Changed, func() bool { return c.Status().LastErr != nil })
			ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
			defer cancel()
			texts := []string{fmt.Sprintf("%+v", c.Status()), fmt.Sprint(c.WaitConnected(ctx)), fmt.Sprint(c.Publish(ctx, Message{Subject: "x"}))}
			for _, e := range c.Events(0) {
				texts = append(texts, fmt.Sprintf("%+v", e))
			}
			for _, op := range journal.Operations(0) {
				texts = append(texts, fmt.Sprintf("%+v", op), op.Command())
			}
			for _, text := range texts {
				if strings.Contains(text, secret) {
					t.Errorf("the secret is in %q", text)
				}
			}
		})
	}
}

func TestWhyThereIsNoConnectionIsSaidInWords(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			io.WriteString(conn, "SSH-2.0-OpenSSH_9.9\r\n")
			conn.Close()
		}
	}()
	plain := startBroker(t, broker.Options{})
	cases := map[string]struct {
		url  string
		want string
	}{
		"a host that does not exist":       {"nats://no-such-host.invalid", `the host name "no-such-host.invalid" is not known here`},
		"a program that is not NATS":       {"nats://" + l.Addr().String(), "does not speak NATS"},
		"TLS asked of a server without it": {"tls://" + strings.TrimPrefix(plain.URL(), "nats://"), "the server offers no TLS"},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			c := dial(t, Options{URLs: []string{test.url}})
			await(t, "a failed attempt", c.Changed, func() bool { return c.Status().LastErr != nil })
			if text := c.Status().LastErr.Error(); !strings.Contains(text, test.want) {
				t.Errorf("LastErr = %q, want %q in it", text, test.want)
			}
		})
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
