package mask

import (
	"bytes"
	"slices"

	"go.yaml.in/yaml/v3"

	"aidbox-nats/aidbox/sandbox/document"
)

// yaml masks a resource in YAML. Anything that has a colon in it is YAML, so each name must be one that FHIR has, unless the resource is of a type that stays.
func (m *Masker) yaml(resourceType, s string) (string, bool) {
	if len(s) > MaxYAML {
		return "", false
	}
	text, err := document.FromYAML([]byte(s))
	if err != nil || text[0] != '{' {
		return "", false
	}
	nodes, ok := index(text)
	if !ok {
		return "", false
	}
	w := walker{m: m, text: text, nodes: nodes}
	if own := w.textOf(0, "resourceType"); own != "" {
		resourceType = own
	}
	if !slices.Contains(technicalTypes, resourceType) && !w.namesKnown() {
		return "", false
	}
	masked, ok := m.walk(resourceType, text)
	if !ok {
		return "", false
	}
	return blockYAML(masked)
}

// namesKnown tells whether all members have names of elements, at any depth.
func (w *walker) namesKnown() bool {
	for i := range w.nodes {
		if w.nodes[i].keyStart == w.nodes[i].keyEnd {
			continue
		}
		name := w.key(int32(i))
		_, ok := w.m.names[string(name)]
		if !ok && len(name) > 1 && name[0] == '_' {
			_, ok = w.m.names[string(name[1:])]
		}
		if !ok {
			return false
		}
	}
	return true
}

// blockYAML writes JSON as YAML in the form that people write.
func blockYAML(text []byte) (string, bool) {
	var root yaml.Node
	if yaml.Unmarshal(text, &root) != nil {
		return "", false
	}
	unstyled(&root)
	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if e.Encode(&root) != nil || e.Close() != nil {
		return "", false
	}
	return out.String(), true
}

func unstyled(n *yaml.Node) {
	if len(n.Content) > 0 || n.Kind == yaml.ScalarNode {
		n.Style = 0
	}
	for _, c := range n.Content {
		unstyled(c)
	}
}
