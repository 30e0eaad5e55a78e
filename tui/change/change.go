// Package change makes a change in Aidbox: what fires a topic.
package change

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/widget"
)

// Aidbox is where the change is made.
type Aidbox interface {
	Create(ctx context.Context, resourceType string, body []byte, o aidbox.WriteOptions) (aidbox.Resource, error)
}

// Model knows what was changed last.
type Model struct {
	api     Aidbox
	version int
}

// New returns a Model before anything was changed.
func New(api Aidbox) *Model { return &Model{api: api} }

// Update takes the server's version: it decides whether a correlation id is
// carried into the message.
func (m *Model) Update(msg tea.Msg) tea.Cmd {
	if h, ok := msg.(data.AidboxHealth); ok && h.Err == nil {
		m.version = h.Version.Number
	}
	return nil
}

// Anywhere is the action that creates a patient.
func (m *Model) Anywhere() widget.Actions {
	return widget.Actions{{
		Name:    "create a patient in Aidbox",
		Binding: key.NewBinding(key.WithKeys("c"), key.WithHelp("c", "create a patient")),
		Changes: true,
		Open:    m.patientForm,
	}}
}

func (m *Model) patientForm() widget.Dialog {
	f := widget.NewForm("Create a patient",
		widget.Field{Name: "family", Label: "family name", Value: "smith",
			Help: "A topic with the criterion name.exists() fires when there is a name. Empty: a patient without a name."},
		widget.Field{Name: "given", Label: "given name"},
		widget.Field{Name: "correlation", Label: "correlation id", Placeholder: "order-4711", Validate: checkCorrelation,
			Hidden: func(widget.Values) bool { return !aidbox.SupportsCorrelation(m.version) },
			Help:   "Sent as x-topic-correlation-id; comes back in the message's header and body."},
	)
	f.Submit = "create"
	f.Preview = func(v widget.Values) []string {
		body, err := patientOf(v)
		if err != nil {
			return []string{err.Error()}
		}
		lines := widget.RequestLines("POST", "/fhir/Patient", body)
		if id := correlation(v); id != "" {
			lines = append([]string{lines[0], "x-topic-correlation-id: " + id}, lines[1:]...)
		}
		return lines
	}
	return widget.Fill(f, m.create)
}

type humanName struct {
	Family string   `json:"family,omitempty"`
	Given  []string `json:"given,omitempty"`
}

// patientOf is the body that is sent.
func patientOf(v widget.Values) ([]byte, error) {
	p := struct {
		ResourceType string      `json:"resourceType"`
		Name         []humanName `json:"name,omitempty"`
	}{ResourceType: "Patient"}
	n := humanName{Family: strings.TrimSpace(v["family"])}
	if given := strings.TrimSpace(v["given"]); given != "" {
		n.Given = []string{given}
	}
	if n.Family != "" || n.Given != nil {
		p.Name = []humanName{n}
	}
	return json.Marshal(p)
}

func correlation(v widget.Values) string { return strings.TrimSpace(v["correlation"]) }

func checkCorrelation(id string) error {
	for _, r := range id {
		if r < ' ' || r > '~' {
			return fmt.Errorf("a header has printable ASCII only, not %q", r)
		}
	}
	return nil
}

func (m *Model) create(ctx context.Context, v widget.Values) widget.Outcome {
	body, err := patientOf(v)
	if err != nil {
		return widget.Outcome{Err: err}
	}
	start := time.Now()
	r, err := m.api.Create(ctx, "Patient", body, aidbox.WriteOptions{CorrelationID: correlation(v)})
	if err != nil {
		return data.Refused(err)
	}
	return widget.Outcome{
		Said: fmt.Sprintf("201 Created %s in %s", r.Reference(), widget.Duration(time.Since(start))),
		Then: []tea.Msg{data.Stale{}},
	}
}
