package criteria

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/antlr4-go/antlr/v4"
	"github.com/gofhir/fhirpath/parser/grammar"
)

// parse reads the syntax tree of a criterion.
func parse(source string) (grammar.IExpressionContext, error) {
	if utf8.RuneCountInString(source) > MaxLength {
		return nil, &LimitError{What: "length", Limit: MaxLength}
	}
	if strings.TrimSpace(source) == "" {
		return nil, &SyntaxError{Line: 1, Column: 1, Message: "the criterion is empty; leave it out to let every change through"}
	}
	var errs firstError
	lexer := grammar.NewfhirpathLexer(antlr.NewInputStream(source))
	lexer.RemoveErrorListeners()
	lexer.AddErrorListener(&errs)
	tokens := antlr.NewCommonTokenStream(lexer, antlr.TokenDefaultChannel)
	tokens.Fill()
	if errs.err != nil {
		return nil, errs.err
	}
	if nesting(tokens.GetAllTokens()) > MaxNesting {
		return nil, &LimitError{What: "nesting", Limit: MaxNesting}
	}
	parser := grammar.NewfhirpathParser(tokens)
	parser.RemoveErrorListeners()
	parser.AddErrorListener(&errs)
	tree := parser.EntireExpression()
	if errs.err != nil {
		return nil, errs.err
	}
	return tree.(*grammar.EntireExpressionContext).Expression(), nil
}

// nesting counts the levels that the parser and everything that walks its tree
// descend by: each is a few frames of a stack that is the whole process's.
func nesting(tokens []antlr.Token) int {
	deepest, open, signs := 0, 0, 0
	for _, t := range tokens {
		if t.GetChannel() != antlr.TokenDefaultChannel {
			continue
		}
		switch t.GetText() {
		case "(", "[", "{":
			open++
			signs = 0
		case ")", "]", "}":
			open--
			signs = 0
		case "+", "-":
			signs++
		default:
			signs = 0
		}
		deepest = max(deepest, open+signs)
	}
	return deepest
}

// firstError keeps the first of the errors that the lexer or parser reports; the
// rest are mostly its consequences.
type firstError struct {
	antlr.DefaultErrorListener
	err error
}

func (f *firstError) SyntaxError(_ antlr.Recognizer, symbol any, line, column int, message string, _ antlr.RecognitionException) {
	if f.err == nil {
		f.err = &SyntaxError{Line: line, Column: column + 1, Message: explainSyntax(symbol, message)}
	}
}

// explainSyntax puts in words what antlr reports as the set of tokens that could
// stand there.
func explainSyntax(symbol any, message string) string {
	if token, ok := symbol.(antlr.Token); ok {
		if token.GetTokenType() == antlr.TokenEOF {
			return "it ends where more is expected"
		}
		return fmt.Sprintf("unexpected %s", quote(token.GetText()))
	}
	text := strings.TrimSuffix(strings.TrimPrefix(message, "token recognition error at: '"), "'")
	switch {
	case strings.HasPrefix(text, "'"):
		return "the string that begins here does not end"
	case strings.HasPrefix(text, "`"):
		return "the name that begins here does not end"
	case strings.HasPrefix(text, "/*"):
		return "the comment that begins here does not end"
	case strings.HasPrefix(text, `"`):
		return `strings stand in single quotes, not in "`
	}
	return fmt.Sprintf("unexpected %s", quote(text))
}

// quote bounds what is repeated of a criterion in a message.
func quote(text string) string {
	const most = 40
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return fmt.Sprintf("%q", text)
}

// children lists the parts of a tree.
func children(tree antlr.Tree) []antlr.Tree {
	if node, ok := tree.(antlr.RuleNode); ok {
		return node.GetChildren()
	}
	return nil
}

// position is where a part of a criterion begins, from 1.
func position(tree antlr.ParserRuleContext) (line, column int) {
	start := tree.GetStart()
	return start.GetLine(), start.GetColumn() + 1
}

// functionCall is the call that an expression consists of or ends with.
func functionCall(tree grammar.IExpressionContext) (grammar.IFunctionContext, bool) {
	var invocation grammar.IInvocationContext
	switch t := tree.(type) {
	case *grammar.InvocationExpressionContext:
		invocation = t.Invocation()
	case *grammar.TermExpressionContext:
		if term, ok := t.Term().(*grammar.InvocationTermContext); ok {
			invocation = term.Invocation()
		}
	}
	if call, ok := invocation.(*grammar.FunctionInvocationContext); ok {
		return call.Function(), true
	}
	return nil, false
}
