package mask

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"aidbox-nats/aidbox/r4"
)

// Hidden stands where a text or a date was.
const Hidden = "▒▒▒▒"

const (
	// MaxJSON bounds the JSON that is walked, in bytes. A larger one becomes a note, as one that cannot be parsed.
	MaxJSON = 32 << 20
	// MaxYAML bounds the YAML that is parsed, in bytes.
	MaxYAML = 1 << 20
	// maxNodes bounds the values in one JSON text, which cost 24 bytes each while it is walked.
	maxNodes = 2 << 20
)

// Masker hides personal data. Nothing in it changes after [New], so it may be used from any number of goroutines. All its methods give for their own results
// those results again.
type Masker struct {
	resources map[string]*shape // by resource type
	unknown   *shape            // of a resource whose type R4 does not have
	names     map[string]bool   // of the elements of all types: whether all that have the name are texts to hide
	// The id and extensions of a primitive value, and of one that is personal.
	element, privateElement *field
	// Forms of the same objects that are told apart by what stands in them.
	extension, technicalExtension *shape
	parameter, technicalParameter *shape
}

// New prepares a Masker, which takes some milliseconds; the caller keeps it.
func New(d *r4.Definitions) *Masker {
	c := compiler{d: d, shapes: map[string]*shape{}}
	m := &Masker{resources: map[string]*shape{}, names: map[string]bool{}}
	for _, name := range d.Types() {
		m.resources[name] = c.shape(name)
	}
	m.unknown = c.shape("Resource")
	for _, name := range append(d.Types(), "Resource") {
		c.shape(name).fields["resourceType"] = typeNameField
	}
	m.element = &field{form: object, of: c.shape("Element")}
	m.privateElement = &field{form: object, of: c.shape("Element"), private: true}
	m.extension, m.technicalExtension = c.shape("Extension"), c.technical("Extension", extensionForm)
	m.parameter, m.technicalParameter = c.shape("Parameters.parameter"), c.technical("Parameters.parameter", stampForm)
	meta := c.shape("Meta")
	meta.fields["extension"] = &field{form: object, of: m.technicalExtension}
	for _, s := range c.shapes {
		for name, f := range s.fields {
			before, ok := m.names[name]
			m.names[name] = f.form == hidden && (before || !ok)
		}
	}
	return m
}

// JSON masks a JSON text: a resource, a Bundle, an Aidbox notification or anything else. What is not one JSON value, nests deeper than 10,000 levels or is
// larger than [MaxJSON] is replaced by a note with its size, which is not JSON: "unreadable JSON, 15 B, masked". The result shares no memory with raw.
func (m *Masker) JSON(raw []byte) []byte {
	return m.json("", raw)
}

func (m *Masker) json(resourceType string, raw []byte) []byte {
	if harmless(raw) {
		return bytes.Clone(raw)
	}
	masked, ok := m.walk(resourceType, raw)
	if !ok {
		return []byte(note("unreadable JSON", len(raw)))
	}
	return masked
}

// Text masks a text of any form. JSON is masked as by [Masker.JSON], and a resource in YAML likewise, without its comments. A sentence of an OperationOutcome
// stays if it is one of those that quote no value. Anything else is replaced by a note with its size: "text, 15 B, masked".
func (m *Masker) Text(s string) string {
	return m.Body("", s)
}

// Body is Text for the body of a request, which may lack its resourceType because its URL has it: resourceType is that of the URL.
func (m *Masker) Body(resourceType, s string) string {
	if harmless([]byte(s)) || sentence(s) != Hidden {
		return s
	}
	if masked, ok := m.walk(resourceType, []byte(s)); ok {
		return string(masked)
	}
	if masked, ok := m.yaml(resourceType, s); ok {
		return masked
	}
	return note("text", len(s))
}

// URL masks the query of a URL, or of its path alone, and all of one that is not of the kinds that stay.
func (m *Masker) URL(s string) string {
	return maskURI(s)
}

var notes = regexp.MustCompile(`^(?:unreadable JSON|text), [0-9]{1,12} B, masked$`)

// maxNote is longer than every note.
const maxNote = 64

func note(what string, size int) string {
	return fmt.Sprintf("%s, %d B, masked", what, size)
}

// harmless tells of texts that hold nothing: empty ones and notes.
func harmless(raw []byte) bool {
	return len(raw) <= maxNote && notes.Match(raw) || len(bytes.TrimSpace(raw)) == 0
}

var bom = []byte("\ufeff")

// walk masks a text if it is JSON.
func (m *Masker) walk(resourceType string, raw []byte) ([]byte, bool) {
	text := bytes.TrimPrefix(raw, bom)
	if len(text) > MaxJSON || !json.Valid(text) {
		return nil, false
	}
	nodes, ok := index(text)
	if !ok {
		return nil, false
	}
	w := walker{m: m, text: text, nodes: nodes}
	w.out.Grow(len(raw))
	w.out.Write(raw[:len(raw)-len(text)])
	w.root(resourceType)
	w.out.Write(text[w.copied:])
	return w.out.Bytes(), true
}

// quotedHidden is Hidden as JSON.
const quotedHidden = `"` + Hidden + `"`

// plainName tells of the names of members that look like those of a schema rather than like data.
func plainName(s string) bool {
	return s != "" && len(s) <= 64 && strings.IndexFunc(s, func(r rune) bool { return !wordRune(r) }) < 0 &&
		(letter(rune(s[0])) || strings.ContainsRune("_$@", rune(s[0])))
}
