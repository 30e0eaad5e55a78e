// Package store keeps the sandbox's resources, their history and the events
// that still have to leave, in one bbolt file.
//
// A change, its history version and its events are one transaction: after a
// crash either all of them are there or none. Changes that come while another is
// written share the next transaction of the file, and its sync, so the function
// given to [Store.Update] may run more than once, in another goroutine, and must
// have no effect outside its [Tx].
//
// One counter numbers the versions of all resources, as Aidbox does. It has no
// gaps: what is rolled back gives its numbers back.
package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// FileName is the name of the database in the data folder.
const FileName = "aidbox.db"

// format is written into a new file and demanded of an old one.
const format = "1"

var (
	metaBucket    = []byte("meta")    // formatKey, updatedKey; its sequence is the version counter
	typesBucket   = []byte("types")   // a bucket for each resource type
	outboxBucket  = []byte("outbox")  // a bucket for each queue
	formatKey     = []byte("format")  // value of format
	updatedKey    = []byte("updated") // lastUpdated of the newest version, Unix microseconds
	currentBucket = []byte("current") // id -> version, deleted
	historyBucket = []byte("history") // id 0 version -> record
	changesBucket = []byte("changes") // version -> id
	countKey      = []byte("count")   // how many are not deleted; in a queue how many wait
	eventsBucket  = []byte("events")  // sequence -> event
)

// LockedError says that another process has the data folder open.
type LockedError struct {
	Dir string
}

func (e *LockedError) Error() string {
	return fmt.Sprintf("data folder %s is in use by another process: stop that one or choose another folder", e.Dir)
}

// CorruptError says that the file holds something that this package never
// wrote.
type CorruptError struct {
	What string
}

func (e *CorruptError) Error() string {
	return "the sandbox's data file is damaged: " + e.What
}

// Store is an open data folder. It is safe for concurrent use.
type Store struct {
	db      *bbolt.DB
	commits commits
}

// Open opens or makes the database in dir, which is made if it is missing. It
// never waits for another process: that one's lock is a [*LockedError].
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	path := filepath.Join(dir, FileName)
	// bbolt waits for ever when the timeout is zero; the smallest one makes it
	// try exactly once.
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: 1})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, &LockedError{Dir: dir}
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	s := &Store{db: db}
	if err := s.initialise(); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), db.Close())
	}
	return s, nil
}

func (s *Store) initialise() error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		for _, name := range [][]byte{metaBucket, typesBucket, outboxBucket} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		meta := tx.Bucket(metaBucket)
		switch found := meta.Get(formatKey); {
		case found == nil:
			if err := meta.Put(formatKey, []byte(format)); err != nil {
				return err
			}
		case string(found) != format:
			return fmt.Errorf("the file has format %q, this program reads %q: choose another data folder", found, format)
		}
		return nil
	})
}

// Close waits for running transactions and releases the folder.
func (s *Store) Close() error {
	return s.db.Close()
}

// View runs fn on a snapshot. Changes through it fail.
func (s *Store) View(fn func(*Tx) error) error {
	return s.db.View(func(btx *bbolt.Tx) error { return fn(newTx(btx)) })
}

func key64(n uint64) []byte {
	return binary.BigEndian.AppendUint64(nil, n)
}

func parse64(b []byte) (uint64, error) {
	if len(b) != 8 {
		return 0, &CorruptError{What: fmt.Sprintf("a number of %d bytes", len(b))}
	}
	return binary.BigEndian.Uint64(b), nil
}
