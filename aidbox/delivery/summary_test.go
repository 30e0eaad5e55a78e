package delivery_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"aidbox-nats/aidbox/delivery"
	"aidbox-nats/nats"
)

const notification = `{"topic":"foo","value":{"resourceType":"Bundle","type":"history","timestamp":"2025-05-05T09:54:29Z","entry":[
 {"resource":{"resourceType":"AidboxSubscriptionStatus","status":"active","type":"event-notification",
  "notificationEvent":[{"eventNumber":1,"focus":{"reference":"Patient/5e78/_history/17"},"correlationId":"order-4711"}],
  "topic":"patient-topic","topic-destination":{"reference":"AidboxTopicDestination/basic"}}},
 {"request":{"method":"POST","url":"/fhir/Patient"},"fullUrl":"http://localhost:8080/fhir/Patient/5e78",
  "resource":{"id":"5e78","resourceType":"Patient","meta":{"lastUpdated":"2025-05-05T09:54:29.000000Z","versionId":"17",
   "extension":[{"url":"ex:createdAt","valueInstant":"2025-05-05T09:54:29.000000Z"}]}}}]}}`

func TestSummaryOfANotification(t *testing.T) {
	changed := time.Date(2025, 5, 5, 9, 54, 29, 0, time.UTC)
	got := delivery.Summarize(nats.Delivery{Received: changed.Add(4 * time.Millisecond), Data: []byte(notification)})
	want := delivery.Summary{Kind: delivery.Notification, Action: "create", Guessed: true, Focus: "Patient/5e78", Topic: "patient-topic",
		Destination: "basic", Correlation: "order-4711", Size: len(notification), Lag: 4 * time.Millisecond, HasLag: true}
	if got != want {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
}

func TestTheHeaderGoesBeforeTheBody(t *testing.T) {
	got := delivery.Summarize(nats.Delivery{Data: []byte(notification), Header: map[string][]string{delivery.CorrelationHeader: {"other"}}})
	if got.Correlation != "other" {
		t.Errorf("the correlation id is %q", got.Correlation)
	}
	if got.HasLag {
		t.Error("there is a delay without a time of receipt")
	}
}

func TestWhatIsNoNotificationStaysReadable(t *testing.T) {
	for rule, test := range map[string]struct {
		data string
		kind delivery.Kind
	}{
		"nothing is empty":                      {"", delivery.Empty},
		"words are text":                        {"Hello, NATS", delivery.Text},
		"an object is JSON":                     {` {"a":1}`, delivery.JSON},
		"an object that breaks off is text":     {`{"a":`, delivery.Text},
		"a number alone is text":                {"4711", delivery.Text},
		"bytes that are no UTF-8 are binary":    {"\xff\xfe", delivery.Binary},
		"a zero byte is binary":                 {"a\x00b", delivery.Binary},
		"a bundle without its envelope is JSON": {`{"resourceType":"Bundle","type":"history"}`, delivery.JSON},
	} {
		t.Run(rule, func(t *testing.T) {
			got := delivery.Summarize(nats.Delivery{Data: []byte(test.data)})
			if got.Kind != test.kind || got.Preview != test.data || got.Size != len(test.data) {
				t.Errorf("%s, %d bytes, preview %q", got.Kind, got.Size, got.Preview)
			}
		})
	}
}

func TestThePreviewIsBoundedAtARunesEdge(t *testing.T) {
	for shift := range 4 {
		data := strings.Repeat("x", shift) + strings.Repeat("€", 1000)
		got := delivery.Summarize(nats.Delivery{Data: []byte(data)}).Preview
		if len(got) > 512 || len(got) < 500 || !utf8.ValidString(got) || !strings.HasPrefix(data, got) {
			t.Errorf("the preview has %d bytes, valid %v", len(got), utf8.ValidString(got))
		}
	}
}
