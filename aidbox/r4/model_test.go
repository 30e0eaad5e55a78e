package r4_test

import (
	"slices"
	"testing"

	"aidbox-nats/aidbox/r4"

	"github.com/gofhir/fhirpath"
)

var (
	_ fhirpath.Model          = (*r4.Definitions)(nil)
	_ fhirpath.VersionedModel = (*r4.Definitions)(nil)
	_ fhirpath.TypeRegistry   = (*r4.Definitions)(nil)
)

func TestTypeOfAPath(t *testing.T) {
	d := load(t)
	for path, want := range map[string]string{
		"Patient.name":                          "HumanName",
		"Patient.name.family":                   "string",
		"HumanName.given":                       "string",
		"Patient.contact":                       "BackboneElement",
		"Patient.contact.name":                  "HumanName",
		"Patient.id":                            "id",
		"Patient.contact.id":                    "string",
		"HumanName.id":                          "string",
		"Extension.url":                         "uri",
		"Patient.birthDate.extension":           "Extension",
		"Observation.valueQuantity":             "Quantity",
		"Observation.valueQuantity.value":       "decimal",
		"Age.value":                             "decimal",
		"SimpleQuantity.unit":                   "string",
		"Timing.repeat":                         "Element",
		"Questionnaire.item.item":               "BackboneElement",
		"Questionnaire.item.item.item.text":     "string",
		"Bundle.entry.link.relation":            "string",
		"ExampleScenario.instance.resourceType": "code",
		"Bundle.entry.resource":                 "Resource",
		"Bundle.entry.resource.id":              "id",
		"Observation.value":                     "",
		"Observation.valueAddress":              "",
		"Observation.valuequantity":             "",
		"Patient.nonsense":                      "",
		"Patient.value":                         "",
		"Patient.name.":                         "",
		"Patient..name":                         "",
		".":                                     "",
		"":                                      "",
		"Nonsense.id":                           "",
	} {
		if got := d.TypeOf(path); got != want {
			t.Errorf("TypeOf(%q) = %q, want %q", path, got, want)
		}
	}
}

func TestChoiceTypesAreThoseOfAChoiceOnly(t *testing.T) {
	d := load(t)
	for path, want := range map[string][]string{
		"Patient.deceased":                  {"boolean", "dateTime"},
		"Observation.component.value":       {"Quantity", "CodeableConcept", "string", "boolean", "integer", "Range", "Ratio", "SampledData", "time", "dateTime", "Period"},
		"Questionnaire.item.item.item.text": nil,
		"Patient.deceasedBoolean":           nil,
		"Patient.name":                      nil,
		"Patient":                           nil,
	} {
		if got := d.ChoiceTypes(path); !slices.Equal(got, want) {
			t.Errorf("ChoiceTypes(%q) = %v, want %v", path, got, want)
		}
	}
}

func TestReferenceTargets(t *testing.T) {
	d := load(t)
	for path, want := range map[string][]string{
		"Patient.managingOrganization":        {"Organization"},
		"Patient.link.other":                  {"Patient", "RelatedPerson"},
		"QuestionnaireResponse.questionnaire": {"Questionnaire"},
		"Provenance.target":                   nil,
		"Patient.name":                        nil,
	} {
		if got := d.ReferenceTargets(path); !slices.Equal(got, want) {
			t.Errorf("ReferenceTargets(%q) = %v, want %v", path, got, want)
		}
	}
}

func TestHierarchyOfTypes(t *testing.T) {
	d := load(t)
	for child, parent := range map[string]string{
		"Patient": "DomainResource", "DomainResource": "Resource", "Bundle": "Resource", "Resource": "",
		"Age": "Quantity", "SimpleQuantity": "Quantity", "Quantity": "Element", "Element": "", "Timing": "BackboneElement",
		"code": "string", "positiveInt": "integer", "uuid": "uri", "string": "Element", "Nonsense": "",
	} {
		if got := d.ParentType(child); got != parent {
			t.Errorf("ParentType(%s) = %q, want %q", child, got, parent)
		}
	}
	for _, pair := range [][2]string{{"Patient", "Patient"}, {"Patient", "Resource"}, {"Age", "Element"}, {"id", "string"}} {
		if !d.IsSubtype(pair[0], pair[1]) || pair[0] != pair[1] && d.IsSubtype(pair[1], pair[0]) {
			t.Errorf("%s is to be a subtype of %s and not the reverse", pair[0], pair[1])
		}
	}
	for name, want := range map[string]bool{"Patient": true, "code": true, "Resource": true, "SimpleQuantity": true, "string1": false, "Patient.contact": false, "": false} {
		if d.HasType(name) != want {
			t.Errorf("HasType(%q) is %t", name, !want)
		}
	}
}

func TestResolvePathFollowsBorrowedElementsOnly(t *testing.T) {
	d := load(t)
	for path, want := range map[string]string{
		"Questionnaire.item.item":                "Questionnaire.item",
		"Questionnaire.item.item.item.item.text": "Questionnaire.item.text",
		"Observation.component.referenceRange":   "Observation.referenceRange",
		"QuestionnaireResponse.item.answer.item": "QuestionnaireResponse.item",
		"TestScript.teardown.action.operation":   "TestScript.setup.action.operation",
		"ServiceRequest.occurrenceTiming.repeat": "ServiceRequest.occurrenceTiming.repeat",
		"Patient.contact.name.family":            "Patient.contact.name.family",
		"Patient.nonsense":                       "Patient.nonsense",
		"Nonsense.item.item":                     "Nonsense.item.item",
		"Patient":                                "Patient",
		"":                                       "",
	} {
		if got := d.ResolvePath(path); got != want {
			t.Errorf("ResolvePath(%q) = %q, want %q", path, got, want)
		}
	}
}

func TestExpressionsUseTheModel(t *testing.T) {
	d := load(t)
	observation := valid(t)["observation.json"]
	for source, want := range map[string]string{
		"Observation.effective.start":                               "[2026-01-01]",
		"Observation.effective is Period":                           "[true]",
		"Observation.component.value.ofType(Quantity).unit":         "[mmHg]",
		"Observation.component.referenceRange.text":                 "[below 140]",
		"Observation.component.where(value is SampledData).count()": "[1]",
		"Observation.code is CodeableConcept":                       "[true]",
		"Observation is DomainResource":                             "[true]",
		"Observation.status is string":                              "[true]",
		"Observation.status is uri":                                 "[false]",
	} {
		e, err := fhirpath.Compile(source)
		if err != nil {
			t.Fatal(err)
		}
		got, err := e.EvaluateWithOptions(observation, fhirpath.WithModel(d))
		if err != nil || got.String() != want {
			t.Errorf("%s: %s, %v, want %s", source, got, err, want)
		}
	}
}
