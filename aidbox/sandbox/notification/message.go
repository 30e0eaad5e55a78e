package notification

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/sandbox/document"
	"aidbox-nats/aidbox/sandbox/subscription"
)

// statusIDSince is the Aidbox version from which AidboxSubscriptionStatus has an
// id.
const statusIDSince = 2604

// Message is one message for one destination.
type Message struct {
	ID            string // unique
	Subject       string
	CorrelationID string // empty: none
	Body          []byte
}

// The members of a message in Aidbox's order.
type (
	body struct {
		Topic string `json:"topic"` // the subject
		Value bundle `json:"value"`
	}
	bundle struct {
		ResourceType string `json:"resourceType"`
		Type         string `json:"type"`
		Timestamp    string `json:"timestamp"`
		Entry        []any  `json:"entry"`
	}
	statusEntry struct {
		Resource status `json:"resource"`
	}
	status struct {
		ResourceType string    `json:"resourceType"`
		ID           string    `json:"id,omitempty"`
		Status       string    `json:"status"`
		Type         string    `json:"type"`
		Event        []event   `json:"notificationEvent"`
		Topic        string    `json:"topic"`
		Destination  reference `json:"topic-destination"`
	}
	event struct {
		Number        int       `json:"eventNumber"`
		Focus         reference `json:"focus"`
		CorrelationID string    `json:"correlationId,omitempty"`
	}
	reference struct {
		Reference string `json:"reference"`
	}
	resourceEntry struct {
		Request   request         `json:"request"`
		FullURL   string          `json:"fullUrl"`
		Resource  json.RawMessage `json:"resource,omitempty"`
		Extension []extension     `json:"extension,omitempty"`
	}
	request struct {
		Method string `json:"method"`
		URL    string `json:"url"`
	}
	extension struct {
		URL  string `json:"url"`
		Code string `json:"valueCode,omitempty"`
		ID   string `json:"valueId,omitempty"`
	}
)

// Writer writes messages.
type Writer struct {
	BaseURL string // of the server, without /fhir
	Version int    // of the Aidbox that is emulated
}

// Write makes the message about a change for a destination. The id must be
// unique.
func (w Writer) Write(id string, d aidbox.Destination, c Change) (Message, error) {
	focus := c.Type + "/" + c.ID
	entry := resourceEntry{
		Request: request{Method: "POST", URL: "/fhir/" + c.Type},
		FullURL: w.BaseURL + "/fhir/" + focus,
	}
	if set(d.IncludeVersionIDInFocusReference) {
		focus += "/_history/" + c.Version
	}
	if set(d.IncludeEntryAction) {
		entry.Extension = append(entry.Extension, extension{URL: aidbox.ExtensionEntryAction, Code: string(c.Interaction)})
	}
	if set(d.IncludeVersionID) {
		entry.Extension = append(entry.Extension, extension{URL: aidbox.ExtensionEntryVersionID, ID: c.Version})
	}
	about := status{
		ResourceType: "AidboxSubscriptionStatus",
		Status:       "active",
		Type:         "event-notification",
		Event:        []event{{Number: 1, Focus: reference{focus}, CorrelationID: c.CorrelationID}},
		Topic:        d.Topic,
		Destination:  reference{subscription.DestinationType + "/" + d.ID},
	}
	if w.Version >= statusIDSince {
		about.ID = id
	}
	value := bundle{ResourceType: "Bundle", Type: "history", Timestamp: c.Timestamp, Entry: []any{statusEntry{about}}}
	switch d.Content {
	case aidbox.ContentEmpty:
	case aidbox.ContentIDOnly:
		value.Entry = append(value.Entry, entry)
	default:
		entry.Resource = c.Resource
		value.Entry = append(value.Entry, entry)
	}
	subject := d.Param(subscription.ParamSubject)
	text, err := document.Marshal(body{Topic: subject, Value: value})
	if err != nil {
		return Message{}, fmt.Errorf("write notification of %s: %w", focus, err)
	}
	return Message{ID: id, Subject: subject, CorrelationID: c.CorrelationID, Body: text}, nil
}

func set(flag *bool) bool {
	return flag != nil && *flag
}

// Encode writes the message for the outbox.
func (m Message) Encode() []byte {
	var b []byte
	for _, text := range []string{m.ID, m.Subject, m.CorrelationID} {
		b = binary.AppendUvarint(b, uint64(len(text)))
		b = append(b, text...)
	}
	return append(b, m.Body...)
}

var errMessage = errors.New("the outbox holds something that is no message")

// Decode reads what Encode wrote.
func Decode(data []byte) (Message, error) {
	var m Message
	for _, text := range []*string{&m.ID, &m.Subject, &m.CorrelationID} {
		length, n := binary.Uvarint(data)
		if n <= 0 || length > uint64(len(data)-n) {
			return Message{}, errMessage
		}
		data = data[n:]
		*text, data = string(data[:length]), data[length:]
	}
	m.Body = data
	return m, nil
}
