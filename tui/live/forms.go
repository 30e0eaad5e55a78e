package live

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/textproto"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	natsgo "github.com/nats-io/nats.go"

	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// subscribed selects the subscription that was just made.
type subscribed struct{ subject string }

func (m *Model) subscribeForm() widget.Dialog {
	f := widget.NewForm("Subscribe",
		widget.Field{Name: "subject", Label: "subject", Placeholder: "foo", Validate: m.checkSubscription,
			Help: "A subject, or a pattern: * stands for one word, > for all that follow. patients.> takes patients.created."},
	)
	f.Submit = "subscribe"
	f.Preview = func(v widget.Values) []string {
		return []string{m.conn.Command(nats.Operation{Verb: "SUB", Subject: orName(strings.TrimSpace(v["subject"]))})}
	}
	return widget.Fill(f, func(ctx context.Context, v widget.Values) widget.Outcome {
		subject := strings.TrimSpace(v["subject"])
		if err := m.source.Subscribe(ctx, subject); err != nil {
			return widget.Outcome{Err: err}
		}
		o := widget.Outcome{
			Said: "Subscribed to " + subject,
			Then: []tea.Msg{subscribed{subject}, widget.Go{Pane: "live"}},
		}
		if m.conn.Status().State != nats.Connected {
			o.Role, o.Said = theme.Warn, subject+" waits: NATS is not connected; it starts when it is"
		}
		return o
	})
}

// orName stands in a command for a subject that is not typed yet.
func orName(subject string) string {
	if subject == "" {
		return "SUBJECT"
	}
	return subject
}

func (m *Model) checkSubscription(subject string) error {
	if subject = strings.TrimSpace(subject); subject == "" {
		return errors.New("which subject? foo, say, or > for all")
	}
	return nats.ValidSubject(subject, true)
}

func (m *Model) publishForm() widget.Dialog {
	subject := ""
	if s, ok := m.Selected(); ok && nats.ValidSubject(s.Subject, false) == nil {
		subject = s.Subject
	}
	f := widget.NewForm("Publish",
		widget.Field{Name: "subject", Label: "subject", Value: subject, Placeholder: "foo", Validate: checkSubject,
			Help: "Where the message goes. Core NATS delivers it to who listens now; a stream on the subject stores it.",
			Hint: func(v widget.Values) widget.Hint { return m.storeHint(strings.TrimSpace(v["subject"])) }},
		widget.Field{Name: "body", Label: "message", Placeholder: "Hello, NATS"},
		widget.Field{Name: "headers", Label: "headers", Placeholder: "name: value; name: value", Validate: checkHeaders,
			Help: "name: value, separated by semicolons."},
	)
	f.Submit = "publish"
	m.form = f
	f.Preview = func(v widget.Values) []string {
		msg := messageOf(v)
		if m.storing(msg.Subject) != "" {
			return []string{m.conn.Command(nats.StoreOperation(msg, nats.StoreOptions{}))}
		}
		return []string{m.conn.Command(nats.Operation{Verb: "PUB", Subject: orName(msg.Subject), Header: msg.Header, Data: msg.Data, Bytes: len(msg.Data)})}
	}
	return widget.Fill(f, func(ctx context.Context, v widget.Values) widget.Outcome {
		msg := messageOf(v)
		if m.storing(msg.Subject) != "" {
			return m.store(ctx, msg)
		}
		if err := m.conn.Publish(ctx, msg); err != nil {
			return widget.Outcome{Err: err}
		}
		said := fmt.Sprintf("Published %s to %s", widget.Bytes(int64(len(msg.Data))), msg.Subject)
		if !listens(m.source.Subscriptions(), msg.Subject) {
			said += "; this console does not listen there"
		}
		return widget.Outcome{Said: said}
	})
}

// storing is the stream that stores a message on a subject and acknowledges it,
// as far as this console knows; empty: none.
func (m *Model) storing(subject string) string {
	streams := m.streams.Load()
	if streams == nil || nats.ValidSubject(subject, false) != nil {
		return ""
	}
	for _, s := range nats.Taking(subject, *streams) {
		if !s.NoAck {
			return s.Name
		}
	}
	return ""
}

func (m *Model) storeHint(subject string) widget.Hint {
	if stream := m.storing(subject); stream != "" {
		return widget.Hint{Text: stream + " stores it, and acknowledges it"}
	}
	return widget.Hint{}
}

// store publishes a message that a stream takes. Only an acknowledgement tells
// that it did: a full stream refuses it.
func (m *Model) store(ctx context.Context, msg nats.Message) widget.Outcome {
	start := time.Now()
	ack, err := m.conn.PublishStored(ctx, msg, nats.StoreOptions{})
	seq := widget.Count(int64(min(ack.Seq, math.MaxInt64)))
	switch {
	case err != nil:
		return widget.Outcome{Err: err}
	case ack.Duplicate:
		return widget.Outcome{Role: theme.Warn, Said: ack.Stream + " has it already, as " + seq + ": its Nats-Msg-Id was there"}
	}
	return widget.Outcome{
		Said: fmt.Sprintf("%s stored it as %s in %s", ack.Stream, seq, widget.Duration(time.Since(start))),
		Then: []tea.Msg{data.Stale{}},
	}
}

// listens says whether a message on a subject comes to one of the
// subscriptions. Who else listens, a publisher is not told.
func listens(subscriptions []nats.SubscriptionInfo, subject string) bool {
	return slices.ContainsFunc(subscriptions, func(s nats.SubscriptionInfo) bool { return s.Takes(subject) })
}

func checkSubject(subject string) error {
	if subject = strings.TrimSpace(subject); subject == "" {
		return errors.New("which subject? foo, say")
	}
	return nats.ValidSubject(subject, false)
}

func messageOf(v widget.Values) nats.Message {
	h, _ := headersOf(v["headers"])
	return nats.Message{Subject: strings.TrimSpace(v["subject"]), Header: h, Data: []byte(v["body"])}
}

func checkHeaders(s string) error {
	_, err := headersOf(s)
	return err
}

// headersOf reads "name: value; name: value". Names keep their case, as NATS does.
func headersOf(s string) (natsgo.Header, error) {
	var h natsgo.Header
	for part := range strings.SplitSeq(s, ";") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		name, value, ok := strings.Cut(part, ":")
		name = textproto.TrimString(name)
		if !ok || name == "" || strings.ContainsAny(name, " \t\r\n") {
			return nil, fmt.Errorf("%q is not name: value", strings.TrimSpace(part))
		}
		if h == nil {
			h = natsgo.Header{}
		}
		h[name] = append(h[name], strings.TrimSpace(value))
	}
	return h, nil
}
