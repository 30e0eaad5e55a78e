package consumers

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"aidbox-nats/nats"
	"aidbox-nats/tui/widget"
)

// ackWait is what the server takes where none is given.
const ackWait = 30 * time.Second

// draft makes a consumer's configuration of what a form holds.
type draft struct {
	opened time.Time // what is ago is ago then
}

// config is what the values say. Those that a form hides count for nothing.
func (d draft) config(v widget.Values) (nats.ConsumerConfig, error) {
	c := nats.ConsumerConfig{Name: strings.TrimSpace(v["name"]), Ephemeral: v["durable"] != "true", Filters: filters(v["filter"])}
	if v["deliver"] != "all" {
		c.Deliver = v["deliver"]
	}
	if v["ack"] != "explicit" {
		c.Ack = v["ack"]
	}
	var errs []error
	note := func(err error) { errs = append(errs, err) }
	var err error
	switch v["deliver"] {
	case "sequence":
		c.StartSeq, err = sequence(v["seq"])
		note(err)
	case "time":
		c.StartTime, err = d.moment(v["time"])
		note(err)
	}
	if v["ack"] != "none" {
		c.AckWait, err = wait(v["wait"])
		note(err)
		if c.AckWait == ackWait {
			c.AckWait = 0 // the server's own
		}
		c.MaxDeliver, err = whole(v["deliveries"])
		note(err)
		c.MaxInFlight, err = whole(v["flight"])
		note(err)
	}
	if c.Ephemeral {
		c.InactiveAfter, err = wait(v["inactive"])
		note(err)
	}
	if err := errors.Join(errs...); err != nil {
		return c, err
	}
	return c, c.Check()
}

// filters are subjects with a comma or a blank between them.
func filters(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
}

func checkFilters(s string) error {
	return nats.ConsumerConfig{Name: "name", Filters: filters(s)}.Check()
}

func sequence(s string) (uint64, error) {
	n, err := strconv.ParseUint(strings.TrimSpace(s), 10, 64)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("%q is no sequence: it is a number from 1 on", strings.TrimSpace(s))
	}
	return n, nil
}

// whole reads a number that may be left out.
func whole(s string) (int, error) {
	if s = strings.TrimSpace(s); s == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%q is no number from 1 on", s)
	}
	return n, nil
}

// wait reads a time to wait that may be left out.
func wait(s string) (time.Duration, error) {
	if s = strings.TrimSpace(s); s == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%q is no time to wait: 30s, 5m, or 1h30m", s)
	}
	return d, nil
}

// moment reads a time of the day here, or how long ago it was.
func (d draft) moment(s string) (time.Time, error) {
	s = strings.TrimSpace(s)
	for _, layout := range []string{time.DateTime, "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			return t, nil
		}
	}
	if ago, err := wait(s); err == nil && ago > 0 {
		return d.opened.Add(-ago), nil
	}
	return time.Time{}, fmt.Errorf("%q is no time: 2006-01-02 15:04:05, or how long ago, as 10m", s)
}

// fields are those of a new consumer of a stream.
func (m *Model) fields(d draft) []widget.Field {
	s, _ := m.of()
	not := func(name, value string) func(widget.Values) bool {
		return func(v widget.Values) bool { return v[name] != value }
	}
	noAck := func(v widget.Values) bool { return v["ack"] == "none" }
	// A work queue takes only what gives every message to one worker.
	queue := func(name, only string) func(widget.Values) widget.Hint {
		return func(v widget.Values) widget.Hint {
			if s.Retention != "workqueue" || v[name] == only {
				return widget.Hint{}
			}
			return warns(m.stream + " is a work queue: the server takes only " + only + " there")
		}
	}
	return []widget.Field{
		{Name: "name", Label: "name", Placeholder: "my-consumer", Validate: m.checkName, Help: "What workers and the nats command call it by."},
		{Name: "durable", Label: "durable", Kind: widget.YesNo, Value: "true",
			Help: "It is kept until it is deleted. Else it goes when nobody pulls for a while."},
		{Name: "inactive", Label: "goes after", Placeholder: "5s", Validate: optional(wait), Hidden: not("durable", "false"),
			Help: "How long nobody may pull before the server takes it away. Empty: 5s."},
		{Name: "filter", Label: "filter", Placeholder: "patients.>", Suggestions: s.Subjects, Validate: checkFilters, Hint: m.filterHint,
			Help: "Subjects that it delivers, with wildcards, a comma between them. Empty: all of the stream."},
		{Name: "deliver", Label: "begins", Kind: widget.Select, Options: []widget.Option{
			{Label: "with the first message", Value: "all", Help: "It delivers everything that the stream holds, then what comes."},
			{Label: "with what comes now", Value: "new", Help: "What the stream holds already is never delivered."},
			{Label: "with the last message", Value: "last", Help: "The newest one that matches, then what comes."},
			{Label: "with the last of each subject", Value: "subject", Help: "The newest one of every subject, then what comes."},
			{Label: "at a sequence", Value: "sequence", Help: "The message of that number, or the next one there is."},
			{Label: "at a time", Value: "time", Help: "What was stored from then on."},
		}, Hint: queue("deliver", "all")},
		{Name: "seq", Label: "sequence", Placeholder: "1", Hidden: not("deliver", "sequence"), Validate: check(sequence), Hint: m.sequenceHint},
		{Name: "time", Label: "time", Placeholder: "10m", Hidden: not("deliver", "time"), Validate: check(d.moment),
			Help: "2006-01-02 15:04:05 by this machine's clock, or how long ago: 10m, 2h."},
		{Name: "ack", Label: "acknowledge", Kind: widget.Select, Options: []widget.Option{
			{Label: "each message", Value: "explicit", Help: "What is not acknowledged in time is delivered again."},
			{Label: "each, and all before it", Value: "all", Help: "One acknowledgement counts for all messages before it, too."},
			{Label: "nothing", Value: "none", Help: "A message counts as done when it was delivered; a worker that dies loses it."},
		}, Hint: queue("ack", "explicit")},
		{Name: "wait", Label: "ack wait", Value: "30s", Hidden: noAck, Validate: optional(wait),
			Help: "How long a worker may take before its message is delivered again."},
		{Name: "deliveries", Label: "deliveries", Placeholder: "5", Hidden: noAck, Validate: optional(whole),
			Help: "How often one message is delivered at most, then it is given up. Empty: without end."},
		{Name: "flight", Label: "in flight", Placeholder: "1000", Hidden: noAck, Validate: optional(whole),
			Help: "How many may be delivered and not acknowledged at once. Empty: 1000."},
	}
}

// check makes a field's check of what reads its value.
func check[T any](read func(string) (T, error)) func(string) error {
	return func(s string) error {
		_, err := read(s)
		return err
	}
}

// optional is check where nothing may be typed.
func optional[T any](read func(string) (T, error)) func(string) error { return check(read) }

func (m *Model) checkName(s string) error {
	s = strings.TrimSpace(s)
	if s == "" {
		return errors.New("which name? my-consumer, say")
	}
	if slices.ContainsFunc(m.consumers, func(k nats.Consumer) bool { return k.Name == s }) {
		return fmt.Errorf("%s has a consumer %s already", m.stream, s)
	}
	return nats.ValidName(s)
}

// filterHint says what a filter leaves out.
func (m *Model) filterHint(v widget.Values) widget.Hint {
	s, ok := m.of()
	if !ok || checkFilters(v["filter"]) != nil {
		return widget.Hint{}
	}
	if s.Retention == "workqueue" {
		wanted := nats.ConsumerConfig{Filters: filters(v["filter"])}
		if other, shares := wanted.Shares(m.consumers); shares {
			return warns(m.shared(wanted, other))
		}
	}
	for _, f := range filters(v["filter"]) {
		if len(nats.Overlaps([]string{f}, "", []nats.Stream{s})) == 0 && len(s.Subjects) > 0 {
			return warns(m.stream + " takes " + strings.Join(s.Subjects, " ") + ": nothing matches " + f)
		}
	}
	return widget.Hint{}
}

// shared says why a work queue will not take a consumer beside another.
func (m *Model) shared(wanted nats.ConsumerConfig, other nats.Consumer) string {
	text := m.stream + " is a work queue, each message is for one consumer: " + other.Name + " takes "
	switch {
	case len(other.Config.Filters) == 0:
		return text + "all of them, so the server takes no other"
	case len(wanted.Filters) == 0:
		return text + strings.Join(other.Config.Filters, " ") + ", so this one needs a filter for others"
	}
	return text + strings.Join(other.Config.Filters, " ") + ", which overlaps"
}

func (m *Model) sequenceHint(v widget.Values) widget.Hint {
	s, ok := m.of()
	n, err := sequence(v["seq"])
	switch {
	case !ok || err != nil || s.Messages == 0:
		return widget.Hint{}
	case n > s.LastSeq:
		return warns(fmt.Sprintf("the last message of %s is %d: it waits for %d", m.stream, s.LastSeq, n))
	case n < s.FirstSeq:
		return widget.Hint{Text: fmt.Sprintf("the first message of %s is %d: it begins there", m.stream, s.FirstSeq)}
	}
	return widget.Hint{}
}
