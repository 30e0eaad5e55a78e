package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Build makes the table, as package r4 describes it, from the bundles in dir.
func Build(dir string) ([]byte, error) {
	specs, err := read(dir)
	if err != nil {
		return nil, err
	}
	b := &builder{specs: specs, sets: map[string][]string{}, bases: map[string]elementDefinition{}}
	var roots []structureDefinition
	for _, d := range specs.structures {
		// A constraint of a data type (SimpleQuantity) is a type name that expressions use; one of a resource is a profile and of no use here.
		if d.Kind == "logical" || d.Derivation == "constraint" && (d.Kind != "complex-type" || d.Type != "Quantity") {
			continue
		}
		roots = append(roots, d)
		for _, e := range d.Snapshot.Element {
			if d.Derivation != "constraint" && e.Base.Path == e.Path {
				b.bases[e.Path] = e
			}
		}
	}
	slices.SortFunc(roots, func(x, y structureDefinition) int { return strings.Compare(x.Name, y.Name) })
	for _, d := range roots {
		if err := b.structure(d); err != nil {
			return nil, fmt.Errorf("%s: %w", d.Name, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b.sets)) {
		b.line("V", append([]string{name}, b.sets[name]...)...)
	}
	return b.out.Bytes(), nil
}

type builder struct {
	specs *specifications
	bases map[string]elementDefinition // where an element is defined first, by its path there
	sets  map[string][]string
	out   bytes.Buffer
}

func (b *builder) line(tag string, fields ...string) {
	b.out.WriteString(tag)
	for _, f := range fields {
		b.out.WriteString("\t" + f)
	}
	b.out.WriteString("\n")
}

func (b *builder) structure(d structureDefinition) error {
	base := strings.TrimPrefix(d.BaseDefinition, structureURL)
	switch {
	case d.Kind == "primitive-type":
		pattern, err := pattern(d)
		if err != nil {
			return err
		}
		b.line("T", d.Name, base, "primitive", pattern)
		return nil
	case d.Abstract:
		b.line("T", d.Name, base, "abstract")
	case d.Kind == "resource":
		b.line("T", d.Name, base, "resource")
	default:
		b.line("T", d.Name, base, "complex")
	}
	if d.Derivation == "constraint" {
		return nil
	}
	parents := map[string][]elementDefinition{}
	var order []string
	for _, e := range d.Snapshot.Element[1:] {
		dot := strings.LastIndexByte(e.Path, '.')
		parent := e.Path[:dot]
		if parents[parent] == nil && parent != d.Name {
			order = append(order, parent)
		}
		parents[parent] = append(parents[parent], e)
	}
	if err := b.elements(parents[d.Name], parents); err != nil {
		return err
	}
	for _, path := range order {
		i := slices.IndexFunc(d.Snapshot.Element, func(e elementDefinition) bool { return e.Path == path })
		if i < 0 || len(d.Snapshot.Element[i].Type) != 1 {
			return fmt.Errorf("%s has children and not one type", path)
		}
		b.line("T", path, d.Snapshot.Element[i].Type[0].Code, "backbone")
		if err := b.elements(parents[path], parents); err != nil {
			return err
		}
	}
	return nil
}

// pattern is the regular expression that HL7 gives for the value of a primitive type, empty for xhtml.
func pattern(d structureDefinition) (string, error) {
	for _, e := range d.Snapshot.Element {
		if e.Path != d.Name+".value" {
			continue
		}
		for _, x := range e.Type[0].Extension {
			if x.URL == regexURL {
				return x.ValueString, nil
			}
		}
		return "", nil
	}
	return "", fmt.Errorf("a primitive type without a value")
}

// elements writes the elements that a type has and its base has not, or has otherwise.
func (b *builder) elements(elements []elementDefinition, parents map[string][]elementDefinition) error {
	for _, e := range elements {
		if e.Base.Path != e.Path {
			inherited, ok := b.bases[e.Base.Path]
			if !ok {
				return fmt.Errorf("%s: its base %s is not defined", e.Path, e.Base.Path)
			}
			if e.Min == inherited.Min && e.Max == inherited.Max && len(e.Type) == len(inherited.Type) {
				continue
			}
			return fmt.Errorf("%s: is not as %s has it, which the table cannot say", e.Path, e.Base.Path)
		}
		if err := b.element(e, len(parents[e.Path]) > 0); err != nil {
			return fmt.Errorf("%s: %w", e.Path, err)
		}
	}
	return nil
}

func (b *builder) element(e elementDefinition, children bool) error {
	if e.Max != "1" && e.Max != "*" {
		return fmt.Errorf("max %q, which the table cannot say", e.Max)
	}
	name := e.Path[strings.LastIndexByte(e.Path, '.')+1:]
	flags := ""
	if e.IsSummary {
		flags = "s"
	}
	var types, targets []string
	set := ""
	if e.ContentReference != "" {
		types = []string{e.ContentReference}
	}
	for _, t := range e.Type {
		code, err := t.fhirType()
		if err != nil {
			return err
		}
		// HL7 gives the type string to the id of a resource; the specification's text and its examples say id.
		if e.Path == "Resource.id" {
			code = "id"
		}
		types = append(types, code)
		if code == "code" && e.Binding.Strength == "required" {
			set = b.set(e.Binding.ValueSet)
		}
		for _, p := range t.TargetProfile {
			target := p[strings.LastIndexByte(p, '/')+1:]
			if target != "Resource" && !slices.Contains(targets, target) {
				targets = append(targets, target)
			}
		}
	}
	if len(types) == 0 || children && len(types) != 1 {
		return fmt.Errorf("%d types", len(types))
	}
	b.line("E", name, fmt.Sprintf("%d..%s", e.Min, e.Max), flags, strings.Join(types, "|"), strings.Join(targets, "|"), set)
	return nil
}

// set names the value set of an element when its codes are known, and keeps them.
func (b *builder) set(canonical string) string {
	codes := b.specs.codes(canonical)
	if len(codes) == 0 {
		return ""
	}
	url, _, _ := strings.Cut(canonical, "|")
	name := url[strings.LastIndexByte(url, '/')+1:]
	b.sets[name] = codes
	return name
}
