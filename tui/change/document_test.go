package change

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"aidbox-nats/aidbox/r4"
	"aidbox-nats/aidbox/sandbox/document"
)

func definitions(t *testing.T) *r4.Definitions {
	t.Helper()
	d, err := r4.Load()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestWhereATextStopsBeingReadable(t *testing.T) {
	for rule, c := range map[string]struct {
		text string
		in   format
		line int // from zero; -1: it can be read
	}{
		"JSON":                                {"{\n  \"a\": 1.50\n}\n", inJSON, -1},
		"a missing comma, at what follows":    {"{\n\"a\": 1\n\"b\": 2\n}", inJSON, 2},
		"a missing brace, at the last line":   {"{\n\"a\": {\n\"b\": 2\n}\n\n", inJSON, 3},
		"an open string, at the last line":    {"{\n\"a", inJSON, 1},
		"what follows the document":           {"{}\n\n{}", inJSON, 2},
		"nothing at all":                      {" \n ", inJSON, 0},
		"YAML":                                {"a: 1\nb:\n- c: 2", inYAML, -1},
		"a tab in YAML":                       {"a: 1\nb:\n\t- c", inYAML, 2},
		"a name that YAML has twice":          {"x: 1\nb:\n  a: 1\n  a: 3", inYAML, 2},
		"an alias, which FHIR has no use for": {"a: &x 1\nb: *x", inYAML, 0},
		"JSON is YAML":                        {"{\"a\": 1}", inYAML, -1},
	} {
		t.Run(rule, func(t *testing.T) {
			_, err := toJSON(c.text, c.in)
			var at *unreadable
			switch {
			case c.line < 0 && err != nil:
				t.Errorf("%v", err)
			case c.line >= 0 && (!errors.As(err, &at) || at.line != c.line):
				t.Errorf("%v, not line %d", err, c.line+1)
			}
		})
	}
}

func TestYAMLSaysTheSame(t *testing.T) {
	raw := []byte(`{"resourceType":"Patient","a":"true","b":"2000-01-01","c":1.50,"d":true,"e":null,"f":"l1\nl2","g":[],"h":{},"i":["x",{"y":-1e5}],
		"j":"- no list","k":"# no comment","l":"\ud83d\ude00 \u0007","m":"","n":"0x10","o":12345678901234567890123,"p":"yes","q":" blank ","null":"~","r":"a: b"}`)
	text, err := toYAML(raw)
	if err != nil {
		t.Fatal(err)
	}
	back, err := toJSON(text, inYAML)
	if err != nil {
		t.Fatalf("%v:\n%s", err, text)
	}
	if !same(normal(t, back), normal(t, raw)) {
		t.Errorf("\n%s\nbecame\n%s\nand then\n%s", raw, text, back)
	}
	if !strings.Contains(text, "c: 1.50\n") || !strings.Contains(text, "resourceType: Patient\n") || strings.Contains(text, "!!") {
		t.Errorf("no person writes\n%s", text)
	}
	if _, err := toYAML([]byte(strings.Repeat("[", 5000) + strings.Repeat("]", 5000))); err == nil {
		t.Error("5,000 levels were written as YAML")
	}
}

// normal writes the escapes of strings in one way.
func normal(t *testing.T, raw []byte) []byte {
	t.Helper()
	o, err := document.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]json.RawMessage
	if err := json.Unmarshal(o.Bytes(), &v); err != nil {
		t.Fatal(err)
	}
	names := make([]string, 0, len(v))
	for n := range v {
		names = append(names, n)
	}
	slices.Sort(names)
	var ms []member
	for _, n := range names {
		value := v[n]
		var s string
		if json.Unmarshal(value, &s) == nil && string(value) != "null" {
			value, _ = json.Marshal(s)
		}
		ms = append(ms, member{n, value})
	}
	return object(ms)
}

func TestEveryTypeHasATextToBeginWith(t *testing.T) {
	d := definitions(t)
	for _, name := range d.Types() {
		raw := []byte(template(d, name))
		if issues := d.Validate(raw); len(issues) > 0 {
			t.Errorf("%s: %+v", name, issues)
		}
		text, err := toYAML(raw)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if back, err := toJSON(text, inYAML); err != nil || !same(normal(t, back), normal(t, raw)) {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
	}
	if got := template(d, "Nonesuch"); got != bare("Nonesuch") || textOf([]byte(got), "resourceType") != "Nonesuch" {
		t.Errorf("%s", got)
	}
	if issues := d.Validate([]byte(example)); len(issues) > 0 {
		t.Errorf("the example: %+v", issues)
	}
}

func TestANewOneOfAnother(t *testing.T) {
	got := string(asNew([]byte(`{"id":"1","name":[{"id":"kept"}],"meta":{"versionId":"7","profile":["p"],"lastUpdated":"x","extension":[]},"resourceType":"Patient"}`)))
	if want := `{"name":[{"id":"kept"}],"meta":{"profile":["p"]},"resourceType":"Patient"}`; got != want {
		t.Errorf("%s", got)
	}
	if got := string(asNew([]byte(`{"id":"1","meta":{"versionId":"7"}}`))); got != `{}` {
		t.Errorf("%s", got)
	}
}

func TestAbout(t *testing.T) {
	for raw, want := range map[string]string{
		`{"name":[{"family":"smith","given":["joe","b"]}]}`: "joe smith",
		`{"name":"a name"}`: "a name",
		`{"code":{"coding":[{"code":"1-2","display":"Heart rate"}]},"status":"final"}`: "Heart rate",
		`{"code":{"text":"Pulse"}}`:                              "Pulse",
		`{"subject":{"reference":"Patient/1"},"status":"final"}`: "Patient/1",
		`{"status":"final"}`:                                     "final",
		`{"name":[[[[[["x"]]]]]]}`:                               "",
		`{"name":17}`:                                            "",
		`[]`:                                                     "",
		`{`:                                                      "",
	} {
		if got := about([]byte(raw)); got != want {
			t.Errorf("%s: %q, not %q", raw, got, want)
		}
	}
}

func TestATextTooLargeWithLinesKeepsThoseItHas(t *testing.T) {
	raw := []byte(`{"a":[` + strings.Repeat("1,", 20_000) + `1]}`)
	if text, err := write(raw, inJSON); err != nil || text != string(raw) {
		t.Errorf("%d bytes, %v", len(text), err)
	}
}
