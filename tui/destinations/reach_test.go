package destinations

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/mask"
	"aidbox-nats/aidbox/r4"
	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

func sends(kind, url, subject string) aidbox.Destination {
	return aidbox.Destination{ID: "x", Kind: kind, Topic: "topic", Status: "active", Parameters: []aidbox.Parameter{{Name: "url", Value: url}, {Name: "subject", Value: subject}}}
}

func TestWhichServerIsOurs(t *testing.T) {
	for rule, c := range map[string]struct {
		forAidbox, here string
		sandbox         bool
		url             string
		ours            bool
		from            string
	}{
		"the address that Aidbox uses":         {"nats://host.docker.internal:4222", "nats://127.0.0.1:4222", false, "nats://host.docker.internal:4222", true, "127.0.0.1:4222"},
		"with a user, another scheme and case": {"nats://broker", "nats://127.0.0.1:4222", false, "tls://u:p@BROKER:4222", true, "127.0.0.1:4222"},
		"one of several":                       {"nats://b:4222", "nats://b:4222", false, "nats://a:4222, nats://b:4222", true, ""},
		"the same from both sides":             {"nats://b:4222", "nats://b:4222", false, "nats://b:4222", true, ""},
		"another port":                         {"nats://b:4222", "nats://b:4222", false, "nats://b:4223", false, ""},
		"localhost of a container":             {"nats://host.docker.internal:4222", "nats://127.0.0.1:4222", false, "nats://localhost:4222", false, ""},
		"localhost of the sandbox":             {"nats://host.docker.internal:4222", "nats://127.0.0.1:4222", true, "nats://localhost:4222", true, "127.0.0.1:4222"},
		"another port of the sandbox":          {"nats://host.docker.internal:4222", "nats://127.0.0.1:4222", true, "nats://localhost:4223", false, ""},
		"no address":                           {"", "", false, "", false, ""},
	} {
		m := pane()
		m.o.URLForAidbox, m.o.Sandbox, m.natsURL = c.forAidbox, c.sandbox, c.here
		d := sends(aidbox.KindCoreBestEffort, c.url, "foo")
		if m.maybeOurs(d) != strings.Contains(rule, "of a container") {
			t.Errorf("%s: maybe ours is %v", rule, m.maybeOurs(d))
		}
		if m.ours(d) != c.ours || m.fromHere(d) != c.from {
			t.Errorf("%s: ours is %v, %q from here", rule, m.ours(d), m.fromHere(d))
		}
	}
}

// What is said before a destination is made says no more than is known.
func TestWillItArrive(t *testing.T) {
	const server = "nats://b:4222"
	events := data.Streams{Answer: answer(1), Streams: []nats.Stream{{Name: "EVENTS", Subjects: []string{"patients.>"}}}}
	none := data.Streams{Answer: data.Answer{Question: 1, Err: fmt.Errorf("list: %w", nats.ErrNoJetStream)}}
	core, js := aidbox.KindCoreBestEffort, aidbox.KindJetStreamAtLeastOnce
	subject := func(m *Model, d aidbox.Destination) widget.Hint { return m.subjectHint(d) }
	address := func(m *Model, d aidbox.Destination) widget.Hint { return m.serverHint(d) }
	of := func(m *Model, d aidbox.Destination) widget.Hint { return m.topicHint(d) }
	named := func(url string) aidbox.Destination { return aidbox.Destination{Kind: core, Topic: url} }
	for rule, c := range map[string]struct {
		hint    func(*Model, aidbox.Destination) widget.Hint
		d       aidbox.Destination
		msg     tea.Msg
		listens []string
		role    theme.Role
		want    string
	}{
		"somebody listens":              {subject, sends(core, server, "foo"), events, []string{"f*", "foo", "bar"}, theme.OK, "This console listens on foo."},
		"a wildcard listens":            {subject, sends(core, server, "patients.a"), events, []string{"patients.*"}, theme.OK, "This console listens on patients.*. EVENTS (patients.>) stores it too."},
		"nobody of ours listens":        {subject, sends(core, server, "foo"), events, []string{"bar"}, theme.Warn, "This console does not listen on it: s subscribes."},
		"a stream takes it":             {subject, sends(js, server, "patients.a"), events, nil, theme.OK, "EVENTS (patients.>) takes it."},
		"no stream takes it":            {subject, sends(js, server, "foo"), events, nil, theme.Bad, "No stream takes foo: Aidbox keeps every event"},
		"no JetStream":                  {subject, sends(js, server, "foo"), none, nil, theme.Bad, "This NATS has no JetStream"},
		"streams are not known":         {subject, sends(js, server, "foo"), nil, nil, theme.Text, "The streams have not been read"},
		"another server":                {subject, sends(js, "nats://other", "foo"), events, nil, theme.Text, ""},
		"the same again":                {subject, again(core, "twin"), events, []string{"twin"}, theme.Warn, "twin sends the same topic to it already: each event arrives once more. This console listens on twin."},
		"the same again, kept nowhere":  {subject, again(js, "twin"), events, nil, theme.Bad, "twin sends the same topic to it already: each event arrives once more. No stream takes twin"},
		"a subject that is being typed": {subject, sends(core, server, "foo."), events, []string{"foo"}, theme.Text, ""},
		"our server":                    {address, sends(core, server, "foo"), events, nil, theme.Text, ""},
		"another server of listeners":   {address, sends(core, "nats://other", "foo"), events, nil, theme.Text, "Not the NATS that this console is connected to: who listens"},
		"another server of streams":     {address, sends(js, "nats://other", "foo"), events, nil, theme.Text, "Not the NATS that this console is connected to: whether a stream"},
		"localhost":                     {address, sends(core, "nats://localhost", "foo"), events, nil, theme.Warn, "localhost:4222 is the machine that Aidbox runs on"},
		"a topic":                       {of, named("good"), events, nil, theme.Text, ""},
		"a topic of the server's own":   {of, named("http://health-samurai.io/all"), events, nil, theme.Text, ""},
		"a topic that is gone":          {of, named("gone"), events, nil, theme.Bad, "There is no topic gone: nothing is sent."},
		"a criterion that is wrong":     {of, named("broken"), events, nil, theme.Bad, "Topic broken: the criterion is wrong. Unless the server can read it, nothing is sent."},
		"a topic that is a draft":       {of, named("draft"), events, nil, theme.Warn, "Topic draft has status draft"},
		"a topic without a trigger":     {of, named("topic"), events, nil, theme.Warn, "Topic topic has no trigger"},
		"our server from another side": {func(m *Model, d aidbox.Destination) widget.Hint {
			m.natsURL = "nats://here:4222"
			return m.serverHint(d)
		}, sends(core, server, "foo"), events, nil, theme.OK, "The NATS of this console, which is here:4222 from here."},
		"an address that is no address": {address, sends(core, "nats://", "foo"), events, nil, theme.Text, ""},
	} {
		m := pane(aidbox.Destination{ID: "twin", Kind: core, Topic: "topic", Parameters: sends(core, server, "twin").Parameters})
		m.Update(data.Topics{Answer: answer(3), Topics: []aidbox.Topic{topic, {URL: "good", Status: "active", Triggers: []aidbox.Trigger{{Criteria: "active"}}},
			{URL: "broken", Status: "active", Triggers: []aidbox.Trigger{{Criteria: "("}}}, {URL: "draft", Status: "draft", Triggers: []aidbox.Trigger{{}}}}})
		m.Update(data.CriteriaRead{Criteria: data.Criteria{{Source: "("}: errors.New("the criterion is wrong"), {Source: "active"}: nil}})
		m.o.URLForAidbox, m.o.Listening = server, func() []string { return c.listens }
		m.look()
		if c.msg != nil {
			m.Update(c.msg)
		}
		if h := c.hint(m, c.d); h.Role != c.role || !strings.HasPrefix(h.Text, c.want) || c.want == "" && h.Text != "" {
			t.Errorf("%s: %+v", rule, h)
		}
	}
}

// Where no stream takes what JetStream is to keep, the command that makes one
// stands above the request.
func TestTheMissingStreamIsSaidHowToMake(t *testing.T) {
	const server = "nats://b:4222"
	m := pane()
	m.o.URLForAidbox = server
	m.Update(data.Streams{Answer: answer(1), Streams: []nats.Stream{{Name: "EVENTS", Subjects: []string{"patients.>"}}}})
	said := strings.Join(m.missingStream(sends(aidbox.KindJetStreamAtLeastOnce, server, "foo")), "\n")
	if !strings.Contains(said, "takes foo:\nnats stream add --defaults --subjects=foo --storage=file FOO") {
		t.Errorf("%s", said)
	}
	for rule, d := range map[string]aidbox.Destination{
		"one takes it":    sends(aidbox.KindJetStreamAtLeastOnce, server, "patients.a"),
		"none is needed":  sends(aidbox.KindCoreBestEffort, server, "foo"),
		"another server":  sends(aidbox.KindJetStreamAtLeastOnce, "nats://other", "foo"),
		"no subject, yet": sends(aidbox.KindJetStreamAtLeastOnce, server, "foo."),
	} {
		if said := m.missingStream(d); said != nil {
			t.Errorf("%s: %q", rule, said)
		}
	}
}

func again(kind, subject string) aidbox.Destination {
	d := sends(kind, "nats://b:4222", subject)
	d.ID = "y"
	return d
}

// Other kinds are shown, with their secrets hidden, and edited none.
func TestAnotherKindIsShownAndNotEdited(t *testing.T) {
	var d aidbox.Destination
	if err := d.UnmarshalJSON([]byte(`{"id":"k","kind":"kafka-at-least-once","topic":"topic","parameter":[{"name":"bootstrapServers","valueString":"kafka:9092"},` +
		`{"name":"saslJaasConfigPassword","valueString":"hunter2"},{"name":"certificate","_valueString":{"extension":[{"url":"http://health-samurai.io/fhir/secret-reference","valueString":"kafka-cert"}]}}]}`)); err != nil {
		t.Fatal(err)
	}
	m := pane(d)
	view := bare(m.detail.View())
	for _, want := range []string{"kafka-at-least-once", "elsewhere than to NATS", "bootstrapServers kafka:9092", "saslJaasConfigPassword ********", "certificate from the secret kafka-cert"} {
		if !strings.Contains(view, want) {
			t.Errorf("it does not say %q:\n%s", want, view)
		}
	}
	if strings.Contains(view, "hunter2") || !strings.Contains(bare(m.View()), "kafka") {
		t.Errorf("%s\n%s", bare(m.View()), view)
	}
	a, _ := m.Keys().Match(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("e")})
	if why := a.Blocked(); !strings.Contains(why, "a kafka-at-least-once has settings of its own") {
		t.Errorf("%q", why)
	}
	for kind, want := range map[string]string{"kafka-at-least-once": "kafka", "aws-eventbridge-best-effort": "aws-eventbridge", "webhook-at-least-once": "webhook",
		"fhir-native-topic-based-subscription": "fhir-native", "": ""} {
		if got := shortKind(kind); got != want {
			t.Errorf("%q is %q, not %q", kind, got, want)
		}
	}
}

// Errors are folded, their ages stand below each other, and what they quote of
// a person is masked.
func TestLastErrors(t *testing.T) {
	definitions, err := r4.Load()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	m := pane(one)
	m.Update(data.Tick{Now: now})
	m.Update(data.Mask{On: true, Masker: mask.New(definitions)})
	failed := func(ago time.Duration, message string) aidbox.StatusError {
		return aidbox.StatusError{Time: now.Add(-ago), Message: message}
	}
	m.know(data.Status{Status: aidbox.Status{Delivered: n(1), LastErrors: []aidbox.StatusError{failed(time.Second, "timeout"), failed(3*time.Second, "timeout"),
		failed(90*time.Minute, "refused"), failed(2*time.Hour, `{"resourceType":"Patient","name":[{"family":"Smith"}]}`)}}})
	var lines []string
	for l := range strings.Lines(bare(m.detail.View())) {
		if strings.Contains(l, " ago ") && !strings.Contains(l, "!") {
			lines = append(lines, strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(l), "last errors")))
		}
	}
	if len(lines) != 3 || !strings.HasPrefix(lines[0], "×2  1 s ago  ") || !strings.HasPrefix(lines[1], "1 h ago  ") {
		t.Errorf("%q", lines)
	}
	if view := m.detail.View(); strings.Contains(view, "Smith") {
		t.Errorf("%s", bare(view))
	}
	m.Update(data.Mask{})
	if view := bare(m.detail.View()); !strings.Contains(view, "×2  1 s ago  timeout") || !strings.Contains(view, "    1 h ago  refused") {
		t.Errorf("%s", view)
	}
}

func TestWhatPassedByIsTold(t *testing.T) {
	now := time.Now()
	m := pane(one)
	m.know(data.Status{Status: aidbox.Status{Delivered: n(1)}})
	m.Update(data.Seen{Topic: "topic", Destination: "one", Focus: "Patient/5e78", At: now.Add(-4 * time.Second)})
	m.Update(data.Tick{Now: now})
	if s := bare(m.detail.View()); !strings.Contains(s, "seen here") || !strings.Contains(s, "4 s ago   Patient/5e78") {
		t.Errorf("%s", s)
	}
	const long = "Patient/a8d73412-1111-2222-3333-628b7adf1ecd"
	m.Update(data.Seen{Topic: "topic", Destination: "one", Focus: long, At: now})
	if s := bare(m.detail.View()); !strings.Contains(s, long) {
		t.Errorf("it is cut where there is room:\n%s", s)
	}
	m.Update(data.DestinationMade{Destination: one})
	if s := bare(m.detail.View()); strings.Contains(s, "seen here") || strings.Contains(s, "1 delivered") {
		t.Errorf("a destination made anew has the past of the one before:\n%s", s)
	}
}

// What was read stays where it could not be read again, and says so.
func TestAListThatCouldNotBeReadAgain(t *testing.T) {
	m := pane(one)
	m.Update(data.Destinations{Answer: data.Answer{Question: 9, Err: &aidbox.Error{Status: 500, Method: "GET", URL: "http://h/x"}}})
	if title := m.Title(); !title.Bad || !strings.Contains(title.Right, "since ") || !strings.Contains(bare(m.View()), "one") {
		t.Errorf("%+v\n%s", title, bare(m.View()))
	}
	if s := bare(m.detail.View()); !strings.Contains(s, "500 Internal Server Error") || !strings.Contains(s, "Sends each event") {
		t.Errorf("%s", s)
	}
	if !slices.Contains(m.Needs().Statuses, "one") {
		t.Error("its counters are not read any more")
	}
}
