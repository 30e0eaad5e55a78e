package main

import (
	"cmp"
	"context"
	"encoding/json"
	goflag "flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"aidbox-nats/nats/broker"
)

var killSeed = goflag.Uint64("killed.seed", 0, "when the tests of killed processes kill; 0 is another one each time")

// moments are random numbers whose seed is logged.
func moments(t *testing.T) *rand.Rand {
	t.Helper()
	seed := *killSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("-killed.seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// destinations are those of the load, both into one stream.
var destinations = []string{"one", "two"}

// load is what clients change in a sandbox, and what they were told that is
// done.
type load struct {
	t    *testing.T
	http http.Client

	sent atomic.Int64 // makes each body another one: without a change there is no version

	mu       sync.Mutex
	versions []uint64 // those that were answered with 200 or 201
	changed  chan struct{}
}

func newLoad(t *testing.T) *load {
	l := &load{t: t, changed: make(chan struct{}), http: http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}, Timeout: patience}}
	t.Cleanup(l.http.CloseIdleConnections)
	return l
}

func (l *load) done() (n int, changed <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.versions), l.changed
}

// more waits until so many changes more are done.
func (l *load) more(ctx context.Context, n int) {
	l.t.Helper()
	now, _ := l.done()
	for {
		got, changed := l.done()
		if got >= now+n {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			l.t.Fatalf("%d changes are done, want %d", got, now+n)
		}
	}
}

// change sends a request and keeps the version that it made.
func (l *load) change(ctx context.Context, method, url, body string) error {
	request, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.SetBasicAuth("root", "secret")
	answer, err := l.http.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	var resource struct{ Meta struct{ VersionID string } }
	if answer.StatusCode/100 != 2 {
		l.t.Errorf("%s %s: %s: %s", method, url, answer.Status, text)
		return fmt.Errorf("%s", answer.Status)
	}
	if err := json.Unmarshal(text, &resource); err != nil {
		return err
	}
	version, err := strconv.ParseUint(resource.Meta.VersionID, 10, 64)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.versions = append(l.versions, version)
	close(l.changed)
	l.changed = make(chan struct{})
	return nil
}

// run has clients create and update until stop is called, which returns when the
// last one has ended. An error is one of the test unless the server may be gone.
func (l *load) run(ctx context.Context, url string, mayFail func() bool) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var clients sync.WaitGroup
	for client := range 8 {
		clients.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				id := fmt.Sprintf("p%d-%d", client, n/3)
				body := fmt.Sprintf(`{"resourceType":"Patient","id":%q,"name":[{"family":"%d%s"}]}`, id, l.sent.Add(1), strings.Repeat("x", n%2000))
				if err := l.change(ctx, http.MethodPut, url+"/fhir/Patient/"+id, body); err != nil {
					if ctx.Err() == nil && !mayFail() {
						l.t.Error(err)
					}
					return
				}
			}
		})
	}
	return func() {
		cancel()
		clients.Wait()
	}
}

func never() bool { return false }

// subscribe makes the topic and the destinations.
func (l *load) subscribe(t *testing.T, aidboxURL, natsURL string) {
	t.Helper()
	post(t, aidboxURL+"/fhir/AidboxSubscriptionTopic", `{"url":"patient-topic","status":"active","trigger":[{"resource":"Patient"}]}`)
	for _, id := range destinations {
		post(t, aidboxURL+"/fhir/AidboxTopicDestination", fmt.Sprintf(`{"id":%q,"kind":"nats-jetstream-at-least-once","topic":"patient-topic",
			"meta":{"profile":["http://health-samurai.io/fhir/core/StructureDefinition/aidboxtopicdestination-natsJetStreamAtLeastOnceProfile"]},
			"parameter":[{"name":"url","valueString":%q},{"name":"subject","valueString":"patients.%s"}]}`, id, natsURL, id))
	}
}

// makeEvents makes the stream of the load.
func makeEvents(ctx context.Context, t *testing.T, natsURL string) {
	t.Helper()
	nc, err := natsgo.Connect(natsURL)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "EVENTS", Subjects: []string{"patients.>"}}); err != nil {
		t.Fatal(err)
	}
}

// check awaits the empty outbox of a running sandbox and compares the stream with
// what the clients were told: nothing is missing, nothing is there twice, and each
// destination's events are in the order of the changes.
func (l *load) check(ctx context.Context, aidboxURL, natsURL string) {
	t := l.t
	t.Helper()
	for _, id := range destinations {
		for tick := time.NewTicker(20 * time.Millisecond); queued(t, aidboxURL, id) > 0; {
			select {
			case <-tick.C:
			case <-ctx.Done():
				t.Fatalf("%d events of %s still wait", queued(t, aidboxURL, id), id)
			}
		}
	}
	nc, err := natsgo.Connect(natsURL)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	consumer, err := js.OrderedConsumer(ctx, "EVENTS", jetstream.OrderedConsumerConfig{})
	if err != nil {
		t.Fatal(err)
	}
	stored := map[string][]uint64{}
	for left := consumer.CachedInfo().NumPending; left > 0; left-- {
		m, err := consumer.Next(jetstream.FetchMaxWait(patience))
		if err != nil {
			t.Fatal(err)
		}
		stored[m.Subject()] = append(stored[m.Subject()], versionOf(t, m.Data()))
	}
	for _, id := range destinations {
		got := stored["patients."+id]
		for i := 1; i < len(got); i++ {
			if got[i] <= got[i-1] {
				t.Errorf("%s: version %d comes after version %d", id, got[i], got[i-1])
			}
		}
		slices.Sort(got)
		for _, version := range l.versions {
			if _, found := slices.BinarySearch(got, version); !found {
				t.Errorf("%s: version %d was acknowledged and is not in the stream", id, version)
			}
		}
		t.Logf("%s: %d changes were acknowledged, %d are in the stream", id, len(l.versions), len(got))
	}
	if slices.SortFunc(l.versions, cmp.Compare[uint64]); len(slices.Compact(slices.Clone(l.versions))) != len(l.versions) {
		t.Error("two changes were told the same version")
	}
}

// versionOf reads the version of a notification's resource.
func versionOf(t *testing.T, data []byte) uint64 {
	t.Helper()
	var notification struct {
		Value struct {
			Entry []struct {
				Resource struct{ Meta struct{ VersionID string } }
			}
		}
	}
	if err := json.Unmarshal(data, &notification); err != nil || len(notification.Value.Entry) != 2 {
		t.Fatalf("%v: %s", err, data)
	}
	version, err := strconv.ParseUint(notification.Value.Entry[1].Resource.Meta.VersionID, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return version
}

// queued is messagesQueued of $status.
func queued(t *testing.T, aidboxURL, id string) int {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, aidboxURL+"/fhir/AidboxTopicDestination/"+id+"/$status", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth("root", "secret")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text := readAll(t, answer.Body)
	var status struct {
		Parameter []struct {
			Name         string
			ValueDecimal float64
		}
	}
	if err := json.Unmarshal([]byte(text), &status); err != nil {
		t.Fatal(err)
	}
	for _, p := range status.Parameter {
		if p.Name == "messagesQueued" {
			return int(p.ValueDecimal)
		}
	}
	t.Fatalf("$status answers %s: %s", answer.Status, text)
	return 0
}

func startBrokerToStop(ctx context.Context, t *testing.T) *broker.Broker {
	t.Helper()
	b, err := broker.Start(ctx, broker.Options{Port: broker.FreePort, StoreDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return b
}

// killUnder ends the program without a word to it while clients work, and returns when
// they have noticed.
func (l *load) killUnder(ctx context.Context, r *running, url string, after int) {
	l.t.Helper()
	killed := make(chan struct{})
	stop := l.run(ctx, url, func() bool {
		select {
		case <-killed:
			return true
		default:
			return false
		}
	})
	l.more(ctx, after)
	close(killed)
	r.signal(syscall.SIGKILL)
	r.exits()
	stop()
}

func TestASandboxKilledUnderLoadLosesNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	random := moments(t)
	b := startBrokerToStop(ctx, t)
	makeEvents(ctx, t, b.URL())
	args := []string{"sandbox", "--aidbox-addr", "127.0.0.1:0", "--no-nats", "--data-dir", t.TempDir()}
	l := newLoad(t)
	run := func() (*running, string) {
		r := start(t, nil, args...)
		return r, r.await(r.stdout, `(?m)^ready aidbox=(\S+)$`)[1]
	}
	r, url := run()
	l.subscribe(t, url, b.URL())
	for range 4 {
		l.killUnder(ctx, r, url, 1+random.IntN(200))
		r, url = run()
	}
	l.check(ctx, url, b.URL())
}

func TestABrokerThatStopsUnderLoadLosesNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	random := moments(t)
	b := startBrokerToStop(ctx, t)
	makeEvents(ctx, t, b.URL())
	r := start(t, nil, "sandbox", "--aidbox-addr", "127.0.0.1:0", "--no-nats", "--data-dir", t.TempDir())
	url := r.await(r.stdout, `(?m)^ready aidbox=(\S+)$`)[1]
	l := newLoad(t)
	l.subscribe(t, url, b.URL())
	stop := l.run(ctx, url, never)
	for range 3 {
		l.more(ctx, 1+random.IntN(200))
		if err := b.Stop(ctx); err != nil {
			t.Fatal(err)
		}
		l.more(ctx, 1+random.IntN(100))
		if err := b.Restart(ctx); err != nil {
			t.Fatal(err)
		}
	}
	l.more(ctx, 1)
	stop()
	l.check(ctx, url, b.URL())
}

// The broker is in the sandbox's process here: both are killed, and start again
// on what they left on the disk.
func TestASandboxKilledWithItsBrokerLosesNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	random := moments(t)
	args := []string{"sandbox", "--aidbox-addr", "127.0.0.1:0", "--data-dir", t.TempDir(), "--nats-addr"}
	run := func(natsAddr string) (r *running, aidboxURL, natsURL string) {
		r = start(t, nil, append(args, natsAddr)...)
		m := r.await(r.stdout, `(?m)^ready aidbox=(\S+) nats=(\S+)$`)
		return r, m[1], m[2]
	}
	r, url, natsURL := run("127.0.0.1:0")
	makeEvents(ctx, t, natsURL)
	l := newLoad(t)
	l.subscribe(t, url, natsURL)
	for range 4 {
		l.killUnder(ctx, r, url, 1+random.IntN(200))
		r, url, _ = run(strings.TrimPrefix(natsURL, "nats://"))
	}
	l.check(ctx, url, natsURL)
}
