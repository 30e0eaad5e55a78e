package data

import (
	"maps"

	"aidbox-nats/aidbox"
)

// Criterion is a FHIRPath for resources of a type.
type Criterion struct{ ResourceType, Source string }

// Criteria are criteria that were compiled, and why each cannot be read; nil:
// it can be.
type Criteria map[Criterion]error

// CriteriaRead tells of criteria that have just been compiled.
type CriteriaRead struct{ Criteria }

// Take adds what was read.
func (c Criteria) Take(read CriteriaRead) { maps.Copy(c, read.Criteria) }

// Keep returns those that one of the topics has.
func (c Criteria) Keep(topics []aidbox.Topic) Criteria {
	kept := Criteria{}
	for _, t := range topics {
		for _, g := range t.Triggers {
			of := Criterion{g.Resource, g.Criteria}
			if err, read := c[of]; read {
				kept[of] = err
			}
		}
	}
	return kept
}

// Of is what was found of a trigger's criterion; read is false when that is
// not known.
func (c Criteria) Of(g aidbox.Trigger) (wrong error, read bool) {
	wrong, read = c[Criterion{g.Resource, g.Criteria}]
	return wrong, read
}

// Fault is why the first criterion of a topic that cannot be read cannot be.
func (c Criteria) Fault(t aidbox.Topic) error {
	for _, g := range t.Triggers {
		if wrong, _ := c.Of(g); wrong != nil {
			return wrong
		}
	}
	return nil
}
