package nats

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

func advisories(t *testing.T, c *Conn) *Advisories {
	t.Helper()
	a, err := c.WatchAdvisories(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

// awaitAdvisory waits for the first advisory of a kind.
func awaitAdvisory(t *testing.T, a *Advisories, kind AdvisoryKind) Advisory {
	t.Helper()
	var found Advisory
	await(t, "an advisory", a.Changed, func() bool {
		all := a.Window(0, 10_000)
		i := slices.IndexFunc(all, func(one Advisory) bool { return one.Kind == kind })
		if i >= 0 {
			found = all[i]
		}
		return i >= 0
	})
	return found
}

func TestWhatWorkersDoIsTold(t *testing.T) {
	b, _ := startStream(t, 4, nil)
	ctx := testContext(t)
	c := connect(t, Options{URLs: []string{b.URL()}})
	a := advisories(t, c)
	if off := a.Off(); off != nil {
		t.Errorf("off: %v", off)
	}
	must(c.CreateConsumer(ctx, "S", ConsumerConfig{Name: "k", MaxDeliver: 2, AckWait: 100 * time.Millisecond, SamplePercent: 100}))
	// Until the second message ran out of deliveries, which pulls alone bring about.
	for a := range 3 {
		m := must(c.Next(ctx, "S", "k"))
		switch a {
		case 0:
			if err := m.Ack(ctx); err != nil {
				t.Fatal(err)
			}
		case 1:
			if err := m.Nak(ctx, 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := must(c.Next(ctx, "S", "k")).Term(ctx, "cannot be done"); err != nil {
		t.Fatal(err)
	}
	// Only a pull lets the server notice that the second message has no delivery left.
	for exceeded := false; !exceeded; {
		short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
		if _, err := c.Next(short, "S", "k"); err != nil && !errors.Is(err, ErrNoMessages) {
			t.Fatal(err)
		}
		cancel()
		exceeded = slices.ContainsFunc(a.Window(0, 10_000), func(one Advisory) bool { return one.Kind == AdvisoryMaxDeliver && one.StreamSeq == 2 })
	}
	for kind, test := range map[AdvisoryKind]struct {
		check func(Advisory) bool
		text  string
	}{
		AdvisoryAck: {func(a Advisory) bool {
			return a.StreamSeq == 1 && a.ConsumerSeq == 1 && a.Deliveries == 1 && a.Delay > 0
		}, "a worker of consumer k acknowledged message 1 of stream S after "},
		AdvisoryNak:        {func(a Advisory) bool { return a.StreamSeq == 2 && a.Deliveries == 1 }, "a worker of consumer k wants message 2 of stream S again"},
		AdvisoryTerminated: {func(a Advisory) bool { return a.Reason == "cannot be done" && a.Deliveries == 1 }, "never again (delivery 1): cannot be done"},
		AdvisoryMaxDeliver: {func(a Advisory) bool { return a.StreamSeq == 2 && a.Deliveries == 2 }, "was delivered 2 times to consumer k"},
		AdvisoryConsumer:   {func(a Advisory) bool { return a.Action == "create" }, "consumer k of stream S was created"},
	} {
		got := awaitAdvisory(t, a, kind)
		if got.Stream != "S" || got.Consumer != "k" || got.Time.IsZero() || got.Seq == 0 || !test.check(got) || !strings.Contains(got.String(), test.text) {
			t.Errorf("%+v\n%s", got, got)
		}
	}
}

func TestWhatIsManagedIsTold(t *testing.T) {
	b, js := startStream(t, 1, nil)
	ctx := testContext(t)
	c := connect(t, Options{URLs: []string{b.URL()}, Name: "the console"})
	a := advisories(t, c)
	must(js.CreateStream(ctx, jetstream.StreamConfig{Name: "T", Subjects: []string{"t"}}))
	must(c.CreateConsumer(ctx, "S", ConsumerConfig{Name: "k"}))
	if err := c.PauseConsumer(ctx, "S", "k", time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got := awaitAdvisory(t, a, AdvisoryPause); got.Action != "pause" || !strings.Contains(got.String(), "consumer k of stream S was paused until ") {
		t.Errorf("%+v: %s", got, got)
	}
	if got := awaitAdvisory(t, a, AdvisoryStream); got.Action != "create" || got.String() != "stream T was created" {
		t.Errorf("%+v: %s", got, got)
	}
	if _, err := c.Stream(ctx, "NONE"); !errors.Is(err, ErrStreamNotFound) {
		t.Fatal(err)
	}
	await(t, "the audit of a refused question", a.Changed, func() bool {
		return slices.ContainsFunc(a.Window(0, 10_000), func(one Advisory) bool {
			return one.Kind == AdvisoryAudit && one.Subject == "$JS.API.STREAM.INFO.NONE" && one.Failure == "stream not found" && one.FailureCode == 404 && one.Client == "the console" && one.Own
		})
	})
	if !slices.ContainsFunc(a.Window(0, 10_000), func(one Advisory) bool {
		return one.Kind == AdvisoryAudit && !one.Own && strings.HasSuffix(one.Subject, ".T")
	}) {
		t.Errorf("nobody else's question: %+v", a.Window(0, 10_000))
	}
}

func TestAdvisoriesAreOffWhereTheUserMayNotSubscribe(t *testing.T) {
	may := func(deny ...string) *server.Permissions {
		return &server.Permissions{Subscribe: &server.SubjectPermission{Deny: deny}}
	}
	b, _ := startStream(t, 0, users(root(),
		&server.User{Username: "neither", Password: "p", Permissions: may("$JS.EVENT.>")},
		&server.User{Username: "metrics", Password: "p", Permissions: may("$JS.EVENT.ADVISORY.>")},
	), natsgo.UserInfo("root", "r"))
	var refused *PermissionError
	neither := connect(t, Options{URLs: []string{b.URL()}, User: "neither", Password: "p"})
	if _, err := neither.WatchAdvisories(testContext(t)); !errors.As(err, &refused) || refused.Op != OpSubscribe {
		t.Errorf("WatchAdvisories = %v", err)
	}
	for _, e := range neither.Events(0) {
		if e.Kind == EventPermission {
			t.Errorf("an event beside the error: %v", e.Err)
		}
	}
	a := advisories(t, connect(t, Options{URLs: []string{b.URL()}, User: "metrics", Password: "p"}))
	if off := a.Off(); len(off) != 1 || !errors.As(off[0], &refused) || refused.Subject != AdvisorySubject {
		t.Errorf("off: %v", off)
	}
}

func TestOnlyAdvisoriesAreDecoded(t *testing.T) {
	for _, data := range []string{"", "hello", "[]", `{"type":"io.nats.server.advisory.v1.client_connect"}`, `{"type":7}`} {
		if a, err := DecodeAdvisory(Delivery{Data: []byte(data)}); !errors.Is(err, ErrNotAdvisory) {
			t.Errorf("%q: %+v, %v", data, a, err)
		}
	}
	a, err := DecodeAdvisory(Delivery{Seq: 3, Data: []byte(`{"type":"io.nats.jetstream.advisory.v1.brand_new","stream":"S"}`)})
	if err != nil || a.Kind != AdvisoryOther || a.Seq != 3 || a.String() != "io.nats.jetstream.advisory.v1.brand_new" {
		t.Errorf("%+v, %v", a, err)
	}
	for wire, want := range map[string]string{
		`{"type":"io.nats.jetstream.advisory.v1.stream_leader_elected","stream":"S","leader":"n1"}`:                                   "stream S is led by server n1",
		`{"type":"io.nats.jetstream.advisory.v1.consumer_quorum_lost","stream":"S","consumer":"k"}`:                                   "consumer k of stream S stands still, because too few of its replicas are there",
		`{"type":"io.nats.jetstream.advisory.v1.consumer_group_unpinned","stream":"S","consumer":"k","group":"g","reason":"timeout"}`: "group g of consumer k of stream S lost its client (timeout)",
		`{"type":"io.nats.jetstream.advisory.v1.consumer_group_pinned","stream":"S","consumer":"k","group":"g","pinned_id":"c"}`:      "group g of consumer k of stream S is served by client c",
		`{"type":"io.nats.jetstream.advisory.v1.consumer_pause","stream":"S","consumer":"k","paused":false}`:                          "consumer k of stream S was resumed",
		`{"type":"io.nats.jetstream.advisory.v1.stream_batch_abandoned","stream":"S","batch":"b","reason":"timeout"}`:                 "a batch for stream S was given up (timeout)",
		`{"type":"io.nats.jetstream.advisory.v1.server_out_of_space","server":"n1"}`:                                                  "server n1 has no room for streams",
		`{"type":"io.nats.jetstream.advisory.v1.server_removed","server":"n1"}`:                                                       "server n1 left JetStream",
		`{"type":"io.nats.jetstream.advisory.v1.api_limit_reached","server":"n1"}`:                                                    "server n1 threw requests away, because too many waited",
		`{"type":"io.nats.jetstream.advisory.v1.stream_action","stream":"S","action":"delete"}`:                                       "stream S was deleted",
	} {
		if a, err := DecodeAdvisory(Delivery{Data: []byte(wire)}); err != nil || a.String() != want {
			t.Errorf("%s: %s, %v", wire, a, err)
		}
	}
}

// A worker's reason is as long as the server's max_payload lets it be.
func TestTextsOfAnAdvisoryAreBounded(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	for _, wire := range []string{
		`{"type":"io.nats.jetstream.advisory.v1.terminated","stream":"S","consumer":"k","reason":"` + long + `"}`,
		`{"type":"io.nats.jetstream.advisory.v1.api_audit","subject":"` + long + `","request":"` + long + `","response":"{\"error\":{\"description\":\"` + long + `\"}}","client":{"name":"` + long + `"}}`,
		`{"type":"io.nats.jetstream.` + long + `","stream":"` + long + `"}`,
	} {
		a, err := DecodeAdvisory(Delivery{Data: []byte(wire)})
		type fields Advisory // without the method that says it in words
		if n := len(fmt.Sprintf("%+v", fields(a))); err != nil || n > 4*maxText {
			t.Errorf("%.60s: %d bytes, %v", wire, n, err)
		}
	}
}
