package aidbox_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"aidbox-nats/aidbox"
)

const fullTopic = `{"title":"Patients","id":"t1","resourceType":"AidboxSubscriptionTopic","meta":{"versionId":"7","lastUpdated":"2026-08-01T10:00:00.000001Z","tag":[{"code":"x"}]},` +
	`"url":"patient-topic","version":"1.0","status":"active","_status":{"id":"s"},"big":12345678901234567890.10,` +
	`"trigger":[{"canFilterBy":[{"filterParameter":"name"}],"resource":"Patient","fhirPathCriteria":"name.exists() and 1 < 2","supportedInteraction":["create","update"]},` +
	`{"resource":"Appointment","unknown":{"b":1,"a":2}}]}`

func TestTopicIsRead(t *testing.T) {
	var topic aidbox.Topic
	if err := json.Unmarshal([]byte(fullTopic), &topic); err != nil {
		t.Fatal(err)
	}
	if topic.ID != "t1" || topic.URL != "patient-topic" || topic.Title != "Patients" || topic.VersionID != "7" || !topic.Active() || topic.LastUpdated.IsZero() {
		t.Errorf("got %+v", topic)
	}
	if g := topic.Triggers[0]; g.Resource != "Patient" || g.Criteria != "name.exists() and 1 < 2" || !slices.Equal(g.Interactions, []string{"create", "update"}) || g.Fires("delete") || !g.Fires("create") {
		t.Errorf("got %+v", g)
	}
	if g := topic.Triggers[1]; g.Resource != "Appointment" || g.Interactions != nil || !g.Fires("delete") {
		t.Errorf("got %+v", g)
	}
}

func TestTopicPutBackUnchangedIsTheSameText(t *testing.T) {
	var topic aidbox.Topic
	if err := topic.UnmarshalJSON([]byte(fullTopic)); err != nil {
		t.Fatal(err)
	}
	got, err := topic.MarshalJSON()
	if err != nil || string(got) != fullTopic {
		t.Errorf("%v, became\n%s, was\n%s", err, got, fullTopic)
	}
}

func TestTopicEdits(t *testing.T) {
	for _, c := range []struct {
		rule string
		from string
		edit func(*aidbox.Topic)
		want string
	}{
		{"a new topic has only what was given", ``, func(p *aidbox.Topic) {
			*p = aidbox.Topic{URL: "patient-topic", Status: "active", Triggers: []aidbox.Trigger{{Resource: "Patient", Criteria: "a < b & c"}}}
		}, `{"resourceType":"AidboxSubscriptionTopic","url":"patient-topic","status":"active","trigger":[{"resource":"Patient","fhirPathCriteria":"a < b & c"}]}`},
		{"a changed element stays in its place", `{"url":"a","x":1,"status":"draft","resourceType":"AidboxSubscriptionTopic"}`, func(p *aidbox.Topic) { p.URL, p.Status = "b", "active" },
			`{"url":"b","x":1,"status":"active","resourceType":"AidboxSubscriptionTopic"}`},
		{"an emptied element goes", `{"resourceType":"AidboxSubscriptionTopic","title":"T","description":"D","x":[]}`, func(p *aidbox.Topic) { p.Title, p.Description = "", "" },
			`{"resourceType":"AidboxSubscriptionTopic","x":[]}`},
		{"triggers keep what is unknown when they change and move", fullTopic, func(p *aidbox.Topic) {
			slices.Reverse(p.Triggers)
			p.Triggers[0].Criteria = "status = 'booked'"
			p.Triggers[1].Interactions = nil
			p.Triggers = append(p.Triggers, aidbox.Trigger{Resource: "Task", Interactions: []string{"delete"}, Description: "gone"})
		}, `{"title":"Patients","id":"t1","resourceType":"AidboxSubscriptionTopic","meta":{"versionId":"7","lastUpdated":"2026-08-01T10:00:00.000001Z","tag":[{"code":"x"}]},` +
			`"url":"patient-topic","version":"1.0","status":"active","_status":{"id":"s"},"big":12345678901234567890.10,` +
			`"trigger":[{"resource":"Appointment","unknown":{"b":1,"a":2},"fhirPathCriteria":"status = 'booked'"},` +
			`{"canFilterBy":[{"filterParameter":"name"}],"resource":"Patient","fhirPathCriteria":"name.exists() and 1 < 2"},` +
			`{"resource":"Task","supportedInteraction":["delete"],"description":"gone"}]}`},
		{"without triggers the element goes", `{"resourceType":"AidboxSubscriptionTopic","trigger":[{"resource":"Patient"}]}`, func(p *aidbox.Topic) { p.Triggers = nil },
			`{"resourceType":"AidboxSubscriptionTopic"}`},
		{"a trigger without its array is understood and written as one", `{"resourceType":"AidboxSubscriptionTopic","trigger":{"resource":"Patient","supportedInteraction":"create"}}`, func(p *aidbox.Topic) { p.Triggers[0].Interactions = []string{"update"} },
			`{"resourceType":"AidboxSubscriptionTopic","trigger":[{"resource":"Patient","supportedInteraction":["update"]}]}`},
	} {
		t.Run(c.rule, func(t *testing.T) {
			var topic aidbox.Topic
			if c.from != "" {
				if err := topic.UnmarshalJSON([]byte(c.from)); err != nil {
					t.Fatal(err)
				}
			}
			raw := bytes.Clone(topic.Raw)
			c.edit(&topic)
			got, err := topic.MarshalJSON()
			if err != nil || string(got) != c.want {
				t.Errorf("%v, wrote\n%s, want\n%s", err, got, c.want)
			}
			if !bytes.Equal(raw, topic.Raw) {
				t.Error("Raw was changed")
			}
		})
	}
}

func TestTopicCalls(t *testing.T) {
	s := serve(t, jsonAlways(200, fullTopic))
	c := dial(t, aidbox.Config{URL: s.URL})
	ctx := within(t)
	topic, err := c.Topic(ctx, "t1")
	if err != nil {
		t.Fatal(err)
	}
	topic.Status = "retired"
	put := func(t aidbox.Topic) error {
		body, err := t.MarshalJSON()
		if err != nil {
			return err
		}
		_, err = c.Update(ctx, "AidboxSubscriptionTopic", t.ID, body, aidbox.WriteOptions{})
		return err
	}
	if err := put(topic); err != nil {
		t.Fatal(err)
	}
	created, err := c.CreateTopic(ctx, aidbox.Topic{URL: "patient-topic", Status: "active"})
	if err != nil || created.ID != "t1" || created.Title != "Patients" {
		t.Errorf("got %+v, %v", created, err)
	}
	if err := c.DeleteTopic(ctx, "t1"); err != nil {
		t.Fatal(err)
	}
	got := s.got()
	for i, want := range []string{"GET /fhir/AidboxSubscriptionTopic/t1", "PUT /fhir/AidboxSubscriptionTopic/t1", "POST /fhir/AidboxSubscriptionTopic", "DELETE /fhir/AidboxSubscriptionTopic/t1"} {
		if asked := got[i].method + " " + got[i].uri; asked != want {
			t.Errorf("asked %s, want %s", asked, want)
		}
	}
	mustContain(t, got[1].body, `"status":"retired"`, `"canFilterBy":[{"filterParameter":"name"}]`, `1 < 2`)
	if err := put(aidbox.Topic{URL: "x"}); err == nil {
		t.Error("a topic without id was put")
	}
}

func TestTopicOfWrongKinds(t *testing.T) {
	var topic aidbox.Topic
	if err := topic.UnmarshalJSON([]byte(`{"id":7,"url":["x"],"status":{},"trigger":[1,null,{"resource":false,"supportedInteraction":[1,null]}],"meta":"m"}`)); err != nil {
		t.Fatal(err)
	}
	if topic.ID != "7" || topic.URL != "" || topic.Status != "" || len(topic.Triggers) != 1 {
		t.Errorf("got %+v", topic)
	}
	if err := topic.UnmarshalJSON([]byte(`[]`)); err == nil {
		t.Error("an array is a topic")
	}
}
