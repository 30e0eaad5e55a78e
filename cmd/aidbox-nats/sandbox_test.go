package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"aidbox-nats/nats/broker"
)

func TestSandboxIsReadyWhenItSaysSo(t *testing.T) {
	tmp := t.TempDir()
	r := start(t, map[string]string{"TMPDIR": tmp}, "sandbox", "--aidbox-addr", "127.0.0.1:0", "--nats-addr", "127.0.0.1:0")
	m := r.await(r.stdout, `(?m)^ready aidbox=(\S+) nats=(\S+)$`)

	answer, err := http.Get(m[1] + "/health")
	if err != nil {
		t.Fatal(err)
	}
	if body := readAll(t, answer.Body); answer.StatusCode != http.StatusOK {
		t.Errorf("health answers %s: %s", answer.Status, body)
	}
	answer.Body.Close()
	nc, err := natsgo.Connect(m[2])
	if err != nil {
		t.Fatal(err)
	}
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if _, err := js.AccountInfo(ctx); err != nil {
		t.Errorf("JetStream does not answer: %v", err)
	}
	nc.Close()
	if left := entries(t, tmp); len(left) != 1 {
		t.Errorf("the sandbox's temporary folders are %q, want one", left)
	}

	r.signal(syscall.SIGTERM)
	if code := r.exits(); code != 0 {
		t.Errorf("exit code %d after SIGTERM: %s", code, r.stderr)
	}
	if lines := r.stdout.lines(); len(lines) != 1 {
		t.Errorf("standard output has %d lines, want one: %q", len(lines), lines)
	}
	if r.stderr.String() != "" {
		t.Errorf("standard error has %q", r.stderr)
	}
	for _, addr := range []string{strings.TrimPrefix(m[1], "http://"), strings.TrimPrefix(m[2], "nats://")} {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			t.Errorf("%s is not free again: %v", addr, err)
			continue
		}
		l.Close()
	}
	if left := entries(t, tmp); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestSandboxEndsInOrder(t *testing.T) {
	for _, tc := range []struct {
		rule    string
		signals []os.Signal
	}{
		{"on an interrupt", []os.Signal{os.Interrupt}},
		{"when its terminal is closed", []os.Signal{syscall.SIGHUP}},
		{"on a signal that is sent twice, as timeout does", []os.Signal{syscall.SIGTERM, syscall.SIGTERM, os.Interrupt}},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			tmp := t.TempDir()
			r := start(t, map[string]string{"TMPDIR": tmp}, "sandbox", "--aidbox-addr", "127.0.0.1:0", "--nats-addr", "127.0.0.1:0")
			r.await(r.stdout, `ready .*\n`)
			for _, s := range tc.signals {
				// A later one may find the process gone.
				if err := r.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
					t.Fatal(err)
				}
			}
			if code := r.exits(); code != 0 {
				t.Errorf("exit code %d: %s", code, r.stderr)
			}
			if left := entries(t, tmp); len(left) != 0 {
				t.Errorf("left behind: %q", left)
			}
		})
	}
}

func TestSandboxWithoutNATS(t *testing.T) {
	r := start(t, nil, "sandbox", "--aidbox-addr", "127.0.0.1:0", "--no-nats")
	r.await(r.stdout, `(?m)^ready aidbox=http://127\.0\.0\.1:\d+$`)
	r.signal(syscall.SIGTERM)
	if code := r.exits(); code != 0 {
		t.Errorf("exit code %d: %s", code, r.stderr)
	}
}

func TestSandboxWarnsWhereOthersReachIt(t *testing.T) {
	conf := filepath.Join(t.TempDir(), "nats-server.conf")
	writeFile(t, conf, "host: 0.0.0.0\nport: -1\n")
	for _, tc := range []struct {
		rule  string
		args  []string
		warns []string
	}{
		{"Aidbox", []string{"--aidbox-addr", "0.0.0.0:0", "--nats-addr", "127.0.0.1:0"}, []string{`Aidbox listens on 0\.0\.0\.0:AIDBOX, not on loopback alone`}},
		{"NATS", []string{"--aidbox-addr", "localhost:0", "--nats-addr", "0.0.0.0:0"}, []string{`NATS listens on 0\.0\.0\.0:NATS, not on loopback alone`}},
		{"NATS by its config", []string{"--aidbox-addr", ":0", "--nats-config", conf}, []string{`NATS listens on 0\.0\.0\.0:NATS, .*` + regexp.QuoteMeta(conf)}},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			r := start(t, nil, append([]string{"sandbox"}, tc.args...)...)
			m := r.await(r.stdout, `(?m)^ready aidbox=http://\S+:(\d+) nats=nats://\S+:(\d+)$`)
			for _, w := range tc.warns {
				r.await(r.stderr, `(?m)^aidbox-nats: .*`+strings.NewReplacer("AIDBOX", m[1], ":NATS", ":"+m[2]).Replace(w))
			}
			if lines := r.stderr.lines(); len(lines) != len(tc.warns) {
				t.Errorf("said %q", lines)
			}
			if lines := r.stdout.lines(); len(lines) != 1 {
				t.Errorf("printed %q, want the one line that programs read", lines)
			}
			r.signal(syscall.SIGTERM)
			if code := r.exits(); code != 0 {
				t.Errorf("exit code %d: %s", code, r.stderr)
			}
		})
	}
}

func TestSandboxNamesATakenPort(t *testing.T) {
	for _, tc := range []struct{ flag, other string }{
		{"--aidbox-addr", "--nats-addr"},
		{"--nats-addr", "--aidbox-addr"},
	} {
		t.Run(tc.flag, func(t *testing.T) {
			taken := takenPort(t)
			r := start(t, nil, "sandbox", tc.flag, taken, tc.other, "127.0.0.1:0")
			if code := r.exits(); code != exitFailed {
				t.Errorf("exit code %d, want %d", code, exitFailed)
			}
			r.sentence(taken, tc.flag)
		})
	}
}

func TestSandboxKeepsItsDataFolderToItself(t *testing.T) {
	dir := t.TempDir()
	args := []string{"sandbox", "--aidbox-addr", "127.0.0.1:0", "--nats-addr", "127.0.0.1:0", "--data-dir", dir}
	first := start(t, nil, args...)
	first.await(first.stdout, `ready .*\n`)

	second := start(t, nil, args...)
	if code := second.exits(); code != exitFailed {
		t.Errorf("a second sandbox on the same folder ends with %d, want %d", code, exitFailed)
	}
	second.sentence(dir)

	first.signal(syscall.SIGTERM)
	if code := first.exits(); code != 0 {
		t.Errorf("exit code %d: %s", code, first.stderr)
	}
	if len(entries(t, dir)) == 0 {
		t.Error("nothing is kept")
	}
	third := start(t, nil, args...)
	third.await(third.stdout, `ready .*\n`)
}

// TestAKilledSandboxLosesNothing kills it while an at-least-once event waits for
// a stream that does not exist yet.
func TestAKilledSandboxLosesNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	b, err := broker.Start(ctx, broker.Options{Port: broker.FreePort, StoreDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	args := []string{"sandbox", "--aidbox-addr", "127.0.0.1:0", "--no-nats", "--data-dir", t.TempDir()}
	first := start(t, nil, args...)
	aidboxURL := first.await(first.stdout, `(?m)^ready aidbox=(\S+)$`)[1]
	post(t, aidboxURL+"/fhir/AidboxSubscriptionTopic", `{"url":"patient-topic","status":"active","trigger":[{"resource":"Patient"}]}`)
	post(t, aidboxURL+"/fhir/AidboxTopicDestination", fmt.Sprintf(`{"id":"jetstream","kind":"nats-jetstream-at-least-once","topic":"patient-topic",
		"meta":{"profile":["http://health-samurai.io/fhir/core/StructureDefinition/aidboxtopicdestination-natsJetStreamAtLeastOnceProfile"]},
		"parameter":[{"name":"url","valueString":%q},{"name":"subject","valueString":"patients.created"}]}`, b.URL()))
	post(t, aidboxURL+"/fhir/Patient", `{"id":"5e78","name":[{"family":"smith"}]}`)
	first.signal(syscall.SIGKILL)
	first.exits()

	nc, err := natsgo.Connect(b.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	events, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "EVENTS", Subjects: []string{"patients.>"}})
	if err != nil {
		t.Fatal(err)
	}
	second := start(t, nil, args...)
	second.await(second.stdout, `ready .*\n`)
	consumer, err := events.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := consumer.Next(jetstream.FetchMaxWait(patience))
	if err != nil {
		t.Fatalf("nothing arrives after the restart: %v", err)
	}
	if !strings.Contains(string(got.Data()), `"Patient/5e78"`) {
		t.Errorf("got %s", got.Data())
	}
}

func TestSandboxTakesAServerConfig(t *testing.T) {
	dir := t.TempDir()
	conf := filepath.Join(dir, "nats-server.conf")
	writeFile(t, conf, `
port: -1
authorization { users = [ {user: "alice", password: "secret1"} ] }
`)
	r := start(t, nil, "sandbox", "--aidbox-addr", "127.0.0.1:0", "--nats-config", conf)
	m := r.await(r.stdout, `(?m)^ready aidbox=\S+ nats=(\S+)$`)
	if _, err := natsgo.Connect(m[1]); err == nil {
		t.Error("the server takes anybody, the config file asks for a user")
	}
	nc, err := natsgo.Connect(m[1], natsgo.UserInfo("alice", "secret1"))
	if err != nil {
		t.Fatal(err)
	}
	nc.Close()
}

func TestATakenPortOfAServerConfigNamesTheFile(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	conf := filepath.Join(t.TempDir(), "nats-server.conf")
	writeFile(t, conf, fmt.Sprintf("port: -1\nhttp: %q\n", taken.Addr()))
	r := start(t, nil, "sandbox", "--aidbox-addr", "127.0.0.1:0", "--nats-config", conf)
	if code := r.exits(); code != exitFailed {
		t.Errorf("exit code %d, want %d", code, exitFailed)
	}
	r.sentence(taken.Addr().String(), conf)
}

func TestSandboxRefusesWhatIsMissing(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	for _, flag := range []string{"--nats-config", "--creds-dir"} {
		t.Run(flag, func(t *testing.T) {
			r := start(t, nil, "sandbox", "--aidbox-addr", "127.0.0.1:0", flag, missing)
			if code := r.exits(); code != exitFailed {
				t.Errorf("exit code %d, want %d", code, exitFailed)
			}
			r.sentence(missing)
		})
	}
}

func entries(t *testing.T, dir string) []string {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, f.Name())
	}
	return names
}
