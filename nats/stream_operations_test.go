package nats

import (
	"errors"
	"testing"

	"aidbox-nats/nats/broker"
)

// What is shown before a change is the command of what is recorded of it.
func TestAnOperationIsTheRequestThatIsSent(t *testing.T) {
	b := startBroker(t, broker.Options{})
	ctx, journal := testContext(t), NewJournal(0)
	c := connect(t, Options{URLs: []string{b.URL()}, Journal: journal})
	config := StreamConfig{Name: "S", Subjects: []string{"a.>"}, MaxMsgs: 10, Discard: "new", NoDirect: true, DenyDelete: true}
	edited := config
	edited.MaxMsgs, edited.Description = 20, "more room"
	purge := Purge{Subject: "a.b", Before: 3}
	for _, step := range []struct {
		shown Operation
		do    func() error
	}{
		{config.CreateOperation(), func() error { _, err := c.CreateStream(ctx, config); return err }},
		{edited.EditOperation(), func() error { _, err := c.EditStream(ctx, edited); return err }},
		{purge.Operation("S"), func() error { _, err := c.PurgeStream(ctx, "S", purge); return err }},
		{Purge{Keep: 2}.Operation("S"), func() error { _, err := c.PurgeStream(ctx, "S", Purge{Keep: 2}); return err }},
		{DeleteMessageOperation("S", 1), func() error {
			if err := c.DeleteMessage(ctx, "S", 1); err == nil {
				return errors.New("nothing was there to be deleted")
			}
			return nil
		}},
		{DeleteStreamOperation("S"), func() error { return c.DeleteStream(ctx, "S") }},
	} {
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.shown.Subject, err)
		}
		ops := journal.Operations(0)
		sent := ops[len(ops)-1]
		if got, want := c.Command(step.shown), sent.Command(); got != want || sent.Subject != step.shown.Subject {
			t.Errorf("shown %s\nsent  %s", got, want)
		}
	}
}

func TestMessagesAreCountedBySubject(t *testing.T) {
	b := startBroker(t, broker.Options{})
	ctx := testContext(t)
	c := connect(t, Options{URLs: []string{b.URL()}})
	must(c.CreateStream(ctx, StreamConfig{Name: "S", Subjects: []string{"a.>"}}))
	for _, subject := range []string{"a.b", "a.b", "a.c", "a.d.e"} {
		must(c.PublishStored(ctx, Message{Subject: subject}, StoreOptions{}))
	}
	for subject, want := range map[string]uint64{"a.b": 2, "a.*": 3, "a.>": 4, "a.none": 0, "b": 0} {
		if got, err := c.CountMessages(ctx, "S", subject); got != want || err != nil {
			t.Errorf("%s: %d, %v", subject, got, err)
		}
	}
	if _, err := c.CountMessages(ctx, "NONE", "a"); !errors.Is(err, ErrStreamNotFound) {
		t.Errorf("%v", err)
	}
	if _, err := c.CountMessages(ctx, "S", "a..b"); !errors.As(err, new(*SubjectError)) {
		t.Errorf("%v", err)
	}
}
