package sandbox_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/sandbox"
	"aidbox-nats/nats/broker"
)

// The requests are those of the vendor's tutorial.
const (
	tutorialTopic = `{"resourceType":"AidboxSubscriptionTopic","url":"patient-topic","status":"active",` +
		`"trigger":[{"resource":"Patient","fhirPathCriteria":"name.exists()"}]}`
	tutorialPatient = "name:\n- family: smith\n"
)

func (b *box) patient(header ...string) reply {
	b.t.Helper()
	return b.must(201, "POST", "/fhir/Patient", tutorialPatient, append([]string{"Content-Type", "text/yaml"}, header...)...)
}

// inDocker is a broker's URL as it looks from inside Aidbox's container.
func inDocker(b *broker.Broker) string {
	return strings.Replace(b.URL(), "127.0.0.1", "host.docker.internal", 1)
}

func TestTutorialBasicUsage(t *testing.T) {
	t.Parallel()
	nats := startBroker(t, broker.Options{})
	box := startBox(t, sandbox.Options{})
	foo := listen(t, connect(t, nats.URL()), "foo")

	created := box.must(201, "POST", "/fhir/AidboxSubscriptionTopic", tutorialTopic)
	golden(t, "topic.json", created.body)
	created = box.must(201, "POST", "/fhir/AidboxTopicDestination", destination("basic", core, inDocker(nats), "foo", ""))
	golden(t, "destination.json", strings.Replace(created.body, inDocker(nats), "URL", 1))
	patient := box.patient()

	m := next(t, foo)
	golden(t, "notification.json", string(m.Data))
	if got := m.Header["content-type"]; len(got) != 1 || got[0] != "application/json" || len(m.Header) != 1 {
		t.Errorf("headers are %v", m.Header)
	}
	focus := value(t, string(m.Data), "value", "entry", 0, "resource", "notificationEvent", 0, "focus", "reference")
	if want := "Patient/" + patient.text(t, "id"); focus != want {
		t.Errorf("focus is %v, want %s", focus, want)
	}
	if got, want := value(t, string(m.Data), "value", "entry", 1, "fullUrl"), box.server.URL()+"/fhir/Patient/"+patient.text(t, "id"); got != want {
		t.Errorf("fullUrl is %v, want %s", got, want)
	}
	box.await("basic", "messagesDelivered", 1)

	box.must(201, "POST", "/fhir/Patient", `{"gender":"male"}`)
	box.patient()
	if m := next(t, foo); !strings.Contains(string(m.Data), "smith") {
		t.Errorf("a patient without a name fired: %s", m.Data)
	}
}

func TestTutorialJetStream(t *testing.T) {
	t.Parallel()
	nats := startBroker(t, broker.Options{})
	box := startBox(t, sandbox.Options{})
	nc := connect(t, nats.URL())
	events := stream(t, nc, "EVENTS", "patients.>")
	if err := nc.Publish("patients.test", []byte("hello JetStream")); err != nil {
		t.Fatal(err)
	}
	box.must(201, "POST", "/fhir/AidboxSubscriptionTopic", tutorialTopic)
	box.must(201, "POST", "/fhir/AidboxTopicDestination", destination("jetstream", js, inDocker(nats), "patients.created", ""))
	patient := box.patient()
	box.await("jetstream", "messagesDelivered", 1)
	if got := stored(t, events); got != 2 {
		t.Fatalf("the stream holds %d messages", got)
	}
	m, err := events.GetMsg(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	n, err := aidbox.DecodeNotification(m.Data)
	if err != nil || n.Subject != "patients.created" || n.Topic != topicURL || n.Destination != "jetstream" || len(n.Events) != 1 {
		t.Fatalf("got %+v, %v", n, err)
	}
	if got, want := n.Events[0].Focus, "Patient/"+patient.text(t, "id"); got != want {
		t.Errorf("focus is %s, want %s", got, want)
	}
	if m.Subject != "patients.created" || m.Header["content-type"][0] != "application/json" || m.Header.Get("Nats-Msg-Id") == "" || len(m.Header) != 2 {
		t.Errorf("got %s with %v", m.Subject, m.Header)
	}
	want := map[string]float64{"messagesDelivered": 1, "messagesDeliveryAttempts": 0, "messagesInProcess": 0, "messagesQueued": 0}
	if got := box.counters("jetstream"); !maps.Equal(got, want) {
		t.Errorf("counters are %v", got)
	}
}

func TestTutorialMessageHeaders(t *testing.T) {
	t.Parallel()
	nats := startBroker(t, broker.Options{})
	nc := connect(t, nats.URL())
	events := stream(t, nc, "EVENTS", "kept.>")
	for _, c := range []struct {
		version int
		want    string
	}{{2609, "order-4711"}, {2607, ""}} {
		box := startBox(t, sandbox.Options{Version: c.version})
		sub := listen(t, nc, "foo")
		box.must(201, "POST", "/fhir/AidboxSubscriptionTopic", tutorialTopic)
		box.must(201, "POST", "/fhir/AidboxTopicDestination", destination("basic", core, nats.URL(), "foo", ""))
		box.must(201, "POST", "/fhir/AidboxTopicDestination", destination("kept", js, nats.URL(), "kept.x", ""))
		box.patient("x-topic-correlation-id", "order-4711")
		m := next(t, sub)
		if got := strings.Join(m.Header["correlation-id"], ""); got != c.want {
			t.Errorf("%d: header is %q", c.version, got)
		}
		got, _ := value(t, string(m.Data), "value", "entry", 0, "resource", "notificationEvent", 0, "correlationId").(string)
		if got != c.want {
			t.Errorf("%d: correlationId is %q", c.version, got)
		}
		box.await("kept", "messagesDelivered", 1)
		kept, err := events.GetLastMsgForSubject(t.Context(), "kept.x")
		if err != nil || strings.Join(kept.Header["correlation-id"], "") != c.want {
			t.Errorf("%d: the stored message has %v, %v", c.version, kept.Header, err)
		}
		box.patient()
		if m := next(t, sub); len(m.Header["correlation-id"]) != 0 || strings.Contains(string(m.Data), "correlationId") {
			t.Errorf("%d: without the request header: %v, %s", c.version, m.Header, m.Data)
		}
		if err := sub.Unsubscribe(); err != nil {
			t.Fatal(err)
		}
	}
}

const passwords = `
port: -1
authorization { users = [
  {user: "alice", password: "secret1", permissions = {publish = ["mysubject.>"], subscribe = {deny: ">"}}},
  {user: "bob", password: "secret2", permissions = {publish = {deny: ">"}, subscribe = ["mysubject.>"]}}
] }
`

func TestTutorialUsernameAndPassword(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "nats-server.conf")
	if err := os.WriteFile(file, []byte(passwords), 0o600); err != nil {
		t.Fatal(err)
	}
	nats := startBroker(t, broker.Options{ConfigFile: file})
	box := startBox(t, sandbox.Options{})
	bob := listen(t, connect(t, nats.URL(), natsgo.UserInfo("bob", "secret2")), "mysubject.hello")
	box.must(201, "POST", "/fhir/AidboxSubscriptionTopic", tutorialTopic)
	box.must(201, "POST", "/fhir/AidboxTopicDestination",
		destination("nats-core-destination", core, inDocker(nats), "mysubject.hello", "", "username", "alice", "password", "secret1"))
	box.must(201, "POST", "/fhir/AidboxTopicDestination",
		destination("elsewhere", core, inDocker(nats), "other.hello", "", "username", "alice", "password", "secret1"))
	box.patient()
	if m := next(t, bob); !strings.Contains(string(m.Data), "smith") {
		t.Errorf("bob sees %s", m.Data)
	}
	// Aidbox has no idea about rights in best-effort mode.
	box.await("elsewhere", "messagesDelivered", 1)
	if got := box.counters("elsewhere"); got["messagesLost"] != 0 {
		t.Errorf("a denied publish counts as %v", got)
	}
	box.must(201, "POST", "/fhir/AidboxTopicDestination",
		destination("wrong", core, inDocker(nats), "mysubject.hello", "", "username", "alice", "password", "secret3"))
	r := box.must(500, "GET", "/fhir/AidboxTopicDestination/wrong/$status", "")
	if got, want := r.text(t, "issue", 0, "diagnostics"), "Internal server error: AidboxTopicDestination wrong has no sender associated with it."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTutorialJWT(t *testing.T) {
	t.Parallel()
	creds := t.TempDir()
	nats := startBroker(t, broker.Options{Configure: operatorMode(t, creds)})
	box := startBox(t, sandbox.Options{CredsDir: creds})
	admin := listen(t, connect(t, nats.URL(), natsgo.UserCredentials(filepath.Join(creds, "admin.creds"))), "joe.message")
	box.must(201, "POST", "/fhir/AidboxSubscriptionTopic", tutorialTopic)
	for id, subject := range map[string]string{"joe-to-pam": "pam.a", "joe-to-joe": "joe.message"} {
		box.must(201, "POST", "/fhir/AidboxTopicDestination", destination(id, core, inDocker(nats), subject, "",
			"connectionName", "connectionname", "credentialsFilePath", "/creds/joe.creds"))
	}
	box.patient()
	if m := next(t, admin); m.Subject != "joe.message" {
		t.Errorf("admin sees %s", m.Subject)
	}
	box.await("joe-to-pam", "messagesDelivered", 1)
	eventually(t, "the broker logs the violation with the connection's name", func() bool {
		return slices.ContainsFunc(nats.Lines(0), func(l broker.Line) bool {
			return strings.Contains(l.Text, "Publish Violation") && strings.Contains(l.Text, `"pam.a"`) && strings.Contains(l.Text, "connectionname")
		})
	})
	box.must(201, "POST", "/fhir/AidboxTopicDestination", destination("absent", core, inDocker(nats), "joe.x", "", "credentialsFilePath", "/creds/absent.creds"))
	box.must(500, "GET", "/fhir/AidboxTopicDestination/absent/$status", "")
}

// operatorMode configures a server with an operator and an account, and writes
// the credentials of its users joe and admin.
func operatorMode(t *testing.T, dir string) func(*server.Options) error {
	t.Helper()
	pair := func(make func() (nkeys.KeyPair, error)) (nkeys.KeyPair, string) {
		t.Helper()
		kp, err := make()
		if err != nil {
			t.Fatal(err)
		}
		public, err := kp.PublicKey()
		if err != nil {
			t.Fatal(err)
		}
		return kp, public
	}
	operator, operatorKey := pair(nkeys.CreateOperator)
	account, accountKey := pair(nkeys.CreateAccount)
	accountJWT, err := jwt.NewAccountClaims(accountKey).Encode(operator)
	if err != nil {
		t.Fatal(err)
	}
	for name, allow := range map[string]string{"joe": "joe.>", "admin": ">"} {
		user, userKey := pair(nkeys.CreateUser)
		claims := jwt.NewUserClaims(userKey)
		claims.Permissions.Pub.Allow.Add(allow)
		text, err := claims.Encode(account)
		if err != nil {
			t.Fatal(err)
		}
		seed, err := user.Seed()
		if err != nil {
			t.Fatal(err)
		}
		file, err := jwt.FormatUserConfig(text, seed)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name+".creds"), file, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return func(o *server.Options) error {
		resolver := &server.MemAccResolver{}
		if err := resolver.Store(accountKey, accountJWT); err != nil {
			return err
		}
		o.TrustedOperators = []*jwt.OperatorClaims{jwt.NewOperatorClaims(operatorKey)}
		o.AccountResolver = resolver
		o.JetStream = false
		return nil
	}
}

func TestTutorialUpdatingATopic(t *testing.T) {
	t.Parallel()
	nats := startBroker(t, broker.Options{})
	box := startBox(t, sandbox.Options{})
	sub := listen(t, connect(t, nats.URL()), "foo")
	id := box.must(201, "POST", "/fhir/AidboxSubscriptionTopic", tutorialTopic).text(t, "id")
	box.must(201, "POST", "/fhir/AidboxTopicDestination", destination("basic", core, nats.URL(), "foo", ""))
	const appointment = `{"resourceType":"Appointment","status":"booked","participant":[{"status":"accepted"}]}`
	box.must(201, "POST", "/fhir/Appointment", appointment)
	box.must(200, "PUT", "/fhir/AidboxSubscriptionTopic/"+id,
		`{"resourceType":"AidboxSubscriptionTopic","url":"patient-topic","status":"active","trigger":[{"resource":"Appointment"},{"resource":"Patient"}]}`)
	second := box.must(201, "POST", "/fhir/Appointment", appointment).text(t, "id")
	if m := next(t, sub); !strings.Contains(string(m.Data), "Appointment/"+second) {
		t.Errorf("the first message is %s", m.Data)
	}
	box.must(200, "DELETE", "/fhir/AidboxSubscriptionTopic/"+id, "")
	box.must(201, "POST", "/fhir/Appointment", appointment)
	box.await("basic", "messagesDelivered", 1)
	refused := box.must(405, "PUT", "/fhir/AidboxTopicDestination/basic", destination("basic", core, nats.URL(), "bar", ""))
	if allow := refused.header.Get("Allow"); allow != "DELETE, GET" {
		t.Errorf("allowed is %q", allow)
	}
}

func TestInteractionsAndFlagsArriveOnNATS(t *testing.T) {
	t.Parallel()
	nats := startBroker(t, broker.Options{})
	box := startBox(t, sandbox.Options{})
	nc := connect(t, nats.URL())
	box.topic(`{"resource":"Patient","fhirPathCriteria":"%previous.empty() or %current.empty() or %current.gender != %previous.gender"}`)
	box.must(201, "POST", "/fhir/AidboxTopicDestination", destination("all", core, nats.URL(), "all",
		`"includeEntryAction":true,"includeVersionId":true,"includeVersionIdInFocusReference":true,`))
	box.must(201, "POST", "/fhir/AidboxTopicDestination", destination("ids", core, nats.URL(), "ids", `"content":"id-only",`))
	box.must(201, "POST", "/fhir/AidboxTopicDestination", destination("none", core, nats.URL(), "none", `"content":"empty",`))
	all, ids, none := listen(t, nc, "all"), listen(t, nc, "ids"), listen(t, nc, "none")

	box.must(201, "POST", "/fhir/Patient", `{"id":"p","gender":"male"}`)
	box.must(200, "PUT", "/fhir/Patient/p", `{"gender":"male","active":true}`) // the criterion does not hold
	box.must(200, "PUT", "/fhir/Patient/p", `{"gender":"male","active":true}`) // no change
	box.must(200, "PATCH", "/fhir/Patient/p", `{"gender":"female"}`)
	box.must(200, "PATCH", "/fhir/Patient/p", `{"gender":"female"}`) // no change
	deleted := box.must(200, "DELETE", "/fhir/Patient/p", "")
	box.must(201, "PUT", "/fhir/Patient/p", `{}`)

	for _, action := range []string{"create", "update", "delete", "create"} {
		m := next(t, all)
		n, err := aidbox.DecodeNotification(m.Data)
		if err != nil || len(n.Events) != 1 {
			t.Fatalf("%v: %s", err, m.Data)
		}
		e := n.Events[0]
		if e.Action != action || e.Guessed || e.Method != "POST" || e.RequestURL != "/fhir/Patient" || e.Focus != "Patient/p" ||
			!strings.Contains(string(m.Data), `"focus":{"reference":"Patient/p/_history/`+e.VersionID+`"}`) {
			t.Errorf("%s: %s", action, m.Data)
		}
		if action == "delete" && string(e.Resource) != deleted.body {
			t.Errorf("a deletion carries %s, answered was %s", e.Resource, deleted.body)
		}
		m = next(t, ids)
		if entry := value(t, string(m.Data), "value", "entry", 1); entry == nil || value(t, string(m.Data), "value", "entry", 1, "resource") != nil {
			t.Errorf("id-only: %s", m.Data)
		}
		m = next(t, none)
		if value(t, string(m.Data), "value", "entry", 1) != nil ||
			value(t, string(m.Data), "value", "entry", 0, "resource", "notificationEvent", 0, "focus", "reference") != "Patient/p" {
			t.Errorf("empty: %s", m.Data)
		}
	}
	box.await("all", "messagesDelivered", 4)
}
