package data

import (
	"errors"
	"testing"

	"aidbox-nats/aidbox"
)

func TestCriteriaAreKeptForTheTopicsThatHaveThem(t *testing.T) {
	wrong := errors.New("wrong")
	trigger := func(source string) aidbox.Trigger { return aidbox.Trigger{Resource: "Patient", Criteria: source} }
	good, bad := aidbox.Topic{Triggers: []aidbox.Trigger{trigger("active")}}, aidbox.Topic{Triggers: []aidbox.Trigger{trigger("active"), trigger("(")}}
	c := Criteria{}
	c.Take(CriteriaRead{Criteria{{"Patient", "active"}: nil, {"Patient", "("}: wrong}})
	if c.Fault(good) != nil || c.Fault(bad) != wrong {
		t.Errorf("%v %v", c.Fault(good), c.Fault(bad))
	}
	if _, read := c.Of(trigger("gender")); read {
		t.Error("what was not read is known")
	}
	if kept := c.Keep([]aidbox.Topic{good}); len(kept) != 1 || kept.Fault(bad) != nil {
		t.Errorf("%v", kept)
	}
}
