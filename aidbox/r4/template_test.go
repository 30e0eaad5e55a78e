package r4_test

import (
	"errors"
	"testing"

	"aidbox-nats/aidbox/r4"
)

func TestTemplateOfEveryTypeIsValid(t *testing.T) {
	d := load(t)
	for _, name := range d.Types() {
		data, err := d.Template(name)
		if err != nil {
			t.Fatal(err)
		}
		if issues := d.Validate(data); len(issues) > 0 {
			t.Errorf("%s: %v\n%s", name, issues, data)
		}
	}
}

func TestTemplateHasRequiredElementsFirst(t *testing.T) {
	d := load(t)
	for name, want := range map[string]string{
		"Patient": `{
  "resourceType": "Patient",
  "name": [
    {
      "text": "Example name"
    }
  ],
  "gender": "male",
  "birthDate": "2000-01-01"
}
`,
		"Observation": `{
  "resourceType": "Observation",
  "status": "registered",
  "code": {
    "text": "Example code"
  }
}
`,
		"MedicationRequest": `{
  "resourceType": "MedicationRequest",
  "status": "active",
  "intent": "proposal",
  "medicationCodeableConcept": {
    "text": "Example medication"
  },
  "subject": {
    "display": "Example subject"
  },
  "priority": "routine"
}
`,
		"Appointment": `{
  "resourceType": "Appointment",
  "status": "proposed",
  "participant": [
    {
      "status": "accepted"
    }
  ]
}
`,
	} {
		got, err := d.Template(name)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("template of %s:\n%swant:\n%s", name, got, want)
		}
	}
}

func TestTemplateOfNoResourceTypeIsAnError(t *testing.T) {
	d := load(t)
	for _, name := range []string{"Pationt", "patient", "HumanName", "Patient.contact", "DomainResource", "", "A\x1b[31m"} {
		if data, err := d.Template(name); !errors.Is(err, r4.ErrUnknownType) {
			t.Errorf("template of %q: %s, %v", name, data, err)
		}
	}
}
