package r4_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"aidbox-nats/aidbox/r4"
)

func TestWhatIsNoResourceIsOneIssue(t *testing.T) {
	d := load(t)
	for _, c := range []struct{ rule, data, code, expression string }{
		{"nothing", "", r4.CodeStructure, ""},
		{"white space", " \n", r4.CodeStructure, ""},
		{"cut off", `{"resourceType":"Patient"`, r4.CodeStructure, ""},
		{"comma too many", `{"resourceType":"Patient",}`, r4.CodeStructure, ""},
		{"comma missing", `{"resourceType":"Patient" "active":true}`, r4.CodeStructure, ""},
		{"wrong bracket", `{"resourceType":"Patient","name":[}`, r4.CodeStructure, ""},
		{"bare word", `{"resourceType":Patient}`, r4.CodeStructure, ""},
		{"number with a leading zero", `{"resourceType":"Patient","multipleBirthInteger":01}`, r4.CodeStructure, ""},
		{"two values", `{"resourceType":"Patient"}{}`, r4.CodeStructure, ""},
		{"byte order mark", "\ufeff{\"resourceType\":\"Patient\"}", r4.CodeStructure, ""},
		{"not UTF-8", "{\"resourceType\":\"Patient\",\"language\":\"\xff\"}", r4.CodeStructure, ""},
		{"arrays without end", strings.Repeat("[", 1_000_000), r4.CodeStructure, ""},
		{"objects without end", strings.Repeat(`{"a":`, 1_000_000), r4.CodeStructure, ""},
		{"array", `[{"resourceType":"Patient"}]`, r4.CodeInvalidType, ""},
		{"null", `null`, r4.CodeInvalidType, ""},
		{"string", `"Patient"`, r4.CodeInvalidType, ""},
		{"empty object", `{}`, r4.CodeRequiredKey, "resourceType"},
		{"data type", `{"resourceType":"HumanName","family":"x"}`, r4.CodeUnknownResourceType, "resourceType"},
		{"type inside a type", `{"resourceType":"Patient.contact"}`, r4.CodeUnknownResourceType, "resourceType"},
		{"type in the wrong case", `{"resourceType":"patient"}`, r4.CodeUnknownResourceType, "resourceType"},
	} {
		issues := d.Validate([]byte(c.data))
		if len(issues) != 1 || issues[0].Code != c.code || issues[0].Expression != c.expression || issues[0].Diagnostics == "" {
			t.Errorf("%s: want %s at %q, got %v", c.rule, c.code, c.expression, issues)
		}
	}
}

func TestWhatMutationsDoNotReach(t *testing.T) {
	d := load(t)
	for _, c := range []struct{ rule, data, code, expression string }{
		{"key twice", `{"resourceType":"Patient","name":[{"family":"a","family":"b"}]}`, r4.CodeStructure, "Patient.name[0].family"},
		{"type twice", `{"resourceType":"Patient","resourceType":"Patient"}`, r4.CodeStructure, "Patient.resourceType"},
		{"key twice by an escape", `{"resourceType":"Patient","active":true,"\u0061ctive":true}`, r4.CodeStructure, "Patient.active"},
		{"underscore alone", `{"resourceType":"Patient","_":{"id":"a"}}`, r4.CodeUnknownKey, "Patient._"},
		{"two underscores", `{"resourceType":"Patient","__gender":{"id":"a"}}`, r4.CodeUnknownKey, "Patient.__gender"},
		{"empty key", `{"resourceType":"Patient","":"a"}`, r4.CodeUnknownKey, "Patient."},
		{"key with a dot", `{"resourceType":"Patient","contact.gender":"male"}`, r4.CodeUnknownKey, "Patient.contact.gender"},
		{"choice without its type", `{"resourceType":"Patient","deceased":true}`, r4.CodeUnknownKey, "Patient.deceased"},
		{"choice with a type that it has not", `{"resourceType":"Patient","deceasedString":"yes"}`, r4.CodeUnknownKey, "Patient.deceasedString"},
		{"choice of two by an extension", `{"resourceType":"Patient","deceasedBoolean":true,"_deceasedDateTime":{"id":"a"}}`, r4.CodeTwoOfChoice, "Patient.deceasedDateTime"},
		{"underscore of a complex element", `{"resourceType":"Patient","_name":[{"id":"a"}]}`, r4.CodeUnderscoreComplex, "Patient._name"},
		{"value in an underscore", `{"resourceType":"Patient","_gender":{"value":"male"}}`, r4.CodeUnknownKey, "Patient._gender.value"},
		{"element of Patient in Bundle", `{"resourceType":"Bundle","type":"batch","birthDate":"2000"}`, r4.CodeUnknownKey, "Bundle.birthDate"},
		{"text in Bundle, which is no DomainResource", `{"resourceType":"Bundle","type":"batch","text":{"status":"empty","div":"<div/>"}}`, r4.CodeUnknownKey, "Bundle.text"},
		{"places with neither value nor extension", `{"resourceType":"Patient","name":[{"given":["a",null],"_given":[{"id":"a"},null]}]}`, r4.CodeEmptyValue, "Patient.name[0].given[1]"},
		{"extensions of values that are not there", `{"resourceType":"Patient","name":[{"_given":[null]}]}`, r4.CodeEmptyValue, "Patient.name[0].given[0]"},
		{"null among complex values", `{"resourceType":"Patient","name":[null]}`, r4.CodeEmptyValue, "Patient.name[0]"},
		{"integer over 32 bits", `{"resourceType":"Patient","multipleBirthInteger":2147483648}`, r4.CodeInvalidType, "Patient.multipleBirthInteger"},
		{"integer with an exponent", `{"resourceType":"Patient","multipleBirthInteger":1e2}`, r4.CodeInvalidType, "Patient.multipleBirthInteger"},
		{"id too long", `{"resourceType":"Patient","id":"` + strings.Repeat("a", 65) + `"}`, r4.CodeInvalidType, "Patient.id"},
		{"year zero", `{"resourceType":"Patient","birthDate":"0000"}`, r4.CodeInvalidType, "Patient.birthDate"},
		{"date with a line break", `{"resourceType":"Patient","birthDate":"2000\n"}`, r4.CodeInvalidType, "Patient.birthDate"},
		{"contained of no type", `{"resourceType":"Patient","contained":[{"id":"a"}]}`, r4.CodeRequiredKey, "Patient.contained[0].resourceType"},
		{"unknown in a resource in a resource", `{"resourceType":"Parameters","parameter":[{"name":"a","part":[{"name":"b","resource":{"resourceType":"Patient","ups":1}}]}]}`,
			r4.CodeUnknownKey, "Parameters.parameter[0].part[0].resource.ups"},
	} {
		issues := d.Validate([]byte(c.data))
		if len(issues) != 1 || issues[0].Code != c.code || issues[0].Expression != c.expression || !strings.HasPrefix(issues[0].Diagnostics, c.expression+": ") {
			t.Errorf("%s: want only %s at %q, got %v", c.rule, c.code, c.expression, issues)
		}
	}
}

func TestUnknownKeyIsWordedAsAidboxDoes(t *testing.T) {
	got := load(t).Validate([]byte(`{"resourceType":"Patient","ups":1}`))
	want := r4.Issue{Code: "unknown-key", Expression: "Patient.ups", Diagnostics: "Patient.ups: element is not allowed by the profile"}
	if len(got) != 1 || got[0] != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestOrdinaryOddities(t *testing.T) {
	d := load(t)
	for rule, data := range map[string]string{
		"no elements at all":           `{"resourceType":"Patient"}`,
		"type last":                    `{"active":true,"resourceType":"Patient"}`,
		"element id is any string":     `{"resourceType":"Patient","name":[{"id":"a b/c","text":"x"}]}`,
		"fewer extensions than values": `{"resourceType":"Patient","name":[{"given":["a","b"],"_given":[{"id":"a"}]}]}`,
		"primitive by extension only":  `{"resourceType":"Patient","_birthDate":{"extension":[{"url":"u","valueCode":"unknown"}]}}`,
		"decimal with an exponent":     `{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":-1.20E+400}}`,
		"code with one space":          `{"resourceType":"Patient","gender":"a b"}`,
		"text of spaces":               `{"resourceType":"Patient","name":[{"text":" "}]}`,
		"leap second":                  `{"resourceType":"Patient","deceasedDateTime":"2016-12-31T23:59:60Z"}`,
		"escapes and surrogates":       `{"resourceType":"Patient","name":[{"text":"\ud83d\ude00\u0000\ud800"}]}`,
		"nested as deep as is allowed": nested(120),
	} {
		if issues := d.Validate([]byte(data)); len(issues) > 0 {
			t.Errorf("%s: %v", rule, issues)
		}
	}
}

// nested is a valid Questionnaire with items in items; each takes two levels.
func nested(items int) string {
	item := `"linkId":"a","type":"group"`
	return `{"resourceType":"Questionnaire","status":"draft"` + strings.Repeat(`,"item":[{`+item, items) + strings.Repeat("}]", items) + "}"
}

func TestDepthIsBounded(t *testing.T) {
	issues := load(t).Validate([]byte(nested(128)))
	if len(issues) != 1 || issues[0].Code != r4.CodeStructure || !strings.Contains(issues[0].Diagnostics, "deeper than 256") {
		t.Errorf("%v", issues)
	}
}

func TestIssuesAreBoundedInNumberAndLength(t *testing.T) {
	d := load(t)
	var b strings.Builder
	b.WriteString(`{"resourceType":"Patient"`)
	for i := range 2_000 {
		fmt.Fprintf(&b, `,"%s%d":[{"a":null}]`, strings.Repeat("é", 100), i)
	}
	b.WriteString("}")
	issues := d.Validate([]byte(b.String()))
	if len(issues) != r4.MaxIssues {
		t.Errorf("%d issues", len(issues))
	}
	for _, i := range issues {
		if len(i.Diagnostics) > 200 || !utf8.ValidString(i.Expression) {
			t.Fatalf("%d bytes: %q", len(i.Diagnostics), i.Diagnostics)
		}
	}
}

func TestLargeValues(t *testing.T) {
	d := load(t)
	huge := strings.Repeat("abcd", 2_500_000)
	long := huge[:1_000_000]
	for rule, c := range map[string]struct{ data, expression string }{
		"10 MB of text":           {`{"resourceType":"Patient","name":[{"text":"` + huge + `"}]}`, ""},
		"1 MB of base64":          {`{"resourceType":"Binary","contentType":"a/b","data":"` + long + `"}`, ""},
		"1 MB of an address":      {`{"resourceType":"Patient","implicitRules":"` + long + `"}`, ""},
		"1 MB of a code":          {`{"resourceType":"Patient","gender":"` + long + `"}`, ""},
		"1 MB of a date":          {`{"resourceType":"Patient","birthDate":"` + long + `"}`, "Patient.birthDate"},
		"1 MB of a resource type": {`{"resourceType":"` + long + `"}`, "resourceType"},
		"1 MB of digits":          {`{"resourceType":"Patient","multipleBirthInteger":1` + strings.Repeat("0", 1_000_000) + `}`, "Patient.multipleBirthInteger"},
	} {
		issues := d.Validate([]byte(c.data))
		switch {
		case c.expression == "" && len(issues) > 0:
			t.Errorf("%s: %s at %s", rule, issues[0].Code, issues[0].Expression)
		case c.expression != "" && (len(issues) != 1 || issues[0].Expression != c.expression || len(issues[0].Diagnostics) > 200):
			t.Errorf("%s: %d issues", rule, len(issues))
		}
	}
}

func TestDefinitionsServeManyAtOnce(t *testing.T) {
	d := load(t)
	all := valid(t)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for name, data := range all {
				if issues := d.Validate(data); len(issues) > 0 {
					t.Errorf("%s: %v", name, issues)
				}
			}
			if _, err := d.Template("Patient"); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
}

// FuzzValidate looks for texts that make the check panic, give issues without bounds or words, be wrong about what is JSON, or
// judge the same resource otherwise when it is written again.
func FuzzValidate(f *testing.F) {
	d := load(f)
	for _, data := range valid(f) {
		f.Add(data)
	}
	for _, seed := range []string{
		"", "{}", "[", "null", `{"resourceType":"Patient","a":1,}`, `{"resourceType":"Patient","name":[{"given":[null],"_given":[{}]}]}`,
		`{"resourceType":"Patient","contained":[{"resourceType":"Patient","contained":[null]}]}`, nested(127),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		issues := d.Validate(data)
		if len(issues) > r4.MaxIssues {
			t.Fatalf("%d issues", len(issues))
		}
		for _, i := range issues {
			if i.Code == "" || i.Diagnostics == "" || !utf8.ValidString(i.Diagnostics) {
				t.Fatalf("%+v", i)
			}
		}
		if !json.Valid(data) && (len(issues) != 1 || issues[0].Code != r4.CodeStructure) {
			t.Fatalf("taken for JSON: %q, %v", data, issues)
		}
		if json.Valid(data) && utf8.Valid(data) && len(issues) == 1 && strings.Contains(issues[0].Diagnostics, "at byte") {
			t.Fatalf("not taken for JSON: %q, %v", data, issues)
		}
		if len(issues) > 0 {
			return
		}
		var v any
		if err := json.Unmarshal(data, &v); err != nil {
			return // a number that does not fit a float64
		}
		again, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if again := d.Validate(again); len(again) > 0 && again[0].Code != r4.CodeInvalidType {
			t.Fatalf("valid as written, not as written again: %q, %v", data, again)
		}
	})
}
