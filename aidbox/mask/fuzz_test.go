package mask_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"aidbox-nats/aidbox/mask"
	"aidbox-nats/aidbox/r4"
)

// spared are the members whose text may be anything.
var spared = map[string]bool{"display": true, "unit": true}

// plant rewrites JSON so that every text, and every name of a member that no type of FHIR has, is the planted one. What the mask leaves alone by intent is taken
// out: members that may have any text, and the types that are not about persons.
func plant(names map[string]bool, data []byte) ([]byte, bool) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var out bytes.Buffer
	if !plantValue(&out, d, names, "") {
		return nil, false
	}
	_, err := d.Token()
	return out.Bytes(), err == io.EOF
}

func plantValue(out *bytes.Buffer, d *json.Decoder, names map[string]bool, name string) bool {
	t, err := d.Token()
	if err != nil {
		return false
	}
	switch t := t.(type) {
	case json.Delim:
		out.WriteString(t.String())
		for i := 0; d.More(); i++ {
			if i > 0 {
				out.WriteByte(',')
			}
			if t == '{' {
				key, err := d.Token()
				if err != nil {
					return false
				}
				name = key.(string)
				if !names[strings.TrimPrefix(name, "_")] {
					name = planted
				}
				out.Write(quote(name))
				out.WriteByte(':')
			}
			if !plantValue(out, d, names, name) {
				return false
			}
		}
		end, err := d.Token()
		if err != nil {
			return false
		}
		out.WriteString(end.(json.Delim).String())
	case string:
		if (name != "resourceType" || strings.HasPrefix(t, "Aidbox")) && !spared[name] {
			t = planted
		}
		if name != "resourceType" && spared[name] {
			t = "spared"
		}
		out.Write(quote(t))
	case json.Number:
		out.WriteString(t.String())
	default:
		b, err := json.Marshal(t)
		if err != nil {
			return false
		}
		out.Write(b)
	}
	return true
}

func quote(s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(s) != nil {
		return []byte(`""`)
	}
	return bytes.TrimSpace(b.Bytes())
}

// sameShape says where two JSON texts differ in more than their texts, their hidden numbers and the names that are no plain words.
func sameShape(t *testing.T, in, out []byte) {
	t.Helper()
	a, b := json.NewDecoder(bytes.NewReader(in)), json.NewDecoder(bytes.NewReader(out))
	a.UseNumber()
	b.UseNumber()
	for {
		x, errX := a.Token()
		y, errY := b.Token()
		if errX != nil || errY != nil {
			if errX != io.EOF || errY != io.EOF {
				t.Fatalf("%v and %v\nin  %s\nout %s", errX, errY, in, out)
			}
			return
		}
		same := x == y
		switch x.(type) {
		case string:
			_, same = y.(string)
		case json.Number:
			n, ok := y.(json.Number)
			same = ok && (x == y || n == "0")
		}
		if !same {
			t.Fatalf("%v became %v\nin  %s\nout %s", x, y, in, out)
		}
	}
}

// elementNames are the names of members that the types of FHIR have.
func elementNames(d *r4.Definitions) map[string]bool {
	names := map[string]bool{"resourceType": true}
	var add func(path string)
	seen := map[string]bool{}
	add = func(path string) {
		if path = d.ResolvePath(path); seen[path] {
			return
		}
		seen[path] = true
		elements, _ := d.Elements(path)
		for _, e := range elements {
			for _, typeName := range e.Types {
				if e.Choice {
					names[e.Name+strings.ToUpper(typeName[:1])+typeName[1:]] = true
				} else {
					names[e.Name] = true
				}
				if typeName == "BackboneElement" || typeName == "Element" {
					add(path + "." + e.Name)
				} else {
					add(typeName)
				}
			}
		}
	}
	for _, name := range d.Types() {
		add(name)
	}
	return names
}

func seeds(tb testing.TB) [][]byte {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join("..", "r4", "testdata", "valid", "*.json"))
	if err != nil || len(files) < 10 {
		tb.Fatalf("%d resources to start from, %v", len(files), err)
	}
	var all [][]byte
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, data)
	}
	for _, c := range rules {
		all = append(all, []byte(c.in))
	}
	return all
}

var noteForm = regexp.MustCompile(`^(unreadable JSON|text), [0-9]+ B, masked$`)

// checkJSON holds for all bytes.
func checkJSON(t *testing.T, m *mask.Masker, in []byte) []byte {
	t.Helper()
	before := bytes.Clone(in)
	out := m.JSON(in)
	if !bytes.Equal(in, before) {
		t.Fatalf("%q was changed", before)
	}
	switch bare := bytes.TrimPrefix(in, []byte("\ufeff")); {
	case json.Valid(bare) && len(bare) <= mask.MaxJSON:
		sameShape(t, bare, bytes.TrimPrefix(out, []byte("\ufeff")))
	case len(bytes.TrimSpace(in)) > 0 && !noteForm.Match(out):
		t.Fatalf("%q became %q", in, out)
	}
	if again := m.JSON(out); !bytes.Equal(again, out) {
		t.Fatalf("%q became %q and then %q", in, out, again)
	}
	return out
}

// FuzzJSON plants a name in every text of what it is given: none may be left, the shape must be the same, and masking again must
// change nothing.
func FuzzJSON(f *testing.F) {
	for i, s := range seeds(f) {
		f.Add(s, uint16(i*31))
	}
	d, m := load(f)
	names := elementNames(d)
	f.Fuzz(func(t *testing.T, data []byte, cut uint16) {
		checkJSON(t, m, data)
		in, ok := plant(names, data)
		if !ok {
			return
		}
		for _, in := range [][]byte{in, in[:int(cut)%(len(in)+1)]} {
			out := checkJSON(t, m, in)
			if bytes.Contains(out, []byte("Zoë")) || bytes.Contains(out, []byte("Plánt")) {
				t.Fatalf("%s\nbecame\n%s", in, out)
			}
		}
	})
}

// FuzzText does so with texts of any form: JSON, YAML, sentences.
func FuzzText(f *testing.F) {
	for i, s := range seeds(f) {
		f.Add("Patient", string(s), uint16(i*31))
	}
	for _, s := range []string{
		"name:\n- family: smith\n  given: [A, B]\nbirthDate: 1970-01-02 # Anna\n", "resourceType: Patient\naddress:\n- postalCode: 12345\n  line:\n  - |\n    a\n    b\n",
		"name: &a [x]\ntext: *a\n", "text: !!binary YQ==\n", "text: \"\\ud83d\\ude00 \\/\"\n", "{name: [{family: x,}]}", "active: yes\nmultipleBirthInteger: 0x10\n", "Patient.name: expected array, got object",
		"text: ~\nname: []\ncontact: {}\n", "? name\n: - x\n", "--- \nname: x\n...\n", "%YAML 1.1\n---\nname: x\n", "gender: 'true'\nid: \"1\"\nlanguage: null-x\n",
	} {
		f.Add("", s, uint16(3))
		f.Add("Observation", s, uint16(len(s)/2))
	}
	_, m := load(f)
	f.Fuzz(func(t *testing.T, resourceType, s string, at uint16) {
		for _, in := range []string{s, s[:int(at)%(len(s)+1)] + planted + s[int(at)%(len(s)+1):]} {
			out := m.Body(resourceType, in)
			if again := m.Body(resourceType, out); again != out {
				t.Fatalf("%q became %q and then %q", in, out, again)
			}
			free := strings.Contains(in, "Aidbox") || strings.Contains(resourceType, "Aidbox") || strings.Contains(in, "isplay") || strings.Contains(in, "nit") || strings.Contains(in, `\`)
			if !free && (strings.Contains(out, "Zoë") && !strings.Contains(s, "Zoë") || strings.Contains(out, "Plánt") && !strings.Contains(s, "Plánt")) {
				t.Fatalf("%q\nbecame\n%q", in, out)
			}
		}
		m.URL(s)
	})
}
