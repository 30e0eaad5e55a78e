package store

import (
	"bytes"
	"fmt"
	"time"
)

// HistoryQuery chooses versions, newest first.
type HistoryQuery struct {
	Type  string
	ID    string    // empty: of all resources of the type
	Since time.Time // only versions of this time or later; zero: all
	Skip  uint64
	Limit uint64
}

// History returns a page of versions and how many there are in all.
func (t *Tx) History(q HistoryQuery) (page []Record, total uint64, err error) {
	of := t.typeBucket(q.Type)
	if of == nil {
		return nil, 0, nil
	}
	add := func(id, version []byte) (more bool, err error) {
		wanted := total >= q.Skip && uint64(len(page)) < q.Limit
		if !wanted && q.Since.IsZero() {
			total++
			return true, nil
		}
		record, ok, err := t.read(of, q.Type, string(id), version)
		if err != nil {
			return false, err
		}
		if !ok {
			return false, &CorruptError{What: fmt.Sprintf("%s/%s has no version %x", q.Type, id, version)}
		}
		// Times never go back, so everything older follows.
		if record.Updated.Before(q.Since) {
			return false, nil
		}
		total++
		if wanted {
			page = append(page, record)
		}
		return true, nil
	}
	if q.ID == "" {
		cursor := of.Bucket(changesBucket).Cursor()
		for version, id := cursor.Last(); version != nil; version, id = cursor.Prev() {
			if more, err := add(id, version); err != nil || !more {
				return page, total, err
			}
		}
		return page, total, nil
	}
	prefix := historyKey(q.ID, nil)
	cursor := of.Bucket(historyBucket).Cursor()
	key, _ := cursor.Seek(historyKey(q.ID, bytes.Repeat([]byte{0xff}, 9)))
	if key == nil {
		key, _ = cursor.Last()
	} else {
		key, _ = cursor.Prev()
	}
	for ; bytes.HasPrefix(key, prefix); key, _ = cursor.Prev() {
		if more, err := add([]byte(q.ID), key[len(prefix):]); err != nil || !more {
			return page, total, err
		}
	}
	return page, total, nil
}
