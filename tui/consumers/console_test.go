package consumers_test

import (
	"context"
	"fmt"
	"regexp"
	"testing"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"aidbox-nats/tui/data"
	"aidbox-nats/tui/tuitest"
	"aidbox-nats/tui/widget"
)

// console is a console with streams, and a client of the test's own beside it.
type console struct {
	*tuitest.Console
	js jetstream.JetStream
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// start is a console with stream EVENTS of that retention on patients.>, n
// messages in it.
func start(t *testing.T, o tuitest.Options, retention jetstream.RetentionPolicy, n int) *console {
	t.Helper()
	c := &console{Console: tuitest.Start(t, o)}
	nc, err := natsgo.Connect(c.Broker.URL(), natsgo.Name("worker"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	if c.js, err = jetstream.New(nc); err != nil {
		t.Fatal(err)
	}
	_, err = c.js.CreateStream(c.ctx(), jetstream.StreamConfig{Name: "EVENTS", Subjects: []string{"patients.>"}, Retention: retention, AllowDirect: true})
	if err != nil {
		t.Fatal(err)
	}
	c.publish(n)
	return c
}

func (c *console) ctx() context.Context { return tuitest.Context(c.T) }

// publish stores n messages more.
func (c *console) publish(n int) {
	c.T.Helper()
	for i := range n {
		msg := natsgo.NewMsg("patients.test")
		msg.Header.Set("correlation-id", fmt.Sprintf("order-%d", i+1))
		msg.Data = fmt.Appendf(nil, `{"note": "message %d", "given": ["Ann"]}`, i+1)
		if _, err := c.js.PublishMsg(c.ctx(), msg); err != nil {
			c.T.Fatal(err)
		}
	}
}

// open shows the consumers of a stream.
func (c *console) open(stream string) {
	c.T.Helper()
	c.Send(data.Consume{Stream: stream})
	c.Send(widget.Go{Pane: "consumers"})
	c.WaitFor("Consumers of " + stream)
}

// consumer makes a consumer beside the console.
func (c *console) consumer(config jetstream.ConsumerConfig) jetstream.Consumer {
	c.T.Helper()
	k, err := c.js.CreateConsumer(c.ctx(), "EVENTS", config)
	if err != nil {
		c.T.Fatal(err)
	}
	return k
}

func durable(name string) jetstream.ConsumerConfig {
	return jetstream.ConsumerConfig{Durable: name, AckPolicy: jetstream.AckExplicitPolicy}
}

// fetch pulls n messages as a worker does.
func (c *console) fetch(k jetstream.Consumer, n int) []jetstream.Msg {
	c.T.Helper()
	batch, err := k.Fetch(n, jetstream.FetchMaxWait(10*time.Second))
	if err != nil {
		c.T.Fatal(err)
	}
	var out []jetstream.Msg
	for m := range batch.Messages() {
		out = append(out, m)
	}
	if len(out) != n {
		c.T.Fatalf("%d messages, not %d: %v", len(out), n, batch.Error())
	}
	return out
}

func (c *console) info(name string) *jetstream.ConsumerInfo {
	c.T.Helper()
	k, err := c.js.Consumer(c.ctx(), "EVENTS", name)
	if err != nil {
		c.T.Fatal(err)
	}
	return k.CachedInfo()
}

// sent says whether the console sent a command that ends so.
func (c *console) commands() string {
	var out string
	for _, o := range c.Journal.Operations(0) {
		if !o.Background {
			out += o.Command() + "\n"
		}
	}
	return out
}

var (
	acks    = regexp.MustCompile(`\$JS\.ACK\.[^ '│]+`)
	clients = regexp.MustCompile(`pinned to \w+`)
)

// frame waits for the golden frame of that name.
func (c *console) frame(name string) {
	c.T.Helper()
	c.GoldenSoon(name, func(screen string) string {
		screen = acks.ReplaceAllString(screen, "$$JS.ACK.EVENTS")
		return tuitest.Steady(clients.ReplaceAllString(screen, "pinned to CLIENT"))
	})
}

var sizes = map[string][2]int{"140x42": {140, 42}, "80x24": {80, 24}}
