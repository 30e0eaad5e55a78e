package mask

import (
	"slices"
	"strings"
	"unicode"

	"aidbox-nats/aidbox/r4"
)

// shape says what may stand in an object: the fields by each of their JSON names.
type shape struct {
	fields map[string]*field
}

// field says what is done with the value of an element; an array is done item by item.
type field struct {
	form    form
	of      *shape // what an object has, where form is object
	private bool   // dates in it and its extensions are personal
	open    bool   // dates in it may be anything
}

// privateTypes describe a person.
var privateTypes = []string{"HumanName", "Address", "ContactPoint", "Identifier"}

// openChoices are the elements whose value means whatever a question beside it asks for.
var openChoices = []string{"value", "answer", "defaultValue", "fixed", "pattern"}

// privateElements are dates that identify a person, by path.
var privateElements = []string{
	"Patient.birthDate", "Patient.deceased", "Person.birthDate", "Practitioner.birthDate", "RelatedPerson.birthDate",
	"FamilyMemberHistory.born", "FamilyMemberHistory.deceased",
}

// elementForms are the elements that are not treated as their type says, by path.
var elementForms = map[string]form{
	"Attachment.url":                   hidden,
	"Location.position.longitude":      hidden,
	"Location.position.latitude":       hidden,
	"Location.position.altitude":       hidden,
	"ImagingStudy.series.uid":          hidden,
	"ImagingStudy.series.instance.uid": hidden,

	"Coding.code":                        codingCode,
	"Coding.display":                     line,
	"Reference.reference":                uri,
	"Narrative.div":                      known,
	"OperationOutcome.issue.diagnostics": said,
	"OperationOutcome.issue.expression":  expression,
	"OperationOutcome.issue.location":    expression,
	"Bundle.link.relation":               code,
	"Bundle.entry.request.ifMatch":       etag,
	"Bundle.entry.request.ifNoneMatch":   etag,
	"Bundle.entry.request.ifNoneExist":   query,
	"Bundle.entry.response.etag":         etag,
	"Bundle.entry.response.status":       httpStatus,
	"Parameters.parameter.name":          word,
	"Questionnaire.item.linkId":          linkID,
	"QuestionnaireResponse.item.linkId":  linkID,
}

// compiler makes shapes from the definitions, each once, since types refer to each other in circles.
type compiler struct {
	d      *r4.Definitions
	shapes map[string]*shape // by type or path
}

func (c *compiler) shape(path string) *shape {
	if s := c.shapes[path]; s != nil {
		return s
	}
	s := &shape{fields: map[string]*field{}}
	c.shapes[path] = s
	elements, _ := c.d.Elements(path)
	for _, e := range elements {
		for _, name := range e.Types {
			key := e.Name
			if e.Choice {
				key += upper(name)
			}
			s.fields[key] = c.field(path, e, name)
		}
	}
	return s
}

func (c *compiler) field(path string, e r4.Element, typeName string) *field {
	at := path + "." + e.Name
	f := &field{
		private: slices.Contains(privateTypes, typeName) || slices.Contains(privateElements, at),
		open:    e.Choice && slices.Contains(openChoices, e.Name),
	}
	switch {
	case unicode.IsLower(rune(typeName[0])):
		f.form = c.primitive(path, e, typeName)
		if f.open && openForm(f.form) || f.private && f.form == date {
			f.form = hidden
		}
	case typeName == "Resource":
		f.form = resource
	case typeName == "BackboneElement" || typeName == "Element":
		f.form, f.of = object, c.shape(c.d.ResolvePath(at))
	default:
		f.form, f.of = object, c.shape(typeName)
	}
	return f
}

func (c *compiler) primitive(path string, e r4.Element, typeName string) form {
	if f, ok := elementForms[path+"."+e.Name]; ok {
		return f
	}
	switch typeName {
	case "boolean", "decimal", "integer", "positiveInt", "unsignedInt":
		return number
	case "code":
		if e.Name == "code" && c.d.IsSubtype(path, "Quantity") {
			return codingCode
		}
		return code
	case "id":
		return id
	case "date", "dateTime", "instant", "time":
		return date
	case "uri", "url", "canonical":
		return uri
	case "oid", "uuid":
		return urn
	case "string":
		switch {
		case e.Name == "id":
			return id
		case e.Name == "version":
			return version
		case e.Name == "unit" && c.d.IsSubtype(path, "Quantity"):
			return line
		}
	}
	return hidden
}

// openForm tells of the forms that are personal where a value may be anything.
func openForm(f form) bool {
	return f == date || f == uri || f == urn || f == id
}

// technical copies a shape whose value[x] is known to be technical: its primitive values have a form given by their type.
func (c *compiler) technical(path string, by func(typeName string) form) *shape {
	t := &shape{fields: map[string]*field{}}
	for name, f := range c.shape(path).fields {
		t.fields[name] = f
	}
	elements, _ := c.d.Elements(path)
	for _, e := range elements {
		if e.Name != "value" {
			continue
		}
		for _, name := range e.Types {
			if f := by(name); f != hidden {
				t.fields["value"+upper(name)] = &field{form: f}
			}
		}
	}
	if path == "Extension" {
		t.fields["extension"] = &field{form: object, of: t}
	}
	return t
}

func extensionForm(typeName string) form {
	switch typeName {
	case "date", "dateTime", "instant":
		return date
	case "id":
		return id
	case "uri", "url":
		return uri
	}
	return hidden
}

func stampForm(typeName string) form {
	switch typeName {
	case "string", "code", "date", "dateTime", "instant":
		return stamp
	}
	return hidden
}

func upper(name string) string {
	return strings.ToUpper(name[:1]) + name[1:]
}
