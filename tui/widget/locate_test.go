package widget

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const locateText = `{
  "resourceType": "Patient",
  "name": [
    {
      "family": "Smith",
      "given": ["Ann",
        "B"]
    },
    { "text": "Ann",
      "ups": 1 }
  ],
  "_gender": {},
  "valueString": "x",
  "a.b": [{"c[0]": 1}],
  "contact": {
    "a b": [
      1, 2,
      3]
  }
}`

const locateYAML = `# a patient
resourceType: Patient
name:
  - family: Smith
    given: [Ann,
      B]
  - text: Ann
    ups: 1
_gender: {}
valueString: x
a.b:
- c[0]: 1
contact:
  a b:
  - 1
  - 2
  - 3
same: &s
  x: 1
other: *s
`

func TestLocate(t *testing.T) {
	for _, c := range []struct {
		rule, expression string
		json, yaml       int
	}{
		{"the resource", "Patient", 0, 1},
		{"a member", "Patient.resourceType", 1, 1},
		{"a list", "Patient.name", 2, 2},
		{"an item", "Patient.name[0]", 3, 3},
		{"a member of an item", "Patient.name[0].family", 4, 3},
		{"an item of an item", "Patient.name[0].given[1]", 6, 5},
		{"an index as a step", "Patient.name.0.given.1", 6, 5},
		{"an index that is left out", "Patient.name.ups", 9, 7},
		{"the first that has it", "Patient.name.given", 5, 4},
		{"a missing member is at what it stands in", "Patient.name[0].ups", 3, 3},
		{"a missing item is at its list", "Patient.name[7].family", 2, 2},
		{"missing in every item", "Patient.name.zzz", 2, 2},
		{"missing at the top", "Patient.zzz.x", 0, 1},
		{"no type in front", "name[1].text", 8, 6},
		{"another type in front", "Observation.valueString", 12, 9},
		{"an extension of a primitive", "Patient._gender", 11, 8},
		{"something in it", "Patient._gender.extension[0].url", 11, 8},
		{"a choice", "Patient.value", 12, 9},
		{"a choice as the profile writes it", "Patient.value[x]", 12, 9},
		{"a choice by its type", "Patient.value.ofType(string)", 12, 9},
		{"a name with a dot, not quoted", "Patient.a.b[0].c[0]", 13, 11},
		{"a name with a blank, not quoted", "Patient.contact.a b[2]", 17, 16},
		{"a name in brackets", `Patient.contact["a b"][2]`, 17, 16},
		{"a name in backticks", "Patient.contact.`a b`[1]", 16, 15},
		{"an index at what should be a list", "Patient.contact[0].zzz", 14, 12},
		{"a name that was cut", "Patient.cont….zzz", 14, 12},
		{"a function ends it", "Patient.name.where(family = 'x').given", 2, 2},
		{"an index that is no number", "Patient.name[99999999999999999999]", 2, 2},
		{"brackets that do not close", "Patient.name[0", 2, 2},
		{"an empty step ends it", "Patient...name", 0, 1},
	} {
		if line, ok := jsonLocator([]byte(locateText)).Line(c.expression); !ok || line != c.json {
			t.Errorf("%s: %s is on line %d (%v) of the JSON, not %d", c.rule, c.expression, line, ok, c.json)
		}
		for text, want := range map[string]int{locateText: c.json, locateYAML: c.yaml} {
			if line, ok := NewLocator([]byte(text)).Line(c.expression); !ok || line != want {
				t.Errorf("%s: %s is on line %d (%v), not %d, of\n%s", c.rule, c.expression, line, ok, want, text)
			}
		}
	}
	if line, _ := NewLocator([]byte(locateYAML)).Line("other.x"); line != 19 {
		t.Errorf("an alias is on line %d", line)
	}
}

func TestLocateInWhatIsNotFinished(t *testing.T) {
	for _, c := range []struct {
		rule, text, expression string
		line                   int
		ok                     bool
	}{
		{"JSON to which a bracket is missing", "{\n\"name\": [\n{\"ups\": 1}", "Patient.name[0].ups", 2, true},
		{"JSON with a comma too many", "{\n\"a\": [1,],\n\"b\": 2,\n}", "b", 2, true},
		{"JSON with a tab, which is no YAML", "{\n\t\"a\": 1,\n\t\"b\": [\n", "b", 2, true},
		{"YAML in braces", "{a: 1,\n b: 2}", "b", 1, true},
		{"no expression", "{}", "", 0, false},
		{"no text", "", "Patient.name", 0, false},
		{"a list", "[\n1,\n{\"a\": 2}]", "[1].a", 2, true},
		{"text", "hello", "Patient.name", 0, false},
		{"a string", `"hello"`, "Patient.name", 0, false},
		{"neither", "a: [1\nb: }", "a", 0, false},
		{"YAML that refers to itself", "a: &a\n  b: *a", "a.b.b.b", 1, true},
	} {
		if line, ok := NewLocator([]byte(c.text)).Line(c.expression); line != c.line || ok != c.ok {
			t.Errorf("%s: line %d (%v)", c.rule, line, ok)
		}
	}
}

func TestLocateIsBounded(t *testing.T) {
	for rule, text := range map[string]string{
		"deep lists":              strings.Repeat("[", 1<<20),
		"deep objects":            strings.Repeat(`{"a":`, 1<<18),
		"many values":             "[" + strings.Repeat("1,\n", 1<<19) + "1]",
		"many anchors of anchors": "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]",
		"a long name in no item":  "[" + strings.Repeat("{\"a\":1},\n", 1<<16) + "1]",
		"deep YAML":               strings.Repeat("- ", 5000) + "x",
	} {
		l := NewLocator([]byte(text))
		for _, e := range []string{strings.Repeat("[0]", 10_000), strings.Repeat("a.", 10_000), strings.Repeat("x", 10_000), "Patient.name[3]"} {
			l.Line(e)
		}
		if _, ok := l.Line("x"); !ok && rule != "deep YAML" {
			t.Errorf("%s: not read", rule)
		}
	}
}

func TestLocateFindsEveryPathOfATree(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	asYAML := 0
	for range 300 {
		raw, err := json.MarshalIndent(map[string]any{"a": randomJSON(r, 5), "b": []any{randomJSON(r, 4), 1}}, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		tree := newTree(string(raw), 500, 10)
		// What is typed in YAML need not be valid JSON; valid JSON is YAML.
		var doc yaml.Node
		budget := locateValues
		var other Locator
		if yaml.Unmarshal(raw, &doc) == nil {
			other.root = yamlPlace(doc.Content[0], 0, &budget)
			asYAML++
		}
		l := NewLocator(raw)
		for i, line := range tree.lines {
			tree.at = int32(i)
			if line.kind == treeClose || tree.Path() == "" {
				continue
			}
			if got, ok := l.Line(tree.Path()); !ok || got != i {
				t.Fatalf("%s is on line %d (%v), not %d, of\n%s", tree.Path(), got, ok, i, raw)
			}
			if got, _ := other.Line(tree.Path()); other.root != nil && got != i {
				t.Fatalf("as YAML %s is on line %d, not %d, of\n%s", tree.Path(), got, i, raw)
			}
		}
	}
	if asYAML < 100 {
		t.Errorf("only %d documents were read as YAML", asYAML)
	}
}

func FuzzLocate(f *testing.F) {
	for _, text := range append(hostile, locateText, locateYAML, "{a: 1, b: [2, {c: 3}]}", "- a\n- b: &x 1\n- *x", "? a\n: b", "%YAML 1.2\n---\na: |\n  x\n...\nb") {
		for _, e := range []string{"Patient.name[0].ups", "a.b", `["a b"][0]`, "value[x]", "`x`.ofType(Quantity)", "name.0"} {
			f.Add([]byte(text), e)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte, expression string) {
		lines := strings.Count(string(text), "\n") + 1
		for what, locator := range map[string]Locator{"JSON": jsonLocator(text), "any": NewLocator(text)} {
			line, ok := locator.Line(expression)
			if line < 0 || !ok && line != 0 {
				t.Errorf("%s: line %d (%v) for %q in %q", what, line, ok, expression, text)
			}
			// YAML ends lines in more ways than one.
			if what == "JSON" && line >= lines {
				t.Errorf("line %d of %d for %q in %q", line, lines, expression, text)
			}
		}
	})
}

func BenchmarkLocate(b *testing.B) {
	raw := bundleJSON(1000)
	const expression = "Bundle.entry[999].resource.name[0].family"
	b.Run("unmarshal", func(b *testing.B) {
		b.SetBytes(int64(len(raw)))
		for b.Loop() {
			var v any
			if err := json.Unmarshal(raw, &v); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("read", func(b *testing.B) {
		b.SetBytes(int64(len(raw)))
		for b.Loop() {
			NewLocator(raw)
		}
	})
	b.Run("find", func(b *testing.B) {
		l := NewLocator(raw)
		for b.Loop() {
			if _, ok := l.Line(expression); !ok {
				b.Fatal(fmt.Sprint(expression, " is not found"))
			}
		}
	})
}
