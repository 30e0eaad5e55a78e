package streams_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
	"aidbox-nats/nats/broker"
	"aidbox-nats/tui/tuitest"
	"aidbox-nats/tui/widget"
)

// start is a console with its keys in the list of streams, and a connection
// beside it.
func start(t *testing.T, o tuitest.Options) (*tuitest.Console, *nats.Conn) {
	t.Helper()
	c := tuitest.Start(t, o)
	c.Topic("patient-topic", "")
	c.Press("r", "3")
	return c, beside(t, nats.Options{URLs: []string{c.Broker.URL()}})
}

func beside(t *testing.T, o nats.Options) *nats.Conn {
	t.Helper()
	o.Name = "beside"
	conn, err := nats.Dial(tuitest.Context(t), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	if err := conn.WaitConnected(tuitest.Context(t)); err != nil {
		t.Fatal(err)
	}
	return conn
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func made(t *testing.T, conn *nats.Conn, configs ...nats.StreamConfig) {
	t.Helper()
	for _, s := range configs {
		must[nats.Stream](t)(conn.CreateStream(tuitest.Context(t), s))
	}
}

func stored(t *testing.T, conn *nats.Conn, subject string, n int) {
	t.Helper()
	for i := range n {
		must[nats.Ack](t)(conn.PublishStored(tuitest.Context(t), nats.Message{Subject: subject, Data: fmt.Appendf(nil, "message %d", i+1)}, nats.StoreOptions{}))
	}
}

func held(t *testing.T, conn *nats.Conn, name string) nats.Stream {
	t.Helper()
	return must[nats.Stream](t)(conn.Stream(tuitest.Context(t), name))
}

const patient = `{"resourceType":"Patient","name":[{"family":"smith"}]}`

// An event that waited for a stream is delivered when n has created it. What
// the form proposes is what the destination needs, and the command before is
// the one of what was sent.
func TestAnEventThatWaitedIsDeliveredWhenAStreamIsCreated(t *testing.T) {
	c, conn := start(t, tuitest.Options{})
	c.Destination("js", aidbox.KindJetStreamAtLeastOnce, "patient-topic", "patients.created")
	c.Create(patient)
	c.Press("r")
	c.WaitFor("No streams: nothing stores what js")
	c.WaitFor("! js sends to patients.created, and no stream takes it")
	c.Press("n")
	c.WaitFor("New stream")
	c.WaitFor("✓ js writes into it: the events of js wait for it.")
	c.WaitFor("stream add --defaults")
	c.WaitFor("--subjects=patients.created")
	c.Press("ctrl+s")
	c.WaitFor("Created stream EVENTS on patients.created in ")
	c.WaitFor("1 msg")
	s := held(t, conn, "EVENTS")
	if s.Messages != 1 || !slices.Equal(s.Subjects, []string{"patients.created"}) || s.Storage != "file" || !s.AllowDirect || s.Duplicates != 2*time.Minute {
		t.Errorf("%+v", s)
	}
	var commands []string
	for _, o := range c.Journal.Operations(0) {
		if strings.Contains(o.Subject, "STREAM.CREATE") {
			commands = append(commands, o.Command())
		}
	}
	if len(commands) != 1 || !strings.HasSuffix(commands[0], " stream add --defaults --subjects=patients.created --storage=file EVENTS") {
		t.Errorf("%q", commands)
	}
}

// All that the form asks for arrives.
func TestAStreamWithAllItsLimits(t *testing.T) {
	c, conn := start(t, tuitest.Options{})
	c.Press("n")
	c.WaitFor("New stream")
	c.Press("ctrl+u")
	c.Type("ORDERS")
	c.Press("enter", "ctrl+u")
	c.Type("orders.>, carts.*")
	c.WaitFor("No destination sends to a subject of it.")
	c.Press("enter", "right", "enter", "right", "right", "enter")
	c.Type("30d")
	c.Press("enter")
	c.Type("1,000")
	c.Press("enter")
	c.Type("1.5 GB")
	c.Press("enter")
	c.Type("5")
	c.Press("enter", "right", "enter", "enter")
	c.Type("1h")
	c.WaitFor("--dupe-window=1h0m0s")
	c.Press("enter", " ") // no direct reads
	c.WaitFor("--no-allow-direct")
	c.Press("enter")
	c.Type("carts and orders")
	c.Press("enter")
	c.WaitFor("Created stream ORDERS on orders.>, carts.* in ")
	got := held(t, conn, "ORDERS").Config
	want := nats.StreamConfig{Name: "ORDERS", Description: "carts and orders", Subjects: []string{"orders.>", "carts.*"}, Storage: "memory", Retention: "workqueue", Discard: "new",
		Replicas: 1, MaxAge: 720 * time.Hour, MaxMsgs: 1000, MaxBytes: 3 << 29, MaxMsgsPerSubject: 5, Duplicates: time.Hour, NoDirect: true}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%+v\nnot %+v", got, want)
	}
	c.WaitFor("0 % ")
	c.WaitFor("0 of 1,000 messages")
}

// Overlap is explained before it is sent, and where it is sent all the same.
func TestOverlapIsExplainedBeforeItIsSent(t *testing.T) {
	c, conn := start(t, tuitest.Options{})
	made(t, conn, nats.StreamConfig{Name: "EVENTS", Subjects: []string{"patients.>"}})
	c.Press("r")
	c.WaitFor("Stream EVENTS")
	c.Press("n")
	c.WaitFor("New stream")
	c.Press("enter")
	c.Type("patients.created")
	c.WaitFor("✗ EVENTS has patients.> already, which takes messages of patients.created:")
	c.WaitFor("Take another")
	c.WaitFor("or edit EVENTS.")
	c.Press("ctrl+s")
	c.WaitFor(`create stream "EVENTS_2": stream EVENTS has "patients.>", which overlaps with`)
	c.Press("ctrl+u")
	c.Type("orders.>")
	c.WaitGone("✗ EVENTS has patients.>")
	c.Press("ctrl+s")
	c.WaitFor("Created stream")
}

// What an edit cannot change says so before it is tried, and nothing is sent.
func TestAnEdit(t *testing.T) {
	c, conn := start(t, tuitest.Options{})
	made(t, conn, nats.StreamConfig{Name: "EVENTS", Subjects: []string{"patients.>"}, DenyDelete: true, AllowMsgTTL: true})
	stored(t, conn, "patients.a", 10)
	c.Press("r")
	c.WaitFor("10 msg")
	c.Press("x")
	c.WaitFor("EVENTS refuses to delete single messages, and that is for good")
	c.Press("e")
	c.WaitFor("Edit stream EVENTS")
	c.WaitFor("cannot be changed.")
	c.WaitFor("# nothing is changed so far: nothing is sent")
	c.Press("enter", "right")
	c.WaitFor("stream edit --force")
	c.WaitFor("✗ Refused: the storage cannot change from file to memory")
	c.Press("ctrl+s")
	c.WaitFor("Nothing was sent:")
	for _, o := range c.Journal.Operations(0) {
		if strings.Contains(o.Subject, "STREAM.UPDATE") {
			t.Errorf("%s was sent", o.Command())
		}
	}
	c.Press("left")
	c.WaitGone("✗ Refused")
	c.Press("enter", "right", "right")
	c.WaitFor("✗ Refused: the retention cannot change from limits to workqueue")
	c.Press("left", "left", "enter", "enter")
	c.Type("6")
	c.WaitFor("! 10 are in it: the oldest 4 go at once.")
	c.WaitFor("--max-msgs=6")
	c.Press("ctrl+s")
	c.WaitFor("Changed stream EVENTS: max messages 6 in ")
	c.WaitFor("6 msg")
	c.WaitFor("100 %   6 of 6 messages")
	if got := held(t, conn, "EVENTS").Config; got.MaxMsgs != 6 || !got.DenyDelete || !got.AllowMsgTTL || got.Storage != "file" {
		t.Errorf("%+v", got)
	}
}

// An edit without a change asks the server for nothing.
func TestAnEditThatChangesNothing(t *testing.T) {
	c, conn := start(t, tuitest.Options{})
	made(t, conn, nats.StreamConfig{Name: "EVENTS", Subjects: []string{"patients.>"}, MaxMsgs: 5})
	c.Press("r")
	c.WaitFor("Stream EVENTS")
	c.Press("e")
	c.WaitFor("Edit stream EVENTS")
	c.Press("enter", "right", "left", "ctrl+s")
	c.WaitFor("Nothing was changed of stream EVENTS: nothing was sent")
	c.WaitGone("Edit stream EVENTS")
	for _, o := range c.Journal.Operations(0) {
		if strings.Contains(o.Subject, "STREAM.UPDATE") {
			t.Errorf("%s was sent", o.Command())
		}
	}
}

// An edit does not undo what somebody else has changed meanwhile.
func TestAnEditOfWhatSomebodyElseChanged(t *testing.T) {
	c, conn := start(t, tuitest.Options{})
	made(t, conn, nats.StreamConfig{Name: "EVENTS", Subjects: []string{"patients.>"}})
	c.Press("r")
	c.WaitFor("Stream EVENTS")
	c.Press("e")
	c.WaitFor("Edit stream EVENTS")
	config := held(t, conn, "EVENTS").Config
	config.MaxMsgs = 7
	must[nats.Stream](t)(conn.EditStream(tuitest.Context(t), config))
	c.Press("enter", "enter", "enter")
	c.Type("1d")
	c.Press("ctrl+s")
	c.WaitFor("somebody else has changed it since this form was opened")
	if got := held(t, conn, "EVENTS").Config; got.MaxMsgs != 7 || got.MaxAge != 0 {
		t.Errorf("%+v", got)
	}
}

// Messages go in four ways, each after what is lost was told; enter alone
// cancels.
func TestAPurge(t *testing.T) {
	c, conn := start(t, tuitest.Options{})
	made(t, conn, nats.StreamConfig{Name: "EVENTS", Subjects: []string{"patients.>"}})
	stored(t, conn, "patients.a", 10)
	stored(t, conn, "patients.b", 4)
	must[nats.Consumer](t)(conn.CreateConsumer(tuitest.Context(t), "EVENTS", nats.ConsumerConfig{Name: "k"}))
	c.Press("r")
	c.WaitFor("14 msg")
	has := func(messages uint64) {
		t.Helper()
		if s := held(t, conn, "EVENTS"); s.Messages != messages {
			t.Errorf("%d messages, not %d", s.Messages, messages)
		}
	}

	c.Press("P")
	c.WaitFor("Purge stream EVENTS")
	c.Press("right", "enter")
	c.WaitFor("messages before sequence")
	c.WaitFor("stays. It holds 14 messages, sequence 1 to 14.")
	c.Type("4")
	c.WaitFor("stream purge --force --seq=4 EVENTS")
	c.Press("ctrl+s")
	c.WaitFor("EVENTS: 3 messages of 14, before sequence 4.")
	c.WaitFor("1 consumer reads it: what it has not delivered of these is lost to it.")
	c.Press("enter")
	c.WaitGone("Purge stream EVENTS, before sequence 4?")
	has(14)

	c.Press("P", "right", "enter")
	c.Type("4")
	c.Press("ctrl+s")
	c.WaitFor("EVENTS: 3 messages of 14, before sequence 4.")
	all := held(t, conn, "EVENTS").Bytes
	c.Press("y")
	c.WaitFor("EVENTS purged: 3 messages, ")
	c.WaitFor("EVENTS purged: 3 messages, " + widget.Bytes(int64(all-held(t, conn, "EVENTS").Bytes)) + " in ")
	c.WaitFor("11 msg")

	c.Press("P", "enter")
	c.Type("patients.none")
	c.Press("ctrl+s")
	c.WaitFor("nothing would go: EVENTS has no such message.")
	c.Press("ctrl+u")
	c.Type("patients.b")
	c.Press("ctrl+s")
	c.WaitFor("EVENTS: 4 messages of 11, on patients.b.")
	c.WaitFor("--subject=patients.b")
	c.Press("y")
	c.WaitFor("EVENTS purged: 4 messages, ")
	has(7)

	c.WaitFor("7 msg")
	c.Press("P", "left", "enter") // all but the newest
	c.Type("2")
	c.WaitFor("--keep=2")
	c.Press("ctrl+s")
	c.WaitFor("EVENTS: 5 messages of 7, all but the newest 2.")
	c.Press("y")
	c.WaitFor("EVENTS purged: 5 messages, ")
	c.WaitFor("2 msg")

	left := widget.Bytes(int64(held(t, conn, "EVENTS").Bytes))
	c.Press("P", "ctrl+s")
	c.WaitFor("EVENTS: 2 messages, " + left)
	c.Press("y")
	c.WaitFor("EVENTS purged: 2 messages, " + left + " in ")
	has(0)
	c.WaitFor("0 msg")
	c.Press("P")
	c.WaitFor("EVENTS is empty")
}

func TestAMessageIsDeleted(t *testing.T) {
	c, conn := start(t, tuitest.Options{})
	made(t, conn, nats.StreamConfig{Name: "EVENTS", Subjects: []string{"patients.>"}})
	stored(t, conn, "patients.a", 3)
	c.Press("r")
	c.WaitFor("3 msg")
	c.Press("x")
	c.WaitFor("Delete a message of EVENTS")
	c.Type("9")
	c.Press("ctrl+s")
	c.WaitFor("there is no such message")
	c.Press("ctrl+u")
	c.Type("2")
	c.WaitFor("stream rmm --force EVENTS 2")
	c.Press("ctrl+s")
	c.WaitFor("EVENTS 2: patients.a, 9 B, stored ")
	c.Press("y")
	c.WaitFor("Deleted message 2 of EVENTS: patients.a, 9 B in ")
	c.WaitFor("2 msg")
	c.WaitFor("1 deleted")
	if s := held(t, conn, "EVENTS"); s.Messages != 2 || s.Deleted != 1 {
		t.Errorf("%+v", s)
	}
}

// What is lost with a stream stands in the question.
func TestAStreamIsDeleted(t *testing.T) {
	c, conn := start(t, tuitest.Options{})
	made(t, conn, nats.StreamConfig{Name: "EVENTS", Subjects: []string{"patients.>"}}, nats.StreamConfig{Name: "COPY", Mirror: "EVENTS"})
	c.Destination("js", aidbox.KindJetStreamAtLeastOnce, "patient-topic", "patients.created")
	c.Destination("basic", aidbox.KindCoreBestEffort, "patient-topic", "patients.x")
	stored(t, conn, "patients.a", 3)
	must[nats.Consumer](t)(conn.CreateConsumer(tuitest.Context(t), "EVENTS", nats.ConsumerConfig{Name: "k"}))
	c.Press("r")
	c.WaitFor("COPY")
	c.Press("G")
	c.WaitFor("Stream EVENTS")
	c.WaitFor("written by     basic")
	c.Press("d")
	c.WaitUntil(func(s string) bool {
		s = strings.Join(strings.Fields(strings.NewReplacer("│", " ", "\n", " ").Replace(s)), " ")
		return strings.Contains(s, "EVENTS: 3 messages, ") && strings.Contains(s, "1 consumer, and basic and js write into it.")
	})
	c.WaitFor("COPY mirrors it.")
	c.WaitFor("Events of js then wait in Aidbox until a stream takes them.")
	c.WaitFor("What basic sends is then stored nowhere.")
	c.WaitFor("stream rm --force EVENTS")
	c.Press("enter")
	c.WaitGone("Delete stream EVENTS?")
	held(t, conn, "EVENTS")
	s := held(t, conn, "EVENTS")
	c.Press("d", "y")
	c.WaitFor("Deleted stream EVENTS: 3 messages, " + widget.Bytes(int64(s.Bytes)) + ", 1 consumer in ")
	c.WaitGone("patients.>")
	c.WaitFor("Stream COPY")
	if _, err := conn.Stream(tuitest.Context(t), "EVENTS"); err == nil {
		t.Error("it is still there")
	}
}

// What a stream is beside a stream is said in the list, in its detail, and
// before something of it goes.
func TestStreamsThatBackSomethingElse(t *testing.T) {
	c, conn := start(t, tuitest.Options{})
	made(t, conn,
		nats.StreamConfig{Name: "EVENTS", Subjects: []string{"patients.>"}},
		nats.StreamConfig{Name: "KV_cfg", Subjects: []string{"$KV.cfg.>"}, AllowRollup: true},
		nats.StreamConfig{Name: "MIRROR", Mirror: "EVENTS"},
		nats.StreamConfig{Name: "OBJ_files", Subjects: []string{"$O.files.C.>", "$O.files.M.>"}, AllowRollup: true},
		nats.StreamConfig{Name: "SUM", Sources: []string{"EVENTS"}})
	stored(t, conn, "$KV.cfg.color", 1)
	stored(t, conn, "$O.files.M.x", 1)
	c.Press("r")
	c.WaitFor("KV_cfg")
	c.Press("z")
	for _, says := range []string{"key-value cfg", "mirror of EVENTS", "object store files", "from EVENTS"} {
		c.WaitFor(says)
	}
	c.Press("z", "j")
	c.WaitFor("Stream KV_cfg (key-value)")
	c.WaitFor("the keys and values of the bucket cfg")
	c.Press("P")
	c.WaitFor("It backs the key-value bucket cfg: its messages are the keys and values.")
	c.Press("ctrl+s")
	c.WaitFor("Purge stream KV_cfg?")
	c.WaitFor("It backs the key-value bucket cfg")
	c.Press("esc", "d")
	c.WaitFor("It backs the key-value bucket cfg")
	c.Press("esc", "j", "d")
	c.WaitFor("It mirrors EVENTS: what is taken from it is not copied again.")
	c.Press("esc", "j")
	c.WaitFor("Stream OBJ_files (object store)")
	c.Press("P")
	c.WaitFor("It backs the object store files")
	c.Press("esc", "j", "d")
	c.WaitFor("It takes messages from EVENTS")
	c.Press("esc", "g", "d")
	c.WaitFor("MIRROR mirrors it, SUM takes its messages.")
	c.Press("esc")
}

// A console that only reads says so for each key, and sends nothing.
func TestReadOnly(t *testing.T) {
	c, conn := start(t, tuitest.Options{ReadOnly: true})
	made(t, conn, nats.StreamConfig{Name: "EVENTS", Subjects: []string{"patients.>"}})
	stored(t, conn, "patients.a", 3)
	c.Press("r")
	c.WaitFor("3 msg")
	for _, k := range []string{"n", "e", "d", "P", "x"} {
		c.Press(k)
		c.WaitFor("READ-ONLY: this console changes nothing")
		c.Press("a") // takes the sentence away
		c.WaitGone("READ-ONLY: this console changes nothing")
	}
	if s := held(t, conn, "EVENTS"); s.Messages != 3 {
		t.Errorf("%+v", s)
	}
}

// other is a broker that is not the sandbox's.
func other(t *testing.T, o broker.Options) *broker.Broker {
	t.Helper()
	o.Port, o.StoreDir = broker.FreePort, t.TempDir()
	b, err := broker.Start(tuitest.Context(t), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Stop(context.Background()) })
	return b
}

func TestABrokerWithoutJetStream(t *testing.T) {
	b := other(t, broker.Options{NoJetStream: true})
	c := tuitest.Start(t, tuitest.Options{NATS: func(o *nats.Options) { o.URLs = []string{b.URL()} }})
	c.Press("3")
	c.WaitFor("This NATS server, or this account, has no")
	for _, k := range []string{"n", "e", "d", "P", "x", "b", "C"} {
		c.Press(k)
		c.WaitFor("this NATS has no JetStream: nats-server -js has it")
		c.Press("a")
		c.WaitGone("this NATS has no JetStream: nats-server -js has it")
	}
}

// What the server refuses is told where it was tried, and where nothing may be
// watched that is told, too.
func TestAServerThatRefuses(t *testing.T) {
	deny := func(publish, subscribe []string) *server.Permissions {
		return &server.Permissions{Publish: &server.SubjectPermission{Deny: publish}, Subscribe: &server.SubjectPermission{Deny: subscribe}}
	}
	b := other(t, broker.Options{Configure: func(o *server.Options) error {
		o.Users = []*server.User{{Username: "root", Password: "r"}, {Username: "joe", Password: "j", Permissions: deny(
			[]string{"$JS.API.STREAM.CREATE.>", "$JS.API.STREAM.PURGE.>", "$JS.API.CONSUMER.LIST.>", "$JS.API.STREAM.DELETE.>"}, []string{"$JS.EVENT.>"})}}
		return nil
	}})
	conn := beside(t, nats.Options{URLs: []string{b.URL()}, User: "root", Password: "r"})
	made(t, conn, nats.StreamConfig{Name: "EVENTS", Subjects: []string{"patients.>"}})
	stored(t, conn, "patients.a", 3)
	must[nats.Consumer](t)(conn.CreateConsumer(tuitest.Context(t), "EVENTS", nats.ConsumerConfig{Name: "k"}))
	c := tuitest.Start(t, tuitest.Options{NATS: func(o *nats.Options) { o.URLs, o.User, o.Password = []string{b.URL()}, "joe", "j" }})
	c.Press("3")
	c.WaitFor("3 msg")
	c.WaitFor(`events         off: user "joe" may not subscribe to $JS.EVENT.ADVISORY.>`)
	c.WaitFor(`✗ user "joe" may not ask on $JS.API.CONSUMER.LIST.EVENTS`)
	if strings.Contains(c.Text(), "subscription violation") {
		t.Errorf("what nobody asked for is no violation:\n%s", c.Text())
	}
	c.Press("n", "enter")
	c.Type("orders.>")
	c.Press("ctrl+s")
	c.WaitFor(`create stream "EVENTS_2": the server does not allow user "joe" to publish`)
	c.Press("esc", "esc")
	c.WaitGone("New stream")
	c.Press("d", "y")
	c.WaitFor(`does not allow user "joe" to publish to "$JS.API.STREAM.DELETE.EVENTS"`)
	held(t, conn, "EVENTS")
}
