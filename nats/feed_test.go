package nats

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"

	"aidbox-nats/nats/broker"
)

// bare is a plain nats.go connection, to send what a Conn would not.
func bare(t testing.TB, url string, opts ...natsgo.Option) *natsgo.Conn {
	t.Helper()
	nc, err := natsgo.Connect(url, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

func subscribe(t testing.TB, f *Feed, subjects ...string) {
	t.Helper()
	for _, subject := range subjects {
		if err := f.Subscribe(testContext(t), subject); err != nil {
			t.Fatal(err)
		}
	}
}

func awaitReceived(t testing.TB, f *Feed, n uint64) {
	t.Helper()
	await(t, fmt.Sprintf("%d messages", n), f.Changed, func() bool { return f.Counters().Received >= n })
}

func TestFeedKeepsWhatArrives(t *testing.T) {
	b := startBroker(t, broker.Options{})
	c := connect(t, Options{URLs: []string{b.URL()}})
	f := c.NewFeed(FeedOptions{})
	subscribe(t, f, "foo.*", "bar")
	out := bare(t, b.URL())
	msg := &natsgo.Msg{Subject: "foo.1", Reply: "back", Header: natsgo.Header{"K": {"a", "b"}}, Data: []byte("one")}
	if err := out.PublishMsg(msg); err != nil {
		t.Fatal(err)
	}
	out.Publish("bar", nil)
	out.Publish("nobody.listens", nil)
	out.Flush()
	awaitReceived(t, f, 2)

	got := f.Window(0, 10)
	if len(got) != 2 {
		t.Fatalf("Window = %+v", got)
	}
	for _, d := range got {
		if d.Received.IsZero() {
			t.Errorf("no time on %+v", d)
		}
	}
	// Each subscription has its own goroutine in nats.go, so their order among each other is not fixed.
	byName := map[string]Delivery{got[0].Subscription: got[0], got[1].Subscription: got[1]}
	one := byName["foo.*"]
	if one.Subject != "foo.1" || one.Reply != "back" || string(one.Data) != "one" || !reflect.DeepEqual(one.Header, msg.Header) {
		t.Errorf("delivery = %+v", one)
	}
	if got[0].Seq != 1 || got[1].Seq != 2 {
		t.Errorf("sequences %d, %d", got[0].Seq, got[1].Seq)
	}
	counters := f.Counters()
	if counters.Received != 2 || counters.Kept != 2 || counters.First != 1 || counters.Next != 3 || counters.Evicted != 0 || counters.Dropped != 0 {
		t.Errorf("Counters = %+v", counters)
	}
	subs := f.Subscriptions()
	if len(subs) != 2 || subs[0].Subject != "foo.*" || subs[1].Subject != "bar" || subs[0].Received != 1 || subs[0].Since.IsZero() || subs[0].Err != nil {
		t.Errorf("Subscriptions = %+v", subs)
	}
	if subs[0].Bytes+subs[1].Bytes != counters.Bytes || subs[0].Bytes <= uint64(len("foo.1backone")) || subs[1].Bytes != uint64(len("bar")) {
		t.Errorf("bytes: %+v of %d", subs, counters.Bytes)
	}
}

func TestFeedTellsOfSubscriptionsThatAreOrAreNotThere(t *testing.T) {
	b := startBroker(t, broker.Options{})
	c := connect(t, Options{URLs: []string{b.URL()}})
	f := c.NewFeed(FeedOptions{})
	subscribe(t, f, "foo")
	if err := f.Subscribe(testContext(t), "foo"); !errors.Is(err, ErrDuplicate) {
		t.Errorf("the second Subscribe = %v", err)
	}
	if err := f.Subscribe(testContext(t), "foo..bar"); !errors.As(err, new(*SubjectError)) {
		t.Errorf("Subscribe to a bad subject = %v", err)
	}
	if err := f.Unsubscribe("bar"); !errors.Is(err, ErrNotSubscribed) {
		t.Errorf("Unsubscribe = %v", err)
	}
	out := bare(t, b.URL())
	out.Publish("foo", []byte("1"))
	out.Flush()
	awaitReceived(t, f, 1)
	gone := f.subs[0]
	if err := f.Unsubscribe("foo"); err != nil {
		t.Fatal(err)
	}
	f.receive(gone, natsgo.NewMsg("foo")) // a callback of nats.go that was under way
	subscribe(t, f, "other")
	out.Publish("foo", []byte("2"))
	out.Publish("other", []byte("3"))
	out.Flush()
	awaitReceived(t, f, 2)
	if got := f.Window(1, 10); len(got) != 2 || string(got[0].Data) != "1" || string(got[1].Data) != "3" {
		t.Errorf("Window = %+v", got)
	}
	if subs := f.Subscriptions(); len(subs) != 1 || subs[0].Subject != "other" {
		t.Errorf("Subscriptions = %+v", subs)
	}
}

func TestClosedFeedKeepsWhatItHasAndTakesNothing(t *testing.T) {
	b := startBroker(t, broker.Options{})
	c := connect(t, Options{URLs: []string{b.URL()}})
	f, other := c.NewFeed(FeedOptions{}), c.NewFeed(FeedOptions{})
	subscribe(t, f, "foo")
	subscribe(t, other, "foo")
	out := bare(t, b.URL())
	out.Publish("foo", nil)
	out.Flush()
	awaitReceived(t, f, 1)
	awaitReceived(t, other, 1)
	f.Close()
	out.Publish("foo", nil)
	out.Flush()
	awaitReceived(t, other, 2)
	if got := f.Counters(); got.Received != 1 || len(f.Window(1, 5)) != 1 || len(f.Subscriptions()) != 0 {
		t.Errorf("after Close: %+v", got)
	}
	if err := f.Subscribe(testContext(t), "bar"); !errors.Is(err, ErrClosed) {
		t.Errorf("Subscribe = %v", err)
	}
	if err := f.Unsubscribe("foo"); !errors.Is(err, ErrClosed) {
		t.Errorf("Unsubscribe = %v", err)
	}
	c.Close()
	if err := other.Subscribe(testContext(t), "bar"); !errors.Is(err, ErrClosed) {
		t.Errorf("Subscribe after the Conn's Close = %v", err)
	}
	if late := c.NewFeed(FeedOptions{}); !errors.Is(late.Subscribe(testContext(t), "bar"), ErrClosed) {
		t.Error("a feed of a closed Conn takes subscriptions")
	}
}

func TestFeedIsBoundedAndSnapshotsStayValid(t *testing.T) {
	b := startBroker(t, broker.Options{})
	c := connect(t, Options{URLs: []string{b.URL()}})
	f := c.NewFeed(FeedOptions{MaxMessages: 100})
	subscribe(t, f, "n")
	out := bare(t, b.URL())
	send := func(from, to int) {
		for i := from; i <= to; i++ {
			out.Publish("n", fmt.Appendf(nil, "%d", i))
		}
		out.Flush()
		awaitReceived(t, f, uint64(to))
	}
	send(1, 100)
	before := f.Window(1, 100)
	send(101, 350)
	counters := f.Counters()
	if counters.Kept != 100 || counters.First != 251 || counters.Next != 351 || counters.Evicted != 250 || counters.Received != 350 {
		t.Errorf("Counters = %+v", counters)
	}
	for i, d := range before {
		if d.Seq != uint64(i+1) || string(d.Data) != fmt.Sprint(i+1) {
			t.Fatalf("the snapshot changed at %d: %+v", i, d)
		}
	}
	for _, test := range []struct {
		from        uint64
		n           int
		first, last uint64
	}{
		{0, 1000, 251, 350}, {1, 10, 251, 260}, {300, 3, 300, 302}, {349, 10, 349, 350}, {350, 1, 350, 350},
	} {
		got := f.Window(test.from, test.n)
		if len(got) != int(test.last-test.first+1) || got[0].Seq != test.first || got[len(got)-1].Seq != test.last {
			t.Errorf("Window(%d, %d): %d messages", test.from, test.n, len(got))
			continue
		}
		for _, d := range got {
			if string(d.Data) != fmt.Sprint(d.Seq) {
				t.Errorf("message %d holds %q", d.Seq, d.Data)
			}
		}
	}
	if got := f.Window(351, 10); got != nil {
		t.Errorf("a window past the end: %+v", got)
	}
	if got := f.Window(300, 0); got != nil {
		t.Errorf("a window of nothing: %+v", got)
	}
}

func TestFeedIsBoundedInBytes(t *testing.T) {
	b := startBroker(t, broker.Options{})
	c := connect(t, Options{URLs: []string{b.URL()}})
	f := c.NewFeed(FeedOptions{MaxBytes: 1000})
	subscribe(t, f, "n")
	out := bare(t, b.URL())
	for range 20 {
		out.Publish("n", make([]byte, 99))
	}
	out.Flush()
	awaitReceived(t, f, 20)
	if got := f.Counters(); got.Kept != 10 || got.Evicted != 10 {
		t.Errorf("twenty messages of 100 bytes in 1000: %+v", got)
	}
	out.Publish("n", make([]byte, 5000))
	out.Flush()
	awaitReceived(t, f, 21)
	if got := f.Window(0, 100); len(got) != 1 || len(got[0].Data) != 5000 || got[0].Seq != 21 {
		t.Errorf("a message beyond the bound should be kept, alone: %d kept", len(got))
	}
	out.Publish("n", make([]byte, 99))
	out.Flush()
	awaitReceived(t, f, 22)
	if got := f.Window(0, 100); len(got) != 1 || len(got[0].Data) != 99 {
		t.Errorf("the next message should push it out: %d kept", len(got))
	}
}

func TestWhatNatsGoDropsIsCountedAndTold(t *testing.T) {
	b := startBroker(t, broker.Options{})
	c := connect(t, Options{URLs: []string{b.URL()}})
	f := c.NewFeed(FeedOptions{PendingMessages: 10})
	subscribe(t, f, "flood")
	out := bare(t, b.URL())

	f.mu.Lock() // holds the callback up, as a machine under load would
	for range 500 {
		out.Publish("flood", nil)
	}
	out.Flush()
	await(t, "the slow consumer", c.Changed, func() bool {
		for _, e := range c.Events(0) {
			if e.Kind == EventSlowConsumer {
				return true
			}
		}
		return false
	})
	// The server has handed out all 500 before it answers this.
	_, err := c.RTT(testContext(t))
	f.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	await(t, "the rest", f.Changed, func() bool {
		got := f.Counters()
		return got.Received+got.Dropped == 500
	})
	got := f.Counters()
	if got.Dropped < 480 || f.Subscriptions()[0].Dropped != got.Dropped {
		t.Errorf("Counters = %+v, subscription %+v", got, f.Subscriptions()[0])
	}
	if err := f.Unsubscribe("flood"); err != nil {
		t.Fatal(err)
	}
	if after := f.Counters().Dropped; after != got.Dropped {
		t.Errorf("Unsubscribe made %d dropped out of %d", after, got.Dropped)
	}
	for _, e := range c.Events(0) {
		var slow *SlowConsumerError
		if errors.As(e.Err, &slow) && (slow.Subject != "flood" || slow.Dropped == 0) {
			t.Errorf("event %+v", slow)
		}
	}
}

func TestRefusedSubscriptionIsNotKept(t *testing.T) {
	b := startBroker(t, broker.Options{Configure: users(limited())})
	c := connect(t, Options{URLs: []string{b.URL()}, User: "bob", Password: "b"})
	f := c.NewFeed(FeedOptions{})
	for range 3 {
		err := f.Subscribe(testContext(t), "secret.>")
		var refused *PermissionError
		if !errors.As(err, &refused) || refused.Op != OpSubscribe || refused.Subject != "secret.>" || !errors.Is(err, natsgo.ErrPermissionViolation) {
			t.Fatalf("Subscribe = %v", err)
		}
	}
	if subs := f.Subscriptions(); len(subs) != 0 {
		t.Errorf("Subscriptions = %+v", subs)
	}
	subscribe(t, f, "open")
	kinds := map[EventKind]int{}
	for _, e := range c.Events(0) {
		kinds[e.Kind]++
	}
	if kinds[EventPermission] != 3 {
		t.Errorf("Events = %+v", c.Events(0))
	}
}

// limited is a user bob with the password b who may not touch secret.>.
func limited() *server.User {
	deny := &server.SubjectPermission{Deny: []string{"secret.>", "$JS.API.>"}}
	return &server.User{Username: "bob", Password: "b", Permissions: &server.Permissions{Publish: deny, Subscribe: deny}}
}

func TestSubscriptionRefusedLaterShowsAndRecovers(t *testing.T) {
	user := &server.User{Username: "bob", Password: "b"}
	b := startBroker(t, broker.Options{Configure: func(o *server.Options) error {
		o.Users = []*server.User{user}
		return nil
	}})
	c := connect(t, Options{URLs: []string{b.URL()}, User: "bob", Password: "b"})
	f := c.NewFeed(FeedOptions{})
	subscribe(t, f, "secret.plan", "open")

	user = limited()
	if err := b.Restart(testContext(t)); err != nil {
		t.Fatal(err)
	}
	await(t, "the refusal", f.Changed, func() bool { return f.Subscriptions()[0].Err != nil })
	subs := f.Subscriptions()
	if !errors.As(subs[0].Err, new(*PermissionError)) || subs[1].Err != nil {
		t.Errorf("Subscriptions = %+v", subs)
	}
	var told bool
	for _, e := range c.Events(0) {
		var refused *PermissionError
		told = told || errors.As(e.Err, &refused) && refused.Subject == "secret.plan" && e.Kind == EventPermission
	}
	if !told {
		t.Errorf("Events = %+v", c.Events(0))
	}

	user = &server.User{Username: "bob", Password: "b"}
	if err := b.Restart(testContext(t)); err != nil {
		t.Fatal(err)
	}
	await(t, "the permission", f.Changed, func() bool { return f.Subscriptions()[0].Err == nil })
	if err := c.Publish(testContext(t), Message{Subject: "secret.plan"}); err != nil {
		t.Fatal(err)
	}
	awaitReceived(t, f, 1)
}

func TestSubscriptionMadeWhileReconnectingIsMadeThen(t *testing.T) {
	b := startBroker(t, broker.Options{Configure: users(limited())})
	c := connect(t, Options{URLs: []string{b.URL()}, User: "bob", Password: "b"})
	f := c.NewFeed(FeedOptions{})
	if err := b.Stop(testContext(t)); err != nil {
		t.Fatal(err)
	}
	await(t, "the loss", c.Changed, func() bool { return c.Status().State == Reconnecting })
	subscribe(t, f, "open", "secret.plan", "dropped")
	if err := f.Unsubscribe("dropped"); err != nil {
		t.Fatal(err)
	}
	if err := b.Restart(testContext(t)); err != nil {
		t.Fatal(err)
	}
	await(t, "the refusal of one", f.Changed, func() bool { return f.Subscriptions()[1].Err != nil })
	out := bare(t, b.URL(), natsgo.UserInfo("bob", "b"))
	out.Publish("dropped", nil)
	out.Publish("open", []byte("yes"))
	out.Flush()
	awaitReceived(t, f, 1)
	if got := f.Window(0, 5); string(got[0].Data) != "yes" {
		t.Errorf("Window = %+v", got)
	}
}

func TestRingHoldsItsBoundsWhateverComes(t *testing.T) {
	for _, max := range []int{1, 2, 63, 64, 65, 1000} {
		r := newRing(max, 500)
		sizes := []int64{10, 0, 499, 500, 501, 10_000, 3, 1}
		for i := range 3000 {
			size := sizes[(i*7+i/11)%len(sizes)]
			r.push(Delivery{Subject: strings.Repeat("x", i%3)}, size)
			if r.count > max || r.count < 1 || r.bytes > 500 && r.count > 1 {
				t.Fatalf("max %d: %d messages, %d bytes", max, r.count, r.bytes)
			}
			if len(r.slots) > max {
				t.Fatalf("max %d: %d slots", max, len(r.slots))
			}
			window := r.window(0, 10_000)
			var bytes int64
			for j, d := range window {
				if d.Seq != r.first()+uint64(j) {
					t.Fatalf("max %d: sequence %d at %d", max, d.Seq, j)
				}
			}
			for k := range r.count {
				bytes += r.slots[(r.head+k)%len(r.slots)].size
			}
			if len(window) != r.count || window[len(window)-1].Seq != uint64(i+1) || bytes != r.bytes {
				t.Fatalf("max %d: window %d, count %d, bytes %d of %d", max, len(window), r.count, bytes, r.bytes)
			}
		}
	}
}

// What belongs to the machinery of NATS is counted apart where the subscription was not made for it.
func TestFeedTellsSystemMessagesApart(t *testing.T) {
	b := startBroker(t, broker.Options{})
	c := connect(t, Options{URLs: []string{b.URL()}})
	f := c.NewFeed(FeedOptions{})
	subscribe(t, f, ">", "_INBOX.>", "$KV.>")
	out := bare(t, b.URL())
	for _, subject := range []string{"foo", "_INBOX.a.b", "$KV.bucket.key", "_INBOXES.a", "a.$KV"} {
		out.Publish(subject, nil)
	}
	out.Flush()
	awaitReceived(t, f, 7)
	for i, want := range [][2]uint64{{5, 2}, {1, 0}, {1, 0}} {
		if s := f.Subscriptions()[i]; s.Received != want[0] || s.System != want[1] {
			t.Errorf("%s received %d, %d of them system, not %v", s.Subject, s.Received, s.System, want)
		}
	}
}

func TestASubscriptionTakesItsSubjects(t *testing.T) {
	for _, c := range []struct {
		info    SubscriptionInfo
		subject string
		want    bool
	}{
		{SubscriptionInfo{Subject: "foo"}, "foo", true},
		{SubscriptionInfo{Subject: "foo.*"}, "foo.bar", true},
		{SubscriptionInfo{Subject: "foo.*"}, "foo", false},
		{SubscriptionInfo{Subject: ">"}, "foo.bar", true},
		{SubscriptionInfo{Subject: "foo", Err: ErrClosed}, "foo", false},
	} {
		if got := c.info.Takes(c.subject); got != c.want {
			t.Errorf("%s takes %s: %v", c.info.Subject, c.subject, got)
		}
	}
}
