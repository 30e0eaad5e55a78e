package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"

	"aidbox-nats/nats/broker"
)

// startBrokerForTest runs a server in the test's own process.
func startBrokerForTest(t *testing.T, o broker.Options) *broker.Broker {
	t.Helper()
	if o.Port == 0 {
		o.Port = broker.FreePort
	}
	o.NoJetStream = true
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	b, err := broker.Start(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := b.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return b
}

func publish(t *testing.T, url, subject string, data ...string) {
	t.Helper()
	nc, err := natsgo.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	for _, d := range data {
		if err := nc.Publish(subject, []byte(d)); err != nil {
			t.Fatal(err)
		}
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
}

func post(t *testing.T, url, body string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("content-type", "application/json")
	req.Header.Set("x-topic-correlation-id", "order-4711")
	req.SetBasicAuth("root", "secret")
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if text := readAll(t, answer.Body); answer.StatusCode != http.StatusCreated {
		t.Fatalf("POST %s answers %s: %s", url, answer.Status, text)
	}
}

// What connects the console connects every command.
func TestTailTakesTheConsolesConnectionFlags(t *testing.T) {
	t.Parallel()
	b := startBrokerForTest(t, broker.Options{})
	r := start(t, map[string]string{"AIDBOX_CLIENT_SECRET": "secret"}, "tail", "foo", "--count", "1", "--mask", "--read-only",
		"--aidbox-url", "http://127.0.0.1:1", "--aidbox-client", "root", "--nats-url", b.URL(), "--nats-url-for-aidbox", "nats://n", "--creds-dir", t.TempDir())
	r.await(r.stderr, `listening`)
	publish(t, b.URL(), "foo", "smith is here")
	if code := r.exits(); code != 0 || !strings.HasSuffix(r.stdout.String(), "text  13 B  text, 13 B, masked\n") {
		t.Errorf("exit code %d, printed %q, said %q", code, r.stdout, r.stderr)
	}
}

// TestRoundTrip follows one patient from the request to the printed line, in
// the tutorial's words, through two processes and the servers in one of them.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	aidboxURL, natsURL := runSandboxProgram(t)
	text := start(t, nil, "tail", "foo", "--nats-url", natsURL, "--count", "1")
	asJSON := start(t, nil, "tail", "foo", "--nats-url", natsURL, "--count", "1", "--json")
	text.await(text.stderr, `listening on foo at nats://`)
	asJSON.await(asJSON.stderr, `listening on foo at nats://`)

	_, port, _ := strings.Cut(strings.TrimPrefix(natsURL, "nats://"), ":")
	post(t, aidboxURL+"/fhir/AidboxSubscriptionTopic", `{"resourceType":"AidboxSubscriptionTopic","url":"patient-topic","status":"active",
		"trigger":[{"resource":"Patient","fhirPathCriteria":"name.exists()"}]}`)
	post(t, aidboxURL+"/fhir/AidboxTopicDestination", fmt.Sprintf(`{"id":"basic","resourceType":"AidboxTopicDestination",
		"meta":{"profile":["http://health-samurai.io/fhir/core/StructureDefinition/aidboxtopicdestination-natsCoreBestEffortProfile"]},
		"kind":"nats-core-best-effort","topic":"patient-topic","parameter":[
		{"name":"url","valueString":"nats://host.docker.internal:%s"},{"name":"subject","valueString":"foo"},{"name":"sslContext","valueString":"none"}]}`, port))
	post(t, aidboxURL+"/fhir/Patient", `{"id":"5e78","name":[{"family":"smith"}]}`)

	if code := text.exits(); code != 0 {
		t.Errorf("tail ended with %d: %s", code, text.stderr)
	}
	line := text.stdout.String()
	for _, want := range []string{"  foo  ", "create", "Patient/5e78", "by basic", " B  ", "lag ", "correlation order-4711"} {
		if !strings.Contains(line, want) {
			t.Errorf("%q does not have %q", line, want)
		}
	}
	if code := asJSON.exits(); code != 0 {
		t.Errorf("tail --json ended with %d: %s", code, asJSON.stderr)
	}
	var got struct {
		Time    string              `json:"time"`
		Subject string              `json:"subject"`
		Headers map[string][]string `json:"headers"`
		Data    struct {
			Topic string `json:"topic"`
			Value struct {
				Entry []json.RawMessage `json:"entry"`
			} `json:"value"`
		} `json:"data"`
	}
	if err := json.Unmarshal([]byte(asJSON.stdout.String()), &got); err != nil {
		t.Fatalf("%v: %s", err, asJSON.stdout)
	}
	if got.Subject != "foo" || got.Time == "" || got.Data.Topic != "foo" || len(got.Data.Value.Entry) != 2 || len(got.Headers["correlation-id"]) != 1 {
		t.Errorf("got %+v", got)
	}
}

func TestTailPrintsAMessageOnceForOverlappingSubjects(t *testing.T) {
	b := startBrokerForTest(t, broker.Options{})
	r := start(t, map[string]string{"NATS_URL": b.URL()}, "tail", "evil.>", "evil.*", "*.x", "evil.>", "--count", "4")
	r.await(r.stderr, `listening on `)
	publish(t, b.URL(), "evil.x", "one")
	publish(t, b.URL(), "good.x", "two")
	publish(t, b.URL(), "evil.y.z", "three")
	publish(t, b.URL(), "evil.y", "four")
	if code := r.exits(); code != 0 {
		t.Errorf("exit code %d: %s", code, r.stderr)
	}
	lines := r.stdout.lines()
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(a[strings.Index(a, "  "):], b[strings.Index(b, "  "):]) })
	for i, want := range []string{"evil.x", "evil.y", "evil.y.z", "good.x"} {
		if len(lines) != 4 || !strings.Contains(lines[i], "  "+want+"  ") {
			t.Fatalf("printed %q, want each of four messages once", lines)
		}
	}
}

func TestTailPrintsInOrderAndEndsAfterCount(t *testing.T) {
	b := startBrokerForTest(t, broker.Options{})
	r := start(t, map[string]string{"NATS_URL": b.URL()}, "tail", "a.*", "b.>", "--count", "3")
	r.await(r.stderr, `listening on a\.\*, b\.> at `)
	publish(t, b.URL(), "a.x", "one", "two", "three", "four")
	if code := r.exits(); code != 0 {
		t.Errorf("exit code %d: %s", code, r.stderr)
	}
	lines := r.stdout.lines()
	if len(lines) != 3 {
		t.Fatalf("%d lines, want 3: %q", len(lines), lines)
	}
	for i, want := range []string{"one", "two", "three"} {
		if !strings.HasSuffix(lines[i], "a.x  text  "+strconv.Itoa(len(want))+" B  "+want) {
			t.Errorf("line %d is %q", i+1, lines[i])
		}
	}
}

func TestTailLetsNoEscapeSequenceThrough(t *testing.T) {
	b := startBrokerForTest(t, broker.Options{})
	for _, args := range [][]string{{"tail", ">", "--count", "2"}, {"tail", ">", "--count", "2", "--json"}} {
		r := start(t, nil, append(args, "--nats-url", b.URL())...)
		r.await(r.stderr, `listening`)
		publish(t, b.URL(), "evil\x1b[2J", "\x1b]52;c;aGk=\x07\x1b[31m\u009b31m", "{\"a\":\"\u009b\x7f\"}")
		if code := r.exits(); code != 0 {
			t.Errorf("exit code %d: %s", code, r.stderr)
		}
		if i := strings.IndexFunc(r.stdout.String(), func(c rune) bool { return c < ' ' && c != '\n' || c >= 0x7f && c <= 0x9f }); i >= 0 {
			t.Errorf("%v: control character at %d of %q", args, i, r.stdout)
		}
	}
}

func TestTailEndsOnInterrupt(t *testing.T) {
	b := startBrokerForTest(t, broker.Options{})
	r := start(t, nil, "tail", "foo", "--nats-url", b.URL())
	r.await(r.stderr, `listening`)
	r.signal(os.Interrupt)
	if code := r.exits(); code != 0 {
		t.Errorf("exit code %d: %s", code, r.stderr)
	}
}

func TestTailSaysWhatBecomesOfTheConnection(t *testing.T) {
	t.Parallel()
	b := startBrokerForTest(t, broker.Options{})
	r := start(t, nil, "tail", "foo", "--nats-url", b.URL(), "--count", "1")
	r.await(r.stderr, `listening`)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := b.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	r.await(r.stderr, `lost.*trying to connect again`)
	if err := b.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	r.await(r.stderr, `connected to nats://.*listening again`)
	publish(t, b.URL(), "foo", "after")
	if code := r.exits(); code != 0 || !strings.HasSuffix(r.stdout.String(), "after\n") {
		t.Errorf("exit code %d, printed %q, said %q", code, r.stdout, r.stderr)
	}
}

func TestTailOfARefusedSubjectIsASentence(t *testing.T) {
	t.Parallel()
	b := startBrokerForTest(t, broker.Options{Configure: func(o *server.Options) error {
		o.Users = []*server.User{{Username: "bob", Password: "hunter2", Permissions: &server.Permissions{
			Subscribe: &server.SubjectPermission{Allow: []string{"mine.>", "_INBOX.>"}},
		}}}
		return nil
	}})
	env := map[string]string{"NATS_PASSWORD": "hunter2", "NATS_URL": b.URL()}

	refused := start(t, env, "tail", "secret.>", "--nats-user", "bob")
	if code := refused.exits(); code != exitFailed {
		t.Errorf("exit code %d, want %d", code, exitFailed)
	}
	refused.sentence("secret.>", "subscribe")

	allowed := start(t, env, "tail", "mine.>", "--nats-user", "bob")
	allowed.await(allowed.stderr, `listening on mine`)

	for _, tc := range []struct {
		rule string
		env  map[string]string
		args []string
		says string
	}{
		{"a wrong password", map[string]string{"NATS_URL": b.URL(), "NATS_PASSWORD": "swordfish"}, []string{"--nats-user", "bob"}, "bob"},
		{"no user", map[string]string{"NATS_URL": b.URL()}, nil, "--nats-user"},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			t.Parallel()
			r := start(t, tc.env, append([]string{"tail", "mine.a"}, tc.args...)...)
			if code := r.exits(); code != exitFailed {
				t.Errorf("exit code %d, want %d", code, exitFailed)
			}
			r.sentence(strings.TrimPrefix(b.URL(), "nats://"), tc.says)
			for _, secret := range []string{"hunter2", "swordfish"} {
				if strings.Contains(r.stderr.String(), secret) {
					t.Errorf("%q shows a secret", r.stderr)
				}
			}
		})
	}
}

func TestTailWithoutAServerIsASentence(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	r := start(t, nil, "tail", "foo", "--nats-url", addr)
	if code := r.exits(); code != exitFailed {
		t.Errorf("exit code %d, want %d", code, exitFailed)
	}
	r.sentence(addr, "refused")
}

func TestTailOfAnUnknownContextIsASentence(t *testing.T) {
	r := start(t, nil, "tail", "foo", "--nats-context", "nowhere")
	if code := r.exits(); code != exitFailed {
		t.Errorf("exit code %d, want %d", code, exitFailed)
	}
	r.sentence("nowhere", "nats/context")
}

func TestTailTakesTheSelectedContext(t *testing.T) {
	b := startBrokerForTest(t, broker.Options{})
	config := t.TempDir()
	writeFile(t, config+"/nats/context/here.json", fmt.Sprintf(`{"url":%q}`, b.URL()))
	writeFile(t, config+"/nats/context.txt", "here")
	r := start(t, map[string]string{"XDG_CONFIG_HOME": config}, "tail", "foo")
	r.await(r.stderr, `listening on foo at `+b.URL())
}

func TestTailEndsQuietlyWhenNobodyReads(t *testing.T) {
	b := startBrokerForTest(t, broker.Options{})
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := command(t, nil, "tail", "foo", "--nats-url", b.URL())
	cmd.Stdout = writer
	r := startCommand(t, cmd)
	writer.Close()
	r.await(r.stderr, `listening`)
	reader.Close()
	publish(t, b.URL(), "foo", "nobody reads this")
	if code := r.exits(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if lines := r.stderr.lines(); len(lines) != 1 {
		t.Errorf("standard error has %q", lines)
	}
}

func TestTailPrintsEverythingOfABurst(t *testing.T) {
	b := startBrokerForTest(t, broker.Options{})
	const n = 5000
	r := start(t, nil, "tail", "foo", "--nats-url", b.URL(), "--count", strconv.Itoa(n), "--json")
	r.await(r.stderr, `listening`)
	data := make([]string, n)
	for i := range data {
		data[i] = strconv.Itoa(i)
	}
	publish(t, b.URL(), "foo", data...)
	if code := r.exits(); code != 0 {
		t.Fatalf("exit code %d: %s", code, r.stderr)
	}
	dec := json.NewDecoder(bytes.NewReader([]byte(r.stdout.String())))
	for i := range n {
		var got struct{ Data int }
		if err := dec.Decode(&got); err != nil || got.Data != i {
			t.Fatalf("message %d is %d, %v", i, got.Data, err)
		}
	}
}
