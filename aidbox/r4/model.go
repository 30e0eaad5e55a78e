package r4

import (
	"slices"
	"strings"
)

// The methods in this file are the questions that a FHIRPath engine asks of a model; github.com/gofhir/fhirpath declares them as its interface
// Model and the optional VersionedModel and TypeRegistry, which *Definitions satisfies.

// FHIRVersion is the version of FHIR that the definitions are of.
func (d *Definitions) FHIRVersion() string { return "4.0.1" }

// HasType says whether a name is that of a type: of a resource, a data type, or one of their abstract bases.
func (d *Definitions) HasType(name string) bool {
	t := d.types[name]
	return t != nil && t.kind != backboneType
}

// ParentType is the type that a type is derived from: DomainResource for Patient, Quantity for Age. It is empty for a type without one and for
// an unknown type.
func (d *Definitions) ParentType(name string) string {
	t := d.types[name]
	if t == nil || t.base == nil {
		return ""
	}
	return t.base.name
}

// IsSubtype says whether a type is another one or derived from it.
func (d *Definitions) IsSubtype(child, parent string) bool {
	if child == parent {
		return true
	}
	for t := d.types[child]; t != nil; t = t.base {
		if t.name == parent {
			return true
		}
	}
	return false
}

// TypeOf is the FHIR type of an element: HumanName for Patient.name, BackboneElement for Patient.contact, Quantity for Observation.valueQuantity. It
// is empty for a path that leads nowhere and for a choice without its type (Observation.value).
func (d *Definitions) TypeOf(path string) string {
	k, name, ok := d.elementAt(path)
	switch {
	case !ok || k.element.Choice && name == k.element.Name:
		return ""
	default:
		return k.element.Types[k.choice]
	}
}

// ChoiceTypes lists the types of a choice: of Observation.value, Quantity, CodeableConcept, string and so on. It is nil for anything else.
func (d *Definitions) ChoiceTypes(path string) []string {
	k, name, ok := d.elementAt(path)
	if !ok || !k.element.Choice || name != k.element.Name {
		return nil
	}
	return slices.Clone(k.element.Types)
}

// ReferenceTargets lists the resource types that a reference or canonical may lead to, nil when that is any or the path is of another type.
func (d *Definitions) ReferenceTargets(path string) []string {
	k, _, ok := d.elementAt(path)
	if !ok {
		return nil
	}
	return slices.Clone(k.element.Targets)
}

// ResolvePath replaces the steps of a path that borrow their elements from elsewhere: Questionnaire.item.item becomes Questionnaire.item. Any
// other path is returned as it is.
func (d *Definitions) ResolvePath(path string) string {
	root, rest, more := strings.Cut(path, ".")
	t := d.types[root]
	resolved := root
	for more {
		var name string
		name, rest, more = strings.Cut(rest, ".")
		k, ok := t.find(name)
		if !ok {
			return path
		}
		t = k.typ()
		resolved += "." + name
		if k.element.borrowed {
			resolved = t.name
		}
	}
	return resolved
}

// elementAt is the element that a path ends at, and its last step. That is the name of a choice with its type, which says which of its types, or
// without.
func (d *Definitions) elementAt(path string) (k key, name string, ok bool) {
	dot := strings.LastIndexByte(path, '.')
	if dot < 0 {
		return key{}, "", false
	}
	t := d.typeAt(path[:dot])
	name = path[dot+1:]
	if k, ok = t.find(name); ok {
		return k, name, true
	}
	for ; t != nil; t = t.base {
		for _, e := range t.elements {
			if e.Choice && e.Name == name {
				return key{element: e}, name, true
			}
		}
	}
	return key{}, "", false
}
