package store_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"aidbox-nats/aidbox/sandbox/store"
)

func open(t *testing.T, dir string) *store.Store {
	t.Helper()
	s, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// write puts one version with the time of now.
func write(tx *store.Tx, resourceType, id string, method store.Method, now time.Time) (store.Record, error) {
	stamp, err := tx.Next(now)
	if err != nil {
		return store.Record{}, err
	}
	r := store.Record{Type: resourceType, ID: id, Method: method, Stamp: stamp}
	r.Body = fmt.Appendf(nil, `{"id":%q,"version":%d}`, id, stamp.Version)
	return r, tx.Put(r)
}

func mustWrite(t *testing.T, s *store.Store, resourceType, id string, method store.Method) store.Record {
	t.Helper()
	var r store.Record
	err := s.Update(func(tx *store.Tx) (err error) {
		r, err = write(tx, resourceType, id, method, time.Now())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestASecondProcessIsTurnedAwayAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open(t, dir)
	_, err := store.Open(dir)
	var locked *store.LockedError
	if !errors.As(err, &locked) || locked.Dir != dir || !strings.Contains(err.Error(), dir) {
		t.Fatalf("got %v", err)
	}
}

func TestAFileOfAnotherFormatIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db, err := bbolt.Open(filepath.Join(dir, store.FileName), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		meta, err := tx.CreateBucket([]byte("meta"))
		if err != nil {
			return err
		}
		return meta.Put([]byte("format"), []byte("99"))
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	if s, err := store.Open(dir); err == nil || !strings.Contains(err.Error(), `"99"`) {
		t.Fatalf("got %v, %v", s, err)
	}
}

func TestOnlyTheOwnerReadsTheFile(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "made", "here")
	open(t, dir)
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, store.FileName): 0o600} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %v, want %v", path, got, want)
		}
	}
}

var errRefused = errors.New("refused")

// A third of the writers fails after having written, which rolls back the
// batches that they are in.
func TestConcurrentWritersShareOneGaplessCounterAndHooksRunInItsOrder(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	const writers, each = 64, 10
	var (
		mu       sync.Mutex
		hooked   []uint64
		returned []uint64
		wg       sync.WaitGroup
	)
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				var version uint64
				err := s.Update(func(tx *store.Tx) error {
					r, err := write(tx, "Patient", fmt.Sprintf("p%d-%d", w, i), store.Post, time.Now())
					if err != nil {
						return err
					}
					version = r.Version
					tx.OnCommit(func() {
						mu.Lock()
						defer mu.Unlock()
						hooked = append(hooked, r.Version)
					})
					if w%3 == 0 {
						return errRefused
					}
					return nil
				})
				mu.Lock()
				switch {
				case w%3 == 0 && !errors.Is(err, errRefused), w%3 != 0 && err != nil:
					t.Errorf("writer %d: %v", w, err)
				case err == nil:
					returned = append(returned, version)
					if !slices.Contains(hooked, version) {
						t.Errorf("version %d returned before its hook", version)
					}
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	slices.Sort(returned)
	for i, version := range returned {
		if version != uint64(i+1) {
			t.Fatalf("the %dth version is %d", i+1, version)
		}
	}
	if !slices.Equal(hooked, returned) {
		t.Errorf("hooks ran in the order %v", hooked)
	}
	err := s.View(func(tx *store.Tx) error {
		live, err := tx.Live("Patient")
		if want := uint64(len(returned)); live != want {
			t.Errorf("%d are live, want %d", live, want)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestARefusedTransactionLeavesNothing(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	err := s.Update(func(tx *store.Tx) error {
		tx.OnCommit(func() { t.Error("its hook ran") })
		if err := tx.CreateQueue("q"); err != nil {
			return err
		}
		if err := tx.Enqueue("q", []byte("event")); err != nil {
			return err
		}
		if _, err := write(tx, "Patient", "p", store.Post, time.Now()); err != nil {
			return err
		}
		return errRefused
	})
	if !errors.Is(err, errRefused) {
		t.Fatal(err)
	}
	if n, err := s.Queued("q"); n != 0 || err != nil {
		t.Errorf("queued %d, %v", n, err)
	}
	if r := mustWrite(t, s, "Patient", "q", store.Post); r.Version != 1 {
		t.Errorf("the next version is %d", r.Version)
	}
	err = s.View(func(tx *store.Tx) error {
		_, ok, err := tx.Get("Patient", "p")
		if ok {
			t.Error("the resource is there")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTimesNeverGoBack(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	late := time.Date(2030, 1, 2, 3, 4, 5, 678_901_000, time.UTC)
	for _, c := range []struct{ now, want time.Time }{
		{late, late},
		{late.Add(-time.Hour), late},
		{late.Add(time.Microsecond), late.Add(time.Microsecond)},
		{late.Add(2*time.Microsecond + 999), late.Add(2 * time.Microsecond)},
	} {
		err := s.Update(func(tx *store.Tx) error {
			stamp, err := tx.Next(c.now)
			if !stamp.Updated.Equal(c.want) || stamp.Updated.Location() != time.UTC {
				t.Errorf("at %v: %v, want %v", c.now, stamp.Updated, c.want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestAVersionMustComeFromTheCounter(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	for _, version := range []uint64{0, 1, 7} {
		err := s.Update(func(tx *store.Tx) error {
			return tx.Put(store.Record{Type: "Patient", ID: "p", Method: store.Post, Stamp: store.Stamp{Version: version}})
		})
		if err == nil {
			t.Errorf("version %d was taken", version)
		}
	}
}

func TestReadingAfterDeletionAndReopening(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	mustWrite(t, s, "Patient", "b", store.Post)               // 1
	mustWrite(t, s, "Patient", "a", store.Post)               // 2
	mustWrite(t, s, "Patient", "a", store.Put)                // 3
	mustWrite(t, s, "Patient", "c", store.Post)               // 4
	mustWrite(t, s, "Patient", "c", store.Delete)             // 5
	mustWrite(t, s, "Observation", "a", store.Post)           // 6
	mustWrite(t, s, "Patient", "c", store.Put)                // 7
	mustWrite(t, s, "Patient", "b", store.Delete)             // 8
	mustWrite(t, s, "Patient", "b", store.Delete)             // 9
	if err := errors.Join(s.Close(), s.Close()); err != nil { // twice is once
		t.Fatal(err)
	}
	s = open(t, dir)
	if r := mustWrite(t, s, "Patient", "d", store.Post); r.Version != 10 {
		t.Errorf("the counter went on at %d", r.Version)
	}
	err = s.View(func(tx *store.Tx) error {
		if live, err := tx.Live("Patient"); live != 3 || err != nil {
			t.Errorf("live: %d, %v", live, err)
		}
		var ids []string
		err := tx.Each("Patient", 1, func(r store.Record) error {
			ids = append(ids, fmt.Sprint(r.ID, r.Version))
			if r.ID == "c" {
				return store.ErrStop
			}
			return nil
		})
		if !slices.Equal(ids, []string{"c7"}) || err != nil {
			t.Errorf("each after the first: %v, %v", ids, err)
		}
		if r, ok, err := tx.Get("Patient", "b"); !ok || !r.Deleted() || r.Version != 9 || err != nil {
			t.Errorf("the deleted one: %+v, %v, %v", r, ok, err)
		}
		if r, ok, err := tx.Version("Patient", "a", 2); !ok || string(r.Body) != `{"id":"a","version":2}` || r.Method != store.Post || err != nil {
			t.Errorf("a version: %+v, %v, %v", r, ok, err)
		}
		if _, ok, err := tx.Version("Patient", "a", 6); ok || err != nil {
			t.Errorf("a version of another type: %v, %v", ok, err)
		}
		for resourceType, want := range map[string]uint64{"Patient": 10, "Observation": 6, "Account": 0} {
			if got, err := tx.LastChange(resourceType); got != want || err != nil {
				t.Errorf("last change of %s: %d, %v", resourceType, got, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestHistoryIsNewestFirstAndPaged(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	begin := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	for i, id := range []string{"a", "ab", "a", "b", "a-", "a"} {
		err := s.Update(func(tx *store.Tx) error {
			_, err := write(tx, "Patient", id, store.Put, begin.Add(time.Duration(i)*time.Second))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name  string
		query store.HistoryQuery
		want  []uint64
		total uint64
	}{
		{"of the type", store.HistoryQuery{Limit: 9}, []uint64{6, 5, 4, 3, 2, 1}, 6},
		{"of one, not of ids that begin alike", store.HistoryQuery{ID: "a", Limit: 9}, []uint64{6, 3, 1}, 3},
		{"of the last id", store.HistoryQuery{ID: "b", Limit: 9}, []uint64{4}, 1},
		{"a page", store.HistoryQuery{Skip: 2, Limit: 2}, []uint64{4, 3}, 6},
		{"a page of one", store.HistoryQuery{ID: "a", Skip: 1, Limit: 1}, []uint64{3}, 3},
		{"behind the end", store.HistoryQuery{ID: "a", Skip: 7, Limit: 1}, nil, 3},
		{"only the count", store.HistoryQuery{}, nil, 6},
		{"since, inclusive", store.HistoryQuery{Since: begin.Add(4 * time.Second), Limit: 9}, []uint64{6, 5}, 2},
		{"of one since", store.HistoryQuery{ID: "a", Since: begin.Add(time.Second), Limit: 1}, []uint64{6}, 2},
		{"unknown", store.HistoryQuery{ID: "zz", Limit: 9}, nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.query.Type = "Patient"
			err := s.View(func(tx *store.Tx) error {
				page, total, err := tx.History(c.query)
				var got []uint64
				for _, r := range page {
					got = append(got, r.Version)
				}
				if !slices.Equal(got, c.want) || total != c.total {
					t.Errorf("got %v of %d, want %v of %d", got, total, c.want, c.total)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestAQueueKeepsOrderUntilAcknowledged(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	update := func(fn func(*store.Tx) error) {
		t.Helper()
		if err := s.Update(fn); err != nil {
			t.Fatal(err)
		}
	}
	update(func(tx *store.Tx) error { return tx.CreateQueue("q") })
	for _, text := range []string{"one", "two", "three", "four"} {
		update(func(tx *store.Tx) error { return tx.Enqueue("q", []byte(text)) })
	}
	check := func(after uint64, limit, bytes int, want ...string) {
		t.Helper()
		events, err := s.Events("q", after, limit, bytes)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range events {
			got = append(got, fmt.Sprint(e.Seq, string(e.Data)))
		}
		if !slices.Equal(got, want) {
			t.Errorf("after %d: %v, want %v", after, got, want)
		}
	}
	check(0, 9, 99, "1one", "2two", "3three", "4four")
	check(1, 2, 99, "2two", "3three")
	check(0, 9, 6, "1one", "2two")
	check(2, 9, 1, "3three")
	if err := errors.Join(s.Acknowledge("q", 1, 3), s.Acknowledge("q", 3), s.Acknowledge("gone", 1)); err != nil {
		t.Fatal(err)
	}
	check(0, 9, 99, "2two", "4four")
	if n, err := s.Queued("q"); n != 2 || err != nil {
		t.Errorf("queued %d, %v", n, err)
	}
	if err := s.Acknowledge("q", 2, 4); err != nil {
		t.Fatal(err)
	}
	update(func(tx *store.Tx) error { return tx.Enqueue("q", []byte("five")) })
	check(0, 9, 99, "5five") // a sequence number is never used twice
	if err := s.Update(func(tx *store.Tx) error { return tx.CreateQueue("q") }); err == nil {
		t.Error("a second queue of the same name was made")
	}
	update(func(tx *store.Tx) error { return errors.Join(tx.DropQueue("q"), tx.DropQueue("q")) })
	check(0, 9, 99)
	if n, err := s.Queued("q"); n != 0 || err != nil {
		t.Errorf("queued %d, %v", n, err)
	}
	if err := s.Update(func(tx *store.Tx) error { return tx.Enqueue("q", nil) }); err == nil {
		t.Error("an event went into a queue that is gone")
	}
}
