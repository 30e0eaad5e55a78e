package r4

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// ErrUnknownType is what Template says to a name that is no resource type.
var ErrUnknownType = errors.New("no resource type of FHIR R4")

// Template writes a new resource to start from, as indented JSON that Validate accepts: its required elements first, each with an example value,
// then those optional elements of its summary that a person would fill in first (texts, dates, names, and codes from a closed list).
// A code is the first of its list; references have a display and lead nowhere, so that no server looks for what is not there.
func (d *Definitions) Template(resource string) ([]byte, error) {
	t := d.types[resource]
	if t == nil || t.kind != resourceType {
		return nil, fmt.Errorf("template of %q: %w", clip(resource), ErrUnknownType)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"resourceType":%q`, resource)
	for _, e := range t.all() {
		if e.Min > 0 {
			b.WriteByte(',')
			writeElement(&b, e, e.Name)
		}
	}
	for _, e := range t.elements {
		if e.Min == 0 && e.Summary && first(e) {
			b.WriteByte(',')
			writeElement(&b, e, e.Name)
		}
	}
	b.WriteByte('}')
	var indented bytes.Buffer
	if err := json.Indent(&indented, b.Bytes(), "", "  "); err != nil {
		return nil, fmt.Errorf("template of %s: %w", resource, err)
	}
	indented.WriteByte('\n')
	return indented.Bytes(), nil
}

// first says whether an element is of those that a person fills in first.
func first(e *element) bool {
	if e.Choice {
		return false
	}
	switch e.Types[0] {
	case "string", "date", "HumanName":
		return true
	case "code":
		return len(e.Codes) > 0
	}
	return false
}

// writeElement writes an element with an example value; label is the name of the element that a text in it speaks of.
func writeElement(b *bytes.Buffer, e *element, label string) {
	name := e.Name
	if e.Choice {
		name += upper(e.Types[0])
	}
	fmt.Fprintf(b, "%q:", name)
	if e.Array {
		b.WriteByte('[')
		defer b.WriteByte(']')
	}
	t := e.types[0]
	switch {
	case len(e.Codes) > 0 && t.name == "code":
		b.Write(quoted(e.Codes[0]))
	case t.kind == primitiveType:
		b.Write(example(t.name, label))
	default:
		writeObject(b, t, label)
	}
}

func writeObject(b *bytes.Buffer, t *typ, label string) {
	b.WriteByte('{')
	for i, e := range filled(t) {
		if i > 0 {
			b.WriteByte(',')
		}
		// The one text of a CodeableConcept or Reference speaks of the element that has it; required elements of a group have names of their own.
		if e.Min > 0 {
			label = e.Name
		}
		writeElement(b, e, label)
	}
	b.WriteByte('}')
}

// filled lists the elements that an object is written with: the required ones or, as no object may be empty, the one that says most.
func filled(t *typ) []*element {
	all := t.all()
	var required []*element
	for _, e := range all {
		if e.Min > 0 {
			required = append(required, e)
		}
	}
	if len(required) > 0 {
		return required
	}
	for _, name := range []string{"text", "display", "value", "title"} {
		if i := slices.IndexFunc(all, func(e *element) bool { return e.Name == name }); i >= 0 {
			return all[i : i+1]
		}
	}
	own := slices.IndexFunc(all, func(e *element) bool { return e.Name != "id" && e.Name != "extension" && e.Name != "modifierExtension" })
	return all[own : own+1]
}

// example is a value of a primitive type, as JSON.
func example(primitive, label string) []byte {
	switch primitive {
	case "boolean":
		return []byte("true")
	case "integer", "positiveInt", "unsignedInt", "decimal":
		return []byte("1")
	case "date":
		return quoted("2000-01-01")
	case "dateTime", "instant":
		return quoted("2000-01-01T12:00:00Z")
	case "time":
		return quoted("12:00:00")
	case "base64Binary":
		return quoted("ZXhhbXBsZQ==")
	case "uri", "url", "canonical":
		return quoted("http://example.org/" + label)
	case "oid":
		return quoted("urn:oid:2.999")
	case "uuid":
		return quoted("urn:uuid:00000000-0000-4000-8000-000000000000")
	case "id":
		return quoted("example")
	case "code":
		return quoted("unknown")
	case "xhtml":
		return quoted(`<div xmlns="http://www.w3.org/1999/xhtml">Example</div>`)
	}
	return quoted("Example " + words(label))
}

// quoted is a JSON string without the escapes that only HTML needs.
func quoted(s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return []byte(`""`)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// words writes an element's name as words: birthDate as birth date.
func words(name string) string {
	var b strings.Builder
	for _, r := range name {
		if unicode.IsUpper(r) {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
