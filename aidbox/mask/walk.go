package mask

import (
	"bytes"
	"slices"
	"strconv"

	"aidbox-nats/aidbox"
)

// Fields for what no type describes.
var (
	unknownField  = &field{form: unknown}
	hiddenField   = &field{form: hidden}
	keptField     = &field{form: kept}
	resourceField = &field{form: resource}
	typeNameField = &field{form: resourceName}
)

// technicalTypes are not about persons. They stay where a resource is due, and only there.
var technicalTypes = []string{"AidboxSubscriptionTopic", "AidboxTopicDestination", "AidboxSubscriptionStatus"}

// technicalExtensions are Aidbox's own. Their values are times, codes and version ids.
var technicalExtensions = []string{
	aidbox.ExtensionCreatedAt, aidbox.ExtensionCreatedAtAidbox, aidbox.ExtensionEntryAction, aidbox.ExtensionEntryVersionID,
}

// technicalParameters are those of a destination's $status that are no counters.
var technicalParameters = []string{"status", "startTimestamp", "timestamp"}

// Shapes of documents that are no resources.
var (
	notificationShape = &shape{fields: map[string]*field{"topic": {form: subject}, "value": resourceField}}
	patchShape        = &shape{fields: map[string]*field{"op": {form: operation}, "path": {form: pointer}, "from": {form: pointer}}}
	versionShape      = &shape{fields: map[string]*field{
		"version": {form: digits}, "channel": {form: channel}, "commit": {form: hexadecimal}, "timestamp": {form: date},
	}}
	healthShape = &shape{fields: map[string]*field{"status": {form: health}, "about": {form: object, of: versionShape}}}
)

// hide is what else is personal at a place in the text, because of what it is inside of.
type hide struct{ dates, numbers bool }

// in is the same inside a member. A number says something about a person only as the value of an extension of personal data.
func (h hide) in(s *shape, f *field, m *Masker) hide {
	if f.open && h.dates && (s == m.extension || s == m.technicalExtension) {
		h.numbers = true
	}
	if f.private || f.open {
		h.dates = true
	}
	return h
}

// walker writes a text with what it hides replaced.
type walker struct {
	m      *Masker
	text   []byte
	nodes  []node
	out    bytes.Buffer
	copied int32 // how much of text is in out
}

func (w *walker) replace(start, end int32, by string) {
	w.out.Write(w.text[w.copied:start])
	w.out.WriteString(by)
	w.copied = end
}

func (w *walker) root(resourceType string) {
	root := &w.nodes[0]
	if root.kind == arrayNode {
		for i := int32(1); i < root.next; i = w.nodes[i].next {
			if w.nodes[i].kind == objectNode && w.member(i, "op") > 0 && w.member(i, "path") > 0 && w.member(i, "resourceType") < 0 {
				w.members(i, patchShape, hide{})
			} else {
				w.value(i, unknownField, hide{})
			}
		}
		return
	}
	if root.kind != objectNode || w.member(0, "resourceType") != -1 {
		w.value(0, rootField(root.kind), hide{})
		return
	}
	switch shape := w.m.resources[resourceType]; {
	case shape != nil:
		w.members(0, shape, hide{})
	case slices.Contains(technicalTypes, resourceType):
		w.value(0, keptField, hide{})
	case w.isBundle(w.member(0, "value")) && w.member(0, "topic") > 0:
		w.members(0, notificationShape, hide{})
	case w.member(0, "status") > 0 && w.member(0, "about") > 0:
		w.members(0, healthShape, hide{})
	case w.member(0, "version") > 0 && w.member(0, "commit") > 0:
		w.members(0, versionShape, hide{})
	default:
		w.value(0, unknownField, hide{})
	}
}

// rootField tells what a whole text is: a resource, or something that may have any form.
func rootField(k kind) *field {
	if k == objectNode {
		return resourceField
	}
	return unknownField
}

// member is the only member of an object with that name, -1 if there is none and -2 if there are several.
func (w *walker) member(object int32, name string) int32 {
	found := int32(-1)
	for i := object + 1; i < w.nodes[object].next; i = w.nodes[i].next {
		if string(w.key(i)) == name {
			if found > 0 {
				return -2
			}
			found = i
		}
	}
	return found
}

// key is the name of a member, most often where it stands in the text.
func (w *walker) key(i int32) []byte {
	n := &w.nodes[i]
	inner := w.text[n.keyStart+1 : n.keyEnd-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return inner
	}
	return []byte(unquoted(w.text[n.keyStart:n.keyEnd]))
}

// textOf is the text of a member, empty if it is no string or not the only one of its name.
func (w *walker) textOf(object int32, name string) string {
	i := w.member(object, name)
	if i < 0 || w.nodes[i].kind != stringNode {
		return ""
	}
	return unquoted(w.text[w.nodes[i].start:w.nodes[i].end])
}

func (w *walker) isBundle(i int32) bool {
	return i > 0 && w.nodes[i].kind == objectNode && w.textOf(i, "resourceType") == "Bundle"
}

func (w *walker) value(i int32, f *field, h hide) {
	n := &w.nodes[i]
	switch n.kind {
	case arrayNode:
		for item := i + 1; item < n.next; item = w.nodes[item].next {
			w.value(item, f, h)
		}
	case objectNode:
		w.object(i, f, h)
	case stringNode:
		w.string(n, f.form, h)
	case numberNode:
		if f.form != kept && w.hidesNumber(n, f.form, h) {
			w.number(n)
		}
	}
}

func (w *walker) string(n *node, f form, h hide) {
	if n.end-n.start == 2 {
		return
	}
	if f.never() || h.dates && f == date {
		w.replace(n.start, n.end, quotedHidden)
		return
	}
	s := unquoted(w.text[n.start:n.end])
	by := ""
	if f == said {
		by = w.m.Failure(s)
	} else {
		by = f.masked(s)
	}
	if by != s {
		w.replace(n.start, n.end, strconv.Quote(by))
	}
}

// hidesNumber tells of a number that stands for a text that would be hidden.
func (w *walker) hidesNumber(n *node, f form, h hide) bool {
	switch f {
	case hidden, object, resource:
		return true
	case date:
		return h.dates
	case number:
		return h.numbers
	case unknown:
		count := 0
		for _, c := range w.text[n.start:n.end] {
			if digit(rune(c)) {
				count++
			}
		}
		return count >= 5
	}
	return false
}

func (w *walker) number(n *node) {
	w.replace(n.start, n.end, "0")
}

func (w *walker) object(i int32, f *field, h hide) {
	switch f.form {
	case object:
		w.members(i, w.special(i, f.of, h), h)
	case resource:
		w.resource(i, h)
	case kept:
		w.kept(i, h)
	default:
		if w.member(i, "resourceType") != -1 {
			w.members(i, w.shapeOf(i), h)
			return
		}
		w.members(i, nil, h)
	}
}

// shapeOf is the shape of an object that has a resourceType.
func (w *walker) shapeOf(i int32) *shape {
	if s := w.m.resources[w.textOf(i, "resourceType")]; s != nil {
		return s
	}
	return w.m.unknown
}

func (w *walker) resource(i int32, h hide) {
	if slices.Contains(technicalTypes, w.textOf(i, "resourceType")) {
		w.kept(i, h)
		return
	}
	w.members(i, w.shapeOf(i), h)
}

// kept walks an object that stays for resources in it that do not.
func (w *walker) kept(i int32, h hide) {
	for c := i + 1; c < w.nodes[i].next; c = w.nodes[c].next {
		w.keptValue(c, h)
	}
}

func (w *walker) keptValue(i int32, h hide) {
	n := &w.nodes[i]
	switch {
	case n.kind == arrayNode:
		w.kept(i, h)
	case n.kind == objectNode && w.member(i, "resourceType") != -1:
		w.resource(i, h)
	case n.kind == objectNode:
		w.kept(i, h)
	}
}

// special takes the technical form of a shape where the object says that it has it.
func (w *walker) special(i int32, s *shape, h hide) *shape {
	switch {
	case s == w.m.extension && !h.dates && slices.Contains(technicalExtensions, w.textOf(i, "url")):
		return w.m.technicalExtension
	case s == w.m.parameter && slices.Contains(technicalParameters, w.textOf(i, "name")):
		return w.m.technicalParameter
	}
	return s
}

// members walks the members of an object; s is nil for one that nothing is known of.
func (w *walker) members(i int32, s *shape, h hide) {
	hiddenNames := 0
	for c := i + 1; c < w.nodes[i].next; c = w.nodes[c].next {
		name := w.key(c)
		f, known := w.field(s, name)
		if !known && !plainName(string(name)) {
			hiddenNames++
			by := Hidden
			if hiddenNames > 1 {
				by += strconv.Itoa(hiddenNames)
			}
			w.replace(w.nodes[c].keyStart, w.nodes[c].keyEnd, strconv.Quote(by))
		}
		w.value(c, f, h.in(s, f, w.m))
	}
}

// field finds what is known of a member. A primitive value's id and extensions stand beside it, in _birthDate those of birthDate.
func (w *walker) field(s *shape, name []byte) (*field, bool) {
	switch {
	case s != nil:
		if f := s.fields[string(name)]; f != nil {
			return f, true
		}
		if len(name) > 1 && name[0] == '_' {
			if f := s.fields[string(name[1:])]; f != nil && f.form != object && f.form != resource {
				return w.m.beside(f), true
			}
		}
	case string(name) == "resourceType":
		return typeNameField, true
	}
	if w.m.names[string(name)] {
		return hiddenField, true
	}
	return unknownField, false
}

// beside is the field of the id and the extensions of a primitive value.
func (m *Masker) beside(f *field) *field {
	if f.private || f.open {
		return m.privateElement
	}
	return m.element
}
