package destinations

import (
	"context"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/widget"
)

// newForm asks for a destination of the two kinds that send to NATS.
func (m *Model) newForm() widget.Dialog {
	m.look()
	f := draft{topics: m.topics, version: m.version}
	form := widget.NewForm("New destination", m.fields(f)...)
	form.Submit = "create"
	form.Preview = m.preview(f, nil)
	mask, api := m.mask, m.o.API
	return widget.Fill(form, func(ctx context.Context, v widget.Values) widget.Outcome {
		return create(ctx, api, mask, f.destination(v))
	})
}

// replaceForm asks for what a destination shall be instead of what it is: a
// destination cannot be edited, so it is deleted and created again.
func (m *Model) replaceForm() widget.Dialog {
	m.look()
	d, _ := m.Selected()
	f := draft{topics: m.topics, version: m.version, old: &d}
	note := widget.Field{Name: "note", Kind: widget.Note, Value: strings.Join(m.replacing(d), " ")}
	form := widget.NewForm("Replace destination "+d.ID, append([]widget.Field{note}, m.fields(f)...)...)
	form.Submit = "delete and create"
	form.Preview = m.preview(f, append(widget.RequestLines("DELETE", path+"/"+d.ID, nil), ""))
	mask, api, rescue := m.mask, m.o.API, m.rescue
	return widget.Fill(form, func(ctx context.Context, v widget.Values) widget.Outcome {
		return replace(ctx, api, mask, rescue, d, f.destination(v))
	})
}

// againForm asks for what a replacement deleted and could not create.
func (m *Model) againForm() widget.Dialog {
	d := *m.unsent
	f := draft{topics: m.topics, version: m.version, old: &d}
	note := widget.Field{Name: "note", Kind: widget.Note, Value: d.ID + " was deleted, and could not be created again. These are its values."}
	form := widget.NewForm("Create destination "+d.ID+" again", append([]widget.Field{note}, m.fields(f)...)...)
	form.Submit = "create"
	form.Preview = m.preview(f, nil)
	mask, api, rescue := m.mask, m.o.API, m.rescue
	return widget.Fill(form, func(ctx context.Context, v widget.Values) widget.Outcome {
		o := create(ctx, api, mask, f.destination(v))
		if o.Err == nil {
			rescue.drop(d.ID)
		}
		return o
	})
}

// fields are those of a destination, with the values of the old one if there
// is one. Its id is not asked for: it stays.
func (m *Model) fields(f draft) []widget.Field {
	old := aidbox.Destination{Parameters: []aidbox.Parameter{{Name: "url", Value: m.o.URLForAidbox}}}
	var out []widget.Field
	if f.old != nil {
		old = *f.old
	} else {
		out = append(out, widget.Field{Name: "id", Label: "id", Placeholder: "basic", Validate: m.checkID,
			Help: "Its name in Aidbox and in every message. Empty: Aidbox makes one."})
	}
	topics := f.topicOptions()
	topic := ""
	if f.old == nil && m.o.Topic != nil {
		topic = m.o.Topic()
	}
	if i := slices.IndexFunc(topics, func(o widget.Option) bool { return f.topicURL(o.Value) == old.Topic }); i >= 0 {
		topic = topics[i].Value
	}
	out = append(out,
		widget.Field{Name: "kind", Label: "kind", Kind: widget.Select, Value: old.Kind, Options: []widget.Option{
			{Label: "core NATS, best effort", Value: aidbox.KindCoreBestEffort, Help: "Sent once: who does not listen at that moment never gets it."},
			{Label: "JetStream, at least once", Value: aidbox.KindJetStreamAtLeastOnce, Help: "Sent until a stream has stored it. A stream must take the subject."},
		}},
		widget.Field{Name: "topic", Label: "topic", Kind: widget.Select, Value: topic, Options: topics,
			Help: "Which changes are sent.",
			Hint: func(v widget.Values) widget.Hint { return m.topicHint(f.destination(v)) }},
		widget.Field{Name: "subject", Label: "subject", Value: old.Subject(), Placeholder: "foo", Validate: checkSubject,
			Help: "The NATS subject that every event is published on. No wildcards.",
			Hint: func(v widget.Values) widget.Hint { return m.subjectHint(f.destination(v)) }},
		widget.Field{Name: "url", Label: "server", Value: old.Masked().ServerURL(), Validate: checkURL, Help: m.serverHelp(),
			Hint: func(v widget.Values) widget.Hint { return m.serverHint(f.destination(v)) }},
		widget.Field{Name: "content", Label: "content", Kind: widget.Select, Value: old.Content, Options: []widget.Option{
			{Value: aidbox.ContentFullResource, Help: "The message carries the resource."},
			{Value: aidbox.ContentIDOnly, Help: "The message carries a reference and the request."},
			{Value: aidbox.ContentEmpty, Help: "The message carries the reference alone."},
		}},
	)
	options, marked := f.flagOptions()
	if len(options) > 0 {
		out = append(out, widget.Field{Name: "flags", Label: "also send", Kind: widget.Choices, Value: marked, Options: options})
	}
	return append(out, widget.Field{Name: "profile", Label: "profile", Kind: widget.Select, Value: f.firstProfile(), Options: f.profileOptions(),
		Help: "Which family of profiles the destination names."})
}

func (m *Model) serverHelp() string {
	if m.o.Sandbox {
		return "NATS as Aidbox reaches it. The sandbox takes host.docker.internal for this machine, as a container does."
	}
	return "NATS as Aidbox reaches it: from a container, localhost is the container itself."
}

// preview is exactly what will be sent. Above the last request stands the
// command that makes the stream for it where there is none.
func (m *Model) preview(f draft, before []string) func(widget.Values) []string {
	return func(v widget.Values) []string {
		d := f.destination(v)
		body, err := masked(d)
		if err != nil {
			return []string{err.Error()}
		}
		lines := append(slices.Clone(before), m.missingStream(d)...)
		return append(lines, widget.RequestLines("POST", path, body)...)
	}
}

// replacing says what a replacement loses.
func (m *Model) replacing(d aidbox.Destination) []string {
	said := []string{"Aidbox's destinations cannot be edited: " + d.ID + " is deleted, and created again with these values.",
		"Its counters begin anew, and a change between the two requests is not sent."}
	said = append(said, m.queued(d)...)
	for _, p := range d.Parameters {
		switch {
		case p.Secret() && p.Value == "" && p.Reference == "":
			said = append(said, "Aidbox does not tell the value of "+p.Name+": the new destination has none.")
		case p.Secret() && strings.Trim(p.Value, "*") == "" && p.Value != "":
			said = append(said, "Aidbox masks the value of "+p.Name+": the new destination would have the mask in its place.")
		}
	}
	return said
}

// queued says what the server drops with a destination.
func (m *Model) queued(d aidbox.Destination) []string {
	s, known := m.statuses[d.ID]
	switch {
	case known && s.Err == nil && s.Status.Queued != nil && *s.Status.Queued > 0:
		return []string{widget.Number(*s.Status.Queued, "queued event is dropped.", "queued events are dropped.")}
	case d.Kind != aidbox.KindCoreBestEffort && (!known || s.Err != nil):
		return []string{"How many events wait in its queue is not known; they are dropped."}
	}
	return nil
}

func (m *Model) askDelete() widget.Dialog {
	d, _ := m.Selected()
	lost := []string{"Events of " + d.Topic + " are no longer sent" + to(d) + "."}
	lost = append(lost, m.queued(d)...)
	c := widget.NewConfirm(widget.ConfirmOptions{
		Question: "Delete destination " + d.ID + "?",
		Lost:     lost,
		Preview:  widget.RequestLines("DELETE", path+"/"+d.ID, nil),
	})
	mask, api := m.mask, m.o.API
	return widget.Ask(c, func(ctx context.Context) widget.Outcome {
		start := time.Now()
		if err := api.DeleteDestination(ctx, d.ID); err != nil {
			return refused(mask, d, err)
		}
		return widget.Outcome{Said: "Deleted destination " + d.ID + " in " + widget.Duration(time.Since(start)), Then: []tea.Msg{data.Stale{}}}
	})
}

func to(d aidbox.Destination) string {
	if !d.IsNATS() {
		return " by it"
	}
	return " to " + d.Subject()
}
