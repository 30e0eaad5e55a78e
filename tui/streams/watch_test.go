package streams_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
	"aidbox-nats/tui/tuitest"
)

// worked makes a consumer of which one message was acknowledged, one came
// again, one was given up, and one ran out of deliveries.
func worked(t *testing.T, conn *nats.Conn, stream string, sampled int) {
	t.Helper()
	ctx := tuitest.Context(t)
	must[nats.Consumer](t)(conn.CreateConsumer(ctx, stream, nats.ConsumerConfig{Name: "billing", AckWait: 100 * time.Millisecond, MaxDeliver: 2, SamplePercent: sampled}))
	for i := range 3 {
		m := must[*nats.Pulled](t)(conn.Next(ctx, stream, "billing"))
		var err error
		switch i {
		case 0:
			err = m.Ack(ctx)
		case 1:
			err = m.Term(ctx, "no such account")
		case 2:
			err = m.Nak(ctx, 0)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	// Pulls alone let the server notice that a message has no delivery left.
	for deadline := 0; deadline < 100; deadline++ {
		short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
		_, err := conn.Next(short, stream, "billing")
		cancel()
		if errors.Is(err, nats.ErrNoMessages) || errors.Is(err, context.DeadlineExceeded) {
			return
		}
	}
	t.Fatal("it never ran out of deliveries")
}

// What workers do is told in the stream's detail; what only looks is left out
// until a shows it.
func TestAdvisoriesAreTold(t *testing.T) {
	c, conn := start(t, tuitest.Options{})
	made(t, conn, nats.StreamConfig{Name: "EVENTS", Subjects: []string{"patients.>"}})
	stored(t, conn, "patients.a", 3)
	c.Press("r")
	c.WaitFor("3 msg")
	worked(t, conn, "EVENTS", 100)
	c.Press("enter", "enter") // all of the detail
	c.WaitFor("stream EVENTS was created")
	c.WaitFor("consumer billing of stream EVENTS was created")
	c.WaitFor("a worker of consumer billing acknowledged message 1 of stream EVENTS after ")
	c.WaitFor("a worker of consumer billing wants message 3 of stream EVENTS again (delivery 1)")
	c.WaitFor("✗ a worker of consumer billing wants message 2 of stream EVENTS never again (delivery 1): no such account")
	c.WaitFor("✗ message 3 of stream EVENTS was delivered 2 times to consumer billing")
	c.WaitFor("requests of the API are left out; a shows them")
	c.WaitGone("aidbox-nats asked")
	c.Press("a")
	c.WaitFor("aidbox-nats asked $JS.API.CONSUMER.LIST.EVENTS (")
	c.WaitFor("a leaves out requests of the API")
	c.Press("a")
	c.WaitGone("aidbox-nats asked")
	must[uint64](t)(conn.PurgeStream(tuitest.Context(t), "EVENTS", nats.Purge{}))
	c.WaitFor("beside asked $JS.API.STREAM.PURGE.EVENTS")
	c.Press("esc")
	c.WaitFor("!▸EVENTS")
}

// The reason that a worker gives may quote a person.
func TestTheReasonOfAWorkerIsMasked(t *testing.T) {
	c, conn := start(t, tuitest.Options{})
	made(t, conn, nats.StreamConfig{Name: "EVENTS", Subjects: []string{"patients.>"}})
	stored(t, conn, "patients.a", 1)
	must[nats.Consumer](t)(conn.CreateConsumer(tuitest.Context(t), "EVENTS", nats.ConsumerConfig{Name: "k"}))
	c.Press("r")
	c.WaitFor("1 msg")
	m := must[*nats.Pulled](t)(conn.Next(tuitest.Context(t), "EVENTS", "k"))
	if err := m.Term(tuitest.Context(t), `cannot bill "Marigold Smith"`); err != nil {
		t.Fatal(err)
	}
	c.Press("enter")
	c.WaitFor("Marigold Smith")
	c.Press("M")
	c.WaitFor("MASKED")
	c.WaitGone("Marigold Smith")
	c.WaitFor("again (delivery 1): cannot bill")
}

// Consumers stand in one line each, those in trouble first with the reason.
func TestConsumersInTroubleComeFirst(t *testing.T) {
	c, conn := start(t, tuitest.Options{})
	made(t, conn, nats.StreamConfig{Name: "EVENTS", Subjects: []string{"patients.>"}})
	stored(t, conn, "patients.a", 5)
	for _, k := range []nats.ConsumerConfig{{Name: "audit"}, {Name: "slow", MaxInFlight: 2, AckWait: time.Hour}} {
		must[nats.Consumer](t)(conn.CreateConsumer(tuitest.Context(t), "EVENTS", k))
	}
	c.Press("r")
	c.WaitFor("audit  lag 5")
	for range 2 {
		must[*nats.Pulled](t)(conn.Next(tuitest.Context(t), "EVENTS", "slow"))
	}
	c.WaitFor("! slow   lag 3  in flight 2 of 2")
	c.WaitFor("it delivers nothing: 2 messages are in flight and its maximum is 2")
	c.WaitFor("!▸EVENTS")
}

// What is stored shows as a rate, and in the sparkline.
func TestARateIsCountedBetweenReadings(t *testing.T) {
	c, conn := start(t, tuitest.Options{})
	made(t, conn, nats.StreamConfig{Name: "EVENTS", Subjects: []string{"patients.>"}})
	c.Press("r")
	c.WaitFor("Stream EVENTS")
	c.WaitFor("rate           0/s")
	stored(t, conn, "patients.a", 200)
	c.Press("r")
	c.WaitFor("200 msg")
	c.WaitGone("rate           0/s")
	c.WaitFor("█")
}

// The detail and the zoomed list, wide and narrow.
func TestFrames(t *testing.T) {
	for _, size := range []struct {
		name string
		w, h int
	}{{"140x42", 140, 42}, {"80x24", 80, 24}} {
		t.Run(size.name, func(t *testing.T) {
			c, conn := start(t, tuitest.Options{Width: size.w, Height: size.h})
			c.Destination("js", aidbox.KindJetStreamAtLeastOnce, "patient-topic", "patients.created")
			made(t, conn,
				nats.StreamConfig{Name: "EVENTS", Subjects: []string{"patients.>"}, MaxMsgs: 10, Discard: "new"},
				nats.StreamConfig{Name: "KV_cfg", Subjects: []string{"$KV.cfg.>"}},
				nats.StreamConfig{Name: "OBJ_files", Subjects: []string{"$O.files.C.>", "$O.files.M.>"}})
			stored(t, conn, "patients.a", 3)
			c.Press("r")
			c.WaitFor("3 msg")
			worked(t, conn, "EVENTS", 0)
			c.Press("enter")
			c.WaitFor("written by     js")
			if size.w >= 100 {
				c.Press("z")
			}
			c.WaitFor("billing  lag 0  in flight 0 of 1,000  1 redelivered")
			c.WaitFor("rate           0/s")
			c.WaitFor("was delivered 2 times")
			if size.w >= 100 {
				c.WaitFor("requests of the API are left out")
			}
			c.Frame("stream-" + size.name)
			c.Press("esc", "esc")
			if size.w >= 100 {
				c.Press("z")
				c.WaitFor("written by")
			}
			c.WaitFor("key-value cfg")
			c.Frame("streams-" + size.name)
			if size.w >= 100 {
				c.Press("z")
				c.WaitFor("1 Topics")
			}
			c.Press("e")
			c.WaitFor("Edit stream EVENTS")
			c.Frame("edit-" + size.name)
			c.Press("esc")
			if size.w >= 100 {
				c.Press("enter", "G") // the server's address, with its port, would look out beside the dialog
				c.WaitFor("12-32 of 32")
			}
			c.Press("P", "right", "enter")
			c.Type("3")
			c.Press("ctrl+s")
			c.WaitFor("EVENTS: 2 messages of 3, before sequence 3.")
			c.Frame("purge-" + size.name)
		})
	}
}
