package criteria

import (
	"slices"

	"aidbox-nats/aidbox/r4"
)

// model lets the library ask the definitions of R4.
type model struct{ *r4.Definitions }

// LookupType reports whether there is a type of this name. The library's
// evaluator asks by this method, its analysis by HasType.
func (m model) LookupType(name string) (known, supported bool) {
	return m.HasType(name), true
}

func isConcreteResource(d *r4.Definitions, name string) bool {
	_, found := slices.BinarySearch(d.Types(), name)
	return found
}
