package sandbox_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"aidbox-nats/aidbox/sandbox"
	"aidbox-nats/nats/broker"
)

// BenchmarkCreate has 64 clients at once create patients of 1 KB in two
// sandboxes in turn: one with an at-least-once destination for them, and one
// without. It gives the ratio of their creations a second; the events must have
// left the outbox in the time of the first.
func BenchmarkCreate(b *testing.B) {
	nats := startBroker(b, broker.Options{})
	stream(b, connect(b, nats.URL()), "S", "kept")
	with, without := startBox(b, sandbox.Options{}), startBox(b, sandbox.Options{})
	for _, box := range []*box{with, without} {
		box.client.Transport = &http.Transport{MaxIdleConnsPerHost: benchmarkClients}
		box.topic(`{"resource":"Patient"}`)
	}
	with.must(201, "POST", "/fhir/AidboxTopicDestination", destination("d", js, nats.URL(), "kept", ""))
	const round = 32 * benchmarkClients
	create(b, with, round)
	create(b, without, round)
	with.await("d", "messagesQueued", 0)
	var ours, bare time.Duration
	created := 0
	for b.Loop() {
		begun := time.Now()
		create(b, with, round)
		with.await("d", "messagesQueued", 0)
		ours += time.Since(begun)
		begun = time.Now()
		create(b, without, round)
		bare += time.Since(begun)
		created += round
	}
	b.ReportMetric(float64(created)/ours.Seconds(), "creates/s")
	b.ReportMetric(float64(created)/bare.Seconds(), "creates-without/s")
	b.ReportMetric(bare.Seconds()/ours.Seconds(), "x-without")
}

const benchmarkClients = 64

var patient = fmt.Sprintf(`{"resourceType":"Patient","name":[{"family":"smith","given":["%s"]}]}`, strings.Repeat("x", 900))

func create(b *testing.B, box *box, n int) {
	var (
		wg   sync.WaitGroup
		left atomic.Int64
	)
	left.Store(int64(n))
	for range benchmarkClients {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				request, err := http.NewRequestWithContext(context.Background(), "POST", box.server.URL()+"/fhir/Patient", strings.NewReader(patient))
				if err != nil {
					b.Error(err)
					return
				}
				request.SetBasicAuth("root", "secret")
				request.Header.Set("Content-Type", "application/json")
				answer, err := box.client.Do(request)
				if err != nil {
					b.Error(err)
					return
				}
				_, err = io.Copy(io.Discard, answer.Body)
				answer.Body.Close()
				if err != nil || answer.StatusCode != http.StatusCreated {
					b.Errorf("%s, %v", answer.Status, err)
					return
				}
			}
		})
	}
	wg.Wait()
}
