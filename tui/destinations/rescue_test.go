package destinations

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"aidbox-nats/aidbox"
	"aidbox-nats/tui/data"
)

// picky is an Aidbox that deletes everything and takes what is not called bad;
// with deaf it answers no deletion.
func picky(t *testing.T, deaf *bool) *aidbox.Client {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		switch {
		case err != nil:
			t.Error(err)
		case r.Method == http.MethodDelete && *deaf:
			panic(http.ErrAbortHandler)
		case r.Method == http.MethodDelete:
			w.WriteHeader(http.StatusNoContent)
		case strings.Contains(string(body), `"id":"bad`):
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUnprocessableEntity)
			fmt.Fprint(w, `{"resourceType":"OperationOutcome","issue":[{"severity":"fatal","diagnostics":"no"}]}`)
		default:
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusCreated)
			fmt.Fprintf(w, "%s", body)
		}
	}))
	t.Cleanup(server.Close)
	c, err := aidbox.New(aidbox.Config{URL: server.URL, ClientID: "root", Secret: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// A second replacement, whether it succeeds or not, does not take away what the
// first one could not create again.
func TestEachReplacementThatFailedHalfWayIsKept(t *testing.T) {
	deaf := false
	api := picky(t, &deaf)
	m := pane(one)
	send := func(id, subject string) error {
		d := aidbox.Destination{ID: id, Kind: aidbox.KindCoreBestEffort, Topic: "topic", Parameters: []aidbox.Parameter{{Name: "subject", Value: subject}}}
		return replace(context.Background(), api, data.Mask{}, m.rescue, aidbox.Destination{ID: id}, d).Err
	}
	offered := func(id, subject string) {
		t.Helper()
		m.Update(data.Tick{Now: time.Now()})
		if m.unsent == nil || m.unsent.ID != id || m.unsent.Subject() != subject {
			t.Fatalf("%+v is offered, not %s", m.unsent, id)
		}
	}
	if send("bad", "foo") == nil || send("good", "bar") != nil {
		t.Fatal("bad was taken, or good was not")
	}
	offered("bad", "foo")
	if send("bad2", "foo2") == nil {
		t.Fatal("bad2 was taken")
	}
	offered("bad2", "foo2")
	if send("bad", "foo3") == nil {
		t.Fatal("bad was taken")
	}
	offered("bad", "foo3")

	// It is there after all: found twice, because the first may be of before.
	there := data.Destinations{Answer: answer(10), Destinations: []aidbox.Destination{{ID: "bad"}}}
	m.Update(data.Tick{Now: time.Now()})
	m.Update(there)
	offered("bad", "foo3")
	there.Question++
	m.Update(there)
	offered("bad2", "foo2")

	// That one was deleted says nothing about another.
	deaf = true
	for id, want := range map[string]string{"bad2": "An attempt before this one deleted bad2", "other": "Whether other was deleted is not known"} {
		o := replace(context.Background(), api, data.Mask{}, m.rescue, aidbox.Destination{ID: id}, aidbox.Destination{ID: id})
		if o.Err == nil || len(o.Sentences) == 0 || !strings.HasPrefix(o.Sentences[0], want) {
			t.Errorf("%s: %v", id, o.Sentences)
		}
	}
}

func TestWhatIsSeenIsBounded(t *testing.T) {
	m := pane(one)
	m.Update(data.Seen{Destination: "one", At: time.Now()})
	for i := range 3 * seenMost {
		m.Update(data.Seen{Destination: fmt.Sprint(i), At: time.Now()})
	}
	later := time.Now().Add(time.Hour)
	m.Update(data.Seen{Destination: "one", At: later})
	if len(m.seen) != seenMost || !m.seen["one"].At.Equal(later) {
		t.Errorf("%d are kept, one of them at %v", len(m.seen), m.seen["one"].At)
	}
}
