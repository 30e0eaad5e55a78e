package r4_test

import (
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
