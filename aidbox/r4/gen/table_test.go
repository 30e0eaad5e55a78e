package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// bundles writes small bundles in HL7's form and returns their folder.
func bundles(t *testing.T, types, resources string) string {
	t.Helper()
	dir := t.TempDir()
	for name, entries := range map[string]string{
		"profiles-types.json":     types,
		"profiles-resources.json": resources,
		"valuesets.json": `{"resource":{"resourceType":"ValueSet","url":"http://x/vs/colour","compose":{"include":[{"system":"http://x/cs"}]}}},
			{"resource":{"resourceType":"ValueSet","url":"http://x/vs/mime","compose":{"include":[{"system":"urn:ietf:bcp:13"}]}}},
			{"resource":{"resourceType":"CodeSystem","url":"http://x/cs","content":"complete","concept":[{"code":"red","concept":[{"code":"dark red"}]},{"code":"blue"}]}}`,
		"v3-codesystems.json": "",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(`{"resourceType":"Bundle","entry":[`+entries+`]}`), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func definition(name, kind, more, elements string) string {
	return `{"resource":{"resourceType":"StructureDefinition","name":"` + name + `","type":"` + name + `","kind":"` + kind + `",` + more +
		`"snapshot":{"element":[{"path":"` + name + `"},` + elements + `]}}}`
}

const (
	specializes = `"derivation":"specialization","baseDefinition":"http://hl7.org/fhir/StructureDefinition/`
	resourceID  = `"min":0,"max":"1","base":{"path":"Resource.id"},"type":[{"code":"http://hl7.org/fhirpath/System.String",
		"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type","valueUrl":"string"}]}]}`
)

func TestTableFoldsWhatIsInheritedAndKeepsWhatIsOwn(t *testing.T) {
	types := definition("code", "primitive-type", specializes+`string",`,
		`{"path":"code.value","min":0,"max":"1","base":{"path":"string.value"},"type":[{"code":"http://hl7.org/fhirpath/System.String",
			"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/regex","valueString":"[^\\s]+"}]}]}`)
	resources := definition("Resource", "resource", `"abstract":true,`, `{"path":"Resource.id",`+resourceID) + "," +
		definition("Shape", "resource", specializes+`Resource",`, `{"path":"Shape.id",`+resourceID+`,
			{"path":"Shape.colour","min":1,"max":"1","isSummary":true,"base":{"path":"Shape.colour"},"type":[{"code":"code"}],"binding":{"strength":"required","valueSet":"http://x/vs/colour|4.0.1"}},
			{"path":"Shape.mime","min":0,"max":"1","base":{"path":"Shape.mime"},"type":[{"code":"code"}],"binding":{"strength":"required","valueSet":"http://x/vs/mime"}},
			{"path":"Shape.size[x]","min":0,"max":"1","base":{"path":"Shape.size[x]"},"type":[{"code":"code"},{"code":"Reference","targetProfile":
				["http://hl7.org/fhir/StructureDefinition/Shape","http://hl7.org/fhir/StructureDefinition/Resource"]}]},
			{"path":"Shape.part","min":0,"max":"*","base":{"path":"Shape.part"},"type":[{"code":"BackboneElement"}]},
			{"path":"Shape.part.part","min":0,"max":"*","base":{"path":"Shape.part.part"},"contentReference":"#Shape.part"}`) + "," +
		definition("ShapeProfile", "resource", `"derivation":"constraint",`, `{"path":"Shape.id"}`) + "," +
		definition("Model", "logical", specializes+`Element",`, `{"path":"Model.x"}`)
	got, err := Build(bundles(t, types, resources))
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		"T\tResource\t\tabstract",
		"E\tid\t0..1\t\tid\t\t",
		"T\tShape\tResource\tresource",
		"E\tcolour\t1..1\ts\tcode\t\tcolour",
		"E\tmime\t0..1\t\tcode\t\t",
		"E\tsize[x]\t0..1\t\tcode|Reference\tShape\t",
		"E\tpart\t0..*\t\tBackboneElement\t\t",
		"T\tShape.part\tBackboneElement\tbackbone",
		"E\tpart\t0..*\t\t#Shape.part\t\t",
		"T\tcode\tstring\tprimitive\t[^\\s]+",
		"V\tcolour\tred\tdark red\tblue",
		"",
	}, "\n")
	if string(got) != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func TestWhatTheTableCannotSayIsAnError(t *testing.T) {
	base := definition("Resource", "resource", `"abstract":true,`, `{"path":"Resource.id",`+resourceID)
	for rule, element := range map[string]string{
		"a maximum between one and many":         `{"path":"Shape.x","max":"3","base":{"path":"Shape.x"},"type":[{"code":"code"}]}`,
		"an inherited element that is required":  `{"path":"Shape.id","min":1,"max":"1","base":{"path":"Resource.id"},"type":[{"code":"id"}]}`,
		"an element inherited from nowhere":      `{"path":"Shape.x","max":"1","base":{"path":"Other.x"},"type":[{"code":"id"}]}`,
		"an element without a type":              `{"path":"Shape.x","max":"1","base":{"path":"Shape.x"}}`,
		"a type of FHIRPath and none of FHIR":    `{"path":"Shape.x","max":"1","base":{"path":"Shape.x"},"type":[{"code":"http://hl7.org/fhirpath/System.String"}]}`,
		"children of an element that is missing": `{"path":"Shape.x.y","max":"1","base":{"path":"Shape.x.y"},"type":[{"code":"code"}]}`,
	} {
		dir := bundles(t, "", base+","+definition("Shape", "resource", specializes+`Resource",`, element))
		if table, err := Build(dir); err == nil {
			t.Errorf("%s: no error, %s", rule, table)
		}
	}
}

func TestCommittedTableIsWhatTheSourceGives(t *testing.T) {
	if os.Getenv("R4_SOURCE") == "" {
		t.Skipf("R4_SOURCE is not set: with R4_SOURCE=1 this test downloads %s and makes the table again", source)
	}
	dir, err := download()
	if err != nil {
		t.Fatal(err)
	}
	want, err := Build(filepath.Join(dir, "specs", "r4"))
	if err != nil {
		t.Fatal(err)
	}
	packed, err := os.ReadFile("../r4.tsv.gz")
	if err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("r4.tsv.gz is not what the command makes; run: go generate ./aidbox/r4")
	}
}
