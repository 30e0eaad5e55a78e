package sandbox_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"aidbox-nats/aidbox/sandbox"
	"aidbox-nats/nats/broker"
)

// lastError is the newest failure of $status.
func (b *box) lastError(id string) string {
	b.t.Helper()
	r := b.must(200, "GET", "/fhir/AidboxTopicDestination/"+id+"/$status", "")
	all, _ := value(b.t, r.body, "parameter").([]any)
	for i := range all {
		if r.text(b.t, "parameter", i, "name") == "lastErrorDetail" {
			return r.text(b.t, "parameter", i, "part", 0, "valueString")
		}
	}
	return ""
}

func TestStatusSaysWhyAnEventStays(t *testing.T) {
	t.Parallel()
	nats := startBroker(t, broker.Options{Configure: func(o *server.Options) error {
		o.Users = []*server.User{
			{Username: "root", Password: "r"},
			{Username: "silent", Password: "s", Permissions: &server.Permissions{Subscribe: &server.SubjectPermission{Deny: []string{">"}}}},
			{Username: "narrow", Password: "n", Permissions: &server.Permissions{Publish: &server.SubjectPermission{Deny: []string{"kept"}}}},
		}
		return nil
	}})
	context, err := jetstream.New(connect(t, nats.URL(), natsgo.UserInfo("root", "r")))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []jetstream.StreamConfig{
		{Name: "KEPT", Subjects: []string{"kept"}},
		{Name: "FULL", Subjects: []string{"full"}, MaxBytes: 10, Discard: jetstream.DiscardNew},
	} {
		if _, err := context.CreateStream(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	box := startBox(t, sandbox.Options{DataDir: dir})
	box.topic(`{"resource":"Patient"}`)
	cases := []struct{ id, user, password, subject, says string }{
		{"no-stream", "root", "r", "nowhere", `publish to "nowhere": nats: no response from stream: no stream takes this subject: create one with this subject`},
		{"full", "root", "r", "full", `publish to "full": the stream is full: nats: API error: code=503 err_code=10077 description=maximum bytes exceeded`},
		{"may-not-publish", "narrow", "n", "kept", `the server does not allow user "narrow" to publish to "kept"`},
		{"no-inbox", "silent", "s", "kept", `publish to "kept": it may be stored or not, because no acknowledgement came: the server does not allow user "silent" to subscribe to "_INBOX.`},
	}
	for _, c := range cases {
		box.must(201, "POST", "/fhir/AidboxTopicDestination",
			destination(c.id, js, nats.URL(), c.subject, "", "username", c.user, "password", c.password))
	}
	const events = 3
	for i := range events {
		box.must(201, "POST", "/fhir/Patient", fmt.Sprintf(`{"id":"p%d"}`, i))
	}
	check := func() {
		t.Helper()
		for _, c := range cases {
			eventually(t, c.id+" has failed", func() bool { return box.counters(c.id)["messagesDeliveryAttempts"] > 0 })
			if got := box.lastError(c.id); !strings.HasPrefix(got, c.says) {
				t.Errorf("%s says %q", c.id, got)
			}
			got := box.counters(c.id)
			if got["messagesQueued"] != events || got["messagesDelivered"] != 0 || got["messagesInProcess"] < 1 || got["messagesInProcess"] > events {
				t.Errorf("%s: %v", c.id, got)
			}
		}
	}
	check()
	// What is queued is on the disk; the other counters begin anew.
	box.close()
	box = startBox(t, sandbox.Options{DataDir: dir})
	check()

	stopBroker(t, nats)
	eventually(t, "the lost broker is told", func() bool { return strings.Contains(box.lastError("no-stream"), "not connected") })
	if got := box.counters("no-stream"); got["messagesQueued"] != events {
		t.Errorf("got %v", got)
	}
}
