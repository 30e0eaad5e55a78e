package nats

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"

	"aidbox-nats/nats/broker"
)

func TestPublishArrivesWithAllItsParts(t *testing.T) {
	b := startBroker(t, broker.Options{})
	sub := observer(t, b.URL(), ">")
	c := connect(t, Options{URLs: []string{b.URL()}})
	m := Message{Subject: "foo.bar", Reply: "back", Header: natsgo.Header{"X-One": {"1", "2"}}, Data: []byte("payload")}
	if err := c.Publish(testContext(t), m); err != nil {
		t.Fatal(err)
	}
	got, err := sub.NextMsg(patience)
	if err != nil {
		t.Fatal(err)
	}
	if got.Subject != m.Subject || got.Reply != m.Reply || string(got.Data) != "payload" || !reflect.DeepEqual(got.Header, m.Header) {
		t.Errorf("arrived: %+v", got)
	}
}

func TestRefusedPublishIsAnError(t *testing.T) {
	user := limited()
	user.Permissions.Publish = &server.SubjectPermission{Deny: []string{"secret.>"}}
	b := startBroker(t, broker.Options{Configure: users(user)})
	c := connect(t, Options{URLs: []string{b.URL()}, User: "bob", Password: "b"})
	for i := range 20 {
		subject := fmt.Sprintf(`secret."quoted".%d`, i%2)
		err := c.Publish(testContext(t), Message{Subject: subject})
		var refused *PermissionError
		if !errors.As(err, &refused) || refused.Op != OpPublish || refused.Subject != subject {
			t.Fatalf("Publish = %v", err)
		}
		if err := c.Publish(testContext(t), Message{Subject: "open"}); err != nil {
			t.Fatalf("a refusal before made an allowed publish fail: %v", err)
		}
	}
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			subject := fmt.Sprintf("%s.%d", []string{"open", "secret"}[i%2], i)
			err := c.Publish(testContext(t), Message{Subject: subject})
			var refused *PermissionError
			switch {
			case i%2 == 0 && err != nil:
				t.Errorf("%s: %v", subject, err)
			case i%2 == 1 && (!errors.As(err, &refused) || refused.Subject != subject):
				t.Errorf("%s: %v", subject, err)
			}
		})
	}
	wg.Wait()
	if len(c.Events(0)) == 0 || c.Events(0)[1].Kind != EventPermission {
		t.Errorf("Events = %+v", c.Events(0))
	}
}

func TestReadOnlySendsNothing(t *testing.T) {
	b := startBroker(t, broker.Options{})
	sub := observer(t, b.URL(), ">")
	c := connect(t, Options{URLs: []string{b.URL()}, ReadOnly: true})
	f := c.NewFeed(FeedOptions{})
	subscribe(t, f, "foo")
	if err := c.Publish(testContext(t), Message{Subject: "foo"}); !errors.Is(err, ErrReadOnly) {
		t.Errorf("Publish = %v", err)
	}
	out := bare(t, b.URL())
	out.Publish("foo", []byte("from another"))
	out.Flush()
	awaitReceived(t, f, 1)
	if got, err := sub.NextMsg(patience); err != nil || string(got.Data) != "from another" {
		t.Errorf("first message on the server: %+v, %v", got, err)
	}
	if _, err := c.Streams(testContext(t)); err != nil {
		t.Errorf("Streams = %v", err)
	}
}

func TestPublishWithoutAConnectionKeepsNothingForLater(t *testing.T) {
	b := startBroker(t, broker.Options{})
	c := connect(t, Options{URLs: []string{b.URL()}})
	f := c.NewFeed(FeedOptions{})
	subscribe(t, f, "foo")
	if err := b.Stop(testContext(t)); err != nil {
		t.Fatal(err)
	}
	// At first nats.go may not have noticed; from then on it must not keep the message either.
	for c.Status().State != Reconnecting {
		if err := c.Publish(testContext(t), Message{Subject: "foo", Data: []byte("lost")}); err == nil {
			t.Fatal("a publish to a stopped server succeeded")
		}
	}
	if err := c.Publish(testContext(t), Message{Subject: "foo", Data: []byte("lost")}); !errors.Is(err, ErrNotConnected) {
		t.Errorf("Publish = %v", err)
	}
	// Past the Conn's own check: nats.go itself must have no reconnect buffer.
	if err := c.link.nc.Publish("foo", []byte("lost")); !errors.Is(err, natsgo.ErrReconnectBufExceeded) {
		t.Errorf("nats.go's Publish = %v", err)
	}
	if err := b.Restart(testContext(t)); err != nil {
		t.Fatal(err)
	}
	if err := c.WaitConnected(testContext(t)); err != nil {
		t.Fatal(err)
	}
	if err := c.Publish(testContext(t), Message{Subject: "foo", Data: []byte("new")}); err != nil {
		t.Fatal(err)
	}
	awaitReceived(t, f, 1)
	if got := f.Window(0, 10); len(got) != 1 || string(got[0].Data) != "new" {
		t.Errorf("Window = %+v", got)
	}
}

func TestPublishRefusesWhatTheServerWouldHangUpOn(t *testing.T) {
	b := startBroker(t, broker.Options{Configure: func(o *server.Options) error {
		o.MaxPayload = 1000
		return nil
	}})
	c := connect(t, Options{URLs: []string{b.URL()}})
	long := strings.Repeat("x", MaxSubject)
	for name, m := range map[string]Message{
		"a wildcard":                        {Subject: "foo.*"},
		"a line break":                      {Subject: "foo\r\nPUB bar 0"},
		"a reply with a blank":              {Subject: "foo", Reply: "a b"},
		"a subject too long":                {Subject: long + "x"},
		"subject and reply too long in all": {Subject: long, Reply: "inbox"},
		"a payload too large":               {Subject: "foo", Data: make([]byte, 1001)},
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.Publish(testContext(t), m); err == nil || len(err.Error()) > 1000 {
				t.Errorf("Publish = %v", err)
			}
		})
	}
	err := c.Publish(testContext(t), Message{Subject: "foo", Data: make([]byte, 1001)})
	if !errors.Is(err, natsgo.ErrMaxPayload) || !strings.Contains(err.Error(), "publish 1001 bytes to \"foo\": the server takes at most 1000") {
		t.Errorf("Publish = %v", err)
	}
	if err := c.Publish(testContext(t), Message{Subject: long}); err != nil {
		t.Errorf("the longest subject: %v", err)
	}
	if s := c.Status(); s.Reconnects != 0 || s.State != Connected {
		t.Errorf("Status = %+v", s)
	}
}

func TestViolationsOfEveryServerAreRead(t *testing.T) {
	for text, want := range map[string]PermissionError{
		`Permissions Violation for Publish to "pam.a"`:                         {Op: OpPublish, Subject: "pam.a"},
		`Permissions Violation for Publish with Reply of "back"`:               {Op: OpReply, Subject: "back"},
		`Permissions Violation for Subscription to ">"`:                        {Op: OpSubscribe, Subject: ">"},
		`Permissions Violation for Subscription to "x" using queue "q"`:        {Op: OpSubscribe, Subject: "x"},
		`Permissions Violation for Subscription to "a\"b" (sid "1")`:           {Op: OpSubscribe, Subject: `a"b`},
		`Permissions Violation for Subscription to "a.b.c.d", too many tokens`: {Op: OpSubscribe, Subject: "a.b.c.d"},
	} {
		got, ok := parsePermission(fmt.Errorf("%w: %s", natsgo.ErrPermissionViolation, text))
		if !ok || got.Op != want.Op || got.Subject != want.Subject || !errors.Is(got, natsgo.ErrPermissionViolation) {
			t.Errorf("%s: %+v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", `Permissions Violation for Publish to pam`, `Permissions Violation for Dancing to "x"`} {
		if got, ok := parsePermission(fmt.Errorf("%w: %s", natsgo.ErrPermissionViolation, text)); ok {
			t.Errorf("%q: %+v", text, got)
		}
	}
	if _, ok := parsePermission(errors.New(`Permissions Violation for Publish to "pam.a"`)); ok {
		t.Error("an error of another kind is read as a violation")
	}
}
