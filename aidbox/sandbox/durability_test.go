package sandbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/nats-io/nats-server/v2/server"

	"aidbox-nats/aidbox/sandbox"
	"aidbox-nats/nats/broker"
)

func TestStartSaysWhatIsInTheWay(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	box := startBox(t, sandbox.Options{DataDir: dir})
	addr := strings.TrimPrefix(box.server.URL(), "http://")
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	_, err = sandbox.Start(t.Context(), sandbox.Options{Addr: addr, DataDir: t.TempDir()})
	var taken *sandbox.AddrInUseError
	if !errors.As(err, &taken) || taken.Addr != addr || !strings.Contains(err.Error(), "port "+port) {
		t.Errorf("a taken port: %v", err)
	}
	_, err = sandbox.Start(t.Context(), sandbox.Options{Addr: "127.0.0.1:0", DataDir: dir})
	var locked *sandbox.LockedError
	if !errors.As(err, &locked) || locked.Dir != dir {
		t.Errorf("a folder in use: %v", err)
	}
	if _, err := sandbox.Start(t.Context(), sandbox.Options{Addr: "127.0.0.1:0"}); !errors.Is(err, sandbox.ErrNoDataDir) {
		t.Errorf("no folder: %v", err)
	}
	if _, err := sandbox.Start(t.Context(), sandbox.Options{Addr: "nowhere", DataDir: t.TempDir()}); err == nil {
		t.Error("an address that is none was taken")
	}
	// The ports of failed starts are free again, and so is this one after Close,
	// which may be called twice.
	box.close()
	again := startBox(t, sandbox.Options{Addr: addr, DataDir: dir})
	if again.server.URL() != "http://"+addr {
		t.Errorf("the URL is %s", again.server.URL())
	}
	box.close()
}

func TestTheURLKeepsTheHostThatWasAskedFor(t *testing.T) {
	t.Parallel()
	for asked, want := range map[string]string{"localhost:0": "http://localhost:", "0.0.0.0:0": "http://127.0.0.1:", ":0": "http://127.0.0.1:"} {
		box := startBox(t, sandbox.Options{Addr: asked})
		if !strings.HasPrefix(box.server.URL(), want) {
			t.Errorf("%s: %s", asked, box.server.URL())
		}
		box.must(200, "GET", "/health", "")
	}
}

func TestCloseAnswersRunningRequestsFirst(t *testing.T) {
	t.Parallel()
	box := startBox(t, sandbox.Options{})
	// A request whose body is on its way: the server has it when it asks for the
	// rest.
	conn, err := net.Dial("tcp", strings.TrimPrefix(box.server.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nAuthorization: Basic cm9vdDpzZWNyZXQ=\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
	read := make([]byte, 1024)
	n, err := conn.Read(read)
	if err != nil || !strings.HasPrefix(string(read[:n]), "HTTP/1.1 100 ") {
		t.Fatalf("%q, %v", read[:n], err)
	}
	closed := make(chan error, 1)
	go func() { closed <- box.server.Close(context.Background()) }()
	eventually(t, "no new connection is accepted", func() bool {
		c, err := net.Dial("tcp", strings.TrimPrefix(box.server.URL(), "http://"))
		if err == nil {
			_ = c.Close()
		}
		return err != nil
	})
	fmt.Fprint(conn, "{}")
	n, err = conn.Read(read)
	if err != nil || !strings.HasPrefix(string(read[:n]), "HTTP/1.1 201 ") {
		t.Errorf("%q, %v", read[:n], err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
}

func TestConcurrentCreationsHaveVersionsOfTheirOwnAndArriveInOrder(t *testing.T) {
	t.Parallel()
	nats := startBroker(t, broker.Options{})
	box := startBox(t, sandbox.Options{})
	nc := connect(t, nats.URL())
	sub := listen(t, nc, "foo")
	kept := stream(t, nc, "S", "kept")
	box.topic(`{"resource":"Patient"}`)
	box.must(201, "POST", "/fhir/AidboxTopicDestination", destination("basic", core, nats.URL(), "foo", ""))
	box.must(201, "POST", "/fhir/AidboxTopicDestination", destination("kept", js, nats.URL(), "kept", ""))
	const writers, each = 64, 3
	var (
		mu       sync.Mutex
		versions = make(map[string]string) // to id
		wg       sync.WaitGroup
	)
	for range writers {
		wg.Go(func() {
			for range each {
				r, err := box.try("POST", "/fhir/Patient", `{}`)
				if err != nil || r.status != http.StatusCreated {
					t.Errorf("%d, %v: %s", r.status, err, r.body)
					return
				}
				location := strings.Split(r.header.Get("Location"), "/")
				mu.Lock()
				versions[location[len(location)-1]] = location[len(location)-3]
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(versions) != writers*each {
		t.Fatalf("%d creations have %d versions", writers*each, len(versions))
	}
	sorted := slices.SortedFunc(maps.Keys(versions), func(a, b string) int {
		x, _ := strconv.Atoi(a)
		y, _ := strconv.Atoi(b)
		return x - y
	})
	for _, version := range sorted {
		m := next(t, sub)
		if want := `"focus":{"reference":"Patient/` + versions[version] + `"}`; !strings.Contains(string(m.Data), want) {
			t.Fatalf("version %s should be next: %s", version, m.Data)
		}
	}
	box.await("kept", "messagesDelivered", writers*each)
	for i, version := range sorted {
		m, err := kept.GetMsg(t.Context(), uint64(i+1))
		if err != nil || !strings.Contains(string(m.Data), "Patient/"+versions[version]) {
			t.Fatalf("message %d should be version %s: %v, %v", i+1, version, m, err)
		}
	}
}

func TestAtLeastOnceSurvivesTheBrokerAndTheSandbox(t *testing.T) {
	t.Parallel()
	nats := startBroker(t, broker.Options{})
	dir := t.TempDir()
	box := startBox(t, sandbox.Options{DataDir: dir})
	nc := connect(t, nats.URL())
	kept := stream(t, nc, "S", "kept")
	box.topic(`{"resource":"Patient"}`)
	box.must(201, "POST", "/fhir/AidboxTopicDestination", destination("d", js, nats.URL(), "kept", ""))
	post := func(id string) {
		t.Helper()
		box.must(201, "POST", "/fhir/Patient", `{"id":"`+id+`"}`)
	}
	post("a")
	box.await("d", "messagesDelivered", 1)

	stopBroker(t, nats)
	post("b")
	eventually(t, "an attempt has failed", func() bool { return box.counters("d")["messagesDeliveryAttempts"] > 0 })
	if got := box.counters("d"); got["messagesQueued"] != 1 || got["messagesInProcess"] != 1 {
		t.Errorf("counters are %v", got)
	}
	r := box.must(200, "GET", "/fhir/AidboxTopicDestination/d/$status", "")
	if !strings.Contains(r.body, `{"name":"lastErrorDetail","part":[{"name":"message","valueString":"`) {
		t.Errorf("got %s", r.body)
	}

	// Both are down, and the sandbox is up first: there is no sender, and events
	// queue all the same.
	box.close()
	box = startBox(t, sandbox.Options{DataDir: dir})
	r = box.must(500, "GET", "/fhir/AidboxTopicDestination/d/%24status", "")
	if !strings.Contains(r.body, "has no sender associated with it") {
		t.Errorf("got %s", r.body)
	}
	post("c")
	restartBroker(t, nats)
	box.must(500, "GET", "/fhir/AidboxTopicDestination/d/$status", "")
	box.close()
	box = startBox(t, sandbox.Options{DataDir: dir})
	post("d")
	box.await("d", "messagesDelivered", 3)
	box.await("d", "messagesQueued", 0)
	eventually(t, "the tester is connected again", nc.IsConnected)
	for i, id := range []string{"a", "b", "c", "d"} {
		m, err := kept.GetMsg(t.Context(), uint64(i+1))
		if err != nil || !strings.Contains(string(m.Data), `"Patient/`+id+`"`) {
			t.Errorf("message %d should be %s: %v, %v", i+1, id, m, err)
		}
	}
	if got := stored(t, kept); got != 4 {
		t.Errorf("the stream holds %d messages", got)
	}
	box.must(200, "GET", "/fhir/Patient/b", "")

	// A broker that goes and comes back while the sandbox runs needs nobody.
	stopBroker(t, nats)
	post("e")
	restartBroker(t, nats)
	box.await("d", "messagesQueued", 0)
}

func TestDeletingADestinationDropsItsQueue(t *testing.T) {
	t.Parallel()
	nats := startBroker(t, broker.Options{})
	box := startBox(t, sandbox.Options{})
	box.topic(`{"resource":"Patient"}`)
	body := destination("d", js, nats.URL(), "kept", "")
	box.must(201, "POST", "/fhir/AidboxTopicDestination", body)
	box.must(201, "POST", "/fhir/Patient", `{"id":"dropped"}`)
	box.await("d", "messagesQueued", 1) // no stream takes it
	box.must(200, "DELETE", "/fhir/AidboxTopicDestination/d", "")
	box.must(410, "GET", "/fhir/AidboxTopicDestination/d/$status", "")
	box.must(201, "POST", "/fhir/Patient", `{}`)
	kept := stream(t, connect(t, nats.URL()), "S", "kept")
	box.must(201, "POST", "/fhir/AidboxTopicDestination", body)
	if got := box.counters("d"); got["messagesQueued"] != 0 {
		t.Errorf("made again it has %v", got)
	}
	box.must(201, "POST", "/fhir/Patient", `{"id":"sent"}`)
	box.await("d", "messagesDelivered", 1)
	m, err := kept.GetMsg(t.Context(), 1)
	if err != nil || !strings.Contains(string(m.Data), "Patient/sent") || stored(t, kept) != 1 {
		t.Errorf("got %v, %v", m, err)
	}
}

func TestWhenThereIsNoSender(t *testing.T) {
	t.Parallel()
	nats := startBroker(t, broker.Options{})
	box := startBox(t, sandbox.Options{})
	sub := listen(t, connect(t, nats.URL()), "foo")
	none := func(id string) {
		t.Helper()
		r := box.must(500, "GET", "/fhir/AidboxTopicDestination/"+id+"/$status", "")
		if want := "AidboxTopicDestination " + id + " has no sender associated with it."; !strings.Contains(r.body, want) {
			t.Errorf("got %s", r.body)
		}
	}
	box.must(201, "POST", "/fhir/AidboxTopicDestination", destination("early", core, nats.URL(), "foo", ""))
	none("early") // no topic has the url
	box.topic(`{"resource":"Patient","fhirPathCriteria":"name.("}`)
	box.must(201, "POST", "/fhir/AidboxTopicDestination", destination("bad", core, nats.URL(), "foo", ""))
	none("bad") // the criterion does not compile
	box.must(201, "POST", "/fhir/Patient", `{}`)
	box.must(200, "PUT", "/fhir/AidboxSubscriptionTopic/t", `{"url":"patient-topic","status":"active","trigger":[{"resource":"Patient"}]}`)
	none("bad") // the cure is to make the destination again
	box.must(201, "POST", "/fhir/AidboxTopicDestination", destination("good", core, nats.URL(), "foo", ""))
	box.must(200, "DELETE", "/fhir/AidboxTopicDestination/bad", "")
	box.must(201, "POST", "/fhir/AidboxTopicDestination", destination("bad", core, nats.URL(), "foo", ""))
	box.must(201, "POST", "/fhir/Patient", `{"id":"p"}`)
	box.await("bad", "messagesDelivered", 1)
	box.await("good", "messagesDelivered", 1)
	none("early")
	for range 2 {
		if m := next(t, sub); !strings.Contains(string(m.Data), "Patient/p") || strings.Contains(string(m.Data), "AidboxTopicDestination/early") {
			t.Errorf("got %s", m.Data)
		}
	}
}

func TestBestEffortForgetsWhatItCouldNotSend(t *testing.T) {
	t.Parallel()
	nats := startBroker(t, broker.Options{})
	box := startBox(t, sandbox.Options{})
	nc := connect(t, nats.URL())
	sub := listen(t, nc, "foo")
	box.topic(`{"resource":"Patient"}`)
	box.must(201, "POST", "/fhir/AidboxTopicDestination", destination("d", core, nats.URL(), "foo", ""))
	stopBroker(t, nats)
	for range 7 {
		box.must(201, "POST", "/fhir/Patient", `{}`)
	}
	box.await("d", "messagesLost", 7)
	r := box.must(200, "GET", "/fhir/AidboxTopicDestination/d/$status", "")
	if got := strings.Count(r.body, "lastErrorDetail"); got != 5 {
		t.Errorf("%d failures are told: %s", got, r.body)
	}
	restartBroker(t, nats)
	eventually(t, "the tester is connected again", nc.IsConnected)
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a message arrives again", func() bool {
		box.must(201, "POST", "/fhir/Patient", `{}`)
		return box.counters("d")["messagesDelivered"] > 0
	})
	if m := next(t, sub); !strings.Contains(string(m.Data), "AidboxTopicDestination/d") {
		t.Errorf("got %s", m.Data)
	}
}

func TestANotificationLargerThanMaxPayloadSaysSoUntilItFits(t *testing.T) {
	t.Parallel()
	var limit atomic.Int32
	limit.Store(4096)
	nats := startBroker(t, broker.Options{Configure: func(o *server.Options) error {
		o.MaxPayload = limit.Load()
		return nil
	}})
	box := startBox(t, sandbox.Options{})
	nc := connect(t, nats.URL())
	kept := stream(t, nc, "S", "kept")
	box.topic(`{"resource":"Patient"}`)
	box.must(201, "POST", "/fhir/AidboxTopicDestination", destination("kept", js, nats.URL(), "kept", ""))
	box.must(201, "POST", "/fhir/AidboxTopicDestination", destination("basic", core, nats.URL(), "foo", ""))
	box.must(201, "POST", "/fhir/Patient", `{"id":"small"}`)
	box.await("kept", "messagesDelivered", 1)
	box.await("basic", "messagesDelivered", 1)

	box.must(201, "POST", "/fhir/Patient", `{"id":"large","name":[{"family":"`+strings.Repeat("x", 4096)+`"}]}`)
	box.must(201, "POST", "/fhir/Patient", `{"id":"behind"}`)
	eventually(t, "it is tried again", func() bool { return box.counters("kept")["messagesDeliveryAttempts"] > 2 })
	if got := box.counters("kept"); got["messagesQueued"] != 2 || got["messagesDelivered"] != 1 {
		t.Errorf("counters are %v", got)
	}
	// Best-effort goes on with what comes next.
	box.await("basic", "messagesLost", 1)
	box.await("basic", "messagesDelivered", 2)
	reason := func(id string) string {
		r := box.must(200, "GET", "/fhir/AidboxTopicDestination/"+id+"/$status", "")
		var status struct {
			Parameter []struct {
				Name string
				Part []struct{ Name, ValueString string }
			}
		}
		if err := json.Unmarshal([]byte(r.body), &status); err != nil {
			t.Fatal(err)
		}
		for _, p := range status.Parameter {
			if p.Name == "lastErrorDetail" {
				return p.Part[0].ValueString
			}
		}
		return ""
	}
	for id, fate := range map[string]string{"kept": "sent again for ever, while everything behind it waits", "basic": "it is lost"} {
		got := reason(id)
		for _, want := range []string{"larger than the server's max_payload", fate, "raise max_payload", "content id-only", "takes at most 4096"} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q is missing in %q", id, want, got)
			}
		}
	}

	limit.Store(1 << 20)
	restartBroker(t, nats)
	box.await("kept", "messagesDelivered", 3)
	box.await("kept", "messagesQueued", 0)
	eventually(t, "the tester is connected again", nc.IsConnected)
	for i, id := range []string{"small", "large", "behind"} {
		m, err := kept.GetMsg(t.Context(), uint64(i+1))
		if err != nil || !strings.Contains(string(m.Data), `"Patient/`+id+`"`) {
			t.Errorf("message %d should be %s: %v, %v", i+1, id, m, err)
		}
	}
}
