package criteria_test

import (
	"fmt"
	"strings"
	"testing"

	"aidbox-nats/aidbox/criteria"
)

// The cases ask for units what the library asks its unit module for, which in
// this repository is the nested module in ucum.
var unitDecisions = []struct {
	name         string
	resourceType string
	source       string
	change       criteria.Change
	want         criteria.Verdict
}{
	{"a quantity in its own unit", "Observation", "value > 140 'mm[Hg]'", create(pressure), criteria.True},
	{"a quantity in another unit", "Observation", "value > 18 'kPa'", create(pressure), criteria.True},
	{"a component in another unit", "Observation", "component.value < 100 'mm[Hg]'", create(pressure), criteria.True},
	{"units of different things do not compare", "Observation", "value > 1 'kg'", create(pressure), criteria.Empty},
	{"a unit that does not exist", "Observation", "value > 1 'mmHg'", create(pressure), criteria.Empty},
	{"annotations count for nothing", "Observation", "value = 12 '10*3/uL' and value = 12000 '/uL'", create(cellCount), criteria.True},

	{"prefixes are exact", "Patient", "1 'L' = 1000 'mL' and 0.1 'g' = 100 'mg' and 1 'km' > 999 'm'", create(patient), criteria.True},
	{"Celsius and Fahrenheit", "Patient", "100 '[degF]' > 37.7 'Cel' and 37 'Cel' = 310.15 'K'", create(patient), criteria.True},
	{"a logarithmic scale", "Patient", "7 '[pH]' = 0.0000001 'mol/L'", create(patient), criteria.True},
	{"weeks and days", "Patient", "7 days = 1 'wk' and 2 'h' = 120 'min'", create(patient), criteria.True},
	{"a calendar year is no UCUM year", "Patient", "1 year = 1 'a'", create(patient), criteria.Empty},

	{"products", "Patient", "2.0 'cm' * 2.0 'm' = 0.040 'm2'", create(patient), criteria.True},
	{"products that cancel", "Patient", "2 'm/s' * 3 's' = 6 'm'", create(patient), criteria.True},
	{"quotients", "Patient", "4.0 'g' / 2.0 'm' = 2 'g/m'", create(patient), criteria.True},
	{"a quotient of quotients", "Patient", "(6 'g/L') / (2 'g/L') = 3 '1'", create(patient), criteria.True},
	{"a quotient of equal units has none", "Patient", "(1.0 'm' / 1.0 'm').toString() = '1 \\'1\\''", create(patient), criteria.True},
	{"a quotient by a number keeps the unit", "Patient", "(6 'mg' / 2 '1').toString() = '3 \\'mg\\''", create(patient), criteria.True},
	{"derived units cancel, too", "Patient", "1 'L/L' = 1 '1' and 10 'mg/g' = 1 '%' and 1 'm/s.s' = 1 'm'", create(patient), criteria.True},
	{"parentheses in units", "Patient", "1 'kg/(m.s2)' = 1 'Pa'", create(patient), criteria.True},
	{"a leading solidus", "Patient", "60 '/min' = 1 '/s'", create(patient), criteria.True},
	{"the sum has the unit of the left", "Patient", "(1 'g' + 500 'mg').toString() = '1.5 \\'g\\''", create(patient), criteria.True},

	{"no pH of a negative concentration", "Patient", "7 '[pH]' > -1 'mol/L'", create(patient), criteria.Empty},
	{"no concentration at pH -400", "Patient", "1 'mol/L' < -400 '[pH]'", create(patient), criteria.Empty},
}

func TestUnits(t *testing.T) {
	for _, c := range unitDecisions {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := compile(t, c.resourceType, c.source).Decide(t.Context(), c.change)
			if err != nil {
				t.Fatalf("%s: %v", c.source, err)
			}
			if got != c.want {
				t.Errorf("%s is %v, want %v", c.source, got, c.want)
			}
		})
	}
}

func TestUnitsFromOutsideAreBounded(t *testing.T) {
	c := compile(t, "Observation", "value > 1 'm'")
	for name, code := range map[string]string{
		"a long code":                     strings.Repeat("m.", 100_000) + "m",
		"nested parentheses":              strings.Repeat("(", 400_000) + "m" + strings.Repeat(")", 400_000),
		"high exponents":                  strings.Repeat("[e]99.", 20) + "m",
		"exponents that add up":           strings.Repeat("[e]9.", 25) + "m",
		"a high power of ten":             "10*99.10*99.10*99.m",
		"an annotation without end":       "m{",
		"an exponent beyond any integer":  "m99999999999999999999999",
		"a zero exponent":                 "m0",
		"units without an operator":       "{x}m{y}s",
		"a parenthesis that does not end": "(m",
		"NUL":                             "m\\u0000",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			change := create(fmt.Sprintf(`{"resourceType":"Observation","valueQuantity":{"value":2,"system":"http://unitsofmeasure.org","code":"%s"}}`, code))
			if got, err := c.Decide(t.Context(), change); got != criteria.Empty || err != nil {
				t.Errorf("got %v, %v, want empty", got, err)
			}
		})
	}
}
