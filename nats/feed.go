package nats

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	natsgo "github.com/nats-io/nats.go"

	"aidbox-nats/nats/watch"
)

const (
	defaultFeedMessages = 10_000
	defaultFeedBytes    = 64 << 20
)

// FeedOptions bound what a feed keeps.
type FeedOptions struct {
	// MaxMessages is how many messages are kept. Zero: 10,000.
	MaxMessages int
	// MaxBytes is how many bytes (subject, reply, header and data) are kept. Zero: 64 MiB. A single message
	// that is larger is kept alone, because what a person waits for should be seen; so a feed holds at most
	// the greater of MaxBytes and the server's largest payload.
	MaxBytes int64
	// PendingMessages and PendingBytes bound what waits, for each subscription, between the network and the
	// feed; what comes on top is dropped and counted. Zero: nats.go's own 524,288 messages and 64 MiB.
	PendingMessages int
	PendingBytes    int
}

// Delivery is one message that arrived. It is never changed after it was handed out; Header and Data are
// shared with the feed and must not be written to.
type Delivery struct {
	Seq          uint64 // 1, 2, 3, ... in this feed
	Received     time.Time
	Subscription string // the subject subscribed to
	Subject      string
	Reply        string
	Header       natsgo.Header
	Data         []byte
}

// System says that a message belongs to the machinery of NATS and came along with a subscription that was made for more:
// its subject begins with $ or _INBOX., and the subscription does not.
func (d Delivery) System() bool { return reserved(d.Subject) && !reserved(d.Subscription) }

func reserved(subject string) bool {
	return strings.HasPrefix(subject, "$") || strings.HasPrefix(subject, "_INBOX.")
}

// SubscriptionInfo describes one subscription of a feed.
type SubscriptionInfo struct {
	Subject  string
	Received uint64 // messages that reached the feed
	System   uint64 // of these, those that are Delivery.System
	Bytes    uint64 // of these, with subject, reply and header
	Dropped  uint64 // messages that came too fast and never reached the feed
	// Err is *PermissionError when the server refuses the subscription. A reconnect asks the server again.
	Err   error
	Since time.Time
}

// Takes says whether a message with this subject comes by the subscription.
func (s SubscriptionInfo) Takes(subject string) bool {
	return s.Err == nil && subjectsOverlap(subject, s.Subject)
}

// Counters are the totals of a feed. Next-First messages are kept.
type Counters struct {
	Received uint64 // messages, of all subscriptions there ever were
	Bytes    uint64 // of these
	Evicted  uint64 // received, but no longer kept
	Dropped  uint64 // never received, see SubscriptionInfo
	Kept     int
	// First is the sequence of the oldest message kept, Next that of the next one to come. Both are equal when
	// nothing is kept.
	First, Next uint64
	// Revision grows with every change of the feed.
	Revision uint64
}

// Feed keeps the newest messages of any number of subscriptions in one bounded buffer, in the order in which
// they arrived. Receiving only appends and counts; whoever looks, asks for the window that is to be seen.
type Feed struct {
	conn    *Conn
	options FeedOptions

	mu       sync.Mutex
	ring     ring
	subs     []*subscription // in the order added
	counters Counters        // Dropped holds only those of subscriptions that are gone
	changed  watch.Signal
	closed   bool
}

// subscription is guarded by its feed's mu. sub is set only while the Conn's subscribing is held as well.
type subscription struct {
	info   SubscriptionInfo
	sub    *natsgo.Subscription
	closed bool
	// earlier is what was dropped on links before the present one, current what on this one.
	earlier, current uint64
}

// NewFeed makes a feed without subscriptions. It ends with its own Close or that of the connection.
func (c *Conn) NewFeed(o FeedOptions) *Feed {
	if o.MaxMessages <= 0 {
		o.MaxMessages = defaultFeedMessages
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = defaultFeedBytes
	}
	if o.PendingMessages <= 0 {
		o.PendingMessages = natsgo.DefaultSubPendingMsgsLimit
	}
	if o.PendingBytes <= 0 {
		o.PendingBytes = natsgo.DefaultSubPendingBytesLimit
	}
	f := &Feed{conn: c, options: o, ring: newRing(o.MaxMessages, o.MaxBytes)}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.status.State == Closed {
		f.closed = true
	} else {
		c.feeds[f] = struct{}{}
	}
	return f
}

// Subscribe adds a subscription and returns when the server has taken it. Without a connection it returns at
// once, and the subscription is made when there is one; a refusal then shows in Subscriptions. It fails with
// *PermissionError, *SubjectError, ErrDuplicate or ErrClosed, and then the feed has no such subscription.
func (f *Feed) Subscribe(ctx context.Context, subject string) error {
	if err := ValidSubject(subject, true); err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	start := time.Now()
	s := &subscription{info: SubscriptionInfo{Subject: subject, Since: start}}
	if err := f.add(s); err != nil {
		return fmt.Errorf("subscribe to %s: %w", quote(subject), err)
	}
	err := f.establish(ctx, s)
	if err != nil {
		f.remove(s)
	}
	f.conn.recordCall(Operation{Verb: "SUB", Subject: subject, Background: IsBackground(ctx)}, start, err)
	return err
}

func (f *Feed) add(s *subscription) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return ErrClosed
	}
	if f.find(s.info.Subject) != nil {
		return ErrDuplicate
	}
	f.subs = append(f.subs, s)
	f.touch()
	return nil
}

// establish makes a subscription if there is a connection; else connected makes it later.
func (f *Feed) establish(ctx context.Context, s *subscription) error {
	l, err := f.conn.usable()
	switch {
	case errors.Is(err, ErrClosed):
		return fmt.Errorf("subscribe to %s: %w", quote(s.info.Subject), ErrClosed)
	case err != nil:
		return nil
	}
	refuses := func(p *PermissionError) bool { return p.Op == OpSubscribe && p.Subject == s.info.Subject }
	err = f.conn.roundTrip(ctx, l, refuses, func() error {
		f.conn.subscribing.Lock()
		defer f.conn.subscribing.Unlock()
		return f.start(l, s)
	})
	switch {
	case err == nil:
		f.mu.Lock()
		defer f.mu.Unlock()
		return s.info.Err // when connected was faster and the refusal came before this call could wait for it
	case errors.As(err, new(*PermissionError)):
		return err
	case errors.Is(err, ErrNotConnected):
		return nil // nats.go subscribes again when it is connected again
	}
	return fmt.Errorf("subscribe to %s: %w", quote(s.info.Subject), err)
}

// start subscribes on a link, unless that is done. It needs the Conn's subscribing.
func (f *Feed) start(l *link, s *subscription) error {
	f.mu.Lock()
	done := s.closed || s.sub != nil && s.sub.IsValid()
	f.mu.Unlock()
	if done {
		return nil
	}
	sub, err := l.nc.Subscribe(s.info.Subject, func(m *natsgo.Msg) { f.receive(s, m) })
	if errors.Is(err, natsgo.ErrConnectionClosed) {
		return nil // attach makes it on the next link
	}
	if err != nil {
		return err
	}
	if err := sub.SetPendingLimits(f.options.PendingMessages, f.options.PendingBytes); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	s.sub = sub
	s.earlier, s.current = s.earlier+s.current, 0
	return nil
}

// attach carries the subscriptions over to a new link. It needs the Conn's subscribing.
func (f *Feed) attach(l *link) {
	f.mu.Lock()
	subs := slices.Clone(f.subs)
	f.mu.Unlock()
	for _, s := range subs {
		if err := f.start(l, s); err != nil {
			f.mu.Lock()
			s.info.Err = err
			f.touch()
			f.mu.Unlock()
		}
	}
}

// receive is nats.go's callback. It only appends and counts.
func (f *Feed) receive(s *subscription, m *natsgo.Msg) {
	size := uint64(m.Size())
	now := time.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	if s.closed {
		return
	}
	s.info.Received++
	s.info.Bytes += size
	f.counters.Received++
	f.counters.Bytes += size
	d := Delivery{
		Received: now, Subscription: s.info.Subject,
		Subject: m.Subject, Reply: m.Reply, Header: m.Header, Data: m.Data,
	}
	if d.System() {
		s.info.System++
	}
	f.ring.push(d, int64(size))
	f.touch()
}

// Unsubscribe ends a subscription; what it received stays. It fails with ErrNotSubscribed or ErrClosed.
func (f *Feed) Unsubscribe(subject string) error {
	f.mu.Lock()
	s := f.find(subject)
	closed := f.closed
	f.mu.Unlock()
	switch {
	case closed:
		return fmt.Errorf("unsubscribe from %s: %w", quote(subject), ErrClosed)
	case s == nil:
		return fmt.Errorf("unsubscribe from %s: %w", quote(subject), ErrNotSubscribed)
	}
	start := time.Now()
	f.remove(s)
	f.conn.recordCall(Operation{Verb: "UNSUB", Subject: subject}, start, nil)
	return nil
}

// remove takes a subscription out. Nothing of it reaches the feed afterwards.
func (f *Feed) remove(s *subscription) {
	f.mu.Lock()
	if s.closed {
		f.mu.Unlock()
		return
	}
	s.closed = true
	f.subs = slices.DeleteFunc(f.subs, func(other *subscription) bool { return other == s })
	f.touch()
	f.mu.Unlock()

	// A start that was under way has finished when subscribing is free, and no new one begins.
	f.conn.subscribing.Lock()
	defer f.conn.subscribing.Unlock()
	f.mu.Lock()
	f.counters.Dropped += s.dropped()
	sub := s.sub
	f.mu.Unlock()
	if sub != nil {
		// It fails only when the connection is gone, and the subscription with it.
		_ = sub.Unsubscribe()
	}
}

// dropped asks nats.go how many messages it threw away. It needs the feed's mu.
func (s *subscription) dropped() uint64 {
	if s.sub != nil {
		if n, err := s.sub.Dropped(); err == nil {
			s.current = uint64(n)
		}
	}
	return s.earlier + s.current
}

// Subscriptions lists the subscriptions in the order in which they were added.
func (f *Feed) Subscriptions() []SubscriptionInfo {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := make([]SubscriptionInfo, len(f.subs))
	for i, s := range f.subs {
		out[i] = s.info
		out[i].Dropped = s.dropped()
	}
	return out
}

// Counters returns the totals.
func (f *Feed) Counters() Counters {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.counters
	for _, s := range f.subs {
		c.Dropped += s.dropped()
	}
	c.Kept = f.ring.count
	c.First, c.Next = f.ring.first(), f.ring.next()
	c.Evicted = c.First - 1
	return c
}

// Window returns up to n kept messages, oldest first, from sequence from on, or from the oldest kept when that
// one is gone already. The snapshot stays valid.
func (f *Feed) Window(from uint64, n int) []Delivery {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ring.window(from, n)
}

// Changed returns a channel that is closed at the next change. Take it, then look, then wait.
func (f *Feed) Changed() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.changed.Changed()
}

// Close ends all subscriptions. What was received can still be read.
func (f *Feed) Close() {
	f.mu.Lock()
	f.closed = true
	subs := slices.Clone(f.subs)
	f.mu.Unlock()
	for _, s := range subs {
		f.remove(s)
	}
	f.conn.mu.Lock()
	defer f.conn.mu.Unlock()
	delete(f.conn.feeds, f)
}

// refuse notes that the server does not allow a subscription.
func (f *Feed) refuse(violation *PermissionError) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s := f.find(violation.Subject); s != nil {
		s.info.Err = violation
		f.touch()
	}
}

// clearRefusals forgets refusals: the server was asked again, and answers anew.
func (f *Feed) clearRefusals() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.subs {
		if s.info.Err != nil {
			s.info.Err = nil
			f.touch()
		}
	}
}

// find needs mu.
func (f *Feed) find(subject string) *subscription {
	for _, s := range f.subs {
		if s.info.Subject == subject {
			return s
		}
	}
	return nil
}

// touch needs mu.
func (f *Feed) touch() {
	f.counters.Revision++
	f.changed.Fire()
}
