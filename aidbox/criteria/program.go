package criteria

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/antlr4-go/antlr/v4"
	"github.com/gofhir/fhirpath/eval"
	"github.com/gofhir/fhirpath/parser/grammar"
	"github.com/gofhir/fhirpath/types"
)

// program is an expression that is ready to be evaluated.
//
// The library evaluates an expression in one go: an operator has no place where
// it looks at the size of its result, or at the context. 'a'.select($this & $this)
// written forty times would so ask for a terabyte. Therefore each operation whose
// result can be larger than what it is made from stands in the tree as a guarded
// node, which the library, not knowing it, calls as a visitor would be called.
type program struct {
	node eval.Node
	line int // where the expression begins
	col  int
	runs sync.Map // *eval.Evaluator to *run
}

// run is the state of one evaluation.
type run struct {
	ctx    context.Context
	text   int
	failed *guarded // the innermost operation that failed
}

func compile(m model, source string) (*program, error) {
	tree, err := parse(source)
	if err != nil {
		return nil, err
	}
	if err := checkNames(m, tree); err != nil {
		return nil, err
	}
	p := &program{}
	p.line, p.col = position(tree)
	p.node = eval.Compile(p.guard(tree))
	return p, nil
}

// guard returns the expression with guarded nodes in the place of its operations.
func (p *program) guard(tree grammar.IExpressionContext) antlr.ParseTree {
	p.guardChildren(tree)
	if !grows(tree) {
		return tree
	}
	return &guarded{IExpressionContext: tree, program: p, node: eval.Compile(tree)}
}

func (p *program) guardChildren(tree antlr.Tree) {
	parts := children(tree)
	for i, part := range parts {
		if expression, ok := part.(grammar.IExpressionContext); ok {
			parts[i] = p.guard(expression)
			continue
		}
		p.guardChildren(part)
	}
}

func grows(tree grammar.IExpressionContext) bool {
	switch tree.(type) {
	case *grammar.AdditiveExpressionContext, *grammar.MultiplicativeExpressionContext, *grammar.UnionExpressionContext:
		return true
	}
	_, ok := functionCall(tree)
	return ok
}

// guarded is an operation with its bounds.
type guarded struct {
	grammar.IExpressionContext
	program *program
	node    eval.Node
}

// Accept evaluates the operation; the library calls it with its evaluator.
func (g *guarded) Accept(visitor antlr.ParseTreeVisitor) any {
	evaluator := visitor.(*eval.Evaluator)
	state, _ := g.program.runs.Load(evaluator)
	r := state.(*run)
	if err := r.ctx.Err(); err != nil {
		return err
	}
	result := g.node(evaluator)
	err, failed := result.(error)
	if !failed {
		items, _ := result.(types.Collection)
		err = r.account(items)
	}
	if err != nil {
		if r.failed == nil {
			r.failed = g
		}
		return err
	}
	return result
}

// position is where the operation is named: a function at the end of a path there,
// not where the path begins.
func (g *guarded) position() (line, column int) {
	if call, ok := functionCall(g.IExpressionContext); ok {
		return position(call)
	}
	return position(g)
}

// account refuses a result that exceeds the bounds of an evaluation.
func (r *run) account(items types.Collection) error {
	if len(items) > MaxItems {
		return &LimitError{What: "items", Limit: MaxItems}
	}
	for _, item := range items {
		switch v := item.(type) {
		case types.String:
			r.text += len(v.Value())
		case types.Decimal:
			if d := v.Value(); tooLong(d.NumDigits(), d.Exponent()) {
				return &LimitError{What: "digits", Limit: MaxDigits}
			}
		case types.Quantity:
			if d := v.Value(); tooLong(d.NumDigits(), d.Exponent()) {
				return &LimitError{What: "digits", Limit: MaxDigits}
			}
		}
	}
	if r.text > MaxText {
		return &LimitError{What: "text", Limit: MaxText}
	}
	return nil
}

func tooLong(digits int, exponent int32) bool {
	return digits > MaxDigits || exponent > MaxDigits || exponent < -MaxDigits
}

// decide evaluates the expression to a verdict.
func (p *program) decide(ctx context.Context, s scope) (Verdict, error) {
	result, err := p.evaluate(ctx, s)
	if err != nil {
		return Empty, err
	}
	v, err := verdict(result)
	if err != nil {
		return Empty, &EvaluationError{Line: p.line, Column: p.col, Err: err}
	}
	return v, nil
}

func (p *program) evaluate(parent context.Context, s scope) (result types.Collection, err error) {
	ctx, cancel := context.WithTimeout(parent, MaxDuration)
	defer cancel()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	evaluator := eval.NewEvaluator(s.context(ctx), library{})
	r := &run{ctx: ctx}
	p.runs.Store(evaluator, r)
	defer p.runs.Delete(evaluator)
	defer func() {
		// The library is other people's code on hostile data.
		if cause := recover(); cause != nil {
			err = p.failure(parent, r, fmt.Errorf("the FHIRPath library failed: %v", cause))
		}
	}()
	if result, err = evaluator.EvaluateNode(p.node); err != nil {
		return nil, p.failure(parent, r, err)
	}
	return result, nil
}

func (p *program) failure(parent context.Context, r *run, err error) error {
	if cause := parent.Err(); cause != nil {
		return cause
	}
	if r.ctx.Err() != nil {
		return &LimitError{What: "duration", Limit: MaxDuration.Milliseconds()}
	}
	var limit *LimitError
	if errors.As(err, &limit) {
		return limit
	}
	var own *eval.EvalError
	if errors.As(err, &own) && own.Type == eval.ErrInvalidExpression && strings.HasPrefix(own.Message, "collection size") {
		return &LimitError{What: "items", Limit: MaxItems}
	}
	line, column := p.line, p.col
	if r.failed != nil {
		line, column = r.failed.position()
	}
	return &EvaluationError{Line: line, Column: column, Err: err}
}
