// Package document handles one resource as JSON text: members keep their
// order and numbers their digits, because Aidbox's answers and notifications
// show the resource as it was written and FHIR gives the digits of a decimal a
// meaning.
package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// Object is a JSON object. The zero value is an empty one.
type Object struct {
	members []member
}

type member struct {
	name  string
	value json.RawMessage // compact
}

// maxMembers bounds the members of an object, which are looked up one after the
// other. No type of FHIR R4 has a tenth of it.
const maxMembers = 1000

// Parse reads a JSON object. It refuses invalid UTF-8, a name that occurs
// twice, more than 1,000 members, anything after the object, and nesting deeper
// than 10,000.
func Parse(data []byte) (*Object, error) {
	if !utf8.Valid(data) {
		return nil, errors.New("the text is not valid UTF-8")
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, data); err != nil {
		return nil, err
	}
	if compact.Len() == 0 || compact.Bytes()[0] != '{' {
		return nil, errors.New("expected a JSON object")
	}
	decoder := json.NewDecoder(&compact)
	if _, err := decoder.Token(); err != nil {
		return nil, err
	}
	o := new(Object)
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		name, ok := token.(string)
		if !ok {
			return nil, fmt.Errorf("expected a name, found %v", token)
		}
		if _, twice := o.Get(name); twice {
			return nil, fmt.Errorf("%q occurs twice", name)
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, err
		}
		if len(o.members) == maxMembers {
			return nil, fmt.Errorf("the object has more than %d members", maxMembers)
		}
		o.members = append(o.members, member{name: name, value: value})
	}
	return o, nil
}

// Get returns the text of a member's value.
func (o *Object) Get(name string) (json.RawMessage, bool) {
	for _, m := range o.members {
		if m.name == name {
			return m.value, true
		}
	}
	return nil, false
}

// Text returns a member that is a JSON string.
func (o *Object) Text(name string) (string, bool) {
	raw, ok := o.Get(name)
	if !ok || len(raw) == 0 || raw[0] != '"' {
		return "", false
	}
	var s string
	return s, json.Unmarshal(raw, &s) == nil
}

// Object returns a member that is a JSON object.
func (o *Object) Object(name string) (*Object, bool) {
	raw, ok := o.Get(name)
	if !ok {
		return nil, false
	}
	inner, err := Parse(raw)
	return inner, err == nil
}

// Names returns the members' names in order.
func (o *Object) Names() []string {
	names := make([]string, len(o.members))
	for i, m := range o.members {
		names[i] = m.name
	}
	return names
}

// Set replaces the value of a member where it stands, or appends it.
func (o *Object) Set(name string, value json.RawMessage) {
	for i := range o.members {
		if o.members[i].name == name {
			o.members[i].value = value
			return
		}
	}
	o.members = append(o.members, member{name: name, value: value})
}

// SetText is Set for a JSON string.
func (o *Object) SetText(name, value string) {
	o.Set(name, quote(value))
}

// Delete removes a member.
func (o *Object) Delete(name string) {
	for i, m := range o.members {
		if m.name == name {
			o.members = append(o.members[:i:i], o.members[i+1:]...)
			return
		}
	}
}

// Len counts the members.
func (o *Object) Len() int {
	return len(o.members)
}

// Bytes returns the compact text. "<", ">" and "&" stand as themselves.
func (o *Object) Bytes() []byte {
	b := []byte{'{'}
	for i, m := range o.members {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, quote(m.name)...)
		b = append(b, ':')
		b = append(b, m.value...)
	}
	return append(b, '}')
}

func quote(s string) json.RawMessage {
	b, err := Marshal(s)
	if err != nil {
		panic(fmt.Sprintf("document: a string that cannot be JSON: %v", err)) // encoding/json writes every string
	}
	return b
}

// Marshal is json.Marshal with "<", ">" and "&" as themselves.
func Marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
