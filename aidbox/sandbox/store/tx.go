package store

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"
)

// Tx is a transaction. It is not safe for concurrent use and ends with the
// function that it was given to.
type Tx struct {
	bolt        *bbolt.Tx
	first, last uint64 // this transaction's versions are those in (first, last]
	dirty       bool
	hooks       []func()
}

func newTx(btx *bbolt.Tx) *Tx {
	version := btx.Bucket(metaBucket).Sequence()
	return &Tx{bolt: btx, first: version, last: version}
}

// OnCommit has hook called once this transaction is on disk, in the order of
// versions over all transactions. A hook must not wait and must not use the
// store.
func (t *Tx) OnCommit(hook func()) {
	t.hooks = append(t.hooks, hook)
}

// Dirty says whether this transaction has changed anything so far.
func (t *Tx) Dirty() bool {
	return t.dirty
}

// Next takes the next version. Its Updated is now, or that of the version
// before if the clock went back; Created is the same.
func (t *Tx) Next(now time.Time) (Stamp, error) {
	t.dirty = true
	meta := t.bolt.Bucket(metaBucket)
	version, err := meta.NextSequence()
	if err != nil {
		return Stamp{}, err
	}
	t.last = version
	micro := uint64(now.UnixMicro())
	if stored := meta.Get(updatedKey); stored != nil {
		before, err := parse64(stored)
		if err != nil {
			return Stamp{}, err
		}
		micro = max(micro, before)
	}
	if err := meta.Put(updatedKey, key64(micro)); err != nil {
		return Stamp{}, err
	}
	at := time.UnixMicro(int64(micro)).UTC()
	return Stamp{Version: version, Created: at, Updated: at}, nil
}

// Put writes a version made with a stamp of Next and makes it the current one.
func (t *Tx) Put(r Record) error {
	t.dirty = true
	if r.Version == 0 || r.Version > t.last {
		return fmt.Errorf("put %s/%s: version %d was not taken from the counter", r.Type, r.ID, r.Version)
	}
	of, err := t.bolt.Bucket(typesBucket).CreateBucketIfNotExists([]byte(r.Type))
	if err != nil {
		return err
	}
	for _, name := range [][]byte{currentBucket, historyBucket, changesBucket} {
		if _, err := of.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	_, wasLive, err := t.current(of, r.ID)
	if err != nil {
		return err
	}
	version := key64(r.Version)
	if err := of.Bucket(historyBucket).Put(historyKey(r.ID, version), r.encode()); err != nil {
		return err
	}
	if err := of.Bucket(changesBucket).Put(version, []byte(r.ID)); err != nil {
		return err
	}
	deleted := byte(0)
	if r.Deleted() {
		deleted = 1
	}
	if err := of.Bucket(currentBucket).Put([]byte(r.ID), append(version, deleted)); err != nil {
		return err
	}
	switch {
	case !wasLive && !r.Deleted():
		return addCount(of, 1)
	case wasLive && r.Deleted():
		return addCount(of, -1)
	}
	return nil
}

// Get returns the newest version of a resource; that may be its deletion.
func (t *Tx) Get(resourceType, id string) (Record, bool, error) {
	of := t.typeBucket(resourceType)
	if of == nil {
		return Record{}, false, nil
	}
	version, _, err := t.current(of, id)
	if err != nil || version == nil {
		return Record{}, false, err
	}
	return t.read(of, resourceType, id, version)
}

// Version returns one version of a resource.
func (t *Tx) Version(resourceType, id string, version uint64) (Record, bool, error) {
	of := t.typeBucket(resourceType)
	if of == nil {
		return Record{}, false, nil
	}
	return t.read(of, resourceType, id, key64(version))
}

// Live counts the resources of a type that are not deleted.
func (t *Tx) Live(resourceType string) (uint64, error) {
	of := t.typeBucket(resourceType)
	if of == nil {
		return 0, nil
	}
	return count(of)
}

// ErrStop ends [Tx.Each] early without being an error of it.
var ErrStop = errors.New("stop")

// Each calls fn for the newest version of every resource of a type that is not
// deleted, ordered by id, after leaving out the first skip.
func (t *Tx) Each(resourceType string, skip uint64, fn func(Record) error) error {
	of := t.typeBucket(resourceType)
	if of == nil {
		return nil
	}
	err := of.Bucket(currentBucket).ForEach(func(id, pointer []byte) error {
		version, live, err := parsePointer(pointer)
		if err != nil || !live {
			return err
		}
		if skip > 0 {
			skip--
			return nil
		}
		record, ok, err := t.read(of, resourceType, string(id), version)
		if err != nil {
			return err
		}
		if !ok {
			return &CorruptError{What: fmt.Sprintf("%s/%s has no version %x", resourceType, id, version)}
		}
		return fn(record)
	})
	if errors.Is(err, ErrStop) {
		return nil
	}
	return err
}

// LastChange returns the newest version of a resource type, deletions included;
// zero if there is none.
func (t *Tx) LastChange(resourceType string) (uint64, error) {
	of := t.typeBucket(resourceType)
	if of == nil {
		return 0, nil
	}
	version, _ := of.Bucket(changesBucket).Cursor().Last()
	if version == nil {
		return 0, nil
	}
	return parse64(version)
}

func (t *Tx) typeBucket(resourceType string) *bbolt.Bucket {
	return t.bolt.Bucket(typesBucket).Bucket([]byte(resourceType))
}

func (t *Tx) current(of *bbolt.Bucket, id string) (version []byte, live bool, err error) {
	pointer := of.Bucket(currentBucket).Get([]byte(id))
	if pointer == nil {
		return nil, false, nil
	}
	return parsePointer(pointer)
}

func parsePointer(b []byte) (version []byte, live bool, err error) {
	if len(b) != 9 {
		return nil, false, &CorruptError{What: fmt.Sprintf("a current version of %d bytes", len(b))}
	}
	return bytes.Clone(b[:8]), b[8] == 0, nil
}

func (t *Tx) read(of *bbolt.Bucket, resourceType, id string, version []byte) (Record, bool, error) {
	stored := of.Bucket(historyBucket).Get(historyKey(id, version))
	if stored == nil {
		return Record{}, false, nil
	}
	record, err := decodeRecord(resourceType, id, stored)
	return record, err == nil, err
}

// historyKey keeps the versions of one resource together and in order: a
// resource id has no zero byte.
func historyKey(id string, version []byte) []byte {
	key := make([]byte, 0, len(id)+1+len(version))
	key = append(key, id...)
	key = append(key, 0)
	return append(key, version...)
}

func count(b *bbolt.Bucket) (uint64, error) {
	stored := b.Get(countKey)
	if stored == nil {
		return 0, nil
	}
	return parse64(stored)
}

func addCount(b *bbolt.Bucket, delta int64) error {
	n, err := count(b)
	if err != nil {
		return err
	}
	return b.Put(countKey, key64(uint64(int64(n)+delta)))
}
