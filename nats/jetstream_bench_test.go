package nats

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"

	"aidbox-nats/nats/broker"
)

// load fills stream S with n messages and waits until all are stored.
func load(b *testing.B, url string, config jetstream.StreamConfig, n int, message func(i int) *natsgo.Msg) jetstream.JetStream {
	b.Helper()
	js := bareJetStream(b, url)
	config.Name = "S"
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	stream := must(js.CreateStream(ctx, config))
	for i := range n {
		m := message(i)
		if i%10_000 == 9_999 || i == n-1 {
			must(js.PublishMsg(ctx, m)) // nothing more is sent than the server can take
			continue
		}
		if err := js.Conn().PublishMsg(m); err != nil {
			b.Fatal(err)
		}
	}
	if info := must(stream.Info(ctx)); info.State.Msgs != uint64(n) {
		b.Fatalf("%d of %d messages are stored", info.State.Msgs, n)
	}
	return js
}

// BenchmarkOpenStream opens a stream of a million small messages at a random sequence, with the page that a terminal of
// 24 lines shows and with the default one, and beside it, in turn, asks for a bare message at another one. open/get
// is the ratio of their times; the goal is at most 2.
func BenchmarkOpenStream(b *testing.B) {
	const n = 1_000_000
	server := startBroker(b, broker.Options{})
	js := load(b, server.URL(), jetstream.StreamConfig{Subjects: []string{"s"}, AllowDirect: true}, n, func(i int) *natsgo.Msg {
		return &natsgo.Msg{Subject: "s", Data: fmt.Append(nil, "message ", i)}
	})
	c := connect(b, Options{URLs: []string{server.URL()}})
	ctx := context.Background()
	// Both know the stream already, from a list or a handle.
	stream, known := must(js.Stream(ctx, "S")), must(c.Stream(ctx, "S"))
	for _, size := range []int{20, defaultPage} {
		b.Run(fmt.Sprintf("page=%d", size), func(b *testing.B) {
			var open, get time.Duration
			var requests int
			for b.Loop() {
				seq := rand.Uint64N(n-1000) + 1
				start := time.Now()
				page, err := must(c.ReadStream(known, ReaderOptions{Page: size})).At(ctx, seq)
				open += time.Since(start)
				if err != nil || len(page.Messages) != size || page.Messages[0].Seq != seq {
					b.Fatalf("At(%d) = %d messages, %v", seq, len(page.Messages), err)
				}
				requests = max(requests, page.Requests)

				seq = rand.Uint64N(n-1000) + 1
				start = time.Now()
				if _, err := stream.GetMsg(ctx, seq); err != nil {
					b.Fatal(err)
				}
				get += time.Since(start)
			}
			b.ReportMetric(float64(open)/float64(get), "open/get")
			b.ReportMetric(float64(requests), "requests")
			b.ReportMetric(float64(open.Microseconds())/float64(b.N), "µs/open")
			b.ReportMetric(float64(get.Microseconds())/float64(b.N), "µs/get")
		})
	}
}

// notification is a body of about 1.1 KB, as Aidbox sends them.
func notification(i int) []byte {
	return fmt.Appendf(nil, `{"resourceType":"Bundle","type":"subscription-notification","timestamp":"2026-08-01T10:00:00Z","entry":[`+
		`{"resource":{"resourceType":"AidboxSubscriptionStatus","status":"active","type":"event-notification","notificationEvent":[{"eventNumber":%d,"focus":{"reference":"Patient/p-%d"}}],`+
		`"topic":"patient-topic","topic-destination":{"reference":"AidboxTopicDestination/jetstream"}}},`+
		`{"resource":{"resourceType":"Patient","id":"p-%d","name":[{"family":"Family%d","given":["Given"]}],"gender":"female","birthDate":"1970-01-01","text":"%s"},`+
		`"fullUrl":"http://localhost:8080/fhir/Patient/p-%d","request":{"method":"POST","url":"/fhir/Patient"}}]}`, i, i, i, i, strings.Repeat("lorem ipsum ", 40), i)
}

// BenchmarkFind searches a stream to its end and beside it, in turn, reads it in bare batches that only count. The
// ratio is of messages a second; the goals are at least 0.8 for plain text and 0.3 for jq.
func BenchmarkFind(b *testing.B) {
	const n = 50_000
	server := startBroker(b, broker.Options{})
	js := load(b, server.URL(), jetstream.StreamConfig{Subjects: []string{"s.*"}, AllowDirect: true}, n, func(i int) *natsgo.Msg {
		return &natsgo.Msg{Subject: fmt.Sprint("s.", i%10), Header: natsgo.Header{"content-type": {"application/json"}, "correlation-id": {fmt.Sprint("order-", i)}}, Data: notification(i)}
	})
	c := connect(b, Options{URLs: []string{server.URL()}})
	ctx := context.Background()
	bareRead := func() time.Duration {
		start, count := time.Now(), 0
		for seq := uint64(1); seq <= n; seq = uint64(count) + 1 {
			for _, err := range must(jetstreamext.GetBatch(ctx, js, "S", findBatch, jetstreamext.GetBatchSeq(seq))) {
				if err != nil {
					b.Fatal(err)
				}
				count++
			}
		}
		if count != n {
			b.Fatalf("counted %d", count)
		}
		return time.Since(start)
	}
	for name, o := range map[string]FindOptions{
		"text":            {Query: must(Text("ORDER-49999"))},
		"text, backwards": {Query: must(Text("ORDER-49999")), Backwards: true},
		"reference":       {Query: must(Reference("Patient/p-49999"))},
		"jq":              {Query: must(JQ(`.entry[0].resource.notificationEvent[0].eventNumber == 49999`))},
	} {
		b.Run(name, func(b *testing.B) {
			bareRead()
			var bare, find time.Duration
			for b.Loop() {
				bare += bareRead()
				start := time.Now()
				progress, err := c.Find(ctx, "S", o, FindEvents{})
				find += time.Since(start)
				if err != nil || progress.Found != 1 || progress.Read != n {
					b.Fatalf("%+v, %v", progress, err)
				}
			}
			b.ReportMetric(float64(bare)/float64(find), "find/bare")
			b.ReportMetric(float64(n)*float64(b.N)/find.Seconds(), "messages/s")
		})
	}
}

// BenchmarkAsyncPublisher stores messages asynchronously and beside it, in turn, the same with nats.go's own
// publisher. The ratio is of messages a second.
func BenchmarkAsyncPublisher(b *testing.B) {
	const n = 10_000
	server := startBroker(b, broker.Options{})
	ctx := context.Background()
	js := must(jetstream.New(bare(b, server.URL()), jetstream.WithPublishAsyncMaxPending(defaultWindow)))
	must(js.CreateStream(ctx, jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}}))
	c := connect(b, Options{URLs: []string{server.URL()}})
	p := newAsync(b, c, AsyncOptions{})
	data := notification(1)
	var ours, bareTime time.Duration
	for b.Loop() {
		start := time.Now()
		for range n {
			must(js.PublishAsync("s", data, jetstream.WithStallWait(time.Minute)))
		}
		<-js.PublishAsyncComplete()
		bareTime += time.Since(start)

		start = time.Now()
		for range n {
			must(p.Publish(ctx, Message{Subject: "s", Data: data}, StoreOptions{}))
		}
		if err := p.Settle(ctx); err != nil {
			b.Fatal(err)
		}
		ours += time.Since(start)
	}
	b.ReportMetric(float64(bareTime)/float64(ours), "ours/bare")
	b.ReportMetric(float64(n)*float64(b.N)/ours.Seconds(), "messages/s")
}
