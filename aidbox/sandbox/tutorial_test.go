package sandbox_test

import (
	"strings"
	"testing"

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
