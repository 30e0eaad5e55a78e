package widget

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Bounds of what is looked through: bytes of a text, values in it, bytes of an
// expression, and of an identifier in it.
const (
	locateBytes      = 1 << 20
	locateValues     = 200_000
	locateExpression = 4 << 10
	locateName       = 256
)

// Locator finds the lines of elements in one document of JSON or YAML. JSON
// that is not complete, as it is while one types, is read as far as it goes.
type Locator struct {
	root         *place
	resourceType string
}

// place is a value of a document: an object with its names, a list, or
// neither.
type place struct {
	line  int
	list  bool
	names []string
	items []*place
}

// NewLocator reads a document of JSON or YAML, at most the first MiB of it.
func NewLocator(text []byte) Locator {
	text = text[:min(len(text), locateBytes)]
	if opens(text) && json.Valid(text) {
		return jsonLocator(text)
	}
	var doc yaml.Node
	if yaml.Unmarshal(text, &doc) != nil {
		return jsonLocator(text)
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode && doc.Content[0].Kind != yaml.SequenceNode {
		return Locator{}
	}
	budget := locateValues
	l := Locator{root: yamlPlace(doc.Content[0], doc.Content[0].Line-1, &budget)}
	if root := doc.Content[0]; root.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(root.Content); i += 2 {
			if root.Content[i].Value == "resourceType" {
				l.resourceType = root.Content[i+1].Value
			}
		}
	}
	return l
}

// yamlPlace leaves aliases alone: what they stand for is written elsewhere.
func yamlPlace(n *yaml.Node, line int, budget *int) *place {
	p := &place{line: line, list: n.Kind == yaml.SequenceNode}
	if n.Kind != yaml.MappingNode && !p.list {
		return p
	}
	step := 2
	if p.list {
		step = 1
	}
	for i := 0; i+step <= len(n.Content) && *budget > 0; i += step {
		*budget--
		if !p.list {
			p.names = append(p.names, n.Content[i].Value)
		}
		p.items = append(p.items, yamlPlace(n.Content[i+step-1], n.Content[i].Line-1, budget))
	}
	return p
}

func jsonLocator(text []byte) Locator {
	text = text[:min(len(text), locateBytes)]
	if !opens(text) {
		return Locator{}
	}
	lines, _ := parseTree(text, locateValues)
	places := make([]*place, len(lines))
	line, read := 0, 0
	for i, l := range lines {
		if l.kind == treeClose {
			continue
		}
		from := int(l.from)
		if l.keyFrom < l.keyEnd {
			from = int(l.keyFrom)
		}
		line += bytes.Count(text[read:from], []byte{'\n'})
		read = from
		places[i] = &place{line: line, list: l.list}
		if l.parent < 0 {
			continue
		}
		parent := places[l.parent]
		parent.items = append(parent.items, places[i])
		if !parent.list {
			parent.names = append(parent.names, unquote(text[l.keyFrom:l.keyEnd]))
		}
	}
	var t Tree
	t.src, t.lines = text, lines
	return Locator{root: places[0], resourceType: t.resourceType()}
}

// Line is the line, counted from zero, of the element that an expression names.
// Expressions are those of an issue of a validation: "Patient.name[0].ups",
// "Patient.name.ups", "Patient._gender", "Observation.value.ofType(Quantity)",
// and the paths of a [Tree]. The type in front may be left out. Of a list
// without an index the first item counts that has the rest. Where the element
// is missing it is the line of the nearest one that it would stand in.
//
// ok is false for an empty expression, and for a text that is neither JSON nor
// YAML.
func (l Locator) Line(expression string) (line int, ok bool) {
	if l.root == nil || expression == "" {
		return 0, false
	}
	rest := expression[:min(len(expression), locateExpression)]
	if name, after := firstName(rest); name != "" && !l.root.list {
		upper := name[0] >= 'A' && name[0] <= 'Z'
		if name == l.resourceType || upper && l.root.member(name) == nil {
			rest = after
		}
	}
	at, _ := l.root.walk(rest)
	return at.line, true
}

// firstName splits off the identifier that an expression begins with.
func firstName(rest string) (name, after string) {
	head := rest[:min(len(rest), locateName)]
	n := strings.IndexAny(head, ".[")
	if n < 0 {
		n = len(head)
	}
	if n == locateName || !identifier(head[:n]) {
		return "", rest
	}
	return rest[:n], rest[n:]
}

func (p *place) member(name string) *place {
	for i, n := range p.names {
		if n == name {
			return p.items[i]
		}
	}
	return nil
}

// walk goes as far along an expression as the document does, and returns what
// is left of it.
func (p *place) walk(rest string) (at *place, left string) {
	for {
		rest = strings.TrimPrefix(rest, ".")
		if rest == "" {
			return p, ""
		}
		if after, ok := skipCast(rest); ok {
			rest = after
			continue
		}
		next, after := p.step(rest)
		if next != nil {
			p, rest = next, after
			continue
		}
		if !p.list {
			return p, rest
		}
		at, left = p, rest
		for _, item := range p.items {
			if item.list || len(item.items) == 0 {
				continue // no resource has lists of lists
			}
			if a, l := item.walk(rest); len(l) < len(left) {
				at, left = a, l
			}
			if left == "" {
				break
			}
		}
		return at, left
	}
}

// step takes the index or the name that rest begins with.
func (p *place) step(rest string) (next *place, after string) {
	if i, after, ok := indexAt(rest); ok {
		switch {
		case p.list && i < len(p.items):
			return p.items[i], after
		case !p.list && i == 0 && rest[0] == '[':
			return p, after // a value where a list is wanted
		}
		if p.list || rest[0] == '[' {
			return nil, rest
		}
	}
	if name, after, ok := quotedAt(rest); ok {
		return p.member(name), after
	}
	return p.named(rest)
}

// named takes the longest of the names that rest begins with: those of a
// validation are not quoted, whatever is in them.
func (p *place) named(rest string) (next *place, after string) {
	longest := 0
	for i, name := range p.names {
		n := prefixName(rest, name)
		if n > longest {
			longest, next = n, p.items[i]
		}
	}
	if next != nil {
		return next, rest[longest:]
	}
	// The element of a choice: value, or value[x], stands for valueString.
	name, after := firstName(rest)
	after = strings.TrimPrefix(after, "[x]")
	for i, n := range p.names {
		if suffix, ok := strings.CutPrefix(n, name); ok && name != "" && suffix != "" && suffix[0] >= 'A' && suffix[0] <= 'Z' {
			return p.items[i], after
		}
	}
	return nil, rest
}

// prefixName is the length of name at the beginning of rest, as it is or cut
// with an ellipsis, or zero.
func prefixName(rest, name string) int {
	n := 0
	for n < len(rest) && n < len(name) && rest[n] == name[n] {
		n++
	}
	if cut := len("…"); n > 0 && n < len(name) && utf8.RuneStart(name[n]) && strings.HasPrefix(rest[n:], "…") {
		n += cut
	} else if n < len(name) {
		return 0
	}
	if n < len(rest) && rest[n] != '.' && rest[n] != '[' {
		return 0
	}
	return n
}

// indexAt reads "[12]", or 12 as a step of its own.
func indexAt(rest string) (i int, after string, ok bool) {
	open := strings.HasPrefix(rest, "[")
	digits := strings.TrimPrefix(rest, "[")
	n := 0
	for n < len(digits) && digits[n] >= '0' && digits[n] <= '9' {
		n++
	}
	i, err := strconv.Atoi(digits[:n])
	if err != nil {
		return 0, rest, false
	}
	after = digits[n:]
	if open {
		after, ok = strings.CutPrefix(after, "]")
		return i, after, ok
	}
	return i, after, after == "" || after[0] == '.' || after[0] == '['
}

// quotedAt reads a name as a [Tree] writes it, ["a b"], or FHIRPath, `a b`.
func quotedAt(rest string) (name, after string, ok bool) {
	if strings.HasPrefix(rest, "`") {
		return strings.Cut(rest[1:], "`")
	}
	if !strings.HasPrefix(rest, `["`) {
		return "", rest, false
	}
	end := 1 + stringEnd([]byte(rest[1:]), 0)
	after, ok = strings.CutPrefix(rest[end:], "]")
	return unquote([]byte(rest[1:end])), after, ok
}

// skipCast leaves out what only says of which type the element is.
func skipCast(rest string) (after string, ok bool) {
	for _, f := range []string{"ofType(", "as("} {
		if arg, ok := strings.CutPrefix(rest, f); ok {
			_, after, ok = strings.Cut(arg, ")")
			return after, ok
		}
	}
	return rest, false
}
