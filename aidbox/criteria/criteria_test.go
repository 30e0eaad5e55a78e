package criteria_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofhir/fhirpath"
	"github.com/gofhir/fhirpath/types"

	"aidbox-nats/aidbox/criteria"
	"aidbox-nats/aidbox/r4"
)

var definitions = sync.OnceValues(r4.Load)

func load(t testing.TB) *r4.Definitions {
	t.Helper()
	d, err := definitions()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func compile(t testing.TB, resourceType, source string) *criteria.Criterion {
	t.Helper()
	c, err := criteria.Compile(load(t), resourceType, source)
	if err != nil {
		t.Fatalf("compile %q: %v", source, err)
	}
	return c
}

const (
	patient = `{"resourceType":"Patient","id":"p","active":true,"gender":"female","birthDate":"1974-12-25",
		"identifier":[{"system":"urn:mrn","value":"17"},{"system":"urn:ssn","value":"18"}],
		"name":[{"use":"official","family":"Chalmers","given":["Petra","Jane"]},{"use":"usual","given":["Pat"]}],
		"contact":[{"name":{"family":"du Marché"},"gender":"male"}],"deceasedDateTime":"2020-05-01T10:00:00Z",
		"managingOrganization":{"reference":"#org"},"generalPractitioner":[{"reference":"Practitioner/1"}],
		"contained":[{"resourceType":"Organization","id":"org","name":"Good Health"}],
		"extension":[{"url":"http://example.org/vip","valueBoolean":true}],
		"meta":{"lastUpdated":"2025-05-05T09:54:29.123456Z","versionId":"17"}}`
	nameless = `{"resourceType":"Patient","id":"p"}`
	planned  = `{"resourceType":"Encounter","id":"e","status":"planned","class":{"code":"AMB"}}`
	finished = `{"resourceType":"Encounter","id":"e","status":"finished","class":{"code":"AMB"},"period":{"start":"2025-01-01T08:00:00+02:00","end":"2025-01-03"}}`
	draftQR  = `{"resourceType":"QuestionnaireResponse","id":"q","status":"in-progress"}`
	doneQR   = `{"resourceType":"QuestionnaireResponse","id":"q","status":"completed","item":[{"linkId":"1","item":[{"linkId":"1.1","answer":[{"valueInteger":12}]}]}]}`
	pressure = `{"resourceType":"Observation","id":"o","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}]},
		"valueQuantity":{"value":150,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"},
		"component":[{"code":{"text":"low"},"valueQuantity":{"value":12.5,"system":"http://unitsofmeasure.org","code":"kPa"}}]}`
	cellCount = `{"resourceType":"Observation","id":"c","status":"final","code":{"text":"WBC"},
		"valueQuantity":{"value":12000,"system":"http://unitsofmeasure.org","code":"{cells}/uL"}}`
)

func create(resource string) criteria.Change { return criteria.Change{Current: []byte(resource)} }
func remove(resource string) criteria.Change { return criteria.Change{Previous: []byte(resource)} }
func update(before, after string) criteria.Change {
	return criteria.Change{Previous: []byte(before), Current: []byte(after)}
}

var decisions = []struct {
	name         string
	resourceType string
	source       string
	change       criteria.Change
	want         criteria.Verdict
}{
	{"an element that is there", "Patient", "name.exists()", create(patient), criteria.True},
	{"an element that is not there", "Patient", "name.exists()", create(nameless), criteria.False},
	{"this is the resource before a delete", "Patient", "name.exists()", remove(patient), criteria.True},
	{"this is the resource after an update", "Patient", "name.exists()", update(patient, nameless), criteria.False},
	{"a path may begin with the type", "Patient", "Patient.name.exists()", create(patient), criteria.True},
	{"a path may begin with $this", "Patient", "$this.name.exists()", create(patient), criteria.True},
	{"resource, rootResource and context are this", "Patient", "%resource.id = 'p' and %rootResource.id = 'p' and %context.id = 'p'", remove(patient), criteria.True},

	{"current and previous differ", "Patient", "%current.name.exists() and %previous.name.exists().not()", update(nameless, patient), criteria.True},
	{"previous is empty on create", "Patient", "%previous.empty()", create(patient), criteria.True},
	{"previous is there on update", "Patient", "%previous.empty()", update(nameless, patient), criteria.False},
	{"current is empty on delete", "Patient", "%current.empty()", remove(patient), criteria.True},
	{"previous is there on delete", "Patient", "%previous.name.exists()", remove(patient), criteria.True},
	{"no resource at all is empty", "Patient", "%current.empty() and %previous.empty() and $this.empty()", criteria.Change{}, criteria.True},

	{"a status that changed", "QuestionnaireResponse", "%current.status = 'completed' and %previous.status != 'completed'", update(draftQR, doneQR), criteria.True},
	{"a status that stayed", "QuestionnaireResponse", "%current.status = 'completed' and %previous.status != 'completed'", update(doneQR, doneQR), criteria.False},
	{"comparing with nothing is empty", "QuestionnaireResponse", "%current.status = 'completed' and %previous.status != 'completed'", create(doneQR), criteria.Empty},
	{"false and empty is false", "QuestionnaireResponse", "%current.status = 'completed' and %previous.status != 'completed'", create(draftQR), criteria.False},
	{"the create case of a transition", "QuestionnaireResponse", "%current.status = 'completed' and (%previous.empty() or %previous.status != 'completed')", create(doneQR), criteria.True},
	{"a transition by implies", "QuestionnaireResponse", "%previous.exists() implies %previous.status != %current.status", create(doneQR), criteria.True},
	{"equivalence has no empty", "Encounter", "%previous.status ~ 'planned'", create(finished), criteria.False},
	{"a status among several", "Encounter", "%current.status in ('finished' | 'cancelled')", update(planned, finished), criteria.True},

	{"an identifier of a system", "Patient", "identifier.where(system='urn:mrn').exists()", create(patient), criteria.True},
	{"no identifier of a system", "Patient", "identifier.where(system='urn:other').exists()", create(patient), criteria.False},
	{"all identifiers have a value", "Patient", "identifier.all(value.exists())", create(patient), criteria.True},
	{"one item of a list", "Patient", "name[1].use = 'usual'", create(patient), criteria.True},
	{"a backbone element", "Patient", "contact.name.family = 'du Marché'", create(patient), criteria.True},
	{"count", "Patient", "name.given.count() > 2", create(patient), criteria.True},
	{"text", "Patient", "name.where(use='official').family.startsWith('Chal') and name.given.join(' ').contains('Jane')", create(patient), criteria.True},
	{"a regular expression", "Patient", "name.family.matches('^[A-Z][a-z]+$')", create(patient), criteria.True},
	{"an extension", "Patient", "extension('http://example.org/vip').value = true", create(patient), criteria.True},
	{"a coded value", "Observation", "code.coding.exists(system = 'http://loinc.org' and code = '85354-9')", create(pressure), criteria.True},
	{"nested items", "QuestionnaireResponse", "repeat(item).where(linkId = '1.1').answer.value > 10", create(doneQR), criteria.True},
	{"a variable of the criterion's own", "Patient", "defineVariable('n', name.given).select(%n.count() = 3)", create(patient), criteria.True},
	{"trace gives its input", "Patient", "name.trace('names').exists()", create(patient), criteria.True},

	{"the one choice type that is there", "Patient", "deceased.exists() and deceased is dateTime", create(patient), criteria.True},
	{"ofType of a choice", "Observation", "value.ofType(Quantity).value > 140", create(pressure), criteria.True},
	{"a resource is of its base types", "Patient", "is(DomainResource) and is(Resource) and is(Patient) and is(Observation).not()", create(patient), criteria.True},
	{"a code is no uri", "Patient", "gender.ofType(code).exists() and gender.ofType(uri).empty()", create(patient), criteria.True},

	{"a date before a date", "Patient", "birthDate < @1980-01-01", create(patient), criteria.True},
	{"a date against today", "Patient", "birthDate <= today() - 18 years", create(patient), criteria.True},
	{"dates of different precision may be unknown", "Patient", "birthDate > @1974-12", create(patient), criteria.Empty},
	{"a date by its parts", "Patient", "birthDate.toString().substring(0, 4) = '1974'", create(patient), criteria.True},
	{"dateTimes across time zones", "Encounter", "period.start = @2025-01-01T06:00:00Z", create(finished), criteria.True},
	{"an instant", "Patient", "meta.lastUpdated > @2025-05-05T09:54:29Z", create(patient), criteria.True},

	{"resolve finds contained resources", "Patient", "managingOrganization.resolve().name = 'Good Health'", create(patient), criteria.True},
	{"resolve finds nothing elsewhere", "Patient", "generalPractitioner.resolve().exists()", create(patient), criteria.False},
	{"memberOf is unknown", "Patient", "gender.memberOf('http://hl7.org/fhir/ValueSet/administrative-gender')", create(patient), criteria.Empty},

	{"one item that is no boolean counts as true", "Patient", "birthDate", create(patient), criteria.True},
	{"nothing is empty", "Patient", "birthDate", create(nameless), criteria.Empty},
	{"a boolean element", "Patient", "active", create(patient), criteria.True},
	{"not of nothing is empty", "Patient", "active.not()", create(nameless), criteria.Empty},
	{"division by zero is empty", "Patient", "1 / 0 = 1", create(patient), criteria.Empty},
}

func TestDecide(t *testing.T) {
	for _, c := range decisions {
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

// The bounds that this package puts around the library must not change what it
// answers.
func TestDecideAgreesWithTheLibrary(t *testing.T) {
	for _, c := range append(decisions, unitDecisions...) {
		if strings.Contains(c.source, "trace") {
			continue // the library would write to stderr
		}
		got, err := compile(t, c.resourceType, c.source).Decide(t.Context(), c.change)
		if err != nil {
			t.Fatalf("%s: %v", c.source, err)
		}
		bare, err := evaluateBare(load(t), c.source, c.change)
		if err != nil {
			t.Fatalf("%s: %v", c.source, err)
		}
		want := criteria.Empty
		if value, ok := bare.SingletonBoolean(); ok && value {
			want = criteria.True
		} else if ok {
			want = criteria.False
		}
		if got != want {
			t.Errorf("%s: %s is %v, the library says %v", c.name, c.source, got, bare)
		}
	}
}

func evaluateBare(d *r4.Definitions, source string, change criteria.Change) (types.Collection, error) {
	expression, err := fhirpath.Compile(source)
	if err != nil {
		return nil, err
	}
	collection := func(data []byte) types.Collection {
		if data == nil {
			return types.Collection{}
		}
		return types.Collection{types.NewObjectValue(data)}
	}
	this := change.Current
	if this == nil {
		this = change.Previous
	}
	return expression.EvaluateWithOptions(this,
		fhirpath.WithModel(d),
		fhirpath.WithVariable("current", collection(change.Current)),
		fhirpath.WithVariable("previous", collection(change.Previous)))
}

func TestDecideReportsFailures(t *testing.T) {
	cases := []struct {
		name   string
		source string
		line   int
		column int
	}{
		{"several items where one is due", "name.given", 1, 1},
		{"a function for one item that meets several", "active and\n name.given.single() = 'x'", 2, 13},
		{"an operator for one item that meets several", "name.exists() and (name.given & 'x' = 'y')", 1, 20},
		{"a profile that is not known", "conformsTo('http://example.org/profile')", 1, 1},
		{"texts and numbers do not add up", "name.family.first() + 1 = 2", 1, 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := compile(t, "Patient", c.source).Decide(t.Context(), create(patient))
			var failed *criteria.EvaluationError
			if !errors.As(err, &failed) {
				t.Fatalf("%s: got %v, want an EvaluationError", c.source, err)
			}
			place := fmt.Sprintf("line %d, column %d", c.line, c.column)
			if failed.Line != c.line || failed.Column != c.column || !strings.Contains(err.Error(), place) {
				t.Errorf("%s: %v, want line %d, column %d", c.source, err, c.line, c.column)
			}
		})
	}
}

func TestDecideRefusesWhatIsNotAResource(t *testing.T) {
	cases := []struct{ name, data string }{
		{"nothing", ""},
		{"no JSON", "not json"},
		{"truncated", `{"resourceType":"Patient"`},
		{"followed by more", `{"resourceType":"Patient"}{}`},
		{"an array", `[{"resourceType":"Patient"}]`},
		{"null", " null"},
		{"a text", `"Patient"`},
	}
	c := compile(t, "Patient", "name.empty()")
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			for which, change := range map[string]criteria.Change{
				"%current":  {Current: []byte(tc.data), Previous: []byte(patient)},
				"%previous": {Current: []byte(patient), Previous: []byte(tc.data)},
			} {
				_, err := c.Decide(t.Context(), change)
				if !errors.Is(err, criteria.ErrMalformed) || !strings.Contains(err.Error(), which) {
					t.Errorf("Decide with %s: got %v, want ErrMalformed for %s", tc.data, err, which)
				}
				if _, err := c.Explain(t.Context(), change); !errors.Is(err, criteria.ErrMalformed) {
					t.Errorf("Explain with %s: got %v, want ErrMalformed", tc.data, err)
				}
			}
		})
	}
}

func TestDecideHonoursTheContext(t *testing.T) {
	c := compile(t, "Patient", "name.exists()")
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Decide(canceled, create(patient)); !errors.Is(err, context.Canceled) {
		t.Errorf("Decide: got %v, want context.Canceled", err)
	}
	if _, err := c.Explain(canceled, create(patient)); !errors.Is(err, context.Canceled) {
		t.Errorf("Explain: got %v, want context.Canceled", err)
	}
}

// The criterion compares each of 81 million pairs, which no machine does before
// the context ends.
func TestDecideStopsWhenTheContextEnds(t *testing.T) {
	var names []string
	for i := range 9000 {
		names = append(names, fmt.Sprintf(`{"family":"n%d"}`, i))
	}
	big := create(`{"resourceType":"Patient","name":[` + strings.Join(names, ",") + `]}`)
	c := compile(t, "Patient", "name.where(%resource.name.where(family = 'x').exists()).empty()")
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if v, err := c.Decide(ctx, big); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, %v, want context.DeadlineExceeded", v, err)
	}
}

func TestDecideIsSafeForConcurrentUse(t *testing.T) {
	c := compile(t, "Patient", "%current.name.where(use = 'official').family = 'Chalmers' and %previous.name.empty()")
	var wg sync.WaitGroup
	changes := []criteria.Change{update(nameless, patient), update(patient, patient), create(nameless), remove(patient)}
	want := []criteria.Verdict{criteria.True, criteria.False, criteria.Empty, criteria.False}
	for i := range 16 {
		wg.Go(func() {
			for range 50 {
				n := i % len(changes)
				if got, err := c.Decide(t.Context(), changes[n]); got != want[n] || err != nil {
					t.Errorf("change %d: got %v, %v, want %v", n, got, err, want[n])
				}
				if part, err := c.Explain(t.Context(), changes[n]); part.Verdict != want[n] || err != nil {
					t.Errorf("change %d: explained as %v, %v, want %v", n, part.Verdict, err, want[n])
				}
			}
		})
	}
	wg.Wait()
}

func TestTraceWritesNothing(t *testing.T) {
	file, err := os.CreateTemp(t.TempDir(), "stderr")
	if err != nil {
		t.Fatal(err)
	}
	stderr := os.Stderr
	os.Stderr = file
	_, err = compile(t, "Patient", "name.trace('secret', family).exists()").Decide(t.Context(), create(patient))
	os.Stderr = stderr
	if err != nil {
		t.Fatal(err)
	}
	if written, err := os.ReadFile(file.Name()); err != nil || len(written) > 0 {
		t.Errorf("trace() wrote %q, %v", written, err)
	}
}

func TestHintNamesWhatIsProvablyWrong(t *testing.T) {
	cases := []struct{ name, source, want string }{
		{"nothing wrong", "name.exists()", ""},
		{"an element that does not exist", "nmae.exists()", "Patient has no element nmae"},
		{"below an element", "name.famly = 'x'", "HumanName has no element famly"},
		{"another resource", "Encounter.status = 'planned'", "Encounter"},
		{"a variable is not looked into", "%current.nmae.exists()", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := compile(t, "Patient", c.source).Hint()
			if !strings.Contains(got, c.want) || c.want == "" && got != "" {
				t.Errorf("the hint for %s is %q, want %q", c.source, got, c.want)
			}
		})
	}
}

func TestVerdictSentence(t *testing.T) {
	for v, want := range map[criteria.Verdict]string{
		criteria.True:  "fires",
		criteria.False: "does not fire: false",
		criteria.Empty: "does not fire: empty",
	} {
		if got := v.Sentence(); got != want || v.Fires() != (want == "fires") {
			t.Errorf("the sentence for %v is %q, want %q", v, got, want)
		}
	}
}
