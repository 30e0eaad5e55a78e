package criteria_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"aidbox-nats/aidbox/criteria"
)

func TestCompileRefusesWhatIsNotFHIRPath(t *testing.T) {
	cases := []struct {
		name         string
		source       string
		line, column int
		message      string
	}{
		{"nothing", " \n", 1, 1, "empty"},
		{"a parenthesis that is not closed", "name.exists(", 1, 13, "ends"},
		{"an operator without its right side", "name.exists() and", 1, 18, "ends"},
		{"two dots", "name..given", 1, 6, `unexpected "."`},
		{"a second expression", "name.exists() name", 1, 15, `unexpected "name"`},
		{"a later line", "name.exists()\n  and\n  name.given =", 3, 15, "ends"},
		{"columns count characters", "'é' = 'ü' ) ", 1, 11, `unexpected ")"`},
		{"a string without end", "name.family = 'x", 1, 15, "string that begins here"},
		{"a name without end", "name.`given", 1, 6, "name that begins here"},
		{"double quotes", `name.family = "x"`, 1, 15, "single quotes"},
		{"a character that means nothing", "name ; given", 1, 6, `";"`},
		{"a date that is none", "birthDate > @19", 1, 13, "unexpected"},
		{"an unknown function", "name.exist()", 1, 6, "no function"},
		{"an unknown function in a branch not taken", "iif(true, true, foo())", 1, 17, "no function"},
		{"an unknown function in the argument of where", "name.where(use.foo())", 1, 16, "no function"},
		{"too few arguments", "name.family.substring()", 1, 13, "1 to 2 arguments, not 0"},
		{"too many arguments", "name.empty(1)", 1, 6, "0 arguments, not 1"},
		{"an unknown variable", "%curent.name.exists()", 1, 1, "no variable"},
		{"an unknown variable in the argument of where", "name.where(use = %x)", 1, 18, "no variable"},
		{"a variable out of its scope", "name.select(defineVariable('a')).exists() and %a.exists()", 1, 50, "%a"},
		{"an unknown type", "deceased is Datetime", 1, 13, "no type"},
		{"an unknown type of ofType", "deceased.ofType(Foo)", 1, 17, "no type"},
		{"an unknown type of FHIRPath's own", "1 is System.Patient", 1, 6, "no type"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := criteria.Compile(load(t), "Patient", c.source)
			var wrong *criteria.SyntaxError
			if !errors.As(err, &wrong) {
				t.Fatalf("%s: got %v, want a SyntaxError", c.source, err)
			}
			if wrong.Line != c.line || wrong.Column != c.column || !strings.Contains(wrong.Message, c.message) {
				t.Errorf("%s: %v, want line %d, column %d: %s", c.source, err, c.line, c.column, c.message)
			}
		})
	}
}

func TestCompileNamesAnUnknownResourceType(t *testing.T) {
	for _, resourceType := range []string{"", "Foo", "HumanName", "DomainResource", "patient"} {
		if _, err := criteria.Compile(load(t), resourceType, "id.exists()"); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", resourceType)) {
			t.Errorf("compile for %q: got %v, want an error that names the type", resourceType, err)
		}
	}
}

func TestSyntaxErrorIsShort(t *testing.T) {
	_, err := criteria.Compile(load(t), "Patient", "name '"+strings.Repeat("x", 9000)+"'")
	if err == nil || len(err.Error()) > 300 {
		t.Errorf("got %.400v, want a short error", err)
	}
}

func repeat(before, part, after string, n int) string {
	return before + strings.Repeat(part, n) + after
}

func TestCompileIsBounded(t *testing.T) {
	cases := []struct{ name, source, what string }{
		{"20,000 characters", repeat("", "x", "", 20_000), "length"},
		{"20,000 parentheses deep", repeat("", "(", "true"+strings.Repeat(")", 20_000), 20_000), "length"},
		{"400,000 parentheses", repeat("", "(", "", 400_000), "length"},
		{"one character too many", repeat("", "é", "", criteria.MaxLength+1), "length"},
		{"parentheses", repeat("", "(", "", 5000), "nesting"},
		{"parentheses that are closed", repeat("", "(", "true"+strings.Repeat(")", 4000), 4000), "nesting"},
		{"brackets", repeat("", "name[", "", 2000), "nesting"},
		{"calls", repeat("", "iif(true, ", "", 900), "nesting"},
		{"signs", repeat("", "- ", "1", 4000), "nesting"},
		{"texts that double", repeat("'a'", ".select($this & $this)", "", 400), "text"},
		{"texts that double by plus", repeat("'a'", ".select($this + $this)", "", 400), "text"},
		{"texts that grow by replace", repeat("'a'", ".replace('a', 'aaaaaaaaaaaaaaaa')", "", 200), "text"},
		{"texts that grow by replaceMatches", repeat("'a'", ".replaceMatches('(a)', '"+strings.Repeat("$1", 400)+"')", "", 5), "text"},
		{"texts that grow by encode", repeat("'a'", ".encode('hex')", "", 400), "text"},
		{"texts that grow by join", repeat("'aaaaaaaaaa'", ".select($this | ($this & 'x')).join($this)", "", 200), "text"},
		{"many texts at once", repeat("'a'", ".repeat($this & 'aaaaaaaaaaaaaa')", ".exists()", 1), "text"},
		{"texts that are summed up", "'a'.repeatAll(iif($this.length() < 40, $this & 'a', {})).aggregate($total & $total, 'a').exists()", "text"},
		{"numbers that double", repeat("2.5", ".select($this * $this)", "> 1", 400), "digits"},
		{"exponents that double", repeat("10.power(300)", ".select($this * $this)", "> 1", 400), "digits"},
		{"a precision", "1.5.round(2000000000) = 1", "digits"},
		{"collections that double", repeat("(1 | 2)", ".select($this.combine($this))", ".count() > 1", 100), "items"},
		{"an endless sequence of the same", "1.repeatAll($this).exists()", "items"},
		{"characters", repeat("'aaaaaaaaaa'", ".replace('a', 'aaaaaaaaaa')", ".toChars().exists()", 5), "items"},
		{"parts", repeat("'aaaaaaaaaa'", ".replace('a', 'aaaaaaaaaa')", ".split('a').exists()", 5), "items"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := criteria.Compile(load(t), "Patient", c.source)
			var limit *criteria.LimitError
			if !errors.As(err, &limit) || limit.What != c.what {
				t.Fatalf("got %.300v, want a LimitError for %s", err, c.what)
			}
			if text := err.Error(); !strings.Contains(text, fmt.Sprint(limit.Limit)) {
				t.Errorf("%q does not say the limit of %d", text, limit.Limit)
			}
		})
	}
}

func TestCompileTakesWhatIsJustInBounds(t *testing.T) {
	for name, source := range map[string]string{
		"length":      "name.exists() // " + strings.Repeat("x", criteria.MaxLength-17),
		"parentheses": strings.Repeat("(", criteria.MaxNesting) + "true" + strings.Repeat(")", criteria.MaxNesting),
		"a chain":     "name.exists()" + strings.Repeat(" and id.exists()", 600),
		"a path":      "name" + strings.Repeat(".first()", 1200) + ".exists()",
		"signs":       "0 < 1" + strings.Repeat(" + -1 + 1", 900),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := compile(t, "Patient", source).Decide(t.Context(), create(patient))
			if got != criteria.True || err != nil {
				t.Errorf("got %v, %v, want true", got, err)
			}
		})
	}
}

func TestNumbersFromOutsideAreBounded(t *testing.T) {
	c := compile(t, "Observation", "value.value + 1 > 0")
	observation := func(number string) criteria.Change {
		return create(`{"resourceType":"Observation","note":[{"text":"1e999999999 \\\" 2e999999999 \\"}],"valueQuantity":{"value":` + number + `}}`)
	}
	for _, number := range []string{"1e999999999", "1E+99999", "-1.5e-999999999", "1e99999999999999999999", strings.Repeat("9", 2000), "0." + strings.Repeat("3", 2000)} {
		_, err := c.Decide(t.Context(), observation(number))
		var limit *criteria.LimitError
		if !errors.As(err, &limit) || limit.What != "digits" {
			t.Errorf("%.20s: got %v, want a LimitError for digits", number, err)
		}
	}
	for _, number := range []string{"1", "0.000000000000000001", "1e2", "12345678901234567890.5", "1.5E-7"} {
		if got, err := c.Decide(t.Context(), observation(number)); got != criteria.True || err != nil {
			t.Errorf("%s: got %v, %v, want true", number, got, err)
		}
	}
}
