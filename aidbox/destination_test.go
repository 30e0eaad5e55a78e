package aidbox_test

import (
	"errors"
	"strings"
	"testing"

	"aidbox-nats/aidbox"
)

const natsDestination = `{"id":"basic","resourceType":"AidboxTopicDestination","meta":{"versionId":"8","profile":["http://health-samurai.io/fhir/core/StructureDefinition/aidboxtopicdestination-natsCoreBestEffortProfile"]},` +
	`"kind":"nats-core-best-effort","topic":"patient-topic","includeEntryAction":true,"filterBy":[{"x":1}],"parameter":[{"name":"url","valueString":"nats://alice:hunter2@host.docker.internal:4222"},` +
	`{"name":"subject","valueString":"foo"},{"valueString":"hunter2","name":"password","extra":1},{"name":"sslContext","valueString":"none"}]}`

func decodeDestination(t *testing.T, text string) aidbox.Destination {
	t.Helper()
	var d aidbox.Destination
	if err := d.UnmarshalJSON([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDestinationIsRead(t *testing.T) {
	d := decodeDestination(t, natsDestination)
	if d.ID != "basic" || !d.IsNATS() || d.IsJetStream() || d.Topic != "patient-topic" || !d.Active() || d.VersionID != "8" ||
		d.ServerURL() != "nats://alice:hunter2@host.docker.internal:4222" || d.Subject() != "foo" || d.Param("password") != "hunter2" || d.Param("nothing") != "" {
		t.Errorf("got %+v", d)
	}
	if d.IncludeEntryAction == nil || !*d.IncludeEntryAction || d.IncludeVersionID != nil || d.IncludeVersionIDInFocusReference != nil {
		t.Errorf("flags are %v %v %v", d.IncludeEntryAction, d.IncludeVersionID, d.IncludeVersionIDInFocusReference)
	}
	if family, kind := aidbox.ProfileFamily(d.Profile); family != aidbox.FamilySince2604 || kind != d.Kind {
		t.Errorf("family %v of %q", family, kind)
	}
	if got, _ := d.MarshalJSON(); string(got) != natsDestination {
		t.Errorf("unchanged it became\n%s", got)
	}
}

func TestDestinationParameterForms(t *testing.T) {
	for _, c := range []struct {
		rule, raw, value, reference string
	}{
		{"valueString", `{"name":"p","valueString":"v"}`, "v", ""},
		{"value first", `{"valueString":"v","name":"p"}`, "v", ""},
		{"a number", `{"name":"p","valueInteger":5}`, "5", ""},
		{"a bool", `{"name":"p","valueBoolean":true}`, "true", ""},
		{"a url", `{"name":"p","valueUrl":"http://x"}`, "http://x", ""},
		{"a reference", `{"name":"p","valueReference":{"reference":"Client/x"}}`, "Client/x", ""},
		{"_valueString alone", `{"name":"p","_valueString":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"masked"},{"url":"http://health-samurai.io/fhir/secret-reference","valueString":"kafka-sasl"}]}}`, "", "kafka-sasl"},
		{"_valueString of another extension", `{"name":"p","_valueString":{"extension":[{"url":"x","valueCode":"masked"}]}}`, "", "masked"},
		{"nothing", `{"name":"p"}`, "", ""},
	} {
		t.Run(c.rule, func(t *testing.T) {
			text := `{"resourceType":"AidboxTopicDestination","kind":"kafka-at-least-once","parameter":[` + c.raw + `]}`
			d := decodeDestination(t, text)
			if p := d.Parameters[0]; p.Name != "p" || p.Value != c.value || p.Reference != c.reference {
				t.Errorf("got %+v", p)
			}
			if d.IsNATS() {
				t.Error("kafka is NATS")
			}
			if got, _ := d.MarshalJSON(); string(got) != text {
				t.Errorf("unchanged it became\n%s", got)
			}
			d.Parameters[0].Value = "new"
			if got, _ := d.MarshalJSON(); string(got) != `{"resourceType":"AidboxTopicDestination","kind":"kafka-at-least-once","parameter":[{"name":"p","valueString":"new"}]}` {
				t.Errorf("changed it became\n%s", got)
			}
		})
	}
}

func TestDestinationIsWritten(t *testing.T) {
	yes, no := true, false
	for _, c := range []struct {
		rule string
		d    aidbox.Destination
		want string
	}{
		{"a new one in the order of the documentation", aidbox.Destination{
			ID: "basic", Kind: aidbox.KindCoreBestEffort, Profile: aidbox.ProfileURL(aidbox.KindCoreBestEffort, 2602), Topic: "patient-topic", Content: aidbox.ContentIDOnly,
			IncludeEntryAction: &yes, IncludeVersionID: &no, Parameters: []aidbox.Parameter{{Name: "url", Value: "nats://h:4222"}, {Name: "subject", Value: "foo"}, {Name: "username"}},
		}, `{"resourceType":"AidboxTopicDestination","id":"basic","meta":{"profile":["http://aidbox.app/StructureDefinition/aidboxtopicdestination-nats-core-best-effort"]},"kind":"nats-core-best-effort",` +
			`"topic":"patient-topic","content":"id-only","includeEntryAction":true,"includeVersionId":false,"parameter":[{"name":"url","valueString":"nats://h:4222"},{"name":"subject","valueString":"foo"},{"name":"username","valueString":""}]}`},
		{"without profile there is no meta", aidbox.Destination{Kind: "webhook"}, `{"resourceType":"AidboxTopicDestination","kind":"webhook"}`},
		{"a flag taken back goes", func() aidbox.Destination {
			d := decodeDestination(t, `{"resourceType":"AidboxTopicDestination","includeVersionId":true,"x":1,"meta":{"profile":["a"],"tag":[]}}`)
			d.IncludeVersionID, d.Profile = nil, "b"
			return d
		}(), `{"resourceType":"AidboxTopicDestination","x":1,"meta":{"tag":[],"profile":["b"]}}`},
		{"a flag turned stays in place", func() aidbox.Destination {
			d := decodeDestination(t, `{"includeVersionId":true,"resourceType":"AidboxTopicDestination"}`)
			d.IncludeVersionID = &no
			return d
		}(), `{"includeVersionId":false,"resourceType":"AidboxTopicDestination"}`},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if got, err := c.d.MarshalJSON(); err != nil || string(got) != c.want {
				t.Errorf("%v, wrote\n%s, want\n%s", err, got, c.want)
			}
		})
	}
}

func TestDestinationMasked(t *testing.T) {
	d := decodeDestination(t, natsDestination)
	m := d.Masked()
	text := string(m.Raw)
	for _, p := range m.Parameters {
		text += p.Value + string(p.Raw)
	}
	if strings.Contains(text, "hunter2") {
		t.Errorf("the password is in %s", text)
	}
	if m.Param("password") != aidbox.Mask || m.ServerURL() != "nats://alice:"+aidbox.Mask+"@host.docker.internal:4222" || m.Subject() != "foo" {
		t.Errorf("got %+v", m.Parameters)
	}
	if d.Param("password") != "hunter2" || string(d.Raw) != natsDestination {
		t.Error("the original was masked too")
	}
	for name, secret := range map[string]bool{"password": true, "saslPassword": true, "clientSecret": true, "access_token": true, "api.key": true, "url": false, "subject": false, "credentialsFilePath": false, "username": false} {
		if got := (aidbox.Parameter{Name: name}).Secret(); got != secret {
			t.Errorf("%s secret: %v", name, got)
		}
	}
}

func TestDestinationCalls(t *testing.T) {
	s := serve(t, jsonAlways(201, natsDestination))
	c := dial(t, aidbox.Config{URL: s.URL})
	ctx := within(t)
	d, err := c.CreateDestination(ctx, decodeDestination(t, natsDestination))
	if err != nil || d.Param("password") != "hunter2" || s.got()[0].body != natsDestination {
		t.Errorf("got %+v, %v", d, err)
	}
	if _, err := c.Destination(ctx, "basic"); err != nil {
		t.Error(err)
	}
	if err := c.DeleteDestination(ctx, "basic"); err != nil {
		t.Error(err)
	}
	for i, want := range []string{"POST /fhir/AidboxTopicDestination", "GET /fhir/AidboxTopicDestination/basic", "DELETE /fhir/AidboxTopicDestination/basic"} {
		if r := s.got()[i]; r.method+" "+r.uri != want {
			t.Errorf("asked %s %s, want %s", r.method, r.uri, want)
		}
	}
	if err := ask(t, always(204, "", "")).DeleteDestination(ctx, "gone"); err != nil {
		t.Errorf("deleting what is gone: %v", err)
	}
}

func TestProfiles(t *testing.T) {
	for _, c := range []struct {
		kind    string
		version int
		want    string
		family  aidbox.Family
	}{
		{aidbox.KindCoreBestEffort, 2602, "http://aidbox.app/StructureDefinition/aidboxtopicdestination-nats-core-best-effort", aidbox.FamilyBefore2604},
		{aidbox.KindJetStreamAtLeastOnce, 2603, "http://aidbox.app/StructureDefinition/aidboxtopicdestination-nats-jetstream-at-least-once", aidbox.FamilyBefore2604},
		{aidbox.KindCoreBestEffort, 2604, "http://health-samurai.io/fhir/core/StructureDefinition/aidboxtopicdestination-natsCoreBestEffortProfile", aidbox.FamilySince2604},
		{aidbox.KindJetStreamAtLeastOnce, 2609, "http://health-samurai.io/fhir/core/StructureDefinition/aidboxtopicdestination-natsJetStreamAtLeastOnceProfile", aidbox.FamilySince2604},
		{aidbox.KindJetStreamAtLeastOnce, 0, "http://health-samurai.io/fhir/core/StructureDefinition/aidboxtopicdestination-natsJetStreamAtLeastOnceProfile", aidbox.FamilySince2604},
	} {
		if got := aidbox.ProfileURL(c.kind, c.version); got != c.want {
			t.Errorf("%s on %d: %s, want %s", c.kind, c.version, got, c.want)
		}
		for _, suffix := range []string{"", "|1.0.0"} {
			if family, kind := aidbox.ProfileFamily(c.want + suffix); family != c.family || kind != c.kind {
				t.Errorf("%s%s is family %v of %q", c.want, suffix, family, kind)
			}
		}
	}
	if got := aidbox.ProfileURL("webhook", 2609); got != "" {
		t.Errorf("a webhook has %s", got)
	}
	for profile, want := range map[string]aidbox.Family{
		"http://aidbox.app/StructureDefinition/aidboxtopicdestination-kafka-at-least-once":                    aidbox.FamilyBefore2604,
		"http://health-samurai.io/fhir/core/StructureDefinition/aidboxtopicdestination-kafkaAtLeastOnceThing": aidbox.FamilySince2604,
		"http://example.org/x": aidbox.FamilyUnknown,
		"":                     aidbox.FamilyUnknown,
	} {
		if family, kind := aidbox.ProfileFamily(profile); family != want || kind != "" {
			t.Errorf("%s is family %v of %q", profile, family, kind)
		}
	}
}

func TestProfileLookUp(t *testing.T) {
	canonical := aidbox.ProfileURL(aidbox.KindCoreBestEffort, 2604)
	bundle := func(entries string) string { return `{"resourceType":"Bundle","type":"searchset"` + entries + `}` }
	for _, c := range []struct {
		rule, body string
		want       bool
	}{
		{"an entry", bundle(`,"entry":[{"resource":{"resourceType":"StructureDefinition","url":"` + canonical + `"}}]`), true},
		{"no entry", bundle(``), false},
		{"the profile of somebody else", bundle(`,"entry":[{"resource":{"resourceType":"StructureDefinition","url":"http://x"}}]`), false},
	} {
		t.Run(c.rule, func(t *testing.T) {
			s := serve(t, jsonAlways(200, c.body))
			got, err := dial(t, aidbox.Config{URL: s.URL}).Profile(within(t), canonical)
			if err != nil || got != c.want {
				t.Errorf("got %v, %v", got, err)
			}
			if want := "/fhir/StructureDefinition?url=http%3A%2F%2Fhealth-samurai.io%2Ffhir%2Fcore%2FStructureDefinition%2Faidboxtopicdestination-natsCoreBestEffortProfile"; s.got()[0].uri != want {
				t.Errorf("asked %s", s.got()[0].uri)
			}
		})
	}
	if _, err := ask(t, jsonAlways(403, "{}")).Profile(within(t), canonical); !errors.Is(err, aidbox.ErrForbidden) {
		t.Errorf("got %v", err)
	}
}

func TestSupports(t *testing.T) {
	for _, c := range []struct {
		element string
		first   int
	}{
		{"includeEntryAction", 2603}, {"includeVersionId", 2603}, {"includeVersionIdInFocusReference", 2604},
		{"enableLogging", 2604}, {"logLevel", 2604}, {"filterBy", 2609},
	} {
		if aidbox.Supports(c.first-1, c.element) || !aidbox.Supports(c.first, c.element) || aidbox.Supports(0, c.element) {
			t.Errorf("%s is not new in %d", c.element, c.first)
		}
	}
	for _, element := range []string{"content", "parameter", "status"} {
		if !aidbox.Supports(0, element) || !aidbox.Supports(2409, element) {
			t.Errorf("%s is not everywhere", element)
		}
	}
	if aidbox.SupportsCorrelation(2607) || !aidbox.SupportsCorrelation(2609) || aidbox.SupportsCorrelation(0) {
		t.Error("correlation ids came after 2607")
	}
	if aidbox.ProfileOptional(2607) || !aidbox.ProfileOptional(2609) {
		t.Error("profiles are optional from 2609")
	}
}
