package messages

import (
	"context"
	"errors"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/nats"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// wanted asks for a search.
type wanted struct {
	stream  string
	options nats.FindOptions
	values  widget.Values // as they were typed
}

// byForm and byJQ are the ways to read what is looked for.
const (
	byForm = "form"
	byJQ   = "jq"

	forwards  = "forwards"
	backwards = "backwards"

	here = "here"
)

// queryOf reads what is looked for.
func queryOf(text, as string) (nats.Query, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return nil, errors.New("what is to be found? smith, say, or Patient/123")
	case as == byJQ:
		return nats.JQ(text)
	case nats.IsReference(text):
		return nats.Reference(text)
	}
	return nats.Text(text)
}

// queryHint says how it was read.
func queryHint(v widget.Values) widget.Hint {
	text := strings.TrimSpace(v["text"])
	if text == "" {
		return widget.Hint{}
	}
	q, err := queryOf(text, v["as"])
	switch {
	case err != nil:
		return widget.Hint{Role: theme.Bad, Text: err.Error()}
	case v["as"] == byJQ:
		return widget.Hint{Text: "messages whose JSON makes it true"}
	case nats.IsReference(q.String()):
		return widget.Hint{Text: "messages that refer to this resource, or hold it"}
	}
	return widget.Hint{Text: "in subject, body and headers, whatever the case"}
}

// queryHint says how what is typed was read, and what cannot be found.
func (m *Model) queryHint(v widget.Values) widget.Hint {
	h := queryHint(v)
	if m.mask.On && h.Text != "" && h.Role != theme.Bad {
		h.Text += "; " + maskedWords
	}
	return h
}

// maskedWords say what a search does not find while personal data is hidden.
const maskedWords = "masked values cannot be found, M shows them"

// findDialog asks what to look for, and from where.
func (m *Model) findDialog() widget.Dialog {
	was := m.typed
	if was == nil {
		was = widget.Values{"as": byForm}
	}
	stream, subject, stood := m.stream, m.subject, m.stands()
	f := widget.NewForm("Find in "+stream,
		widget.Field{Name: "text", Label: "find", Value: was["text"], Placeholder: "smith", Replace: true, Submits: true, Hint: m.queryHint,
			Help: `A text; Patient/123; or as jq: .value.entry[1].resource.name[0].family == "smith" ($subject, $seq, $time, $headers are known).`,
			Validate: func(s string) error {
				if strings.TrimSpace(s) == "" {
					return errors.New("what is to be found? smith, say, or Patient/123")
				}
				return nil
			}},
		widget.Field{Name: "as", Label: "as", Kind: widget.Select, Value: was["as"], Options: []widget.Option{
			{Label: "text or Type/id", Value: byForm, Help: "Subject, body and headers are searched; the correlation id is a header."},
			{Label: "jq", Value: byJQ, Help: "An expression over the body; what gives neither false nor null is found."}}},
		widget.Field{Name: "way", Label: "direction", Kind: widget.Select, Value: backwards, Options: []widget.Option{
			{Label: "backwards, to older ones", Value: backwards}, {Label: "forwards, to newer ones", Value: forwards}}},
		widget.Field{Name: "from", Label: "from", Placeholder: "end", Help: "here, " + placeHelp + " Empty: from the end back, or from the start on.",
			Validate: func(s string) error { _, err := from(s, stood, time.Now()); return err },
			Hint: func(v widget.Values) widget.Hint {
				t, err := from(v["from"], stood, time.Now())
				switch {
				case err != nil:
					return widget.Hint{}
				case strings.TrimSpace(v["from"]) == "":
					return widget.Hint{Text: "all of it"}
				}
				return widget.Hint{Text: t.said()}
			}},
	)
	f.Submit = "find"
	return widget.Fill(f, func(_ context.Context, v widget.Values) widget.Outcome {
		q, err := queryOf(v["text"], v["as"])
		if err != nil {
			return widget.Outcome{Err: err}
		}
		t, err := from(v["from"], stood, time.Now())
		if err != nil {
			return widget.Outcome{Err: err}
		}
		o := nats.FindOptions{Query: q, Subject: subject, Backwards: v["way"] == backwards}
		switch {
		case t.where == atSeq:
			o.From = t.seq
		case t.where == atTime:
			o.Since = t.time
		case strings.TrimSpace(v["from"]) == "":
			// All of it, from where the direction begins.
		case t.where == atStart && o.Backwards:
			return widget.Outcome{Err: errors.New("nothing is older than the start: forwards has it all")}
		case t.where == atEnd && !o.Backwards:
			return widget.Outcome{Err: errors.New("nothing is newer than the end: backwards has it all")}
		}
		return widget.Outcome{Then: []tea.Msg{wanted{stream: stream, options: o, values: v}}}
	})
}

// stands is the sequence where one stands: that of the selected message, or,
// where nothing was found, of the one that the search was begun from. Zero: of
// none.
func (m *Model) stands() uint64 {
	if r, ok := m.selected(); ok {
		return r.Seq
	}
	if m.search != nil {
		return m.standing
	}
	return 0
}

// from reads where a search begins.
func from(s string, seq uint64, now time.Time) (target, error) {
	if strings.EqualFold(strings.TrimSpace(s), here) {
		if seq == 0 {
			return target{where: atEnd}, nil
		}
		return target{where: atSeq, seq: seq}, nil
	}
	return parsePlace(s, now)
}
