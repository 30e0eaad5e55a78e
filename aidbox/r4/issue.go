package r4

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Codes of an [Issue]. All but CodeStructure are those that Aidbox gives in details.coding, system
// http://aidbox.app/CodeSystem/operation-outcome-type; CodeStructure is FHIR's own for what cannot be read as a resource at all.
const (
	CodeUnknownResourceType = "unknown-resource-type"
	CodeUnknownKey          = "unknown-key"
	CodeExpectedArray       = "expected-array"
	CodeUnexpectedArray     = "unexpected-array"
	CodeInvalidType         = "invalid-type"
	CodeRequiredKey         = "required-key"
	CodeEmptyValue          = "empty-value"
	CodeTwoOfChoice         = "too-many-union-subtypes"
	CodeUnderscoreComplex   = "underscore-property-on-complex-type"
	CodeUnderscoreArray     = "extension-for-repeated-primitive-types-must-be-an-array"
	CodeUnderscoreObject    = "extension-for-scalar-primitive-types-must-be-an-object"
	CodeUnderscoreElement   = "underscore-keys-should-be-element-type"
	CodeStructure           = "structure"
)

// MaxIssues bounds what one call of [Definitions.Validate] reports.
const MaxIssues = 100

// maxName is how many bytes of a name from outside an issue quotes.
const maxName = 64

// Issue is one reason why a resource is refused.
type Issue struct {
	Code string
	// Expression is the full path with the names as they stand in the JSON, such as Patient.name[0].ups or Observation.valueString; empty when the
	// data is no resource at all. Names in it come from outside: each is cut at 64 bytes, none is cleaned of control characters.
	Expression  string
	Diagnostics string // Expression, a colon and a sentence
}

// path leads from a resource to one of its values. It is written out only when there is an issue.
type path struct {
	parent *path
	name   string
	index  int // of an item of an array; -1: the value itself
}

func (p *path) child(name string) *path { return &path{parent: p, name: name, index: -1} }

func (p *path) item(i int) *path { return &path{parent: p.parent, name: p.name, index: i} }

func (p *path) String() string {
	if p == nil {
		return ""
	}
	var parts []string
	for ; p != nil; p = p.parent {
		part := clip(p.name)
		if p.index >= 0 {
			part = fmt.Sprintf("%s[%d]", part, p.index)
		}
		parts = append(parts, part)
	}
	var b strings.Builder
	for i := len(parts) - 1; i >= 0; i-- {
		b.WriteString(parts[i])
		if i > 0 {
			b.WriteByte('.')
		}
	}
	return b.String()
}

// clip bounds a name from outside.
func clip(name string) string {
	if len(name) <= maxName {
		return name
	}
	cut := maxName
	for !utf8.RuneStart(name[cut]) {
		cut--
	}
	return name[:cut] + "…"
}
