package r4

import "strings"

// Validate checks the JSON of a resource against the shape of its type, see the package's documentation for what that covers. No issue means
// valid. At most [MaxIssues] are reported, in the order of the data. It never panics, whatever the data; nesting deeper than 256 levels is an issue.
func (d *Definitions) Validate(resource []byte) []Issue {
	v := &validation{d: d}
	root, err := decode(resource)
	switch {
	case err != nil:
		v.issues = append(v.issues, Issue{Code: CodeStructure, Diagnostics: "not a resource: " + err.Error()})
	case root.kind != objectValue:
		v.issues = append(v.issues, Issue{Code: CodeInvalidType, Diagnostics: "not a resource: expected a JSON object, got " + root.kind.String()})
	default:
		v.resource(&root, nil)
	}
	return v.issues
}

type validation struct {
	d      *Definitions
	issues []Issue
}

func (v *validation) full() bool { return len(v.issues) >= MaxIssues }

func (v *validation) add(code string, p *path, text string) {
	if !v.full() {
		expression := p.String()
		v.issues = append(v.issues, Issue{Code: code, Expression: expression, Diagnostics: expression + ": " + text})
	}
}

func (v *validation) wrongType(p *path, detail string) {
	v.add(CodeInvalidType, p, "value has the wrong type: "+detail)
}

func (v *validation) empty(p *path) { v.add(CodeEmptyValue, p, "the property's value cannot be empty") }

// resource checks an object that names its own type; p is nil for the outermost one.
func (v *validation) resource(o *value, p *path) {
	var name *value
	for i := range o.members {
		if o.members[i].name == "resourceType" {
			name = &o.members[i].value
			break
		}
	}
	at := p.child("resourceType")
	switch {
	case name == nil:
		v.add(CodeRequiredKey, at, "element is required")
		return
	case name.kind != stringValue:
		v.wrongType(at, "expected string, got "+name.kind.String())
		return
	}
	t := v.d.types[name.text]
	if t == nil || t.kind != resourceType {
		v.add(CodeUnknownResourceType, at, "no resource type of FHIR R4 is called "+clip(name.text))
		return
	}
	if p == nil {
		p = p.child(t.name)
	}
	v.object(t, o, p)
}

// object checks an object against the elements of its type.
func (v *validation) object(t *typ, o *value, p *path) {
	if len(o.members) == 0 {
		v.empty(p)
		return
	}
	places := make(map[string]int, len(o.members))
	chosen := make(map[*element]string, len(o.members))
	for i := range o.members {
		name := o.members[i].name
		if _, ok := places[name]; ok {
			v.add(CodeStructure, p.child(name), "written more than once in the same object")
			continue
		}
		places[name] = i
	}
	for i := range o.members {
		if v.full() {
			return
		}
		m := &o.members[i]
		if places[m.name] != i || t.kind == resourceType && m.name == "resourceType" {
			continue
		}
		v.member(t, o, m, places, chosen, p)
	}
	for ; t != nil; t = t.base {
		for _, e := range t.required {
			if _, ok := chosen[e]; !ok {
				v.add(CodeRequiredKey, p.child(e.Name), "element is required")
			}
		}
	}
}

// member checks one member of an object. An element with a primitive value has up to two: birthDate and, for its id and extensions, _birthDate.
func (v *validation) member(t *typ, o *value, m *member, places map[string]int, chosen map[*element]string, p *path) {
	name, underscore := strings.CutPrefix(m.name, "_")
	k, ok := t.find(name)
	if !ok {
		v.add(CodeUnknownKey, p.child(m.name), "element is not allowed by the profile")
		return
	}
	if before, ok := chosen[k.element]; ok && before != name {
		v.add(CodeTwoOfChoice, p.child(name), "only one of "+before+" and "+name+" may be there")
		return
	}
	chosen[k.element] = name
	if k.typ().kind != primitiveType {
		if underscore {
			v.add(CodeUnderscoreComplex, p.child(m.name), "only elements with a primitive value have this form")
			return
		}
		v.complex(k, &m.value, p.child(name))
		return
	}
	if !underscore {
		v.primitive(k, &m.value, p.child(name))
	}
	partner := "_" + name
	if underscore {
		partner = name
	}
	var other *value
	if i, ok := places[partner]; ok {
		other = &o.members[i].value
	}
	switch {
	case underscore:
		v.underscore(k, &m.value, p.child(m.name))
		if k.element.Array {
			v.pairs(other, &m.value, p.child(name))
		}
	case other == nil && k.element.Array:
		v.pairs(&m.value, nil, p.child(name))
	}
}

// primitive checks the value of an element that has a primitive type.
func (v *validation) primitive(k key, x *value, p *path) {
	if !k.element.Array {
		if x.kind == nullValue {
			v.empty(p)
			return
		}
		v.scalar(k.typ(), x, p)
		return
	}
	if !v.array(x, p) {
		return
	}
	for i := range x.items {
		if v.full() {
			return
		}
		if x.items[i].kind != nullValue {
			v.scalar(k.typ(), &x.items[i], p.item(i))
		}
	}
}

// array checks that a value is an array that is not empty.
func (v *validation) array(x *value, p *path) bool {
	switch {
	case x.kind == nullValue, x.kind == arrayValue && len(x.items) == 0:
		v.empty(p)
	case x.kind != arrayValue:
		v.add(CodeExpectedArray, p, "expected array, got "+x.kind.String())
	default:
		return true
	}
	return false
}

func (v *validation) scalar(t *typ, x *value, p *path) {
	switch {
	case x.kind == arrayValue:
		v.add(CodeUnexpectedArray, p, "expected one value, got array")
	case x.kind != t.form:
		v.wrongType(p, "expected "+t.name+" as a JSON "+t.form.String()+", got "+x.kind.String())
	case x.kind == stringValue && x.text == "":
		v.empty(p)
	case !t.valid(x.text):
		v.wrongType(p, "not in the form of FHIR's "+t.name)
	}
}

// underscore checks the id and extensions of primitive values.
func (v *validation) underscore(k key, x *value, p *path) {
	if !k.element.Array {
		switch x.kind {
		case objectValue:
			v.object(k.typ(), x, p)
		case nullValue:
			v.empty(p)
		default:
			v.add(CodeUnderscoreObject, p, "expected object, got "+x.kind.String())
		}
		return
	}
	switch {
	case x.kind == nullValue, x.kind == arrayValue && len(x.items) == 0:
		v.empty(p)
	case x.kind != arrayValue:
		v.add(CodeUnderscoreArray, p, "expected array, got "+x.kind.String())
	}
	for i := range x.items {
		if v.full() {
			return
		}
		switch item := &x.items[i]; item.kind {
		case objectValue:
			v.object(k.typ(), item, p.item(i))
		case nullValue:
		default:
			v.add(CodeUnderscoreElement, p.item(i), "expected object or null, got "+item.kind.String())
		}
	}
}

// pairs checks an array of primitive values against the array of their ids and extensions: each place has at least one of the two, and only then
// may the other be null. Either array may be missing, and one may be shorter.
func (v *validation) pairs(values, extensions *value, p *path) {
	var a, b []value
	if values != nil {
		a = values.items
	}
	if extensions != nil {
		b = extensions.items
	}
	for i := range max(len(a), len(b)) {
		if (i >= len(a) || a[i].kind == nullValue) && (i >= len(b) || b[i].kind == nullValue) {
			v.empty(p.item(i))
		}
	}
}

// complex checks the value of an element whose type has elements.
func (v *validation) complex(k key, x *value, p *path) {
	if !k.element.Array {
		v.single(k.typ(), x, p)
		return
	}
	if !v.array(x, p) {
		return
	}
	for i := range x.items {
		if v.full() {
			return
		}
		v.single(k.typ(), &x.items[i], p.item(i))
	}
}

func (v *validation) single(t *typ, x *value, p *path) {
	switch x.kind {
	case objectValue:
		if t.name == "Resource" {
			v.resource(x, p)
			return
		}
		v.object(t, x, p)
	case nullValue:
		v.empty(p)
	case arrayValue:
		v.add(CodeUnexpectedArray, p, "expected one value, got array")
	default:
		v.wrongType(p, "expected "+t.name+" as a JSON object, got "+x.kind.String())
	}
}
