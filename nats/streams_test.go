package nats

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"aidbox-nats/nats/broker"
)

func bareJetStream(t testing.TB, url string, opts ...natsgo.Option) jetstream.JetStream {
	t.Helper()
	return must(jetstream.New(bare(t, url, opts...)))
}

func TestStreamsAreListedWithTheirStateAndKind(t *testing.T) {
	b := startBroker(t, broker.Options{})
	js := bareJetStream(t, b.URL())
	ctx := testContext(t)
	orders := must(js.CreateStream(ctx, jetstream.StreamConfig{
		Name: "ORDERS", Description: "all orders", Subjects: []string{"orders.>"}, Storage: jetstream.FileStorage,
		Retention: jetstream.WorkQueuePolicy, Discard: jetstream.DiscardNew,
		MaxMsgs: 100, MaxBytes: 1 << 20, MaxAge: time.Hour, Duplicates: time.Minute,
	}))
	must(js.CreateStream(ctx, jetstream.StreamConfig{Name: "EVENTS", Subjects: []string{"events"}, Storage: jetstream.MemoryStorage, AllowDirect: true}))
	must(js.CreateStream(ctx, jetstream.StreamConfig{Name: "KV_not", Subjects: []string{"not.a.bucket"}}))
	must(js.CreateStream(ctx, jetstream.StreamConfig{Name: "COPY", Mirror: &jetstream.StreamSource{Name: "EVENTS"}}))
	must(js.CreateStream(ctx, jetstream.StreamConfig{Name: "ALL", Sources: []*jetstream.StreamSource{{Name: "EVENTS"}, {Name: "KV_not"}}}))
	must(js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: "config"}))
	must(js.CreateObjectStore(ctx, jetstream.ObjectStoreConfig{Bucket: "files"}))
	must(orders.CreateConsumer(ctx, jetstream.ConsumerConfig{Durable: "worker"}))
	for i := range 5 {
		must(js.Publish(ctx, fmt.Sprintf("orders.%d", i%2), []byte("order")))
	}
	if err := orders.DeleteMsg(ctx, 3); err != nil {
		t.Fatal(err)
	}

	c := connect(t, Options{URLs: []string{b.URL()}})
	streams, err := c.Streams(ctx)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]StreamKind{}
	byName := map[string]Stream{}
	var names []string
	for _, s := range streams {
		kinds[s.Name], byName[s.Name] = s.Kind, s
		names = append(names, s.Name)
	}
	if want := []string{"ALL", "COPY", "EVENTS", "KV_config", "KV_not", "OBJ_files", "ORDERS"}; !reflect.DeepEqual(names, want) {
		t.Errorf("names = %v, want %v", names, want)
	}
	if want := (map[string]StreamKind{
		"ALL": StreamSourced, "COPY": StreamMirror, "EVENTS": StreamPlain, "KV_config": StreamKeyValue,
		"KV_not": StreamPlain, "OBJ_files": StreamObjectStore, "ORDERS": StreamPlain,
	}); !reflect.DeepEqual(kinds, want) {
		t.Errorf("kinds = %v", kinds)
	}
	got := byName["ORDERS"]
	if got.FirstTime.IsZero() || got.LastTime.IsZero() || got.Created.IsZero() || got.Bytes == 0 {
		t.Errorf("ORDERS = %+v", got)
	}
	if config := got.Config; config.Name != "ORDERS" || config.Retention != "workqueue" || config.MaxMsgs != 100 || config.MaxMsgSize != 0 || !config.NoDirect {
		t.Errorf("the configuration of ORDERS = %+v", config)
	}
	got.FirstTime, got.LastTime, got.Created, got.Bytes, got.Config = time.Time{}, time.Time{}, time.Time{}, 0, StreamConfig{}
	want := Stream{
		Name: "ORDERS", Kind: StreamPlain, Description: "all orders", Subjects: []string{"orders.>"},
		Storage: "file", Retention: "workqueue", Discard: "new", Replicas: 1,
		MaxMsgs: 100, MaxBytes: 1 << 20, MaxMsgsPerSubject: -1, MaxMsgSize: -1, MaxAge: time.Hour, Duplicates: time.Minute,
		Messages: 4, FirstSeq: 1, LastSeq: 5, Deleted: 1, NumSubjects: 2, Consumers: 1,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("ORDERS = %+v\nwant     %+v", got, want)
	}
	if s := byName["COPY"]; s.Mirror != "EVENTS" {
		t.Errorf("COPY = %+v", s)
	}
	if s := byName["ALL"]; !reflect.DeepEqual(s.Sources, []string{"EVENTS", "KV_not"}) {
		t.Errorf("ALL = %+v", s)
	}
	if s := byName["EVENTS"]; s.Storage != "memory" || s.Retention != "limits" || s.Discard != "old" || !s.AllowDirect || !s.FirstTime.IsZero() || !s.LastTime.IsZero() {
		t.Errorf("EVENTS = %+v", s)
	}
}

func TestMoreStreamsThanOneAnswerHoldsAreListed(t *testing.T) {
	b := startBroker(t, broker.Options{})
	js := bareJetStream(t, b.URL())
	ctx := testContext(t)
	const n = 300 // a page of the server's answer holds 256
	for i := range n {
		must(js.CreateStream(ctx, jetstream.StreamConfig{Name: fmt.Sprintf("S%03d", i), Storage: jetstream.MemoryStorage}))
	}
	journal := NewJournal(0)
	c := connect(t, Options{URLs: []string{b.URL()}, Journal: journal})
	streams, err := c.Streams(ctx)
	if err != nil || len(streams) != n || streams[0].Name != "S000" || streams[n-1].Name != "S299" {
		t.Fatalf("%d streams, %v", len(streams), err)
	}
	var requests []Operation
	for _, op := range journal.Operations(0) {
		if op.Verb == "REQ" {
			requests = append(requests, op)
		}
	}
	if len(requests) != 2 || requests[1].Subject != "$JS.API.STREAM.LIST" || !strings.Contains(string(requests[1].Data), "256") || requests[1].Duration <= 0 {
		t.Errorf("requests = %+v", requests)
	}
}

func TestNoJetStreamIsToldAtOnce(t *testing.T) {
	o := startOperator(t)
	without := startBroker(t, broker.Options{NoJetStream: true})
	for name, test := range map[string]struct {
		options Options
		want    string
	}{
		"a server without JetStream":   {Options{URLs: []string{without.URL()}}, "list streams: no JetStream on this server"},
		"an account without JetStream": {Options{URLs: []string{o.broker.URL()}, CredsFile: o.creds(t, o.without, nil)}, "list streams: no JetStream for this account"},
	} {
		t.Run(name, func(t *testing.T) {
			test.options.Journal = NewJournal(0)
			c := connect(t, test.options)
			_, err := c.Streams(testContext(t))
			if !errors.Is(err, ErrNoJetStream) || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("Streams = %v", err)
			}
			ops := test.options.Journal.Operations(0)
			if last := ops[len(ops)-1]; len(ops) != 2 || last.Verb != "REQ" || last.Err == "" || last.Duration >= answerTimeout {
				t.Errorf("operations = %+v", ops)
			}
		})
	}
	t.Run("an account with JetStream", func(t *testing.T) {
		c := connect(t, Options{URLs: []string{o.broker.URL()}, CredsFile: o.creds(t, o.with, nil)})
		if streams, err := c.Streams(testContext(t)); err != nil || len(streams) != 0 {
			t.Errorf("Streams = %v, %v", streams, err)
		}
	})
}

// Neither refusal brings an answer; without watching for violations each would end in a timeout.
func TestStreamsEndsWhenTheServerRefuses(t *testing.T) {
	o := startOperator(t)
	for name, test := range map[string]struct {
		permissions func(*jwt.UserClaims)
		op          Op
		prefix      string
	}{
		"the request": {func(u *jwt.UserClaims) { u.Pub.Deny.Add("$JS.API.>") }, OpPublish, "$JS.API.STREAM.LIST"},
		"the inbox":   {func(u *jwt.UserClaims) { u.Sub.Deny.Add(">") }, OpSubscribe, "_INBOX."},
	} {
		t.Run(name, func(t *testing.T) {
			c := connect(t, Options{URLs: []string{o.broker.URL()}, CredsFile: o.creds(t, o.with, test.permissions)})
			// The second time nats.go does not ask for the inbox again.
			for range 2 {
				_, err := c.Streams(testContext(t))
				var refused *PermissionError
				if !errors.As(err, &refused) || refused.Op != test.op || !strings.HasPrefix(refused.Subject, test.prefix) {
					t.Fatalf("Streams = %v", err)
				}
			}
		})
	}
}

// A cluster does not answer before it has elected a leader.
func TestStreamsOfAYoungClusterAreAwaited(t *testing.T) {
	routes := []int{freePort(t), freePort(t), freePort(t)}
	var urls []string
	for i := range 3 {
		b := startBroker(t, broker.Options{Configure: func(o *server.Options) error {
			o.ServerName = fmt.Sprintf("n%d", i)
			o.Cluster = server.ClusterOpts{Name: "c", Host: "127.0.0.1", Port: routes[i]}
			for _, port := range routes {
				o.Routes = append(o.Routes, routeURL(port))
			}
			return nil
		}})
		urls = append(urls, b.URL())
	}
	c := connect(t, Options{URLs: urls})
	if streams, err := c.Streams(testContext(t)); err != nil || len(streams) != 0 {
		t.Errorf("Streams = %v, %v", streams, err)
	}
}
