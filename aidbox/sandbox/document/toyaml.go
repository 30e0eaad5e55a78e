package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// blockDepth is how deep a text is written with a line for each member; what is
// deeper stands in one line, or the indentation of a deep text would be many
// times as large as the text.
const blockDepth = 64

// ToYAML turns JSON text into one YAML document that keeps the order of members
// and the digits of numbers. What [FromYAML] makes of it is the same JSON again.
func ToYAML(text []byte) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	root, err := yamlNode(decoder, 0)
	if err != nil {
		return nil, fmt.Errorf("write as YAML: %w", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("write as YAML: expected one JSON value, found more")
	}
	var b bytes.Buffer
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	if err := encoder.Encode(root); err != nil {
		return nil, fmt.Errorf("write as YAML: %w", err)
	}
	if err := encoder.Close(); err != nil {
		return nil, fmt.Errorf("write as YAML: %w", err)
	}
	return b.Bytes(), nil
}

func yamlNode(decoder *json.Decoder, depth int) (*yaml.Node, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case json.Delim:
		node := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		if token == '{' {
			node.Kind, node.Tag = yaml.MappingNode, "!!map"
		}
		if depth == blockDepth {
			node.Style = yaml.FlowStyle
		}
		for decoder.More() {
			if token == '{' {
				name, err := decoder.Token()
				if err != nil {
					return nil, err
				}
				node.Content = append(node.Content, yamlText(fmt.Sprint(name)))
			}
			item, err := yamlNode(decoder, depth+1)
			if err != nil {
				return nil, err
			}
			node.Content = append(node.Content, item)
		}
		_, err := decoder.Token()
		return node, err
	case json.Number:
		return yamlNumber(token.String()), nil
	case string:
		return yamlText(token), nil
	case bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: fmt.Sprint(token)}, nil
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}, nil
}

// yamlNumber has a tag only where YAML would not see a number, as in 1e999.
func yamlNumber(digits string) *yaml.Node {
	node := &yaml.Node{Kind: yaml.ScalarNode, Value: digits}
	if tag := node.ShortTag(); tag != "!!int" && tag != "!!float" {
		node.Tag = "!!float"
	}
	return node
}

// yamlText is plain where that is text in every version of YAML, and quoted
// elsewhere: no, 12:30:00 and 2026-01-31 are other things to some readers.
func yamlText(s string) *yaml.Node {
	node := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	if !plainText(s) {
		node.Style = yaml.DoubleQuotedStyle
	}
	return node
}

// word says whether a text is one of those that a reader of YAML, or only of
// YAML 1.1, takes for something else.
func word(s string) bool {
	switch strings.ToLower(s) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null":
		return true
	}
	return false
}

// plainText says whether a text begins with a letter or a slash, has nothing
// but printable ASCII without the characters that YAML gives a meaning, and is
// not one of its words.
func plainText(s string) bool {
	if s == "" || word(s) {
		return false
	}
	for i, c := range []byte(s) {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		switch {
		case letter, c == '/':
		case i == 0:
			return false
		case '0' <= c && c <= '9', c == '-', c == '_', c == '.', c == '+', c == '(', c == ')', c == '=':
		case c == ':':
			// A colon is part of a word unless a space follows, as in a URL.
			if i+1 == len(s) || s[i+1] == ' ' {
				return false
			}
		case c == ' ':
			if i+1 == len(s) {
				return false
			}
		default:
			return false
		}
	}
	return true
}
