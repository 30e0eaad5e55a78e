// Package r4 knows the shape of FHIR R4 (4.0.1): which types there are, which elements each has, how often, and of which types.
// It checks resources against that shape, writes a template of a new resource, and is the model that FHIRPath expressions ask.
//
// All of it stands in one compressed table of 38 KB, r4.tsv.gz, made by the command in gen from HL7's StructureDefinitions, ValueSets and
// CodeSystems. To read it, unpack it with gzip; each line has fields separated by tabs:
//
//	T  name or path  base type  abstract|resource|complex|backbone|primitive  regular expression of a primitive's value
//	E  name, with [x] for a choice  min..max  s if in the summary  types by |, or #path of the element it borrows from  targets of references by |  value set
//	V  value set  its codes
//
// E lines belong to the T line before them. Elements that a base type has are not repeated.
//
// # Validation
//
// [Definitions.Validate] refuses unknown types, unknown elements at any depth, arrays where one value is due and the reverse, values of the
// wrong kind or outside the regular expression of their primitive type, missing required elements, two values of one choice, nulls and empty
// values, and what is not JSON in UTF-8. Resources inside resources (contained ones, those of a Bundle or of Parameters) are checked as their own
// resourceType says. It does not check value sets, invariants, calendars (February 30th), profiles, or where references lead. Codes and wording of
// an [Issue] are those of Aidbox's OperationOutcomes where they are known.
//
// Measured with TestExamplesOfHL7 on the 5,306 resources of HL7's package hl7.fhir.r4.examples 4.0.1: the 5,292 that R4 allows are accepted, the 14
// that it does not allow (named in the test) are refused, and of 170,995 copies broken in one place, one for each rule and example, every one is
// refused with the right code and path.
package r4

//go:generate go run ./gen -o r4.tsv.gz
