package r4_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"

	"aidbox-nats/aidbox/r4"
)

// mutation breaks a resource in one place, in one way, and says which issue that must give.
type mutation struct {
	rule             string
	code, expression string
	apply            func() (undo func())
}

// mutator collects the mutations of a resource. It decides what a place may hold by Definitions.Elements, which Validate does not use.
type mutator struct {
	d    *r4.Definitions
	root map[string]any
	list []mutation
}

func newMutator(t testing.TB, d *r4.Definitions, data []byte) *mutator {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	m := &mutator{d: d}
	if err := dec.Decode(&m.root); err != nil {
		t.Fatal(err)
	}
	m.resource(m.root, "")
	return m
}

// broken is the resource with a mutation.
func (m *mutator) broken(t testing.TB, x mutation) []byte {
	t.Helper()
	undo := x.apply()
	defer undo()
	data, err := json.Marshal(m.root)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func (m *mutator) add(rule, code, expression string, apply func() func()) {
	m.list = append(m.list, mutation{rule, code, expression, apply})
}

func set(o map[string]any, name string, to any) func() func() {
	return func() func() {
		old, had := o[name]
		o[name] = to
		return func() {
			delete(o, name)
			if had {
				o[name] = old
			}
		}
	}
}

func remove(o map[string]any, name string) func() func() {
	return func() func() {
		old := o[name]
		delete(o, name)
		return func() { o[name] = old }
	}
}

func rename(o map[string]any, name, to string) func() func() {
	return func() func() {
		o[to] = o[name]
		delete(o, name)
		return func() { o[name] = o[to]; delete(o, to) }
	}
}

func replace(list []any, i int, to any) func() func() {
	return func() func() {
		old := list[i]
		list[i] = to
		return func() { list[i] = old }
	}
}

func dotted(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func (m *mutator) resource(o map[string]any, path string) {
	name := o["resourceType"].(string)
	at := dotted(path, "resourceType")
	m.add("unknown type", r4.CodeUnknownResourceType, at, set(o, "resourceType", name+"X"))
	m.add("abstract type", r4.CodeUnknownResourceType, at, set(o, "resourceType", "DomainResource"))
	m.add("type missing", r4.CodeRequiredKey, at, remove(o, "resourceType"))
	m.add("type is no string", r4.CodeInvalidType, at, set(o, "resourceType", true))
	if path == "" {
		path = name
	}
	m.object(o, name, path, true)
}

// object goes through the members of an object whose elements Elements(schema) lists; path is where it stands.
func (m *mutator) object(o map[string]any, schema, path string, resource bool) {
	if !resource {
		m.add("resource's key inside", r4.CodeUnknownKey, path+".resourceTypes", set(o, "resourceTypes", "Patient"))
	}
	for _, name := range slices.Sorted(maps.Keys(o)) {
		if resource && name == "resourceType" {
			continue
		}
		m.member(o, name, schema, path)
	}
}

// element finds what a JSON name stands for: the element and the type of its value.
func (m *mutator) element(schema, name string) (r4.Element, string) {
	elements, ok := m.d.Elements(schema)
	if !ok {
		panic("no elements at " + schema)
	}
	for _, e := range elements {
		if !e.Choice && e.Name == name {
			return e, e.Types[0]
		}
		for _, t := range e.Types {
			if e.Choice && name == e.Name+string(unicode.ToUpper(rune(t[0])))+t[1:] {
				return e, t
			}
		}
	}
	panic("no element " + schema + "." + name)
}

func (m *mutator) member(o map[string]any, key, schema, path string) {
	name, underscore := strings.CutPrefix(key, "_")
	e, typ := m.element(schema, name)
	v := o[key]
	at := path + "." + key
	m.add("key renamed", r4.CodeUnknownKey, at+"Ups", rename(o, key, key+"Ups"))
	if !underscore {
		upper := strings.ToUpper(key[:1]) + key[1:]
		m.add("key in wrong case", r4.CodeUnknownKey, path+"."+upper, rename(o, key, upper))
	}
	m.add("null", r4.CodeEmptyValue, at, set(o, key, nil))
	if e.Min > 0 {
		if _, other := o["_"+name]; !other {
			code, where := r4.CodeRequiredKey, path+"."+e.Name
			if len(o) == 1 {
				code, where = r4.CodeEmptyValue, path
			}
			m.add("required missing", code, where, remove(o, key))
		}
	}
	if e.Choice && len(e.Types) > 1 {
		i := slices.Index(e.Types, typ)
		other := e.Types[(i+1)%len(e.Types)]
		second := e.Name + strings.ToUpper(other[:1]) + other[1:]
		m.add("two of a choice", r4.CodeTwoOfChoice, path+"."+max(name, second), set(o, second, "x"))
	}
	single, repeated, item := r4.CodeUnexpectedArray, r4.CodeExpectedArray, ""
	if underscore {
		single, repeated, item = r4.CodeUnderscoreObject, r4.CodeUnderscoreArray, r4.CodeUnderscoreElement
	}
	next := schema + "." + name
	if underscore {
		next = "Element"
	}
	if !e.Array {
		m.add("single in an array", single, at, set(o, key, []any{v}))
		kind := single
		if !underscore {
			kind = ""
		}
		m.value(v, typ, at, kind, func(to any) func() func() { return set(o, key, to) })
		m.deeper(v, typ, next, at)
		return
	}
	list := v.([]any)
	i := slices.IndexFunc(list, func(x any) bool { return x != nil })
	m.add("array unwrapped", repeated, at, set(o, key, list[i]))
	m.add("empty array", r4.CodeEmptyValue, at, set(o, key, []any{}))
	for i, x := range list {
		if x == nil {
			continue
		}
		here := fmt.Sprintf("%s[%d]", at, i)
		partner, _ := o["_"+name].([]any)
		if underscore {
			partner, _ = o[name].([]any)
		}
		if i >= len(partner) || partner[i] == nil {
			m.add("null in an array", r4.CodeEmptyValue, fmt.Sprintf("%s.%s[%d]", path, name, i), replace(list, i, nil))
		}
		nested := r4.CodeUnexpectedArray
		if underscore {
			nested = item
		}
		m.add("array in an array", nested, here, replace(list, i, []any{x}))
		m.value(x, typ, here, item, func(to any) func() func() { return replace(list, i, to) })
		m.deeper(x, typ, next, here)
	}
}

func (m *mutator) deeper(v any, typ, schema, path string) {
	o, ok := v.(map[string]any)
	if !ok {
		return
	}
	if typ == "Resource" {
		m.resource(o, path)
		return
	}
	m.object(o, schema, path, false)
}

// value changes one value's kind and content. kind is the code of another kind for what has its own, empty for invalid-type.
func (m *mutator) value(v any, typ, at, kind string, to func(any) func() func()) {
	if kind == "" {
		kind = r4.CodeInvalidType
	}
	switch v := v.(type) {
	case map[string]any:
		m.add("string for object", kind, at, to("x"))
		m.add("number for object", kind, at, to(json.Number("1")))
		code, where := r4.CodeEmptyValue, at
		if typ == "Resource" {
			code, where = r4.CodeRequiredKey, at+".resourceType"
		}
		m.add("empty object", code, where, to(map[string]any{}))
	case string:
		m.add("number for string", kind, at, to(json.Number("7")))
		m.add("boolean for string", kind, at, to(false))
		m.add("object for string", kind, at, to(map[string]any{"x": "y"}))
		m.add("empty string", r4.CodeEmptyValue, at, to(""))
		if bad, ok := malformed[typ]; ok {
			m.add("malformed "+typ, r4.CodeInvalidType, at, to(bad))
		}
	case json.Number:
		m.add("string for number", kind, at, to(string(v)))
		m.add("boolean for number", kind, at, to(true))
		if bad, ok := malformed[typ]; ok {
			m.add("malformed "+typ, r4.CodeInvalidType, at, to(bad))
		}
	case bool:
		m.add("string for boolean", kind, at, to("true"))
		m.add("number for boolean", kind, at, to(json.Number("1")))
	}
}

// malformed has a value of the right JSON kind for each primitive type that does not take every value of it.
var malformed = map[string]any{
	"string": "a\vb", "markdown": "a\fb", "uri": "a b", "url": "a b", "canonical": "a b", "code": " a", "id": "a_b", "oid": "2.16", "uuid": "0c3151bd",
	"date": "1970-13-01", "dateTime": "1970-03-30T12:35", "instant": "2026-01-01", "time": "24:00:00", "base64Binary": "AAA",
	"integer": json.Number("1.5"), "positiveInt": json.Number("0"), "unsignedInt": json.Number("-1"),
}
