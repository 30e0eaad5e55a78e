package r4

import (
	"slices"
	"strings"
)

// Definitions is the shape of FHIR R4. Nothing in it changes after [Load], so it may be used from any number of goroutines.
type Definitions struct {
	types     map[string]*typ // by type name, and by path for the types inside types: "Patient.contact"
	resources []string
}

// Element is one element of a type.
type Element struct {
	Name string // without the [x] of a choice
	// Types are FHIR type names; several only for a choice. The JSON name of a choice is Name followed by the type with a capital letter.
	Types   []string
	Min     int
	Array   bool
	Choice  bool
	Summary bool     // HL7 counts it among the elements that describe the resource in brief
	Targets []string // resource types that a reference or canonical may lead to; nil: any
	Codes   []string // the codes that may stand here, in HL7's order; nil: not a closed list, or one that HL7 keeps elsewhere
}

type kind uint8

const (
	abstractType kind = iota
	resourceType
	complexType
	backboneType
	primitiveType
)

// typ is a type with the elements that its base has not. The type of the elements inside an element ("Patient.contact") is one, too.
type typ struct {
	name     string
	kind     kind
	base     *typ
	elements []*element
	required []*element     // those of elements that must be there
	keys     map[string]key // the elements by each of their JSON names

	form  valueKind         // of a primitive type's value
	valid func(string) bool // the text of a primitive type's value
}

type element struct {
	Element
	types    []*typ // what a value of each of Types is checked against
	borrowed bool   // types belong to another element
}

// key is what a JSON name stands for: an element and, for a choice, one of its types.
type key struct {
	element *element
	choice  int
}

func (k key) typ() *typ { return k.element.types[k.choice] }

// find looks a JSON name up in a type and its bases.
func (t *typ) find(name string) (key, bool) {
	for ; t != nil; t = t.base {
		if k, ok := t.keys[name]; ok {
			return k, true
		}
	}
	return key{}, false
}

// all lists the elements of a type, those of its bases first.
func (t *typ) all() []*element {
	if t == nil {
		return nil
	}
	return append(t.base.all(), t.elements...)
}

// Types lists the resource types, sorted.
func (d *Definitions) Types() []string { return slices.Clone(d.resources) }

// IsResource says whether a name is that of a resource type of R4. Resource and DomainResource are, though no resource has them as its type.
func (d *Definitions) IsResource(name string) bool {
	t := d.types[name]
	return t != nil && (t.kind == resourceType || name == "Resource" || name == "DomainResource")
}

// Elements lists the elements of a type ("HumanName"), or of the value of an element ("Patient.contact", "Patient.contact.name"), those of the
// base types first. A path may name a choice by its JSON name ("Observation.valueQuantity"). It is false when the path leads nowhere or to a choice.
func (d *Definitions) Elements(path string) ([]Element, bool) {
	t := d.typeAt(path)
	if t == nil {
		return nil, false
	}
	all := t.all()
	elements := make([]Element, len(all))
	for i, e := range all {
		elements[i] = e.Element
		elements[i].Types = slices.Clone(e.Types)
		elements[i].Targets = slices.Clone(e.Targets)
		elements[i].Codes = slices.Clone(e.Codes)
	}
	return elements, true
}

// typeAt is the type that stands at a path, nil when there is none or several.
func (d *Definitions) typeAt(path string) *typ {
	root, rest, more := strings.Cut(path, ".")
	t := d.types[root]
	for t != nil && more {
		var name string
		name, rest, more = strings.Cut(rest, ".")
		k, ok := t.find(name)
		if !ok {
			return nil
		}
		t = k.typ()
	}
	return t
}
