package aidbox

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

const (
	typeTopic       = "AidboxSubscriptionTopic"
	typeDestination = "AidboxTopicDestination"
)

// Topic is an AidboxSubscriptionTopic: which changes make events.
type Topic struct {
	ID          string
	URL         string // what destinations name; any text
	Status      string // draft, active, retired, unknown; only an active one fires
	Title       string
	Description string
	Triggers    []Trigger
	VersionID   string
	LastUpdated time.Time
	// Raw is the topic as the server gave it. What this struct does not know is kept when the topic is put back.
	Raw json.RawMessage
}

// Trigger is one rule of a Topic. A topic fires when any of its triggers does.
type Trigger struct {
	Resource     string
	Interactions []string // create, update, delete; none means all three
	Criteria     string   // FHIRPath; empty: every matching interaction fires
	Description  string
	Raw          json.RawMessage
}

// Active tells whether the topic fires at all.
func (t Topic) Active() bool { return t.Status == "active" }

// Fires tells whether the trigger watches that interaction: create, update or delete.
func (t Trigger) Fires(interaction string) bool {
	return len(t.Interactions) == 0 || slices.Contains(t.Interactions, interaction)
}

// UnmarshalJSON reads a topic. Elements of a wrong kind are left out of the struct and stay in Raw.
func (t *Topic) UnmarshalJSON(data []byte) error {
	r, o := decodeResource(slices.Clone(data))
	if o == nil {
		return fmt.Errorf("%s: not a JSON object", typeTopic)
	}
	*t = Topic{
		ID:          r.ID,
		URL:         o.text("url"),
		Status:      o.text("status"),
		Title:       o.text("title"),
		Description: o.text("description"),
		VersionID:   r.VersionID,
		LastUpdated: r.LastUpdated,
		Raw:         r.Raw,
	}
	for _, raw := range itemsOf(o.get("trigger")) {
		g, ok := parseObject(raw)
		if !ok {
			continue
		}
		t.Triggers = append(t.Triggers, Trigger{
			Resource:     g.text("resource"),
			Interactions: textsOf(g.get("supportedInteraction")),
			Criteria:     g.text("fhirPathCriteria"),
			Description:  g.text("description"),
			Raw:          raw,
		})
	}
	return nil
}

// MarshalJSON writes the topic: the elements of the struct over those of Raw, in Raw's order. Elements that the struct
// does not know stay, in the topic and in each trigger. json.Marshal escapes <, > and & in the result once more; who
// wants to read criteria calls MarshalJSON itself.
func (t Topic) MarshalJSON() ([]byte, error) {
	o, _ := parseObject(t.Raw)
	o = o.withText("resourceType", typeTopic).
		withText("id", t.ID).
		withText("url", t.URL).
		withText("status", t.Status).
		withText("title", t.Title).
		withText("description", t.Description)
	if len(t.Triggers) == 0 {
		return o.without("trigger").encode(), nil
	}
	var triggers []json.RawMessage
	for _, g := range t.Triggers {
		triggers = append(triggers, g.encode())
	}
	return o.with("trigger", encodeList(triggers)).encode(), nil
}

func (t Trigger) encode() []byte {
	o, _ := parseObject(t.Raw)
	o = o.withText("resource", t.Resource)
	switch {
	case len(t.Interactions) == 0:
		o = o.without("supportedInteraction")
	case !slices.Equal(t.Interactions, textsOf(o.get("supportedInteraction"))):
		o = o.with("supportedInteraction", encodeJSON(t.Interactions))
	}
	return o.withText("fhirPathCriteria", t.Criteria).withText("description", t.Description).encode()
}

// Topics gives all topics of the server, ordered by id.
func (c *Client) Topics(ctx context.Context) ([]Topic, error) {
	found, err := c.all(ctx, typeTopic)
	if err != nil {
		return nil, err
	}
	topics := make([]Topic, 0, len(found))
	for _, r := range found {
		t, err := topicOf(r, nil)
		if err != nil {
			return nil, err
		}
		topics = append(topics, t)
	}
	return topics, nil
}

// Topic gives one topic by its id, which is not its URL.
func (c *Client) Topic(ctx context.Context, id string) (Topic, error) {
	return topicOf(c.Read(ctx, typeTopic, id))
}

// CreateTopic posts a topic; without an id the server makes one.
func (c *Client) CreateTopic(ctx context.Context, t Topic) (Topic, error) {
	body, err := t.MarshalJSON()
	if err != nil {
		return Topic{}, err
	}
	return topicOf(c.Create(ctx, typeTopic, body, WriteOptions{}))
}

// DeleteTopic removes a topic. Its destinations stay, and have no sender after the server's next start.
func (c *Client) DeleteTopic(ctx context.Context, id string) error {
	_, err := c.Delete(ctx, typeTopic, id, WriteOptions{})
	return err
}

func topicOf(r Resource, err error) (Topic, error) {
	if err != nil {
		return Topic{}, err
	}
	var t Topic
	if len(r.Raw) > 0 {
		if err := t.UnmarshalJSON(r.Raw); err != nil {
			return Topic{}, err
		}
	}
	t.ID, t.VersionID, t.LastUpdated = r.ID, r.VersionID, r.LastUpdated
	return t, nil
}
