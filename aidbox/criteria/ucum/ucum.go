// Package ucum answers questions about UCUM units for github.com/gofhir/fhirpath.
//
// It stands in for the real github.com/gofhir/ucum/v4, on which fhirpath depends
// and which the Go module proxy cannot deliver; the main module's replace
// directive points here. It has the nine names that fhirpath uses and no others,
// and leaves the units themselves to github.com/iimos/ucum, which knows them all
// but does not cancel: to it g/g is not 1, mg/g is not comparable with %, a
// {cell}/uL is not a /uL, and L/L is zero.
//
// Unit codes come from resources, so they are hostile: they are bounded before
// anything is computed with them, and none is kept.
package ucum

import (
	"errors"
	"fmt"
	"math"
	"math/big"

	"github.com/iimos/ucum"
)

// ErrNotRational says that a conversion has no exact result, because one of the
// units is a logarithmic, trigonometric or square root scale. Convert has an
// approximate one.
var ErrNotRational = errors.New("ucum: the conversion has no exact result")

// ExactService converts between units and combines them. Each method returns an
// error if a code is not a unit and, where that matters, if two units measure
// different things.
type ExactService interface {
	IsComparable(a, b string) (bool, error)
	ConvertRat(value *big.Rat, from, to string) (*big.Rat, error)
	Convert(value float64, from, to string) (float64, error)
	Multiply(a, b Pair) (Pair, error)
	Divide(a, b Pair) (Pair, error)
	Validate(code string) error
}

// Pair is a quantity: a value and the UCUM code of its unit.
type Pair struct {
	Value float64
	Code  string
}

// NewExact returns the service. It holds nothing and may be used concurrently.
func NewExact() (ExactService, error) { return service{}, nil }

type service struct{}

func (service) Validate(code string) error {
	_, err := parseTerm(code)
	return err
}

func (service) IsComparable(a, b string) (bool, error) {
	from, err := parseTerm(a)
	if err != nil {
		return false, err
	}
	to, err := parseTerm(b)
	if err != nil {
		return false, err
	}
	_, err = converter(from, to)
	return err == nil, nil
}

func (service) ConvertRat(value *big.Rat, from, to string) (result *big.Rat, err error) {
	c, err := converterOf(from, to)
	if err != nil {
		return nil, err
	}
	defer undefined(from, to, &err)
	if !affine(c) {
		return nil, ErrNotRational
	}
	return convert(c, value), nil
}

func (service) Convert(value float64, from, to string) (result float64, err error) {
	c, err := converterOf(from, to)
	if err != nil {
		return 0, err
	}
	defer undefined(from, to, &err)
	result = c.ConvFloat64(value)
	if math.IsNaN(result) || math.IsInf(result, 0) {
		return 0, fmt.Errorf("ucum: %g %q has no value in %q", value, from, to)
	}
	return result, nil
}

func (service) Multiply(a, b Pair) (Pair, error) {
	return combine(a.Value*b.Value, a.Code, b.Code, 1)
}

func (service) Divide(a, b Pair) (Pair, error) {
	return combine(a.Value/b.Value, a.Code, b.Code, -1)
}

func combine(value float64, a, b string, exponent int) (Pair, error) {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return Pair{}, fmt.Errorf("ucum: the value in %q and %q is out of range", a, b)
	}
	left, err := parseTerm(a)
	if err != nil {
		return Pair{}, err
	}
	right, err := parseTerm(b)
	if err != nil {
		return Pair{}, err
	}
	left.multiply(right, exponent)
	if err := left.bound(); err != nil {
		return Pair{}, err
	}
	code := left.String()
	if _, err := ucum.Parse([]byte(code)); err != nil {
		return Pair{}, err
	}
	return Pair{Value: value, Code: code}, nil
}

func converterOf(from, to string) (ucum.PairConverter, error) {
	a, err := parseTerm(from)
	if err != nil {
		return nil, err
	}
	b, err := parseTerm(to)
	if err != nil {
		return nil, err
	}
	return converter(a, b)
}

// balance is 1. It gives a unit every base unit of UCUM, those that it lacks or
// that cancel in it to the power of zero, because iimos/ucum takes two units for
// the same only if it finds the same base units in both.
const balance = ".m/m.s/s.g/g.rad/rad.K/K.C/C.cd/cd"

// converter tries the units as they are first: the scales that are not ratios,
// Celsius or pH, tolerate no other unit beside them.
func converter(from, to term) (ucum.PairConverter, error) {
	var err error
	for _, suffix := range []string{"", balance} {
		var a, b ucum.Unit
		var c ucum.PairConverter
		if a, err = ucum.Parse([]byte(from.String() + suffix)); err != nil {
			break
		}
		if b, err = ucum.Parse([]byte(to.String() + suffix)); err != nil {
			break
		}
		if c, err = ucum.NewPairConverter(a, b); err == nil {
			return c, nil
		}
	}
	return nil, fmt.Errorf("ucum: %q is not comparable with %q: %w", from, to, err)
}

// convert passes a copy, because the temperature scales change their argument.
func convert(c ucum.PairConverter, value *big.Rat) *big.Rat {
	return c.ConvBigRat(new(big.Rat).Set(value))
}

// affine reports whether equal steps stay equal in another unit: then the
// conversion is a factor and an offset, and exact.
func affine(c ucum.PairConverter) bool {
	var at [3]*big.Rat
	for i := range at {
		at[i] = convert(c, big.NewRat(int64(i+1), 1))
	}
	return new(big.Rat).Sub(at[2], at[1]).Cmp(new(big.Rat).Sub(at[1], at[0])) == 0
}

// undefined turns a panic of the scales into an error: where a logarithm or a
// power has no value (the pH of a negative concentration, the concentration at
// pH -400), iimos/ucum dereferences nil.
func undefined(from, to string, err *error) {
	if recover() != nil {
		*err = fmt.Errorf("ucum: the value has no equal in %q when converted from %q", to, from)
	}
}
