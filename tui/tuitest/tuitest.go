// Package tuitest starts a whole console for a test: a broker and a sandbox of
// its own, clients to both, and the screen on a grid of cells. A test presses
// keys, waits for what the grid shows, and then looks at what the servers hold.
package tuitest

import (
	"cmp"
	"context"
	"encoding/json"
	"net"
	"net/url"
	"strconv"
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

// Options say what console a test needs. The zero value is one of 140 times 42
// cells on the newest sandbox.
type Options struct {
	Width, Height int
	// Version is the sandbox's version of Aidbox. Zero: its own default.
	Version int
	// StrictProfiles lets the sandbox refuse the profiles of another version.
	StrictProfiles bool
	// ReadOnly lets neither client change its server.
	ReadOnly bool
	// Aidbox and NATS change what the console's clients are made of. With
	// either the connection to NATS is not waited for.
	Aidbox func(*aidbox.Config)
	NATS   func(*nats.Options)
	// Console changes what the console is told.
	Console func(*tui.Options)
}

// Console is a running console and the servers it works on.
type Console struct {
	*grid.Grid
	T       testing.TB
	Broker  *broker.Broker
	Sandbox *sandbox.Server
	// Client is the test's own, so that the wire shows only what the console did.
	Client *aidbox.Client
	// Conn, Recorder and Journal are the console's.
	Conn     *nats.Conn
	Recorder *aidbox.Recorder
	Journal  *nats.Journal

	sandboxOptions sandbox.Options
}

// Start runs a console and waits until it is drawn, and, unless a client was
// changed, until it is connected and has read the topics and Aidbox's version.
// All of it ends with the test.
func Start(t testing.TB, o Options) *Console {
	t.Helper()
	ctx := Context(t)
	c := &Console{T: t, Recorder: aidbox.NewRecorder(aidbox.RecorderOptions{}), Journal: nats.NewJournal(0)}
	c.serve(ctx, o)

	ac := aidbox.Config{URL: c.Sandbox.URL(), ClientID: "root", Secret: "secret"}
	c.Client = client(t, ac)
	ac.Recorder, ac.ReadOnly = c.Recorder, o.ReadOnly
	nc := nats.Options{URLs: []string{c.Broker.URL()}, Journal: c.Journal, ReconnectWait: 20 * time.Millisecond, ReadOnly: o.ReadOnly}
	if o.Aidbox != nil {
		o.Aidbox(&ac)
	}
	if o.NATS != nil {
		o.NATS(&nc)
	}
	var err error
	if c.Conn, err = nats.Dial(ctx, nc); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Conn.Close)
	asGiven := o.Aidbox == nil && o.NATS == nil
	if asGiven {
		if err := c.Conn.WaitConnected(ctx); err != nil {
			t.Fatal(err)
		}
	}
	to := tui.Options{
		Aidbox: client(t, ac), Recorder: c.Recorder, NATS: c.Conn, Journal: c.Journal,
		URLForAidbox: strings.Replace(c.Broker.URL(), "127.0.0.1", "host.docker.internal", 1),
		Sandbox:      true, ReadOnly: o.ReadOnly, Dark: true, Renderer: grid.Renderer(), Clipboard: terminal{c},
	}
	if o.Console != nil {
		o.Console(&to)
	}
	if o.Width == 0 {
		o.Width, o.Height = 140, 42
	}
	m := tui.New(context.Background(), to)
	t.Cleanup(m.Close)
	c.Grid = grid.Start(t, m, o.Width, o.Height)
	c.WaitFor("Topics")
	if asGiven {
		c.WaitFor("No topics yet")
		// Forms ask for what the version has.
		c.WaitFor(" " + strconv.Itoa(cmp.Or(o.Version, sandbox.DefaultVersion)) + " ")
	}
	return c
}

// serve starts the broker and the sandbox.
func (c *Console) serve(ctx context.Context, o Options) {
	c.T.Helper()
	var err error
	if c.Broker, err = broker.Start(ctx, broker.Options{Port: broker.FreePort, StoreDir: c.T.TempDir()}); err != nil {
		c.T.Fatal(err)
	}
	c.T.Cleanup(func() { c.Broker.Stop(context.Background()) })
	c.sandboxOptions = sandbox.Options{Addr: "127.0.0.1:0", DataDir: c.T.TempDir(), Version: o.Version, StrictProfiles: o.StrictProfiles}
	c.startSandbox(ctx)
	address, err := url.Parse(c.Sandbox.URL())
	if err != nil {
		c.T.Fatal(err)
	}
	c.sandboxOptions.Addr = net.JoinHostPort(address.Hostname(), address.Port())
	c.T.Cleanup(func() { c.Sandbox.Close(context.Background()) })
}

func (c *Console) startSandbox(ctx context.Context) {
	c.T.Helper()
	var err error
	if c.Sandbox, err = sandbox.Start(ctx, c.sandboxOptions); err != nil {
		c.T.Fatal(err)
	}
}

func client(t testing.TB, config aidbox.Config) *aidbox.Client {
	t.Helper()
	c, err := aidbox.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// terminal is the console's own, to copy through.
type terminal struct{ c *Console }

func (t terminal) Write(p []byte) (int, error) { return t.c.Grid.Write(p) }

// Context has a deadline for the waiting that a test does beside the screen.
func Context(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), grid.Deadline)
	t.Cleanup(cancel)
	return ctx
}

// StopSandbox takes Aidbox away.
func (c *Console) StopSandbox() {
	c.T.Helper()
	if err := c.Sandbox.Close(Context(c.T)); err != nil {
		c.T.Fatal(err)
	}
}

// StartSandbox brings Aidbox back on the same port with the same data, as the
// version given.
func (c *Console) StartSandbox(version int) {
	c.T.Helper()
	c.sandboxOptions.Version = version
	c.startSandbox(Context(c.T))
}

// Put makes a resource of that id, or changes it, beside the console.
func (c *Console) Put(resourceType, id, body string) aidbox.Resource {
	c.T.Helper()
	r, err := c.Client.Update(Context(c.T), resourceType, id, []byte(body), aidbox.WriteOptions{})
	if err != nil {
		c.T.Fatal(err)
	}
	return r
}

// Create makes a resource beside the console; its type is read from body.
func (c *Console) Create(body string) aidbox.Resource {
	c.T.Helper()
	var v struct{ ResourceType string }
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		c.T.Fatal(err)
	}
	r, err := c.Client.Create(Context(c.T), v.ResourceType, []byte(body), aidbox.WriteOptions{})
	if err != nil {
		c.T.Fatal(err)
	}
	return r
}

// Topic makes an active topic of patients beside the console. An empty
// criterion lets every change fire.
func (c *Console) Topic(url, criterion string) aidbox.Topic {
	c.T.Helper()
	t, err := c.Client.CreateTopic(Context(c.T), aidbox.Topic{URL: url, Status: "active",
		Triggers: []aidbox.Trigger{{Resource: "Patient", Criteria: criterion}}})
	if err != nil {
		c.T.Fatal(err)
	}
	return t
}

// Destination makes a destination on the broker beside the console.
func (c *Console) Destination(id, kind, topic, subject string) {
	c.T.Helper()
	_, err := c.Client.CreateDestination(Context(c.T), aidbox.Destination{ID: id, Kind: kind, Topic: topic,
		Profile: aidbox.ProfileURL(kind, 2609), Parameters: []aidbox.Parameter{
			{Name: "url", Value: c.Broker.URL()}, {Name: "subject", Value: subject}, {Name: "sslContext", Value: "none"}}})
	if err != nil {
		c.T.Fatal(err)
	}
}

// Delivered waits until a destination has delivered so many messages.
func (c *Console) Delivered(id string, n int64) {
	c.T.Helper()
	ctx := Context(c.T)
	for {
		s, err := c.Client.Status(ctx, id)
		if err != nil {
			c.T.Fatal(err)
		}
		if s.Delivered != nil && *s.Delivered >= n {
			return
		}
	}
}

// Held is the resource that the server has, decoded.
func (c *Console) Held(resourceType, id string) map[string]any {
	c.T.Helper()
	r, err := c.Client.Read(Context(c.T), resourceType, id)
	if err != nil {
		c.T.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(r.Raw, &v); err != nil {
		c.T.Fatal(err)
	}
	return v
}

// All are the resources of a type that the server has.
func (c *Console) All(resourceType string) []aidbox.Resource {
	c.T.Helper()
	page, err := c.Client.Search(Context(c.T), resourceType, url.Values{})
	if err != nil {
		c.T.Fatal(err)
	}
	var out []aidbox.Resource
	for _, e := range page.Entries {
		out = append(out, e.Resource)
	}
	return out
}

// Sent are the requests of the console that changed something, oldest first.
func (c *Console) Sent() []aidbox.Exchange {
	var out []aidbox.Exchange
	for _, e := range c.Recorder.Exchanges(0) {
		if e.Method != "GET" {
			out = append(out, e)
		}
	}
	return out
}
