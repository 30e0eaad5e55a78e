package live

import (
	"runtime"
	"testing"
	"time"

	natsgo "github.com/nats-io/nats.go"

	"aidbox-nats/tui/data"
)

func TestRatesAreCountedByTheClock(t *testing.T) {
	b := open(t, 1000)
	now := time.Now()
	step := func(n int) (again bool) {
		was := b.Revision()
		if n > 0 {
			b.arrive(n)
			was = b.Revision()
		}
		now = now.Add(time.Second)
		b.Update(data.Tick{Now: now})
		return b.Revision() != was
	}
	step(0)
	if step(0); b.rate("foo").now() != 0 {
		t.Errorf("nothing came, and the rate is %v", b.rate("foo").now())
	}
	step(30)
	if got := b.rate("foo").now(); got != 15 { // of two seconds
		t.Errorf("the rate is %v", got)
	}
	// The bars move on for as long as there are any, and then nothing is drawn again.
	for i := range samples {
		if !step(0) {
			t.Fatalf("the bars stand still %d seconds after the last message", i+1)
		}
	}
	if step(0) {
		t.Error("a row that shows nothing new is drawn again")
	}
	if got := len(b.rate("foo").perSec); got != samples {
		t.Errorf("%d samples are kept", got)
	}
	if err := b.source.Unsubscribe("foo"); err != nil {
		t.Fatal(err)
	}
	b.Update(changed{})
	step(0)
	if len(b.rates) != 0 {
		t.Error("the rate of a subscription that is gone is kept")
	}
}

// After a million messages the pane, looked at all the while, holds what it
// held after the first hundred thousand.
func TestAMillionMessagesLeaveTheMemoryBounded(t *testing.T) {
	b := open(t, 200)
	publisher, err := natsgo.Connect(b.conn.Status().URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(publisher.Close)
	body := make([]byte, 200)
	flood := func() (held uint64) {
		for range 100 {
			for range 1000 {
				b.sent++
				if err := publisher.Publish("foo", body); err != nil {
					t.Fatal(err)
				}
			}
			b.settle()
			b.Update(data.Tick{Now: time.Now()})
			b.View()
			b.feed.View()
			b.detail.View()
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	first := flood()
	last := first
	for range 9 {
		last = flood()
	}
	if c := b.source.Counters(); c.Received != 1_000_000 || c.Dropped != 0 || c.Kept != 200 {
		t.Errorf("%+v", c)
	}
	const room = 8 << 20 // what came in between is more than 200 MB
	if last > first+room {
		t.Errorf("%d bytes are held, %d after the first tenth", last, first)
	}
}
