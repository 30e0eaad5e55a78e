package main

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	natsgo "github.com/nats-io/nats.go"

	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
)

const updateNotification = `{"topic":"foo","value":{"resourceType":"Bundle","type":"history","timestamp":"2025-05-05T09:54:29Z","entry":[` +
	`{"resource":{"resourceType":"AidboxSubscriptionStatus","status":"active","type":"event-notification",` +
	`"notificationEvent":[{"eventNumber":1,"focus":{"reference":"Patient/5e78"},"correlationId":"order-4711"}],` +
	`"topic":"patient-topic","topic-destination":{"reference":"AidboxTopicDestination/basic"}}},` +
	`{"request":{"method":"POST","url":"/fhir/Patient"},"fullUrl":"http://localhost:8080/fhir/Patient/5e78",` +
	`"resource":{"name":[{"family":"smith"}],"id":"5e78","resourceType":"Patient","meta":{"lastUpdated":"2025-05-05T09:54:29.000000Z","versionId":"17"}},` +
	`"extension":[{"url":"http://health-samurai.io/fhir/core/StructureDefinition/bundle-entryActionCode","valueCode":"update"}]}]}}`

func received(data string) nats.Delivery {
	at := time.Date(2025, 5, 5, 9, 54, 29, int(12*time.Millisecond), time.UTC)
	return nats.Delivery{Seq: 1, Received: at, Subject: "foo", Data: []byte(data)}
}

func TestWriteLine(t *testing.T) {
	withHeader := received(`{"a":1}`)
	withHeader.Header = natsgo.Header{"correlation-id": {"x\x1b[2J"}}
	guess := strings.NewReplacer(`"extension"`, `"other"`, `"versionId":"17"`,
		`"versionId":"17","extension":[{"url":"ex:createdAt","valueInstant":"2025-05-05T09:54:29.000000Z"}]`).Replace(updateNotification)
	silent := strings.Replace(updateNotification, `"extension"`, `"other"`, 1)
	size := func(s string) string { return strconv.Itoa(len(s)) + " B" }
	hostile := received("")
	hostile.Subject = "foo.\x1b]0;title\x07"
	for _, tc := range []struct {
		rule string
		in   nats.Delivery
		want []string // after the time
	}{
		{"a notification is decoded", received(updateNotification), []string{"foo", "update", "Patient/5e78", "by basic", size(updateNotification), "lag 12 ms", "correlation order-4711"}},
		{"an action that is concluded has a question mark", received(guess), []string{"foo", "create?", "Patient/5e78", "by basic", size(guess), "lag 12 ms", "correlation order-4711"}},
		{"an action that nothing tells is a change", received(silent), []string{"foo", "change", "Patient/5e78", "by basic", size(silent), "lag 12 ms", "correlation order-4711"}},
		{"text shows its beginning", received("Hello, NATS"), []string{"foo", "text", "11 B", "Hello, NATS"}},
		{"lines of a text stay on one line", received("a\nb"), []string{"foo", "text", "3 B", "a␊b"}},
		{"escape sequences in a payload are harmless", received("\x1b[31mred"), []string{"foo", "text", "8 B", "␛[31mred"}},
		{"other JSON shows its beginning, and its correlation id", withHeader, []string{"foo", "json", "7 B", "correlation x␛[2J", `{"a":1}`}},
		{"bytes show their size", received("\xff\xfe\x00"), []string{"foo", "binary", "3 B"}},
		{"a message without a body is empty", received(""), []string{"foo", "empty", "0 B"}},
		{"escape sequences in a subject are harmless", hostile, []string{"foo.␛]0;title␇", "empty", "0 B"}},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			var out bytes.Buffer
			if err := writeLine(&out, data.Mask{}, tc.in); err != nil {
				t.Fatal(err)
			}
			line, ok := strings.CutSuffix(out.String(), "\n")
			if !ok || strings.Contains(line, "\n") {
				t.Fatalf("%q is not one line", out.String())
			}
			parts := strings.Split(line, "  ")
			if clock := tc.in.Received.Local().Format("15:04:05.000"); parts[0] != clock {
				t.Errorf("the time is %q, want %q", parts[0], clock)
			}
			if got, want := strings.Join(parts[1:], "|"), strings.Join(tc.want, "|"); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestWriteJSON(t *testing.T) {
	withHeader := received(`{"n":12345678901234567890, "html":"<&>"}`)
	withHeader.Header = natsgo.Header{"correlation-id": {"order-4711"}}
	for _, tc := range []struct {
		rule string
		in   nats.Delivery
		want string // after time and subject
	}{
		{"JSON stays JSON, digit by digit", withHeader, `,"headers":{"correlation-id":["order-4711"]},"data":{"n":12345678901234567890,"html":"<&>"}}`},
		{"JSON of several lines becomes one", received("[1,\n 2]"), `,"data":[1,2]}`},
		{"text is text", received("Hello, NATS"), `,"text":"Hello, NATS"}`},
		{"escape sequences are escaped", received("\x1b[31m\x7f\u009b"), `,"text":"\u001b[31m\u007f\u009b"}`},
		{"escape sequences inside JSON too", received("\"\u009b31m\x7f\""), `,"data":"\u009b31m\u007f"}`},
		{"bytes are base64", received("\xff\x00"), `,"base64":"/wA="}`},
		{"JSON with broken characters is base64", received("\"\xff\""), `,"base64":"Iv8i"}`},
		{"no body is no data", received(""), `}`},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			var out bytes.Buffer
			if err := writeJSON(&out, data.Mask{}, tc.in); err != nil {
				t.Fatal(err)
			}
			want := `{"time":"2025-05-05T09:54:29.012Z","subject":"foo"` + tc.want + "\n"
			if out.String() != want {
				t.Errorf("got  %swant %s", out.String(), want)
			}
			if !json.Valid(out.Bytes()) {
				t.Error("it is no JSON")
			}
		})
	}
}

// What --mask hides is hidden in both forms; what the line tells of the message
// itself is as it was.
func TestTailMasks(t *testing.T) {
	m, err := loadMask()
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		rule       string
		data       string
		line, json string
	}{
		{"a notification", updateNotification, "update  Patient/5e78  by basic  " + strconv.Itoa(len(updateNotification)) + " B  lag 12 ms", `"family":"▒▒▒▒"`},
		{"a text", "smith is here", "text  13 B  text, 13 B, masked", `"text":"text, 13 B, masked"`},
		{"bytes", "smith\xff", "binary  6 B", `"text":"binary, 6 B, masked"`},
		{"other JSON", `{"family":"smith"}`, `json  18 B`, `"▒▒▒▒"`},
		{"nothing", "", "empty  0 B", `"subject":"foo"`},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			d := received(tc.data)
			d.Header = natsgo.Header{"x-name": {"smith"}, "content-type": {"application/json"}}
			var line, object bytes.Buffer
			if err := writeLine(&line, m, d); err != nil {
				t.Fatal(err)
			}
			if err := writeJSON(&object, m, d); err != nil {
				t.Fatal(err)
			}
			if got := line.String(); !strings.Contains(got, tc.line) || strings.Contains(got, "smith") {
				t.Errorf("%q", got)
			}
			if got := object.String(); !strings.Contains(got, tc.json) || strings.Contains(got, "smith") || !strings.Contains(got, "application/json") {
				t.Errorf("%q", got)
			}
		})
	}
}
