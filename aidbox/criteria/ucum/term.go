package ucum

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/iimos/ucum"
)

const (
	// maxCode is the longest unit code that is looked at, in bytes, annotations
	// included. Those of HL7's list of common units stay below 50.
	maxCode = 256

	// maxPower bounds the sum of the exponents of a unit, and maxTen the exponent
	// of ten: a code of a hundred bytes could ask for minutes of arithmetic.
	maxPower = 32
	maxTen   = 99
)

// A term is a unit without parentheses and annotations, in which each atom
// occurs once: kg.m/s2 is kg.m.s-2 here, and L/L is nothing.
type term struct{ factors []factor }

type factor struct {
	atom     string
	exponent int
}

// component is one operand: a power of ten, an atom with its exponent, or an
// integer. A bracketed part of an atom may hold any character.
var component = regexp.MustCompile(`^(?:(10[*^]|(?:\[[^\]]*\]|[^][./(){}0-9+-])+)([+-]?[0-9]+)?|([0-9]+))`)

var annotation = regexp.MustCompile(`^\{[^}]*\}`)

// parseTerm reads a code (https://ucum.org/ucum, section 2.1).
func parseTerm(code string) (term, error) {
	if len(code) > maxCode {
		return term{}, fmt.Errorf("ucum: a unit of %d bytes, more than %d", len(code), maxCode)
	}
	var t term
	// Outer holds, for each open parenthesis, the sign outside of it.
	var outer []int
	sign, next := 1, 1
	for rest := code; rest != ""; {
		switch c := rest[0]; {
		case c == '.' || c == '/':
			next = sign
			if c == '/' {
				next = -sign
			}
			rest = rest[1:]
		case c == '(':
			outer = append(outer, sign)
			sign = next
			rest = rest[1:]
		case c == ')' && len(outer) > 0:
			sign, outer = outer[len(outer)-1], outer[:len(outer)-1]
			rest = rest[1:]
		case c == '{':
			found := annotation.FindString(rest)
			if found == "" {
				return term{}, fmt.Errorf("ucum: the annotation in %q does not end", code)
			}
			rest = rest[len(found):]
		default:
			m := component.FindStringSubmatch(rest)
			if m == nil {
				return term{}, fmt.Errorf("ucum: %q is not a unit, from %q on", code, rest)
			}
			exponent := 1
			if m[2] != "" {
				var err error
				if exponent, err = strconv.Atoi(m[2]); err != nil || exponent == 0 {
					return term{}, fmt.Errorf("ucum: %q has the exponent %s", code, m[2])
				}
			}
			t.add(m[1]+m[3], next*exponent)
			if err := t.bound(); err != nil {
				return term{}, err
			}
			rest = rest[len(m[0]):]
		}
	}
	// What the loop lets pass, two units without an operator or an open
	// parenthesis, this does not.
	if _, err := ucum.Parse([]byte(code)); err != nil {
		return term{}, err
	}
	return t, nil
}

func (t *term) add(atom string, exponent int) {
	if atom == "1" {
		return
	}
	for i := range t.factors {
		if t.factors[i].atom == atom {
			t.factors[i].exponent += exponent
			return
		}
	}
	t.factors = append(t.factors, factor{atom, exponent})
}

func (t *term) multiply(other term, exponent int) {
	for _, f := range other.factors {
		t.add(f.atom, f.exponent*exponent)
	}
}

func (t *term) bound() error {
	power := 0
	for _, f := range t.factors {
		n := max(f.exponent, -f.exponent)
		if strings.HasPrefix(f.atom, "10") && n <= maxTen {
			continue
		}
		power += n
	}
	if power > maxPower {
		return fmt.Errorf("ucum: the exponents of a unit add up to %d, more than %d", power, maxPower)
	}
	return nil
}

// String returns the code of the unit: "1" if everything in it cancels.
func (t term) String() string {
	var parts []string
	for _, f := range t.factors {
		switch f.exponent {
		case 0:
		case 1:
			parts = append(parts, f.atom)
		default:
			parts = append(parts, f.atom+strconv.Itoa(f.exponent))
		}
	}
	if len(parts) == 0 {
		return "1"
	}
	return strings.Join(parts, ".")
}
