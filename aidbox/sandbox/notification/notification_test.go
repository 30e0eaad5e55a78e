package notification_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/r4"
	"aidbox-nats/aidbox/sandbox/notification"
)

func topic(t *testing.T, text string) aidbox.Topic {
	t.Helper()
	var topic aidbox.Topic
	if err := topic.UnmarshalJSON([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return topic
}

func destination(id, topic string) aidbox.Destination {
	return aidbox.Destination{
		ID: id, Topic: topic, VersionID: "8", Kind: aidbox.KindCoreBestEffort,
		Parameters: []aidbox.Parameter{{Name: "url", Value: "nats://h"}, {Name: "subject", Value: "foo"}},
	}
}

// The bytes are those of Aidbox's published notifications; the order of members
// and what is escaped matter.
func TestWrite(t *testing.T) {
	t.Parallel()
	const (
		head    = `{"topic":"foo","value":{"resourceType":"Bundle","type":"history","timestamp":"2025-05-05T09:54:29Z","entry":[`
		about   = `{"resource":{"resourceType":"AidboxSubscriptionStatus","status":"active","type":"event-notification","notificationEvent":[{"eventNumber":1,"focus":{"reference":"Patient/5e78"}}],"topic":"patient-topic","topic-destination":{"reference":"AidboxTopicDestination/basic"}}}`
		request = `{"request":{"method":"POST","url":"/fhir/Patient"},"fullUrl":"http://localhost:8080/fhir/Patient/5e78"`
		patient = `{"name":[{"family":"<smith> & \u2028"}],"id":"5e78","resourceType":"Patient","meta":{"versionId":"17"}}`
		tail    = `]}}`
	)
	yes, no := true, false
	for _, c := range []struct {
		name    string
		version int
		change  func(*aidbox.Destination, *notification.Change)
		want    string
	}{
		{"full resource", 2602, func(*aidbox.Destination, *notification.Change) {}, head + about + "," + request + `,"resource":` + patient + `}` + tail},
		{"id only", 2602, func(d *aidbox.Destination, _ *notification.Change) { d.Content = "id-only" }, head + about + "," + request + `}` + tail},
		{"empty", 2602, func(d *aidbox.Destination, _ *notification.Change) { d.Content = "empty" }, head + about + tail},
		{"a status id since 2604", 2604, func(d *aidbox.Destination, _ *notification.Change) { d.Content = "empty" },
			head + strings.Replace(about, `Status",`, `Status","id":"u-u",`, 1) + tail},
		{"a correlation id", 2602, func(d *aidbox.Destination, c *notification.Change) {
			d.Content, c.CorrelationID = "empty", "order-4711"
		},
			head + strings.Replace(about, `/5e78"}}`, `/5e78"},"correlationId":"order-4711"}`, 1) + tail},
		{"flags that are false", 2602, func(d *aidbox.Destination, _ *notification.Change) {
			d.Content, d.IncludeEntryAction, d.IncludeVersionID, d.IncludeVersionIDInFocusReference = "id-only", &no, &no, &no
		}, head + about + "," + request + `}` + tail},
		{"entry action", 2604, func(d *aidbox.Destination, c *notification.Change) {
			d.IncludeEntryAction, c.Interaction = &yes, notification.Delete
		}, head + strings.Replace(about, `Status",`, `Status","id":"u-u",`, 1) + "," + request + `,"resource":` + patient +
			`,"extension":[{"url":"http://health-samurai.io/fhir/core/StructureDefinition/bundle-entryActionCode","valueCode":"delete"}]}` + tail},
		{"all flags", 2602, func(d *aidbox.Destination, _ *notification.Change) {
			d.Content, d.IncludeEntryAction, d.IncludeVersionID, d.IncludeVersionIDInFocusReference = "id-only", &yes, &yes, &yes
		}, head + strings.Replace(about, `/5e78"`, `/5e78/_history/17"`, 1) + "," + request +
			`,"extension":[{"url":"http://health-samurai.io/fhir/core/StructureDefinition/bundle-entryActionCode","valueCode":"create"},` +
			`{"url":"http://health-samurai.io/fhir/core/StructureDefinition/bundle-entryVersionId","valueId":"17"}]}` + tail},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := destination("basic", "patient-topic")
			change := notification.Change{
				Interaction: notification.Create, Type: "Patient", ID: "5e78", Version: "17",
				Timestamp: "2025-05-05T09:54:29Z", Resource: []byte(patient),
			}
			c.change(&d, &change)
			w := notification.Writer{BaseURL: "http://localhost:8080", Version: c.version}
			m, err := w.Write("u-u", d, change)
			if err != nil {
				t.Fatal(err)
			}
			if got := string(m.Body); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
			if m.ID != "u-u" || m.Subject != "foo" || m.CorrelationID != change.CorrelationID {
				t.Errorf("got %+v", m)
			}
			again, err := notification.Decode(m.Encode())
			if err != nil || !reflect.DeepEqual(again, m) {
				t.Errorf("the outbox made %+v, %v of it", again, err)
			}
		})
	}
}

func TestDecodeRefusesWhatEncodeDoesNotWrite(t *testing.T) {
	t.Parallel()
	whole := notification.Message{ID: "id", Subject: "s", CorrelationID: "c"}.Encode()
	for n := range whole {
		if m, err := notification.Decode(whole[:n]); err == nil {
			t.Errorf("%q decoded as %+v", whole[:n], m)
		}
	}
	if m, err := notification.Decode([]byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x")); err == nil {
		t.Errorf("a huge length decoded as %+v", m)
	}
}

func TestFire(t *testing.T) {
	t.Parallel()
	definitions, err := r4.Load()
	if err != nil {
		t.Fatal(err)
	}
	const (
		male   = `{"resourceType":"Patient","gender":"male"}`
		female = `{"resourceType":"Patient","gender":"female"}`
	)
	changes := map[string]notification.Change{
		"create": {Interaction: notification.Create, Type: "Patient", Resource: []byte(male)},
		"update": {Interaction: notification.Update, Type: "Patient", Resource: []byte(female), Previous: []byte(male)},
		"delete": {Interaction: notification.Delete, Type: "Patient", Resource: []byte(female), Previous: []byte(female)},
		"other":  {Interaction: notification.Create, Type: "Account", Resource: []byte(`{"resourceType":"Account","status":"active"}`)},
	}
	for _, c := range []struct {
		name, status, triggers string
		want                   []string
	}{
		{"no criterion, every interaction", "active", `{"resource":"Patient"}`, []string{"create", "delete", "update"}},
		{"some interactions", "active", `{"resource":"Patient","supportedInteraction":["create","delete"]}`, []string{"create", "delete"}},
		{"not active", "draft", `{"resource":"Patient"}`, nil},
		{"no trigger", "active", ``, nil},
		{"$this of a deletion is the deleted one", "active", `{"resource":"Patient","fhirPathCriteria":"gender = 'female'"}`, []string{"delete", "update"}},
		{"%current is empty on delete", "active", `{"resource":"Patient","fhirPathCriteria":"%current.empty()"}`, []string{"delete"}},
		{"%previous is empty on create", "active", `{"resource":"Patient","fhirPathCriteria":"%previous.empty()"}`, []string{"create"}},
		{"comparing an empty %previous is neither true nor false", "active", `{"resource":"Patient","fhirPathCriteria":"%current.gender != %previous.gender"}`, []string{"update"}},
		{"the case for creates", "active", `{"resource":"Patient","fhirPathCriteria":"%previous.empty() or %current.gender != %previous.gender"}`, []string{"create", "update"}},
		{"any of several triggers, once", "active", `{"resource":"Account"},{"resource":"Patient","fhirPathCriteria":"false"},{"resource":"Patient","supportedInteraction":["update"]},{"resource":"Patient","supportedInteraction":["update"]}`,
			[]string{"other", "update"}},
		{"one that does not compile silences the topic", "active", `{"resource":"Patient"},{"resource":"Patient","fhirPathCriteria":"name.("}`, nil},
		{"one that fails on the resource does not hold", "active", `{"resource":"Patient","fhirPathCriteria":"(1 | 2).single() = 1"}`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			set := notification.NewCompiler(definitions).Build(
				[]aidbox.Topic{topic(t, `{"id":"t","url":"u","status":"`+c.status+`","trigger":[`+c.triggers+`]}`)},
				[]aidbox.Destination{destination("a", "u"), destination("x", "u|1"), destination("b", "u")})
			var got []string
			for name, change := range changes {
				fired := set.Fire(t.Context(), change)
				if len(fired) == 0 {
					continue
				}
				got = append(got, name)
				if len(fired) != 2 || fired[0].ID != "a" || fired[1].ID != "b" {
					t.Errorf("%s fires %v", name, fired)
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("fires on %v, want %v", got, c.want)
			}
		})
	}
}

func TestDeaf(t *testing.T) {
	t.Parallel()
	definitions, err := r4.Load()
	if err != nil {
		t.Fatal(err)
	}
	compiler := notification.NewCompiler(definitions)
	good := topic(t, `{"id":"g","url":"good","status":"draft","trigger":[{"resource":"Patient","fhirPathCriteria":"true"}]}`)
	bad := topic(t, `{"id":"b","url":"bad","status":"active","trigger":[{"resource":"Patient","fhirPathCriteria":"name.("}]}`)
	alsoGood := bad
	alsoGood.Triggers = nil
	set := compiler.Build([]aidbox.Topic{good, bad}, nil)
	if err := set.Deaf("good"); err != nil {
		t.Errorf("a draft: %v", err)
	}
	if err := set.Deaf("bad"); err == nil || !strings.Contains(err.Error(), "topic b") {
		t.Errorf("a criterion that does not compile: %v", err)
	}
	if err := set.Deaf("none"); err == nil || !strings.Contains(err.Error(), `"none"`) {
		t.Errorf("no such topic: %v", err)
	}
	for _, topics := range [][]aidbox.Topic{{bad, alsoGood}, {alsoGood, bad}} {
		if err := compiler.Build(topics, nil).Deaf("bad"); err != nil {
			t.Errorf("one of two topics with the url works: %v", err)
		}
	}
}
