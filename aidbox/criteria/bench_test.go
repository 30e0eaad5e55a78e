package criteria_test

import (
	"testing"
	"time"

	"github.com/gofhir/fhirpath"
	"github.com/gofhir/fhirpath/types"
)

// BenchmarkDecide reports how much longer a decision takes than the library alone
// takes for the same expression on the same resource.
func BenchmarkDecide(b *testing.B) {
	for _, c := range []struct{ name, source string }{
		{"exists", "name.exists()"},
		{"where", "identifier.where(system = 'urn:ssn').exists()"},
		{"transition", "%current.gender = 'female' and (%previous.empty() or %previous.gender != 'female')"},
	} {
		b.Run(c.name, func(b *testing.B) {
			change := update(nameless, patient)
			criterion := compile(b, "Patient", c.source)
			decide := func() {
				if _, err := criterion.Decide(b.Context(), change); err != nil {
					b.Fatal(err)
				}
			}
			expression, err := fhirpath.Compile(c.source)
			if err != nil {
				b.Fatal(err)
			}
			d := load(b)
			bare := func() {
				if _, err := expression.EvaluateWithOptions(change.Current, fhirpath.WithModel(d),
					fhirpath.WithVariable("current", types.Collection{types.NewObjectValue(change.Current)}),
					fhirpath.WithVariable("previous", types.Collection{types.NewObjectValue(change.Previous)})); err != nil {
					b.Fatal(err)
				}
			}
			var ours, theirs time.Duration
			for b.Loop() {
				start := time.Now()
				decide()
				middle := time.Now()
				bare()
				ours += middle.Sub(start)
				theirs += time.Since(middle)
			}
			b.ReportMetric(float64(ours)/float64(theirs), "x-library")
		})
	}
}
