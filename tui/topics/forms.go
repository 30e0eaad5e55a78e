package topics

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/criteria"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/widget"
)

const path = "/fhir/AidboxSubscriptionTopic"

// newForm asks for a topic, with the tutorial's first one as its beginning.
func (m *Model) newForm() widget.Dialog {
	var types []string
	if m.r4 != nil {
		types = m.r4.Types()
	}
	var f *widget.Form
	f = widget.NewForm("New topic",
		widget.Field{Name: "url", Label: "url", Placeholder: "patient-topic", Validate: m.checkURL,
			Help: "Any text. Destinations name the topic by it, to the character."},
		widget.Field{Name: "resource", Label: "resource type", Value: "Patient", Suggestions: types, Validate: m.checkType,
			Help: "Changes of resources of this type make events."},
		widget.Field{Name: "criteria", Label: "only if", Placeholder: "name.exists()", Help: "FHIRPath over the resource, with %current and %previous. Empty: every change fires.",
			Validate: func(source string) error { return m.checkCriteria(f.Value("resource"), source) }},
		widget.Field{Name: "interactions", Label: "on", Kind: widget.Select, Help: "Which changes are meant.", Options: interactionOptions()},
	)
	f.Submit = "create"
	f.Preview = func(v widget.Values) []string {
		body, err := topicOf(v).MarshalJSON()
		if err != nil {
			return []string{err.Error()}
		}
		return widget.RequestLines("POST", path, body)
	}
	return widget.Fill(f, m.create)
}

func interactionOptions() []widget.Option {
	return []widget.Option{
		{Label: "create, update and delete", Value: ""},
		{Label: "create", Value: "create"},
		{Label: "update", Value: "update"},
		{Label: "delete", Value: "delete"},
		{Label: "create and update", Value: "create update"},
	}
}

func topicOf(v widget.Values) aidbox.Topic {
	return aidbox.Topic{
		URL:    strings.TrimSpace(v["url"]),
		Status: "active",
		Triggers: []aidbox.Trigger{{
			Resource:     strings.TrimSpace(v["resource"]),
			Criteria:     strings.TrimSpace(v["criteria"]),
			Interactions: strings.Fields(v["interactions"]),
		}},
	}
}

func (m *Model) checkURL(url string) error {
	url = strings.TrimSpace(url)
	if url == "" {
		return errors.New("a topic needs a url: any text, patient-topic say")
	}
	for _, t := range m.topics {
		if t.URL == url {
			return fmt.Errorf("there is a topic %s already", url)
		}
	}
	return nil
}

// checkType refuses only what no server could know: without the table of R4
// the server decides.
func (m *Model) checkType(name string) error {
	name = strings.TrimSpace(name)
	switch {
	case name == "":
		return errors.New("a trigger needs a resource type: Patient, say")
	case m.r4 == nil || m.r4.IsResource(name) || strings.HasPrefix(name, "Aidbox"):
		return nil
	}
	for _, known := range m.r4.Types() {
		if strings.EqualFold(known, name) {
			return fmt.Errorf("R4 has no resource type %s; it is %s", name, known)
		}
	}
	return fmt.Errorf("R4 has no resource type %s", name)
}

// checkCriteria compiles what is typed. A type that R4 does not have cannot be
// compiled for; its field says so.
func (m *Model) checkCriteria(resourceType, source string) error {
	resourceType, source = strings.TrimSpace(resourceType), strings.TrimSpace(source)
	if source == "" || m.r4 == nil || !m.r4.IsResource(resourceType) {
		return nil
	}
	_, err := criteria.Compile(m.r4, resourceType, source)
	return err
}

func (m *Model) create(ctx context.Context, v widget.Values) widget.Outcome {
	t, err := m.api.CreateTopic(ctx, topicOf(v))
	if err != nil {
		return data.Refused(err)
	}
	return widget.Outcome{
		Said: fmt.Sprintf("Created topic %s", t.URL),
		Then: []tea.Msg{data.TopicMade{Topic: t}, data.Stale{}},
	}
}

func (m *Model) askDelete() widget.Dialog {
	t, _ := m.Selected()
	var lost []string
	if dependents := m.dependents(t); len(dependents) > 0 {
		var ids []string
		for _, d := range dependents {
			ids = append(ids, d.ID)
		}
		slices.Sort(ids)
		lost = append(lost, fmt.Sprintf("Still sent to by it: %s. They stay, and get no more events.", strings.Join(ids, ", ")))
	}
	c := widget.NewConfirm(widget.ConfirmOptions{
		Question: "Delete topic " + t.URL + "?",
		Lost:     lost,
		Preview:  widget.RequestLines("DELETE", path+"/"+t.ID, nil),
	})
	return widget.Ask(c, func(ctx context.Context) widget.Outcome {
		if err := m.api.DeleteTopic(ctx, t.ID); err != nil {
			return data.Refused(err)
		}
		return widget.Outcome{Said: "Deleted topic " + t.URL, Then: []tea.Msg{data.Stale{}}}
	})
}
