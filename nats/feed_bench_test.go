package nats

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	natsgo "github.com/nats-io/nats.go"

	"aidbox-nats/nats/broker"
)

// BenchmarkFeed measures what a feed costs on top of a nats.go subscriber that only counts. "x-bare" is the
// time of a message through the feed by that through the bare subscriber, in the same run.
func BenchmarkFeed(b *testing.B) {
	server := startBroker(b, broker.Options{})
	out := bare(b, server.URL())
	payload := make([]byte, 128)
	// send publishes n messages in bursts that fit the pending limits, each awaited through the whole way to the
	// callbacks of in, and returns how long it took.
	send := func(n int, in *natsgo.Conn) time.Duration {
		const burst = 100_000
		start := time.Now()
		for sent := 0; sent < n; sent += burst {
			for range min(burst, n-sent) {
				if err := out.Publish("bench", payload); err != nil {
					b.Fatal(err)
				}
			}
			// The server has them all; the client has them all; the callbacks have run.
			if err := errors.Join(out.Flush(), in.Flush()); err != nil {
				b.Fatal(err)
			}
			handled := make(chan struct{})
			if err := in.Barrier(func() { close(handled) }); err != nil {
				b.Fatal(err)
			}
			<-handled
		}
		return time.Since(start)
	}

	var count atomic.Uint64
	in := bare(b, server.URL())
	sub, err := in.Subscribe("bench", func(*natsgo.Msg) { count.Add(1) })
	if err != nil {
		b.Fatal(err)
	}
	if err := in.Flush(); err != nil {
		b.Fatal(err)
	}
	warmUp := min(b.N, 10_000)
	send(warmUp, in)
	bareTime := send(b.N, in)
	if got := count.Load(); got != uint64(warmUp+b.N) {
		b.Fatalf("the bare subscriber counted %d", got)
	}
	if err := sub.Unsubscribe(); err != nil {
		b.Fatal(err)
	}
	if err := in.Flush(); err != nil {
		b.Fatal(err)
	}

	c := connect(b, Options{URLs: []string{server.URL()}})
	f := c.NewFeed(FeedOptions{})
	subscribe(b, f, "bench")
	send(warmUp, c.link.nc)
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	b.ResetTimer()
	feedTime := send(b.N, c.link.nc)
	b.StopTimer()
	if got := f.Counters(); got.Received != uint64(warmUp+b.N) || got.Dropped != 0 {
		b.Fatalf("the feed counted %+v", got)
	}
	b.ReportMetric(float64(feedTime)/float64(bareTime), "x-bare")
	b.ReportMetric(float64(b.N)/feedTime.Seconds(), "msgs/s")
}
