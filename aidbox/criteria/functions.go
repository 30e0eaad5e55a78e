package criteria

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/gofhir/fhirpath/eval"
	"github.com/gofhir/fhirpath/funcs"
	"github.com/gofhir/fhirpath/types"
)

// library is the library's functions, with bounds before those that could do too
// much in one call.
type library struct{}

// Get returns a function by its name.
func (library) Get(name string) (eval.FuncDef, bool) {
	def, ok := funcs.Get(name)
	if !ok {
		return def, false
	}
	inner := def.Fn
	switch name {
	case "trace":
		// The library's own writes to stderr, through a logger that belongs to the
		// whole process.
		def.Fn = func(_ *eval.Context, input types.Collection, _ []any) (types.Collection, error) { return input, nil }
	case "replace":
		def.Fn = bounded(inner, replaceFits)
	case "replaceMatches":
		def.Fn = bounded(inner, replaceMatchesFits)
	case "join":
		def.Fn = bounded(inner, joinFits)
	case "split":
		def.Fn = bounded(inner, splitFits)
	case "toChars":
		def.Fn = bounded(inner, toCharsFits)
	case "round":
		def.Fn = bounded(inner, roundFits)
	case "conformsTo":
		def.Fn = knownProfiles(inner)
	case "toDecimal":
		def.Fn = plainDecimals(inner, types.Collection{})
	case "convertsToDecimal":
		def.Fn = plainDecimals(inner, types.Collection{types.NewBoolean(false)})
	}
	return def, true
}

func bounded(inner eval.FuncImpl, fits func(input types.Collection, args []any) error) eval.FuncImpl {
	return func(ctx *eval.Context, input types.Collection, args []any) (types.Collection, error) {
		if err := fits(input, args); err != nil {
			return nil, err
		}
		return inner(ctx, input, args)
	}
}

func textFits(size int) error {
	if size > MaxText {
		return &LimitError{What: "text", Limit: MaxText}
	}
	return nil
}

func itemsFit(count int) error {
	if count > MaxItems {
		return &LimitError{What: "items", Limit: MaxItems}
	}
	return nil
}

func replaceFits(input types.Collection, args []any) error {
	text, pattern, substitute := textOf(input), textAt(args, 0), textAt(args, 1)
	return textFits(len(text) + strings.Count(text, pattern)*len(substitute))
}

// replaceMatchesFits reckons with a match at each place, and with each $ standing
// for all of what was matched.
func replaceMatchesFits(input types.Collection, args []any) error {
	text, substitute := len(textOf(input)), textAt(args, 1)
	return textFits((text+1)*(len(substitute)+1) + text*strings.Count(substitute, "$"))
}

func joinFits(input types.Collection, args []any) error {
	size := len(input) * len(textAt(args, 0))
	for _, item := range input {
		switch v := item.(type) {
		case types.String:
			size += len(v.Value())
		case *types.ObjectValue:
			size += len(v.Data())
		}
	}
	return textFits(size)
}

func splitFits(input types.Collection, args []any) error {
	return itemsFit(strings.Count(textOf(input), textAt(args, 0)))
}

func toCharsFits(input types.Collection, _ []any) error {
	return itemsFit(utf8.RuneCountInString(textOf(input)))
}

func roundFits(_ types.Collection, args []any) error {
	if len(args) == 0 {
		return nil
	}
	precision, _ := args[0].(types.Collection)
	if len(precision) == 1 {
		if n, ok := precision[0].(types.Integer); ok && (n.Value() > MaxDigits || n.Value() < -MaxDigits) {
			return &LimitError{What: "digits", Limit: MaxDigits}
		}
	}
	return nil
}

var decimal = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?$`)

// plainDecimals takes texts for decimals only as FHIRPath writes them. The
// library takes '1e999999999', too, and adding 1 to it never ends.
func plainDecimals(inner eval.FuncImpl, otherwise types.Collection) eval.FuncImpl {
	return func(ctx *eval.Context, input types.Collection, args []any) (types.Collection, error) {
		if len(input) == 1 {
			if s, ok := input[0].(types.String); ok && (len(s.Value()) > MaxDigits || !decimal.MatchString(s.Value())) {
				return otherwise, nil
			}
		}
		return inner(ctx, input, args)
	}
}

// knownProfiles tells a profile that is not known here from a mistake in the
// criterion, which the library reports alike.
func knownProfiles(inner eval.FuncImpl) eval.FuncImpl {
	return func(ctx *eval.Context, input types.Collection, args []any) (types.Collection, error) {
		result, err := inner(ctx, input, args)
		if err != nil {
			return nil, fmt.Errorf("conformsTo() knows the types of FHIR R4 and no other profiles: %s", message(err))
		}
		return result, nil
	}
}

func textOf(items types.Collection) string {
	if len(items) != 1 {
		return ""
	}
	if s, ok := items[0].(types.String); ok {
		return s.Value()
	}
	return ""
}

func textAt(args []any, i int) string {
	if i >= len(args) {
		return ""
	}
	items, _ := args[i].(types.Collection)
	return textOf(items)
}
