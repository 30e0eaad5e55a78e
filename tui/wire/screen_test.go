package wire_test

import (
	"net"
	"testing"

	natsgo "github.com/nats-io/nats.go"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
	"aidbox-nats/tui/tuitest"
)

// sizes are those that frames are kept of.
var sizes = map[string][2]int{"140x42": {140, 42}, "80x24": {80, 24}}

// console shows the wire.
type console struct {
	*tuitest.Console
	t *testing.T
}

func start(t *testing.T, w, h int) console {
	t.Helper()
	c := console{tuitest.Start(t, tuitest.Options{Width: w, Height: h}), t}
	c.Press("w")
	c.WaitFor("Wire")
	return c
}

// client sends what the console could send, to any address.
func (c console) client(url string) *aidbox.Client {
	c.t.Helper()
	client, err := aidbox.New(aidbox.Config{URL: url, ClientID: "root", Secret: "secret", Recorder: c.Recorder})
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(client.Close)
	return client
}

// nobody is an address at which nobody listens.
func nobody(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestFramesOfTheWire(t *testing.T) {
	for name, size := range sizes {
		t.Run(name, func(t *testing.T) {
			c := start(t, size[0], size[1])
			narrow := size[0] < 100
			// detail keeps the frame of what came last.
			detail := func(what string) {
				t.Helper()
				if narrow {
					c.Press("enter")
				}
				c.Frame(what + "-" + name)
				if narrow {
					c.Press("esc")
					c.WaitFor("─ Wire ─")
				}
			}
			_, err := c.client(c.Sandbox.URL()).Create(tuitest.Context(t), "Patient",
				[]byte(`{"resourceType":"Patient","id":"p1","name":[{"family":"smith"}]}`), aidbox.WriteOptions{CorrelationID: "c-0001"})
			if err != nil {
				t.Fatal(err)
			}
			c.WaitFor("/fhir/Patient")
			detail("http")

			if err := c.Conn.Publish(tuitest.Context(t), nats.Message{Subject: "foo", Reply: "back",
				Header: natsgo.Header{"content-type": {"application/json"}}, Data: []byte(`{"hello": ["NATS", 2]}`)}); err != nil {
				t.Fatal(err)
			}
			c.WaitFor("foo")
			detail("nats")

			_, err = c.client("http://"+nobody(t)).Read(tuitest.Context(t), "Patient", "p1")
			if err == nil {
				t.Fatal("somebody answers")
			}
			c.WaitFor("fail")
			detail("failed")
			if narrow {
				c.Frame("list-" + name)
			}
		})
	}
}
