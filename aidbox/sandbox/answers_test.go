package sandbox_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"aidbox-nats/aidbox/sandbox"
)

// The table is what a client is told in every case that is not a success.
func TestRefusals(t *testing.T) {
	t.Parallel()
	box := startBox(t, sandbox.Options{})
	box.must(201, "POST", "/fhir/Patient", `{"id":"there"}`)
	box.must(201, "POST", "/fhir/Patient", `{"id":"gone"}`)
	box.must(200, "DELETE", "/fhir/Patient/gone", "")
	box.must(201, "POST", "/fhir/AidboxTopicDestination", destination("d", core, "nats://127.0.0.1:1", "foo", ""))
	const (
		yaml = "text/yaml"
		form = "application/x-www-form-urlencoded"
	)
	for _, c := range []struct {
		name, method, path, body string
		header                   []string
		status                   int
		says                     string // in the first issue's diagnostics
	}{
		{"no secret", "GET", "/fhir/Patient", "", []string{"Authorization", ""}, 401, "Authentication required"},
		{"wrong secret", "GET", "/fhir/Patient", "", []string{"Authorization", "Basic cm9vdDp3cm9uZw=="}, 401, "Authentication required"},
		{"a bearer token", "GET", "/fhir/Patient", "", []string{"Authorization", "Bearer x"}, 401, "Authentication required"},
		{"an unknown path without a secret", "GET", "/nothing", "", []string{"Authorization", ""}, 401, "Authentication required"},

		{"unknown path", "GET", "/nothing", "", nil, 404, "There is nothing at /nothing"},
		{"the root", "GET", "/", "", nil, 404, "nothing"},
		{"two slashes", "GET", "//fhir/Patient", "", nil, 404, "nothing"},
		{"dots are no way up", "GET", "/fhir/Patient/../metadata", "", nil, 404, "nothing"},
		{"unknown type", "GET", "/fhir/Pateint", "", nil, 404, `"Pateint"`},
		{"an abstract type", "POST", "/fhir/Resource", "{}", nil, 404, `"Resource"`},
		{"unknown id", "GET", "/fhir/Patient/x", "", nil, 404, "Resource Patient/x not found"},
		{"an id that is none", "GET", "/fhir/Patient/a%20b", "", nil, 404, "is no id"},
		{"an id with a slash", "GET", "/fhir/Patient/a%2Fb", "", nil, 404, "is no id"},
		{"unknown version", "GET", "/fhir/Patient/there/_history/99", "", nil, 404, "Resource Patient/there/_history/99 not found"},
		{"a version that is no number", "GET", "/fhir/Patient/there/_history/x", "", nil, 404, "not found"},
		{"history of what never was", "GET", "/fhir/Patient/x/_history", "", nil, 404, "Resource Patient/x not found"},
		{"patch of what never was", "PATCH", "/fhir/Patient/x", "{}", nil, 404, "Resource Patient/x not found"},
		{"status of what never was", "GET", "/fhir/AidboxTopicDestination/x/$status", "", nil, 404, "not found"},
		{"deeper than there is", "GET", "/fhir/Patient/there/_history/1/x", "", nil, 404, "nothing"},
		{"an unknown underscore", "GET", "/fhir/Patient/_x", "", nil, 404, "nothing"},
		{"delete of an unknown type", "DELETE", "/fhir/Pateint/x", "", nil, 404, "Pateint"},

		{"deleted", "GET", "/fhir/Patient/gone", "", nil, 410, "Resource Patient/gone was deleted"},
		{"the deletion's version", "GET", "/fhir/Patient/gone/_history/5", "", nil, 410, "was deleted"},
		{"patch of the deleted", "PATCH", "/fhir/Patient/gone", "{}", nil, 410, "was deleted"},

		{"taken id", "POST", "/fhir/Patient", `{"id":"there"}`, nil, 409, "Resource Patient/there already exists"},

		{"method on a type", "TRACE", "/fhir/Patient", "", nil, 405, "TRACE is not allowed"},
		{"method on a resource", "POST", "/fhir/Patient/there", "{}", nil, 405, "POST is not allowed"},
		{"method on history", "DELETE", "/fhir/Patient/there/_history", "", nil, 405, "not allowed"},
		{"method on health", "POST", "/health", "{}", nil, 405, "not allowed"},
		{"method on /fhir", "GET", "/fhir", "", nil, 405, "not allowed"},
		{"method on a version", "PUT", "/fhir/Patient/there/_history/3", "{}", nil, 405, "not allowed"},
		{"status by POST", "POST", "/fhir/AidboxTopicDestination/d/$status", "{}", nil, 405, "not allowed"},
		{"OPTIONS", "OPTIONS", "/fhir/Patient", "", nil, 405, "not allowed"},
		{"PUT of a destination", "PUT", "/fhir/AidboxTopicDestination/d", destination("d", core, "nats://h", "bar", ""), nil, 405, "delete it and create it again"},
		{"the same PUT of a destination", "PUT", "/fhir/AidboxTopicDestination/d", destination("d", core, "nats://127.0.0.1:1", "foo", ""), nil, 405, "cannot be changed"},
		{"PATCH of a destination", "PATCH", "/fhir/AidboxTopicDestination/d", `{"content":"empty"}`, nil, 405, "delete it and create it again"},
		{"PUT of a destination by its topic", "PUT", "/fhir/AidboxTopicDestination?topic=patient-topic", destination("d", core, "nats://h", "bar", ""), nil, 405, "cannot be changed"},

		{"another version", "PUT", "/fhir/Patient/there", "{}", []string{"If-Match", `W/"1"`}, 412, "Version Id mismatch"},
		{"another version of a patch", "PATCH", "/fhir/Patient/there", `{"active":true}`, []string{"If-Match", "1"}, 412, "Version Id mismatch"},
		{"another version to delete", "DELETE", "/fhir/Patient/there", "", []string{"If-Match", `"1"`}, 412, "Version Id mismatch"},
		{"If-Match: * only updates", "PUT", "/fhir/Patient/new", "{}", []string{"If-Match", "*"}, 412, "Version Id mismatch"},
		{"If-Match: * does not update the deleted", "PUT", "/fhir/Patient/gone", "{}", []string{"If-Match", "*"}, 412, "Version Id mismatch"},
		{"many match a creation", "POST", "/fhir/Patient?_id=there,other", "{}", nil, 412, "2 resources of type Patient match"},
		{"many match a creation by header", "POST", "/fhir/Patient", "{}", []string{"If-None-Exist", "_id=there,other"}, 412, "2 resources"},
		{"many match an update", "PUT", "/fhir/Patient?_id=there,other", "{}", nil, 412, "2 resources"},
		{"many match a patch", "PATCH", "/fhir/Patient?_id=there,other", "{}", nil, 412, "2 resources"},
		{"many match a deletion", "DELETE", "/fhir/Patient?_id=there,other", "", nil, 412, "2 resources"},

		{"no JSON", "POST", "/fhir/Patient", `{"name":`, nil, 400, "not a resource"},
		{"an empty body", "POST", "/fhir/Patient", "", []string{"Content-Type", "application/json"}, 400, "not a resource"},
		{"an array", "POST", "/fhir/Patient", `[]`, nil, 400, "expected a JSON object"},
		{"no YAML", "POST", "/fhir/Patient", "a: [", []string{"Content-Type", yaml}, 400, "not YAML"},
		{"a patch that is text", "PATCH", "/fhir/Patient/there", `"x"`, nil, 400, "not a patch"},
		{"a JSON Patch that is no array", "PATCH", "/fhir/Patient/there", `{"op":"remove"}`, []string{"Content-Type", "application/json-patch+json"}, 400, "is an array"},
		{"a JSON Patch of nonsense", "PATCH", "/fhir/Patient/there", `[1]`, nil, 400, "not a JSON Patch"},
		{"a JSON Patch without end", "PATCH", "/fhir/Patient/there", "[" + strings.Repeat(`{"op":"remove","path":"/active"},`, 10_000) + `{"op":"remove","path":"/active"}]`, nil, 400, "at most 10000 operations"},
		{"a broken query", "GET", "/fhir/Patient?a=%zz", "", nil, 400, "query cannot be read"},
		{"a broken condition", "POST", "/fhir/Patient", "{}", []string{"If-None-Exist", "a=%zz"}, 400, "If-None-Exist"},
		{"_count is no number", "GET", "/fhir/Patient?_count=x", "", nil, 400, "_count"},
		{"_count is negative", "GET", "/fhir/Patient?_count=-1", "", nil, 400, "_count"},
		{"_page is zero", "GET", "/fhir/Patient?_page=0", "", nil, 400, "_page counts from 1"},
		{"_page is huge", "GET", "/fhir/Patient?_page=99999999999", "", nil, 400, "_page"},
		{"_sort without a key", "GET", "/fhir/Patient?_sort=", "", nil, 400, "_sort"},
		{"_sort with an empty key", "GET", "/fhir/Patient?_sort=_id,,-_lastUpdated", "", nil, 400, "_sort"},
		{"_sort by a sign alone", "GET", "/fhir/Patient?_sort=-", "", nil, 400, "_sort"},
		{"two formats", "GET", "/fhir/Patient?_format=json&_format=yaml", "", nil, 400, "_format"},
		{"a condition with a broken date", "DELETE", "/fhir/Patient?_lastUpdated=gt", "", nil, 400, "_lastUpdated"},
		{"_total is unknown", "GET", "/fhir/Patient?_total=x", "", nil, 400, "_total"},
		{"_since is no instant", "GET", "/fhir/Patient/_history?_since=yesterday", "", nil, 400, "_since"},
		{"PUT without an id or condition", "PUT", "/fhir/Patient", "{}", nil, 400, "needs an id"},
		{"DELETE without an id or condition", "DELETE", "/fhir/Patient", "", nil, 400, "needs an id"},
		{"PATCH without an id or condition", "PATCH", "/fhir/Patient", "{}", nil, 400, "needs an id"},
		{"an unknown mode of metadata", "GET", "/fhir/metadata?mode=x", "", nil, 400, "mode"},

		{"a form", "POST", "/fhir/Patient", "a=b", []string{"Content-Type", form}, 415, form},
		{"a compressed body", "POST", "/fhir/Patient", "{}", []string{"Content-Encoding", "gzip"}, 415, "gzip"},
		{"a content type that is none", "POST", "/fhir/Patient", "{}", []string{"Content-Type", "/"}, 415, "content type"},
		{"only HTML is accepted", "GET", "/fhir/Patient", "", []string{"Accept", "text/html"}, 406, "application/json"},
		{"JSON is not accepted", "GET", "/fhir/Patient", "", []string{"Accept", "application/json;q=0, image/png"}, 406, "application/json"},
		{"JSON is refused in all its weights", "GET", "/fhir/Patient", "", []string{"Accept", "application/json;q=0.000, application/*"}, 406, "text/yaml"},
		{"a body of more than 20 MiB", "POST", "/fhir/Patient", `{"a":"` + strings.Repeat("x", 20<<20) + `"}`, nil, 413, "larger than 20971520 bytes"},

		{"another id than the URL's", "PUT", "/fhir/Patient/there", `{"id":"here"}`, nil, 422, `"here" differs`},
		{"an id of another kind", "PUT", "/fhir/Patient/there", `{"id":1}`, nil, 422, "differs"},
		{"an id to put that is none", "PUT", "/fhir/Patient/a%20b", "{}", nil, 422, "Patient.id"},
		{"another id than the match's", "PUT", "/fhir/Patient?_id=there", `{"id":"here"}`, nil, 422, "differs"},
		{"a patch of the id", "PATCH", "/fhir/Patient/there", `{"id":"here"}`, nil, 422, "differs"},
		{"a patch of the type", "PATCH", "/fhir/Patient/there", `{"resourceType":"Account"}`, nil, 422, "Account"},
		{"a patch to nonsense", "PATCH", "/fhir/Patient/there", `{"ups":1}`, nil, 422, "Patient.ups: element is not allowed by the profile"},
		{"a JSON Patch that does not fit", "PATCH", "/fhir/Patient/there", `[{"op":"remove","path":"/ups"}]`, nil, 422, "patch: "},
		{"a JSON Patch that counts from the end", "PATCH", "/fhir/Patient/there", `[{"op":"add","path":"/name","value":[{"family":"a"}]},{"op":"remove","path":"/name/-1"}]`, nil, 422, "patch: "},
		{"a JSON Patch whose test fails", "PATCH", "/fhir/Patient/there", `[{"op":"test","path":"/id","value":"x"}]`, nil, 422, "patch: "},
		{"a JSON Patch that takes the object away", "PATCH", "/fhir/Patient/there", `[{"op":"replace","path":"","value":[]}]`, nil, 422, "patch"},
		{"an unknown type in the body", "POST", "/fhir/Patient", `{"resourceType":"Pateint"}`, nil, 422, "Pateint"},
		{"another type in the body", "POST", "/fhir/Patient", `{"resourceType":"Account"}`, nil, 422, "Account"},
		{"a type of another kind", "POST", "/fhir/Patient", `{"resourceType":1}`, nil, 422, "resourceType"},
		{"an unknown element", "POST", "/fhir/Patient", `{"ups":1}`, nil, 422, "Patient.ups: element is not allowed by the profile"},
		{"a bad id in the body", "POST", "/fhir/Patient", `{"id":"a b"}`, nil, 422, "Patient.id"},
		{"a reference to nothing", "POST", "/fhir/Observation", `{"status":"final","code":{"text":"x"},"subject":{"reference":"Patient/x"}}`, nil, 422, "Referenced resource Patient/x does not exist"},
		{"a reference to the deleted", "POST", "/fhir/Observation", `{"status":"final","code":{"text":"x"},"subject":{"reference":"Patient/gone"}}`, nil, 422, "Patient/gone"},
		{"a topic without a url", "POST", "/fhir/AidboxSubscriptionTopic", `{"status":"active"}`, nil, 422, "AidboxSubscriptionTopic.url: element is required"},
		{"a destination without parameters", "POST", "/fhir/AidboxTopicDestination", `{"kind":"nats-core-best-effort","topic":"t"}`, nil, 422, `parameter "url" is required`},

		{"transactions", "POST", "/fhir", `{"resourceType":"Bundle"}`, nil, 501, "batches and transactions"},
		{"another search parameter", "GET", "/fhir/Patient?name=smith", "", nil, 501, `"name"`},
		{"another key of _sort", "GET", "/fhir/Patient?_sort=_id,-birthdate", "", nil, 501, `_sort of Patient by "birthdate"`},
		{"a modifier of _lastUpdated", "GET", "/fhir/Patient?_lastUpdated:missing=true", "", nil, 501, `"_lastUpdated:missing"`},
		{"approximate dates", "GET", "/fhir/Patient?_lastUpdated=ap2026", "", nil, 501, `"ap"`},
		{"_sort of a history", "GET", "/fhir/Patient/_history?_sort=_id", "", nil, 501, `"_sort"`},
		{"a modifier", "GET", "/fhir/AidboxSubscriptionTopic?url:below=x", "", nil, 501, `"url:below"`},
		{"topic is no parameter of a topic", "GET", "/fhir/AidboxSubscriptionTopic?topic=x", "", nil, 501, `"topic"`},
		{"another condition", "POST", "/fhir/Patient", "{}", []string{"If-None-Exist", "name=Bob"}, 501, `"name"`},
		{"a parameter of a read", "GET", "/fhir/Patient/there?_elements=id", "", nil, 501, `"_elements"`},
		{"a parameter of a history", "GET", "/fhir/Patient/there/_history?_at=2025", "", nil, 501, `"_at"`},
		{"search by POST", "POST", "/fhir/Patient/_search", "", nil, 501, "search by POST"},
		{"a compartment", "GET", "/fhir/Patient/there/Observation", "", nil, 501, "compartment"},
		{"an operation of a resource", "GET", "/fhir/Patient/there/$everything", "", nil, 501, "$everything"},
		{"an operation of a type", "POST", "/fhir/Patient/$validate", "{}", nil, 501, "$validate"},
		{"an operation of the server", "POST", "/fhir/$import", "{}", nil, 501, "$import"},
		{"status of a topic", "GET", "/fhir/AidboxSubscriptionTopic/d/$status", "", nil, 501, "$status"},
		{"the Aidbox format", "GET", "/Patient", "", nil, 501, "/fhir/Patient"},
		{"XML", "POST", "/fhir/Patient", "<Patient/>", []string{"Content-Type", "application/fhir+xml"}, 501, "XML"},
		{"another format", "GET", "/fhir/Patient?_format=xml", "", nil, 501, `"xml"`},
		{"a FHIRPath patch", "PATCH", "/fhir/Patient/there", `{"resourceType":"Parameters"}`, nil, 501, "FHIRPath"},
		{"another kind of destination", "POST", "/fhir/AidboxTopicDestination", `{"kind":"kafka-at-least-once","topic":"t"}`, nil, 501, `"kafka-at-least-once"`},

		{"no sender: the broker is down", "GET", "/fhir/AidboxTopicDestination/d/$status", "", nil, 500, "Internal server error: AidboxTopicDestination d has no sender associated with it."},
	} {
		if c.name == "many match a creation" {
			box.must(201, "POST", "/fhir/Patient", `{"id":"other"}`)
		}
		t.Run(c.name, func(t *testing.T) {
			r := box.do(c.method, c.path, c.body, c.header...)
			if r.status != c.status {
				t.Fatalf("got %d, want %d: %s", r.status, c.status, r.body)
			}
			var outcome struct {
				ResourceType string
				Text         struct{ Status, Div string }
				Issue        []struct{ Severity, Code, Diagnostics string }
			}
			if err := json.Unmarshal([]byte(r.body), &outcome); err != nil {
				t.Fatal(err)
			}
			if outcome.ResourceType != "OperationOutcome" || outcome.Text.Div == "" || len(outcome.Issue) == 0 ||
				outcome.Issue[0].Severity != "fatal" || outcome.Issue[0].Code == "" || !strings.Contains(outcome.Issue[0].Diagnostics, c.says) {
				t.Errorf("got %s", r.body)
			}
			if (c.status == 405) != (r.header.Get("Allow") != "") || (c.status == 401) != (r.header.Get("WWW-Authenticate") != "") {
				t.Errorf("headers are %v", r.header)
			}
			if got := r.header.Get("Content-Type"); got != "application/json;charset=utf-8" {
				t.Errorf("content type is %q", got)
			}
		})
	}
	box.must(200, "GET", "/fhir/Patient/there", "")
	if r := box.do("HEAD", "/fhir/Patient/there", ""); r.status != 405 || r.body != "" {
		t.Errorf("HEAD: %d, %q", r.status, r.body)
	}
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	box := startBox(t, sandbox.Options{})
	for name, r := range map[string]reply{
		"outcome-404.json": box.must(404, "GET", "/fhir/Patient/x", ""),
		"outcome-422.json": box.must(422, "POST", "/fhir/Patient", `{"ups":1,"name":{"family":"x"}}`),
		"outcome-reference.json": box.must(422, "POST", "/fhir/Observation",
			`{"status":"final","code":{"text":"x"},"subject":{"reference":"Patient/x"}}`),
	} {
		golden(t, name, r.body)
	}
}

func TestWhatASecretIsNotNeededFor(t *testing.T) {
	t.Parallel()
	box := startBox(t, sandbox.Options{Version: 2604, ClientID: "me", Secret: "mine"})
	r := box.must(200, "GET", "/health", "", "Authorization", "")
	if r.text(t, "status") != "pass" || r.text(t, "about", "version") != "2604" {
		t.Errorf("got %s", r.body)
	}
	box.must(401, "GET", "/$version", "")
	r = box.must(200, "GET", "/%24version", "", "Authorization", "Basic bWU6bWluZQ==")
	if r.text(t, "version") != "2604" || r.text(t, "commit") == "" || r.text(t, "timestamp") == "" {
		t.Errorf("got %s", r.body)
	}
}

func TestMetadata(t *testing.T) {
	t.Parallel()
	box := startBox(t, sandbox.Options{})
	r := box.must(200, "GET", "/fhir/metadata", "")
	if r.text(t, "resourceType") != "CapabilityStatement" || r.text(t, "status") != "active" || r.text(t, "kind") != "instance" {
		t.Errorf("got %.300s", r.body)
	}
	r = box.must(200, "GET", "/fhir/metadata?mode=terminology", "")
	if r.text(t, "resourceType") != "TerminologyCapabilities" || r.text(t, "kind") != "capability" {
		t.Errorf("got %s", r.body)
	}
	// What the sandbox says of itself is valid R4; the two types of Aidbox are no
	// type of R4.
	for _, path := range []string{"/fhir/metadata", "/fhir/metadata?mode=terminology"} {
		statement := box.must(200, "GET", path, "").body
		name, _ := value(t, statement, "resourceType").(string)
		box.must(http.StatusCreated, "POST", "/fhir/"+name, statement)
	}
}

func TestProfilesAreThoseOfTheVersion(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	found := func(box *box) []string {
		var urls []string
		for _, profile := range []string{coreURL, jsURL, oldCore, strings.Replace(oldCore, core, js, 1)} {
			r := box.must(200, "GET", "/fhir/StructureDefinition?url="+strings.ReplaceAll(profile, ":", "%3A"), "", "Content-Type", "application/x-www-form-urlencoded")
			switch total := value(t, r.body, "total"); total {
			case 1.0:
				urls = append(urls, profile)
				if r.text(t, "entry", 0, "resource", "url") != profile {
					t.Errorf("got %s", r.body)
				}
			case 0.0:
				if value(t, r.body, "entry") != nil {
					t.Errorf("an empty bundle has an entry: %s", r.body)
				}
			default:
				t.Errorf("%s: %s", profile, r.body)
			}
		}
		return urls
	}
	for _, c := range []struct {
		version int
		want    []string
	}{
		{2609, []string{coreURL, jsURL}},
		{2602, []string{oldCore, strings.Replace(oldCore, core, js, 1)}},
		{2602, []string{oldCore, strings.Replace(oldCore, core, js, 1)}},
		{2604, []string{coreURL, jsURL}},
	} {
		box := startBox(t, sandbox.Options{DataDir: dir, Version: c.version})
		if got := found(box); !slices.Equal(got, c.want) {
			t.Errorf("%d has %v", c.version, got)
		}
		profile := box.must(200, "GET", "/fhir/StructureDefinition?url="+c.want[0], "")
		resource, err := json.Marshal(value(t, profile.body, "entry", 0, "resource"))
		if err != nil {
			t.Fatal(err)
		}
		id := profile.text(t, "entry", 0, "resource", "id")
		box.must(200, "PUT", "/fhir/StructureDefinition/"+id, string(resource)) // it is valid
		box.close()
	}
}

func TestStrictProfilesRefuseTheOtherFamily(t *testing.T) {
	t.Parallel()
	box := startBox(t, sandbox.Options{StrictProfiles: true})
	body := strings.Replace(destination("d", core, "nats://127.0.0.1:1", "foo", ""), coreURL, oldCore, 1)
	r := box.must(422, "POST", "/fhir/AidboxTopicDestination", body)
	if got := r.text(t, "issue", 0, "details", "coding", 0, "code"); got != "unknown-profile" {
		t.Errorf("got %s", r.body)
	}
	startBox(t, sandbox.Options{}).must(201, "POST", "/fhir/AidboxTopicDestination", body)
}
