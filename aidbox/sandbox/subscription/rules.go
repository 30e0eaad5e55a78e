package subscription

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/r4"
	"aidbox-nats/aidbox/sandbox/document"
	"aidbox-nats/nats"
)

var interactions = []string{"create", "update", "delete"}

// auditTopic is a topic that Aidbox has without a resource.
const (
	auditTopic      = "http://health-samurai.io/fhir/core/StructureDefinition/AuditEventsR4BALP"
	auditTopicSince = 2609
)

// organisation marks the extension by which Aidbox confines a topic or a
// destination to one organisation's resources.
const organisation = "tenant-organization"

// otherKinds are words in the names of the kinds that Aidbox has beside NATS.
var otherKinds = []string{
	"webhook", "kafka", "pubsub", "amqp", "activemq", "rabbitmq", "mqtt", "sns", "sqs", "eventbridge", "clickhouse", "bigquery",
	"lakehouse", "fhir-native-topic-based-subscription",
}

// Check returns what is wrong with a topic or destination, or an
// [*UnsupportedError].
func (r Rules) Check(resourceType string, resource []byte) ([]r4.Issue, error) {
	o, err := document.Parse(resource)
	if err != nil {
		return []r4.Issue{{Code: r4.CodeStructure, Diagnostics: err.Error()}}, nil
	}
	if ofOrganisation(o) {
		return nil, &UnsupportedError{What: "a " + resourceType + " of one organisation"}
	}
	c := &checker{definitions: r.Definitions}
	if resourceType == TopicType {
		r.topic(c, o)
		return c.issues, nil
	}
	err = r.destination(c, o)
	return c.issues, err
}

func ofOrganisation(o *document.Object) bool {
	extensions := []*document.Object{o}
	if meta, ok := o.Object("meta"); ok {
		extensions = append(extensions, meta)
	}
	return slices.ContainsFunc(extensions, func(in *document.Object) bool {
		raw, _ := in.Get("extension")
		return strings.Contains(string(raw), organisation)
	})
}

func (r Rules) topic(c *checker, o *document.Object) {
	c.base(TopicType, o)
	c.text(o, TopicType, "url", true)
	c.code(o, TopicType, "status", true, "draft", "active", "retired", "unknown")
	c.asR4(TopicType, "ActivityDefinition", map[string]string{"status": "active"}, take(o, metadata))
	c.text(o, TopicType, "copyrightLabel", false)
	c.text(o, TopicType, "versionAlgorithmString", false)
	c.items(o, TopicType, "derivedFrom")
	c.objects(o, TopicType, "trigger", r.trigger(c))
	c.rest(o, TopicType)
}

func (r Rules) trigger(c *checker) func(*document.Object, string) {
	return func(o *document.Object, at string) {
		c.extras(o, at)
		name := c.text(o, at, "resource", true)
		if _, known := slices.BinarySearch(r.Definitions.Types(), name); !known && name != "" {
			c.add(r4.CodeUnknownResourceType, at+".resource", fmt.Sprintf("no resource type of FHIR R4 is called %.64q", name))
		}
		for i, raw := range c.items(o, at, "supportedInteraction") {
			var interaction string
			if json.Unmarshal(raw, &interaction) != nil || !slices.Contains(interactions, interaction) {
				c.add(codeBinding, fmt.Sprintf("%s.supportedInteraction[%d]", at, i), "expected one of "+strings.Join(interactions, ", "))
			}
		}
		c.text(o, at, "fhirPathCriteria", false)
		c.text(o, at, "description", false)
		c.objects(o, at, "canFilterBy", func(*document.Object, string) {})
		c.rest(o, at)
	}
}

func (r Rules) destination(c *checker, o *document.Object) error {
	kind, _ := o.Text("kind")
	isNATS := aidbox.Destination{Kind: kind}.IsNATS()
	if !isNATS && slices.ContainsFunc(otherKinds, func(word string) bool { return strings.Contains(kind, word) }) {
		return &UnsupportedError{What: fmt.Sprintf("destinations of kind %.64q", kind)}
	}
	if _, there := o.Get("filterBy"); there && aidbox.Supports(r.Version, "filterBy") {
		return &UnsupportedError{What: DestinationType + ".filterBy"}
	}
	if isNATS {
		r.profiles(c, o, kind)
	}
	c.base(DestinationType, o)
	c.code(o, DestinationType, "kind", true, aidbox.KindCoreBestEffort, aidbox.KindJetStreamAtLeastOnce)
	topic := c.text(o, DestinationType, "topic", true)
	status := c.text(o, DestinationType, "status", false)
	c.code(o, DestinationType, "content", false, aidbox.ContentFullResource, aidbox.ContentIDOnly, aidbox.ContentEmpty)
	for _, flag := range []string{"includeEntryAction", "includeVersionId", "includeVersionIdInFocusReference", "enableLogging"} {
		if aidbox.Supports(r.Version, flag) {
			c.boolean(o, DestinationType, flag)
		}
	}
	if aidbox.Supports(r.Version, "logLevel") {
		c.text(o, DestinationType, "logLevel", false)
	}
	r.parameters(c, o)
	c.rest(o, DestinationType)
	switch {
	case len(c.issues) > 0:
		return nil
	case status != "" && status != "active":
		return &UnsupportedError{What: fmt.Sprintf("a destination whose status is %.64q", status)}
	case topic == auditTopic && r.Version >= auditTopicSince:
		return &UnsupportedError{What: "the built-in topic " + auditTopic + ": no audit events are written here"}
	}
	return nil
}

func (r Rules) profiles(c *checker, o *document.Object, kind string) {
	const at = DestinationType + ".meta.profile"
	var profiles []string
	if meta, ok := o.Object("meta"); ok {
		raw, _ := meta.Get("profile")
		if json.Unmarshal(raw, &profiles) != nil {
			profiles = nil // what is wrong with it is said by the check of meta
		}
	}
	if len(profiles) == 0 && !aidbox.ProfileOptional(r.Version) {
		c.add(r4.CodeRequiredKey, at, "element is required")
	}
	right := aidbox.ProfileURL(kind, r.Version)
	for i, profile := range profiles {
		each := fmt.Sprintf("%s[%d]", at, i)
		_, of := aidbox.ProfileFamily(profile)
		switch {
		case of != "" && of != kind:
			c.add(codeConstraint, each, fmt.Sprintf("the profile is that of kind %s, the destination's is %s", of, kind))
		case r.StrictProfiles && profile != right:
			c.add(codeUnknownProfile, each, fmt.Sprintf("unknown profile %.300q; in version %d it is %s", profile, r.Version, right))
		}
	}
}

func (r Rules) parameters(c *checker, o *document.Object) {
	const path = DestinationType + ".parameter"
	seen := make(map[string]bool)
	c.objects(o, DestinationType, "parameter", func(p *document.Object, at string) {
		c.extras(p, at)
		name := c.text(p, at, "name", true)
		value := c.text(p, at, "valueString", true)
		c.rest(p, at)
		switch name {
		case "":
			return
		case ParamSubject:
			if value == "" {
				break
			}
			if err := nats.ValidSubject(value, false); err != nil {
				c.add(codeConstraint, at+".valueString", err.Error())
			}
		case ParamURL, ParamConnectionName, ParamUsername, ParamPassword, ParamCredentialsFile, ParamSSLContext:
		default:
			c.add(codeConstraint, at+".name", fmt.Sprintf("a NATS destination has no parameter %.64q", name))
		}
		if seen[name] {
			c.add(codeConstraint, at+".name", fmt.Sprintf("parameter %.64q occurs twice", name))
		}
		seen[name] = true
	})
	for _, required := range []string{ParamURL, ParamSubject} {
		if !seen[required] {
			c.add(r4.CodeRequiredKey, path, fmt.Sprintf("parameter %q is required", required))
		}
	}
}
