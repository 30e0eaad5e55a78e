package r4

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

//go:embed r4.tsv.gz
var table []byte

// Load unpacks the table. It takes some milliseconds and the caller keeps the result; an error means a program built with a damaged table.
func Load() (*Definitions, error) {
	r, err := gzip.NewReader(bytes.NewReader(table))
	if err != nil {
		return nil, fmt.Errorf("read the table of FHIR R4: %w", err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read the table of FHIR R4: %w", err)
	}
	d, err := parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("read the table of FHIR R4: %w", err)
	}
	return d, nil
}

type loader struct {
	d        *Definitions
	bases    map[*typ]string
	sets     map[string][]string
	elements []unlinked
}

// unlinked is an element whose types and codes are still names.
type unlinked struct {
	element *element
	owner   *typ
	set     string
}

func parse(text string) (*Definitions, error) {
	l := &loader{
		d:     &Definitions{types: map[string]*typ{}},
		bases: map[*typ]string{},
		sets:  map[string][]string{},
	}
	var current *typ
	for number := 1; text != ""; number++ {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		fields := strings.Split(line, "\t")
		var err error
		switch {
		case fields[0] == "T" && len(fields) >= 4:
			current, err = l.addType(fields)
		case fields[0] == "E" && len(fields) == 7 && current != nil:
			err = l.addElement(current, fields)
		case fields[0] == "V" && len(fields) > 2:
			l.sets[fields[1]] = fields[2:]
		default:
			err = fmt.Errorf("not a line of the table")
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
	}
	if err := l.link(); err != nil {
		return nil, err
	}
	slices.Sort(l.d.resources)
	return l.d, nil
}

func (l *loader) addType(fields []string) (*typ, error) {
	t := &typ{name: fields[1]}
	switch fields[3] {
	case "abstract":
		t.kind = abstractType
	case "resource":
		t.kind = resourceType
		l.d.resources = append(l.d.resources, t.name)
	case "complex":
		t.kind = complexType
	case "backbone":
		t.kind = backboneType
	case "primitive":
		t.kind = primitiveType
		if len(fields) != 5 {
			return nil, fmt.Errorf("%s has no regular expression", t.name)
		}
		t.form = form(t.name)
		var err error
		if t.valid, err = lexical(t.name, fields[4]); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("%s has kind %q", t.name, fields[3])
	}
	l.d.types[t.name] = t
	l.bases[t] = fields[2]
	return t, nil
}

func (l *loader) addElement(t *typ, fields []string) error {
	name, choice := strings.CutSuffix(fields[1], "[x]")
	low, high, _ := strings.Cut(fields[2], "..")
	least, err := strconv.Atoi(low)
	if err != nil {
		return fmt.Errorf("%s.%s: %w", t.name, name, err)
	}
	e := &element{Element: Element{
		Name:    name,
		Types:   strings.Split(fields[4], "|"),
		Min:     least,
		Array:   high == "*",
		Choice:  choice,
		Summary: fields[3] == "s",
	}}
	if fields[5] != "" {
		e.Targets = strings.Split(fields[5], "|")
	}
	t.elements = append(t.elements, e)
	if e.Min > 0 {
		t.required = append(t.required, e)
	}
	l.elements = append(l.elements, unlinked{e, t, fields[6]})
	return nil
}

// link replaces names by what they name.
func (l *loader) link() error {
	for t, base := range l.bases {
		if base == "" {
			continue
		}
		if t.base = l.d.types[base]; t.base == nil {
			return fmt.Errorf("%s has the unknown base %q", t.name, base)
		}
	}
	for _, u := range l.elements {
		e, owner := u.element, u.owner
		if u.set != "" {
			if e.Codes = l.sets[u.set]; e.Codes == nil {
				return fmt.Errorf("%s.%s has the unknown value set %q", owner.name, e.Name, u.set)
			}
		}
		if err := l.linkTypes(owner, e); err != nil {
			return fmt.Errorf("%s.%s: %w", owner.name, e.Name, err)
		}
		if owner.keys == nil {
			owner.keys = make(map[string]key, len(owner.elements))
		}
		if !e.Choice {
			owner.keys[e.Name] = key{element: e}
			continue
		}
		for i, name := range e.Types {
			owner.keys[e.Name+upper(name)] = key{element: e, choice: i}
		}
	}
	return nil
}

func (l *loader) linkTypes(owner *typ, e *element) error {
	e.types = make([]*typ, len(e.Types))
	for i, name := range e.Types {
		path, borrowed := strings.CutPrefix(name, "#")
		inner := l.d.types[owner.name+"."+e.Name]
		switch {
		case borrowed:
			e.borrowed = true
			if e.types[i] = l.d.types[path]; e.types[i] != nil {
				e.Types[i] = l.bases[e.types[i]]
			}
		case inner != nil:
			e.types[i] = inner
		default:
			e.types[i] = l.d.types[name]
		}
		if e.types[i] == nil {
			return fmt.Errorf("unknown type %q", name)
		}
	}
	return nil
}

// upper writes a type as the name of a choice has it: dateTime as DateTime.
func upper(name string) string {
	r, n := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(r)) + name[n:]
}
