package r4_test

import (
	"hash/fnv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"aidbox-nats/aidbox/r4"
)

// brokenExamples are those of HL7's examples that R4 itself does not allow: what they lack has a minimum of one in HL7's own StructureDefinitions,
// and the last has an id longer than 64 characters.
var brokenExamples = map[string]string{
	"ImplementationGuide-fhir.json": r4.CodeRequiredKey,
	"ig-r4.json":                    r4.CodeRequiredKey,
	"Questionnaire-qs1.json":        r4.CodeRequiredKey,
	"SearchParameter-codesystem-extensions-CodeSystem-author.json":                             r4.CodeRequiredKey,
	"SearchParameter-codesystem-extensions-CodeSystem-effective.json":                          r4.CodeRequiredKey,
	"SearchParameter-codesystem-extensions-CodeSystem-end.json":                                r4.CodeRequiredKey,
	"SearchParameter-codesystem-extensions-CodeSystem-keyword.json":                            r4.CodeRequiredKey,
	"SearchParameter-codesystem-extensions-CodeSystem-workflow.json":                           r4.CodeRequiredKey,
	"SearchParameter-valueset-extensions-ValueSet-author.json":                                 r4.CodeRequiredKey,
	"SearchParameter-valueset-extensions-ValueSet-effective.json":                              r4.CodeRequiredKey,
	"SearchParameter-valueset-extensions-ValueSet-end.json":                                    r4.CodeRequiredKey,
	"SearchParameter-valueset-extensions-ValueSet-keyword.json":                                r4.CodeRequiredKey,
	"SearchParameter-valueset-extensions-ValueSet-workflow.json":                               r4.CodeRequiredKey,
	"SearchParameter-questionnaireresponse-extensions-QuestionnaireResponse-item-subject.json": r4.CodeInvalidType,
}

// TestExamplesOfHL7 measures Validate on HL7's own examples and on copies of them, each broken in one place: of each example, one place for each
// rule, chosen by the example's name.
func TestExamplesOfHL7(t *testing.T) {
	dir := os.Getenv("R4_EXAMPLES")
	if dir == "" {
		t.Skip("R4_EXAMPLES is not set: it names the folder package/ of the unpacked npm package hl7.fhir.r4.examples 4.0.1 (19 MB, not kept here)")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) < 5000 {
		t.Fatalf("%d examples in %s, %v", len(files), dir, err)
	}
	d := load(t)
	accepted, refusals, copies := 0, 0, 0
	for _, f := range files {
		name := filepath.Base(f)
		if name == "package.json" || strings.HasPrefix(name, ".") {
			continue
		}
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		issues := d.Validate(data)
		if code, ok := brokenExamples[name]; ok {
			refusals++
			if !slices.ContainsFunc(issues, func(i r4.Issue) bool { return i.Code == code }) {
				t.Errorf("%s: want %s, got %v", name, code, issues)
			}
			continue
		}
		accepted++
		if len(issues) > 0 {
			t.Errorf("%s: %v", name, issues)
			continue
		}
		m := newMutator(t, d, data)
		for _, x := range sample(m.list, name) {
			copies++
			refused(t, name, x, d.Validate(m.broken(t, x)))
		}
	}
	t.Logf("%d examples accepted, %d refused rightly, %d broken copies tried", accepted, refusals, copies)
}

// sample takes one mutation of each rule.
func sample(list []mutation, name string) []mutation {
	h := fnv.New32a()
	h.Write([]byte(name))
	seed := int(h.Sum32())
	byRule := map[string][]mutation{}
	var rules []string
	for _, x := range list {
		if byRule[x.rule] == nil {
			rules = append(rules, x.rule)
		}
		byRule[x.rule] = append(byRule[x.rule], x)
	}
	taken := make([]mutation, len(rules))
	for i, rule := range rules {
		of := byRule[rule]
		taken[i] = of[(seed+i*7919)%len(of)]
	}
	return taken
}
