package data

import (
	"errors"
	"strings"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
)

// Error is the text of an error as it may be shown. What was asked for and how
// it was answered stay; what the server says of it is masked sentence by
// sentence, because that may quote the resource.
func (m Mask) Error(err error) string {
	if !m.On {
		return err.Error()
	}
	var refused *aidbox.Error
	if errors.As(err, &refused) {
		masked := *refused
		masked.URL, masked.Outcome = m.URL(masked.URL), aidbox.OperationOutcome{}
		for _, s := range refused.Sentences() {
			masked.Outcome.Issues = append(masked.Outcome.Issues, aidbox.Issue{Diagnostics: m.Failure(s)})
		}
		if len(masked.Outcome.Issues) == 0 {
			masked.Body = m.Text(masked.Body) // it is told instead
		}
		return strings.Replace(err.Error(), refused.Error(), masked.Error(), 1)
	}
	// These name subjects alone.
	var permission *nats.PermissionError
	var slow *nats.SlowConsumerError
	if errors.As(err, &permission) || errors.As(err, &slow) {
		return err.Error()
	}
	return m.Failure(err.Error())
}
