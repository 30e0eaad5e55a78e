package aidbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrNotNotification tells of a message that Aidbox did not make.
var ErrNotNotification = errors.New("not an Aidbox notification")

// Extensions of a notification's entry. Destinations ask for them with includeEntryAction and includeVersionId.
const (
	ExtensionEntryAction    = "http://health-samurai.io/fhir/core/StructureDefinition/bundle-entryActionCode"
	ExtensionEntryVersionID = "http://health-samurai.io/fhir/core/StructureDefinition/bundle-entryVersionId"
)

// URLs of the extension of meta that holds when a resource was created: the default, and what set-ups use by
// BOX_FHIR_CREATEDAT_URL.
const (
	ExtensionCreatedAt       = "ex:createdAt"
	ExtensionCreatedAtAidbox = "https://aidbox.app/ex/createdAt"
)

// Notification is what a destination sends to NATS: an envelope of the subject and a Bundle, whose first entry is an
// AidboxSubscriptionStatus and whose others are the changed resources.
//
//	{"topic": SUBJECT, "value": {"resourceType": "Bundle", "type": "history", "timestamp": ..., "entry": [
//	  {"resource": {"resourceType": "AidboxSubscriptionStatus", "status": "active", "type": "event-notification",
//	    "notificationEvent": [{"eventNumber": 1, "focus": {"reference": "Patient/5e78"}, "correlationId": ...}],
//	    "topic": TOPIC, "topic-destination": {"reference": "AidboxTopicDestination/basic"}}},
//	  {"request": {"method": "POST", "url": "/fhir/Patient"}, "fullUrl": ..., "resource": {...}}]}}
type Notification struct {
	Subject     string // the subject that Aidbox published on, by its own word
	ID          string // of the status, unique to the message; since 2604
	Topic       string // url of the subscription topic
	Destination string // id of the destination
	Status      string
	Type        string // event-notification
	Timestamp   time.Time
	Events      []Event
}

// Event is one change.
type Event struct {
	Number        int64  // inside this notification, from 1; 0 where none was given
	Focus         string // Type/ID of the changed resource
	CorrelationID string // of the request that made the change
	// Method and RequestURL stand in the message but tell nothing: updates are sent as POST too.
	Method, RequestURL string
	FullURL            string
	Resource           json.RawMessage // only where the destination's content is full-resource
	// Action is create, update or delete; empty where the message does not say and nothing allows a guess.
	Action      string
	Guessed     bool   // Action was concluded from the time of creation
	VersionID   string // from the extension, the focus or the resource
	LastUpdated time.Time
}

// DecodeNotification reads a message. It fails with ErrNotNotification, and a reason, for everything else that may be on
// a subject. There may be more or fewer entries than events: a content of empty sends none, and an entry that no event
// speaks of becomes an event of its own.
func DecodeNotification(data []byte) (Notification, error) {
	no := func(why string) (Notification, error) {
		return Notification{}, fmt.Errorf("%w: %s", ErrNotNotification, why)
	}
	if !looksLikeJSON(data) {
		return no("not JSON")
	}
	envelope, ok := parseObject(data)
	if !ok {
		return no("not a JSON object")
	}
	bundle := envelope.child("value")
	if bundle.text("resourceType") != "Bundle" {
		return no("its value is no Bundle")
	}
	n := Notification{Subject: envelope.text("topic"), Timestamp: parseTime(bundle.text("timestamp"))}
	var status object
	var entries []notificationEntry
	for _, e := range bundle.objects("entry") {
		raw := e.get("resource")
		if status == nil && raw != nil {
			if s, _ := parseObject(raw); s.text("resourceType") == "AidboxSubscriptionStatus" {
				status = s
				continue
			}
		}
		entries = append(entries, decodeNotificationEntry(e))
	}
	if status == nil {
		return no("its Bundle has no AidboxSubscriptionStatus")
	}
	n.ID = status.text("id")
	n.Topic = status.text("topic")
	n.Status = status.text("status")
	n.Type = status.text("type")
	if _, id, _ := splitReference(referenceOf(status.get("topic-destination"))); id != "" {
		n.Destination = id
	} else {
		n.Destination = referenceOf(status.get("topic-destination"))
	}
	for _, e := range status.objects("notificationEvent") {
		n.Events = append(n.Events, decodeEvent(e))
	}
	n.Events = joinEntries(n.Events, entries)
	return n, nil
}

// referenceOf reads {"reference": "Patient/1"} and "Patient/1".
func referenceOf(raw json.RawMessage) string {
	if s := textOf(raw); s != "" {
		return s
	}
	o, _ := parseObject(raw)
	return o.text("reference")
}

func decodeEvent(o object) Event {
	e := Event{Focus: referenceOf(o.get("focus")), CorrelationID: o.text("correlationId")}
	e.Number, _ = integerOf(o.get("eventNumber"))
	if t, id, version := splitReference(e.Focus); id != "" {
		e.Focus, e.VersionID = t+"/"+id, version
	}
	return e
}

// notificationEntry is an entry of the Bundle before it is known which event it belongs to.
type notificationEntry struct {
	identity string // Type/ID, empty where unknown
	version  string
	event    Event // without number, focus and correlation id
	taken    bool
}

func decodeNotificationEntry(o object) notificationEntry {
	request := o.child("request")
	n := notificationEntry{event: Event{
		Method:     request.text("method"),
		RequestURL: request.text("url"),
		FullURL:    o.text("fullUrl"),
	}}
	e := &n.event
	if t, id, version := splitReference(e.FullURL); id != "" {
		n.identity, e.VersionID = t+"/"+id, version
	}
	r, resource := decodeResource(o.get("resource"))
	if resource != nil {
		e.Resource, e.LastUpdated = r.Raw, r.LastUpdated
		if r.VersionID != "" {
			e.VersionID = r.VersionID
		}
		if r.Type != "" && r.ID != "" {
			n.identity = r.Reference()
		}
	}
	for _, x := range o.objects("extension") {
		switch value := textOf(x.anyValue()); x.text("url") {
		case ExtensionEntryAction:
			e.Action = strings.ToLower(value)
		case ExtensionEntryVersionID:
			e.VersionID = versionID(value)
		}
	}
	if e.Action == "" && createdNow(resource, r.LastUpdated) {
		e.Action, e.Guessed = "create", true
	}
	n.version = e.VersionID
	return n
}

func createdNow(resource object, lastUpdated time.Time) bool {
	if lastUpdated.IsZero() {
		return false
	}
	for _, x := range resource.child("meta").objects("extension") {
		switch x.text("url") {
		case ExtensionCreatedAt, ExtensionCreatedAtAidbox:
			return parseTime(textOf(x.anyValue())).Equal(lastUpdated)
		}
	}
	return false
}

// joinEntries gives each event its entry: the one of the same resource and version, else of the same resource, else, for
// events and entries of which one has no identity, the next in order. One resource may be in several events.
func joinEntries(events []Event, entries []notificationEntry) []Event {
	byVersion := map[string][]int{}
	byIdentity := map[string][]int{}
	for i, n := range entries {
		if n.identity != "" {
			byIdentity[n.identity] = append(byIdentity[n.identity], i)
			byVersion[n.identity+"/"+n.version] = append(byVersion[n.identity+"/"+n.version], i)
		}
	}
	take := func(index map[string][]int, key string) int {
		for queue := index[key]; len(queue) > 0; {
			i := queue[0]
			queue = queue[1:]
			index[key] = queue
			if !entries[i].taken {
				entries[i].taken = true
				return i
			}
		}
		return -1
	}
	found := make([]int, len(events))
	for i, e := range events {
		found[i] = -1
		if e.VersionID != "" {
			found[i] = take(byVersion, e.Focus+"/"+e.VersionID)
		}
	}
	for i, e := range events {
		if found[i] < 0 {
			found[i] = take(byIdentity, e.Focus)
		}
	}
	nameless, any := 0, 0
	for i, e := range events {
		if found[i] >= 0 {
			continue
		}
		// An entry with an identity of its own belongs to no event that speaks of another resource.
		next := &nameless
		if e.Focus == "" {
			next = &any
		}
		for *next < len(entries) && (entries[*next].taken || e.Focus != "" && entries[*next].identity != "") {
			*next++
		}
		if *next < len(entries) {
			entries[*next].taken = true
			found[i] = *next
		}
	}
	joined := make([]Event, 0, len(events))
	for i, e := range events {
		if found[i] >= 0 {
			e = merge(e, entries[found[i]])
		}
		joined = append(joined, e)
	}
	for _, n := range entries {
		if !n.taken {
			joined = append(joined, merge(Event{}, n))
		}
	}
	return joined
}

func merge(e Event, n notificationEntry) Event {
	joined := n.event
	joined.Number, joined.CorrelationID = e.Number, e.CorrelationID
	if joined.Focus = e.Focus; joined.Focus == "" {
		joined.Focus = n.identity
	}
	if joined.VersionID == "" {
		joined.VersionID = e.VersionID
	}
	return joined
}
