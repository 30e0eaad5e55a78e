package document

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Reference is a literal reference to a resource of the same server.
type Reference struct {
	Expression string // where it stands, e.g. Observation.subject
	Type, ID   string
}

var literal = regexp.MustCompile(`^([A-Z][A-Za-z]*)/([A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?$`)

// References returns the references of the form Type/id at any depth, sorted by
// place. Absolute and conditional ones, those to contained resources and those
// inside contained resources' own ids are of no server and are left out.
func References(resourceType string, resource *Object) []Reference {
	var found []Reference
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			if text, ok := v["reference"].(string); ok {
				if parts := literal.FindStringSubmatch(text); parts != nil {
					found = append(found, Reference{Expression: path, Type: parts[1], ID: parts[2]})
				}
			}
			for name, inner := range v {
				walk(path+"."+name, inner)
			}
		case []any:
			for i, inner := range v {
				walk(fmt.Sprintf("%s[%d]", path, i), inner)
			}
		}
	}
	for _, m := range resource.members {
		walk(resourceType+"."+m.name, decode(m.value))
	}
	slices.SortStableFunc(found, func(a, b Reference) int { return strings.Compare(a.Expression, b.Expression) })
	return found
}
