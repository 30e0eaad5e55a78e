package document_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"aidbox-nats/aidbox/sandbox/document"
)

func parse(t *testing.T, text string) *document.Object {
	t.Helper()
	o, err := document.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return o
}

func TestParseRefusesWhatIsNoObject(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"nothing":            ``,
		"array":              `[]`,
		"text":               `"a"`,
		"cut off":            `{"a":1`,
		"a name twice":       `{"a":1,"a":2}`,
		"escaped name twice": `{"a":1,"\u0061":2}`,
		"something after":    `{"a":1} x`,
		"a second object":    `{}{}`,
		"invalid UTF-8":      "{\"a\":\"\xff\"}",
		"too deep":           `{"a":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}`,
		"too many members":   members(1001),
	} {
		if o, err := document.Parse([]byte(text)); err == nil {
			t.Errorf("%s: parsed as %s", name, o.Bytes())
		}
	}
}

// members is an object with n members.
func members(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"m%d":%d`, i, i)
	}
	return "{" + b.String()[1:] + "}"
}

func TestParseTakesManyMembers(t *testing.T) {
	t.Parallel()
	text := members(1000)
	if got := string(parse(t, text).Bytes()); got != text {
		t.Errorf("1000 members became %d bytes, want %d", len(got), len(text))
	}
}

func TestAnObjectKeepsOrderDigitsAndText(t *testing.T) {
	t.Parallel()
	o := parse(t, ` { "z" : 1.00, "a" : [ 1e2 , "<&>" ] , "m" : {"b":1, "a":2} } `)
	if got, want := string(o.Bytes()), `{"z":1.00,"a":[1e2,"<&>"],"m":{"b":1,"a":2}}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	o.SetText("a", "<\u2028>")
	o.SetText("n", "x")
	o.Delete("z")
	if got, want := string(o.Bytes()), `{"a":"<\u2028>","m":{"b":1,"a":2},"n":"x"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

var identity = document.Identity{
	Type: "Patient", ID: "5e78", Version: "17",
	Created: time.Date(2025, 5, 5, 9, 54, 29, 0, time.UTC),
	Updated: time.Date(2025, 5, 5, 10, 0, 0, 120_000, time.FixedZone("", 3600)),
}

func TestStamped(t *testing.T) {
	t.Parallel()
	const (
		stamps  = `"lastUpdated":"2025-05-05T09:00:00.000120Z","versionId":"17","extension":[`
		created = `{"url":"https://aidbox.app/ex/createdAt","valueInstant":"2025-05-05T09:54:29.000000Z"}]`
	)
	for name, c := range map[string]struct{ in, want string }{
		"id, type and meta come last": {
			`{"resourceType":"Patient","id":"x","name":[{"family":"smith"}]}`,
			`{"name":[{"family":"smith"}],"id":"5e78","resourceType":"Patient","meta":{` + stamps + created + `}}`,
		},
		"the writer's stamps are replaced, the rest of meta stays": {
			`{"meta":{"versionId":"1","profile":["p"],"lastUpdated":"2000-01-01T00:00:00Z","tag":[{"code":"t"}]}}`,
			`{"id":"5e78","resourceType":"Patient","meta":{` + stamps + created + `,"profile":["p"],"tag":[{"code":"t"}]}}`,
		},
		"other extensions stay": {
			`{"meta":{"extension":[{"url":"https://aidbox.app/ex/createdAt","valueInstant":"x"},{"url":"u","valueCode":"c"}]}}`,
			`{"id":"5e78","resourceType":"Patient","meta":{` + stamps + `{"url":"u","valueCode":"c"},` + created + `}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := string(document.Stamped(parse(t, c.in), identity)); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestSameContent(t *testing.T) {
	t.Parallel()
	const stored = `{"name":[{"family":"a","given":["b"]}],"value":1.0,"meta":{"profile":["p"]}}`
	before := parse(t, string(document.Stamped(parse(t, stored), identity)))
	for name, c := range map[string]struct {
		text string
		same bool
	}{
		"the same":                    {stored, true},
		"other order and spaces":      {`{ "meta":{"profile":["p"]}, "value":1.0, "name":[{"given":["b"],"family":"a"}] }`, true},
		"with its stamps":             {string(before.Bytes()), true},
		"other digits of a decimal":   {strings.Replace(stored, "1.0", "1.00", 1), false},
		"other order in an array":     {strings.Replace(stored, `["b"]`, `["c","b"]`, 1), false},
		"other profile":               {strings.Replace(stored, `"p"`, `"q"`, 1), false},
		"without meta":                {`{"name":[{"family":"a","given":["b"]}],"value":1.0}`, false},
		"an extension of meta more":   {strings.Replace(stored, `"profile"`, `"extension":[{"url":"u"}],"profile"`, 1), false},
		"one member less":             {`{"value":1.0,"meta":{"profile":["p"]}}`, false},
		"null is not the same as not": {strings.Replace(stored, `"value"`, `"x":null,"value"`, 1), false},
	} {
		if got := document.SameContent(before, parse(t, c.text)); got != c.same {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestFromYAML(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ in, want string }{
		"the tutorial's patient": {"name:\n- family: smith\n", `{"name":[{"family":"smith"}]}`},
		"order":                  {"z: 1\na: 2\n", `{"z":1,"a":2}`},
		"a date stays text":      {"birthDate: 1980-01-02", `{"birthDate":"1980-01-02"}`},
		"an instant stays text":  {"d: 2015-02-07T13:28:17Z", `{"d":"2015-02-07T13:28:17Z"}`},
		"digits":                 {"a: 1.00\nb: -0.5e3\nc: 12345678901234567890", `{"a":1.00,"b":-0.5e3,"c":12345678901234567890}`},
		"numbers JSON has not":   {"a: .5\nb: 0x10", `{"a":0.5,"b":16}`},
		"kinds":                  {"a: true\nb: ~\nc: 'true'\nd: \"1\"\ne: yes", `{"a":true,"b":null,"c":"true","d":"1","e":"yes"}`},
		"blocks":                 {"a: |\n  x\n  y\nb: []\nc: {}", `{"a":"x\ny\n","b":[],"c":{}}`},
		"JSON is YAML":           {`{"a": ["b", 1.50]}`, `{"a":["b",1.50]}`},
		"names are text":         {"1: a\ntrue: b", `{"1":"a","true":"b"}`},
	} {
		got, err := document.FromYAML([]byte(c.in))
		if err != nil || string(got) != c.want || !json.Valid(got) {
			t.Errorf("%s: got %s, %v, want %s", name, got, err, c.want)
		}
	}
	for name, in := range map[string]string{
		"nothing":        "",
		"two documents":  "a: 1\n---\nb: 2",
		"an alias":       "a: &x [1]\nb: *x",
		"only an anchor": "a: &x 1",
		"a cycle":        "a: &x [*x]",
		"a merge key":    "<<: {a: 1}",
		"a name twice":   "a: 1\na: 2",
		"infinity":       "a: .inf",
		"no scalar":      "? [a]\n: 1",
		"not YAML":       "a: [",
		"a tab":          "\ta: 1",
	} {
		if got, err := document.FromYAML([]byte(in)); err == nil {
			t.Errorf("%s: read as %s", name, got)
		}
	}
}

func TestToYAML(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{}`: "{}\n",
		`[]`: "[]\n",
		`{"b":1.50,"a":[true,null,{"x":"text"}]}`:            "b: 1.50\na:\n  - true\n  - null\n  - x: text\n",
		`[1E3,-0,1e999,123456789012345678901234567890,0.10]`: "- 1E3\n- -0\n- !!float 1e999\n- 123456789012345678901234567890\n- 0.10\n",
		`["no","Y","12:30:00","2026-01-31","~","","1","a: b","a #b"]`: `- "no"
- "Y"
- "12:30:00"
- "2026-01-31"
- "~"
- ""
- "1"
- "a: b"
- "a #b"
`,
		`["http://h:8080/fhir?x=1","a:b","two words","urn:uuid:1","a:"," a","a "]`: `- "http://h:8080/fhir?x=1"
- a:b
- two words
- urn:uuid:1
- "a:"
- " a"
- "a "
`,
		`{"no":"\u0000\u2028\n","a\nb":"<é>"}`: "\"no\": \"\\0\\L\\n\"\n? \"a\\nb\"\n: \"<é>\"\n",
	} {
		got, err := document.ToYAML([]byte(in))
		if err != nil || string(got) != want {
			t.Errorf("%s: got\n%s%v, want\n%s", in, got, err, want)
		}
		if back, err := document.FromYAML(got); err != nil || !equalJSON(t, back, []byte(in)) {
			t.Errorf("%s came back as %s, %v", in, back, err)
		}
	}
	for _, in := range []string{"", "{", `{"a"`, "1 2", "[1,]"} {
		if got, err := document.ToYAML([]byte(in)); err == nil {
			t.Errorf("%q became %q", in, got)
		}
	}
}

func TestADeepTextInYAMLStaysSmall(t *testing.T) {
	t.Parallel()
	const depth = 4000
	in := []byte(strings.Repeat(`{"a":[`, depth) + `"x"` + strings.Repeat("]}", depth))
	got, err := document.ToYAML(in)
	if err != nil || len(got) > 3*len(in) {
		t.Fatalf("%d bytes became %d, %v", len(in), len(got), err)
	}
	if back, err := document.FromYAML(got); err != nil || !equalJSON(t, back, in) {
		t.Errorf("it came back as another: %v", err)
	}
}

func TestReferences(t *testing.T) {
	t.Parallel()
	got := document.References("Observation", parse(t, `{
		"subject":{"reference":"Patient/p1"},
		"performer":[{"reference":"#contained"},{"reference":"Practitioner/a.b-C/_history/3"},{"display":"x"}],
		"focus":[{"reference":"http://example.com/Patient/p2"},{"reference":"Patient?identifier=1"},{"reference":"urn:uuid:7"}],
		"device":{"reference":"Device/"},
		"note":[{"text":"Patient/p3"}],
		"extension":[{"url":"u","valueReference":{"reference":"Group/g"}}]}`))
	want := []document.Reference{
		{Expression: "Observation.extension[0].valueReference", Type: "Group", ID: "g"},
		{Expression: "Observation.performer[1]", Type: "Practitioner", ID: "a.b-C"},
		{Expression: "Observation.subject", Type: "Patient", ID: "p1"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
}

// equalJSON compares two texts with the order of members and the digits of
// numbers; how a character is escaped says nothing.
func equalJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	tokens := func(text []byte) (all []any) {
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		for {
			token, err := decoder.Token()
			if err == io.EOF {
				return all
			}
			if err != nil {
				t.Fatalf("%v: %q", err, text)
			}
			all = append(all, token)
		}
	}
	return reflect.DeepEqual(tokens(a), tokens(b))
}

// FuzzTexts looks for texts that are no longer the same after JSON has become YAML and YAML JSON, or after they were stamped.
func FuzzTexts(f *testing.F) {
	for _, seed := range []string{`{"a":[1,{"b":null}]}`, "a: 1\nb:\n- c\n", `{"meta":{"extension":[1]},"id":3}`, "\"", "a: !!binary x",
		`{"a b":"no","c":["12:30:00","2026-01-31","~","a\nb\n"," x "],"d":[1.00,-0,1e999,123456789012345678901234567890],"e":{},"f":[[]],"g\u2028":"\u0000\ufeff😀"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if text, err := document.FromYAML(data); err == nil && !json.Valid(text) {
			t.Errorf("%q became %q", data, text)
		}
		o, err := document.Parse(data)
		if err != nil {
			return
		}
		asYAML, err := document.ToYAML(o.Bytes())
		if err != nil {
			t.Fatalf("%q: %v", data, err)
		}
		back, err := document.FromYAML(asYAML)
		if err != nil && strings.Contains(err.Error(), "occurs twice") {
			return // only the names of the outer object are known to differ
		}
		if err != nil || !equalJSON(t, back, o.Bytes()) {
			t.Errorf("%q became %q and that %q, %v", data, asYAML, back, err)
		}
		again := parse(t, string(o.Bytes()))
		if !document.SameContent(o, again) {
			t.Errorf("%q differs from itself", data)
		}
		stamped := parse(t, string(document.Stamped(o, identity)))
		document.References("Patient", stamped)
	})
}

// The cases are those of RFC 7396, appendix A, that are about objects.
func TestMerge(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ target, patch, want string }{
		{`{"a":"b"}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"b"}`, `{"b":"c"}`, `{"a":"b","b":"c"}`},
		{`{"a":"b"}`, `{"a":null}`, `{}`},
		{`{"a":"b","b":"c"}`, `{"a":null}`, `{"b":"c"}`},
		{`{"a":["b"]}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"c"}`, `{"a":["b"]}`, `{"a":["b"]}`},
		{`{"a":{"b":"c"}}`, `{"a":{"b":"d","c":null}}`, `{"a":{"b":"d"}}`},
		{`{"a":[{"b":"c"}]}`, `{"a":[1]}`, `{"a":[1]}`},
		{`{"e":null}`, `{"a":1}`, `{"e":null,"a":1}`},
		{`{}`, `{"a":{"bb":{"ccc":null}}}`, `{"a":{"bb":{}}}`},
		{`{"a":"b"}`, `{"a":{"c":1.00}}`, `{"a":{"c":1.00}}`},
		{`{"a":"<&>","b":1}`, `{"b":"<\u003e"}`, `{"a":"<&>","b":"<\u003e"}`},
	} {
		target := parse(t, c.target)
		if got := string(document.Merge(target, parse(t, c.patch)).Bytes()); got != c.want {
			t.Errorf("%s into %s: %s, want %s", c.patch, c.target, got, c.want)
		}
		if got := string(target.Bytes()); got != c.target {
			t.Errorf("%s became %s", c.target, got)
		}
	}
}
