package aidbox

import (
	"context"
	"encoding/json"
	"slices"
	"time"
)

// Status is what a destination says of its work. The server keeps all of it but Queued in the memory of the replica that
// answers: it starts anew with a restart and is not summed over replicas. A counter is nil where the kind has none.
type Status struct {
	State     string // active
	Delivered *int64
	InProcess *int64
	Lost      *int64 // of kinds that send once
	// Attempts counts failed attempts for most kinds and all attempts for some: it means failures only beside LastErrors.
	Attempts   *int64
	Queued     *int64 // of kinds that retry
	Other      map[string]int64
	Start      time.Time     // zero where the server does not say
	LastErrors []StatusError // newest first, at most the five that the server keeps
	Raw        json.RawMessage
}

// StatusError is one failure to deliver.
type StatusError struct {
	Message string
	Time    time.Time // zero where the server does not say
}

// Status asks a destination for its counters. ErrNoSender tells of one that cannot work until it is made anew (or was
// made by another replica a second ago: ask once more before alarm), ErrForbidden of a client without the right to ask.
func (c *Client) Status(ctx context.Context, destinationID string) (Status, error) {
	a, err := c.get(ctx, nil, "fhir", typeDestination, destinationID, "$status")
	if err != nil {
		return Status{}, err
	}
	o, raw, err := c.object(a)
	if err != nil {
		return Status{}, err
	}
	if kind := o.text("resourceType"); kind != "Parameters" {
		return Status{}, c.refusal(a, wrongType(kind, "Parameters"))
	}
	return decodeStatus(o, raw), nil
}

func decodeStatus(o object, raw json.RawMessage) Status {
	s := Status{Raw: raw}
	counters := map[string]**int64{
		"messagesDelivered":        &s.Delivered,
		"messagesInProcess":        &s.InProcess,
		"messagesLost":             &s.Lost,
		"messagesDeliveryAttempts": &s.Attempts,
		"messagesQueued":           &s.Queued,
	}
	for _, p := range o.objects("parameter") {
		name, value := p.text("name"), p.anyValue()
		n, isNumber := integerOf(value)
		counter, known := counters[name]
		switch {
		case name == "status":
			s.State = textOf(value)
		case name == "startTimestamp":
			s.Start = parseTime(textOf(value))
		case name == "lastErrorDetail":
			s.LastErrors = append(s.LastErrors, decodeStatusError(p))
		case known && isNumber:
			*counter = &n
		case isNumber:
			if s.Other == nil {
				s.Other = map[string]int64{}
			}
			s.Other[name] = n
		}
	}
	slices.SortStableFunc(s.LastErrors, func(a, b StatusError) int { return b.Time.Compare(a.Time) })
	return s
}

func decodeStatusError(p object) StatusError {
	e := StatusError{Message: cut(textOf(p.anyValue()), maxIssueText)}
	for _, part := range p.objects("part") {
		text := textOf(part.anyValue())
		switch part.text("name") {
		case "message":
			e.Message = cut(text, maxIssueText)
		case "timestamp":
			e.Time = parseTime(text)
		}
	}
	return e
}
