package criteria

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/gofhir/fhirpath/eval"
	"github.com/gofhir/fhirpath/types"
)

// scope is what an expression sees of a change. It is for one goroutine, because
// the library notes in the values what it has read of them.
type scope struct {
	model                   model
	current, previous, this types.Collection
}

func newScope(m model, change Change) (scope, error) {
	s := scope{model: m}
	var err error
	if s.current, err = read(change.Current); err != nil {
		return s, fmt.Errorf("read %%current: %w", err)
	}
	if s.previous, err = read(change.Previous); err != nil {
		return s, fmt.Errorf("read %%previous: %w", err)
	}
	s.this = s.current
	if change.Current == nil {
		s.this = s.previous
	}
	return s, nil
}

func (s scope) context(ctx context.Context) *eval.Context {
	c := eval.NewContextForRoot(s.this)
	c.SetVariable("current", s.current)
	c.SetVariable("previous", s.previous)
	c.SetModel(s.model)
	c.SetContext(ctx)
	c.SetLimit("maxCollectionSize", MaxItems)
	return c
}

// read checks a resource before the library sees it: the library takes malformed
// JSON for an empty resource, and computes with 1e999999999 until memory ends.
func read(data []byte) (types.Collection, error) {
	if data == nil {
		return types.Collection{}, nil
	}
	if !json.Valid(data) {
		var ignored json.RawMessage
		return nil, fmt.Errorf("%w: %w", ErrMalformed, json.Unmarshal(data, &ignored))
	}
	if start := bytes.TrimLeft(data, " \t\r\n"); start[0] != '{' {
		return nil, fmt.Errorf("%w: it begins with %q", ErrMalformed, start[0])
	}
	if longNumber(data) {
		return nil, &LimitError{What: "digits", Limit: MaxDigits}
	}
	return types.Collection{types.NewObjectValue(data)}, nil
}

// longNumber looks for a number beyond MaxDigits in valid JSON.
func longNumber(data []byte) bool {
	for len(data) > 0 {
		outside := data
		if quote := bytes.IndexByte(data, '"'); quote >= 0 {
			outside, data = data[:quote], afterString(data[quote+1:])
		} else {
			data = nil
		}
		digits, exponent := 0, -1
		for _, c := range outside {
			switch {
			case c >= '0' && c <= '9' && exponent >= 0:
				exponent = min(exponent*10+int(c-'0'), MaxDigits+1)
			case c >= '0' && c <= '9':
				digits++
			case (c == 'e' || c == 'E') && digits > 0:
				exponent = max(exponent, 0)
			case c == '.' || c == '+' || c == '-':
			default:
				digits, exponent = 0, -1
			}
			if digits > MaxDigits || exponent > MaxDigits {
				return true
			}
		}
	}
	return false
}

// afterString is what follows a JSON string from inside of which data begins.
func afterString(data []byte) []byte {
	for {
		end := bytes.IndexByte(data, '"')
		escapes := 0
		for escapes < end && data[end-1-escapes] == '\\' {
			escapes++
		}
		data = data[end+1:]
		if end < 0 || escapes%2 == 0 {
			return data
		}
	}
}
