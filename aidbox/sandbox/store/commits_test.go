package store_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"aidbox-nats/aidbox/sandbox/store"
)

// commits is how many transactions were ever written to the file of a closed
// store. Each is synced.
func commits(t *testing.T, dir string) int {
	t.Helper()
	db, err := bbolt.Open(filepath.Join(dir, store.FileName), 0o600, &bbolt.Options{Timeout: time.Second, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	n := 0
	err = db.View(func(tx *bbolt.Tx) error {
		n = tx.ID()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestChangesThatComeMeanwhileShareATransaction(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before := commits(t, dir)
	s = open(t, dir) // one transaction of its own

	const crowd = 64
	var all, ready sync.WaitGroup
	create := func(i int) error {
		return s.Update(func(tx *store.Tx) error {
			if i == 0 {
				ready.Wait() // the first is written while the others come
			}
			_, err := write(tx, "Patient", fmt.Sprint("p", i), store.Post, time.Now())
			return err
		})
	}
	ready.Add(crowd)
	for i := range crowd + 1 {
		all.Go(func() {
			if i > 0 {
				ready.Done()
			}
			if err := create(i); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	shared := commits(t, dir) - before - 1
	t.Logf("%d changes in %d transactions", crowd+1, shared)
	if shared > crowd/2 {
		t.Errorf("%d changes were written in %d transactions", crowd+1, shared)
	}
}

func TestAChangeThatWritesNothingIsNoTransaction(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	hooked := false
	if err := s.Update(func(tx *store.Tx) error { tx.OnCommit(func() { hooked = true }); return nil }); err != nil {
		t.Fatal(err)
	}
	if err := s.Update(func(*store.Tx) error { return errRefused }); !errors.Is(err, errRefused) {
		t.Errorf("got %v", err)
	}
	if !hooked {
		t.Error("its hook did not run")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before := commits(t, dir)
	s = open(t, dir)
	for range 3 {
		if err := s.Acknowledge("nothing", 1, 2); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := commits(t, dir) - before; got != 1 { // that of opening
		t.Errorf("%d transactions were written", got)
	}
}

func TestAPanicReachesItsCallerAndSparesTheNeighbours(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	const crowd = 32
	var all, ready sync.WaitGroup
	ready.Add(crowd)
	for i := range crowd {
		all.Go(func() {
			ready.Done()
			defer func() {
				if value := recover(); (value != nil) != (i%4 == 1) {
					t.Errorf("change %d: %v", i, value)
				}
			}()
			err := s.Update(func(tx *store.Tx) error {
				ready.Wait()
				if _, err := write(tx, "Patient", fmt.Sprint("p", i), store.Post, time.Now()); err != nil {
					return err
				}
				if i%4 == 1 {
					panic("a bug")
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	err := s.View(func(tx *store.Tx) error {
		live, err := tx.Live("Patient")
		if live != crowd*3/4 {
			t.Errorf("%d are there", live)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if r := mustWrite(t, s, "Patient", "after", store.Post); r.Version != crowd*3/4+1 {
		t.Errorf("the next version is %d", r.Version)
	}
}

// Whoever shares a transaction whose hook fails is told, and the store goes on.
func TestAPanicOfAHookReachesEverybodyInItsGroup(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	const crowd = 8
	var all, ready sync.WaitGroup
	ready.Add(crowd)
	var panics atomic.Int64
	for i := range crowd {
		all.Go(func() {
			ready.Done()
			defer func() {
				if recover() != nil {
					panics.Add(1)
				}
			}()
			err := s.Update(func(tx *store.Tx) error {
				ready.Wait()
				tx.OnCommit(func() { panic("a bug") })
				return tx.CreateQueue(fmt.Sprint("q", i))
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := panics.Load(); n != crowd {
		t.Errorf("%d of %d were told", n, crowd)
	}
	if r := mustWrite(t, s, "Patient", "after", store.Post); r.Version != 1 {
		t.Errorf("the next version is %d", r.Version)
	}
}

func TestAClosedStoreTakesNoChange(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		err := s.Update(func(tx *store.Tx) error { return tx.CreateQueue("q") })
		if err == nil {
			t.Error("it was taken")
		}
	}
}
