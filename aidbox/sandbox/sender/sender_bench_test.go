package sender_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/sandbox/notification"
	"aidbox-nats/aidbox/sandbox/sender"
	"aidbox-nats/aidbox/sandbox/store"
	"aidbox-nats/aidbox/sandbox/subscription"
)

// BenchmarkOutbox has a sender bring events of 1 KB from the outbox to a stream,
// until they are acknowledged and removed, and nats.go publish the same bytes
// asynchronously to another stream, in turn. It gives the ratio of their events
// a second.
func BenchmarkOutbox(b *testing.B) {
	server := startBroker(b, nil)
	js := openJetStream(b, server)
	makeStream(b, js, jetstream.StreamConfig{})
	if _, err := js.CreateStream(b.Context(), jetstream.StreamConfig{Name: "BARE", Subjects: []string{"bare"}}); err != nil {
		b.Fatal(err)
	}
	d := destination(aidbox.KindJetStreamAtLeastOnce, server.URL(), "admin", "secret-a")
	box := outbox(b, d)
	s := start(b, sender.Options{Destination: d, Outbox: box})
	const round = 5000
	body := []byte(strings.Repeat("x", 1024))
	var ours, bare time.Duration
	events := 0
	for b.Loop() {
		err := box.Update(func(tx *store.Tx) error {
			for i := range round {
				m := notification.Message{ID: fmt.Sprintf("0123456789abcdef-%09d", events+i), Subject: "allowed", Body: body}
				if err := tx.Enqueue(subscription.Queue(d), m.Encode()); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		begun := time.Now()
		s.Wake()
		await(b, s, time.Millisecond, func(st sender.Status) bool { return st.Delivered == int64(events+round) })
		ours += time.Since(begun)

		begun = time.Now()
		for i := range round {
			h := natsgo.Header{"content-type": {"application/json"}, jetstream.MsgIDHeader: {fmt.Sprintf("0123456789abcdef-%09d", events+i)}}
			if _, err := js.PublishMsgAsync(&natsgo.Msg{Subject: "bare", Header: h, Data: body}); err != nil {
				b.Fatal(err)
			}
		}
		<-js.PublishAsyncComplete()
		bare += time.Since(begun)
		events += round
	}
	b.ReportMetric(float64(events)/ours.Seconds(), "events/s")
	b.ReportMetric(float64(events)/bare.Seconds(), "bare-events/s")
	b.ReportMetric(bare.Seconds()/ours.Seconds(), "x-bare")
}
