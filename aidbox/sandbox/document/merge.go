package document

// Merge applies a merge patch (RFC 7396) to an object. json-patch has one too,
// which writes "<", ">" and "&" of everything that it passes as \u escapes.
func Merge(target, patch *Object) *Object {
	merged := &Object{members: append([]member(nil), target.members...)}
	for _, m := range patch.members {
		if string(m.value) == "null" {
			merged.Delete(m.name)
			continue
		}
		inner, ok := patch.Object(m.name)
		if !ok {
			merged.Set(m.name, m.value)
			continue
		}
		before, ok := merged.Object(m.name)
		if !ok {
			before = new(Object)
		}
		merged.Set(m.name, Merge(before, inner).Bytes())
	}
	return merged
}
