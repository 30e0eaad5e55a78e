package wire

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/mask"
	"aidbox-nats/aidbox/r4"
	"aidbox-nats/nats"
	"aidbox-nats/nats/broker"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/widget"
)

func TestShortenedPathsKeepWhatIsDone(t *testing.T) {
	for rule, c := range map[string]struct {
		path string
		w    int
		want string
	}{
		"what fits stays":                   {"/fhir/Patient", 13, "/fhir/Patient"},
		"where all begin alike goes first":  {"/fhir/AidboxSubscriptionTopic", 24, "AidboxSubscriptionTopic"},
		"elsewhere nothing does":            {"/health/of/all/that/is", 12, "/healt…at/is"},
		"an operation at the end stays":     {"/fhir/AidboxTopicDestination/basic/$status", 30, "/fhir/Aidb…tion/basic/$status"},
		"the end of a query goes":           {"/fhir/Patient?_sort=-_lastUpdated", 20, "Patient?_sort=-_las…"},
		"an id is shortened in the middle":  {"/fhir/Patient/5e78f7b8-9c1d-4e55", 20, "Patient/5e…9c1d-4e55"},
		"what JetStream is asked for stays": {"$JS.API.CONSUMER.MSG.NEXT.EVENTS.my-consumer", 30, "CONSUMER.MSG.NEXT.EVENTS…sumer"},
		"and INFO is told from it":          {"$JS.API.CONSUMER.INFO.EVENTS.my-consumer", 30, "CONSUMER.INFO.EVENTS.m…onsumer"},
		"even where no name has room":       {"$JS.API.CONSUMER.MSG.NEXT.EVENTS.my-consumer", 18, "CONSUMER.MSG.NEXT…"},
		"its prefix goes first":             {"$JS.API.STREAM.MSG.GET.EVENTS", 21, "STREAM.MSG.GET.EVENTS"},
		"hostile text is cleaned":           {"/fhir/\x1b[2J", 20, "/fhir/␛[2J"},
		"of the rest nothing may be left":   {"/fhir/AidboxTopicDestination/basic/$status", 8, "/$status"},
	} {
		got := shorten(c.path, c.w)
		if term.Width(got) > c.w {
			t.Errorf("%s: %q takes %d of %d", rule, got, term.Width(got), c.w)
		}
		if strings.Contains(c.want, "$status") && !strings.HasSuffix(got, "/$status") || !strings.Contains(c.want, "$status") && got != c.want {
			t.Errorf("%s: %q, not %q", rule, got, c.want)
		}
	}
}

// Whatever the width, the path has the place that the table leaves it.
func TestThePathHasTheRoomThatIsLeft(t *testing.T) {
	b := open(t, nothing)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	b.client.Status(ctx, "a-destination-with-a-rather-long-name-0123456789")
	b.Update(changed{})
	for w := 40; w < 140; w++ {
		b.SetSize(w, 5)
		line := ansi.Strip(strings.Split(b.View(), "\n")[0])
		if !strings.Contains(line, "/$status ") {
			t.Errorf("at %d: %q", w, line)
		}
		if term.Width(line) != w {
			t.Errorf("at %d the line is %d wide", w, term.Width(line))
		}
	}
}

func TestTheWireIsFiltered(t *testing.T) {
	b := open(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.RawQuery, "bad") {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		nothing(w, r)
	})
	for _, id := range []string{"one", "two", "bad"} {
		b.ask(false, id)
	}
	b.ask(true, "own")
	for _, c := range []struct {
		text, title string
	}{
		{"TWO", "/TWO  1 of 3"}, {"404", "/404  1 of 3"}, {"not found", "/not found  1 of 3"}, {"get", "/get  3 of 3"}, {"!bad", "/!bad  2 of 3"}, {"own", "/own  0 of 3"},
	} {
		b.filterFor(c.text)
		if got := b.Title().Right; got != c.title {
			t.Errorf("%s: the title says %q", c.text, got)
		}
	}
	if got := ansi.Strip(b.View()); !strings.Contains(got, "a shows what the console reads by itself too") {
		t.Errorf("%s", got)
	}
	b.press("a")
	if got := b.Title().Right; got != "/own  1 of 4" {
		t.Errorf("the title says %q", got)
	}
	b.filterFor("")
	b.ask(false, "three")
	if b.Len() != 5 {
		t.Errorf("%d lines without a filter", b.Len())
	}
}

// What the console reads by itself does not draw a wire that hides it again.
func TestWhatIsHiddenIsNotDrawn(t *testing.T) {
	b := open(t, nothing)
	b.ask(false, "asked")
	list, detail := b.Revision(), b.detail.Revision()
	b.ask(true, "own")
	if list != b.Revision() || detail != b.detail.Revision() {
		t.Error("it is drawn again")
	}
}

func TestTheMaskIsOverTheWire(t *testing.T) {
	definitions, err := r4.Load()
	if err != nil {
		t.Fatal(err)
	}
	b := open(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("content-type", "application/json")
		w.WriteHeader(http.StatusCreated)
		io.WriteString(w, `{"resourceType":"Patient","id":"p1","name":[{"family":"smith"}]}`)
	})
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if _, err := b.client.Create(ctx, "Patient", []byte(`{"resourceType":"Patient","name":[{"family":"smith"}]}`),
		aidbox.WriteOptions{IfNoneExist: "family=smith"}); err != nil {
		t.Fatal(err)
	}
	b.client.Search(ctx, "Patient", url.Values{"family": {"smith"}, "_count": {"1"}})
	b.Update(changed{})
	b.SetSize(120, 10)
	b.detail.SetSize(120, 80)
	all := func() map[string]string {
		_, copied := b.Copied()
		_, command := b.Command()
		return map[string]string{"list": b.View(), "detail": b.detail.View(), "copy": copied, "command": command}
	}
	for what, text := range all() {
		if !strings.Contains(text, "smith") {
			t.Errorf("without the mask the %s says\n%s", what, text)
		}
	}
	b.Update(data.Mask{On: true, Masker: mask.New(definitions)})
	for _, k := range []string{"g", "G"} {
		b.press(k)
		for what, text := range all() {
			if strings.Contains(text, "smith") {
				t.Errorf("the mask leaves in the %s\n%s", what, text)
			}
		}
	}
	if !strings.Contains(ansi.Strip(b.View()), "_count=1") {
		t.Errorf("what controls a search is masked:\n%s", b.View())
	}
	b.filterFor("smith")
	if b.Len() != 0 {
		t.Error("what is masked is found")
	}
}

func TestAnExchangeIsCopiedWhole(t *testing.T) {
	b := open(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("content-type", "application/json")
		w.WriteHeader(http.StatusCreated)
		io.WriteString(w, `{"resourceType":"Patient","id":"p1"}`)
	})
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if _, err := b.client.Create(ctx, "Patient", []byte(`{"resourceType":"Patient"}`), aidbox.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	b.Update(changed{})
	what, text := b.Copied()
	for _, want := range []string{"POST http://", "\n{\"resourceType\":\"Patient\"}\n", "201 Created (", `"id":"p1"`} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in the %s:\n%s", want, what, text)
		}
	}
	if strings.Contains(text, "s3cr3t") || strings.Contains(text, "cm9vdDpzM2NyM3Q") {
		t.Errorf("the secret is copied:\n%s", text)
	}
	b.detail.Update(widget.Focus{On: true})
	b.detail.Bottom()
	if what, text := b.Copied(); what != "Patient" || !strings.Contains(text, `"id": "p1"`) {
		t.Errorf("%s: %q", what, text)
	}
}

func TestOperationsOfNATSAreThere(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	server, err := broker.Start(ctx, broker.Options{Port: broker.FreePort, StoreDir: t.TempDir(), NoJetStream: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Stop(context.Background()) })
	journal := nats.NewJournal(0)
	conn, err := nats.Dial(ctx, nats.Options{URLs: []string{server.URL()}, Journal: journal})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	if err := conn.WaitConnected(ctx); err != nil {
		t.Fatal(err)
	}
	if err := conn.Publish(ctx, nats.Message{Subject: "foo", Data: []byte(`{"name":"smith"}`)}); err != nil {
		t.Fatal(err)
	}
	b := open(t, nothing)
	b.operations = journal
	b.Update(changed{})
	view := ansi.Strip(b.detail.View())
	for _, want := range []string{"PUB foo", "ok", `"name": "smith"`, `nats`, `pub foo`} {
		if !strings.Contains(view, want) {
			t.Errorf("%q is not shown:\n%s", want, view)
		}
	}
	if what, text := b.Command(); what != "nats command" || !strings.Contains(text, "pub foo") {
		t.Errorf("%s: %s", what, text)
	}
	if what, text := b.Copied(); what != "operation" || !strings.HasPrefix(text, "PUB foo\n\n{\"name\":\"smith\"}") {
		t.Errorf("%s: %s", what, text)
	}
}

// What the server complains of stands above its answer, with the mask on too.
func TestARefusalIsToldInSentences(t *testing.T) {
	status := http.StatusUnprocessableEntity
	b := open(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("content-type", "application/json")
		w.WriteHeader(status)
		io.WriteString(w, `{"resourceType":"OperationOutcome","issue":[
			{"severity":"error","code":"invalid","expression":["Patient.ups"],"diagnostics":"extra property"},
			{"severity":"error","code":"invalid","expression":["Patient.name"],"diagnostics":"no \"Smith\" \u001b[2J here"}]}`)
	})
	b.ask(false, "x")
	top := func() string {
		above, _, _ := strings.Cut(ansi.Strip(b.detail.View()), "request")
		return above
	}
	for _, want := range []string{"422 Unprocessable Entity", "✗ Patient.ups: extra property", "✗ Patient.name: no \"Smith\""} {
		if !strings.Contains(top(), want) {
			t.Errorf("%s is not above the request:\n%s", want, top())
		}
	}
	if strings.Contains(top(), "\x1b[2J") {
		t.Errorf("%q", top())
	}
	definitions, err := r4.Load()
	if err != nil {
		t.Fatal(err)
	}
	b.Update(data.Mask{On: true, Masker: mask.New(definitions)})
	b.settle()
	if got := top(); !strings.Contains(got, "✗ Patient.ups: extra property") || strings.Contains(got, "Smith") {
		t.Errorf("masked:\n%s", got)
	}
	status = http.StatusOK // a comment on a success is no complaint
	b.ask(false, "y")
	if got := top(); strings.Contains(got, "✗") {
		t.Errorf("a success complains:\n%s", got)
	}
}
