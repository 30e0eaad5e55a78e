package topics

import (
	"errors"
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/criteria"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/term"
)

// readCriteria compiles those criteria of the topics that have not been, one
// batch at a time, and forgets those that no topic has any more.
func (m *Model) readCriteria() tea.Cmd {
	if m.r4 == nil || m.reading {
		return nil
	}
	m.criteria = m.criteria.Keep(m.topics)
	var fresh []data.Criterion
	for _, t := range m.topics {
		for _, g := range t.Triggers {
			if strings.TrimSpace(g.Criteria) == "" || !judgeable(m.r4, g.Resource) {
				continue
			}
			if _, read := m.criteria.Of(g); !read {
				fresh = append(fresh, data.Criterion{ResourceType: g.Resource, Source: g.Criteria})
			}
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	m.reading = true
	defs := m.r4
	return func() tea.Msg {
		read := data.Criteria{}
		for _, c := range fresh {
			_, read[c] = criteria.Compile(defs, c.ResourceType, c.Source)
		}
		return data.CriteriaRead{Criteria: read}
	}
}

// takeRead keeps what was found, and goes on with what has come meanwhile.
func (m *Model) takeRead(read data.CriteriaRead) tea.Cmd {
	m.reading = false
	m.criteria.Take(read)
	m.Touch()
	return m.readCriteria()
}

// faultMost bounds what is told of one criterion, in cells.
const faultMost = 300

// faultsOf are the sentences about the criteria of a topic that cannot be read.
func (m *Model) faultsOf(t aidbox.Topic) []string {
	var out []string
	for _, g := range t.Triggers {
		err, _ := m.criteria.Of(g)
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
