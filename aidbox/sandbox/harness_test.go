package sandbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"

	"aidbox-nats/aidbox/sandbox"
	"aidbox-nats/nats/broker"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// patience is how long a condition may take on a loaded machine.
const patience = 20 * time.Second

func startBroker(t testing.TB, o broker.Options) *broker.Broker {
	t.Helper()
	if o.Port == 0 {
		o.Port = broker.FreePort
	}
	if o.StoreDir == "" {
		o.StoreDir = t.TempDir()
	}
	b, err := broker.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stopBroker(t, b) })
	return b
}

func stopBroker(t testing.TB, b *broker.Broker) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := b.Stop(ctx); err != nil {
		t.Error(err)
	}
}

func restartBroker(t testing.TB, b *broker.Broker) {
	t.Helper()
	if err := b.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// box is a running sandbox and how the tests talk to it.
type box struct {
	t      testing.TB
	server *sandbox.Server
	client *http.Client
}

// startBox starts a sandbox on a free port, in a folder of its own unless one is
// given.
func startBox(t testing.TB, o sandbox.Options) *box {
	t.Helper()
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if o.DataDir == "" {
		o.DataDir = t.TempDir()
	}
	server, err := sandbox.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	b := &box{t: t, server: server, client: &http.Client{
		Transport: &http.Transport{},
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}}
	t.Cleanup(b.close)
	return b
}

func (b *box) close() {
	b.t.Helper()
	b.client.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := b.server.Close(ctx); err != nil {
		b.t.Error(err)
	}
}

// reply is an answer of the sandbox.
type reply struct {
	status int
	header http.Header
	body   string
}

// do sends a request; header is names and values in turn.
func (b *box) do(method, path, body string, header ...string) reply {
	b.t.Helper()
	r, err := b.try(method, path, body, header...)
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

// try is do for other goroutines than the test's.
func (b *box) try(method, path, body string, header ...string) (reply, error) {
	request, err := http.NewRequestWithContext(b.t.Context(), method, b.server.URL()+path, strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	request.SetBasicAuth("root", "secret")
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	request.Header.Set("Accept", "application/json")
	for i := 0; i < len(header); i += 2 {
		if header[i+1] == "" {
			request.Header.Del(header[i])
		} else {
			request.Header.Set(header[i], header[i+1])
		}
	}
	response, err := b.client.Do(request)
	if err != nil {
		return reply{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return reply{status: response.StatusCode, header: response.Header, body: string(text)}, err
}

// must is do for an answer that has to have a status.
func (b *box) must(status int, method, path, body string, header ...string) reply {
	b.t.Helper()
	r := b.do(method, path, body, header...)
	if r.status != status {
		b.t.Fatalf("%s %s: got %d, want %d: %s", method, path, r.status, status, r.body)
	}
	return r
}

// value digs in a JSON text: names and indexes.
func value(t testing.TB, text string, path ...any) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	for _, step := range path {
		switch step := step.(type) {
		case string:
			object, ok := v.(map[string]any)
			if !ok {
				return nil
			}
			v = object[step]
		case int:
			array, ok := v.([]any)
			if !ok || step >= len(array) {
				return nil
			}
			v = array[step]
		}
	}
	return v
}

func (r reply) text(t testing.TB, path ...any) string {
	t.Helper()
	s, _ := value(t, r.body, path...).(string)
	return s
}

// eventually waits until a condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

// counters are the numbers of $status.
func (b *box) counters(id string) map[string]float64 {
	b.t.Helper()
	r := b.must(200, "GET", "/fhir/AidboxTopicDestination/"+id+"/$status", "")
	var status struct {
		Parameter []struct {
			Name    string   `json:"name"`
			Decimal *float64 `json:"valueDecimal"`
		} `json:"parameter"`
	}
	if err := json.Unmarshal([]byte(r.body), &status); err != nil {
		b.t.Fatal(err)
	}
	all := make(map[string]float64)
	for _, p := range status.Parameter {
		if p.Decimal != nil {
			all[p.Name] = *p.Decimal
		}
	}
	return all
}

func (b *box) await(id, counter string, n float64) {
	b.t.Helper()
	eventually(b.t, fmt.Sprintf("%s of %s is %v", counter, id, n), func() bool { return b.counters(id)[counter] == n })
}

const (
	core     = "nats-core-best-effort"
	js       = "nats-jetstream-at-least-once"
	coreURL  = "http://health-samurai.io/fhir/core/StructureDefinition/aidboxtopicdestination-natsCoreBestEffortProfile"
	jsURL    = "http://health-samurai.io/fhir/core/StructureDefinition/aidboxtopicdestination-natsJetStreamAtLeastOnceProfile"
	oldCore  = "http://aidbox.app/StructureDefinition/aidboxtopicdestination-nats-core-best-effort"
	topicURL = "patient-topic"
)

// destination writes an AidboxTopicDestination; parameters are names and values
// in turn after url and subject.
func destination(id, kind, url, subject, members string, parameters ...string) string {
	profile := coreURL
	if kind == js {
		profile = jsURL
	}
	all := []string{"url", url, "subject", subject, "sslContext", "none"}
	var list []string
	for all = append(all, parameters...); len(all) > 0; all = all[2:] {
		list = append(list, fmt.Sprintf(`{"name":%q,"valueString":%q}`, all[0], all[1]))
	}
	return fmt.Sprintf(`{"id":%q,"resourceType":"AidboxTopicDestination","meta":{"profile":[%q]},"kind":%q,"topic":%q,%s"parameter":[%s]}`,
		id, profile, kind, topicURL, members, strings.Join(list, ","))
}

// topic makes the tutorial's topic with one trigger.
func (b *box) topic(trigger string) {
	b.t.Helper()
	b.must(201, "POST", "/fhir/AidboxSubscriptionTopic",
		`{"resourceType":"AidboxSubscriptionTopic","id":"t","url":"patient-topic","status":"active","trigger":[`+trigger+`]}`)
}

// listen subscribes and returns the subscription when the broker has it.
func listen(t testing.TB, nc *natsgo.Conn, subject string) *natsgo.Subscription {
	t.Helper()
	sub, err := nc.SubscribeSync(subject)
	if err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	return sub
}

func connect(t testing.TB, url string, options ...natsgo.Option) *natsgo.Conn {
	t.Helper()
	options = append(options, natsgo.MaxReconnects(-1), natsgo.ReconnectWait(20*time.Millisecond),
		natsgo.ErrorHandler(func(*natsgo.Conn, *natsgo.Subscription, error) {}))
	nc, err := natsgo.Connect(url, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

func next(t testing.TB, sub *natsgo.Subscription) *natsgo.Msg {
	t.Helper()
	m, err := sub.NextMsg(patience)
	if err != nil {
		t.Fatalf("no message on %s: %v", sub.Subject, err)
	}
	return m
}

// stream makes a stream and returns it.
func stream(t testing.TB, nc *natsgo.Conn, name string, subjects ...string) jetstream.Stream {
	t.Helper()
	context, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	s, err := context.CreateStream(t.Context(), jetstream.StreamConfig{Name: name, Subjects: subjects})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func stored(t testing.TB, s jetstream.Stream) uint64 {
	t.Helper()
	info, err := s.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return info.State.Msgs
}

var volatile = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`http://127\.0\.0\.1:\d+`), "BASE"},
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "UUID"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z`), "INSTANT"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`), "SECOND"},
}

// golden compares a text with a file of testdata, ids and times masked.
func golden(t testing.TB, name, got string) {
	t.Helper()
	for _, v := range volatile {
		got = v.pattern.ReplaceAllString(got, v.with)
	}
	file := filepath.Join("testdata", name)
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; got:\n%s", err, got)
	}
	if strings.TrimSuffix(string(want), "\n") != got {
		t.Errorf("differs from %s\n got: %s\nwant: %s", file, got, want)
	}
}
