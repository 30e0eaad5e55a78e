package aidbox

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
)

// object is a JSON object in the order of its text. Order matters because people read what is sent back.
type object []member

type member struct {
	name  string
	value json.RawMessage
}

// parseObject reads one level of a JSON object. It is false for everything that is not exactly one object.
func parseObject(data []byte) (object, bool) {
	dec := json.NewDecoder(bytes.NewReader(data))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, false
	}
	o := object{}
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return nil, false
		}
		name, ok := t.(string)
		if !ok {
			return nil, false
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, false
		}
		o = append(o, member{name, value})
	}
	if _, err := dec.Token(); err != nil {
		return nil, false
	}
	if len(bytes.TrimSpace(data[dec.InputOffset():])) > 0 {
		return nil, false
	}
	return o, true
}

// get returns the last member of that name, as encoding/json would, or nil.
func (o object) get(name string) json.RawMessage {
	for i := len(o) - 1; i >= 0; i-- {
		if o[i].name == name {
			return o[i].value
		}
	}
	return nil
}

func (o object) child(name string) object {
	c, _ := parseObject(o.get(name))
	return c
}

func (o object) text(name string) string { return textOf(o.get(name)) }

func (o object) objects(name string) []object {
	var all []object
	for _, item := range itemsOf(o.get(name)) {
		if c, ok := parseObject(item); ok {
			all = append(all, c)
		}
	}
	return all
}

// anyValue returns the member value[x] of an extension or a parameter, whatever x is.
func (o object) anyValue() json.RawMessage {
	for _, m := range o {
		if strings.HasPrefix(m.name, "value") && len(m.name) > len("value") {
			return m.value
		}
	}
	return nil
}

func (o object) with(name string, value json.RawMessage) object {
	for i := range o {
		if o[i].name == name {
			o[i].value = value
			return o
		}
	}
	return append(o, member{name, value})
}

func (o object) without(name string) object {
	kept := o[:0:0]
	for _, m := range o {
		if m.name != name {
			kept = append(kept, m)
		}
	}
	return kept
}

// withText writes a text, or removes the member if the text is empty. A member that says the same already stays as it
// was written.
func (o object) withText(name, value string) object {
	switch {
	case value == o.text(name):
		return o
	case value == "":
		return o.without(name)
	}
	return o.with(name, encodeJSON(value))
}

func (o object) withBool(name string, value *bool) object {
	switch old := boolOf(o.get(name)); {
	case value == nil && o.get(name) == nil:
		return o
	case value == nil:
		return o.without(name)
	case old != nil && *old == *value:
		return o
	}
	return o.with(name, encodeJSON(*value))
}

func (o object) encode() []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(encodeJSON(m.name))
		b.WriteByte(':')
		b.Write(m.value)
	}
	b.WriteByte('}')
	return b.Bytes()
}

func encodeList(items []json.RawMessage) json.RawMessage {
	var b bytes.Buffer
	b.WriteByte('[')
	for i, item := range items {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(item)
	}
	b.WriteByte(']')
	return b.Bytes()
}

// encodeJSON writes a string, a bool or a list of strings without the escapes for HTML, which make criteria unreadable.
func encodeJSON(v any) json.RawMessage {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return json.RawMessage("null")
	}
	return bytes.TrimSpace(b.Bytes())
}

// itemsOf gives the elements of an array; anything else that is there counts as an array of one.
func itemsOf(raw json.RawMessage) []json.RawMessage {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	if raw[0] != '[' {
		return []json.RawMessage{raw}
	}
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		return nil
	}
	return items
}

// textOf gives the text of a string, a number or a bool, and "" for the rest.
func textOf(raw json.RawMessage) string {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return ""
	}
	switch c := raw[0]; {
	case c == '"':
		var s string
		if json.Unmarshal(raw, &s) != nil {
			return ""
		}
		return s
	case c == '{' || c == '[' || c == 'n':
		return ""
	}
	return string(raw)
}

func textsOf(raw json.RawMessage) []string {
	var all []string
	for _, item := range itemsOf(raw) {
		if s := textOf(item); s != "" {
			all = append(all, s)
		}
	}
	return all
}

func boolOf(raw json.RawMessage) *bool {
	b, err := strconv.ParseBool(textOf(raw))
	if err != nil {
		return nil
	}
	return &b
}

// integerOf reads 12, 12.0, "12" and 1.2e1.
func integerOf(raw json.RawMessage) (int64, bool) {
	s := strings.TrimSpace(textOf(raw))
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || f < math.MinInt64 || f >= math.MaxInt64 {
		return 0, false
	}
	return int64(f), true
}

// leadingInteger reads the number that a text starts with: 201 of "201 Created", 2409 of "2409.1".
func leadingInteger(s string) int {
	s = strings.TrimSpace(s)
	end := 0
	for end < len(s) && end < 9 && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(s[:end])
	if err != nil {
		return 0
	}
	return n
}

// parseTime reads a FHIR instant, dateTime or date; a time without an offset is taken as UTC. It is zero for the rest.
func parseTime(s string) time.Time {
	s = strings.TrimSpace(s)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04Z07:00", time.DateOnly, "2006-01", "2006"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	return time.Time{}
}

// looksLikeJSON tells a JSON object or array from HTML and plain text by its first character: content types of errors
// that proxies make are often wrong.
func looksLikeJSON(body []byte) bool {
	body = bytes.TrimLeft(bytes.TrimPrefix(body, []byte("\ufeff")), " \t\r\n")
	return len(body) > 0 && (body[0] == '{' || body[0] == '[')
}
