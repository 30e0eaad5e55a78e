package change_test

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/sandbox"
	"aidbox-nats/nats"
	"aidbox-nats/nats/broker"
	"aidbox-nats/tui"
	"aidbox-nats/tui/term/grid"
)

// console is a running console, its servers, and a client of the test's own.
type console struct {
	*grid.Grid
	t        *testing.T
	sandbox  *sandbox.Server
	client   *aidbox.Client
	recorder *aidbox.Recorder
}

type options struct {
	version int // of Aidbox; zero: the sandbox's own
	w, h    int // zero: 120x40
}

func start(t *testing.T, o options) *console {
	t.Helper()
	if o.w == 0 {
		o.w, o.h = 120, 40
	}
	ctx, cancel := context.WithTimeout(context.Background(), grid.Deadline)
	defer cancel()
	b, err := broker.Start(ctx, broker.Options{Port: -1, StoreDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Stop(context.Background()) })
	s, err := sandbox.Start(ctx, sandbox.Options{Addr: "127.0.0.1:0", DataDir: t.TempDir(), Version: o.version})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(context.Background()) })
	recorder, journal := aidbox.NewRecorder(aidbox.RecorderOptions{}), nats.NewJournal(0)
	config := aidbox.Config{URL: s.URL(), ClientID: "root", Secret: "secret"}
	own, err := aidbox.New(config)
	if err != nil {
		t.Fatal(err)
	}
	config.Recorder = recorder
	client, err := aidbox.New(config)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := nats.Dial(ctx, nats.Options{URLs: []string{b.URL()}, Journal: journal, ReconnectWait: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	if err := conn.WaitConnected(ctx); err != nil {
		t.Fatal(err)
	}
	m := tui.New(context.Background(), tui.Options{
		Aidbox: client, Recorder: recorder, NATS: conn, Journal: journal,
		URLForAidbox: strings.Replace(b.URL(), "127.0.0.1", "host.docker.internal", 1),
		Sandbox:      true, Dark: true, Renderer: grid.Renderer(),
	})
	t.Cleanup(m.Close)
	c := &console{t: t, sandbox: s, client: own, recorder: recorder, Grid: grid.Start(t, m, o.w, o.h)}
	c.WaitFor("No topics yet")
	return c
}

// open opens the dialog and waits until its text was checked.
func (c *console) open() {
	c.t.Helper()
	c.Press("c")
	c.WaitFor("Create a patient")
	c.WaitFor("valid R4")
}

func (c *console) within() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), grid.Deadline)
	c.t.Cleanup(cancel)
	return ctx
}

// topic makes the topic of patients with a name, and a destination if asked
// for, and waits until the console has read them.
func (c *console) topic(destination bool) {
	c.t.Helper()
	_, err := c.client.CreateTopic(c.within(), aidbox.Topic{ID: "patient-topic", URL: "patient-topic", Status: "active",
		Triggers: []aidbox.Trigger{{Resource: "Patient", Criteria: "name.exists()"}}})
	if err != nil {
		c.t.Fatal(err)
	}
	if destination {
		_, err := c.client.CreateDestination(c.within(), aidbox.Destination{
			ID: "basic", Kind: aidbox.KindCoreBestEffort, Topic: "patient-topic",
			Profile: aidbox.ProfileURL(aidbox.KindCoreBestEffort, 2609),
			Parameters: []aidbox.Parameter{{Name: "url", Value: "nats://127.0.0.1:1"}, {Name: "subject", Value: "foo"},
				{Name: "sslContext", Value: "none"}},
		})
		if err != nil {
			c.t.Fatal(err)
		}
	}
	c.Press("r")
	c.WaitFor("patient-topic")
	if destination {
		c.WaitFor("basic")
	}
}

// make creates a resource behind the console's back.
func (c *console) make(body string) aidbox.Resource {
	c.t.Helper()
	r, err := c.client.Create(c.within(), typeOf(body), []byte(body), aidbox.WriteOptions{})
	if err != nil {
		c.t.Fatal(err)
	}
	return r
}

func typeOf(body string) string {
	var v struct{ ResourceType string }
	json.Unmarshal([]byte(body), &v)
	return v.ResourceType
}

// held are the resources of a type that the server has.
func (c *console) held(resourceType string) []aidbox.Resource {
	c.t.Helper()
	page, err := c.client.Search(c.within(), resourceType, url.Values{})
	if err != nil {
		c.t.Fatal(err)
	}
	var out []aidbox.Resource
	for _, e := range page.Entries {
		out = append(out, e.Resource)
	}
	return out
}

// sent are the requests of the console that changed something, oldest first.
func (c *console) sent() []aidbox.Exchange {
	var out []aidbox.Exchange
	for _, e := range c.recorder.Exchanges(0) {
		if e.Method != "GET" {
			out = append(out, e)
		}
	}
	return out
}
