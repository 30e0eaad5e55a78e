package mask_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"aidbox-nats/aidbox/mask"
)

// personal are names of elements whose texts are personal in every type that has them.
var personal = map[string]bool{
	"family": true, "given": true, "prefix": true, "suffix": true, "line": true, "city": true, "district": true, "postalCode": true, "country": true,
	"birthDate": true, "deceasedDateTime": true, "bornDate": true, "data": true, "comment": true, "description": true, "text": true, "authorString": true,
	"valueString": true, "valueDate": true, "conclusion": true, "patientInstruction": true, "lotNumber": true, "subscriberId": true, "title": true,
}

func TestExamplesOfHL7(t *testing.T) {
	dir := os.Getenv("R4_EXAMPLES")
	if dir == "" {
		t.Skip("R4_EXAMPLES is not set: it names the folder package/ of the unpacked npm package hl7.fhir.r4.examples 4.0.1 (19 MB, not kept here)")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) < 5000 {
		t.Fatalf("%d examples in %s, %v", len(files), dir, err)
	}
	d, m := load(t)
	resources, texted, hidden := 0, 0, 0
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var head struct{ ResourceType string }
		if json.Unmarshal(data, &head) != nil || !d.IsResource(head.ResourceType) {
			continue
		}
		if len(data) > mask.MaxJSON {
			continue // Bundle-resources.json, 35 MB: a note
		}
		resources++
		var resource map[string]any
		if err := json.Unmarshal(checkJSON(t, m, data), &resource); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		texts("", resource, func(path, text string) {
			texted++
			if strings.Contains(text, mask.Hidden) {
				hidden++
				return
			}
			if name := path[strings.LastIndexByte(path, '.')+1:]; personal[name] && text != "" || name == "div" && len(text) > 100 {
				t.Errorf("%s: %s is %q", f, path, text)
			}
		})
	}
	if resources < 5000 {
		t.Errorf("only %d resources were masked", resources)
	}
	t.Logf("%d resources with %d texts, of which %d were hidden", resources, texted, hidden)
}
