package aidbox

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The kinds that send to NATS. Aidbox has others (webhooks, Kafka, ...), which are read and shown but not made here.
const (
	KindCoreBestEffort       = "nats-core-best-effort"
	KindJetStreamAtLeastOnce = "nats-jetstream-at-least-once"
)

// What a notification contains of the changed resource.
const (
	ContentFullResource = "full-resource" // the default
	ContentIDOnly       = "id-only"
	ContentEmpty        = "empty"
)

// Destination is an AidboxTopicDestination: where the events of a topic go. It cannot be edited on the server.
type Destination struct {
	ID      string
	Kind    string
	Profile string // meta.profile[0], which the kind asks for
	Topic   string // a topic's url, compared to the character
	Status  string // empty means active
	Content string // empty means full-resource

	// Flags that not every release knows, see Supports. Nil: the server's default.
	IncludeEntryAction               *bool
	IncludeVersionID                 *bool
	IncludeVersionIDInFocusReference *bool

	Parameters  []Parameter
	VersionID   string
	LastUpdated time.Time
	// Raw is the destination as the server gave it. What this struct does not know is kept when it is encoded.
	Raw json.RawMessage
}

// Parameter is one setting of a destination.
type Parameter struct {
	Name  string
	Value string
	// Reference names the secret that the server takes the value from, where _valueString stands without a value.
	Reference string
	Raw       json.RawMessage
}

// Secret tells by the name whether the value must not be shown.
func (p Parameter) Secret() bool { return secretParameter(p.Name) }

// IsNATS tells whether the destination sends to NATS.
func (d Destination) IsNATS() bool { return d.Kind == KindCoreBestEffort || d.IsJetStream() }

// IsJetStream tells whether the destination sends to NATS and waits for JetStream's acknowledgement.
func (d Destination) IsJetStream() bool { return d.Kind == KindJetStreamAtLeastOnce }

// Active tells whether the destination is meant to send.
func (d Destination) Active() bool { return d.Status == "" || d.Status == "active" }

// Param gives the value of a parameter, or "".
func (d Destination) Param(name string) string {
	for _, p := range d.Parameters {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}

// ServerURL is the NATS server's address as Aidbox sees it. It may carry credentials; Masked hides them.
func (d Destination) ServerURL() string { return d.Param("url") }

// Subject is the NATS subject that the destination publishes on.
func (d Destination) Subject() string { return d.Param("subject") }

// Masked is the destination for the screen: secrets replaced by Mask, in Raw too. It is not fit for encoding.
func (d Destination) Masked() Destination {
	d.Parameters = slices.Clone(d.Parameters)
	for i, p := range d.Parameters {
		if p.Secret() && p.Value != "" {
			p.Value = Mask
		}
		p.Value = maskURL(p.Value)
		p.Raw = maskJSON(p.Raw)
		d.Parameters[i] = p
	}
	d.Raw = maskJSON(d.Raw)
	return d
}

// UnmarshalJSON reads a destination of any kind. Elements of a wrong kind are left out of the struct and stay in Raw.
func (d *Destination) UnmarshalJSON(data []byte) error {
	r, o := decodeResource(slices.Clone(data))
	if o == nil {
		return fmt.Errorf("%s: not a JSON object", typeDestination)
	}
	*d = Destination{
		ID:                               r.ID,
		Kind:                             o.text("kind"),
		Topic:                            o.text("topic"),
		Status:                           o.text("status"),
		Content:                          o.text("content"),
		IncludeEntryAction:               boolOf(o.get("includeEntryAction")),
		IncludeVersionID:                 boolOf(o.get("includeVersionId")),
		IncludeVersionIDInFocusReference: boolOf(o.get("includeVersionIdInFocusReference")),
		VersionID:                        r.VersionID,
		LastUpdated:                      r.LastUpdated,
		Raw:                              r.Raw,
	}
	if profiles := textsOf(o.child("meta").get("profile")); len(profiles) > 0 {
		d.Profile = profiles[0]
	}
	for _, raw := range itemsOf(o.get("parameter")) {
		if p, ok := parseObject(raw); ok {
			d.Parameters = append(d.Parameters, decodeParameter(p, raw))
		}
	}
	return nil
}

func decodeParameter(o object, raw json.RawMessage) Parameter {
	p := Parameter{Name: o.text("name"), Raw: raw}
	value := o.anyValue()
	if p.Value = textOf(value); p.Value == "" && len(value) > 0 {
		p.Value = textOf(firstText(value))
	}
	if p.Value == "" {
		p.Reference = secretReference(o.child("_valueString"))
	}
	return p
}

// firstText finds the text of value[x] where x is a structure: valueReference.reference, valueCoding.code.
func firstText(raw json.RawMessage) json.RawMessage {
	o, _ := parseObject(raw)
	for _, name := range []string{"reference", "code", "value"} {
		if v := o.get(name); textOf(v) != "" {
			return v
		}
	}
	return nil
}

// secretReference reads the extension that stands in for a value. Its URL ends in secret-reference; beside it stands
// one that says that the value is masked.
func secretReference(o object) string {
	for _, e := range o.objects("extension") {
		if strings.Contains(e.text("url"), "secret") {
			return textOf(e.anyValue())
		}
	}
	for _, e := range o.objects("extension") {
		if v := textOf(e.anyValue()); v != "" {
			return v
		}
	}
	return ""
}

// MarshalJSON writes the destination: the elements of the struct over those of Raw, in Raw's order.
func (d Destination) MarshalJSON() ([]byte, error) {
	o, _ := parseObject(d.Raw)
	o = o.withText("resourceType", typeDestination).withText("id", d.ID)
	meta := o.child("meta")
	if profiles := textsOf(meta.get("profile")); d.Profile == "" && len(profiles) > 0 || d.Profile != "" && !slices.Contains(profiles, d.Profile) {
		if meta = meta.without("profile"); d.Profile != "" {
			meta = meta.with("profile", encodeJSON([]string{d.Profile}))
		}
		if o = o.with("meta", meta.encode()); len(meta) == 0 {
			o = o.without("meta")
		}
	}
	o = o.withText("kind", d.Kind).
		withText("topic", d.Topic).
		withText("status", d.Status).
		withText("content", d.Content).
		withBool("includeEntryAction", d.IncludeEntryAction).
		withBool("includeVersionId", d.IncludeVersionID).
		withBool("includeVersionIdInFocusReference", d.IncludeVersionIDInFocusReference)
	if len(d.Parameters) == 0 {
		return o.without("parameter").encode(), nil
	}
	var parameters []json.RawMessage
	for _, p := range d.Parameters {
		parameters = append(parameters, p.encode())
	}
	return o.with("parameter", encodeList(parameters)).encode(), nil
}

func (p Parameter) encode() []byte {
	o, _ := parseObject(p.Raw)
	old := decodeParameter(o, nil)
	o = o.withText("name", p.Name)
	if p.Value == old.Value && (len(p.Raw) > 0 || p.Reference != "") {
		return o.encode()
	}
	for _, m := range o {
		if strings.HasPrefix(strings.TrimPrefix(m.name, "_"), "value") {
			o = o.without(m.name)
		}
	}
	return o.with("valueString", encodeJSON(p.Value)).encode()
}

// Destinations gives all destinations of the server, of every kind, ordered by id.
func (c *Client) Destinations(ctx context.Context) ([]Destination, error) {
	found, err := c.all(ctx, typeDestination)
	if err != nil {
		return nil, err
	}
	destinations := make([]Destination, 0, len(found))
	for _, r := range found {
		d, err := destinationOf(r, nil)
		if err != nil {
			return nil, err
		}
		destinations = append(destinations, d)
	}
	return destinations, nil
}

// Destination gives one destination.
func (c *Client) Destination(ctx context.Context, id string) (Destination, error) {
	return destinationOf(c.Read(ctx, typeDestination, id))
}

// CreateDestination posts a destination; without an id the server makes one. It must name its Profile, except where
// ProfileOptional holds.
func (c *Client) CreateDestination(ctx context.Context, d Destination) (Destination, error) {
	body, err := d.MarshalJSON()
	if err != nil {
		return Destination{}, err
	}
	return destinationOf(c.Create(ctx, typeDestination, body, WriteOptions{}))
}

// DeleteDestination removes a destination and, on the server, what it had queued.
func (c *Client) DeleteDestination(ctx context.Context, id string) error {
	_, err := c.Delete(ctx, typeDestination, id, WriteOptions{})
	return err
}

func destinationOf(r Resource, err error) (Destination, error) {
	if err != nil {
		return Destination{}, err
	}
	var d Destination
	if len(r.Raw) > 0 {
		if err := d.UnmarshalJSON(r.Raw); err != nil {
			return Destination{}, err
		}
	}
	d.ID, d.VersionID, d.LastUpdated = r.ID, r.VersionID, r.LastUpdated
	return d, nil
}
