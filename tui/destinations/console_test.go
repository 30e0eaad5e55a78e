package destinations_test

import (
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
	"aidbox-nats/tui/tuitest"
)

// start is a console with one topic, its keys in the list of destinations.
func start(t *testing.T, o tuitest.Options) *tuitest.Console {
	t.Helper()
	c := tuitest.Start(t, o)
	c.Topic("patient-topic", "")
	c.Press("r", "2")
	c.WaitFor(" dest.") // beside the topic
	return c
}

const patient = `{"resourceType":"Patient","name":[{"family":"smith"}]}`

func destinations(c *tuitest.Console) []aidbox.Destination {
	c.T.Helper()
	ds, err := c.Client.Destinations(tuitest.Context(c.T))
	if err != nil {
		c.T.Fatal(err)
	}
	return ds
}

// made is a destination beside the console.
func made(c *tuitest.Console, d aidbox.Destination) {
	c.T.Helper()
	if _, err := c.Client.CreateDestination(tuitest.Context(c.T), d); err != nil {
		c.T.Fatal(err)
	}
}

// A destination that waits for a stream says so before it is made, while its
// event waits, and when the event has gone.
func TestAnEventThatWaitsForAStream(t *testing.T) {
	c := start(t, tuitest.Options{})
	c.Press("n")
	c.WaitFor("New destination")
	c.Type("js")
	c.Press("enter", "right", "enter", "enter")
	c.Type("patients.created")
	c.WaitFor("✗ No stream takes patients.created: Aidbox keeps every event")
	c.WaitFor("--subjects=patients.created")
	c.Press("ctrl+s")
	c.WaitFor("201 Created destination js: patient-topic → patients.created in ")
	c.WaitFor("! No stream takes patients.created: events wait in Aidbox until one does.")
	c.WaitFor(strings.TrimPrefix(c.Broker.URL(), "nats://") + " from here")

	c.Create(patient)
	c.WaitFor("✗ 1 event waits: no stream takes patients.created.")
	c.WaitFor("nats stream add --defaults --subjects=patients.created --storage=file EVENTS")
	c.WaitFor("0 of 1")
	c.WaitFor("no response from stream")
	c.Press("M")
	c.WaitFor("MASKED")
	c.WaitFor(`publish to "patients.created": nats: no response from stream`)
	c.Press("M")

	if _, err := c.Conn.CreateStream(tuitest.Context(t), nats.StreamConfig{Name: "EVENTS", Subjects: []string{"patients.>"}, Storage: "file", Retention: "limits", Discard: "old", Replicas: 1}); err != nil {
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
	c := start(t, tuitest.Options{})
	c.Press("s")
	c.Type("patients.*")
	c.Press("enter")
	c.WaitFor("patients.* ")
	c.Press("2", "n")
	c.WaitFor("New destination")
	c.Type("basic")
	c.Press("enter", "enter", "enter")
	c.Type("patients.x")
	c.WaitFor("✓ This console listens on patients.*.")
	c.Press("ctrl+s")
	c.WaitFor("201 Created destination basic")
	c.WaitFor("0 delivered")
	if err := c.Broker.Stop(tuitest.Context(t)); err != nil {
		t.Fatal(err)
	}
	c.Create(patient)
	c.WaitFor("✗ 1 message lost, ")
	c.WaitFor("0 of 1")
	if err := c.Broker.Restart(tuitest.Context(t)); err != nil {
		t.Fatal(err)
	}
	c.WaitUntil(func(s string) bool {
		if strings.Contains(s, "it delivers again") {
			return true
		}
		c.Create(patient) // the sandbox may not be connected again yet: that one is lost too
		return false
	})
	c.WaitFor("recovered ")
}

// Nobody listens on the address: the form cannot know it, the destination
// says so when Aidbox does, and what is changed in its place works.
func TestAServerThatNobodyListensOn(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := l.Addr().String()
	l.Close()
	c := start(t, tuitest.Options{})
	c.Press("n")
	c.WaitFor("New destination")
	c.Type("basic")
	c.Press("enter", "enter", "enter")
	c.Type("foo")
	c.Press("enter", "ctrl+u")
	c.Type("nats://" + nobody)
	c.WaitFor("Not the NATS that this console is connected to")
	c.Press("ctrl+s")
	c.WaitFor("201 Created destination basic")
	c.WaitFor("✗ Aidbox has no sender for it: nothing is sent until it is deleted and created again.")
	c.WaitFor("No sender: nats://" + nobody + " could not be reached from Aidbox")
	c.Frame("status-nobody-listens")

	c.Press("e")
	c.WaitFor("Replace destination basic")
	c.Press("tab", "tab", "tab", "ctrl+u")
	c.Type(c.Broker.URL())
	c.WaitGone("Not the NATS that this console is connected to")
	c.Press("ctrl+s")
	c.WaitFor("Deleted basic, 201 Created destination basic")
	c.WaitFor("0 delivered")
	c.WaitGone("no sender")
}

func TestReplacing(t *testing.T) {
	c := start(t, tuitest.Options{})
	made(c, aidbox.Destination{ID: "basic", Kind: aidbox.KindCoreBestEffort, Topic: "patient-topic",
		Profile: aidbox.ProfileURL(aidbox.KindCoreBestEffort, 2609), Parameters: []aidbox.Parameter{{Name: "url", Value: c.Broker.URL()},
			{Name: "subject", Value: "foo"}, {Name: "connectionName", Value: "mine"}, {Name: "sslContext", Value: "none"}}})
	before := destinations(c)[0]
	c.Press("r")
	c.WaitFor("0 delivered")
	c.Press("e")
	c.WaitFor("Replace destination basic")
	c.WaitFor("Its counters begin anew")
	c.WaitFor("DELETE /fhir/AidboxTopicDestination/basic")
	c.Press("tab", "tab")
	c.Type("bar")
	c.WaitFor("subject    foobar")
	c.Frame("replace")
	c.Press("ctrl+s")
	c.WaitFor("Deleted basic, 201 Created destination basic: patient-topic → foobar in ")
	after := destinations(c)
	if len(after) != 1 || after[0].Subject() != "foobar" || after[0].Param("connectionName") != "mine" || after[0].VersionID == before.VersionID {
		t.Errorf("%+v", after)
	}
	sent := c.Sent()
	if len(sent) != 2 || sent[0].Method != "DELETE" || sent[1].Method != "POST" {
		t.Errorf("%d requests were sent: %+v", len(sent), sent)
	}
}

// When the second half of a replacement fails, the person is told how things
// stand, and nothing of what was there is gone from the console.
func TestAReplacementThatFailsHalfWay(t *testing.T) {
	c := start(t, tuitest.Options{StrictProfiles: true})
	made(c, aidbox.Destination{ID: "basic", Kind: aidbox.KindCoreBestEffort, Topic: "patient-topic",
		Profile: aidbox.ProfileURL(aidbox.KindCoreBestEffort, 2609), Parameters: []aidbox.Parameter{{Name: "url", Value: strings.Replace(c.Broker.URL(), "://", "://u:hunter3@", 1)},
			{Name: "subject", Value: "foo"}, {Name: "password", Value: "hunter2"}, {Name: "username", Value: "u"}}})
	c.Press("r")
	c.WaitFor("0 delivered")
	c.Press("e")
	c.WaitFor("Replace destination basic")
	c.WaitFor("server     nats://u:********@")
	c.Press("shift+tab", "right") // the other family of profiles
	c.WaitFor("● before Aidbox 2604")
	c.Press("ctrl+s")
	c.WaitFor("basic was deleted, and the new one was not created")
	c.WaitFor("The field profile below has the other family")
	if ds := destinations(c); len(ds) != 0 {
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
	c.WaitFor("● since Aidbox 2604")
	if strings.Contains(c.Text(), "hunter") {
		t.Errorf("the password is shown:\n%s", c.Text())
	}
	c.Press("ctrl+s")
	c.WaitFor("201 Created destination basic")
	c.WaitGone("could not be created again")
	if ds := destinations(c); len(ds) != 1 || ds[0].Subject() != "foo" || ds[0].Param("password") != "hunter2" || !strings.Contains(ds[0].ServerURL(), "u:hunter3@") {
		t.Errorf("%+v", ds)
	}
}

// A destination of another kind is in the list, shown, and deleted like any
// other; replacing it is refused with the reason.
func TestAnotherKindOnTheScreen(t *testing.T) {
	var says atomic.Pointer[answer]
	says.Store(&answer{200, `{"resourceType":"Parameters","parameter":[{"name":"messagesDelivered","valueDecimal":5},{"name":"messagesBatched","valueDecimal":2}]}`})
	const kafka = `{"resourceType":"AidboxTopicDestination","id":"lake","kind":"kafka-at-least-once","topic":"patient-topic","status":"active",` +
		`"parameter":[{"name":"bootstrapServers","valueString":"kafka:9092"},{"name":"saslJaasConfigPassword","valueString":"hunter2"}]}`
	c := start(t, tuitest.Options{Aidbox: holding(t, &says, kafka)})
	c.WaitFor("lake")
	c.WaitFor("kafka-at-least-once")
	c.WaitFor("Sends the events of patient-topic elsewhere than to NATS.")
	c.WaitFor("bootstrapServers kafka:9092")
	c.WaitFor("saslJaasConfigPassword ********")
	c.WaitFor("5 delivered   2 messagesBatched")
	c.Press("2") // a key ends what was said
	c.WaitGone("Reading again")
	c.Frame("another-kind")
	c.Press("e")
	c.WaitFor("a kafka-at-least-once has settings of its own")
	c.Press("d")
	c.WaitFor("Delete destination lake?")
	if strings.Contains(c.Text(), "hunter2") {
		t.Errorf("the password is shown:\n%s", c.Text())
	}
}
