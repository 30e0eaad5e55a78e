package destinations

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/widget"
)

const path = "/fhir/AidboxTopicDestination"

// newForm asks for a destination of the two kinds that send to NATS.
func (m *Model) newForm() widget.Dialog {
	f := widget.NewForm("New destination",
		widget.Field{Name: "id", Label: "id", Placeholder: "basic", Validate: m.checkID,
			Help: "Its name in Aidbox and in every message. Empty: Aidbox makes one."},
		widget.Field{Name: "kind", Label: "kind", Kind: widget.Select, Options: []widget.Option{
			{Label: "core NATS, best effort", Value: aidbox.KindCoreBestEffort, Help: "Sent once: who does not listen at that moment never gets it."},
			{Label: "JetStream, at least once", Value: aidbox.KindJetStreamAtLeastOnce, Help: "Sent until a stream has stored it. A stream must take the subject."},
		}},
		widget.Field{Name: "topic", Label: "topic", Kind: widget.Select, Options: m.topicOptions(),
			Help: "Which changes are sent."},
		widget.Field{Name: "subject", Label: "subject", Placeholder: "foo", Validate: checkSubject,
			Help: "The NATS subject that every event is published on."},
		widget.Field{Name: "url", Label: "server", Value: m.o.URLForAidbox, Validate: checkURL,
			Help: "NATS as Aidbox reaches it: from a container, localhost is the container itself."},
		widget.Field{Name: "content", Label: "content", Kind: widget.Select, Options: []widget.Option{
			{Value: aidbox.ContentFullResource, Help: "The message carries the resource."},
			{Value: aidbox.ContentIDOnly, Help: "The message carries a reference and the request."},
			{Value: aidbox.ContentEmpty, Help: "The message carries the reference alone."},
		}},
		widget.Field{Name: "action", Label: "name the action", Kind: widget.YesNo,
			Hidden: func(widget.Values) bool { return !aidbox.Supports(m.version, "includeEntryAction") },
			Help:   "Without it a message does not tell a create from an update or a delete."},
	)
	f.Submit = "create"
	f.Preview = func(v widget.Values) []string {
		body, err := m.destinationOf(v).MarshalJSON()
		if err != nil {
			return []string{err.Error()}
		}
		return widget.RequestLines("POST", path, body)
	}
	return widget.Fill(f, m.create)
}

func (m *Model) topicOptions() []widget.Option {
	var out []widget.Option
	for _, t := range m.topics {
		var types []string
		for _, g := range t.Triggers {
			types = append(types, g.Resource)
		}
		out = append(out, widget.Option{Value: t.URL, Help: "Fires on " + strings.Join(types, ", ") + "."})
	}
	return out
}

// destinationOf is what is sent for the values of the form. sslContext is
// always given, as Aidbox's examples do.
func (m *Model) destinationOf(v widget.Values) aidbox.Destination {
	d := aidbox.Destination{
		ID:      strings.TrimSpace(v["id"]),
		Kind:    v["kind"],
		Profile: aidbox.ProfileURL(v["kind"], m.version),
		Topic:   v["topic"],
		Content: v["content"],
		Parameters: []aidbox.Parameter{
			{Name: "url", Value: strings.TrimSpace(v["url"])},
			{Name: "subject", Value: strings.TrimSpace(v["subject"])},
			{Name: "sslContext", Value: "none"},
		},
	}
	if d.Content == aidbox.ContentFullResource {
		d.Content = "" // the default
	}
	if v["action"] == "true" {
		yes := true
		d.IncludeEntryAction = &yes
	}
	return d
}

var idPattern = regexp.MustCompile(`^[A-Za-z0-9.-]{1,64}$`)

func (m *Model) checkID(id string) error {
	if id = strings.TrimSpace(id); id == "" {
		return nil
	}
	if !idPattern.MatchString(id) {
		return errors.New("an id has letters, digits, - and . only, at most 64")
	}
	for _, d := range m.destinations {
		if d.ID == id {
			return fmt.Errorf("there is a destination %s already", id)
		}
	}
	return nil
}

func checkSubject(s string) error {
	if s = strings.TrimSpace(s); s == "" {
		return errors.New("a destination needs a subject: foo, say")
	}
	return nats.ValidSubject(s, false)
}

func checkURL(s string) error {
	if strings.TrimSpace(s) == "" {
		return errors.New("a destination needs a server: nats://host:4222")
	}
	return nil
}

func (m *Model) create(ctx context.Context, v widget.Values) widget.Outcome {
	d, err := m.o.API.CreateDestination(ctx, m.destinationOf(v))
	if err != nil {
		return data.Refused(err)
	}
	return widget.Outcome{
		Said: fmt.Sprintf("Created destination %s: %s → %s", d.ID, d.Topic, d.Subject()),
		Then: []tea.Msg{data.DestinationMade{Destination: d}, data.Stale{}},
	}
}

func (m *Model) askDelete() widget.Dialog {
	d, _ := m.Selected()
	lost := []string{"Events of " + d.Topic + " are no longer sent to " + d.Subject() + "."}
	if s, ok := m.statuses[d.ID]; ok && s.Err == nil && s.Status.Queued != nil && *s.Status.Queued > 0 {
		lost = append(lost, widget.Count(*s.Status.Queued)+" queued events are dropped.")
	}
	c := widget.NewConfirm(widget.ConfirmOptions{
		Question: "Delete destination " + d.ID + "?",
		Lost:     lost,
		Preview:  widget.RequestLines("DELETE", path+"/"+d.ID, nil),
	})
	return widget.Ask(c, func(ctx context.Context) widget.Outcome {
		if err := m.o.API.DeleteDestination(ctx, d.ID); err != nil {
			return data.Refused(err)
		}
		return widget.Outcome{Said: "Deleted destination " + d.ID, Then: []tea.Msg{data.Stale{}}}
	})
}
