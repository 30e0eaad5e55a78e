package subscription_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"aidbox-nats/aidbox/r4"
	"aidbox-nats/aidbox/sandbox/subscription"
)

const (
	coreProfile   = "http://health-samurai.io/fhir/core/StructureDefinition/aidboxtopicdestination-natsCoreBestEffortProfile"
	jsProfile     = "http://health-samurai.io/fhir/core/StructureDefinition/aidboxtopicdestination-natsJetStreamAtLeastOnceProfile"
	legacyProfile = "http://aidbox.app/StructureDefinition/aidboxtopicdestination-nats-core-best-effort"
)

var load = sync.OnceValues(r4.Load)

// check returns what is wrong, each as code@expression.
func check(t *testing.T, rules subscription.Rules, resourceType, text string) ([]string, error) {
	t.Helper()
	definitions, err := load()
	if err != nil {
		t.Fatal(err)
	}
	rules.Definitions = definitions
	if rules.Version == 0 {
		rules.Version = 2609
	}
	issues, err := rules.Check(resourceType, []byte(text))
	var got []string
	for _, i := range issues {
		got = append(got, i.Code+"@"+i.Expression)
		if !strings.HasPrefix(i.Diagnostics, i.Expression+": ") || len(i.Diagnostics) < len(i.Expression)+5 {
			t.Errorf("diagnostics do not say what and where: %q", i.Diagnostics)
		}
	}
	return got, err
}

func TestTheNumberAndTheSizeOfIssuesAreBounded(t *testing.T) {
	t.Parallel()
	triggers := strings.TrimSuffix(strings.Repeat(`{},`, 5000), ",")
	for name, text := range map[string]string{
		"many triggers":     `{"url":"t","status":"active","trigger":[` + triggers + `]}`,
		"many interactions": `{"url":"t","status":"active","trigger":[{"resource":"Patient","supportedInteraction":[` + strings.Repeat(`1,`, 5000) + `1]}]}`,
		"a long name":       `{"url":"t","status":"active","` + strings.Repeat("x", 1<<20) + `":1}`,
	} {
		issues, err := check(t, subscription.Rules{}, subscription.TopicType, text)
		if err != nil || len(issues) == 0 || len(issues) > r4.MaxIssues {
			t.Errorf("%s: %d issues, %v", name, len(issues), err)
		}
		for _, issue := range issues {
			if len(issue) > 200 {
				t.Errorf("%s: an issue of %d bytes", name, len(issue))
			}
		}
	}
}

func TestTopics(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"the tutorial's", `{"url":"patient-topic","status":"active","trigger":[{"resource":"Patient","fhirPathCriteria":"name.exists()"}]}`, nil},
		{"least", `{"url":"t","status":"draft"}`, nil},
		{"everything", `{"id":"a","meta":{"tag":[{"code":"x"}]},"text":{"status":"generated","div":"<div/>"},"url":"t","status":"retired","version":"1",
			"title":"T","name":"N","description":"d","experimental":true,"date":"2025-01-01","publisher":"p","contact":[{"name":"c"}],
			"copyrightLabel":"c","derivedFrom":["x"],"effectivePeriod":{"start":"2025"},"_title":{"id":"x"},
			"trigger":[{"id":"1","extension":[{"url":"u","valueCode":"c"}],"resource":"Patient","description":"d",
			"supportedInteraction":["create","update","delete"],"fhirPathCriteria":"true","canFilterBy":[{"filterParameter":"x"}]}]}`, nil},
		{"nothing", `{}`, []string{"required-key@AidboxSubscriptionTopic.url", "required-key@AidboxSubscriptionTopic.status"}},
		{"empty url", `{"url":" ","status":"active"}`, []string{"empty-value@AidboxSubscriptionTopic.url"}},
		{"null url", `{"url":null,"status":"active"}`, []string{"empty-value@AidboxSubscriptionTopic.url"}},
		{"array url", `{"url":["a"],"status":"active"}`, []string{"unexpected-array@AidboxSubscriptionTopic.url"}},
		{"number as url", `{"url":1,"status":"active"}`, []string{"invalid-type@AidboxSubscriptionTopic.url"}},
		{"unknown status", `{"url":"t","status":"on"}`, []string{"terminology-binding-error@AidboxSubscriptionTopic.status"}},
		{"unknown elements", `{"url":"t","status":"active","ups":1,"trigger":[{"resource":"Patient","ups":1}]}`,
			[]string{"unknown-key@AidboxSubscriptionTopic.trigger[0].ups", "unknown-key@AidboxSubscriptionTopic.ups"}},
		{"metadata of a wrong kind", `{"url":"t","status":"active","title":1,"contact":{},"meta":{"ups":1}}`, []string{
			"unknown-key@AidboxSubscriptionTopic.meta.ups", "invalid-type@AidboxSubscriptionTopic.title", "expected-array@AidboxSubscriptionTopic.contact"}},
		{"one trigger without an array", `{"url":"t","status":"active","trigger":{"resource":"Patient"}}`, []string{"expected-array@AidboxSubscriptionTopic.trigger"}},
		{"no trigger in the array", `{"url":"t","status":"active","trigger":[]}`, []string{"empty-value@AidboxSubscriptionTopic.trigger"}},
		{"a trigger that is text", `{"url":"t","status":"active","trigger":["x"]}`, []string{"invalid-type@AidboxSubscriptionTopic.trigger[0]"}},
		{"a trigger twice the same name", `{"url":"t","status":"active","trigger":[{"resource":"Patient","resource":"Patient"}]}`, []string{"structure@AidboxSubscriptionTopic.trigger[0]"}},
		{"trigger without resource", `{"url":"t","status":"active","trigger":[{"resource":"Patient"},{"fhirPathCriteria":"true"}]}`,
			[]string{"required-key@AidboxSubscriptionTopic.trigger[1].resource"}},
		{"trigger of an unknown type", `{"url":"t","status":"active","trigger":[{"resource":"Pateint"}]}`, []string{"unknown-resource-type@AidboxSubscriptionTopic.trigger[0].resource"}},
		{"trigger of an abstract type", `{"url":"t","status":"active","trigger":[{"resource":"Resource"}]}`, []string{"unknown-resource-type@AidboxSubscriptionTopic.trigger[0].resource"}},
		{"bad interactions", `{"url":"t","status":"active","trigger":[{"resource":"Patient","supportedInteraction":["create","patch",1]}]}`, []string{
			"terminology-binding-error@AidboxSubscriptionTopic.trigger[0].supportedInteraction[1]",
			"terminology-binding-error@AidboxSubscriptionTopic.trigger[0].supportedInteraction[2]"}},
		{"one interaction without an array", `{"url":"t","status":"active","trigger":[{"resource":"Patient","supportedInteraction":"create"}]}`,
			[]string{"expected-array@AidboxSubscriptionTopic.trigger[0].supportedInteraction"}},
		{"bad extension of a trigger", `{"url":"t","status":"active","trigger":[{"resource":"Patient","extension":[{}]}]}`,
			[]string{"empty-value@AidboxSubscriptionTopic.trigger[0].extension[0]"}},
		{"a criterion that does not compile is stored", `{"url":"t","status":"active","trigger":[{"resource":"Patient","fhirPathCriteria":"name.("}]}`, nil},
		{"not JSON", `{`, []string{"structure@"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.name == "not JSON" {
				issues, err := subscription.Rules{}.Check(subscription.TopicType, []byte(c.text))
				if len(issues) != 1 || issues[0].Code != r4.CodeStructure || err != nil {
					t.Errorf("got %v, %v", issues, err)
				}
				return
			}
			got, err := check(t, subscription.Rules{}, subscription.TopicType, c.text)
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("got %v, %v\nwant %v", got, err, c.want)
			}
		})
	}
}

// least is the smallest destination, with room for more.
func least(members, parameters string) string {
	return `{"resourceType":"AidboxTopicDestination","meta":{"profile":["` + coreProfile + `"]},"kind":"nats-core-best-effort","topic":"t"` + members +
		`,"parameter":[{"name":"url","valueString":"nats://h"},{"name":"subject","valueString":"s.t"}` + parameters + `]}`
}

func TestDestinations(t *testing.T) {
	t.Parallel()
	const at = "AidboxTopicDestination"
	noParameters := `{"meta":{"profile":["` + coreProfile + `"]},"kind":"nats-core-best-effort","topic":"t"`
	for _, c := range []struct {
		name  string
		rules subscription.Rules
		text  string
		want  []string
	}{
		{"least", subscription.Rules{}, least("", ""), nil},
		{"all elements", subscription.Rules{}, least(`,"id":"a","status":"active","content":"id-only","includeEntryAction":true,"includeVersionId":false,
			"includeVersionIdInFocusReference":true,"enableLogging":true,"logLevel":"info"`, `,{"name":"connectionName","valueString":"c"},
			{"name":"username","valueString":"u"},{"name":"password","valueString":"p"},{"name":"credentialsFilePath","valueString":"/creds/a"},
			{"name":"sslContext","valueString":"none"}`), nil},
		{"nothing", subscription.Rules{}, `{}`, []string{
			"required-key@" + at + ".kind", "required-key@" + at + ".topic", "required-key@" + at + ".parameter", "required-key@" + at + ".parameter"}},
		{"unknown kind", subscription.Rules{}, `{"kind":"nats-core","topic":"t"}`, []string{
			"terminology-binding-error@" + at + ".kind", "required-key@" + at + ".parameter", "required-key@" + at + ".parameter"}},
		{"unknown element", subscription.Rules{}, least(`,"ups":1`, ""), []string{"unknown-key@" + at + ".ups"}},
		{"unknown content", subscription.Rules{}, least(`,"content":"full"`, ""), []string{"terminology-binding-error@" + at + ".content"}},
		{"a flag that is text", subscription.Rules{}, least(`,"includeVersionId":"true"`, ""), []string{"invalid-type@" + at + ".includeVersionId"}},
		{"no url", subscription.Rules{}, noParameters + `,"parameter":[{"name":"subject","valueString":"s"}]}`, []string{"required-key@" + at + ".parameter"}},
		{"no subject", subscription.Rules{}, noParameters + `,"parameter":[{"name":"url","valueString":"s"}]}`, []string{"required-key@" + at + ".parameter"}},
		{"a wildcard as subject", subscription.Rules{}, noParameters + `,"parameter":[{"name":"url","valueString":"u"},{"name":"subject","valueString":"a.*"}]}`,
			[]string{"constraint-violation@" + at + ".parameter[1].valueString"}},
		{"an empty subject", subscription.Rules{}, noParameters + `,"parameter":[{"name":"url","valueString":"u"},{"name":"subject","valueString":""}]}`,
			[]string{"empty-value@" + at + ".parameter[1].valueString"}},
		{"a subject with a space", subscription.Rules{}, noParameters + `,"parameter":[{"name":"url","valueString":"u"},{"name":"subject","valueString":"a b"}]}`,
			[]string{"constraint-violation@" + at + ".parameter[1].valueString"}},
		{"unknown parameter", subscription.Rules{}, least("", `,{"name":"credentialFilePath","valueString":"x"}`), []string{"constraint-violation@" + at + ".parameter[2].name"}},
		{"a parameter twice", subscription.Rules{}, least("", `,{"name":"url","valueString":"x"}`), []string{"constraint-violation@" + at + ".parameter[2].name"}},
		{"a parameter of another kind", subscription.Rules{}, least("", `,{"name":"username","valueInteger":1}`),
			[]string{"required-key@" + at + ".parameter[2].valueString", "unknown-key@" + at + ".parameter[2].valueInteger"}},
		{"the legacy profile", subscription.Rules{}, strings.Replace(least("", ""), coreProfile, legacyProfile, 1), nil},
		{"the legacy profile, strict", subscription.Rules{StrictProfiles: true}, strings.Replace(least("", ""), coreProfile, legacyProfile, 1),
			[]string{"unknown-profile@" + at + ".meta.profile[0]"}},
		{"the new profile, strict, before 2604", subscription.Rules{StrictProfiles: true, Version: 2602}, least("", ""), []string{"unknown-profile@" + at + ".meta.profile[0]"}},
		{"the legacy profile, strict, before 2604", subscription.Rules{StrictProfiles: true, Version: 2602}, strings.Replace(least("", ""), coreProfile, legacyProfile, 1), nil},
		{"the profile of the other kind", subscription.Rules{}, strings.Replace(least("", ""), coreProfile, jsProfile, 1), []string{"constraint-violation@" + at + ".meta.profile[0]"}},
		{"no profile", subscription.Rules{}, strings.Replace(least("", ""), `"meta":{"profile":["`+coreProfile+`"]},`, "", 1), nil},
		{"no profile before 2609", subscription.Rules{Version: 2607}, strings.Replace(least("", ""), `"meta":{"profile":["`+coreProfile+`"]},`, "", 1),
			[]string{"required-key@" + at + ".meta.profile"}},
		{"a profile that is text", subscription.Rules{}, strings.Replace(least("", ""), `["`+coreProfile+`"]`, `"`+coreProfile+`"`, 1), []string{"expected-array@" + at + ".meta.profile"}},
		{"flags of 2603 and 2604 in 2602", subscription.Rules{Version: 2602}, least(`,"includeEntryAction":true,"includeVersionId":true,
			"includeVersionIdInFocusReference":true,"enableLogging":true,"logLevel":"x"`, ""), []string{"unknown-key@" + at + ".includeEntryAction",
			"unknown-key@" + at + ".includeVersionId", "unknown-key@" + at + ".includeVersionIdInFocusReference", "unknown-key@" + at + ".enableLogging", "unknown-key@" + at + ".logLevel"}},
		{"flags of 2604 in 2603", subscription.Rules{Version: 2603}, least(`,"includeEntryAction":true,"includeVersionIdInFocusReference":true`, ""),
			[]string{"unknown-key@" + at + ".includeVersionIdInFocusReference"}},
		{"filterBy before 2609", subscription.Rules{Version: 2607}, least(`,"filterBy":[{}]`, ""), []string{"unknown-key@" + at + ".filterBy"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := check(t, c.rules, subscription.DestinationType, c.text)
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("got %v, %v\nwant %v", got, err, c.want)
			}
		})
	}
}

func TestWhatTheSandboxDoesNotDoIsNamed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, resourceType, text, named string }{
		{"webhooks", subscription.DestinationType, `{"kind":"webhook-at-least-once","topic":"t"}`, `"webhook-at-least-once"`},
		{"Kafka", subscription.DestinationType, `{"kind":"kafka-best-effort"}`, `"kafka-best-effort"`},
		{"the FHIR kind", subscription.DestinationType, `{"kind":"fhir-native-topic-based-subscription"}`, "fhir-native"},
		{"filterBy", subscription.DestinationType, least(`,"filterBy":[{}]`, ""), "filterBy"},
		{"another status", subscription.DestinationType, least(`,"status":"off"`, ""), `"off"`},
		{"the audit topic", subscription.DestinationType, strings.Replace(least("", ""), `"topic":"t"`, `"topic":"http://health-samurai.io/fhir/core/StructureDefinition/AuditEventsR4BALP"`, 1), "AuditEventsR4BALP"},
		{"a destination of an organisation", subscription.DestinationType, `{"meta":{"extension":[{"url":"https://aidbox.app/tenant-organization-id"}]}}`, "organisation"},
		{"a topic of an organisation", subscription.TopicType, `{"extension":[{"url":"https://aidbox.app/tenant-organization-id"}]}`, "organisation"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := check(t, subscription.Rules{}, c.resourceType, c.text)
			var unsupported *subscription.UnsupportedError
			if !errors.As(err, &unsupported) || !strings.Contains(unsupported.What, c.named) {
				t.Errorf("got %v", err)
			}
		})
	}
}
