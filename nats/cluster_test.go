package nats

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"aidbox-nats/nats/broker"
)

// startCluster starts three servers that know each other.
func startCluster(t *testing.T) map[string]*broker.Broker {
	t.Helper()
	routes := []int{freePort(t), freePort(t), freePort(t)}
	members := map[string]*broker.Broker{}
	for i := range routes {
		name := fmt.Sprintf("n%d", i)
		members[name] = startBroker(t, broker.Options{Configure: func(o *server.Options) error {
			o.ServerName = name
			o.Cluster = server.ClusterOpts{Name: "c", Host: "127.0.0.1", Port: routes[i]}
			for _, port := range routes {
				o.Routes = append(o.Routes, routeURL(port))
			}
			return nil
		}})
	}
	return members
}

// Two that keep their order in one stream with three replicas hold each other up no longer than it takes to store a
// message, although each comes between the other's: a message that such a stream refuses for its predecessor is not
// heard of again before the duplicate window is over.
func TestTwoChainsShareAStreamWithReplicas(t *testing.T) {
	members := startCluster(t)
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	defer cancel()
	const n = 100
	ended := make(chan error, 2)
	for i, at := range []string{"n0", "n1"} {
		c := connect(t, Options{URLs: []string{members[at].URL()}})
		if i == 0 {
			if _, err := c.CreateStream(ctx, StreamConfig{Name: "S", Subjects: []string{"s"}, Replicas: 3}); err != nil {
				t.Fatal(err)
			}
		}
		p := newAsync(t, c, AsyncOptions{Window: 16, Chained: true})
		go func() {
			for seq := range n {
				m := Message{Subject: "s", Data: fmt.Append(nil, i, " ", seq)}
				if _, err := p.Publish(ctx, m, StoreOptions{MsgID: string(m.Data)}); err != nil {
					ended <- err
					return
				}
			}
			ended <- p.Settle(ctx)
		}()
	}
	for range 2 {
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
	}
	c := connect(t, Options{URLs: []string{members["n2"].URL()}})
	r := must(c.OpenStream(ctx, "S", ReaderOptions{}))
	next := [2]int{}
	for page := must(r.First(ctx)); ; page = must(r.After(ctx, page.Messages[len(page.Messages)-1].Seq)) {
		for _, m := range page.Messages {
			var i, seq int
			if _, err := fmt.Sscan(string(m.Data), &i, &seq); err != nil || seq != next[i] {
				t.Fatalf("message %d is %q, %v, after %v", m.Seq, m.Data, err, next)
			}
			next[i]++
		}
		if !page.After {
			break
		}
	}
	if next != [2]int{n, n} {
		t.Errorf("stored are %v", next)
	}
}

// With three replicas nothing is lost, stored twice or out of order, and reading goes on, when the leader of a stream
// is stopped while messages come in. In flight is one at a time: a new leader can come between two.
func TestStreamOutlivesItsLeader(t *testing.T) {
	members := startCluster(t)
	var urls []string
	for _, name := range []string{"n0", "n1", "n2"} {
		urls = append(urls, members[name].URL())
	}
	c := connect(t, Options{URLs: urls})
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience) // an election takes seconds
	defer cancel()
	if _, err := c.CreateStream(ctx, StreamConfig{Name: "S", Subjects: []string{"s"}, Replicas: 3}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.CreateConsumer(ctx, "S", ConsumerConfig{Name: "k"}); err != nil {
		t.Fatal(err)
	}
	p := newAsync(t, c, AsyncOptions{Window: 16, Chained: true, AckWait: 2 * time.Second})
	const n = 300
	for acked, stopped := 0, false; acked < n; {
		var batch []*Pending
		for i := acked; i < n && len(batch) < 50; i++ {
			one, err := p.Publish(ctx, Message{Subject: "s", Data: fmt.Append(nil, i)}, StoreOptions{MsgID: fmt.Sprint(i), ExpectStream: "S"})
			if err != nil {
				break
			}
			batch = append(batch, one)
			if i == n/2 && !stopped {
				stopped = true
				leader := must(c.streamInfo(ctx, "S")).Cluster.Leader
				if err := members[leader].Stop(ctx); err != nil {
					t.Fatal(err)
				}
			}
		}
		failed := false
		for _, one := range batch {
			if _, err := one.Wait(ctx); err != nil {
				failed = true
			} else if !failed {
				acked++
			}
		}
		if err := p.Settle(ctx); err != nil {
			t.Fatal(err)
		}
		if err := c.WaitConnected(ctx); err != nil {
			t.Fatal(err)
		}
	}
	got := 0
	r := must(c.OpenStream(ctx, "S", ReaderOptions{}))
	for page := must(r.First(ctx)); ; page = must(r.After(ctx, page.Messages[len(page.Messages)-1].Seq)) {
		for _, m := range page.Messages {
			if string(m.Data) != fmt.Sprint(got) {
				t.Errorf("message %d is %s", got, m.Data)
			}
			got++
		}
		if !page.After {
			break
		}
	}
	if got != n {
		t.Errorf("%d messages", got)
	}
	if m, err := c.LastMessage(ctx, "S", "s"); err != nil || m.Seq != n {
		t.Errorf("LastMessage = %+v, %v", m, err)
	}
	found := 0
	if _, err := c.Find(ctx, "S", FindOptions{Query: must(Text("299")), Backwards: true}, FindEvents{Found: func(StoredMessage) bool { found++; return true }}); err != nil || found != 1 {
		t.Errorf("Find: %d, %v", found, err)
	}
	if m, err := c.Next(ctx, "S", "k"); err != nil || m.Seq != 1 || m.Ack(ctx) != nil {
		t.Errorf("Next = %+v, %v", m, err)
	}
	consumers, err := c.Consumers(ctx, "S")
	if err != nil || len(consumers) != 1 || consumers[0].Leader == "" {
		t.Errorf("Consumers = %+v, %v", consumers, err)
	}
}
