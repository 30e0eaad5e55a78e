package live

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"

	"aidbox-nats/nats"
	"aidbox-nats/tui/theme"
)

// full is a feed that holds so many notifications, without a server.
type full struct {
	kept []nats.Delivery
	fire chan struct{}
}

func (f *full) Subscribe(context.Context, string) error { return nil }
func (f *full) Unsubscribe(string) error                { return nil }
func (f *full) Subscriptions() []nats.SubscriptionInfo {
	return []nats.SubscriptionInfo{{Subject: "foo", Received: uint64(len(f.kept))}}
}
func (f *full) Counters() nats.Counters {
	first := f.kept[0].Seq
	return nats.Counters{Received: first + uint64(len(f.kept)) - 1, Kept: len(f.kept), First: first, Next: first + uint64(len(f.kept)), Revision: first}
}
func (f *full) Window(from uint64, n int) []nats.Delivery {
	first := f.kept[0].Seq
	from = max(from, first)
	if from >= first+uint64(len(f.kept)) {
		return nil
	}
	rest := f.kept[from-first:]
	return append([]nats.Delivery(nil), rest[:min(n, len(rest))]...)
}
func (f *full) Changed() <-chan struct{} { return f.fire }
func (f *full) Close()                   {}

// arrive lets the oldest go, and one more come.
func (f *full) arrive() {
	last := f.kept[len(f.kept)-1]
	last.Seq++
	f.kept = append(f.kept[1:], last)
}

// connected is a connection to which nothing happens.
type connected struct{}

func (connected) Publish(context.Context, nats.Message) error { return nil }
func (connected) PublishStored(context.Context, nats.Message, nats.StoreOptions) (nats.Ack, error) {
	return nats.Ack{}, nil
}
func (connected) Command(o nats.Operation) string { return o.Command() }
func (connected) Status() nats.Status             { return nats.Status{State: nats.Connected} }
func (connected) Events(uint64) []nats.Event      { return nil }
func (connected) Changed() <-chan struct{}        { return nil }

const benchMessages = 10_000

func fullFeed(b *testing.B) (*Model, *full) {
	b.Helper()
	f := &full{}
	for i := range benchMessages {
		body := bytes.ReplaceAll([]byte(notification), []byte("5e78"), fmt.Appendf(nil, "%08x", i))
		f.kept = append(f.kept, nats.Delivery{Seq: uint64(i + 1), Received: time.Now(), Subscription: "foo", Subject: "foo", Data: body})
	}
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(termenv.TrueColor)
	m := New(context.Background(), theme.New(theme.Options{Renderer: r, Dark: true}), f, connected{})
	b.Cleanup(m.Close)
	m.SetSize(50, 20)
	m.feed.SetSize(100, 20)
	m.detail.SetSize(100, 20)
	return m, f
}

func (m *Model) siftAll() {
	for m.feed.sieve.busy {
		m.Update(m.search()())
	}
}

// bareScan is what a search costs at least: each body is run over once.
func bareScan(f *full) (time.Duration, int) {
	start, found := time.Now(), 0
	for _, d := range f.kept {
		if bytes.Contains(d.Data, []byte("nowhere")) {
			found++
		}
	}
	return time.Since(start), found
}

// BenchmarkLookAtAFullFeed is what one message costs that arrives while 10,000
// are kept and a filter is on: taken, searched, and the window drawn. x-scan is
// its time by that of a bare scan of all bodies in the same run.
func BenchmarkLookAtAFullFeed(b *testing.B) {
	m, f := fullFeed(b)
	m.feed.SetFilter("0000")
	m.siftAll()
	bare := time.Duration(0)
	for range 5 {
		d, _ := bareScan(f)
		bare += d / 5
	}
	b.ReportAllocs()
	b.ResetTimer()
	start := time.Now()
	for range b.N {
		f.arrive()
		m.Update(changed{})
		m.siftAll()
		m.feed.View()
	}
	b.ReportMetric(float64(time.Since(start))/float64(b.N)/float64(bare), "x-scan")
}

// BenchmarkAnotherFilter is what it costs to search all that is kept for
// another text, by that of a bare scan.
func BenchmarkAnotherFilter(b *testing.B) {
	m, f := fullFeed(b)
	bare := time.Duration(0)
	for range 5 {
		d, _ := bareScan(f)
		bare += d / 5
	}
	b.ReportAllocs()
	b.ResetTimer()
	start := time.Now()
	for i := range b.N {
		m.feed.SetFilter(fmt.Sprintf("nowhere %d", i))
		m.siftAll()
	}
	b.ReportMetric(float64(time.Since(start))/float64(b.N)/float64(bare), "x-scan")
}

// BenchmarkFilterOnTheLoop is the part of another filter that the program's
// loop waits for.
func BenchmarkFilterOnTheLoop(b *testing.B) {
	m, _ := fullFeed(b)
	var loop time.Duration
	for i := range b.N {
		start := time.Now()
		m.feed.SetFilter(fmt.Sprintf("nowhere %d", i))
		loop += time.Since(start)
		for m.feed.sieve.busy {
			msg := m.search()()
			start := time.Now()
			m.Update(msg)
			loop += time.Since(start)
		}
	}
	b.ReportMetric(float64(loop)/float64(b.N), "loop-ns/op")
}
