package tui

import (
	"context"
	"errors"
	"testing"
	"time"

	"aidbox-nats/nats"
	"aidbox-nats/nats/broker"
	"aidbox-nats/tui/data"
)

// A connection that is lost while the watch begins has it begin again: both
// answers come, in any order.
func TestTheWatchOfAdvisoriesThatBeganFirstStays(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	b, err := broker.Start(ctx, broker.Options{Port: broker.FreePort, StoreDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := nats.Dial(ctx, nats.Options{URLs: []string{b.URL()}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn.Close()
		if err := b.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if err := conn.WaitConnected(ctx); err != nil {
		t.Fatal(err)
	}
	var feeds [2]*nats.Advisories
	for i := range feeds {
		if feeds[i], err = conn.WatchAdvisories(ctx); err != nil {
			t.Fatal(err)
		}
	}
	var w advisoryWatch
	if told, known := w.take(watched{data.Advisories{Feed: feeds[0]}}); !known || told.Feed != feeds[0] {
		t.Errorf("the first: %+v, %v", told, known)
	}
	if told, known := w.take(watched{data.Advisories{Feed: feeds[1]}}); known || told.Feed != nil {
		t.Errorf("the second: %+v", told)
	}
	if _, known := w.take(watched{data.Advisories{Err: errors.New("too late")}}); known || w.feed != feeds[0] {
		t.Error("a failure that comes late ends the watch")
	}
	if _, err := conn.CreateStream(ctx, nats.StreamConfig{Name: "S", Subjects: []string{"s"}}); err != nil {
		t.Fatal(err)
	}
	for feeds[0].Counters().Received == 0 {
		changed := feeds[0].Changed()
		if feeds[0].Counters().Received > 0 {
			break
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatal("the first watch is told nothing")
		}
	}
	if n := feeds[1].Counters().Received; n > 0 {
		t.Errorf("the second is told %d events", n)
	}
}
