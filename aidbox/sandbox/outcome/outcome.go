// Package outcome is the sandbox's other answers: FHIR OperationOutcomes with
// the status, ids, codes and texts that Aidbox is documented to use. Aidbox does
// not publish its bodies of 401, 405, 409, 410 and 412; those are plain
// OperationOutcomes here.
package outcome

import (
	"fmt"
	"html"
	"net/http"
	"strings"

	"aidbox-nats/aidbox/r4"
)

// typeSystem is the code system of details.coding in Aidbox's newer outcomes.
const typeSystem = "http://aidbox.app/CodeSystem/operation-outcome-type"

// Outcome is an OperationOutcome, its members in the order of Aidbox's answers.
type Outcome struct {
	ResourceType string    `json:"resourceType"`
	ID           string    `json:"id,omitempty"`
	Text         Narrative `json:"text"`
	Issue        []Issue   `json:"issue"`
}

// Narrative is the outcome in a sentence.
type Narrative struct {
	Status string `json:"status"`
	Div    string `json:"div"`
}

// Issue is one thing that is wrong.
type Issue struct {
	Severity    string   `json:"severity"`
	Code        string   `json:"code"`
	Expression  []string `json:"expression,omitempty"`
	Details     *Details `json:"details,omitempty"`
	Diagnostics string   `json:"diagnostics"`
}

// Details holds Aidbox's own code of an issue.
type Details struct {
	Coding []Coding `json:"coding"`
}

// Coding is a code of a system.
type Coding struct {
	System string `json:"system"`
	Code   string `json:"code"`
}

// Error is an answer other than the one that was asked for.
type Error struct {
	Status  int
	Allow   []string // methods, with 405
	Outcome Outcome
}

func (e *Error) Error() string {
	texts := make([]string, len(e.Outcome.Issue))
	for i, issue := range e.Outcome.Issue {
		texts[i] = issue.Diagnostics
	}
	return fmt.Sprintf("%d %s: %s", e.Status, http.StatusText(e.Status), strings.Join(texts, "; "))
}

func one(status int, id, severity, code, text string) *Error {
	return &Error{Status: status, Outcome: Outcome{
		ResourceType: "OperationOutcome", ID: id,
		Text:  narrative(text),
		Issue: []Issue{{Severity: severity, Code: code, Diagnostics: text}},
	}}
}

func narrative(text string) Narrative {
	return Narrative{Status: "generated", Div: html.EscapeString(text)}
}

// Invalid is 422 with one issue for each thing that is wrong with a resource.
func Invalid(issues []r4.Issue) *Error {
	e := &Error{Status: http.StatusUnprocessableEntity, Outcome: Outcome{
		ResourceType: "OperationOutcome", Text: narrative("Invalid resource"),
	}}
	for _, issue := range issues {
		out := Issue{
			Severity: "fatal", Code: "invalid", Diagnostics: issue.Diagnostics,
			Details: &Details{Coding: []Coding{{System: typeSystem, Code: issue.Code}}},
		}
		if issue.Expression != "" {
			out.Expression = []string{issue.Expression}
		}
		e.Outcome.Issue = append(e.Outcome.Issue, out)
	}
	return e
}

// Malformed is 400: the request cannot be read.
func Malformed(text string) *Error {
	return one(http.StatusBadRequest, "", "fatal", "invalid", text)
}

// Unauthorized is 401: the caller is not known.
func Unauthorized() *Error {
	return one(http.StatusUnauthorized, "unauthorized", "fatal", "login", "Authentication required: unknown client or wrong secret")
}

// NotFound is 404 for a resource that never was.
func NotFound(resourceType, id string) *Error {
	return NotFoundText(fmt.Sprintf("Resource %s/%s not found", resourceType, id))
}

// NotFoundText is 404 in other words.
func NotFoundText(text string) *Error {
	return one(http.StatusNotFound, "not-found", "fatal", "not-found", text)
}

// Gone is 410: the resource has been deleted.
func Gone(resourceType, id string) *Error {
	return one(http.StatusGone, "deleted", "fatal", "deleted", fmt.Sprintf("Resource %s/%s was deleted", resourceType, id))
}

// MethodNotAllowed is 405 and names the methods that are.
func MethodNotAllowed(text string, allow ...string) *Error {
	e := one(http.StatusMethodNotAllowed, "not-allowed", "fatal", "not-supported", text)
	e.Allow = allow
	return e
}

// NotAcceptable is 406: the caller takes no format that there is.
func NotAcceptable(text string) *Error {
	return one(http.StatusNotAcceptable, "not-acceptable", "fatal", "not-supported", text)
}

// Duplicate is 409: the id is taken.
func Duplicate(resourceType, id string) *Error {
	return one(http.StatusConflict, "conflict", "fatal", "duplicate", fmt.Sprintf("Resource %s/%s already exists", resourceType, id))
}

// VersionMismatch is 412 for an If-Match that is not the current version.
func VersionMismatch() *Error {
	return one(http.StatusPreconditionFailed, "precondition-failed", "fatal", "conflict", "Version Id mismatch")
}

// ManyMatches is 412 for a condition that more than one resource meets.
func ManyMatches(resourceType string, n uint64) *Error {
	return one(http.StatusPreconditionFailed, "precondition-failed", "fatal", "multiple-matches",
		fmt.Sprintf("%d resources of type %s match the condition", n, resourceType))
}

// TooLarge is 413.
func TooLarge(limit int64) *Error {
	return one(http.StatusRequestEntityTooLarge, "too-large", "fatal", "too-long", fmt.Sprintf("The body is larger than %d bytes", limit))
}

// UnsupportedMediaType is 415.
func UnsupportedMediaType(text string) *Error {
	return one(http.StatusUnsupportedMediaType, "unsupported-media-type", "fatal", "not-supported", text)
}

// Internal is 500 in Aidbox's wording.
func Internal(text string) *Error {
	return one(http.StatusInternalServerError, "internal-error", "fatal", "exception", "Internal server error: "+text)
}

// NoSender is what $status says of a destination that nothing sends for.
func NoSender(id string) *Error {
	return Internal(fmt.Sprintf("AidboxTopicDestination %s has no sender associated with it.", id))
}

// NotImplemented is 501 for what Aidbox has and the sandbox has not.
func NotImplemented(what string) *Error {
	return one(http.StatusNotImplemented, "not-supported", "fatal", "not-supported", "Not implemented by this sandbox: "+what)
}
