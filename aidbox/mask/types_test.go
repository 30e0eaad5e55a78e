package mask_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"aidbox-nats/aidbox/mask"
	"aidbox-nats/aidbox/r4"
)

// planted has blanks and letters that no technical text has.
const planted = "Zoë Plánt"

// filler writes objects with all their elements, and beside them what masking should make of them.
type filler struct {
	d       *r4.Definitions
	in, out strings.Builder
	leaves  map[string]int // by type, to see that all were there
}

// place is where a filler is: within something private, within a value[x], within the types that it is inside of.
type place struct {
	private, open bool
	inside        []string
}

func (p place) in(typeName string) place {
	p.inside = append(slices.Clip(p.inside), typeName)
	return p
}

func (f *filler) both(s string) {
	f.in.WriteString(s)
	f.out.WriteString(s)
}

func (f *filler) leaf(typeName, value string, stays bool) {
	f.leaves[typeName]++
	f.in.WriteString(value)
	switch {
	case stays:
		f.out.WriteString(value)
	case value[0] != '"':
		f.out.WriteString("0")
	default:
		f.out.WriteString(`"` + mask.Hidden + `"`)
	}
}

func (f *filler) object(t *testing.T, path string, p place) {
	elements, ok := f.d.Elements(path)
	if !ok {
		t.Fatalf("nothing is known of %s", path)
	}
	f.both("{")
	if f.d.IsResource(path) {
		f.both(fmt.Sprintf(`"resourceType":%q`, path))
	} else {
		f.both(`"id":"e1"`)
	}
	for _, e := range elements {
		for _, typeName := range e.Types {
			if e.Name == "id" && typeName == "string" || slices.Contains(p.inside, typeName) || typeName == "Resource" {
				continue
			}
			if typeName == "Extension" && len(p.inside) > 1 {
				continue
			}
			f.element(t, path, e, typeName, p)
		}
	}
	f.both("}")
}

func (f *filler) element(t *testing.T, path string, e r4.Element, typeName string, p place) {
	at := path + "." + e.Name
	inner := p
	if slices.Contains([]string{"value", "answer", "defaultValue", "fixed", "pattern"}, e.Name) && e.Choice {
		inner.open = true
	}
	switch at {
	case "Patient.birthDate", "Person.birthDate", "Practitioner.birthDate", "RelatedPerson.birthDate", "Patient.deceased",
		"FamilyMemberHistory.born", "FamilyMemberHistory.deceased":
		inner.private = true
	}
	switch typeName {
	case "HumanName", "Address", "ContactPoint", "Identifier":
		inner.private = true
	}
	backbone := typeName == "BackboneElement" || typeName == "Element"
	if backbone && f.d.ResolvePath(at) != at {
		return
	}
	name := e.Name
	if e.Choice {
		name += strings.ToUpper(typeName[:1]) + typeName[1:]
	}
	f.both(fmt.Sprintf(",%q:", name))
	if e.Array {
		f.both("[")
		defer f.both("]")
	}
	switch {
	case backbone:
		f.object(t, at, inner.in("backbone:"+at))
	case typeName[0] < 'a':
		f.object(t, typeName, inner.in(typeName))
	default:
		f.primitive(path, e, typeName, inner)
	}
}

func (f *filler) primitive(path string, e r4.Element, typeName string, p place) {
	at := path + "." + e.Name
	anything := p.open && e.Choice
	switch typeName {
	case "boolean":
		f.leaf(typeName, "true", true)
	case "integer", "positiveInt", "unsignedInt", "decimal":
		f.leaf(typeName, "1234567", !strings.HasPrefix(at, "Location.position.") && !(p.private && path == "Extension"))
	case "code":
		f.leaf(typeName, `"some-code"`, true)
	case "id":
		f.leaf(typeName, `"a.b-1"`, !anything && !strings.HasSuffix(at, ".uid"))
	case "uri", "url", "canonical":
		f.leaf(typeName, `"http://example.org/x"`, !anything && at != "Attachment.url")
	case "oid", "uuid":
		f.leaf(typeName, `"urn:oid:2.999"`, !anything)
	case "date", "dateTime", "instant":
		f.leaf(typeName, `"2000-01-01"`, !p.private && !p.open)
	case "time":
		f.leaf(typeName, `"12:00:00"`, !p.private && !p.open)
	default:
		f.leaf(typeName, `"`+planted+`"`, at == "Coding.display" || e.Name == "unit" && f.d.IsSubtype(path, "Quantity"))
	}
}

func TestEveryElementOfEveryType(t *testing.T) {
	d, m := load(t)
	leaves := map[string]int{}
	for _, name := range d.Types() {
		f := &filler{d: d, leaves: leaves}
		f.object(t, name, place{inside: []string{name}})
		in, want := f.in.String(), f.out.String()
		got := string(m.JSON([]byte(in)))
		if !json.Valid([]byte(in)) || got != want {
			at := 0
			for at < min(len(got), len(want)) && got[at] == want[at] {
				at++
			}
			t.Errorf("%s, at byte %d:\n got %.200s\nwant %.200s", name, at, got[max(0, at-100):], want[max(0, at-100):])
		}
	}
	for _, typeName := range []string{"boolean", "integer", "positiveInt", "unsignedInt", "decimal", "code", "id", "uri", "url", "canonical", "oid", "uuid",
		"date", "dateTime", "instant", "time", "string", "markdown", "xhtml", "base64Binary"} {
		if leaves[typeName] < 2 {
			t.Errorf("%d values of type %s were masked", leaves[typeName], typeName)
		}
	}
}

// In a template all texts are examples: what is neither hidden nor of a type that stays would be one that was forgotten.
func TestTemplateOfEveryType(t *testing.T) {
	d, m := load(t)
	stay := []string{"code", "id", "uri", "url", "canonical", "oid", "uuid", "date", "dateTime", "instant", "time"}
	hidden := 0
	for _, name := range d.Types() {
		template, err := d.Template(name)
		if err != nil {
			t.Fatal(err)
		}
		masked := m.JSON(template)
		var resource map[string]any
		if err := json.Unmarshal(masked, &resource); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		texts(name, resource, func(path, text string) {
			if text == mask.Hidden {
				hidden++
				return
			}
			parent := path[:strings.LastIndexByte(path, '.')]
			if d.TypeOf(parent) == "Coding" {
				return
			}
			if typeName := d.TypeOf(path); !slices.Contains(stay, typeName) && path != name+".resourceType" {
				t.Errorf("%s of type %s is %q", path, typeName, text)
			}
		})
	}
	if hidden < 250 {
		t.Errorf("only %d texts were hidden", hidden)
	}
}

// texts visits the strings of decoded JSON with their paths.
func texts(path string, v any, visit func(path, text string)) {
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			texts(path+"."+name, inner, visit)
		}
	case []any:
		for _, inner := range v {
			texts(path, inner, visit)
		}
	case string:
		visit(path, v)
	}
}
