package store_test

import (
	"encoding/binary"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"aidbox-nats/aidbox/sandbox/store"
)

const benchmarkWriters = 32 // for each processor

// BenchmarkUpdate writes a version of 1 KB with one event of 1 KB. Beside its own
// time it gives the ratio to bbolt's Batch with two bare puts of that size.
func BenchmarkUpdate(b *testing.B) {
	s, err := store.Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	if err := s.Update(func(tx *store.Tx) error { return tx.CreateQueue("q") }); err != nil {
		b.Fatal(err)
	}
	body := make([]byte, 1024)
	ours := parallel(b, func(n uint64) error {
		return s.Update(func(tx *store.Tx) error {
			stamp, err := tx.Next(time.Now())
			if err != nil {
				return err
			}
			id := string(binary.BigEndian.AppendUint64(nil, n))
			if err := tx.Put(store.Record{Type: "Patient", ID: id, Method: store.Post, Stamp: stamp, Body: body}); err != nil {
				return err
			}
			return tx.Enqueue("q", body)
		})
	})
	db, err := bbolt.Open(filepath.Join(b.TempDir(), "bare"), 0o600, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.MaxBatchDelay = time.Millisecond
	bare := parallel(b, func(n uint64) error {
		return db.Batch(func(tx *bbolt.Tx) error {
			bucket, err := tx.CreateBucketIfNotExists([]byte("b"))
			if err != nil {
				return err
			}
			for half := range uint64(2) {
				if err := bucket.Put(binary.BigEndian.AppendUint64(nil, 2*n+half), body); err != nil {
					return err
				}
			}
			return nil
		})
	})
	b.ReportMetric(float64(ours)/float64(b.N), "ns/op")
	b.ReportMetric(float64(ours)/float64(bare), "x-bare")
}

func parallel(b *testing.B, op func(n uint64) error) time.Duration {
	var next atomic.Uint64
	b.SetParallelism(benchmarkWriters)
	begun := time.Now()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := op(next.Add(1)); err != nil {
				b.Error(err)
				return
			}
		}
	})
	return time.Since(begun)
}
