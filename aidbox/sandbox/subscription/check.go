package subscription

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"aidbox-nats/aidbox/r4"
	"aidbox-nats/aidbox/sandbox/document"
)

// Rules are what a topic or destination is checked against.
type Rules struct {
	Definitions    *r4.Definitions
	Version        int  // of the Aidbox that is emulated, e.g. 2609
	StrictProfiles bool // a profile of another version's family is an error
}

// UnsupportedError says that a resource is right, and asks for something that
// the sandbox does not do.
type UnsupportedError struct {
	What string
}

func (e *UnsupportedError) Error() string {
	return e.What
}

// Aidbox's codes that R4's own check does not need.
const (
	codeUnknownProfile = "unknown-profile"
	codeBinding        = "terminology-binding-error"
	codeConstraint     = "constraint-violation"
)

// common are the elements of every resource; metadata those of a topic that R5
// gives a canonical resource and R4 knows too.
var (
	common   = []string{"id", "meta", "implicitRules", "language", "text", "contained", "extension", "modifierExtension"}
	metadata = []string{
		"identifier", "version", "name", "title", "experimental", "date", "publisher", "contact", "description", "useContext",
		"jurisdiction", "purpose", "copyright", "approvalDate", "lastReviewDate", "effectivePeriod",
	}
)

// checker collects what is wrong with one resource, at most r4.MaxIssues
// issues, as the check of all other types does.
type checker struct {
	definitions *r4.Definitions
	issues      []r4.Issue
}

func (c *checker) full() bool {
	return len(c.issues) >= r4.MaxIssues
}

func (c *checker) report(issue r4.Issue) {
	if !c.full() {
		c.issues = append(c.issues, issue)
	}
}

func (c *checker) add(code, at, text string) {
	c.report(r4.Issue{Code: code, Expression: at, Diagnostics: at + ": " + text})
}

// asR4 checks members with the definition of the same elements in a type of R4
// that requires nothing else than what stub holds.
func (c *checker) asR4(resourceType, r4Type string, stub map[string]string, members *document.Object) {
	probe := new(document.Object)
	probe.SetText("resourceType", r4Type)
	for name, value := range stub {
		probe.SetText(name, value)
	}
	for _, name := range members.Names() {
		value, _ := members.Get(name)
		probe.Set(name, value)
	}
	for _, issue := range c.definitions.Validate(probe.Bytes()) {
		issue.Expression = renamed(issue.Expression, r4Type, resourceType)
		issue.Diagnostics = renamed(issue.Diagnostics, r4Type, resourceType)
		c.report(issue)
	}
}

func renamed(path, from, to string) string {
	if rest, ok := strings.CutPrefix(path, from+"."); ok {
		return to + "." + rest
	}
	return path
}

// take moves the members with these names, or with one of them and an
// underscore, into an object of their own.
func take(from *document.Object, names []string) *document.Object {
	taken := new(document.Object)
	for _, name := range from.Names() {
		if slices.Contains(names, strings.TrimPrefix(name, "_")) {
			value, _ := from.Get(name)
			taken.Set(name, value)
			from.Delete(name)
		}
	}
	return taken
}

// text checks a member that is a string and removes it.
func (c *checker) text(o *document.Object, path, name string, required bool) string {
	raw, ok := o.Get(name)
	o.Delete(name)
	at := path + "." + name
	if !ok {
		if required {
			c.add(r4.CodeRequiredKey, at, "element is required")
		}
		return ""
	}
	var s string
	switch {
	case raw[0] == '[':
		c.add(r4.CodeUnexpectedArray, at, "expected one value, got array")
	case string(raw) == "null":
		c.add(r4.CodeEmptyValue, at, "the property's value cannot be empty")
	case json.Unmarshal(raw, &s) != nil:
		c.add(r4.CodeInvalidType, at, "value has the wrong type: expected string")
	case strings.TrimSpace(s) == "":
		c.add(r4.CodeEmptyValue, at, "the property's value cannot be empty")
	}
	return s
}

// code is text with a closed list of values.
func (c *checker) code(o *document.Object, path, name string, required bool, allowed ...string) string {
	s := c.text(o, path, name, required)
	if strings.TrimSpace(s) != "" && !slices.Contains(allowed, s) {
		c.add(codeBinding, path+"."+name, fmt.Sprintf("%q is none of %s", s, strings.Join(allowed, ", ")))
	}
	return s
}

func (c *checker) boolean(o *document.Object, path, name string) {
	raw, ok := o.Get(name)
	o.Delete(name)
	if ok && string(raw) != "true" && string(raw) != "false" {
		c.add(r4.CodeInvalidType, path+"."+name, "value has the wrong type: expected boolean")
	}
}

// items checks a member that is an array with something in it and removes it.
func (c *checker) items(o *document.Object, path, name string) []json.RawMessage {
	raw, ok := o.Get(name)
	o.Delete(name)
	if !ok {
		return nil
	}
	at := path + "." + name
	var items []json.RawMessage
	switch {
	case raw[0] != '[':
		c.add(r4.CodeExpectedArray, at, "expected array")
	case json.Unmarshal(raw, &items) != nil || len(items) == 0:
		c.add(r4.CodeEmptyValue, at, "the property's value cannot be empty")
	}
	return items
}

// objects is items whose values are objects; at is the path of each.
func (c *checker) objects(o *document.Object, path, name string, each func(item *document.Object, at string)) {
	for i, raw := range c.items(o, path, name) {
		if c.full() {
			return
		}
		at := fmt.Sprintf("%s.%s[%d]", path, name, i)
		if raw[0] != '{' {
			c.add(r4.CodeInvalidType, at, "value has the wrong type: expected object")
			continue
		}
		item, err := document.Parse(raw)
		if err != nil {
			c.add(r4.CodeStructure, at, err.Error())
			continue
		}
		each(item, at)
	}
}

// extras checks the id and extensions of a part of a resource.
func (c *checker) extras(o *document.Object, at string) {
	part := take(o, []string{"id", "extension", "modifierExtension"})
	if part.Len() == 0 {
		return
	}
	// Patient.contact is a backbone element that requires nothing.
	probe := new(document.Object)
	probe.SetText("resourceType", "Patient")
	probe.Set("contact", append(append([]byte{'['}, part.Bytes()...), ']'))
	for _, issue := range c.definitions.Validate(probe.Bytes()) {
		issue.Expression = strings.Replace(issue.Expression, "Patient.contact[0]", at, 1)
		issue.Diagnostics = strings.Replace(issue.Diagnostics, "Patient.contact[0]", at, 1)
		c.report(issue)
	}
}

// rest refuses every member that has not been removed.
func (c *checker) rest(o *document.Object, path string) {
	for _, name := range o.Names() {
		c.add(r4.CodeUnknownKey, fmt.Sprintf("%s.%.64s", path, name), "element is not allowed by the profile")
	}
}

// base checks what every resource has.
func (c *checker) base(resourceType string, o *document.Object) {
	o.Delete("resourceType")
	c.asR4(resourceType, "Patient", nil, take(o, common))
}
