package nats

import (
	"testing"
	"time"

	"aidbox-nats/nats/broker"
)

// What is shown before a request is sent is what is recorded when it was.
func TestConsumerOperationIsWhatIsSent(t *testing.T) {
	b := startBroker(t, broker.Options{})
	ctx := testContext(t)
	journal := NewJournal(0)
	c := connect(t, Options{URLs: []string{b.URL()}, Journal: journal})
	must(c.CreateStream(ctx, StreamConfig{Name: "S", Subjects: []string{"s"}}))
	must(c.PublishStored(ctx, Message{Subject: "s", Data: []byte("1")}, StoreOptions{}))
	check := func(err error, shown Operation) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		ops := journal.Operations(0)
		sent := ops[len(ops)-1]
		if sent.Subject != shown.Subject || c.Command(shown) != sent.Command() {
			t.Errorf("shown %s %s\nsent  %s %s", shown.Subject, c.Command(shown), sent.Subject, sent.Command())
		}
	}
	until := time.Now().Add(time.Hour)
	for _, config := range []ConsumerConfig{
		{Name: "k"}, {Name: "n", MaxInFlight: -1},
		{Name: "e", Ephemeral: true, Filters: []string{"s"}, Ack: "all", AckWait: time.Minute, Deliver: "sequence", StartSeq: 1, MaxDeliver: 3, InactiveAfter: time.Hour},
		{Name: "t", Deliver: "time", StartTime: until.Add(-2 * time.Hour)},
	} {
		check(second(c.CreateConsumer(ctx, "S", config)), CreateConsumerOperation("S", config))
	}
	check(c.PauseConsumer(ctx, "S", "k", until), PauseConsumerOperation("S", "k", until))
	check(c.ResumeConsumer(ctx, "S", "k"), ResumeConsumerOperation("S", "k"))
	pulled, err := c.Next(ctx, "S", "k")
	check(err, NextOperation("S", "k"))
	check(pulled.InProgress(ctx), pulled.Operation(WordInProgress))
	check(pulled.Nak(ctx, 0), pulled.Operation(WordNak))
	pulled = must(c.Next(ctx, "S", "k"))
	check(pulled.Term(ctx, ""), pulled.Operation(WordTerm))
	check(c.ResetConsumer(ctx, "S", "k", 1), ResetConsumerOperation("S", "k", 1))
	pulled = must(c.Next(ctx, "S", "k"))
	check(pulled.Ack(ctx), pulled.Operation(WordAck))
	check(c.ResetConsumer(ctx, "S", "k", 0), ResetConsumerOperation("S", "k", 0))
	check(c.DeleteConsumer(ctx, "S", "k"), DeleteConsumerOperation("S", "k"))
}
