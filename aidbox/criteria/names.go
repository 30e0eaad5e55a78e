package criteria

import (
	"fmt"
	"strings"

	"github.com/antlr4-go/antlr/v4"
	"github.com/gofhir/fhirpath/parser/grammar"
	"github.com/gofhir/fhirpath/types"
)

// checkNames refuses functions, variables and types that do not exist. The
// library would find them only when an evaluation comes by, which it need not do
// for long: the argument of where() is not evaluated for nothing.
func checkNames(m model, tree antlr.Tree) error {
	c := nameCheck{model: m, defined: map[string]bool{}}
	c.collect(tree)
	return c.check(tree)
}

type nameCheck struct {
	model   model
	defined map[string]bool // the variables that defineVariable() makes
	unknown bool            // it also makes some whose names are computed
}

func (c *nameCheck) collect(tree antlr.Tree) {
	if call, ok := tree.(*grammar.FunctionContext); ok && functionName(call) == "defineVariable" {
		if args := arguments(call); len(args) > 0 {
			name, literal := stringLiteral(args[0])
			c.defined[name] = literal
			c.unknown = c.unknown || !literal
		}
	}
	for _, child := range children(tree) {
		c.collect(child)
	}
}

func (c *nameCheck) check(tree antlr.Tree) error {
	var err error
	switch t := tree.(type) {
	case *grammar.FunctionContext:
		err = c.function(t)
	case *grammar.ExternalConstantContext:
		err = c.variable(t)
	case *grammar.TypeSpecifierContext:
		err = c.typeName(t, t.GetText())
	}
	if err != nil {
		return err
	}
	for _, child := range children(tree) {
		if err := c.check(child); err != nil {
			return err
		}
	}
	return nil
}

func (c *nameCheck) function(call *grammar.FunctionContext) error {
	name, args := functionName(call), arguments(call)
	def, ok := library{}.Get(name)
	if !ok {
		return wrong(call, "there is no function %s()", quote(name))
	}
	if len(args) < def.MinArgs || def.MaxArgs >= 0 && len(args) > def.MaxArgs {
		due := fmt.Sprintf("%d to %d", def.MinArgs, def.MaxArgs)
		switch {
		case def.MaxArgs < 0:
			due = fmt.Sprintf("%d or more", def.MinArgs)
		case def.MinArgs == def.MaxArgs:
			due = fmt.Sprint(def.MinArgs)
		}
		return wrong(call, "%s() takes %s arguments, not %d", name, due, len(args))
	}
	switch name {
	case "is", "as", "ofType":
		return c.typeName(args[0], args[0].GetText())
	}
	return nil
}

func (c *nameCheck) variable(v *grammar.ExternalConstantContext) error {
	var name string
	if id := v.Identifier(); id != nil {
		name = strings.Trim(id.GetText(), "`")
	} else if s := v.STRING(); s != nil {
		name = strings.Trim(s.GetText(), "'")
	}
	switch name {
	case "current", "previous", "resource", "rootResource", "context", "ucum", "sct", "loinc":
		return nil
	}
	if c.unknown || c.defined[name] || strings.HasPrefix(name, "vs-") || strings.HasPrefix(name, "ext-") {
		return nil
	}
	return wrong(v, "there is no variable %s: %%current and %%previous are the resource after and before the change", quote("%"+name))
}

func (c *nameCheck) typeName(at antlr.ParserRuleContext, text string) error {
	name := strings.ReplaceAll(text, "`", "")
	namespace, bare, qualified := strings.Cut(name, ".")
	if !qualified {
		namespace, bare = "", name
	}
	switch {
	case namespace != "FHIR" && types.IsSystemTypeName(bare):
		return nil
	case namespace != "System" && c.model.HasType(bare):
		return nil
	}
	return wrong(at, "there is no type %s", quote(name))
}

func wrong(at antlr.ParserRuleContext, format string, args ...any) error {
	line, column := position(at)
	return &SyntaxError{Line: line, Column: column, Message: fmt.Sprintf(format, args...)}
}

func functionName(call grammar.IFunctionContext) string {
	return strings.Trim(call.Identifier().GetText(), "`")
}

func arguments(call grammar.IFunctionContext) []grammar.IExpressionContext {
	if list := call.ParamList(); list != nil {
		return list.AllExpression()
	}
	return nil
}

func stringLiteral(tree grammar.IExpressionContext) (string, bool) {
	term, ok := tree.(*grammar.TermExpressionContext)
	if !ok {
		return "", false
	}
	literal, ok := term.Term().(*grammar.LiteralTermContext)
	if !ok {
		return "", false
	}
	if s, ok := literal.Literal().(*grammar.StringLiteralContext); ok {
		return strings.Trim(s.GetText(), "'"), true
	}
	return "", false
}
