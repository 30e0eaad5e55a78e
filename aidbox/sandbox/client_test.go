package sandbox_test

import (
	"errors"
	"net/http"
	"net/url"
	"testing"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/sandbox"
	"aidbox-nats/nats/broker"
)

// The client was written after the same documentation and not after the
// sandbox: what it understands is more than what this package's tests look for.
func TestTheClientUnderstandsTheSandbox(t *testing.T) {
	t.Parallel()
	nats := startBroker(t, broker.Options{})
	box := startBox(t, sandbox.Options{})
	ctx := t.Context()
	client, err := aidbox.New(aidbox.Config{URL: box.server.URL(), ClientID: "root", Secret: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)

	health, err := client.Health(ctx)
	if err != nil || !health.OK() || health.Version.Number != 2609 {
		t.Errorf("health: %+v, %v", health, err)
	}
	version, err := client.Version(ctx)
	if err != nil || version.Number != 2609 || version.Timestamp.IsZero() {
		t.Errorf("version: %+v, %v", version, err)
	}
	profile := aidbox.ProfileURL(aidbox.KindCoreBestEffort, version.Number)
	if found, err := client.Profile(ctx, profile); err != nil || !found {
		t.Errorf("profile: %v, %v", found, err)
	}

	topic, err := client.CreateTopic(ctx, aidbox.Topic{
		URL: topicURL, Status: "active", Title: "Patients",
		Triggers: []aidbox.Trigger{{Resource: "Patient", Interactions: []string{"create"}, Criteria: "name.exists()"}},
	})
	if err != nil || topic.ID == "" || topic.VersionID == "" {
		t.Fatalf("%+v, %v", topic, err)
	}
	topic.Triggers[0].Interactions = nil
	body, err := topic.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Update(ctx, "AidboxSubscriptionTopic", topic.ID, body, aidbox.WriteOptions{IfMatch: topic.VersionID}); err != nil {
		t.Fatal(err)
	}
	if topic, err = client.Topic(ctx, topic.ID); err != nil || topic.Title != "Patients" {
		t.Fatalf("%+v, %v", topic, err)
	}
	sub := listen(t, connect(t, nats.URL()), "foo")
	yes := true
	d, err := client.CreateDestination(ctx, aidbox.Destination{
		ID: "d", Kind: aidbox.KindCoreBestEffort, Profile: profile, Topic: topic.URL, IncludeEntryAction: &yes,
		Parameters: []aidbox.Parameter{{Name: "url", Value: nats.URL()}, {Name: "subject", Value: "foo"}, {Name: "sslContext", Value: "none"}},
	})
	if err != nil || d.VersionID == "" || d.Subject() != "foo" {
		t.Fatalf("%+v, %v", d, err)
	}

	patient, err := client.Create(ctx, "Patient", []byte(tutorialPatient), aidbox.WriteOptions{ContentType: "text/yaml", CorrelationID: "order-4711"})
	if err != nil {
		t.Fatal(err)
	}
	n, err := aidbox.DecodeNotification(next(t, sub).Data)
	if err != nil || len(n.Events) != 1 || n.ID == "" || n.Topic != topic.URL || n.Destination != "d" {
		t.Fatalf("%+v, %v", n, err)
	}
	e := n.Events[0]
	if e.Action != "create" || e.Focus != "Patient/"+patient.ID || e.VersionID != patient.VersionID || e.CorrelationID != "order-4711" ||
		!e.LastUpdated.Equal(patient.LastUpdated) || string(e.Resource) != string(patient.Raw) {
		t.Errorf("event %+v of %+v", e, patient)
	}
	box.await("d", "messagesDelivered", 1)
	status, err := client.Status(ctx, "d")
	if err != nil || status.State != "active" || *status.Delivered != 1 || *status.Lost != 0 || status.Queued != nil || status.Start.IsZero() {
		t.Errorf("status: %+v, %v", status, err)
	}
	if _, err := client.Create(ctx, "AidboxTopicDestination", []byte(destination("n", core, "nats://127.0.0.1:1", "foo", "")), aidbox.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Status(ctx, "n"); !errors.Is(err, aidbox.ErrNoSender) {
		t.Errorf("no sender: %v", err)
	}
	if _, err := client.Update(ctx, "AidboxTopicDestination", "d", []byte(destination("d", core, nats.URL(), "bar", "")), aidbox.WriteOptions{}); err == nil {
		t.Error("a destination was changed")
	}
	var refused *aidbox.Error
	_, err = client.Create(ctx, "Patient", []byte(`{"ups":1}`), aidbox.WriteOptions{})
	if !errors.As(err, &refused) || refused.Status != http.StatusUnprocessableEntity || refused.Outcome.Issues[0].Detail != "unknown-key" ||
		refused.Outcome.Issues[0].Expression[0] != "Patient.ups" {
		t.Errorf("refusal: %v", err)
	}
	stranger, err := aidbox.New(aidbox.Config{URL: box.server.URL(), ClientID: "root", Secret: "wrong"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stranger.Close)
	if _, err := stranger.Topics(ctx); !errors.Is(err, aidbox.ErrUnauthorized) {
		t.Errorf("a wrong secret: %v", err)
	}

	patched, err := client.Patch(ctx, "Patient", patient.ID, []byte(`{"active":true}`), aidbox.WriteOptions{IfMatch: patient.VersionID})
	if err != nil || patched.VersionID == patient.VersionID {
		t.Errorf("patch: %+v, %v", patched, err)
	}
	if old, err := client.VersionRead(ctx, "Patient", patient.ID, patient.VersionID); err != nil || string(old.Raw) != string(patient.Raw) {
		t.Errorf("vread: %+v, %v", old, err)
	}
	if _, err := client.Delete(ctx, "Patient", patient.ID, aidbox.WriteOptions{}); err != nil {
		t.Error(err)
	}
	history, err := client.History(ctx, "Patient", patient.ID, nil)
	if err != nil || len(history.Entries) != 3 || history.Entries[0].Method != "DELETE" || history.Entries[0].Resource.VersionID == patched.VersionID {
		t.Errorf("history: %+v, %v", history, err)
	}

	const patients = 5
	for range patients {
		if _, err := client.Create(ctx, "Patient", []byte(`{}`), aidbox.WriteOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	seen := make(map[string]bool)
	page, err := client.Search(ctx, "Patient", url.Values{"_count": {"2"}})
	for more := true; more; page, more, err = client.Next(ctx, page) {
		if err != nil || page.Total == nil || *page.Total != patients {
			t.Fatalf("%+v, %v", page, err)
		}
		for _, entry := range page.Entries {
			seen[entry.Resource.ID] = true
		}
	}
	if err != nil || len(seen) != patients {
		t.Errorf("paging found %v, %v", seen, err)
	}
	if all, err := client.Destinations(ctx); err != nil || len(all) != 2 {
		t.Errorf("destinations: %+v, %v", all, err)
	}
	if err := client.DeleteDestination(ctx, "d"); err != nil {
		t.Error(err)
	}
	if err := client.DeleteTopic(ctx, topic.ID); err != nil {
		t.Error(err)
	}
}

// A stored OperationOutcome is no refusal, whatever it says; one that is not there is.
func TestTheClientKeepsAnOutcomeLikeAnyResource(t *testing.T) {
	t.Parallel()
	box := startBox(t, sandbox.Options{})
	client, err := aidbox.New(aidbox.Config{URL: box.server.URL(), ClientID: "root", Secret: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	body := []byte(`{"resourceType": "OperationOutcome", "issue": [{"severity": "fatal", "code": "not-found"}]}`)
	made, err := client.Create(t.Context(), "OperationOutcome", body, aidbox.WriteOptions{})
	if err != nil || made.Status != http.StatusCreated || made.ID == "" {
		t.Fatalf("%+v, %v", made, err)
	}
	if read, err := client.Read(t.Context(), "OperationOutcome", made.ID); err != nil || read.VersionID != made.VersionID {
		t.Errorf("%+v, %v", read, err)
	}
	if _, err := client.Read(t.Context(), "OperationOutcome", "nobody"); !aidbox.IsNotFound(err) {
		t.Errorf("one that is not there: %v", err)
	}
}
