package sender

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/sandbox/subscription"
	"aidbox-nats/nats"
	"aidbox-nats/nats/broker"
)

func TestDialNeedsAServerThatWasNamed(t *testing.T) {
	t.Parallel()
	d := aidbox.Destination{ID: "d", Parameters: []aidbox.Parameter{{Name: subscription.ParamURL, Value: " , "}}}
	conn, err := dial(t.Context(), d, "")
	if err == nil {
		conn.close()
	}
	if !errors.Is(err, nats.ErrURL) {
		t.Errorf("got %v, want ErrURL", err)
	}
}

func TestReachable(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]string{
		"nats://host.docker.internal:4222":                   {"nats://127.0.0.1:4222"},
		"tls://Host.Docker.Internal":                         {"tls://127.0.0.1"},
		"nats://bob:p%40ss@host.docker.internal:4333":        {"nats://bob:p%40ss@127.0.0.1:4333"},
		"host.docker.internal:4222, nats://b:1":              {"nats://127.0.0.1:4222", "nats://b:1"},
		"nats://localhost:4222":                              {"nats://localhost:4222"},
		"nats://host.docker.internal.example.com:4222,, b:2": {"nats://host.docker.internal.example.com:4222", "nats://b:2"},
		"nats://%zz": {"nats://%zz"},
		" , ":        nil,
	} {
		if got := reachable(in); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestAFailureIsKeptAsUTF8(t *testing.T) {
	t.Parallel()
	s := newStats()
	s.failure(errors.New("x" + strings.Repeat("é", maxErrorText)))
	got := s.snapshot().LastErrors[0].Message
	if !utf8.ValidString(got) || len(got) > maxErrorText || len(got) < maxErrorText-1 {
		t.Errorf("%d bytes: %q", len(got), got)
	}
}

func TestLocalCreds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ file, dir, want string }{
		{"/creds/joe.creds", "/home/me/creds", "/home/me/creds/joe.creds"},
		{"/creds/app/joe.creds", "/x", "/x/app/joe.creds"},
		{"/creds/../etc/joe.creds", "/x", "/creds/../etc/joe.creds"},
		{"/credsx/joe.creds", "/x", "/credsx/joe.creds"},
		{"/creds/joe.creds", "", "/creds/joe.creds"},
		{"/elsewhere/joe.creds", "/x", "/elsewhere/joe.creds"},
		{"", "/x", ""},
	} {
		if got := localCreds(c.file, c.dir); got != c.want {
			t.Errorf("%q in %q: %q, want %q", c.file, c.dir, got, c.want)
		}
	}
}

func TestAPauseEndsWhenTheConnectionIsLostAndWhenItIsBack(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	b, err := broker.Start(ctx, broker.Options{Port: broker.FreePort, StoreDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	d := aidbox.Destination{ID: "d", Parameters: []aidbox.Parameter{{Name: subscription.ParamURL, Value: b.URL()}}}
	c, err := dial(ctx, d, "")
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	for _, change := range []func(context.Context) error{b.Stop, b.Restart} {
		ended := make(chan struct{})
		begun := c.conn.Status().Since
		go func() {
			defer close(ended)
			c.pause(ctx, time.Hour, begun)
		}()
		if err := change(ctx); err != nil {
			t.Fatal(err)
		}
		select {
		case <-ended:
		case <-ctx.Done():
			t.Fatal("it did not end")
		}
	}
}
