package engine

import (
	"context"
	"strconv"
	"time"

	"github.com/google/uuid"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/sandbox/document"
	"aidbox-nats/aidbox/sandbox/notification"
	"aidbox-nats/aidbox/sandbox/store"
	"aidbox-nats/aidbox/sandbox/subscription"
)

// Tx is a transaction that can change resources. See [store.Tx] for reading.
type Tx struct {
	*store.Tx
	engine        *Engine
	ctx           context.Context
	correlationID string
	made          []string // destinations
}

// Write is a change of one resource.
type Write struct {
	Type, ID string
	Method   store.Method
	Resource *document.Object // of a deletion: the version before
	Previous *store.Record    // the newest version; nil if there never was one
}

// Write makes the change and returns its version.
func (t *Tx) Write(w Write) (store.Record, error) {
	if w.Previous != nil && w.Previous.Deleted() {
		w.Previous = nil
	}
	stamp, err := t.Next(time.Now())
	if err != nil {
		return store.Record{}, err
	}
	if w.Previous != nil {
		stamp.Created = w.Previous.Created
	}
	record := store.Record{Type: w.Type, ID: w.ID, Method: w.Method, Stamp: stamp}
	record.Body = document.Stamped(w.Resource, document.Identity{
		Type: w.Type, ID: w.ID, Version: strconv.FormatUint(stamp.Version, 10),
		Created: stamp.Created, Updated: stamp.Updated,
	})
	if err := t.Put(record); err != nil {
		return store.Record{}, err
	}
	if subscription.Is(w.Type) {
		return record, t.subscribe(record, w.Previous)
	}
	return record, t.fire(record, w.Previous)
}

// fire makes the events of a change.
func (t *Tx) fire(record store.Record, previous *store.Record) error {
	now, err := t.engine.generation(t.Tx)
	if err != nil {
		return err
	}
	change := notification.Change{
		Interaction:   notification.Update,
		Type:          record.Type,
		ID:            record.ID,
		Version:       strconv.FormatUint(record.Version, 10),
		Timestamp:     record.Updated.Format(time.RFC3339),
		Resource:      record.Body,
		CorrelationID: t.correlationID,
	}
	switch {
	case record.Deleted():
		change.Interaction = notification.Delete
	case previous == nil:
		change.Interaction = notification.Create
	}
	if previous != nil {
		change.Previous = previous.Body
	}
	for _, d := range now.set.Fire(t.ctx, change) {
		message, err := t.engine.writer.Write(uuid.NewString(), d, change)
		if err != nil {
			return err
		}
		if d.IsJetStream() {
			if err := t.Enqueue(subscription.Queue(d), message.Encode()); err != nil {
				return err
			}
		}
		t.OnCommit(func() { t.engine.hand(d, message) })
	}
	return nil
}

// subscribe follows a change of a topic or destination.
func (t *Tx) subscribe(record store.Record, previous *store.Record) error {
	now, err := t.engine.generation(t.Tx)
	if err != nil {
		return err
	}
	t.OnCommit(func() { t.engine.current.Store(now) })
	if record.Type != subscription.DestinationType {
		return nil
	}
	if previous != nil {
		var old aidbox.Destination
		if err := old.UnmarshalJSON(previous.Body); err != nil {
			return err
		}
		if err := t.DropQueue(subscription.Queue(old)); err != nil {
			return err
		}
		t.OnCommit(func() { t.engine.stop(old.ID) })
	}
	if record.Deleted() {
		return nil
	}
	var d aidbox.Destination
	if err := d.UnmarshalJSON(record.Body); err != nil {
		return err
	}
	if d.IsJetStream() {
		if err := t.CreateQueue(subscription.Queue(d)); err != nil {
			return err
		}
	}
	if now.set.Deaf(d.Topic) == nil {
		t.made = append(t.made, d.ID)
		t.OnCommit(func() { t.engine.start(d) })
	}
	return nil
}
