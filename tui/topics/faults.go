package topics

import (
	"errors"
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/criteria"
	"aidbox-nats/tui/term"
)

// criterion is a FHIRPath for resources of a type.
type criterion struct{ resourceType, source string }

// criteriaRead tells of criteria that were compiled; nil: it can be read.
type criteriaRead map[criterion]error

// readCriteria compiles those criteria of the topics that have not been, one
// batch at a time, and forgets those that no topic has any more.
func (m *Model) readCriteria() tea.Cmd {
	if m.r4 == nil || m.reading {
		return nil
	}
	kept := map[criterion]error{}
	var fresh []criterion
	for _, t := range m.topics {
		for _, g := range t.Triggers {
			c := criterion{g.Resource, g.Criteria}
			if strings.TrimSpace(c.source) == "" || !judgeable(m.r4, c.resourceType) {
				continue
			}
			if err, ok := m.faults[c]; ok {
				kept[c] = err
			} else {
				fresh = append(fresh, c)
			}
		}
	}
	m.faults = kept
	if len(fresh) == 0 {
		return nil
	}
	m.reading = true
	defs := m.r4
	return func() tea.Msg {
		read := criteriaRead{}
		for _, c := range fresh {
			_, read[c] = criteria.Compile(defs, c.resourceType, c.source)
		}
		return read
	}
}

// takeRead keeps what was found, and goes on with what has come meanwhile.
func (m *Model) takeRead(read criteriaRead) tea.Cmd {
	m.reading = false
	for c, err := range read {
		m.faults[c] = err
	}
	m.Touch()
	return m.readCriteria()
}

// faultMost bounds what is told of one criterion, in cells.
const faultMost = 300

// faultsOf are the sentences about the criteria of a topic that cannot be read.
func (m *Model) faultsOf(t aidbox.Topic) []string {
	var out []string
	for _, g := range t.Triggers {
		err := m.faults[criterion{g.Resource, g.Criteria}]
		if err == nil {
			continue
		}
		why := err.Error()
		var syntax *criteria.SyntaxError
		if errors.As(err, &syntax) {
			why = placed(g.Criteria, syntax)
		}
		out = append(out, fmt.Sprintf("The criterion for %s cannot be read: %s. Unless the server can, no event is made; e shows the place.",
			g.Resource, term.Cut(term.Clean(why), faultMost)))
	}
	return out
}
