package nats_test

import (
	"context"
	"testing"
	"time"

	"aidbox-nats/nats"
	"aidbox-nats/nats/broker"
)

// What a program reads on its own is marked in the journal, what a person
// asked for is not.
func TestJournalMarksWhatNobodyAskedFor(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	b, err := broker.Start(ctx, broker.Options{Port: -1, StoreDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Stop(context.Background()) })
	journal := nats.NewJournal(0)
	c, err := nats.Dial(ctx, nats.Options{URLs: []string{b.URL()}, Journal: journal})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if err := c.WaitConnected(ctx); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		ctx        context.Context
		background bool
	}{
		"a marked question":   {nats.Background(ctx), true},
		"a person's question": {ctx, false},
	} {
		before := uint64(0)
		for _, op := range journal.Operations(0) {
			before = op.Seq
		}
		if _, err := c.Streams(test.ctx); err != nil {
			t.Fatal(err)
		}
		ops := journal.Operations(before)
		if len(ops) == 0 {
			t.Fatalf("%s: nothing was recorded", name)
		}
		for _, op := range ops {
			if op.Background != test.background {
				t.Errorf("%s: %s %s has Background %v", name, op.Verb, op.Subject, op.Background)
			}
		}
	}
}
