package streams

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
)

func destination(id, kind, subject string) aidbox.Destination {
	return aidbox.Destination{ID: id, Kind: kind, Parameters: []aidbox.Parameter{{Name: "url", Value: "nats://u:hunter2@h:4222"}, {Name: "subject", Value: subject}}}
}

// Who writes into a stream is matched as the server matches.
func TestWhoWritesIntoAStream(t *testing.T) {
	m := pane()
	m.Update(data.Streams{Answer: answer(1, nil), Streams: []nats.Stream{{Name: "EVENTS", Subjects: []string{"patients.>", "orders.*.new"}}}})
	if s := m.detail.View(); !strings.Contains(s, "no destination: none sends to a subject of it") {
		t.Errorf("%s", s)
	}
	m.Update(data.Destinations{Answer: answer(2, nil), Destinations: []aidbox.Destination{
		destination("deep", aidbox.KindJetStreamAtLeastOnce, "patients.a.b"), destination("core", aidbox.KindCoreBestEffort, "orders.1.new"),
		destination("bare", aidbox.KindJetStreamAtLeastOnce, "patients"), destination("long", aidbox.KindCoreBestEffort, "orders.1.2.new"),
		destination("bad", aidbox.KindCoreBestEffort, "patients.*"), destination("other", "kafka-at-least-once", "patients.x")}})
	s := m.detail.View()
	for id, writes := range map[string]bool{"deep": true, "core": true, "bare": false, "long": false, "bad": false, "other": false} {
		if strings.Contains(s, id+" ") != writes {
			t.Errorf("%s writes: %v\n%s", id, !writes, s)
		}
	}
	if strings.Contains(s, "hunter2") {
		t.Errorf("%s", s)
	}
}

// A destination without a sender writes nothing.
func TestAWriterWithoutASenderIsTold(t *testing.T) {
	m := pane()
	js := destination("js", aidbox.KindJetStreamAtLeastOnce, "patients.a")
	m.Update(data.Streams{Answer: answer(1, nil), Streams: []nats.Stream{{Name: "EVENTS", Subjects: []string{"patients.>"}}}})
	m.Update(data.Destinations{Answer: answer(2, nil), Destinations: []aidbox.Destination{js, destination("far", aidbox.KindCoreBestEffort, "orders")}})
	if n := m.Needs(); !n.Destinations || len(n.Statuses) != 1 || n.Statuses[0] != "js" {
		t.Errorf("%+v", n)
	}
	told := func(question uint64, err error) {
		m.Update(data.Statuses{Answer: answer(question, nil), Statuses: map[string]data.Status{"js": {Err: err}}})
	}
	says := func() bool { return strings.Contains(m.detail.View(), "✗ no sender: it writes nothing") }
	none := &aidbox.Error{Status: 422, Body: "AidboxTopicDestination/js has no sender"}
	if says() {
		t.Error("told before it is known")
	}
	if told(3, none); !says() {
		t.Errorf("%s", m.detail.View())
	}
	if told(4, nil); says() {
		t.Error("it has one now")
	}
	told(5, none)
	if m.Update(data.DestinationMade{Destination: js}); says() {
		t.Error("it was made anew")
	}
	told(6, none)
	if m.Update(data.Destinations{Answer: answer(7, nil)}); len(m.noSender) != 0 {
		t.Errorf("%v is remembered", m.noSender)
	}
}

// Where no stream is, the command is the one that the waiting destination needs.
func TestHowAStreamIsMade(t *testing.T) {
	m := pane()
	m.Update(data.Streams{Answer: answer(1, nil)})
	says := func(command string) {
		t.Helper()
		if _, got := m.Command(); got != command || !strings.Contains(m.detail.View(), command) {
			t.Errorf("%s\n%s", got, m.detail.View())
		}
	}
	says("nats stream add --defaults --subjects='patients.>' --storage=file EVENTS")
	m.Update(data.DestinationMade{Destination: destination("js", aidbox.KindJetStreamAtLeastOnce, "orders.new")})
	says("nats stream add --defaults --subjects=orders.new --storage=file EVENTS")
	if s := m.detail.View(); !strings.Contains(s, "! js sends to orders.new, and no stream takes it") {
		t.Errorf("%s", s)
	}
	if !strings.Contains(m.View(), "nothing stores what js sends") {
		t.Errorf("%s", m.View())
	}
	m.detail.SetSize(50, 30)
	if s := m.detail.View(); !strings.Contains(s, "nats stream add --defaults \\") || !strings.Contains(s, "  --subjects=orders.new --storage=file EVENTS") {
		t.Errorf("a narrow command cannot be pasted:\n%s", s)
	}
}

// What was read stays, and says when that was. Before the first connection
// nobody says that nothing is stored.
func TestWhenStreamsCannotBeRead(t *testing.T) {
	m := pane()
	m.Update(data.Streams{Answer: answer(1, fmt.Errorf("list streams: %w: nats://h has not answered yet", nats.ErrNotConnected))})
	if s := m.View() + m.detail.View(); strings.Contains(s, "nothing yet") || !strings.Contains(m.View(), "Streams are read when NATS is connected.") || m.Title().Right != "connecting" || m.Title().Bad {
		t.Errorf("%s\n%+v", s, m.Title())
	}
	m.Update(data.Streams{Answer: answer(2, fmt.Errorf("list streams: %w: %w", nats.ErrNotConnected, &nats.ConnectError{URL: "nats://h", Err: errors.New("no")}))})
	if s := m.detail.View(); !m.Title().Bad || !strings.Contains(s, "✗ list streams: not connected") || !strings.Contains(s, "as soon as NATS is connected") {
		t.Errorf("%s\n%+v", s, m.Title())
	}
	m.Update(data.Streams{Answer: answer(3, nil), Streams: []nats.Stream{{Name: "EVENTS", Consumers: 1}}})
	if s := strings.NewReplacer("\x1b[2m", "", "\x1b[0m", "").Replace(m.View()); !strings.Contains(s, "1 consumer") || strings.Contains(s, "consumers") {
		t.Errorf("%s", s)
	}
	m.Update(data.Streams{Answer: answer(4, fmt.Errorf("list streams: %w", &nats.PermissionError{Op: nats.OpPublish, Subject: "$JS.API.STREAM.LIST"}))})
	if s := m.detail.View(); !m.Title().Bad || !strings.Contains(m.Title().Right, "since ") || !strings.Contains(m.View(), "EVENTS") ||
		!strings.Contains(s, "Nothing is broken") || !strings.Contains(s, "$JS.API.>") || !strings.Contains(s, "written by") {
		t.Errorf("%s\n%s\n%+v", m.View(), s, m.Title())
	}
}

func TestWhatIsCopiedOfAStream(t *testing.T) {
	m := pane()
	conn, err := nats.Dial(t.Context(), nats.Options{URLs: []string{"nats://bob:hunter2@127.0.0.1:1"}, ReconnectWait: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	m.o.NATS = conn
	m.Update(data.Streams{Answer: answer(1, nil), Streams: []nats.Stream{{Name: "EVENTS"}}})
	_, name := m.Copied()
	_, command := m.Command()
	if name != "EVENTS" || command != "nats --server nats://127.0.0.1:1 --user bob --password \"$NATS_PASSWORD\" stream info EVENTS" {
		t.Errorf("%q, %q", name, command)
	}
}

// A full stream says that it refuses, whose events wait for that, and what can
// be done, at the top of its detail.
func TestAFullStreamSaysWhoWaits(t *testing.T) {
	js, far := destination("to-full", aidbox.KindJetStreamAtLeastOnce, "full.x"), destination("core", aidbox.KindCoreBestEffort, "full.y")
	s := nats.Stream{Name: "FULL", Subjects: []string{"full.>"}, MaxMsgs: 10, Messages: 9, Discard: "new"}
	m := pane()
	question := uint64(0)
	says := func(words string) {
		t.Helper()
		question++
		m.Update(data.Streams{Answer: answer(question, nil), Streams: []nats.Stream{s}})
		view := strings.Join(strings.Fields(plain(m.detail.View())), " ")
		if words != "" && !strings.Contains(view, words) || words == "" && strings.Contains(view, "!") {
			t.Errorf("not %q:\n%s", words, view)
		}
		if marked := len(m.roles) == 1; marked != (words != "") {
			t.Errorf("marked: %v", marked)
		}
	}
	queued := func(n int64) {
		question++
		m.Update(data.Statuses{Answer: answer(question, nil), Statuses: map[string]data.Status{"to-full": {Status: aidbox.Status{Queued: &n}}}})
	}
	says("! 90 % full: 9 of 10 messages. When it is full it refuses new ones. P purges, e raises the limit.")
	s.Messages = 10
	says("! Full: 10 of 10 messages, and new ones are refused. P purges")
	m.Update(data.Destinations{Answer: answer(1, nil), Destinations: []aidbox.Destination{js}})
	says("are refused. Events of to-full wait in Aidbox until there is room. P purges")
	queued(1)
	says("are refused. 1 event of to-full waits in Aidbox until there is room. P purges")
	queued(3)
	m.Update(data.Destinations{Answer: answer(2, nil), Destinations: []aidbox.Destination{js, far}})
	says("3 events of to-full wait in Aidbox until there is room. What core sends is stored nowhere. P purges, e raises the limit.")
	s.MaxMsgs, s.MaxBytes, s.Bytes = 0, 1000, 950
	says("! 95 % full: 950 B of 1000 B. What has no room is refused. 3 events of to-full wait")
	s.Discard = "old"
	says("")
}

// What was read of consumers while their stream was selected says how old it
// is when one comes back, is asked for at once, and its trouble does not go
// because nobody looked.
func TestConsumersThatWereReadLongAgo(t *testing.T) {
	now := time.Now()
	m := pane()
	two := []nats.Stream{{Name: "LAGS", Consumers: 1}, {Name: "OTHER"}}
	m.Update(data.Streams{Answer: answer(1, nil), Streams: two})
	at, lag := now, uint64(0)
	read := func() {
		lag++
		m.Update(data.Consumers{Answer: data.Answer{Question: lag, At: at}, Stream: "LAGS",
			Consumers: []nats.Consumer{{Stream: "LAGS", Name: "slow", Asked: at, Lag: lag, MaxInFlight: 10}}})
		m.Update(data.Tick{Now: at})
		at = at.Add(3 * time.Second)
	}
	read()
	read()
	if view := plain(m.detail.View()); len(m.roles) > 0 || strings.Contains(view, "ago") || !strings.Contains(view, "lag 2") {
		t.Errorf("one message more is no trouble: %v\n%s", m.roles, view)
	}
	for range 3 {
		read()
	}
	if view := plain(m.detail.View()); len(m.roles) != 1 || !strings.Contains(view, "! Consumer slow is in trouble") || !strings.Contains(view, "its lag grew by 4 in 12s: nobody pulls") {
		t.Errorf("%v\n%s", m.roles, view)
	}
	m.Select("OTHER")
	m.Update(data.Tick{Now: at})
	at = at.Add(time.Minute)
	m.Update(data.Tick{Now: at})
	m.Select("LAGS")
	if m.Update(data.Tick{Now: at}) == nil {
		t.Error("nobody asks for consumers that are old")
	}
	if view := plain(m.detail.View()); !strings.Contains(view, "consumers      1   as they were 1 min ago") {
		t.Errorf("%s", view)
	}
	if m.Update(data.Tick{Now: at}) != nil {
		t.Error("asked again and again")
	}
	read()
	if view := plain(m.detail.View()); len(m.roles) != 1 || strings.Contains(view, "as they were") || !strings.Contains(view, "its lag grew by 5") {
		t.Errorf("%v\n%s", m.roles, view)
	}
}

// What a subject has in common with the streams is told of all of them, with
// what helps.
func TestAnOverlapSaysWhichStreamsAndWhatHelps(t *testing.T) {
	streams := []nats.Stream{{Name: "A", Subjects: []string{"patients.>"}}, {Name: "B", Subjects: []string{"*.new", "orders"}}}
	for subject, want := range map[string]string{
		"orders":       "B has orders already: a message belongs to one stream. Take another subject, or edit B.",
		"patients.*.x": "A has patients.> already, which takes messages of patients.*.x: a message belongs to one stream. Take another subject, or edit A.",
		"patients.new": "A has patients.> already, which takes messages of patients.new; B has *.new already, which takes messages of patients.new: a message belongs to one stream. Take another subject, or edit A and B.",
	} {
		if got := overlapHint(nats.Overlaps([]string{subject}, "", streams)).Text; got != want {
			t.Errorf("%s: %s", subject, got)
		}
	}
}
