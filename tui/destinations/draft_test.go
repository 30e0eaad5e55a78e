package destinations

import (
	"encoding/json"
	"strings"
	"testing"

	"aidbox-nats/aidbox"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/widget"
)

func values(more ...string) widget.Values {
	v := widget.Values{"id": " x ", "kind": aidbox.KindCoreBestEffort, "topic": "t", "subject": " foo ", "url": " nats://h:4222 ",
		"content": aidbox.ContentFullResource, "flags": "", "profile": familySince}
	for i := 0; i < len(more); i += 2 {
		v[more[i]] = more[i+1]
	}
	return v
}

func TestWhatIsSentForAForm(t *testing.T) {
	f := draft{topics: []aidbox.Topic{{ID: "t", URL: "topic"}, {ID: "t2", URL: "topic"}}, version: 2609}
	for rule, c := range map[string]struct {
		v    widget.Values
		want string
	}{
		"what is the server's default is left out": {values(), `{"resourceType":"AidboxTopicDestination","id":"x","meta":{"profile":["http://health-samurai.io/fhir/core/StructureDefinition/aidboxtopicdestination-natsCoreBestEffortProfile"]},` +
			`"kind":"nats-core-best-effort","topic":"topic","parameter":[{"name":"url","valueString":"nats://h:4222"},{"name":"subject","valueString":"foo"},{"name":"sslContext","valueString":"none"}]}`},
		"what is marked is sent": {values("kind", aidbox.KindJetStreamAtLeastOnce, "content", "id-only", "flags", "includeEntryAction includeVersionId", "profile", familyBefore, "id", ""),
			`{"resourceType":"AidboxTopicDestination","meta":{"profile":["http://aidbox.app/StructureDefinition/aidboxtopicdestination-nats-jetstream-at-least-once"]},"kind":"nats-jetstream-at-least-once","topic":"topic",` +
				`"content":"id-only","includeEntryAction":true,"includeVersionId":true,"parameter":[{"name":"url","valueString":"nats://h:4222"},{"name":"subject","valueString":"foo"},{"name":"sslContext","valueString":"none"}]}`},
		"a topic by its id, without a profile": {values("topic", "t2", "profile", noProfile), `{"resourceType":"AidboxTopicDestination","id":"x","kind":"nats-core-best-effort","topic":"topic","parameter":[{"name":"url","valueString":"nats://h:4222"},{"name":"subject","valueString":"foo"},{"name":"sslContext","valueString":"none"}]}`},
	} {
		if got, err := f.destination(c.v).MarshalJSON(); err != nil || string(got) != c.want {
			t.Errorf("%s:\n%s\nnot\n%s %v", rule, got, c.want, err)
		}
	}
}

const old = `{"resourceType":"AidboxTopicDestination","id":"old","meta":{"versionId":"7","lastUpdated":"2025-05-05T09:54:29Z","profile":["http://example.org/mine"],"tag":[{"code":"a"}],"extension":[{"url":"ex:createdAt"}]},` +
	`"kind":"nats-core-best-effort","topic":"gone","status":"active","content":"full-resource","includeVersionId":false,"filterBy":[{"x":1}],` +
	`"parameter":[{"name":"url","valueString":"nats://u:hunter2@h:4222"},{"name":"subject","valueString":"foo"},{"name":"password","valueString":"hunter2","extra":1},{"name":"connectionName","valueString":"c"}]}`

// What the form does not ask for is in the new destination as it was in the
// old one, and what the server decides is not.
func TestAReplacementKeepsWhatItDoesNotAskFor(t *testing.T) {
	var d aidbox.Destination
	if err := d.UnmarshalJSON([]byte(old)); err != nil {
		t.Fatal(err)
	}
	f := draft{topics: []aidbox.Topic{{ID: "t", URL: "topic"}}, version: 2609, old: &d}
	v := values("subject", "bar", "topic", "gone", "profile", f.firstProfile(), "url", d.Masked().ServerURL())
	delete(v, "id")
	body, err := f.destination(v).MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var got, want any
	wanted := `{"resourceType":"AidboxTopicDestination","id":"old","meta":{"profile":["http://example.org/mine"],"tag":[{"code":"a"}]},` +
		`"kind":"nats-core-best-effort","topic":"gone","status":"active","content":"full-resource","includeVersionId":false,"filterBy":[{"x":1}],` +
		`"parameter":[{"name":"url","valueString":"nats://u:hunter2@h:4222"},{"name":"subject","valueString":"bar"},{"name":"password","valueString":"hunter2","extra":1},{"name":"connectionName","valueString":"c"},{"name":"sslContext","valueString":"none"}]}`
	if json.Unmarshal(body, &got) != nil || json.Unmarshal([]byte(wanted), &want) != nil {
		t.Fatal("no JSON")
	}
	if a, b := mustJSON(got), mustJSON(want); a != b {
		t.Errorf("\n%s\nnot\n%s", a, b)
	}
	shown, err := masked(f.destination(v))
	if err != nil || strings.Contains(string(shown), "hunter2") || !strings.Contains(string(shown), `"bar"`) {
		t.Errorf("it is shown as %s, %v", shown, err)
	}
	if d.Subject() != "foo" {
		t.Error("the old destination was changed")
	}
}

func mustJSON(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

func TestTopicsOfOneURLAreToldApart(t *testing.T) {
	f := draft{topics: []aidbox.Topic{{ID: "a", URL: "topic", Status: "active"}, {ID: "b", URL: "topic", Status: "draft"}, {ID: "c", URL: "other", Status: "active"}}}
	o := f.topicOptions()
	if len(o) != 3 || o[0].Label != "topic (a)" || o[1].Label != "topic (b)" || o[0].Value == o[1].Value || o[2].Label != "other" {
		t.Errorf("%+v", o)
	}
	if !strings.Contains(o[0].Help, "2 topics have this url") || !strings.Contains(o[1].Help, "status is draft") || strings.Contains(o[2].Help, "url") {
		t.Errorf("%+v", o)
	}
}

func TestTheProfileOfTheServersVersionIsProposed(t *testing.T) {
	unknown := aidbox.Destination{Profile: "http://example.org/mine"}
	legacy := aidbox.Destination{Profile: aidbox.ProfileURL(aidbox.KindCoreBestEffort, 2602)}
	for rule, c := range map[string]struct {
		f     draft
		first string
		n     int
	}{
		"new":                         {draft{version: 2609}, familySince, 3},
		"old":                         {draft{version: 2602}, familyBefore, 3},
		"not known":                   {draft{}, familySince, 3},
		"a replacement keeps its own": {draft{version: 2609, old: &legacy}, familyBefore, 3},
		"one of its own":              {draft{version: 2609, old: &unknown}, asIs, 4},
		"none when there was none":    {draft{version: 2602, old: &aidbox.Destination{}}, noProfile, 3},
	} {
		if got := c.f.firstProfile(); got != c.first || len(c.f.profileOptions()) != c.n {
			t.Errorf("%s: %q of %d", rule, got, len(c.f.profileOptions()))
		}
	}
}

// An older server refuses what it does not know.
func TestOnlyFlagsOfTheServersVersionAreAskedFor(t *testing.T) {
	yes := true
	for rule, c := range map[string]struct {
		f      draft
		n      int
		marked string
	}{
		"2602 has none":                     {draft{version: 2602}, 0, ""},
		"2603 has two":                      {draft{version: 2603}, 2, ""},
		"2609 has all":                      {draft{version: 2609}, 3, ""},
		"an unknown one has none":           {draft{}, 0, ""},
		"what the old one has can be taken": {draft{version: 2602, old: &aidbox.Destination{IncludeVersionID: &yes}}, 1, "includeVersionId"},
	} {
		if options, marked := c.f.flagOptions(); len(options) != c.n || marked != c.marked {
			t.Errorf("%s: %d options, %q marked", rule, len(options), marked)
		}
	}
}

func TestAddressesAndSubjectsAreChecked(t *testing.T) {
	for address, good := range map[string]bool{"nats://h:4222": true, "h:4222": true, "h": true, "tls://h, nats://i:1": true, "nats://u:p@h": true,
		"": false, " ": false, "http://h:4222": false, "nats://": false, "nats://a b": false, "nats://h:port": false} {
		if err := checkURL(address); (err == nil) != good {
			t.Errorf("%q: %v", address, err)
		}
	}
	for subject, good := range map[string]bool{"foo": true, " foo.bar ": true, "": false, "foo.*": false, "foo.>": false, "foo..bar": false, "foo bar": false} {
		if err := checkSubject(subject); (err == nil) != good {
			t.Errorf("%q: %v", subject, err)
		}
	}
}

func TestASecretInAnAddressIsKeptThroughTheForm(t *testing.T) {
	for rule, c := range map[string]struct{ old, typed, want string }{
		"it is left alone": {"nats://u:p@h:4222", "nats://u:********@h:4222", "nats://u:p@h:4222"},
		"another host":     {"nats://u:p@h:4222", "nats://u:********@i", "nats://u:p@i"},
		"another password": {"nats://u:p@h:4222", "nats://u:new@h:4222", "nats://u:new@h:4222"},
		"none any more":    {"nats://u:p@h:4222", "nats://h:4222", "nats://h:4222"},
		"a token":          {"nats://p@h:4222", "nats://********@h:4222", "nats://p@h:4222"},
		"two servers":      {"nats://u:p@h,nats://v:q@i", "nats://u:********@h,nats://v:********@j", "nats://u:p@h,nats://v:q@j"},
		"there was none":   {"nats://h", "nats://i", "nats://i"},
		"nothing":          {"", "", ""},
	} {
		old := aidbox.Destination{Parameters: []aidbox.Parameter{{Name: "url", Value: c.old}}}
		d := draft{old: &old}.destination(values("url", c.typed))
		if got := d.ServerURL(); got != c.want {
			t.Errorf("%s: %s", rule, got)
		}
	}
}

// What is lost is said before the button that loses it is pressed.
func TestWhatAReplacementLoses(t *testing.T) {
	for rule, c := range map[string]struct {
		kind   string
		secret aidbox.Parameter
		status *data.Status
		want   string
	}{
		"counters, always":               {aidbox.KindCoreBestEffort, aidbox.Parameter{}, nil, "Its counters begin anew, and a change between the two requests is not sent."},
		"what is queued":                 {aidbox.KindJetStreamAtLeastOnce, aidbox.Parameter{}, &data.Status{Status: aidbox.Status{Queued: n(3)}}, "3 queued events are dropped."},
		"what may be queued":             {aidbox.KindJetStreamAtLeastOnce, aidbox.Parameter{}, &data.Status{Err: noRight}, "How many events wait in its queue is not known; they are dropped."},
		"a secret that Aidbox withholds": {aidbox.KindCoreBestEffort, aidbox.Parameter{Name: "password"}, nil, "Aidbox does not tell the value of password: the new destination has none."},
		"a secret that Aidbox masks":     {aidbox.KindCoreBestEffort, aidbox.Parameter{Name: "password", Value: "****"}, nil, "Aidbox masks the value of password: the new destination would have the mask in its place."},
	} {
		d := aidbox.Destination{ID: "one", Kind: c.kind, Topic: "topic", Status: "active", Parameters: []aidbox.Parameter{c.secret}}
		m := pane(d)
		if c.status != nil {
			m.know(*c.status)
		}
		if said := strings.Join(m.replacing(d), " "); !strings.Contains(said, c.want) {
			t.Errorf("%s: %s", rule, said)
		}
	}
	m := pane(one)
	m.know(data.Status{Status: aidbox.Status{Queued: n(0)}})
	if said := m.queued(one); said != nil {
		t.Errorf("nothing waits: %q", said)
	}
}
