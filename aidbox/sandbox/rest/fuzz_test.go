package rest_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"aidbox-nats/aidbox/r4"
	"aidbox-nats/aidbox/sandbox/engine"
	"aidbox-nats/aidbox/sandbox/rest"
	"aidbox-nats/aidbox/sandbox/store"
	"aidbox-nats/aidbox/sandbox/subscription"
)

func handler(tb testing.TB) http.Handler {
	tb.Helper()
	definitions, err := r4.Load()
	if err != nil {
		tb.Fatal(err)
	}
	s, err := store.Open(tb.TempDir())
	if err != nil {
		tb.Fatal(err)
	}
	e, err := engine.New(engine.Options{Store: s, Definitions: definitions, BaseURL: "http://h", Version: 2609})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		// The context of a test has ended when its cleanup runs.
		if err := e.Close(context.Background()); err != nil {
			tb.Error(err)
		}
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return rest.New(rest.Options{
		Engine: e, Definitions: definitions, BaseURL: "http://h", Version: 2609, ClientID: "c", Secret: "s",
		Rules: subscription.Rules{Definitions: definitions, Version: 2609},
	})
}

// FuzzHandlers sends anything to everything: no answer is a panic or an internal
// error, and every body is JSON.
func FuzzHandlers(f *testing.F) {
	h := handler(f)
	for _, seed := range []struct{ method, target, contentType, condition, body string }{
		{"GET", "/health", "", "", ""},
		{"GET", "/$version", "", "", ""},
		{"GET", "/fhir/metadata?mode=terminology", "", "", ""},
		{"POST", "/fhir/Patient", "application/json", "", `{"id":"p","name":[{"family":"smith"}]}`},
		{"POST", "/fhir/Patient?_id=p", "text/yaml", "", "name:\n- family: smith\n"},
		{"PUT", "/fhir/Patient/p", "application/fhir+json", `W/"1"`, `{"active":true,"meta":{"tag":[{"code":"x"}]}}`},
		{"PATCH", "/fhir/Patient/p", "application/json-patch+json", "", `[{"op":"copy","from":"/name","path":"/x"}]`},
		{"PATCH", "/fhir/Patient?_id=p", "application/merge-patch+json", "*", `{"name":null}`},
		{"DELETE", "/fhir/Patient/p?_no-content=true", "", "17", ""},
		{"GET", "/fhir/Patient?_id=p,q&_count=2&page=3&_total=none", "", "", ""},
		{"GET", "/fhir/Patient/p/_history?_since=2025-01-01T00:00:00Z", "", "", ""},
		{"GET", "/fhir/Patient/p/_history/3", "", "", ""},
		{"POST", "/fhir/AidboxSubscriptionTopic", "", "", `{"url":"t","status":"active","trigger":[{"resource":"Patient","fhirPathCriteria":"name.exists() or %previous.empty()"}]}`},
		{"POST", "/fhir/AidboxTopicDestination", "", "", `{"id":"d","kind":"nats-jetstream-at-least-once","topic":"none","parameter":[{"name":"url","valueString":"nats://127.0.0.1:1"},{"name":"subject","valueString":"s"}]}`},
		{"GET", "/fhir/AidboxTopicDestination/d/%24status", "", "", ""},
		{"GET", "/fhir/AidboxSubscriptionTopic?url=t", "", "", ""},
		{"POST", "/fhir/Observation", "", "", `{"status":"final","code":{"text":"x"},"subject":{"reference":"Patient/p"}}`},
		{"POST", "/fhir", "", "", `{"resourceType":"Bundle"}`},
		{"GET", "/fhir/Patient/..%2f..%00", "", "", ""},
		{"", "*", ";", ",", "\xff"},
	} {
		f.Add(seed.method, seed.target, seed.contentType, seed.condition, seed.body)
	}
	f.Fuzz(func(t *testing.T, method, target, contentType, condition, body string) {
		u, err := url.ParseRequestURI(target)
		if err != nil {
			return
		}
		// A destination of the fuzzer's must not send to somebody's server.
		if strings.Contains(body, "nats") && !strings.Contains(body, `"topic":"none"`) {
			return
		}
		r := &http.Request{
			Method: method, URL: u, Host: "h", RequestURI: target, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: http.Header{
				"Content-Type": {contentType}, "If-Match": {condition}, "If-None-Match": {condition}, "If-None-Exist": {condition}, "Accept": {"*/*"},
			},
			Body: io.NopCloser(strings.NewReader(body)),
		}
		r.SetBasicAuth("c", "s")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r.WithContext(t.Context()))
		text := w.Body.String()
		if w.Code == http.StatusInternalServerError && !strings.Contains(text, "has no sender") {
			t.Fatalf("%s %s: %s", method, target, text)
		}
		if text != "" && !json.Valid([]byte(text)) || (text == "") != (w.Code == 204 || w.Code == 304) {
			t.Fatalf("%s %s: %d, %q", method, target, w.Code, text)
		}
		if w.Code >= 400 && !strings.Contains(text, `"OperationOutcome"`) {
			t.Fatalf("%s %s: %d, %s", method, target, w.Code, text)
		}
	})
}
