package aidbox_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"aidbox-nats/aidbox"
)

// published is the notification of the vendor's tutorial.
const published = `{"topic":"foo","value":{"resourceType":"Bundle","type":"history","timestamp":"2025-05-05T09:54:29Z","entry":[` +
	`{"resource":{"resourceType":"AidboxSubscriptionStatus","status":"active","type":"event-notification",` +
	`"notificationEvent":[{"eventNumber":1,"focus":{"reference":"Patient/5e78"},"correlationId":"order-4711"}],` +
	`"topic":"patient-topic","topic-destination":{"reference":"AidboxTopicDestination/basic"}}},` +
	`{"request":{"method":"POST","url":"/fhir/Patient"},"fullUrl":"http://localhost:8080/fhir/Patient/5e78",` +
	`"resource":{"name":[{"family":"smith"}],"id":"5e78","resourceType":"Patient","meta":{"lastUpdated":"2025-05-05T09:54:29.123456Z","versionId":"17","extension":[{"url":"ex:createdAt","valueInstant":"2025-05-05T09:54:29.123456Z"}]}}}]}}`

// notification makes a message of events and of the entries after the status.
func notification(events string, entries ...string) string {
	return `{"topic":"foo","value":{"resourceType":"Bundle","type":"history","timestamp":"2025-05-05T09:54:29Z","entry":[` +
		strings.Join(append([]string{`{"resource":{"resourceType":"AidboxSubscriptionStatus","status":"active","type":"event-notification","notificationEvent":` + events +
			`,"topic":"t","topic-destination":{"reference":"AidboxTopicDestination/d"}}}`}, entries...), ",") + `]}}`
}

func TestPublishedNotification(t *testing.T) {
	n, err := aidbox.DecodeNotification([]byte(published))
	if err != nil {
		t.Fatal(err)
	}
	if n.Subject != "foo" || n.Topic != "patient-topic" || n.Destination != "basic" || n.Status != "active" || n.Type != "event-notification" ||
		!n.Timestamp.Equal(time.Date(2025, 5, 5, 9, 54, 29, 0, time.UTC)) || len(n.Events) != 1 {
		t.Fatalf("got %+v", n)
	}
	e := n.Events[0]
	if e.Number != 1 || e.Focus != "Patient/5e78" || e.CorrelationID != "order-4711" || e.Method != "POST" || e.RequestURL != "/fhir/Patient" ||
		e.FullURL != "http://localhost:8080/fhir/Patient/5e78" || e.VersionID != "17" || e.Action != "create" || !e.Guessed ||
		e.LastUpdated.Nanosecond() != 123456000 {
		t.Errorf("got %+v", e)
	}
	if !strings.HasPrefix(string(e.Resource), `{"name":[{"family":"smith"}],"id":"5e78"`) {
		t.Errorf("the resource is %s", e.Resource)
	}
}

func TestNotificationForms(t *testing.T) {
	const (
		action  = `{"url":"http://health-samurai.io/fhir/core/StructureDefinition/bundle-entryActionCode","valueCode":"update"}`
		version = `{"url":"http://health-samurai.io/fhir/core/StructureDefinition/bundle-entryVersionId","valueId":"18"}`
		full    = `"fullUrl":"http://h/fhir/Patient/1"`
		request = `"request":{"method":"POST","url":"/fhir/Patient"}`
		one     = `[{"eventNumber":1,"focus":{"reference":"Patient/1"}}]`
	)
	resource := func(id, version, updated, extension string) string {
		return fmt.Sprintf(`"resource":{"resourceType":"Patient","id":%q,"meta":{"versionId":%q,"lastUpdated":%q,"extension":[%s]}}`, id, version, updated, extension)
	}
	type event struct {
		number                 int64
		focus, action, version string
		guessed, resource      bool
		correlation            string
	}
	for _, c := range []struct {
		rule, message string
		want          []event
	}{
		{"id-only has request and fullUrl", notification(one, `{`+request+`,`+full+`}`), []event{{number: 1, focus: "Patient/1"}}},
		{"empty has no second entry", notification(one), []event{{number: 1, focus: "Patient/1"}}},
		{"empty with a version in the focus", notification(`[{"eventNumber":1,"focus":{"reference":"Patient/1/_history/5"}}]`), []event{{number: 1, focus: "Patient/1", version: "5"}}},
		{"an absolute focus", notification(`[{"focus":{"reference":"http://h:8080/fhir/Patient/1/_history/5"}}]`), []event{{focus: "Patient/1", version: "5"}}},
		{"a focus that is a text", notification(`[{"focus":"Patient/1"}]`), []event{{focus: "Patient/1"}}},
		{"a focus that is no reference stays", notification(`[{"focus":{"reference":"urn:uuid:1"}}]`), []event{{focus: "urn:uuid:1"}}},
		{"action and version extensions", notification(one, `{`+request+`,`+full+`,`+resource("1", "17", "2026-08-01T10:00:00Z", "")+`,"extension":[`+action+`,`+version+`]}`),
			[]event{{number: 1, focus: "Patient/1", action: "update", version: "18", resource: true}}},
		{"extensions of an id-only entry", notification(one, `{`+request+`,`+full+`,"extension":[`+action+`,`+version+`]}`),
			[]event{{number: 1, focus: "Patient/1", action: "update", version: "18"}}},
		{"a delete with the deleted resource", notification(one, `{`+request+`,`+full+`,`+resource("1", "19", "2026-08-01T10:00:00Z", `{"url":"ex:createdAt","valueInstant":"2026-07-01T10:00:00Z"}`)+`,"extension":[`+strings.Replace(action, "update", "delete", 1)+`]}`),
			[]event{{number: 1, focus: "Patient/1", action: "delete", version: "19", resource: true}}},
		{"a delete without it", notification(one, `{`+request+`,`+full+`,"extension":[`+strings.Replace(action, "update", "delete", 1)+`]}`),
			[]event{{number: 1, focus: "Patient/1", action: "delete"}}},
		{"created now means create, by a guess", notification(one, `{`+resource("1", "17", "2026-08-01T10:00:00.5Z", `{"url":"ex:createdAt","valueInstant":"2026-08-01T12:00:00.500+02:00"}`)+`}`),
			[]event{{number: 1, focus: "Patient/1", action: "create", guessed: true, version: "17", resource: true}}},
		{"by the other URL too", notification(one, `{`+resource("1", "17", "2026-08-01T10:00:00Z", `{"url":"https://aidbox.app/ex/createdAt","valueDateTime":"2026-08-01T10:00:00Z"}`)+`}`),
			[]event{{number: 1, focus: "Patient/1", action: "create", guessed: true, version: "17", resource: true}}},
		{"created before says nothing sure", notification(one, `{`+request+`,`+resource("1", "17", "2026-08-01T10:00:01Z", `{"url":"ex:createdAt","valueInstant":"2026-08-01T10:00:00Z"}`)+`}`),
			[]event{{number: 1, focus: "Patient/1", version: "17", resource: true}}},
		{"POST alone says nothing", notification(one, `{`+request+`,`+resource("1", "17", "2026-08-01T10:00:01Z", ``)+`}`),
			[]event{{number: 1, focus: "Patient/1", version: "17", resource: true}}},
		{"the word of the server goes before a guess", notification(one, `{`+resource("1", "17", "2026-08-01T10:00:00Z", `{"url":"ex:createdAt","valueInstant":"2026-08-01T10:00:00Z"}`)+`,"extension":[`+action+`]}`),
			[]event{{number: 1, focus: "Patient/1", action: "update", version: "17", resource: true}}},
		{"each event has its correlation id", notification(`[{"eventNumber":1,"focus":{"reference":"Patient/1"},"correlationId":"a"},{"eventNumber":2,"focus":{"reference":"Patient/2"},"correlationId":"b"}]`,
			`{`+resource("1", "17", "", "")+`}`, `{`+resource("2", "18", "", "")+`}`),
			[]event{{number: 1, focus: "Patient/1", version: "17", resource: true, correlation: "a"}, {number: 2, focus: "Patient/2", version: "18", resource: true, correlation: "b"}}},
		{"entries in another order than events", notification(`[{"eventNumber":1,"focus":{"reference":"Patient/1"}},{"eventNumber":2,"focus":{"reference":"Patient/2"}}]`,
			`{`+resource("2", "18", "", "")+`}`, `{`+resource("1", "17", "", "")+`}`),
			[]event{{number: 1, focus: "Patient/1", version: "17", resource: true}, {number: 2, focus: "Patient/2", version: "18", resource: true}}},
		{"one resource twice, by version", notification(`[{"eventNumber":1,"focus":{"reference":"Patient/1/_history/18"}},{"eventNumber":2,"focus":{"reference":"Patient/1/_history/17"}}]`,
			`{`+resource("1", "17", "", "")+`}`, `{`+resource("1", "18", "", "")+`}`),
			[]event{{number: 1, focus: "Patient/1", version: "18", resource: true}, {number: 2, focus: "Patient/1", version: "17", resource: true}}},
		{"one resource twice, by order", notification(`[{"eventNumber":1,"focus":{"reference":"Patient/1"}},{"eventNumber":2,"focus":{"reference":"Patient/1"}}]`,
			`{`+resource("1", "17", "", "")+`}`, `{`+resource("1", "18", "", "")+`}`),
			[]event{{number: 1, focus: "Patient/1", version: "17", resource: true}, {number: 2, focus: "Patient/1", version: "18", resource: true}}},
		{"fewer entries than events", notification(`[{"eventNumber":1,"focus":{"reference":"Patient/1"}},{"eventNumber":2,"focus":{"reference":"Patient/2"}}]`, `{`+resource("2", "18", "", "")+`}`),
			[]event{{number: 1, focus: "Patient/1"}, {number: 2, focus: "Patient/2", version: "18", resource: true}}},
		{"more entries than events", notification(one, `{`+resource("1", "17", "", "")+`}`, `{`+resource("2", "18", "", "")+`}`),
			[]event{{number: 1, focus: "Patient/1", version: "17", resource: true}, {focus: "Patient/2", version: "18", resource: true}}},
		{"entries without identity go by order", notification(`[{"eventNumber":1,"focus":{"reference":"Patient/1"}},{"eventNumber":2,"focus":{"reference":"Patient/2"}}]`,
			`{`+request+`}`, `{"resource":{"meta":{"versionId":"18"}}}`),
			[]event{{number: 1, focus: "Patient/1"}, {number: 2, focus: "Patient/2", version: "18", resource: true}}},
		{"events without focus go by order", notification(`[{"eventNumber":1},{"eventNumber":2,"focus":{"reference":"Patient/2"}},{"eventNumber":3}]`,
			`{`+resource("1", "17", "", "")+`}`, `{`+resource("2", "18", "", "")+`}`, `{`+resource("3", "19", "", "")+`}`),
			[]event{{number: 1, focus: "Patient/1", version: "17", resource: true}, {number: 2, focus: "Patient/2", version: "18", resource: true}, {number: 3, focus: "Patient/3", version: "19", resource: true}}},
		{"an entry of another resource is an event of its own", notification(one, `{`+resource("2", "18", "", "")+`}`),
			[]event{{number: 1, focus: "Patient/1"}, {focus: "Patient/2", version: "18", resource: true}}},
		{"no event at all", notification(`[]`), nil},
		{"events of wrong kinds are passed over", notification(`[null,1,{"eventNumber":"7","focus":[1],"correlationId":{}}]`, `null`, `"x"`), []event{{number: 7}}},
		{"one event without its array", notification(`{"eventNumber":1,"focus":{"reference":"Patient/1"}}`), []event{{number: 1, focus: "Patient/1"}}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			n, err := aidbox.DecodeNotification([]byte(c.message))
			if err != nil {
				t.Fatal(err)
			}
			if n.Topic != "t" || n.Destination != "d" {
				t.Errorf("topic %q, destination %q", n.Topic, n.Destination)
			}
			if len(n.Events) != len(c.want) {
				t.Fatalf("%d events, want %d: %+v", len(n.Events), len(c.want), n.Events)
			}
			for i, e := range n.Events {
				got := event{e.Number, e.Focus, e.Action, e.VersionID, e.Guessed, e.Resource != nil, e.CorrelationID}
				if got != c.want[i] {
					t.Errorf("event %d is %+v, want %+v", i, got, c.want[i])
				}
			}
		})
	}
}

func TestNotificationOfANewerServerHasAnID(t *testing.T) {
	n, err := aidbox.DecodeNotification([]byte(strings.Replace(published, `"status":"active"`, `"id":"m-1","status":"active"`, 1)))
	if err != nil || n.ID != "m-1" {
		t.Errorf("got %q, %v", n.ID, err)
	}
}

func TestWhatIsNoNotification(t *testing.T) {
	for rule, message := range map[string]string{
		"nothing":                      "",
		"text":                         "hello JetStream",
		"bytes":                        "\x00\x1b[31m\xff",
		"a number":                     "7",
		"an array":                     "[" + published + "]",
		"an object of somebody else":   `{"topic":"foo"}`,
		"a resource":                   patient,
		"a value that is no Bundle":    `{"topic":"foo","value":{"resourceType":"Patient"}}`,
		"a Bundle without status":      `{"topic":"foo","value":{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient"}}]}}`,
		"a Bundle without entries":     `{"topic":"foo","value":{"resourceType":"Bundle"}}`,
		"a notification that is cut":   published[:len(published)-2],
		"a notification and some more": published + "}",
		"deep nesting":                 `{"topic":"foo","value":` + strings.Repeat(`{"a":`, 200_000),
		"deep nesting that is closed":  `{"value":` + strings.Repeat(`[`, 200_000) + strings.Repeat(`]`, 200_000) + `}`,
	} {
		t.Run(rule, func(t *testing.T) {
			n, err := aidbox.DecodeNotification([]byte(message))
			if !errors.Is(err, aidbox.ErrNotNotification) {
				t.Errorf("got %+v, %v", n, err)
			}
		})
	}
}

func TestManyEventsAreJoinedInLinearTime(t *testing.T) {
	const n = 5_000
	event := `{"focus":{"reference":"Patient/1"}}`
	entry := `{"fullUrl":"http://h/fhir/Patient/1"}`
	message := notification("["+strings.TrimSuffix(strings.Repeat(event+",", n), ",")+"]", strings.TrimSuffix(strings.Repeat(entry+",", n), ","))
	decoded, err := aidbox.DecodeNotification([]byte(message))
	if err != nil || len(decoded.Events) != n || decoded.Events[n-1].FullURL == "" {
		t.Errorf("%d events, %v", len(decoded.Events), err)
	}
}

// FuzzDecodeNotification looks for messages that make the decoder panic, change what it was given, or give what is no JSON
// or no guess that it may make.
func FuzzDecodeNotification(f *testing.F) {
	f.Add([]byte(published))
	f.Add([]byte(notification(`[{"eventNumber":1,"focus":{"reference":"Patient/1/_history/5"}},{"focus":"x"},{}]`, `{"fullUrl":"http://h/Patient/1"}`, `{"resource":{"resourceType":"Patient","id":"2","meta":{"versionId":3}}}`, `null`)))
	f.Add([]byte(`{"value":{"resourceType":"Bundle","entry":{"resource":{"resourceType":"AidboxSubscriptionStatus","notificationEvent":[[[]],1e999,"\ud800"]}}}}`))
	f.Add([]byte("hello JetStream"))
	f.Fuzz(func(t *testing.T, data []byte) {
		before := string(data)
		n, err := aidbox.DecodeNotification(data)
		if err != nil {
			if !errors.Is(err, aidbox.ErrNotNotification) || len(n.Events) > 0 {
				t.Fatalf("%+v with error %v", n, err)
			}
			return
		}
		for _, e := range n.Events {
			if e.Resource != nil && !json.Valid(e.Resource) {
				t.Fatalf("resource %q is no JSON", e.Resource)
			}
			if e.Guessed && e.Action != "create" {
				t.Fatalf("guessed %q", e.Action)
			}
		}
		if string(data) != before {
			t.Fatal("the message was changed")
		}
	})
}
