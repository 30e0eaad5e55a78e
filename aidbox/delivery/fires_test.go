package delivery_test

import (
	"context"
	"strings"
	"testing"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/criteria"
	"aidbox-nats/aidbox/delivery"
	"aidbox-nats/aidbox/r4"
)

func definitions(t *testing.T) *r4.Definitions {
	t.Helper()
	d, err := r4.Load()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func active(triggers ...aidbox.Trigger) aidbox.Topic {
	return aidbox.Topic{URL: "a", Status: "active", Triggers: triggers}
}

func patient(criterion string, interactions ...string) aidbox.Trigger {
	return aidbox.Trigger{Resource: "Patient", Criteria: criterion, Interactions: interactions}
}

func TestWhichTopicsAChangeFires(t *testing.T) {
	named := []byte(`{"resourceType":"Patient","active":false,"name":[{"family":"smith"}]}`)
	bare := []byte(`{"resourceType":"Patient"}`)
	twoNames := []byte(`{"resourceType":"Patient","name":[{"family":"a"},{"family":"b"}]}`)
	defs := definitions(t)
	const undecided = "?"
	for rule, c := range map[string]struct {
		topic             aidbox.Topic
		current, previous []byte
		interaction       string
		fires             string // yes, no or ?
		why               string
	}{
		"without a criterion every change fires": {active(patient("")), bare, nil, "create", "yes", "every create of Patient fires it"},
		"a true criterion fires":                 {active(patient("name.exists()")), named, nil, "create", "yes", "name.exists() is true"},
		"a false one does not":                   {active(patient("name.exists()")), bare, nil, "create", "no", "name.exists() is false"},
		"an empty one does not":                  {active(patient("gender = 'male'")), bare, nil, "create", "no", "gender = 'male' is empty"},
		"the condition that decided is named":    {active(patient("name.exists() and\n active = true")), named, nil, "create", "no", "active = true is false"},
		"too many conditions are not":            {active(patient("a.exists() or b.exists() or c.exists()")), bare, nil, "create", "no", "a.exists() or b.exists() or c.exists() is false"},
		"one that fails does not fire":           {active(patient("name.single().exists()")), twoNames, nil, "create", "no", "name.single().exists() fails"},
		"another type":                           {active(aidbox.Trigger{Resource: "Encounter"}, aidbox.Trigger{Resource: "Observation"}), bare, nil, "create", "no", "it watches Encounter and Observation, not Patient"},
		"another interaction":                    {active(patient("", "create", "update")), nil, bare, "delete", "no", "it watches create and update of Patient, not delete"},
		"no trigger":                             {active(), bare, nil, "create", "no", "it has no trigger"},
		"a draft":                                {aidbox.Topic{Status: "draft", Triggers: []aidbox.Trigger{patient("")}}, bare, nil, "create", "no", "its status is draft; only an active topic fires"},
		"no status":                              {aidbox.Topic{Triggers: []aidbox.Trigger{patient("")}}, bare, nil, "create", "no", "it has no status"},
		"one trigger of several is enough":       {active(patient("active"), patient("", "delete"), patient("name.exists()")), named, nil, "create", "yes", "name.exists() is true"},
		"all reasons of several":                 {active(patient("active"), patient("", "delete")), named, nil, "create", "no", "active is false; it watches delete of Patient, not create"},
		"the state before is seen":               {active(patient("%previous.name.empty()")), named, bare, "update", "yes", "%previous.name.empty() is true"},
		"on delete the resource is the old one":  {active(patient("name.exists()")), nil, named, "delete", "yes", "name.exists() is true"},
		"what is not FHIRPath":                   {active(patient("name.(")), bare, nil, "create", undecided, `"name.(" cannot be read here: the criterion is wrong at line 1`},
		"what only the server can look up":       {active(patient("managingOrganization.resolve().exists()")), bare, nil, "create", undecided, "resolve() looks at what only it has"},
	} {
		t.Run(rule, func(t *testing.T) {
			got := delivery.Fires(context.Background(), defs, []aidbox.Topic{c.topic}, criteria.Change{Current: c.current, Previous: c.previous}, "Patient", c.interaction)
			if len(got) != 1 || got[0].Topic.URL != c.topic.URL {
				t.Fatalf("%+v", got)
			}
			f := got[0]
			if (f.Fault != nil) != strings.Contains(c.why, "cannot be read") {
				t.Errorf("the fault is %v", f.Fault)
			}
			if f.Fires != (c.fires == "yes") || f.Undecided != (c.fires == undecided) || !strings.Contains(f.Why, c.why) {
				t.Errorf("%+v, want %s because %s", f, c.fires, c.why)
			}
		})
	}
}

func TestWhatCannotBeDecidedHereIsSaid(t *testing.T) {
	change := criteria.Change{Current: []byte(`{"resourceType":"Patient"}`)}
	topics := []aidbox.Topic{active(patient("name.exists()")), active(patient(""))}
	got := delivery.Fires(context.Background(), nil, topics, change, "Patient", "create")
	if !got[0].Undecided || got[0].Fires || !got[1].Fires {
		t.Errorf("without the shape of R4: %+v", got)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	got = delivery.Fires(ended, definitions(t), topics, change, "Patient", "create")
	if !got[0].Undecided || !strings.Contains(got[0].Why, "canceled") || !got[1].Fires {
		t.Errorf("when time is over: %+v", got)
	}
	own := aidbox.Topic{Status: "active", Triggers: []aidbox.Trigger{{Resource: "Foo", Criteria: "a.exists()"}}}
	got = delivery.Fires(context.Background(), definitions(t), []aidbox.Topic{own}, change, "Foo", "create")
	if !got[0].Undecided || !strings.Contains(got[0].Why, "Foo is not a type of R4") {
		t.Errorf("a type of the server's own: %+v", got)
	}
}
