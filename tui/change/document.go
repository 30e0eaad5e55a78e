package change

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"aidbox-nats/aidbox/r4"
	"aidbox-nats/aidbox/sandbox/document"
	"aidbox-nats/tui/widget"
)

// format is the language of a text.
type format int

const (
	inJSON format = iota
	inYAML
)

func (f format) String() string {
	if f == inYAML {
		return "YAML"
	}
	return "JSON"
}

func (f format) contentType() string {
	if f == inYAML {
		return "text/yaml"
	}
	return "application/json"
}

// example is the patient that a newcomer creates with one key.
const example = `{
  "resourceType": "Patient",
  "name": [
    {
      "family": "smith"
    }
  ]
}`

// bare is a resource of a type and nothing else.
func bare(resourceType string) string {
	name, err := json.Marshal(resourceType)
	if err != nil {
		return "{}"
	}
	return "{\n  \"resourceType\": " + string(name) + "\n}"
}

// template is the resource to start from; one of a type that R4 does not have
// is bare.
func template(d *r4.Definitions, resourceType string) string {
	if d == nil {
		return bare(resourceType)
	}
	text, err := d.Template(resourceType)
	if err != nil {
		return bare(resourceType)
	}
	return strings.TrimSuffix(string(text), "\n")
}

// toJSON reads a text as JSON, without changing a digit of it. The error is an
// *unreadable.
func toJSON(text string, f format) ([]byte, error) {
	if strings.TrimSpace(text) == "" {
		return nil, &unreadable{0, "the text is empty"}
	}
	if f == inYAML {
		return yamlToJSON(text)
	}
	var raw json.RawMessage
	err := json.Unmarshal([]byte(text), &raw)
	var at *json.SyntaxError
	switch {
	case errors.As(err, &at):
		return nil, &unreadable{lineAt(text, at.Offset-1), "no JSON here: " + at.Error()}
	case err != nil:
		return nil, &unreadable{0, "no JSON: " + err.Error()}
	}
	return raw, nil
}

// unreadable says where a text stops being what it should be.
type unreadable struct {
	line int // from zero
	what string
}

func (u *unreadable) Error() string { return fmt.Sprintf("line %d: %s", u.line+1, u.what) }

// lineAt is the line of a byte, the last that has something on it for what is
// missing at the end.
func lineAt(text string, offset int64) int {
	at := max(min(int(offset), len(text)), 0)
	if at >= len(strings.TrimRight(text, " \t\r\n"))-1 {
		at = len(strings.TrimRight(text, " \t\r\n"))
	}
	return strings.Count(text[:at], "\n")
}

var yamlLine = regexp.MustCompile(`^yaml: (?:unmarshal errors:\n\s*)?line (\d+): `)

func yamlToJSON(text string) ([]byte, error) {
	raw, err := document.FromYAML([]byte(text))
	if err == nil {
		return raw, nil
	}
	what, line := err.Error(), 0
	if m := yamlLine.FindStringSubmatch(what); m != nil {
		what = what[len(m[0]):]
		if n, err := strconv.Atoi(m[1]); err == nil {
			line = min(max(n-1, 0), strings.Count(text, "\n"))
		}
	}
	return nil, &unreadable{line, "no YAML here: " + strings.TrimPrefix(what, "yaml: ")}
}

// write shows JSON as a person would write it. What is too large for the
// editor with its lines broken keeps them as they came.
func write(raw []byte, f format) (string, error) {
	if f == inYAML {
		return toYAML(raw)
	}
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		return "", err
	}
	if b.Len() > widget.EditorBytes || bytes.Count(b.Bytes(), []byte{'\n'}) >= widget.EditorLines {
		return string(raw), nil
	}
	return b.String(), nil
}

// toYAML keeps the order of members and the digits of numbers, and quotes what
// would be read as something else than a string.
func toYAML(raw []byte) (string, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	root, err := yamlNode(d, 0)
	if err != nil {
		return "", fmt.Errorf("write as YAML: %w", err)
	}
	var b strings.Builder
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(root); err != nil {
		return "", fmt.Errorf("write as YAML: %w", err)
	}
	if err := e.Close(); err != nil {
		return "", fmt.Errorf("write as YAML: %w", err)
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// maxDepth bounds what is written as YAML: the library that writes it goes as
// deep as the document.
const maxDepth = 1000

func yamlNode(d *json.Decoder, depth int) (*yaml.Node, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	if depth > maxDepth {
		return nil, fmt.Errorf("it is nested deeper than %d levels", maxDepth)
	}
	switch v := token.(type) {
	case json.Delim:
		n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		if v == '[' {
			n = &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		}
		for d.More() {
			if v == '{' {
				name, err := yamlNode(d, depth+1)
				if err != nil {
					return nil, err
				}
				n.Content = append(n.Content, name)
			}
			item, err := yamlNode(d, depth+1)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, item)
		}
		_, err := d.Token()
		return n, err
	case string:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: v}, nil
	case json.Number:
		return plain(v.String()), nil // as it came: FHIR's decimals have a precision
	case bool:
		return plain(strconv.FormatBool(v)), nil
	}
	return plain("null"), nil
}

func plain(value string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: value} }

// convert writes a text in another format. What cannot be read stays as it is.
func convert(text string, from, to format) (string, error) {
	if from == to {
		return text, nil
	}
	raw, err := toJSON(text, from)
	if err != nil {
		return "", err
	}
	return write(raw, to)
}

// member is a member of an object with its value as it was written.
type member struct {
	name  string
	value json.RawMessage
}

func members(raw []byte) []member {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	var out []member
	for d.More() {
		var m member
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return nil
		}
		m.name = name
		if d.Decode(&m.value) != nil {
			return nil
		}
		out = append(out, m)
	}
	return out
}

func object(ms []member) []byte {
	b := []byte{'{'}
	for i, m := range ms {
		if i > 0 {
			b = append(b, ',')
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			continue
		}
		b = append(append(append(b, name...), ':'), m.value...)
	}
	return append(b, '}')
}

// asNew takes from a resource what the server gave it, so that it can be
// created a second time: its id, its version and when it was changed.
func asNew(raw []byte) []byte {
	var out []member
	for _, m := range members(raw) {
		switch m.name {
		case "id":
			continue
		case "meta":
			var kept []member
			for _, of := range members(m.value) {
				if of.name != "versionId" && of.name != "lastUpdated" && of.name != "extension" {
					kept = append(kept, of)
				}
			}
			if len(kept) == 0 {
				continue
			}
			m.value = object(kept)
		}
		out = append(out, m)
	}
	return object(out)
}

// textOf is a member of a resource that is a string.
func textOf(raw []byte, name string) string {
	var text string
	for _, m := range members(raw) {
		if m.name == name && json.Unmarshal(m.value, &text) == nil {
			return text
		}
	}
	return ""
}

// about says in a few words which resource this is, by what people know
// resources by.
func about(raw []byte) string {
	all := map[string]json.RawMessage{}
	for _, m := range members(raw) {
		all[m.name] = m.value
	}
	for _, name := range []string{"name", "title", "code", "type", "url", "subject", "status"} {
		if text := words(all[name], 0); text != "" {
			return strings.ToValidUTF8(text[:min(len(text), 400)], "")
		}
	}
	return ""
}

// words are what a name, a concept or a reference says.
func words(raw json.RawMessage, depth int) string {
	if len(raw) == 0 || depth > 4 {
		return ""
	}
	switch raw[0] {
	case '"':
		var s string
		if json.Unmarshal(raw, &s) != nil {
			return ""
		}
		return s
	case '[':
		var items []json.RawMessage
		if json.Unmarshal(raw, &items) != nil || len(items) == 0 {
			return ""
		}
		return words(items[0], depth+1)
	case '{':
		of := map[string]json.RawMessage{}
		if json.Unmarshal(raw, &of) != nil {
			return ""
		}
		if s := strings.TrimSpace(words(of["given"], depth+1) + " " + words(of["family"], depth+1)); s != "" {
			return s
		}
		for _, name := range []string{"text", "display", "coding", "code", "reference"} {
			if s := words(of[name], depth+1); s != "" {
				return s
			}
		}
	}
	return ""
}
