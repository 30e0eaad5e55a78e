package r4

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// maxDepth bounds how deep objects and arrays may nest. The deepest of HL7's examples has 22 levels.
const maxDepth = 256

type valueKind uint8

const (
	nullValue valueKind = iota
	booleanValue
	numberValue
	stringValue
	arrayValue
	objectValue
)

func (k valueKind) String() string {
	return [...]string{"null", "boolean", "number", "string", "array", "object"}[k]
}

// value is JSON as it was written: members keep their order and may repeat, numbers keep their digits.
type value struct {
	kind    valueKind
	text    string // of a string or number
	items   []value
	members []member
}

type member struct {
	name  string
	value value
}

var errTooDeep = fmt.Errorf("objects and arrays nest deeper than %d levels", maxDepth)

// decode reads one JSON value and nothing after it. Its errors quote no more of the data than one character.
func decode(data []byte) (value, error) {
	if !utf8.Valid(data) {
		return value{}, errors.New("not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	v, err := decodeValue(d, maxDepth)
	if err != nil {
		return value{}, err
	}
	if _, err := d.Token(); err != io.EOF {
		return value{}, fmt.Errorf("more than one JSON value, the second at byte %d", d.InputOffset())
	}
	return v, nil
}

func decodeValue(d *json.Decoder, depth int) (value, error) {
	t, err := d.Token()
	if err != nil {
		return value{}, syntaxError(d, err)
	}
	switch t := t.(type) {
	case string:
		return value{kind: stringValue, text: t}, nil
	case json.Number:
		return value{kind: numberValue, text: t.String()}, nil
	case bool:
		return value{kind: booleanValue}, nil
	case json.Delim:
		if depth == 0 {
			return value{}, errTooDeep
		}
		if t == '{' {
			return decodeObject(d, depth-1)
		}
		return decodeArray(d, depth-1)
	}
	return value{}, nil
}

func decodeObject(d *json.Decoder, depth int) (value, error) {
	v := value{kind: objectValue}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return value{}, syntaxError(d, err)
		}
		m := member{}
		m.name, _ = name.(string)
		if m.value, err = decodeValue(d, depth); err != nil {
			return value{}, err
		}
		v.members = append(v.members, m)
	}
	if _, err := d.Token(); err != nil {
		return value{}, syntaxError(d, err)
	}
	return v, nil
}

func decodeArray(d *json.Decoder, depth int) (value, error) {
	v := value{kind: arrayValue}
	for d.More() {
		item, err := decodeValue(d, depth)
		if err != nil {
			return value{}, err
		}
		v.items = append(v.items, item)
	}
	if _, err := d.Token(); err != nil {
		return value{}, syntaxError(d, err)
	}
	return v, nil
}

func syntaxError(d *json.Decoder, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("unexpected end of JSON")
	}
	return fmt.Errorf("%w at byte %d", err, d.InputOffset())
}
