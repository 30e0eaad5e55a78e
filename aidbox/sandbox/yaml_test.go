package sandbox_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"aidbox-nats/aidbox/sandbox"
)

const (
	jsonType = "application/json;charset=utf-8"
	yamlType = "text/yaml;charset=utf-8"
)

func TestAcceptChoosesTheFormat(t *testing.T) {
	t.Parallel()
	box := startBox(t, sandbox.Options{})
	for accept, want := range map[string]string{
		"":                                     jsonType,
		"*/*":                                  jsonType,
		"application/json":                     jsonType,
		"application/fhir+json":                jsonType,
		"application/*":                        jsonType,
		"text/yaml":                            yamlType,
		"TEXT/YAML; charset=utf-8":             yamlType,
		"application/yaml":                     yamlType,
		"application/x-yaml":                   yamlType,
		"text/*":                               yamlType,
		"text/yaml, application/json":          yamlType,
		"application/json, text/yaml":          jsonType,
		"text/yaml, */*":                       yamlType,
		"*/*, text/yaml":                       jsonType,
		"text/yaml;q=0.5, application/json":    jsonType,
		"application/json;q=0.5, text/yaml":    yamlType,
		"application/json;q=0.8,*/*;q=0.9":     yamlType,
		"text/yaml;q=0, */*":                   jsonType,
		"application/json;q=0, */*;q=0.001":    yamlType,
		"text/html, application/yaml;q=0.1":    yamlType,
		"application/yaml;q=0.2, text/yaml":    yamlType,
		"text/yaml;q=2":                        jsonType, // no range that can be read
		"text/yaml;q=x, application/json;q=.1": jsonType,
		";":                                    jsonType, // neither
	} {
		r := box.must(200, "GET", "/fhir/Patient", "", "Accept", accept)
		if got := r.header.Get("Content-Type"); got != want {
			t.Errorf("Accept %q: %q, want %q", accept, got, want)
		}
		if json.Valid([]byte(r.body)) != (want == jsonType) {
			t.Errorf("Accept %q: %s", accept, r.body)
		}
	}
	for format, want := range map[string]string{"yaml": yamlType, "text/yaml": yamlType, "application/yaml": yamlType, "json": jsonType} {
		r := box.must(200, "GET", "/fhir/Patient?_format="+format, "", "Accept", "text/html")
		if got := r.header.Get("Content-Type"); got != want {
			t.Errorf("_format %s: %q", format, got)
		}
		if want == yamlType && !strings.Contains(r.body, "_format=") {
			t.Errorf("its links forget it: %s", r.body)
		}
	}
}

// What is written in YAML is answered in YAML with the members in their order
// and the numbers in their digits, and can be sent back.
func TestYAMLAnswers(t *testing.T) {
	t.Parallel()
	box := startBox(t, sandbox.Options{})
	const observation = `status: final
resourceType: Observation
id: o
code:
  text: 'yes'
component:
- valueQuantity: {value: 1.50, unit: "no"}
  code: {text: "a: b # c\n  two\n"}
- code:
    text: 😀 – é
  valueQuantity:
    value: 12345678901234567890.10
effectiveDateTime: "2026-01-31"
`
	r := box.must(201, "POST", "/fhir/Observation", observation, "Content-Type", "text/yaml", "Accept", "text/yaml")
	if r.header.Get("Content-Type") != yamlType || r.header.Get("Location") == "" || r.header.Get("ETag") == "" {
		t.Errorf("headers are %v", r.header)
	}
	again := box.must(200, "GET", "/fhir/Observation/o", "", "Accept", "application/yaml").body
	if again != r.body {
		t.Errorf("read: %s\nwritten: %s", again, r.body)
	}
	var root yaml.Node
	if err := yaml.Unmarshal([]byte(again), &root); err != nil {
		t.Fatalf("%v: %s", err, again)
	}
	var names []string
	for i := 0; i < len(root.Content[0].Content); i += 2 {
		names = append(names, root.Content[0].Content[i].Value)
	}
	if got := strings.Join(names, " "); got != "status code component effectiveDateTime id resourceType meta" {
		t.Errorf("the members are %s", got)
	}
	for _, want := range []string{"\n      value: 1.50\n", "value: 12345678901234567890.10\n", "text: \"yes\"\n", "unit: \"no\"\n", "effectiveDateTime: \"2026-01-31\"\n"} {
		if !strings.Contains(again, want) {
			t.Errorf("%q is missing in\n%s", want, again)
		}
	}
	version := r.header.Get("ETag")
	same := box.must(200, "PUT", "/fhir/Observation/o", again, "Content-Type", "text/yaml", "Accept", "text/yaml")
	if same.header.Get("ETag") != version {
		t.Errorf("what was answered is another resource than what was stored: %s", same.body)
	}
	asJSON := box.must(200, "GET", "/fhir/Observation/o", "")
	if got := asJSON.text(t, "component", 0, "code", "text"); got != "a: b # c\n  two\n" {
		t.Errorf("got %q", got)
	}
}

// Everything that has a body has it in YAML, errors too, and the body says the
// same as in JSON.
func TestYAMLSaysWhatJSONSays(t *testing.T) {
	t.Parallel()
	box := startBox(t, sandbox.Options{})
	box.must(201, "POST", "/fhir/Patient", `{"id":"p","name":[{"family":"O'Neil: \"x\"","given":["on","1e3","0x1F","~","- a","null",".5","<<"]}],"birthDate":"1980-01-01","multipleBirthInteger":2}`)
	box.must(201, "POST", "/fhir/Patient", `{"id":"gone"}`)
	box.must(200, "DELETE", "/fhir/Patient/gone", "")
	box.must(201, "POST", "/fhir/AidboxTopicDestination", destination("d", core, "nats://127.0.0.1:1", "foo", ""))
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"GET", "/health", "", 200},
		{"GET", "/$version", "", 200},
		{"GET", "/fhir/metadata", "", 200},
		{"GET", "/fhir/Patient/p", "", 200},
		{"GET", "/fhir/Patient?_sort=-_id", "", 200},
		{"GET", "/fhir/Account", "", 200},
		{"GET", "/fhir/Patient/_history", "", 200},
		{"GET", "/fhir/AidboxTopicDestination/d", "", 200},
		{"GET", "/fhir/StructureDefinition", "", 200},
		{"GET", "/fhir/Patient/none", "", 404},
		{"GET", "/fhir/Patient/gone", "", 410},
		{"GET", "/nothing", "", 404},
		{"TRACE", "/fhir/Patient", "", 405},
		{"POST", "/fhir/Patient", `{"id":"p"}`, 409},
		{"POST", "/fhir/Patient", `{"ups":1,"name":{}}`, 422},
		{"POST", "/fhir/Patient", `{`, 400},
		{"GET", "/fhir/Patient?a=%zz", "", 400},
		{"GET", "/fhir/Patient?_lastUpdated=soon", "", 400},
		{"GET", "/fhir/Patient?name=x", "", 501},
		{"GET", "/fhir/Patient?_format=xml", "", 501},
		{"GET", "/fhir/AidboxTopicDestination/d/$status", "", 500},
	} {
		inJSON := box.must(c.status, c.method, c.path, c.body)
		inYAML := box.must(c.status, c.method, c.path, c.body, "Accept", "text/yaml")
		if got := inYAML.header.Get("Content-Type"); got != yamlType {
			t.Errorf("%s: %q", c.path, got)
		}
		var a, b any
		if err := json.Unmarshal([]byte(inJSON.body), &a); err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal([]byte(inYAML.body), &b); err != nil {
			t.Fatalf("%s: %v: %s", c.path, err, inYAML.body)
		}
		// Through JSON once more, for numbers of one kind.
		text, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		want, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		if string(text) != string(want) {
			t.Errorf("%s %s:\n got %s\nwant %s", c.method, c.path, text, want)
		}
	}
	r := box.must(401, "GET", "/fhir/Patient", "", "Accept", "text/yaml", "Authorization", "")
	if r.header.Get("Content-Type") != yamlType || !strings.Contains(r.body, "resourceType: OperationOutcome\n") || r.header.Get("WWW-Authenticate") == "" {
		t.Errorf("%v: %s", r.header, r.body)
	}
	if r := box.must(204, "DELETE", "/fhir/Patient/none", "", "Accept", "text/yaml"); r.body != "" || r.header.Get("Content-Type") != "" {
		t.Errorf("%v: %q", r.header, r.body)
	}
}

func TestYAMLLooksLikeThis(t *testing.T) {
	t.Parallel()
	box := startBox(t, sandbox.Options{})
	r := box.must(422, "POST", "/fhir/Patient", `{"ups":1,"name":{"family":"x"}}`, "Accept", "text/yaml")
	want, err := os.ReadFile(filepath.Join("testdata", "outcome-422.yaml"))
	if err != nil {
		t.Fatalf("%v; got:\n%s", err, r.body)
	}
	if string(want) != r.body {
		t.Errorf("got:\n%s\nwant:\n%s", r.body, want)
	}
}
