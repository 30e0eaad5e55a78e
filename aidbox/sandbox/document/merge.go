package document

// mergeDepth bounds the work on a patch. No resource of FHIR R4 is nested as
// deep, so what lies deeper is taken as it stands and refused with the resource.
const mergeDepth = 256

// Merge applies a merge patch (RFC 7396) to an object. json-patch has one too,
// which writes "<", ">" and "&" of everything that it passes as \u escapes.
func Merge(target, patch *Object) *Object {
	return merge(target, patch, mergeDepth)
}

func merge(target, patch *Object, depth int) *Object {
	merged := &Object{members: append([]member(nil), target.members...)}
	for _, m := range patch.members {
		if string(m.value) == "null" {
			merged.Delete(m.name)
			continue
		}
		if depth == 0 || m.value[0] != '{' {
			merged.Set(m.name, m.value)
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
		merged.Set(m.name, merge(before, inner, depth-1).Bytes())
	}
	return merged
}
