package streams

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/widget"
)

// The fields of a purge.
const (
	fieldWhich   = "which"
	fieldSubject = "subject"
	fieldSeq     = "sequence"
	fieldKeep    = "keep"

	whichAll    = "all"
	whichBefore = "before"
	whichNewest = "newest"
)

// purge is what the form asks for.
func purge(v widget.Values) nats.Purge {
	p := nats.Purge{Subject: strings.TrimSpace(v[fieldSubject])}
	switch v[fieldWhich] {
	case whichBefore:
		p.Before, _ = sequence(v[fieldSeq])
	case whichNewest:
		p.Keep, _ = sequence(v[fieldKeep])
	}
	return p
}

// sequence reads a number from 1 on.
func sequence(s string) (uint64, error) {
	n, err := strconv.ParseUint(strings.NewReplacer(",", "", "_", "", " ", "").Replace(s), 10, 64)
	if err != nil || n == 0 {
		return 0, errors.New("a number from 1 on")
	}
	return n, nil
}

// purgeForm asks which messages go.
func (m *Model) purgeForm() widget.Dialog {
	s, _ := m.Selected()
	unless := func(which string) func(widget.Values) bool {
		return func(v widget.Values) bool { return v[fieldWhich] != which }
	}
	fields := []widget.Field{
		{Name: fieldWhich, Label: "messages", Kind: widget.Select, Options: []widget.Option{
			{Value: whichAll, Label: "all", Help: "Every message, or every one on the subject below."},
			{Value: whichBefore, Label: "before a sequence", Help: "The older ones; the one with the sequence stays."},
			{Value: whichNewest, Label: "all but the newest", Help: "So many stay."},
		}},
		// What is hidden is not asked: a check of it would stand in the way.
		{Name: fieldSeq, Label: "messages before sequence", Placeholder: strconv.FormatUint(s.LastSeq, 10), Hidden: unless(whichBefore), Validate: checks(sequence),
			Help: fmt.Sprintf("Those with a lower sequence go; the message with this sequence stays. It holds %s.", span(s))},
		{Name: fieldKeep, Label: "keep", Placeholder: "100", Hidden: unless(whichNewest), Validate: checks(sequence), Help: "How many of the newest stay."},
		{Name: fieldSubject, Placeholder: strings.Join(s.Subjects, " "), Help: "Only messages that match, with * and >. Empty: every subject.",
			Validate: func(v string) error {
				if strings.TrimSpace(v) == "" {
					return nil
				}
				return nats.ValidSubject(strings.TrimSpace(v), true)
			}},
	}
	if warnings := m.backs(s); len(warnings) > 0 {
		fields = append([]widget.Field{{Name: "note", Kind: widget.Note, Value: strings.Join(warnings, " ")}}, fields...)
	}
	form := widget.NewForm("Purge stream "+s.Name, fields...)
	form.Submit = "see what goes"
	form.Preview = func(v widget.Values) []string { return m.preview(purge(v).Operation(s.Name)) }
	api, warnings := m.o.NATS, m.backs(s)
	return &step{form: form, look: func(ctx context.Context, v widget.Values) (func() widget.Dialog, error) {
		p := purge(v)
		lost, err := purged(ctx, api, s.Name, p)
		if err != nil {
			return nil, err
		}
		return func() widget.Dialog { return m.askPurge(s.Name, p, append(lost, warnings...)) }, nil
	}}
}

// purged asks what a purge takes away.
func purged(ctx context.Context, api NATS, name string, p nats.Purge) ([]string, error) {
	s, err := api.Stream(ctx, name)
	if err != nil {
		return nil, err
	}
	n := s.Messages
	if p.Subject != "" {
		if n, err = api.CountMessages(ctx, name, p.Subject); err != nil {
			return nil, err
		}
	}
	most := ""
	switch {
	case p.Keep > 0:
		n -= min(n, p.Keep)
	case p.Before > 0:
		older := p.Before - min(p.Before, s.FirstSeq)
		if p.Subject != "" || s.Deleted > 0 {
			most = "at most "
		}
		n = min(n, older)
	}
	if n == 0 {
		return nil, fmt.Errorf("nothing would go: %s has no such message. It holds %s", name, span(s))
	}
	of := ""
	switch {
	case n < s.Messages || p.Subject != "" || most != "":
		of = " of " + widget.Count(widget.Clamp(s.Messages)) + part(p)
	default:
		of = ", " + widget.Bytes(widget.Clamp(s.Bytes))
	}
	lost := []string{name + ": " + most + widget.Number(widget.Clamp(n), "message", "messages") + of + "."}
	if s.Consumers > 0 {
		lost = append(lost, widget.Number(int64(s.Consumers), "consumer reads", "consumers read")+" it: what "+verb(s.Consumers, "it has", "they have")+" not delivered of these is lost to "+verb(s.Consumers, "it", "them")+".")
	}
	return lost, nil
}

// part says which messages a purge takes, behind their number; nothing when it
// takes all.
func part(p nats.Purge) string {
	text := ""
	switch {
	case p.Before > 0:
		text = ", before sequence " + widget.Count(widget.Clamp(p.Before))
	case p.Keep > 0:
		text = ", all but the newest " + widget.Count(widget.Clamp(p.Keep))
	}
	if p.Subject != "" {
		text += ", on " + p.Subject
	}
	return text
}

func span(s nats.Stream) string {
	if s.Messages == 0 {
		return "no message"
	}
	return fmt.Sprintf("%s, sequence %s to %s", widget.Number(widget.Clamp(s.Messages), "message", "messages"), widget.Count(widget.Clamp(s.FirstSeq)), widget.Count(widget.Clamp(s.LastSeq)))
}

func (m *Model) askPurge(name string, p nats.Purge, lost []string) widget.Dialog {
	c := widget.NewConfirm(widget.ConfirmOptions{Question: "Purge stream " + name + part(p) + "?", Lost: lost, Verb: "Purge", Preview: m.preview(p.Operation(name))})
	api := m.o.NATS
	return widget.Ask(c, func(ctx context.Context) widget.Outcome {
		before := holding(ctx, api, name)
		start := time.Now()
		n, err := api.PurgeStream(ctx, name, p)
		if err != nil {
			return widget.Outcome{Err: err}
		}
		took := widget.Duration(time.Since(start))
		return widget.Outcome{Said: name + " purged: " + widget.Number(widget.Clamp(n), "message", "messages") + freed(before, holding(ctx, api, name), n) + " in " + took, Then: []tea.Msg{data.Stale{}}}
	})
}

// holding is what a stream holds now, for what is said after a change: nothing
// when it cannot be read, which is no reason not to change it.
func holding(ctx context.Context, api NATS, name string) nats.Stream {
	s, err := api.Stream(nats.Background(ctx), name)
	if err != nil {
		return nats.Stream{}
	}
	return s
}

// freed says how many bytes went with n messages, unless others came or went
// meanwhile.
func freed(before, after nats.Stream, n uint64) string {
	if n == 0 || after.LastSeq != before.LastSeq || before.Messages != after.Messages+n || before.Bytes < after.Bytes {
		return ""
	}
	return ", " + widget.Bytes(widget.Clamp(before.Bytes-after.Bytes))
}

// messageForm asks which message is deleted.
func (m *Model) messageForm() widget.Dialog {
	s, _ := m.Selected()
	form := widget.NewForm("Delete a message of "+s.Name, widget.Field{Name: fieldSeq, Placeholder: strconv.FormatUint(s.LastSeq, 10), Validate: checks(sequence),
		Help: "It holds " + span(s) + ". b browses them."})
	form.Submit = "see what goes"
	form.Preview = func(v widget.Values) []string {
		seq, err := sequence(v[fieldSeq])
		if err != nil {
			return nil
		}
		return m.preview(nats.DeleteMessageOperation(s.Name, seq))
	}
	api, warnings := m.o.NATS, m.backs(s)
	return &step{form: form, look: func(ctx context.Context, v widget.Values) (func() widget.Dialog, error) {
		seq, err := sequence(v[fieldSeq])
		if err != nil {
			return nil, err
		}
		msg, err := api.StoredMessage(ctx, s.Name, seq)
		if err != nil {
			return nil, err
		}
		what := msg.Subject + ", " + widget.Bytes(int64(len(msg.Data)))
		lost := []string{fmt.Sprintf("%s %s: %s, stored %s.", s.Name, widget.Count(widget.Clamp(seq)), what, msg.Time.Local().Format(time.DateTime))}
		return func() widget.Dialog { return m.askMessage(s.Name, seq, what, append(lost, warnings...)) }, nil
	}}
}

func (m *Model) askMessage(name string, seq uint64, what string, lost []string) widget.Dialog {
	c := widget.NewConfirm(widget.ConfirmOptions{Question: fmt.Sprintf("Delete message %d of %s?", seq, name), Lost: lost, Preview: m.preview(nats.DeleteMessageOperation(name, seq))})
	api := m.o.NATS
	return widget.Ask(c, func(ctx context.Context) widget.Outcome {
		start := time.Now()
		if err := api.DeleteMessage(ctx, name, seq); err != nil {
			return widget.Outcome{Err: err}
		}
		return widget.Outcome{Said: fmt.Sprintf("Deleted message %d of %s: %s in %s", seq, name, what, widget.Duration(time.Since(start))), Then: []tea.Msg{data.Stale{}}}
	})
}

// askDelete asks about the whole stream.
func (m *Model) askDelete() widget.Dialog {
	s, _ := m.Selected()
	c := widget.NewConfirm(widget.ConfirmOptions{Question: "Delete stream " + s.Name + "?", Lost: m.deleted(s), Preview: m.preview(nats.DeleteStreamOperation(s.Name))})
	api := m.o.NATS
	return widget.Ask(c, func(ctx context.Context) widget.Outcome {
		if now := holding(ctx, api, s.Name); now.Name != "" {
			s = now
		}
		start := time.Now()
		if err := api.DeleteStream(ctx, s.Name); err != nil {
			return widget.Outcome{Err: err}
		}
		return widget.Outcome{Said: "Deleted stream " + content(s) + " in " + widget.Duration(time.Since(start)), Then: []tea.Msg{data.Stale{}}}
	})
}

// content names a stream with what is in it and on it.
func content(s nats.Stream) string {
	return fmt.Sprintf("%s: %s, %s, %s", s.Name, widget.Number(widget.Clamp(s.Messages), "message", "messages"), widget.Bytes(widget.Clamp(s.Bytes)), widget.Number(int64(s.Consumers), "consumer", "consumers"))
}

// deleted says what goes with a stream, and what goes on without it.
func (m *Model) deleted(s nats.Stream) []string {
	writers := m.writers[s.Name]
	first := content(s)
	if len(writers) > 0 {
		first += ", and " + names(writers) + verb(len(writers), " writes", " write") + " into it"
	}
	lost := append([]string{first + "."}, m.backs(s)...)
	var waiting, gone []aidbox.Destination
	for _, d := range writers {
		switch {
		case len(nats.Taking(d.Subject(), m.streams)) > 1:
		case d.IsJetStream():
			waiting = append(waiting, d)
		default:
			gone = append(gone, d)
		}
	}
	if len(waiting) > 0 {
		lost = append(lost, "Events of "+names(waiting)+" then wait in Aidbox until a stream takes them.")
	}
	if len(gone) > 0 {
		lost = append(lost, "What "+names(gone)+verb(len(gone), " sends", " send")+" is then stored nowhere.")
	}
	return lost
}

// backs says what a stream is beside a stream, and who lives on it: what is
// done to it is done to them.
func (m *Model) backs(s nats.Stream) []string {
	var out []string
	switch s.Kind {
	case nats.StreamKeyValue:
		out = append(out, "It backs the key-value bucket "+bucket(s)+": its messages are the keys and values.")
	case nats.StreamObjectStore:
		out = append(out, "It backs the object store "+bucket(s)+": its messages are the parts of the objects.")
	}
	if s.Mirror != "" {
		out = append(out, "It mirrors "+s.Mirror+": what is taken from it is not copied again.")
	}
	if len(s.Sources) > 0 {
		out = append(out, "It takes messages from "+strings.Join(s.Sources, ", ")+": what is taken from it is not taken again.")
	}
	var copies []string
	for _, o := range m.streams {
		if o.Mirror == s.Name {
			copies = append(copies, o.Name+" mirrors it")
		}
		for _, source := range o.Sources {
			if source == s.Name {
				copies = append(copies, o.Name+" takes its messages")
			}
		}
	}
	if len(copies) > 0 {
		out = append(out, strings.Join(copies, ", ")+".")
	}
	return out
}

// bucket is the name of what a stream holds.
func bucket(s nats.Stream) string {
	return strings.TrimPrefix(strings.TrimPrefix(s.Name, "KV_"), "OBJ_")
}
