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
	"aidbox-nats/aidbox/sandbox/document"
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
// error, and every body is JSON or YAML, as its content type says.
func FuzzHandlers(f *testing.F) {
	h := handler(f)
	for _, seed := range []struct{ method, target, contentType, condition, accept, body string }{
		{"GET", "/health", "", "", "*/*", ""},
		{"GET", "/$version", "", "", "text/yaml", ""},
		{"GET", "/fhir/metadata?mode=terminology", "", "", "application/yaml;q=0.5, application/json;q=0.4", ""},
		{"POST", "/fhir/Patient", "application/json", "", "application/json", `{"id":"p","name":[{"family":"smith"}]}`},
		{"POST", "/fhir/Patient?_id=p", "text/yaml", "", "text/*;q=0.3", "name:\n- family: smith\n"},
		{"PUT", "/fhir/Patient/p", "application/fhir+json", `W/"1"`, "*/*", `{"active":true,"meta":{"tag":[{"code":"x"}]}}`},
		{"PATCH", "/fhir/Patient/p", "application/json-patch+json", "", "text/yaml", `[{"op":"copy","from":"/name","path":"/x"}]`},
		{"PATCH", "/fhir/Patient?_id=p", "application/merge-patch+json", "*", "application/yaml;q=0.5, application/json;q=0.4", `{"name":null}`},
		{"DELETE", "/fhir/Patient/p?_no-content=true", "", "17", "application/json", ""},
		{"GET", "/fhir/Patient?_id=p,q&_count=2&page=3&_total=none", "", "", "text/*;q=0.3", ""},
		{"GET", "/fhir/Patient/p/_history?_since=2025-01-01T00:00:00Z", "", "", "*/*", ""},
		{"GET", "/fhir/Patient?_sort=-_lastUpdated,_id&_lastUpdated=ge2025-01-01T00:00:00%2B02:00,ne2024&_lastUpdated=lt2099", "", "", "text/yaml", ""},
		{"PUT", "/fhir/Patient?_lastUpdated=2024-02&_sort=_id", "", "", "application/xml, text/yaml;q=0.1", `{"active":true}`},
		{"GET", "/fhir/Patient?_sort=name&_format=yaml", "", "", "text/html", ""},
		{"GET", "/fhir/Patient?_lastUpdated=ap2025-13", "", "", "application/json;q=0, */*", ""},
		{"GET", "/fhir/Patient/p/_history/3", "", "", "text/yaml", ""},
		{"POST", "/fhir/AidboxSubscriptionTopic", "", "", "application/yaml;q=0.5, application/json;q=0.4", `{"url":"t","status":"active","trigger":[{"resource":"Patient","fhirPathCriteria":"name.exists() or %previous.empty()"}]}`},
		{"POST", "/fhir/AidboxTopicDestination", "", "", "application/json", `{"id":"d","kind":"nats-jetstream-at-least-once","topic":"none","parameter":[{"name":"url","valueString":"nats://127.0.0.1:1"},{"name":"subject","valueString":"s"}]}`},
		{"GET", "/fhir/AidboxTopicDestination/d/%24status", "", "", "text/*;q=0.3", ""},
		{"GET", "/fhir/AidboxSubscriptionTopic?url=t", "", "", "*/*", ""},
		{"POST", "/fhir/Observation", "", "", "text/yaml", `{"status":"final","code":{"text":"x"},"subject":{"reference":"Patient/p"}}`},
		{"POST", "/fhir", "", "", "application/yaml;q=0.5, application/json;q=0.4", `{"resourceType":"Bundle"}`},
		{"GET", "/fhir/Patient/..%2f..%00", "", "", "application/json", ""},
		{"", "*", ";", ",", "text/*;q=0.3", "\xff"},
	} {
		f.Add(seed.method, seed.target, seed.contentType, seed.condition, seed.accept, seed.body)
	}
	f.Fuzz(func(t *testing.T, method, target, contentType, condition, accept, body string) {
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
				"Content-Type": {contentType}, "If-Match": {condition}, "If-None-Match": {condition}, "If-None-Exist": {condition}, "Accept": {accept},
			},
			Body: io.NopCloser(strings.NewReader(body)),
		}
		r.SetBasicAuth("c", "s")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r.WithContext(t.Context()))
		text := w.Body.String()
		if w.Header().Get("Content-Type") == "text/yaml;charset=utf-8" {
			converted, err := document.FromYAML([]byte(text))
			if err != nil {
				t.Fatalf("%s %s: %v: %s", method, target, err, text)
			}
			text = string(converted)
		}
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
