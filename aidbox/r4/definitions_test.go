package r4_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"aidbox-nats/aidbox/r4"
)

func load(t testing.TB) *r4.Definitions {
	t.Helper()
	d, err := r4.Load()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTypesAreTheResourceTypesOfR4(t *testing.T) {
	d := load(t)
	types := d.Types()
	if len(types) != 146 {
		t.Errorf("%d resource types, R4 has 146 that are not abstract", len(types))
	}
	for _, name := range types {
		if !d.IsResource(name) {
			t.Errorf("%s is listed and no resource", name)
		}
	}
	for _, name := range []string{"HumanName", "Patient.contact", "patient", "", "Element", "string"} {
		if d.IsResource(name) {
			t.Errorf("%q is taken for a resource", name)
		}
	}
}

func TestElementsOfAPath(t *testing.T) {
	d := load(t)
	for path, want := range map[string]string{
		"Patient": "id meta implicitRules language text contained extension modifierExtension identifier active name telecom gender birthDate deceased " +
			"address maritalStatus multipleBirth photo contact communication generalPractitioner managingOrganization link",
		"Patient.contact":                      "id extension modifierExtension relationship name telecom address gender organization period",
		"Patient.contact.period":               "id extension start end",
		"Questionnaire.item.item.answerOption": "id extension modifierExtension value initialSelected",
		"Observation.valueRatio":               "id extension numerator denominator",
		"Bundle":                               "id meta implicitRules language identifier type timestamp total link entry signature",
		"string":                               "id extension",
	} {
		elements, ok := d.Elements(path)
		var names []string
		for _, e := range elements {
			names = append(names, e.Name)
		}
		if got := strings.Join(names, " "); !ok || got != want {
			t.Errorf("Elements(%q): %s, %t\nwant %s", path, got, ok, want)
		}
	}
	for _, path := range []string{"", "Nonsense", "Patient.nonsense", "Observation.value", "Patient.", "Patient.name.family.x"} {
		if elements, ok := d.Elements(path); ok {
			t.Errorf("Elements(%q): %v", path, elements)
		}
	}
}

func TestElementSaysWhatMayStandThere(t *testing.T) {
	d := load(t)
	for at, want := range map[string]r4.Element{
		"Patient.gender":          {Name: "gender", Types: []string{"code"}, Summary: true, Codes: []string{"male", "female", "other", "unknown"}},
		"Patient.deceased":        {Name: "deceased", Types: []string{"boolean", "dateTime"}, Choice: true, Summary: true},
		"Patient.link":            {Name: "link", Types: []string{"BackboneElement"}, Array: true, Summary: true},
		"Encounter.class":         {Name: "class", Types: []string{"Coding"}, Min: 1, Summary: true},
		"Appointment.participant": {Name: "participant", Types: []string{"BackboneElement"}, Min: 1, Array: true},
		"Patient.generalPractitioner": {Name: "generalPractitioner", Types: []string{"Reference"}, Array: true,
			Targets: []string{"Organization", "Practitioner", "PractitionerRole"}},
		"Questionnaire.item": {Name: "item", Types: []string{"BackboneElement"}, Array: true},
	} {
		path, name, _ := strings.Cut(at, ".")
		elements, _ := d.Elements(path)
		i := slices.IndexFunc(elements, func(e r4.Element) bool { return e.Name == name })
		if i < 0 || !reflect.DeepEqual(elements[i], want) {
			t.Errorf("%s: %+v", at, elements)
		}
	}
}

func TestAnswersBelongToTheCaller(t *testing.T) {
	d := load(t)
	d.Types()[0] = "changed"
	elements, _ := d.Elements("Patient")
	for _, e := range elements {
		e.Types[0] = "changed"
	}
	d.ChoiceTypes("Patient.deceased")[0] = "changed"
	d.ReferenceTargets("Patient.managingOrganization")[0] = "changed"
	if d.Types()[0] != "Account" || d.TypeOf("Patient.name") != "HumanName" || d.ChoiceTypes("Patient.deceased")[0] != "boolean" ||
		d.ReferenceTargets("Patient.managingOrganization")[0] != "Organization" {
		t.Error("what a caller changed in an answer changed the definitions")
	}
}
