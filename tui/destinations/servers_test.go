package destinations

import (
	"context"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/sandbox"
	"aidbox-nats/nats"
	"aidbox-nats/nats/broker"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/term/grid"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// root shows the pane, its detail and its dialogs, and hands it what it asks
// for: as much of the console as the pane needs.
type root struct {
	*Model
	source *data.Source
	dialog widget.Dialog
	said   string
	w, h   int
}

type poll struct{}

func after() tea.Cmd { return tea.Tick(50*time.Millisecond, func(time.Time) tea.Msg { return poll{} }) }

func (r *root) Init() tea.Cmd { return after() }

func (r *root) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		r.w, r.h = msg.Width, msg.Height
		r.SetSize(r.w, 5)
		r.detail.SetSize(r.w, r.h-6)
	case poll:
		r.Model.Update(data.Tick{Now: time.Now()})
		return r, tea.Batch(r.source.Read(r.Needs()), r.source.AidboxHealth(), after())
	case tea.KeyMsg:
		if r.dialog != nil {
			cmd := r.dialog.Update(msg)
			r.close()
			return r, cmd
		}
		if a, ok := r.Keys().Match(msg); ok && a.Blocked() == "" && a.Open != nil {
			r.dialog = a.Open()
		} else if ok && a.Blocked() == "" {
			return r, a.Run()
		} else if ok {
			r.said = a.Blocked()
		}
	case widget.Finished:
		if r.dialog != nil {
			r.dialog.Update(msg)
			r.close()
		}
		if r.said = msg.Said; msg.Err == nil {
			for _, then := range msg.Then {
				r.Model.Update(then)
			}
		}
	default:
		return r, r.Model.Update(msg)
	}
	return r, nil
}

func (r *root) close() {
	if r.dialog != nil && r.dialog.Done() {
		r.dialog = nil
	}
}

func (r *root) View() string {
	if r.w == 0 {
		return ""
	}
	if r.dialog != nil {
		return strings.Join(r.dialog.View(r.Theme, r.w, r.h-1), "\n") + "\n"
	}
	read := ""
	if r.topicsKnown && r.version > 0 {
		read = "   all is read" // what decides on the fields of a form
	}
	return r.Model.View() + "\n" + r.detail.View() + "\n" + r.said + read
}

// console is a pane over real servers.
type console struct {
	*grid.Grid
	t      *testing.T
	broker *broker.Broker
	client *aidbox.Client
	conn   *nats.Conn
	hears  string
}

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), grid.Deadline)
	t.Cleanup(cancel)
	return ctx
}

func start(t *testing.T, o sandbox.Options) *console {
	t.Helper()
	b, err := broker.Start(within(t), broker.Options{Port: -1, StoreDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Stop(context.Background()) })
	o.Addr, o.DataDir = "127.0.0.1:0", t.TempDir()
	s, err := sandbox.Start(within(t), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(context.Background()) })
	client, err := aidbox.New(aidbox.Config{URL: s.URL(), ClientID: "root", Secret: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	conn, err := nats.Dial(within(t), nats.Options{URLs: []string{b.URL()}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	if err := conn.WaitConnected(within(t)); err != nil {
		t.Fatal(err)
	}
	if _, err := client.CreateTopic(within(t), aidbox.Topic{ID: "t", URL: "patient-topic", Status: "active", Triggers: []aidbox.Trigger{{Resource: "Patient"}}}); err != nil {
		t.Fatal(err)
	}
	c := &console{t: t, broker: b, client: client, conn: conn, hears: "patients.*"}
	m := New(Options{Theme: theme.New(theme.Options{Dark: true, Renderer: grid.Renderer()}), API: client, Sandbox: true,
		URLForAidbox: strings.Replace(b.URL(), "127.0.0.1", "host.docker.internal", 1),
		NATSURL:      func() string { return conn.Status().URL }, Listening: func() []string { return []string{c.hears} }})
	c.Grid = grid.Start(t, &root{Model: m, source: data.NewSource(client, conn)}, 120, 50)
	c.WaitFor("No destinations yet")
	c.WaitFor("all is read")
	return c
}

func (c *console) patient() {
	c.t.Helper()
	if _, err := c.client.Create(within(c.t), "Patient", []byte(`{"name":[{"family":"smith"}]}`), aidbox.WriteOptions{}); err != nil {
		c.t.Fatal(err)
	}
}

func (c *console) destinations() []aidbox.Destination {
	c.t.Helper()
	ds, err := c.client.Destinations(within(c.t))
	if err != nil {
		c.t.Fatal(err)
	}
	return ds
}

// A destination that waits for a stream says so before it is made, while its
// event waits, and when the event has gone.
func TestAnEventThatWaitsForAStream(t *testing.T) {
	c := start(t, sandbox.Options{})
	c.Press("n")
	c.WaitFor("New destination")
	c.Type("js")
	c.Press("enter", "right", "enter", "enter")
	c.Type("patients.created")
	c.WaitFor("No stream takes patients.created: Aidbox keeps every event")
	c.WaitFor("--subjects=patients.created")
	c.Press("ctrl+s")
	c.WaitFor("201 Created destination js: patient-topic → patients.created in ")
	c.WaitFor("! No stream takes patients.created: events wait in Aidbox until one does.")
	c.WaitFor("127.0.0.1:" + strings.TrimPrefix(c.broker.URL(), "nats://127.0.0.1:") + " from here")

	c.patient()
	c.WaitFor("✗ 1 event waits: no stream takes patients.created.")
	c.WaitFor("nats stream add --defaults --subjects=patients.created --storage=file EVENTS")
	c.WaitFor("0/1")
	c.WaitFor("no response from stream")

	if _, err := c.conn.CreateStream(within(t), nats.StreamConfig{Name: "EVENTS", Subjects: []string{"patients.>"}, Storage: "file", Retention: "limits", Discard: "old", Replicas: 1}); err != nil {
		t.Fatal(err)
	}
	c.WaitFor("stored by EVENTS (patients.>)")
	c.WaitFor("recovered ")
	c.WaitFor("1 msg")
	c.WaitGone("✗ 1 event waits")
}

// What is lost is told of as long as nothing gets through, and remembered
// when it does.
func TestALostMessage(t *testing.T) {
	c := start(t, sandbox.Options{})
	c.Press("n")
	c.WaitFor("New destination")
	c.Type("basic")
	c.Press("enter", "enter", "enter")
	c.Type("patients.x")
	c.WaitFor("This console listens on patients.*.")
	c.Press("ctrl+s")
	c.WaitFor("201 Created destination basic")
	c.WaitFor("0 delivered")
	if err := c.broker.Stop(within(t)); err != nil {
		t.Fatal(err)
	}
	c.patient()
	c.WaitFor("✗ 1 message lost, ")
	c.WaitFor("0/1")
	if err := c.broker.Restart(within(t)); err != nil {
		t.Fatal(err)
	}
	c.WaitUntil(func(s string) bool {
		if strings.Contains(s, "1 message lost since") && strings.Contains(s, "it delivers again") {
			return true
		}
		c.patient() // the sandbox may not be connected again yet: that one is lost too
		return strings.Contains(s, "it delivers again")
	})
	c.WaitFor("recovered ")
}

func TestReplacing(t *testing.T) {
	c := start(t, sandbox.Options{})
	_, err := c.client.CreateDestination(within(t), aidbox.Destination{ID: "basic", Kind: aidbox.KindCoreBestEffort, Topic: "patient-topic",
		Profile: aidbox.ProfileURL(aidbox.KindCoreBestEffort, 2609), Parameters: []aidbox.Parameter{{Name: "url", Value: c.broker.URL()},
			{Name: "subject", Value: "foo"}, {Name: "connectionName", Value: "mine"}, {Name: "sslContext", Value: "none"}}})
	if err != nil {
		t.Fatal(err)
	}
	before := c.destinations()[0]
	c.WaitFor("0 delivered")
	c.Press("e")
	c.WaitFor("Replace destination basic")
	c.WaitFor("Its counters begin anew")
	c.WaitFor("DELETE /fhir/AidboxTopicDestination/basic")
	c.Press("tab", "tab")
	c.Type("bar")
	c.WaitFor(`"valueString": "foobar"`)
	c.Press("ctrl+s")
	c.WaitFor("Deleted basic, 201 Created destination basic: patient-topic → foobar in ")
	after := c.destinations()
	if len(after) != 1 || after[0].Subject() != "foobar" || after[0].Param("connectionName") != "mine" || after[0].VersionID == before.VersionID {
		t.Errorf("%+v", after)
	}
}

// When the second half of a replacement fails, the person is told how things
// stand, and nothing of what was there is gone from the console.
func TestAReplacementThatFailsHalfWay(t *testing.T) {
	c := start(t, sandbox.Options{StrictProfiles: true})
	_, err := c.client.CreateDestination(within(t), aidbox.Destination{ID: "basic", Kind: aidbox.KindCoreBestEffort, Topic: "patient-topic",
		Profile: aidbox.ProfileURL(aidbox.KindCoreBestEffort, 2609), Parameters: []aidbox.Parameter{{Name: "url", Value: c.broker.URL()},
			{Name: "subject", Value: "foo"}, {Name: "password", Value: "hunter2"}, {Name: "username", Value: "u"}}})
	if err != nil {
		t.Fatal(err)
	}
	c.WaitFor("0 delivered")
	c.Press("e")
	c.WaitFor("Replace destination basic")
	c.Press("shift+tab", "right") // the other family of profiles
	c.WaitFor("http://aidbox.app/StructureDefinition/")
	c.Press("ctrl+s")
	c.WaitFor("basic was deleted, and the new one was not created")
	c.WaitFor("The field profile below has the other family")
	if ds := c.destinations(); len(ds) != 0 {
		t.Fatalf("%+v", ds)
	}
	c.WaitUntil(func(s string) bool { // esc asks before what was changed is lost
		if strings.Contains(s, "E opens the form") {
			return true
		}
		c.Press("esc")
		return false
	})
	c.WaitFor("basic was deleted and could not be created again")
	c.Press("E")
	c.WaitFor("Create destination basic again")
	c.Press("shift+tab", "left")
	c.WaitFor("CoreBestEffortProfile")
	if strings.Contains(c.Text(), "hunter2") {
		t.Errorf("the password is shown:\n%s", c.Text())
	}
	c.Press("ctrl+s")
	c.WaitFor("201 Created destination basic")
	c.WaitGone("could not be created again")
	if ds := c.destinations(); len(ds) != 1 || ds[0].Subject() != "foo" || ds[0].Param("password") != "hunter2" {
		t.Errorf("%+v", ds)
	}
}

// The command that is copied does what it says, and holds no secret.
func TestWhatIsCopied(t *testing.T) {
	m := pane()
	client, err := aidbox.New(aidbox.Config{URL: "http://h:8080", ClientID: "root", Secret: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	m.o.API = client
	if _, text := m.Copied(); text != "" {
		t.Errorf("%q is copied of nothing", text)
	}
	var d aidbox.Destination
	if err := d.UnmarshalJSON([]byte(old)); err != nil {
		t.Fatal(err)
	}
	m.Update(data.Destinations{Answer: answer(9), Destinations: []aidbox.Destination{d}})
	if what, text := m.Copied(); what != "destination old" || !strings.Contains(text, `"versionId": "7"`) || strings.Contains(text, "hunter2") {
		t.Errorf("%s: %s", what, text)
	}
	what, text := m.Command()
	if what != "curl that creates old" || !strings.HasPrefix(text, "curl -sS -X POST http://h:8080/fhir/AidboxTopicDestination -u root:") ||
		strings.Contains(text, "hunter2") || strings.Contains(text, "versionId\":\"7") || !strings.Contains(text, `"$SECRET"`) {
		t.Errorf("%s: %s", what, text)
	}
}
