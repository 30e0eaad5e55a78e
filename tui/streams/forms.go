package streams

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
	"aidbox-nats/nats/shell"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// foldWidth is where a command that stands in a dialog is folded.
const foldWidth = 72

// preview are the lines of the exact command of an operation.
func (m *Model) preview(o nats.Operation) []string {
	return shell.Fold(m.o.NATS.Command(o), foldWidth, term.Width)
}

// newForm asks for a stream.
func (m *Model) newForm() widget.Dialog {
	subject := m.proposed()
	base := nats.StreamConfig{Name: data.StreamName(subject, m.streams), Storage: "file", Retention: "limits", Discard: "old", Replicas: 1}
	if subject != "" {
		base.Subjects = []string{subject}
	}
	name := widget.Field{Name: fieldName, Value: base.Name, Replace: true, Placeholder: "EVENTS", Validate: m.checkName,
		Help: "No blanks, dots, *, > or slashes. It cannot be changed later."}
	form := widget.NewForm("New stream", append([]widget.Field{name}, m.fields(base, false)...)...)
	form.Submit = "create"
	form.Preview = func(v widget.Values) []string { return m.preview(config(nats.StreamConfig{}, v).CreateOperation()) }
	api := m.o.NATS
	return widget.Fill(form, func(ctx context.Context, v widget.Values) widget.Outcome {
		start := time.Now()
		s, err := api.CreateStream(ctx, config(nats.StreamConfig{}, v))
		if err != nil {
			return refused(err)
		}
		return widget.Outcome{
			Said: "Created stream " + s.Name + on(s) + " in " + widget.Duration(time.Since(start)),
			Then: []tea.Msg{data.StreamMade{Stream: s}, data.Stale{}},
		}
	})
}

func on(s nats.Stream) string {
	if len(s.Subjects) == 0 {
		return ""
	}
	return " on " + strings.Join(s.Subjects, ", ")
}

// refused is the outcome of a change that was not made: what cannot be changed
// is told a sentence each.
func refused(err error) widget.Outcome {
	o := widget.Outcome{Err: err}
	var edit *nats.EditError
	if errors.As(err, &edit) {
		o.Sentences = append([]string{"Nothing was sent:"}, edit.Blocked...)
	}
	return o
}

// errChanged says that an edit began with something that is no more.
var errChanged = errors.New("somebody else has changed it since this form was opened: esc, then e edits it as it is now")

// editForm asks for what can be changed about the selected stream.
func (m *Model) editForm() widget.Dialog {
	s, _ := m.Selected()
	old := s.Config
	note := widget.Field{Name: "note", Kind: widget.Note, Value: strings.Join(append(m.backs(s), "The name, the storage, and whether it is a work queue cannot be changed."), " ")}
	form := widget.NewForm("Edit stream "+s.Name, append([]widget.Field{note}, m.fields(old, true)...)...)
	form.Submit = "change"
	untouched := config(old, form.Values())
	same := func(v widget.Values) bool { return reflect.DeepEqual(config(old, v), untouched) }
	form.Preview = func(v widget.Values) []string {
		if same(v) {
			return []string{"# nothing is changed so far: nothing is sent"}
		}
		return m.preview(config(old, v).EditOperation())
	}
	api := m.o.NATS
	return widget.Fill(form, func(ctx context.Context, v widget.Values) widget.Outcome {
		if same(v) {
			return widget.Outcome{Said: "Nothing was changed of stream " + old.Name + ": nothing was sent", Role: theme.Faint}
		}
		start := time.Now()
		now, err := api.StreamConfig(ctx, old.Name)
		if err == nil && !reflect.DeepEqual(now, old) {
			err = fmt.Errorf("edit stream %s: %w", old.Name, errChanged)
		}
		var s nats.Stream
		if err == nil {
			s, err = api.EditStream(ctx, config(old, v))
		}
		if err != nil {
			return refused(err)
		}
		return widget.Outcome{
			Said: "Changed stream " + s.Name + ": " + edited(old, s.Config) + " in " + widget.Duration(time.Since(start)),
			Then: []tea.Msg{data.StreamMade{Stream: s}, data.Stale{}},
		}
	})
}

// fields are those that a new stream and an edit have in common.
func (m *Model) fields(c nats.StreamConfig, edit bool) []widget.Field {
	blocked := func(field string) func(widget.Values) widget.Hint {
		return func(v widget.Values) widget.Hint { return blockedHint(c, v, field, edit) }
	}
	var out []widget.Field
	if c.Mirror == "" {
		out = append(out, widget.Field{Name: fieldSubjects, Value: strings.Join(c.Subjects, ", "), Placeholder: "patients.>, orders.*",
			Suggestions: m.suggestions(), Validate: subjectsCheck(len(c.Sources) > 0),
			Help: "What it stores: * stands for one token, > for the rest. Several with commas.",
			Hint: func(v widget.Values) widget.Hint { return m.subjectsHint(c, v) }})
	}
	return append(out,
		widget.Field{Name: fieldStorage, Kind: widget.Select, Value: c.Storage, Hint: blocked(fieldStorage), Options: []widget.Option{
			{Value: "file", Help: "On disk: it outlives a restart of the server."},
			{Value: "memory", Help: "Gone when the server stops."},
		}},
		widget.Field{Name: fieldRetention, Kind: widget.Select, Value: c.Retention, Hint: blocked(fieldRetention), Options: []widget.Option{
			{Value: "limits", Help: "Messages stay until a limit is reached."},
			{Value: "interest", Help: "Messages go when every consumer has acknowledged them; without a consumer none is kept."},
			{Value: "workqueue", Help: "A message goes when its one consumer has acknowledged it."},
		}},
		widget.Field{Name: fieldMaxAge, Value: ageText(c.MaxAge), Placeholder: "30d", Validate: checks(age), Help: "Older messages go. Empty: they stay."},
		widget.Field{Name: fieldMaxMsgs, Value: countText(c.MaxMsgs), Placeholder: "1000000", Validate: checks(count), Help: "Empty: as many as there is room for.",
			Hint: func(v widget.Values) widget.Hint { return m.shrinkHint(c, v, edit) }},
		widget.Field{Name: fieldMaxBytes, Value: sizeText(c.MaxBytes), Placeholder: "10GB", Validate: checks(size), Help: "Of all messages together. Empty: as much as there is room for.",
			Hint: func(v widget.Values) widget.Hint { return m.shrinkSizeHint(c, v, edit) }},
		widget.Field{Name: fieldPerSubject, Value: countText(c.MaxMsgsPerSubject), Placeholder: "1", Validate: checks(count), Help: "How many messages of one subject stay. Empty: all."},
		widget.Field{Name: fieldDiscard, Kind: widget.Select, Value: c.Discard, Options: []widget.Option{
			{Value: "old", Label: "the oldest go", Help: "A full stream loses its oldest messages."},
			{Value: "new", Label: "new ones are refused", Help: "Events of at-least-once destinations then wait in Aidbox."},
		}},
		widget.Field{Name: fieldReplicas, Kind: widget.Select, Value: strconv.Itoa(max(c.Replicas, 1)), Options: replicas(c.Replicas)},
		widget.Field{Name: fieldDuplicates, Value: ageText(c.Duplicates), Placeholder: "2m", Validate: checks(age),
			Help: "The window in which a Nats-Msg-Id is stored once. Empty: two minutes.",
			Hint: duplicatesHint},
		widget.Field{Name: fieldFlags, Kind: widget.Choices, Value: flags(c), Hint: blocked(fieldFlags), Options: []widget.Option{
			{Value: flagDirect, Label: "direct reads", Help: "Many messages are read at once, also from replicas that lag a little."},
			{Value: flagCompress, Label: "compress", Help: "S2, in files."},
			{Value: flagRollup, Label: "rollup", Help: "A message with Nats-Rollup replaces the older ones."},
			{Value: flagDenyDelete, Label: "never delete", Help: "Single messages cannot be deleted, for good."},
			{Value: flagDenyPurge, Label: "never purge", Help: "It cannot be purged, for good."},
		}},
		widget.Field{Name: fieldText, Value: c.Description, Placeholder: "what it is for"},
	)
}

// replicas are the numbers of copies that make sense, and the present one.
func replicas(now int) []widget.Option {
	numbers := []int{1, 3, 5}
	if now > 0 && !slices.Contains(numbers, now) {
		numbers = append(numbers, now)
		slices.Sort(numbers)
	}
	var out []widget.Option
	for _, n := range numbers {
		help := "Each on a server of its own: it needs a cluster."
		if n == 1 {
			help = "On one server: when that is gone, so are the messages."
		}
		out = append(out, widget.Option{Value: strconv.Itoa(n), Help: help})
	}
	return out
}

func (m *Model) checkName(s string) error {
	s = strings.TrimSpace(s)
	if err := nats.ValidName(s); err != nil {
		return err
	}
	if slices.ContainsFunc(m.streams, func(o nats.Stream) bool { return o.Name == s }) {
		return fmt.Errorf("there is a stream %s: e edits it", s)
	}
	return nil
}

// subjectsCheck refuses subjects that no stream can have.
func subjectsCheck(sources bool) func(string) error {
	return func(s string) error {
		subjects := listed(s)
		if len(subjects) == 0 && !sources {
			return errors.New("a stream stores the messages of at least one subject")
		}
		return nats.StreamConfig{Name: "S", Subjects: subjects}.Check()
	}
}

// suggestions are what destinations send to that no stream takes, and all
// around it.
func (m *Model) suggestions() []string {
	var out []string
	for _, d := range m.waiting {
		subject := d.Subject()
		first, _, deep := strings.Cut(subject, ".")
		if deep {
			out = append(out, first+".>")
		}
		out = append(out, subject)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// subjectsHint says which streams have the subjects already, and who would
// write into this one.
func (m *Model) subjectsHint(base nats.StreamConfig, v widget.Values) widget.Hint {
	c := config(base, v)
	if len(c.Subjects) == 0 || subjectsCheck(false)(v[fieldSubjects]) != nil {
		return widget.Hint{}
	}
	if overlaps := nats.Overlaps(c.Subjects, base.Name, m.streams); len(overlaps) > 0 && base.Name != "" {
		return overlapHint(overlaps)
	}
	writers := writing(m.destinations, []nats.Stream{{Subjects: c.Subjects}})
	if len(writers) == 0 {
		return widget.Hint{Text: "No destination sends to a subject of it."}
	}
	waits := ""
	if i := slices.IndexFunc(writers, func(d aidbox.Destination) bool { return contains(m.waiting, d) }); i >= 0 {
		waits = ": the events of " + writers[i].ID + " wait for it"
	}
	return widget.Hint{Text: names(writers) + verb(len(writers), " writes into it", " write into it") + waits + ".", Role: theme.OK}
}

func overlapHint(overlaps []nats.Overlap) widget.Hint {
	var has, streams []string
	for _, o := range overlaps {
		text := o.Stream + " has " + o.Subject + " already"
		if o.Subject != o.Wanted {
			text += ", which takes messages of " + o.Wanted
		}
		has = append(has, text)
		streams = append(streams, o.Stream)
	}
	streams = slices.Compact(streams)
	if more := len(has) - overlapsShown; more > 0 {
		has = append(has[:overlapsShown], fmt.Sprintf("and %d more", more))
	}
	edit := listing(streams)
	if len(streams) > overlapsShown {
		edit = "those streams"
	}
	return widget.Hint{Text: strings.Join(has, "; ") + ": a message belongs to one stream. Take another subject, or edit " + edit + ".", Role: theme.Bad}
}

// overlapsShown bounds what a hint names.
const overlapsShown = 3

// blockedHint says what an edit of one field alone would be refused for.
func blockedHint(old nats.StreamConfig, v widget.Values, field string, edit bool) widget.Hint {
	if !edit {
		return widget.Hint{}
	}
	all, one := config(old, v), old
	switch field {
	case fieldStorage:
		one.Storage = all.Storage
	case fieldRetention:
		one.Retention = all.Retention
	case fieldFlags:
		one.DenyDelete, one.DenyPurge = all.DenyDelete, all.DenyPurge
	}
	blocked := nats.EditBlocked(old, one)
	if len(blocked) == 0 {
		return widget.Hint{}
	}
	return widget.Hint{Text: "Refused: " + strings.Join(blocked, "; ") + ".", Role: theme.Bad}
}

// shrinkHint says what a limit does to what is there.
func (m *Model) shrinkHint(old nats.StreamConfig, v widget.Values, edit bool) widget.Hint {
	c, s := config(old, v), m.named(old.Name)
	if over := widget.Clamp(s.Messages) - c.MaxMsgs; edit && c.MaxMsgs > 0 && over > 0 {
		return shrunk(c, widget.Count(widget.Clamp(s.Messages))+" are in it", "the oldest "+widget.Count(over)+verb(int(over), " goes", " go"))
	}
	return widget.Hint{}
}

func (m *Model) shrinkSizeHint(old nats.StreamConfig, v widget.Values, edit bool) widget.Hint {
	c, s := config(old, v), m.named(old.Name)
	if over := widget.Clamp(s.Bytes) - c.MaxBytes; edit && c.MaxBytes > 0 && over > 0 {
		return shrunk(c, widget.Bytes(widget.Clamp(s.Bytes))+" are in it", "the oldest "+widget.Bytes(over)+" go")
	}
	return widget.Hint{}
}

func shrunk(c nats.StreamConfig, holds, lost string) widget.Hint {
	if c.Discard == "new" {
		return widget.Hint{Text: holds + ": new ones are refused until it has less.", Role: theme.Warn}
	}
	return widget.Hint{Text: holds + ": " + lost + " at once.", Role: theme.Warn}
}

// duplicatesHint says what a server refuses of the window.
func duplicatesHint(v widget.Values) widget.Hint {
	kept, _ := age(v[fieldMaxAge])
	window, _ := age(v[fieldDuplicates])
	if kept > 0 && window > kept {
		return widget.Hint{Text: "Refused: longer than messages are kept (" + ageText(kept) + ").", Role: theme.Bad}
	}
	return widget.Hint{}
}

func (m *Model) named(name string) nats.Stream {
	for _, s := range m.streams {
		if s.Name == name {
			return s
		}
	}
	return nats.Stream{}
}
