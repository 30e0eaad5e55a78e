package messages_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"aidbox-nats/nats"
	"aidbox-nats/nats/broker"
	"aidbox-nats/tui/tuitest"
)

func TestAMessageIsPublishedAgain(t *testing.T) {
	c := start(t, tuitest.Options{})
	s := c.stream(jetstream.StreamConfig{Name: "EVENTS", Subjects: []string{"e.*"}, AllowDirect: true})
	c.store(natsgo.Msg{Subject: "e.a", Data: []byte(`{"n":1,"name":"smith"}`),
		Header: header("Nats-Msg-Id", "4711", "Nats-Expected-Stream", "EVENTS", "content-type", "application/json")})
	c.open("EVENTS")
	c.WaitFor(`"name": "smith"`)
	c.Press("p")
	c.WaitFor("Publish message 1 of EVENTS again")
	c.WaitFor("Nats-Msg-Id is left out")
	c.WaitFor("Nats-Expected-Stream is left out")
	c.WaitFor("EVENTS takes it")
	c.WaitFor("pub --jetstream")
	c.Press("ctrl+s")
	c.WaitFor("Stored in EVENTS as message 2")
	m, err := s.GetMsg(c.ctx, 2)
	if err != nil {
		t.Fatal(err)
	}
	if string(m.Data) != `{"n":1,"name":"smith"}` || m.Header.Get("content-type") != "application/json" ||
		m.Header.Get("Nats-Msg-Id") != "" || m.Header.Get("Nats-Expected-Stream") != "EVENTS" || m.Subject != "e.a" {
		t.Errorf("%+v", m)
	}
	c.WaitFor("1 newer")

	// Edited: the subject, a header, and the body, which stays on one line.
	c.Press("p")
	c.WaitFor("Publish message 1 of EVENTS again")
	c.Press("ctrl+u")
	c.Type("e.b")
	c.Press("tab", "down", "end", "enter")
	c.Type("why: to try it")
	c.Press("tab", "down", "down", "end", "enter")
	c.Press("ctrl+s")
	c.WaitFor("Stored in EVENTS as message 3")
	if m, err = s.GetMsg(c.ctx, 3); err != nil {
		t.Fatal(err)
	}
	if m.Subject != "e.b" || m.Header.Get("why") != "to try it" || string(m.Data) != `{"n":1,"name":"smith"}` {
		t.Errorf("%s %v %s", m.Subject, m.Header, m.Data)
	}

	// Where the stream does not take it, it is refused and nothing is stored.
	c.Press("p")
	c.WaitFor("Publish message 1 of EVENTS again")
	c.Press("ctrl+u")
	c.Type("elsewhere")
	c.WaitFor("EVENTS does not take it")
	c.Press("ctrl+s")
	c.WaitFor("no stream")
	c.Press("esc", "esc")
	if st := c.state(s); st.LastSeq != 3 {
		t.Errorf("%+v", st)
	}
}

// TestWhatCannotBeEditedIsSentAsItIs: bytes that no form can hold.
func TestWhatCannotBeEditedIsSentAsItIs(t *testing.T) {
	c := start(t, tuitest.Options{})
	s := c.stream(jetstream.StreamConfig{Name: "EVENTS", Subjects: []string{"e"}})
	for seq, body := range []string{"\xff\x00\x01", "a\x00b", "tab\tand\r\nlines", strings.Repeat("long ", 20_000), strings.Repeat("line\n", 200), ""} {
		c.store(natsgo.Msg{Subject: "e", Data: []byte(body)})
		c.open("EVENTS")
		c.Press("G")
		c.WaitFor("Message " + strconv.Itoa(2*seq+1) + " of EVENTS")
		c.Press("p")
		c.WaitFor("Publish message " + strconv.Itoa(2*seq+1))
		c.Press("ctrl+s")
		c.WaitFor("Stored in EVENTS as message " + strconv.Itoa(2*seq+2))
		m, err := s.GetMsg(c.ctx, uint64(2*seq+2))
		if err != nil {
			t.Fatal(err)
		}
		if string(m.Data) != body {
			t.Errorf("%q was sent as %q", body[:min(len(body), 40)], m.Data[:min(len(m.Data), 40)])
		}
		c.Press("esc")
		c.WaitGone("Messages of EVENTS")
	}
}

func TestAMessageIsSavedToANewFileOnly(t *testing.T) {
	c := start(t, tuitest.Options{})
	c.stream(jetstream.StreamConfig{Name: "EVENTS", Subjects: []string{"e"}})
	body := patient("p1", "smith", "PUT")
	c.store(natsgo.Msg{Subject: "e", Data: []byte(body)})
	c.open("EVENTS")
	c.WaitFor("Patient/p1")
	dir := t.TempDir()
	save := func(name string) string {
		path := filepath.Join(dir, name)
		c.Press("S")
		c.WaitFor("Save message 1 of EVENTS")
		c.WaitFor("EVENTS-1.json")
		c.Press("ctrl+u")
		c.Type(path)
		c.Press("enter")
		return path
	}
	path := save("a.json")
	c.WaitFor("Message 1 saved")
	got, err := os.ReadFile(path)
	info, _ := os.Stat(path)
	if err != nil || string(got) != body || info.Mode().Perm() != 0o600 {
		t.Errorf("%q, %v, %v", got, info, err)
	}
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	save("a.json")
	c.WaitFor("is there already and stays")
	c.Press("esc", "esc")
	c.WaitGone("Save message 1")
	if got, _ := os.ReadFile(path); string(got) != "mine" {
		t.Errorf("it was overwritten: %q", got)
	}
	save("nowhere/a.json")
	c.WaitFor("save: open")
	c.Press("esc", "esc")
	c.WaitGone("Save message 1")
	c.Press("M")
	c.WaitGone(`"smith"`)
	path = save("masked.json")
	c.WaitFor("Message 1 saved")
	if got, _ := os.ReadFile(path); strings.Contains(string(got), "smith") || !strings.Contains(string(got), "Patient/p1") {
		t.Errorf("masked: %s", got)
	}
}

func TestTheMessageAndItsCommandAreCopied(t *testing.T) {
	c := start(t, tuitest.Options{})
	c.stream(jetstream.StreamConfig{Name: "EVENTS", Subjects: []string{"e"}})
	c.fill("e", 2)
	c.open("EVENTS")
	c.WaitFor("body of 2")
	c.Press("y")
	c.WaitUntil(func(string) bool { return c.Copied() == "body of 2" })
	c.Press("Y")
	c.WaitUntil(func(string) bool { return strings.HasSuffix(c.Copied(), " stream get EVENTS 2") })
}

func TestAStreamThatDeniesDeletionsSaysSo(t *testing.T) {
	c := start(t, tuitest.Options{})
	s := c.stream(jetstream.StreamConfig{Name: "EVENTS", Subjects: []string{"e"}, DenyDelete: true})
	c.fill("e", 2)
	c.open("EVENTS")
	c.WaitFor("body of 2")
	c.Press("d")
	c.WaitFor("EVENTS was made to refuse deletions")
	if st := c.state(s); st.Msgs != 2 {
		t.Errorf("%+v", st)
	}
}

// secured is a console whose user may not do something on a broker of its own.
func secured(t *testing.T, may *server.Permissions) *console {
	t.Helper()
	b, err := broker.Start(tuitest.Context(t), broker.Options{Port: broker.FreePort, StoreDir: t.TempDir(), Configure: func(o *server.Options) error {
		o.Users = []*server.User{{Username: "admin", Password: "a"}, {Username: "joe", Password: "j", Permissions: may}}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Stop(context.Background()) })
	nc, err := natsgo.Connect(b.URL(), natsgo.UserInfo("admin", "a"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	c := &console{ctx: tuitest.Context(t), js: js}
	c.Console = tuitest.Start(t, tuitest.Options{NATS: func(o *nats.Options) {
		o.URLs, o.User, o.Password = []string{b.URL()}, "joe", "j"
	}})
	if err := c.Conn.WaitConnected(c.ctx); err != nil {
		t.Fatal(err)
	}
	return c
}

// deny lets a user do all but this.
func deny(subjects ...string) *server.Permissions {
	return &server.Permissions{Publish: &server.SubjectPermission{Allow: []string{">"}, Deny: subjects}}
}

func TestWhatIsNotAllowedIsSaid(t *testing.T) {
	c := secured(t, deny("$JS.API.STREAM.MSG.GET.EVENTS", "$JS.API.DIRECT.GET.EVENTS"))
	c.stream(jetstream.StreamConfig{Name: "EVENTS", Subjects: []string{"e"}, AllowDirect: true})
	c.fill("e", 2)
	c.open("EVENTS")
	c.WaitFor("not read")
	c.WaitFor(`does not allow user "joe"`)
	c.WaitFor("The server decides this")
}

func TestReadingWithoutDirectReadsIsEnough(t *testing.T) {
	c := secured(t, deny("$JS.API.DIRECT.GET.>", "$JS.API.STREAM.MSG.DELETE.>", "e"))
	s := c.stream(jetstream.StreamConfig{Name: "EVENTS", Subjects: []string{"e"}, AllowDirect: true})
	c.fill("e", 2)
	c.open("EVENTS")
	c.WaitFor("body of 2")
	c.Press("d", "y")
	c.WaitFor(`does not allow user "joe"`)
	c.Press("p")
	c.WaitFor("Publish message 2 of EVENTS again")
	c.Press("ctrl+s")
	c.WaitUntil(func(s string) bool { return strings.Contains(s, `✗`) && strings.Contains(s, "Publish message 2") })
	if st := c.state(s); st.Msgs != 2 || st.LastSeq != 2 {
		t.Errorf("%+v", st)
	}
}
