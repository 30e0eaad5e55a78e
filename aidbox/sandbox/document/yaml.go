package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// FromYAML turns one YAML document into JSON text that keeps the order of
// members and the digits of numbers. Dates stay text. Anchors, aliases and merge
// keys are refused: no resource needs them, and they make small texts huge.
func FromYAML(data []byte) ([]byte, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var root yaml.Node
	if err := decoder.Decode(&root); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("the text is empty")
		}
		return nil, err
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("expected one YAML document, found more")
	}
	return appendYAML(nil, &root)
}

func appendYAML(b []byte, node *yaml.Node) ([]byte, error) {
	fail := func(text string) ([]byte, error) {
		return nil, fmt.Errorf("yaml: line %d: %s", node.Line, text)
	}
	if node.Anchor != "" {
		return fail("anchors are not supported")
	}
	var err error
	switch node.Kind {
	case yaml.DocumentNode:
		return appendYAML(b, node.Content[0])
	case yaml.SequenceNode:
		b = append(b, '[')
		for i, item := range node.Content {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = appendYAML(b, item); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	case yaml.MappingNode:
		b = append(b, '{')
		seen := make(map[string]bool, len(node.Content)/2)
		for i := 0; i+1 < len(node.Content); i += 2 {
			key := node.Content[i]
			if key.Kind != yaml.ScalarNode || key.ShortTag() == "!!merge" {
				return fail("a name is expected")
			}
			if seen[key.Value] {
				return fail(fmt.Sprintf("%q occurs twice", key.Value))
			}
			seen[key.Value] = true
			if i > 0 {
				b = append(b, ',')
			}
			b = append(append(b, quote(key.Value)...), ':')
			if b, err = appendYAML(b, node.Content[i+1]); err != nil {
				return nil, err
			}
		}
		return append(b, '}'), nil
	case yaml.ScalarNode:
		scalar, err := yamlScalar(node)
		if err != nil {
			return fail(err.Error())
		}
		return append(b, scalar...), nil
	}
	return fail("aliases are not supported")
}

func yamlScalar(node *yaml.Node) ([]byte, error) {
	switch node.ShortTag() {
	case "!!null":
		return []byte("null"), nil
	case "!!bool":
		var v bool
		if err := node.Decode(&v); err != nil {
			return nil, err
		}
		return strconv.AppendBool(nil, v), nil
	case "!!int", "!!float":
		if json.Valid([]byte(node.Value)) {
			return []byte(node.Value), nil
		}
		var v float64
		if err := node.Decode(&v); err != nil {
			return nil, err
		}
		if math.IsInf(v, 0) || math.IsNaN(v) {
			return nil, fmt.Errorf("%s is no number of JSON", node.Value)
		}
		return strconv.AppendFloat(nil, v, 'f', -1, 64), nil
	}
	return quote(node.Value), nil
}
