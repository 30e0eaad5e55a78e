package engine_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/r4"
	"aidbox-nats/aidbox/sandbox/document"
	"aidbox-nats/aidbox/sandbox/engine"
	"aidbox-nats/aidbox/sandbox/notification"
	"aidbox-nats/aidbox/sandbox/store"
	"aidbox-nats/aidbox/sandbox/subscription"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

func start(t *testing.T) (*engine.Engine, *store.Store) {
	t.Helper()
	definitions, err := r4.Load()
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine.New(engine.Options{Store: s, Definitions: definitions, BaseURL: "http://h", Version: 2609})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(e.Close(context.Background()), s.Close()); err != nil {
			t.Error(err)
		}
	})
	return e, s
}

// write puts a resource over its newest version.
func write(tx *engine.Tx, resourceType, id, text string) (store.Record, error) {
	resource, err := document.Parse([]byte(text))
	if err != nil {
		return store.Record{}, err
	}
	w := engine.Write{Type: resourceType, ID: id, Method: store.Put, Resource: resource}
	previous, ok, err := tx.Get(resourceType, id)
	if err != nil {
		return store.Record{}, err
	}
	if ok {
		w.Previous = &previous
	}
	return tx.Write(w)
}

const (
	topicText       = `{"url":"t","status":%q,"trigger":[{"resource":"Patient"}]}`
	destinationText = `{"kind":"nats-jetstream-at-least-once","topic":"t",
		"parameter":[{"name":"url","valueString":"nats://127.0.0.1:1"},{"name":"subject","valueString":"s"}]}`
)

var errRefused = errors.New("refused")

// Patients are written while the topic goes on and off, and some transactions
// are taken back after they have written. Whether a patient made an event must
// follow from the versions alone.
func TestAChangeSeesExactlyTheTopicsCommittedBeforeIt(t *testing.T) {
	t.Parallel()
	e, s := start(t)
	var destination store.Record
	err := e.Update(t.Context(), "", func(tx *engine.Tx) (err error) {
		if _, err = write(tx, subscription.TopicType, "t", fmt.Sprintf(topicText, "draft")); err != nil {
			return err
		}
		destination, err = write(tx, subscription.DestinationType, "d", destinationText)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	type change struct {
		version uint64
		status  string // of the topic; empty: a patient
	}
	var (
		mu      sync.Mutex
		changes []change
		wg      sync.WaitGroup
	)
	for w := range 24 {
		wg.Go(func() {
			for i := range 12 {
				var c change
				err := e.Update(context.Background(), "", func(tx *engine.Tx) error {
					resourceType, id, text := "Patient", fmt.Sprintf("p%d-%d", w, i), "{}"
					c = change{}
					if w%3 == 0 {
						c.status = []string{"active", "retired"}[(w/3+i)%2]
						resourceType, id, text = subscription.TopicType, "t", fmt.Sprintf(topicText, c.status)
					}
					record, err := write(tx, resourceType, id, text)
					if err != nil {
						return err
					}
					c.version = record.Version
					if (w+i)%5 == 0 {
						return errRefused
					}
					return nil
				})
				refused := (w+i)%5 == 0
				if refused != errors.Is(err, errRefused) || !refused && err != nil {
					t.Errorf("writer %d: %v", w, err)
				}
				if err == nil {
					mu.Lock()
					changes = append(changes, c)
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()

	slices.SortFunc(changes, func(a, b change) int { return cmp.Compare(a.version, b.version) })
	var want []string
	active, turned := false, 0
	for _, c := range changes {
		switch {
		case c.status != "":
			if active != (c.status == "active") {
				turned++
			}
			active = c.status == "active"
		case active:
			want = append(want, fmt.Sprint(c.version))
		}
	}
	var d aidbox.Destination
	if err := d.UnmarshalJSON(destination.Body); err != nil {
		t.Fatal(err)
	}
	events, err := s.Events(subscription.Queue(d), 0, 10_000, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, event := range events {
		m, err := notification.Decode(event.Data)
		if err != nil {
			t.Fatal(err)
		}
		n, err := aidbox.DecodeNotification(m.Body)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, n.Events[0].VersionID)
	}
	if !slices.Equal(got, want) {
		t.Errorf("events of versions %v\nwant %v", got, want)
	}
	if turned < 2 || len(want) == 0 {
		t.Fatalf("the topic turned %d times and fired %d times: nothing was tested", turned, len(want))
	}
}

func TestTopicAndChangeInOneTransaction(t *testing.T) {
	t.Parallel()
	e, s := start(t)
	var destination store.Record
	err := e.Update(t.Context(), "order-4711", func(tx *engine.Tx) (err error) {
		if _, err = write(tx, "Patient", "before", "{}"); err != nil {
			return err
		}
		if _, err = write(tx, subscription.TopicType, "t", fmt.Sprintf(topicText, "active")); err != nil {
			return err
		}
		if _, err = write(tx, "Patient", "between", "{}"); err != nil {
			return err
		}
		if destination, err = write(tx, subscription.DestinationType, "d", destinationText); err != nil {
			return err
		}
		_, err = write(tx, "Patient", "after", "{}")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var stored struct {
		Meta struct{ VersionID string }
	}
	if err := json.Unmarshal(destination.Body, &stored); err != nil {
		t.Fatal(err)
	}
	events, err := s.Events("d@"+stored.Meta.VersionID, 0, 10, 1<<20)
	if err != nil || len(events) != 1 {
		t.Fatalf("%d events, %v", len(events), err)
	}
	m, err := notification.Decode(events[0].Data)
	if err != nil || m.CorrelationID != "order-4711" {
		t.Fatalf("%+v, %v", m, err)
	}
	if n, err := aidbox.DecodeNotification(m.Body); err != nil || n.Events[0].Focus != "Patient/after" {
		t.Errorf("%+v, %v", n, err)
	}
}

func TestWhoeverDoesNotWaitForASenderIsNotHeldUp(t *testing.T) {
	t.Parallel()
	e, _ := start(t)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	err := e.Update(ended, "", func(tx *engine.Tx) (err error) {
		if _, err = write(tx, subscription.TopicType, "t", fmt.Sprintf(topicText, "active")); err != nil {
			return err
		}
		_, err = write(tx, subscription.DestinationType, "d", destinationText)
		return err
	})
	if err != nil {
		t.Fatalf("a change does not end with its request: %v", err)
	}
}
