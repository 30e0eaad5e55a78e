package nats

import (
	"context"
	"net"
	"net/url"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"
	"go.uber.org/goleak"

	"aidbox-nats/nats/broker"
)

// patience bounds every awaited condition; on a loaded machine a test is slow, not wrong.
const patience = 20 * time.Second

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

func testContext(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// startBroker starts a server of the test's own.
func startBroker(t testing.TB, o broker.Options) *broker.Broker {
	t.Helper()
	if o.Port == 0 {
		o.Port = broker.FreePort
	}
	o.StoreDir = t.TempDir()
	b, err := broker.Start(testContext(t), o)
	if err != nil {
		t.Fatalf("start broker: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := b.Stop(ctx); err != nil {
			t.Errorf("stop broker: %v", err)
		}
	})
	return b
}

// dial starts a connection that reconnects fast.
func dial(t testing.TB, o Options) *Conn {
	t.Helper()
	if o.ReconnectWait == 0 {
		o.ReconnectWait = 20 * time.Millisecond
	}
	c, err := Dial(testContext(t), o)
	if err != nil {
		t.Fatalf("Dial: %v", err)
	}
	t.Cleanup(c.Close)
	return c
}

func connect(t testing.TB, o Options) *Conn {
	t.Helper()
	c := dial(t, o)
	if err := c.WaitConnected(testContext(t)); err != nil {
		t.Fatalf("WaitConnected: %v", err)
	}
	return c
}

// await waits for a condition of something that has a Changed channel.
func await(t testing.TB, what string, changed func() <-chan struct{}, condition func() bool) {
	t.Helper()
	ctx := testContext(t)
	for {
		ch := changed()
		if condition() {
			return
		}
		select {
		case <-ch:
		case <-ctx.Done():
			t.Fatalf("%s: did not happen within %s", what, patience)
		}
	}
}

// users configures password users; a nil permission restricts nothing.
func users(list ...*server.User) func(*server.Options) error {
	return func(o *server.Options) error {
		o.Users = list
		return nil
	}
}

// observer is a bare client that listens, to see what really arrived.
func observer(t testing.TB, url, subject string, opts ...natsgo.Option) *natsgo.Subscription {
	t.Helper()
	nc, err := natsgo.Connect(url, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	sub, err := nc.SubscribeSync(subject)
	if err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	return sub
}

func writeFile(t testing.TB, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// routeURL is the address of a cluster member's route.
func routeURL(port int) *url.URL {
	return &url.URL{Scheme: "nats", Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(port))}
}
