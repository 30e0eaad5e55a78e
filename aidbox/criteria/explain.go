package criteria

import (
	"context"
	"errors"

	"github.com/antlr4-go/antlr/v4"
	"github.com/gofhir/fhirpath/parser/grammar"
)

// Part is a criterion, or one of the conditions that it joins with and, or, xor
// or implies, with what it gives for a change.
type Part struct {
	Source     string
	Start, End int    // where Source stands in the criterion, in bytes
	Op         string // "and", "or", "xor", "implies"; empty for a leaf
	Verdict    Verdict
	Err        string // why the part cannot be evaluated, or only with what stands around it; the Verdict is Empty then
	// Decisive parts are those that made the verdict what it is, see
	// [Criterion.Explain].
	Decisive bool
	Parts    []Part
}

// Explain evaluates the criterion and each of its parts alone.
//
// Conditions joined by the same operator are one list: a and b and c has three
// parts. Parentheses around such a list belong to the source of the part. What
// stands inside where(), not() and other functions is not taken apart, because it
// means something only there; nor is a list in which defineVariable() occurs.
//
// The criterion itself is decisive. In a decisive list these parts are:
//
//	and      if false, the first that is false; if empty, those that are empty; if true, all
//	or       if true, the first that is true; if empty, those that are empty; if false, all
//	xor      both; if empty, those that are empty
//	implies  if true, the left one that is false, else the right one; if empty, those
//	         that are empty; if false, both
//
// If a list cannot be evaluated, it is the first of its parts that cannot.
//
// The error is ErrMalformed, a *LimitError for the resources, or that of the
// context. What goes wrong with a part stands in the part.
func (c *Criterion) Explain(ctx context.Context, change Change) (Part, error) {
	s, err := newScope(c.model, change)
	if err != nil {
		return Part{}, err
	}
	tree, err := parse(c.source)
	if err != nil {
		return Part{}, err
	}
	x := explainer{criterion: c, scope: s, offsets: offsets(c.source)}
	part := x.split(tree)
	part.Source, part.Start, part.End = c.source, 0, len(c.source)
	if err := x.evaluate(ctx, &part); err != nil {
		return Part{}, err
	}
	mark(&part)
	return part, nil
}

type explainer struct {
	criterion *Criterion
	scope     scope
	offsets   []int
}

// offsets maps the index of each character, and of the end, to that of its first
// byte: antlr counts characters.
func offsets(source string) []int {
	at := make([]int, 0, len(source)+1)
	for i := range source {
		at = append(at, i)
	}
	return append(at, len(source))
}

// split makes the tree of parts, not yet evaluated.
func (x *explainer) split(tree grammar.IExpressionContext) Part {
	part := Part{Start: x.offsets[tree.GetStart().GetStart()], End: x.offsets[tree.GetStop().GetStop()+1]}
	part.Source = x.criterion.source[part.Start:part.End]
	if definesVariable(tree) {
		return part
	}
	inner := unparenthesized(tree)
	part.Op, _, _ = operands(inner)
	if part.Op != "" {
		part.Parts = x.list(inner, part.Op)
	}
	return part
}

// list splits the operands of a chain. Xor and implies take two: in a longer
// chain, a verdict of its own stands for what is on the left.
func (x *explainer) list(tree grammar.IExpressionContext, op string) []Part {
	_, left, right := operands(tree)
	var parts []Part
	if next, _, _ := operands(left); next == op && (op == "and" || op == "or") {
		parts = x.list(left, op)
	} else {
		parts = []Part{x.split(left)}
	}
	return append(parts, x.split(right))
}

func operands(tree grammar.IExpressionContext) (op string, left, right grammar.IExpressionContext) {
	switch t := tree.(type) {
	case *grammar.AndExpressionContext:
		return "and", t.Expression(0), t.Expression(1)
	case *grammar.OrExpressionContext:
		return t.GetChild(1).(antlr.TerminalNode).GetText(), t.Expression(0), t.Expression(1)
	case *grammar.ImpliesExpressionContext:
		return "implies", t.Expression(0), t.Expression(1)
	}
	return "", nil, nil
}

func unparenthesized(tree grammar.IExpressionContext) grammar.IExpressionContext {
	for {
		term, ok := tree.(*grammar.TermExpressionContext)
		if !ok {
			return tree
		}
		inner, ok := term.Term().(*grammar.ParenthesizedTermContext)
		if !ok {
			return tree
		}
		tree = inner.Expression()
	}
}

func definesVariable(tree antlr.Tree) bool {
	if call, ok := tree.(*grammar.FunctionContext); ok && functionName(call) == "defineVariable" {
		return true
	}
	for _, child := range children(tree) {
		if definesVariable(child) {
			return true
		}
	}
	return false
}

func (x *explainer) evaluate(ctx context.Context, part *Part) error {
	p, err := compile(x.criterion.model, part.Source)
	if err == nil {
		part.Verdict, err = p.decide(ctx, x.scope)
	}
	if cause := ctx.Err(); cause != nil {
		return cause
	}
	var failed *EvaluationError
	switch {
	case errors.As(err, &failed):
		// Its place would be that in the part, not in the criterion.
		part.Err = message(failed.Err)
	case err != nil:
		part.Err = err.Error()
	}
	for i := range part.Parts {
		if err := x.evaluate(ctx, &part.Parts[i]); err != nil {
			return err
		}
	}
	return nil
}

// mark marks a part as decisive, and below it those that made its verdict.
func mark(part *Part) {
	part.Decisive = true
	if part.Err != "" {
		markFirst(part.Parts, func(p Part) bool { return p.Err != "" })
		return
	}
	if part.Verdict == Empty {
		markAll(part.Parts, func(p Part) bool { return p.Verdict == Empty })
		return
	}
	switch {
	case part.Op == "and" && part.Verdict == False:
		markFirst(part.Parts, func(p Part) bool { return p.Verdict == False })
	case part.Op == "or" && part.Verdict == True:
		markFirst(part.Parts, func(p Part) bool { return p.Verdict == True })
	case part.Op == "implies" && part.Verdict == True:
		if left := &part.Parts[0]; left.Verdict == False {
			mark(left)
		} else {
			mark(&part.Parts[1])
		}
	default:
		markAll(part.Parts, func(Part) bool { return true })
	}
}

func markFirst(parts []Part, is func(Part) bool) {
	for i := range parts {
		if is(parts[i]) {
			mark(&parts[i])
			return
		}
	}
}

func markAll(parts []Part, is func(Part) bool) {
	for i := range parts {
		if is(parts[i]) {
			mark(&parts[i])
		}
	}
}
