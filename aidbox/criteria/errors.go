package criteria

import (
	"errors"
	"fmt"
	"time"

	"github.com/gofhir/fhirpath/eval"
)

// Bounds of a criterion and of its evaluation. Beyond them there is a
// *LimitError.
const (
	// MaxLength is the length of a criterion, in characters.
	MaxLength = 10_000
	// MaxNesting is how deep parentheses, brackets and signs may be nested.
	MaxNesting = 100
	// MaxItems is the size of each collection that a function or operator gives.
	MaxItems = 10_000
	// MaxText is the text that the functions and operators of one evaluation may
	// give altogether, in bytes.
	MaxText = 8 << 20
	// MaxDigits is the length of a number, and the number of zeros that its
	// exponent adds.
	MaxDigits = 1000
	// MaxDuration is the time that one evaluation may take. It is looked at
	// between functions and operators, so it may be exceeded by one of them.
	MaxDuration = 5 * time.Second
)

// ErrMalformed says that the resource given to a criterion is not a JSON object.
var ErrMalformed = errors.New("not a JSON object")

// SyntaxError says where and why a criterion is not FHIRPath.
type SyntaxError struct {
	Line, Column int // from 1, in characters
	Message      string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("the criterion is wrong at line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// LimitError says which bound a criterion or its evaluation exceeds.
type LimitError struct {
	What  string // "length", "nesting", "items", "text", "digits", "duration"
	Limit int64  // characters, levels, items, bytes, digits, milliseconds
}

func (e *LimitError) Error() string {
	switch e.What {
	case "length":
		return fmt.Sprintf("the criterion is longer than %d characters: make it shorter", e.Limit)
	case "nesting":
		return fmt.Sprintf("the criterion is nested deeper than %d levels: use fewer parentheses and signs", e.Limit)
	case "items":
		return fmt.Sprintf("the criterion was stopped at a collection of more than %d items", e.Limit)
	case "text":
		return fmt.Sprintf("the criterion was stopped when its texts exceeded %d bytes", e.Limit)
	case "digits":
		return fmt.Sprintf("the criterion was stopped at a number of more than %d digits", e.Limit)
	}
	return fmt.Sprintf("the criterion was stopped after %s", time.Duration(e.Limit)*time.Millisecond)
}

// EvaluationError says that a criterion cannot be evaluated for a change, such as
// a function for one item that meets several.
type EvaluationError struct {
	Line, Column int // from 1, in characters: where the operation begins that failed
	Err          error
}

func (e *EvaluationError) Error() string {
	return fmt.Sprintf("the criterion cannot be evaluated for this change, line %d, column %d: %s", e.Line, e.Column, message(e.Err))
}

func (e *EvaluationError) Unwrap() error { return e.Err }

// message is the text of an error without the name that the library puts before
// its own.
func message(err error) string {
	var own *eval.EvalError
	if errors.As(err, &own) {
		return own.Message
	}
	return err.Error()
}
