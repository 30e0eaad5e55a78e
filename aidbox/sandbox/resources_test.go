package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"aidbox-nats/aidbox/sandbox"
)

func versionOf(t *testing.T, r reply) int {
	t.Helper()
	n, err := strconv.Atoi(r.text(t, "meta", "versionId"))
	if err != nil {
		t.Fatalf("%v: %s", err, r.body)
	}
	return n
}

func TestCreateReadAndItsHeaders(t *testing.T) {
	t.Parallel()
	box := startBox(t, sandbox.Options{})
	before := time.Now().UTC().Truncate(time.Microsecond)
	r := box.must(201, "POST", "/fhir/Patient", `{"id":"p.1-A","multipleBirthInteger":1,"name":[{"text":"<&>"}]}`, "Content-Type", "application/fhir+json; charset=utf-8")
	version := strconv.Itoa(versionOf(t, r))
	if got, want := r.header.Get("Location"), box.server.URL()+"/fhir/Patient/p.1-A/_history/"+version; got != want {
		t.Errorf("Location is %s, want %s", got, want)
	}
	if got := r.header.Get("ETag"); got != `W/"`+version+`"` {
		t.Errorf("ETag is %s", got)
	}
	updated, err := time.Parse("2006-01-02T15:04:05.000000Z", r.text(t, "meta", "lastUpdated"))
	if err != nil || updated.Before(before) || updated.After(time.Now()) {
		t.Errorf("lastUpdated is %v, %v", updated, err)
	}
	if got := r.header.Get("Last-Modified"); got != updated.Format(http.TimeFormat) {
		t.Errorf("Last-Modified is %s", got)
	}
	read := box.must(200, "GET", "/fhir/Patient/p.1-A", "")
	if read.body != r.body || read.header.Get("ETag") != r.header.Get("ETag") || read.header.Get("Location") != "" {
		t.Errorf("read %s with %v", read.body, read.header)
	}
	if !strings.Contains(read.body, `"text":"<&>"`) {
		t.Errorf("got %s", read.body)
	}
	for _, tag := range []string{`W/"` + version + `"`, `"` + version + `"`, version, `"1", W/"` + version + `"`, "*"} {
		if r := box.do("GET", "/fhir/Patient/p.1-A/", "", "If-None-Match", tag); r.status != 304 || r.body != "" || r.header.Get("ETag") == "" {
			t.Errorf("If-None-Match %s: %d %s", tag, r.status, r.body)
		}
	}
	box.must(200, "GET", "/fhir/Patient/p.1-A", "", "If-None-Match", `W/"1"`)
	if r := box.must(200, "GET", "/fhir/Patient/p.1-A/_history/"+version, ""); r.body != read.body {
		t.Errorf("vread %s", r.body)
	}
	if id := box.must(201, "POST", "/fhir/Patient", `{}`).text(t, "id"); len(id) != 36 {
		t.Errorf("a resource without an id got %q", id)
	}
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	box := startBox(t, sandbox.Options{})
	created := box.must(201, "PUT", "/fhir/Patient/p", `{"active":true}`)
	if created.header.Get("Location") == "" {
		t.Error("no Location")
	}
	same := box.must(200, "PUT", "/fhir/Patient/p", ` {"resourceType":"Patient", "active":true, "id":"p"} `)
	if same.body != created.body {
		t.Errorf("without a change there is %s", same.body)
	}
	if again := box.must(200, "PUT", "/fhir/Patient/p", created.body); again.body != created.body {
		t.Errorf("put back as it was read: %s", again.body)
	}
	changed := box.must(200, "PUT", "/fhir/Patient/p", `{"active":false}`, "If-Match", created.header.Get("ETag"))
	if versionOf(t, changed) <= versionOf(t, created) {
		t.Errorf("the version is %d after %d", versionOf(t, changed), versionOf(t, created))
	}
	if got, want := changed.text(t, "meta", "extension", 0, "valueInstant"), created.text(t, "meta", "lastUpdated"); got != want {
		t.Errorf("created-at is %s, want %s", got, want)
	}
	box.must(200, "PUT", "/fhir/Patient/p", `{"active":true}`, "If-Match", "*")
	box.must(200, "DELETE", "/fhir/Patient/p", "")
	again := box.must(201, "PUT", "/fhir/Patient/p", `{}`)
	if got := again.text(t, "meta", "extension", 0, "valueInstant"); got != again.text(t, "meta", "lastUpdated") {
		t.Errorf("made again, created-at is %s", got)
	}
	// The same element with other digits is another value.
	box.must(201, "PUT", "/fhir/Observation/o", `{"status":"final","code":{"text":"x"},"valueQuantity":{"value":1.0}}`)
	if r := box.must(200, "PUT", "/fhir/Observation/o", `{"status":"final","code":{"text":"x"},"valueQuantity":{"value":1.00}}`); !strings.Contains(r.body, "1.00}") {
		t.Errorf("got %s", r.body)
	}
}

func TestPatch(t *testing.T) {
	t.Parallel()
	const before = `{"active":true,"name":[{"family":"<a>"}],"gender":"male"}`
	for name, c := range map[string]struct{ contentType, patch, want string }{
		"merge":              {"application/merge-patch+json", `{"gender":null,"birthDate":"1980-01-01"}`, `"active":true,"name":[{"family":"<a>"}],"birthDate":"1980-01-01"`},
		"merge as JSON":      {"application/json", `{"gender":"female"}`, `"active":true,"name":[{"family":"<a>"}],"gender":"female"`},
		"merge as YAML":      {"text/yaml", `gender: female`, `"active":true,"name":[{"family":"<a>"}],"gender":"female"`},
		"JSON Patch":         {"application/json-patch+json", `[{"op":"replace","path":"/name/0/family","value":"<b>"},{"op":"remove","path":"/active"}]`, `"name":[{"family":"<b>"}],"gender":"male"`},
		"JSON Patch by form": {"application/fhir+json", ` [{"op":"add","path":"/name/-","value":{"family":"c"}}]`, `"active":true,"name":[{"family":"<a>"},{"family":"c"}],"gender":"male"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box := startBox(t, sandbox.Options{})
			created := box.must(201, "PUT", "/fhir/Patient/p", before)
			r := box.must(200, "PATCH", "/fhir/Patient/p", c.patch, "Content-Type", c.contentType, "If-Match", created.header.Get("ETag"))
			if !strings.HasPrefix(r.body, `{`+c.want+`,"id":"p","resourceType":"Patient"`) || versionOf(t, r) != versionOf(t, created)+1 {
				t.Errorf("\n got %s\nwant %s", r.body, c.want)
			}
			r = box.must(200, "PATCH", "/fhir/Patient?_id=p", `{}`)
			if got := versionOf(t, r); got != versionOf(t, created)+1 {
				t.Errorf("a patch that changes nothing made version %d", got)
			}
			history := box.must(200, "GET", "/fhir/Patient/p/_history", "")
			if got := history.text(t, "entry", 0, "request", "method"); got != "PUT" {
				t.Errorf("history shows it as %s", got)
			}
			box.must(404, "PATCH", "/fhir/Patient?_id=none", `{}`)
		})
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	box := startBox(t, sandbox.Options{})
	created := box.must(201, "PUT", "/fhir/Patient/p", `{"active":true}`)
	deleted := box.must(200, "DELETE", "/fhir/Patient/p", "", "If-Match", created.header.Get("ETag"))
	if value(t, deleted.body, "active") != true || versionOf(t, deleted) != versionOf(t, created)+1 {
		t.Errorf("got %s", deleted.body)
	}
	for _, path := range []string{"/fhir/Patient/p", "/fhir/Patient/never", "/fhir/Patient?_id=p"} {
		if r := box.must(204, "DELETE", path, ""); r.body != "" {
			t.Errorf("%s: %s", path, r.body)
		}
	}
	box.must(201, "POST", "/fhir/Patient", `{"id":"p"}`)
	if r := box.must(204, "DELETE", "/fhir/Patient/p?_no-content=true", ""); r.body != "" {
		t.Errorf("got %s", r.body)
	}
	box.must(410, "GET", "/fhir/Patient/p", "")
	box.must(201, "POST", "/fhir/Patient", `{"id":"q"}`)
	box.must(204, "DELETE", "/fhir/Patient?_id=q&_no-content=true", "")
	box.must(201, "POST", "/fhir/Patient", `{"id":"q"}`)
	if r := box.must(200, "DELETE", "/fhir/Patient?_id=q", ""); r.text(t, "id") != "q" {
		t.Errorf("got %s", r.body)
	}
}

func TestConditionalWrites(t *testing.T) {
	t.Parallel()
	box := startBox(t, sandbox.Options{})
	first := box.must(201, "POST", "/fhir/AidboxSubscriptionTopic?url=a%5C,b", `{"url":"a,b","status":"active"}`)
	found := box.must(200, "POST", "/fhir/AidboxSubscriptionTopic", `{"url":"a,b","status":"draft"}`, "If-None-Exist", `url=a%5C,b`)
	if found.body != first.body || found.header.Get("Location") != "" {
		t.Errorf("got %s", found.body)
	}
	changed := box.must(200, "PUT", "/fhir/AidboxSubscriptionTopic?url=a%5C,b", `{"url":"c","status":"draft"}`)
	if changed.text(t, "id") != first.text(t, "id") {
		t.Errorf("got %s", changed.body)
	}
	made := box.must(201, "PUT", "/fhir/AidboxSubscriptionTopic?url=d", `{"id":"made","url":"d","status":"draft"}`)
	if made.text(t, "id") != "made" || made.header.Get("Location") == "" {
		t.Errorf("got %s", made.body)
	}
	box.must(409, "PUT", "/fhir/AidboxSubscriptionTopic?url=e", `{"id":"made","url":"e","status":"draft"}`)
	box.must(422, "PUT", "/fhir/AidboxSubscriptionTopic?url=e", `{"url":"e"}`)
	box.must(412, "PUT", "/fhir/AidboxSubscriptionTopic?url=c,d", `{"url":"e","status":"draft"}`)
	box.must(200, "PATCH", "/fhir/AidboxSubscriptionTopic?url=d", `{"status":"active"}`)
	box.must(200, "DELETE", "/fhir/AidboxSubscriptionTopic?url=d", "")
}

func TestReferencesCanBeSkipped(t *testing.T) {
	t.Parallel()
	box := startBox(t, sandbox.Options{})
	const to = `{"id":"o","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/p"}}`
	box.must(422, "POST", "/fhir/Observation", to)
	box.must(201, "POST", "/fhir/Observation", to, "aidbox-validation-skip", "x, reference")
	box.must(422, "PUT", "/fhir/Observation/o", strings.Replace(to, "final", "amended", 1))
	box.must(201, "PUT", "/fhir/Patient/p", `{"link":[{"other":{"reference":"Patient/p"},"type":"seealso"}]}`)
	box.must(200, "PUT", "/fhir/Observation/o", strings.Replace(to, "final", "amended", 1))
	for _, reference := range []string{"#c", "http://example.com/fhir/Patient/x", "urn:uuid:0b5d1ab0-7e4d-4e0c-8b0a-3f7d7c1f7d3e", "Patient?identifier=x"} {
		box.must(201, "POST", "/fhir/Observation", `{"status":"final","code":{"text":"x"},"subject":{"reference":"`+reference+`"},"contained":[{"resourceType":"Patient","id":"c"}]}`)
	}
}

func TestAnyTypeAndHostileText(t *testing.T) {
	t.Parallel()
	box := startBox(t, sandbox.Options{})
	r := box.must(201, "POST", "/fhir/Basic", `{"code":{"text":"\u001b[31m\u0000 & \u2028 </script>"}}`)
	if got := r.text(t, "code", "text"); got != "\x1b[31m\x00 & \u2028 </script>" {
		t.Errorf("got %q", got)
	}
	if strings.ContainsAny(r.body, "\x1b\x00") {
		t.Errorf("control characters stand in %q", r.body)
	}
	box.must(201, "POST", "/fhir/Bundle", `{"type":"collection","entry":[{"resource":{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/nowhere"}}}]}`)
}

// ids are those of the entries of a bundle.
func ids(t *testing.T, r reply) []string {
	t.Helper()
	var bundle struct {
		Entry []struct{ Resource struct{ ID string } }
	}
	if err := json.Unmarshal([]byte(r.body), &bundle); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range bundle.Entry {
		all = append(all, e.Resource.ID)
	}
	return all
}

func links(t *testing.T, r reply) map[string]string {
	t.Helper()
	var bundle struct {
		Link []struct{ Relation, URL string }
	}
	if err := json.Unmarshal([]byte(r.body), &bundle); err != nil {
		t.Fatal(err)
	}
	all := make(map[string]string)
	for _, l := range bundle.Link {
		all[l.Relation] = l.URL
	}
	return all
}

func TestSearchIsPagedAndLinked(t *testing.T) {
	t.Parallel()
	box := startBox(t, sandbox.Options{})
	empty := box.must(200, "GET", "/fhir/Patient", "", "Content-Type", "application/x-www-form-urlencoded")
	golden(t, "search-empty.json", empty.body)
	var want []string
	for i := range 7 {
		id := fmt.Sprint("p", i)
		want = append(want, id)
		box.must(201, "POST", "/fhir/Patient", `{"id":"`+id+`"}`)
	}
	box.must(201, "POST", "/fhir/Patient", `{"id":"p33"}`)
	box.must(200, "DELETE", "/fhir/Patient/p33", "")
	golden(t, "search.json", box.must(200, "GET", "/fhir/Patient?_count=1&_page=2&_id=p1,p0,p2&_format=json", "").body)

	var got []string
	path := "/fhir/Patient?_count=3"
	pages := 0
	for path != "" {
		r := box.must(200, "GET", path, "")
		got = append(got, ids(t, r)...)
		if total := value(t, r.body, "total"); total != 7.0 {
			t.Errorf("total is %v", total)
		}
		l := links(t, r)
		if (l["previous"] == "") != (pages == 0) || l["first"] == "" || l["self"] == "" || !strings.Contains(l["last"], "page=3") {
			t.Errorf("links are %v", l)
		}
		pages++
		path = ""
		if l["next"] != "" {
			u, err := url.Parse(l["next"])
			if err != nil {
				t.Fatal(err)
			}
			path = u.RequestURI()
		}
	}
	if !slices.Equal(got, want) || pages != 3 {
		t.Errorf("%d pages with %v", pages, got)
	}
	for query, want := range map[string][]string{
		"_id=p3":                   {"p3"},
		"_id=p3,p1,p3,none,a%20b":  {"p1", "p3"},
		"_id=p3,p1&_id=p1,p2":      {"p1"},
		"_id=":                     nil,
		"_id=p33":                  nil,
		"_count=2&page=2":          {"p2", "p3"},
		"_count=2&_page=4":         {"p6"},
		"_count=2&_page=5":         nil,
		"_page=2":                  nil,
		"_count=0":                 nil,
		"_count=0&_page=9":         nil,
		"_count=2147483647":        want,
		"_count=2147483647&page=2": nil,
	} {
		if got := ids(t, box.must(200, "GET", "/fhir/Patient?"+query, "")); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	r := box.must(200, "GET", "/fhir/Patient?_total=none&_count=5000", "")
	if value(t, r.body, "total") != nil || !strings.Contains(links(t, r)["self"], "_count=1000") {
		t.Errorf("got %.400s", r.body)
	}
}

func TestSearchOfTopicsAndDestinations(t *testing.T) {
	t.Parallel()
	box := startBox(t, sandbox.Options{})
	for id, address := range map[string]string{"a": "http://x/a", "b": "b,c", "d": "http://x/a"} {
		box.must(201, "POST", "/fhir/AidboxSubscriptionTopic", `{"id":"`+id+`","status":"draft","url":"`+address+`"}`)
	}
	box.must(201, "POST", "/fhir/AidboxTopicDestination", destination("x", core, "nats://127.0.0.1:1", "foo", ""))
	for path, want := range map[string][]string{
		"/fhir/AidboxSubscriptionTopic?url=http://x/a":                 {"a", "d"},
		"/fhir/AidboxSubscriptionTopic?url=http://x/a&_id=d,b":         {"d"},
		"/fhir/AidboxSubscriptionTopic?url=b%5C,c":                     {"b"},
		"/fhir/AidboxSubscriptionTopic?url=b,c":                        nil,
		"/fhir/AidboxSubscriptionTopic?url=http://x/a&url=b%5C,c":      nil,
		"/fhir/AidboxSubscriptionTopic?url=http://x/a&_count=1&page=2": {"d"},
		"/fhir/AidboxTopicDestination?topic=patient-topic":             {"x"},
		"/fhir/AidboxTopicDestination?topic=patient":                   nil,
	} {
		if got := ids(t, box.must(200, "GET", path, "")); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}

func TestHistory(t *testing.T) {
	t.Parallel()
	box := startBox(t, sandbox.Options{})
	box.must(201, "POST", "/fhir/Patient", `{"id":"p"}`)
	box.must(201, "PUT", "/fhir/Patient/q", `{}`)
	changed := box.must(200, "PATCH", "/fhir/Patient/p", `{"active":true}`)
	deleted := box.must(200, "DELETE", "/fhir/Patient/p", "")

	r := box.must(200, "GET", "/fhir/Patient/p/_history", "")
	golden(t, "history.json", r.body)
	entry, err := json.Marshal(value(t, r.body, "entry", 0, "resource"))
	if err != nil {
		t.Fatal(err)
	}
	var want any
	if err := json.Unmarshal([]byte(deleted.body), &want); err != nil {
		t.Fatal(err)
	}
	if canonical, _ := json.Marshal(want); string(canonical) != string(entry) {
		t.Errorf("a deletion shows %s, want %s", entry, canonical)
	}
	for path, want := range map[string][]string{
		"/fhir/Patient/_history":                  {"p", "p", "q", "p"},
		"/fhir/Patient/_history?_count=2&_page=2": {"q", "p"},
		"/fhir/Patient/q/_history":                {"q"},
		"/fhir/Account/_history":                  nil,
		"/fhir/Patient/_history?_since=" + changed.text(t, "meta", "lastUpdated"): {"p", "p"},
		"/fhir/Patient/_history?_since=2999-01-01T00:00:00%2B02:00":               nil,
	} {
		if got := ids(t, box.must(200, "GET", path, "")); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
	if l := links(t, box.must(200, "GET", "/fhir/Patient/p/_history?_count=2", "")); !strings.HasPrefix(l["next"], box.server.URL()+"/fhir/Patient/p/_history?_count=2&page=2") {
		t.Errorf("links are %v", l)
	}
}
