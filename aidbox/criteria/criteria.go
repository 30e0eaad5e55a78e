// Package criteria decides whether a trigger's FHIRPath criterion lets a change
// through, and explains why not.
//
// A criterion sees the resource after the change as %current and before it as
// %previous, and as $this the one that there is: %current or, on delete,
// %previous. What there is not (%previous on create, %current on delete) is
// defined and empty, never an error. %resource, %rootResource and %context are
// $this.
//
// The answer has three values, because FHIRPath has: comparing with something
// empty is neither true nor false but empty. So on create
//
//	%current.status = 'completed' and %previous.status != 'completed'
//
// is empty and does not fire, which is why criteria that shall also fire on
// create begin with %previous.empty(). Only true fires.
//
// A criterion that gives one item which is not a boolean counts as true, as
// FHIRPath's singleton evaluation of collections has it: the criterion name.family
// fires for a patient with exactly one family name. Several items are an error.
//
// Expressions are evaluated by github.com/gofhir/fhirpath with the types of FHIR
// R4. What differs from a server with a database and a terminology service:
//
//   - resolve() finds contained resources (#id) and the entries of a Bundle that is
//     $this. Any other reference resolves to nothing, as if its target were deleted.
//   - memberOf() is empty, and conformsTo() an error unless the profile is that of a
//     base type.
//   - trace() returns its input and writes nothing.
//
// # Bounds
//
// Criteria and resources come from outside, so an evaluation cannot take the
// process down: see [MaxLength], [MaxNesting], [MaxItems], [MaxText], [MaxDigits]
// and [MaxDuration].
package criteria

import (
	"context"
	"errors"
	"fmt"

	"github.com/gofhir/fhirpath"
	"github.com/gofhir/fhirpath/eval"
	"github.com/gofhir/fhirpath/types"

	"aidbox-nats/aidbox/r4"
)

// Criterion is a compiled criterion. It may be used from any number of
// goroutines.
type Criterion struct {
	source       string
	resourceType string
	model        model
	program      *program
	hint         string
}

// Change is what a criterion decides on: the JSON of the resource after and
// before. Nil is absent: Previous on create, Current on delete. Neither is
// changed or kept.
type Change struct {
	Current, Previous []byte
}

// Verdict is the answer of a criterion.
type Verdict int

const (
	Empty Verdict = iota
	False
	True
)

// Fires reports whether a change with this verdict is sent: only true is.
func (v Verdict) Fires() bool { return v == True }

func (v Verdict) String() string {
	switch v {
	case True:
		return "true"
	case False:
		return "false"
	case Empty:
		return "empty"
	}
	return fmt.Sprintf("Verdict(%d)", int(v))
}

// Sentence says what the verdict does to the change.
func (v Verdict) Sentence() string {
	if v.Fires() {
		return "fires"
	}
	return "does not fire: " + v.String()
}

// Compile reads a criterion for changes of one resource type.
//
// The error is a *SyntaxError, with the place in the source, if the criterion is
// not FHIRPath or names a function, a variable or a type that does not exist, and
// a *LimitError if it is too long or nested too deeply.
func Compile(d *r4.Definitions, resourceType, source string) (*Criterion, error) {
	if !isConcreteResource(d, resourceType) {
		return nil, fmt.Errorf("compile the criterion of a trigger: %q is not a resource type of FHIR R4", resourceType)
	}
	m := model{d}
	p, err := compile(m, source)
	if err != nil {
		return nil, err
	}
	c := &Criterion{source: source, resourceType: resourceType, model: m, program: p}
	if err := c.try(); err != nil {
		return nil, err
	}
	c.hint = analyze(m, resourceType, source)
	return c, nil
}

// Source returns the criterion as it was given to Compile.
func (c *Criterion) Source() string { return c.source }

// ResourceType returns the type that the criterion was compiled for.
func (c *Criterion) ResourceType() string { return c.resourceType }

// Hint says why the criterion can hardly be meant as it stands, such as an
// element that the resource type does not have, which FHIRPath takes for empty.
// It is empty if nothing was found; only paths that do not begin with a variable
// are looked at.
func (c *Criterion) Hint() string { return c.hint }

// Decide evaluates the criterion for one change.
//
// The error is an *EvaluationError if the criterion fails on this change, a
// *LimitError if it takes more than it may, ErrMalformed if Current or Previous
// is not a JSON object, and that of the context if it ends first.
func (c *Criterion) Decide(ctx context.Context, change Change) (Verdict, error) {
	s, err := newScope(c.model, change)
	if err != nil {
		return Empty, err
	}
	return c.program.decide(ctx, s)
}

// try evaluates the criterion for the creation of an empty resource, and keeps
// of what goes wrong only that which would go wrong with every resource.
func (c *Criterion) try() error {
	change := Change{Current: []byte(`{"resourceType":"` + c.resourceType + `"}`)}
	_, err := c.Decide(context.Background(), change)
	var failed *EvaluationError
	if !errors.As(err, &failed) {
		return err
	}
	var cause *eval.EvalError
	if !errors.As(err, &cause) {
		return nil
	}
	switch cause.Type {
	case eval.ErrParse, eval.ErrFunctionNotFound, eval.ErrInvalidPath, eval.ErrInvalidArguments:
		return &SyntaxError{Line: failed.Line, Column: failed.Column, Message: cause.Message}
	}
	return nil
}

// analyze asks the library for what is provably wrong with the paths of a
// criterion. A server does not refuse such a criterion, so neither does Compile.
func analyze(m model, resourceType, source string) (hint string) {
	expression, err := fhirpath.Compile(source)
	if err != nil {
		return ""
	}
	var found *fhirpath.AnalysisError
	if errors.As(expression.Analyze(m, resourceType), &found) {
		return found.Reason
	}
	return ""
}

// verdict applies the singleton evaluation of collections.
func verdict(result types.Collection) (Verdict, error) {
	switch len(result) {
	case 0:
		return Empty, nil
	case 1:
		if b, ok := result[0].(types.Boolean); ok && !b.Bool() {
			return False, nil
		}
		return True, nil
	}
	return Empty, fmt.Errorf("it gives %d items, where true or false is due", len(result))
}
