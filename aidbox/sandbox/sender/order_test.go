package sender_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/sandbox/notification"
	"aidbox-nats/aidbox/sandbox/sender"
	"aidbox-nats/aidbox/sandbox/store"
	"aidbox-nats/aidbox/sandbox/subscription"
	"aidbox-nats/nats/broker"
)

// fill enqueues events whose bodies are a name, a number from 0 on, and a
// padding of up to maxPadding bytes.
func fill(t testing.TB, s *store.Store, d aidbox.Destination, n, maxPadding int) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	err := s.Update(func(tx *store.Tx) error {
		for i := range n {
			body := fmt.Sprintf("%s %d %s", d.ID, i, strings.Repeat(".", random.IntN(maxPadding+1)))
			m := notification.Message{ID: fmt.Sprint(d.ID, i), Subject: "allowed", Body: []byte(body)}
			if err := tx.Enqueue(subscription.Queue(d), m.Encode()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// sequence checks that the events of each destination come from 0 on, without a
// gap and none twice.
type sequence map[string]int

func (s sequence) next(t testing.TB, data []byte) {
	t.Helper()
	fields := strings.Fields(string(data))
	if want := fmt.Sprint(s[fields[0]]); fields[1] != want {
		t.Fatalf("%s %s comes where %s should", fields[0], fields[1], want)
	}
	s[fields[0]]++
}

func context20(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

func openJetStream(t testing.TB, b *broker.Broker) jetstream.JetStream {
	t.Helper()
	js, err := jetstream.New(admin(t, b))
	if err != nil {
		t.Fatal(err)
	}
	return js
}

func makeStream(t testing.TB, js jetstream.JetStream, c jetstream.StreamConfig) jetstream.Stream {
	t.Helper()
	c.Name, c.Subjects = "S", []string{"allowed"}
	stream, err := js.CreateStream(context20(t), c)
	if err != nil {
		t.Fatal(err)
	}
	return stream
}

// inOrder reads a whole stream.
func inOrder(t testing.TB, b *broker.Broker) sequence {
	t.Helper()
	ctx := context20(t)
	stream, err := openJetStream(t, b).Stream(ctx, "S")
	if err != nil {
		t.Fatal(err)
	}
	found := sequence{}
	for n := range stream.CachedInfo().State.Msgs {
		m, err := stream.GetMsg(ctx, n+1)
		if err != nil {
			t.Fatal(err)
		}
		found.next(t, m.Data)
	}
	return found
}

// A stream at its limit from which a worker takes: it refuses and has room again
// all the time, also in the middle of what is in flight.
func TestOrderHoldsWhileAWorkQueueIsFullAndHasRoomInTurn(t *testing.T) {
	t.Parallel()
	b := startBroker(t, nil)
	stream := makeStream(t, openJetStream(t, b), jetstream.StreamConfig{Retention: jetstream.WorkQueuePolicy, MaxBytes: 8 << 10, Discard: jetstream.DiscardNew})
	ctx := context20(t)
	consumer, err := stream.CreateConsumer(ctx, jetstream.ConsumerConfig{AckPolicy: jetstream.AckExplicitPolicy})
	if err != nil {
		t.Fatal(err)
	}
	d := destination(aidbox.KindJetStreamAtLeastOnce, b.URL(), "admin", "secret-a")
	box := outbox(t, d)
	const n = 300
	fill(t, box, d, n, 2048)
	s := start(t, sender.Options{Destination: d, Outbox: box})
	eventually(t, s, func(st sender.Status) bool { return *st.DeliveryAttempts > 0 })
	found := sequence{}
	for found["d"] < n {
		m, err := consumer.Next(jetstream.FetchMaxWait(patience))
		if err != nil {
			t.Fatalf("after %d: %v", found["d"], err)
		}
		found.next(t, m.Data())
		if err := m.DoubleAck(ctx); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, s, func(st sender.Status) bool { return st.Delivered == n && *st.Queued == 0 && st.InProcess == 0 })
	if info, err := stream.Info(ctx); err != nil || info.State.LastSeq != n {
		t.Errorf("the stream stored %+v, %v", info.State, err)
	}
}

// A smaller message must not take the room that a larger one before it did not
// find.
func TestOrderHoldsWhenAStreamIsFullForTheLargeOnly(t *testing.T) {
	t.Parallel()
	b := startBroker(t, nil)
	js := openJetStream(t, b)
	stream := makeStream(t, js, jetstream.StreamConfig{MaxBytes: 64 << 10, Discard: jetstream.DiscardNew})
	d := destination(aidbox.KindJetStreamAtLeastOnce, b.URL(), "admin", "secret-a")
	box := outbox(t, d)
	const n = 500
	fill(t, box, d, n, 4096)
	s := start(t, sender.Options{Destination: d, Outbox: box})
	eventually(t, s, func(st sender.Status) bool {
		return *st.DeliveryAttempts > 1 && strings.Contains(st.LastErrors[0].Message, "the stream is full") && strings.Contains(st.LastErrors[0].Message, "maximum bytes exceeded")
	})
	status, err := s.Status()
	if err != nil || status.Delivered == 0 || int64(n)-status.Delivered != *status.Queued {
		t.Errorf("got %+v, %v", status, err)
	}
	config := stream.CachedInfo().Config
	config.MaxBytes = -1
	if _, err := js.UpdateStream(context20(t), config); err != nil {
		t.Fatal(err)
	}
	eventually(t, s, func(st sender.Status) bool { return st.Delivered == n && *st.Queued == 0 })
	if found := inOrder(t, b); found["d"] != n {
		t.Errorf("the stream holds %v", found)
	}
}

func TestOrderHoldsWhenTheBrokerRestartsUnderLoad(t *testing.T) {
	t.Parallel()
	b := startBroker(t, nil)
	makeStream(t, openJetStream(t, b), jetstream.StreamConfig{})
	d := destination(aidbox.KindJetStreamAtLeastOnce, b.URL(), "admin", "secret-a")
	box := outbox(t, d)
	const n = 3000
	fill(t, box, d, n, 512)
	s := start(t, sender.Options{Destination: d, Outbox: box})
	for _, at := range []int64{n / 10, n / 3, n / 2} {
		eventually(t, s, func(st sender.Status) bool { return st.Delivered >= at })
		if err := b.Restart(context20(t)); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, s, func(st sender.Status) bool { return st.Delivered == n && *st.Queued == 0 })
	if found := inOrder(t, b); found["d"] != n {
		t.Errorf("the stream holds %v", found)
	}
}

// Whatever becomes of the last message in the stream, which the next one in
// flight demands: it goes on, in order.
func TestASenderGoesOnWhenItsStreamIsPurgedOrMadeAnew(t *testing.T) {
	t.Parallel()
	b := startBroker(t, nil)
	js := openJetStream(t, b)
	stream := makeStream(t, js, jetstream.StreamConfig{})
	d := destination(aidbox.KindJetStreamAtLeastOnce, b.URL(), "admin", "secret-a")
	box := outbox(t, d)
	const n = 3000
	fill(t, box, d, n, 512)
	s := start(t, sender.Options{Destination: d, Outbox: box})
	for step := int64(1); step < 4; step++ {
		eventually(t, s, func(st sender.Status) bool { return st.Delivered >= step*n/4 })
		var err error
		if step%2 == 0 {
			err = js.DeleteStream(context20(t), "S")
			stream = makeStream(t, js, jetstream.StreamConfig{})
		} else {
			err = stream.Purge(context20(t))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, s, func(st sender.Status) bool { return st.Delivered == n && *st.Queued == 0 })
	info, err := stream.Info(context20(t))
	if err != nil || info.State.LastSeq == 0 {
		t.Fatalf("the stream holds %+v, %v", info, err)
	}
	last := -1
	for seq := info.State.FirstSeq; seq <= info.State.LastSeq; seq++ {
		m, err := stream.GetMsg(context20(t), seq)
		if err != nil {
			t.Fatal(err)
		}
		number, err := strconv.Atoi(strings.Fields(string(m.Data))[1])
		if err != nil || number <= last {
			t.Fatalf("%d comes after %d, %v", number, last, err)
		}
		last = number
	}
	if last != n-1 {
		t.Errorf("the last is %d", last)
	}
}

// Two senders break each other's chain, which is no failure of a delivery.
func TestTwoDestinationsShareAStream(t *testing.T) {
	t.Parallel()
	b := startBroker(t, nil)
	makeStream(t, openJetStream(t, b), jetstream.StreamConfig{})
	const n = 1500
	var senders []*sender.Sender
	for _, id := range []string{"one", "two"} {
		d := destination(aidbox.KindJetStreamAtLeastOnce, b.URL(), "admin", "secret-a")
		d.ID = id
		box := outbox(t, d)
		fill(t, box, d, n, 512)
		senders = append(senders, start(t, sender.Options{Destination: d, Outbox: box}))
	}
	for _, s := range senders {
		eventually(t, s, func(st sender.Status) bool { return st.Delivered == n && *st.DeliveryAttempts == 0 })
	}
	if found := inOrder(t, b); found["one"] != n || found["two"] != n {
		t.Errorf("the stream holds %v", found)
	}
}

// counting counts the transactions in which events leave an outbox.
type counting struct {
	*store.Store
	removals atomic.Int64
}

func (c *counting) Acknowledge(queue string, seqs ...uint64) error {
	c.removals.Add(1)
	return c.Store.Acknowledge(queue, seqs...)
}

func TestAcknowledgedEventsLeaveTheOutboxTogether(t *testing.T) {
	t.Parallel()
	b := startBroker(t, nil)
	makeStream(t, openJetStream(t, b), jetstream.StreamConfig{})
	d := destination(aidbox.KindJetStreamAtLeastOnce, b.URL(), "admin", "secret-a")
	box := &counting{Store: outbox(t, d)}
	const n = 2000
	fill(t, box.Store, d, n, 512)
	s := start(t, sender.Options{Destination: d, Outbox: box})
	eventually(t, s, func(st sender.Status) bool { return st.Delivered == n && *st.Queued == 0 })
	removals := box.removals.Load()
	t.Logf("%d events left in %d transactions", n, removals)
	if removals > n/4 {
		t.Errorf("%d events left in %d transactions", n, removals)
	}
}

func TestARefusedSubjectSaysSoAndIsTriedAgainWithPauses(t *testing.T) {
	t.Parallel()
	b := startBroker(t, &server.Permissions{Publish: &server.SubjectPermission{Allow: []string{"other"}}, Subscribe: &server.SubjectPermission{Allow: []string{"_INBOX.>"}}})
	stream := makeStream(t, openJetStream(t, b), jetstream.StreamConfig{})
	d := destination(aidbox.KindJetStreamAtLeastOnce, b.URL(), "limited", "secret-l")
	box := outbox(t, d)
	fill(t, box, d, 1, 0)
	begun := time.Now()
	s := start(t, sender.Options{Destination: d, Outbox: box})
	eventually(t, s, func(st sender.Status) bool {
		return *st.DeliveryAttempts >= 4 && *st.Queued == 1 && strings.Contains(st.LastErrors[0].Message, `user "limited" to publish to "allowed"`)
	})
	// Three pauses, each twice as long as the one before.
	if waited := time.Since(begun); waited < 700*time.Millisecond {
		t.Errorf("four attempts took %s", waited)
	}
	if info, err := stream.Info(context20(t)); err != nil || info.State.Msgs != 0 {
		t.Errorf("the stream holds %+v, %v", info.State, err)
	}
}

func TestALostBrokerSaysSoAndIsAwaited(t *testing.T) {
	t.Parallel()
	b := startBroker(t, nil)
	makeStream(t, openJetStream(t, b), jetstream.StreamConfig{})
	d := destination(aidbox.KindJetStreamAtLeastOnce, b.URL(), "admin", "secret-a")
	box := outbox(t, d)
	s := start(t, sender.Options{Destination: d, Outbox: box})
	if err := s.Ready(context20(t)); err != nil {
		t.Fatal(err)
	}
	if err := b.Stop(context20(t)); err != nil {
		t.Fatal(err)
	}
	fill(t, box, d, 3, 0)
	s.Wake()
	// After five attempts the pause is 3.2 seconds.
	eventually(t, s, func(st sender.Status) bool { return *st.DeliveryAttempts >= 6 && *st.Queued == 3 })
	status, err := s.Status()
	if err != nil || !strings.Contains(status.LastErrors[0].Message, "not connected") {
		t.Errorf("got %+v, %v", status, err)
	}
	if err := b.Restart(context20(t)); err != nil {
		t.Fatal(err)
	}
	eventually(t, s, func(st sender.Status) bool { return st.Delivered == 3 && *st.Queued == 0 })
	if found := inOrder(t, b); found["d"] != 3 {
		t.Errorf("the stream holds %v", found)
	}
}

func TestAnAcknowledgementThatDoesNotComeIsAFailedAttempt(t *testing.T) {
	t.Parallel()
	b := startBroker(t, nil)
	stream := makeStream(t, openJetStream(t, b), jetstream.StreamConfig{NoAck: true})
	d := destination(aidbox.KindJetStreamAtLeastOnce, b.URL(), "admin", "secret-a")
	box := outbox(t, d)
	fill(t, box, d, 1, 0)
	s := start(t, sender.Options{Destination: d, Outbox: box})
	eventually(t, s, func(st sender.Status) bool {
		return *st.DeliveryAttempts > 0 && *st.Queued == 1 && strings.Contains(st.LastErrors[0].Message, "no acknowledgement came: the time for it ran out")
	})
	if info, err := stream.Info(context20(t)); err != nil || info.State.Msgs != 1 {
		t.Errorf("the stream holds %+v, %v", info.State, err)
	}
}

// What was stored and not yet removed when it stops is sent again, and known to
// the stream.
func TestASenderThatIsStoppedWhileItSendsLosesNothing(t *testing.T) {
	t.Parallel()
	b := startBroker(t, nil)
	makeStream(t, openJetStream(t, b), jetstream.StreamConfig{})
	d := destination(aidbox.KindJetStreamAtLeastOnce, b.URL(), "admin", "secret-a")
	box := outbox(t, d)
	const n = 2000
	fill(t, box, d, n, 512)
	for ended := false; !ended; {
		s := sender.Start(context.Background(), sender.Options{Destination: d, Outbox: box})
		eventually(t, s, func(st sender.Status) bool {
			ended = *st.Queued == 0
			return st.Delivered >= n/8 || ended
		})
		s.Stop()
		<-s.Done()
	}
	if found := inOrder(t, b); found["d"] != n {
		t.Errorf("the stream holds %v", found)
	}
}
