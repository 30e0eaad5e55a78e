package data

import (
	"errors"

	"aidbox-nats/aidbox"
	"aidbox-nats/tui/widget"
)

// Refused is the outcome of a change that Aidbox did not make: in a form the
// sentences of its OperationOutcome follow what was tried.
func Refused(err error) widget.Outcome {
	o := widget.Outcome{Err: err, Sentences: []string{err.Error()}}
	var refused *aidbox.Error
	if errors.As(err, &refused) && len(refused.Sentences()) > 1 {
		o.Sentences = append([]string{refused.Reason()}, refused.Sentences()...)
	}
	return o
}
