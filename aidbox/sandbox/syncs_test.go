package sandbox_test

import (
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"aidbox-nats/aidbox/sandbox"
	"aidbox-nats/aidbox/sandbox/store"
	"aidbox-nats/nats/broker"
)

// transactions is how many were ever written to the file of a stopped sandbox.
// Each is synced.
func transactions(t *testing.T, dir string) int {
	t.Helper()
	db, err := bbolt.Open(filepath.Join(dir, store.FileName), 0o600, &bbolt.Options{Timeout: time.Second, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tx, err := db.Begin(false)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	return tx.ID()
}

// Also with a destination: what is acknowledged leaves the outbox in the
// transactions of later creations.
func TestConcurrentCreationsShareTheirSyncs(t *testing.T) {
	t.Parallel()
	nats := startBroker(t, broker.Options{})
	kept := stream(t, connect(t, nats.URL()), "S", "kept")
	dir := t.TempDir()
	// cycle starts and stops a sandbox and returns what was written meanwhile.
	cycle := func(use func(*box)) int {
		before := 0
		if use == nil {
			use = func(*box) {}
		} else {
			before = transactions(t, dir)
		}
		box := startBox(t, sandbox.Options{DataDir: dir})
		use(box)
		box.close()
		return transactions(t, dir) - before
	}
	cycle(nil)
	idle := cycle(func(*box) {})
	cycle(func(box *box) {
		box.topic(`{"resource":"Patient"}`)
		box.must(201, "POST", "/fhir/AidboxTopicDestination", destination("d", js, nats.URL(), "kept", ""))
	})
	const clients, each = 64, 8
	written := cycle(func(box *box) {
		box.client.Transport = &http.Transport{MaxIdleConnsPerHost: clients}
		var wg sync.WaitGroup
		for range clients {
			wg.Go(func() {
				for range each {
					if r, err := box.try("POST", "/fhir/Patient", `{"name":[{"family":"smith"}]}`); err != nil || r.status != http.StatusCreated {
						t.Errorf("%d, %v: %s", r.status, err, r.body)
					}
				}
			})
		}
		wg.Wait()
		box.await("d", "messagesQueued", 0)
	}) - idle
	if got := stored(t, kept); got != clients*each {
		t.Errorf("%d messages are stored", got)
	}
	t.Logf("%d creations in %d transactions", clients*each, written)
	if written >= clients*each {
		t.Errorf("%d creations were written in %d transactions", clients*each, written)
	}
}
