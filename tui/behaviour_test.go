package tui_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/tuitest"
)

func TestDeletingAsksAndEnterAloneKeeps(t *testing.T) {
	c := tuitest.Start(t, tuitest.Options{})
	c.Topic("patient-topic", "")
	c.Destination("basic", aidbox.KindCoreBestEffort, "patient-topic", "foo")
	c.Press("r")
	c.WaitFor("goes to        basic") // both are read

	c.Press("d")
	c.WaitFor("Delete topic patient-topic?")
	c.WaitFor("basic still uses it: it stays")
	c.Press("enter")
	c.WaitGone("Delete topic patient-topic?")
	if topics, err := c.Client.Topics(tuitest.Context(t)); err != nil || len(topics) != 1 {
		t.Fatalf("enter alone deleted: %d topics, %v", len(topics), err)
	}

	c.Press("2", "d")
	c.WaitFor("Delete destination basic?")
	c.Press("y")
	c.WaitFor("Deleted destination basic")
	c.WaitFor("No destinations yet")
	c.Press("1", "d", "tab", "enter")
	c.WaitFor("Deleted topic patient-topic")
	c.WaitFor("No topics yet")
	topics, err := c.Client.Topics(tuitest.Context(t))
	if err != nil || len(topics) != 0 {
		t.Fatalf("the server still holds %d topics, %v", len(topics), err)
	}
}

func TestARefusedFormKeepsWhatWasTyped(t *testing.T) {
	c := tuitest.Start(t, tuitest.Options{})
	c.Topic("patient-topic", "")
	c.Press("r")
	c.WaitFor("patient-topic")
	c.Press("2", "n")
	c.WaitFor("New destination")
	c.Type("basic")
	c.Press("enter", "enter", "enter")
	c.Type("foo")
	c.Destination("basic", aidbox.KindCoreBestEffort, "patient-topic", "foo") // somebody is faster
	c.Press("ctrl+s")
	c.WaitFor("409 Conflict")
	c.WaitFor("id         basic")
	c.WaitFor("subject    foo")
	c.Press("esc", "esc") // the first asks
	c.WaitGone("New destination")
}

func TestReadOnlySaysSoBeforeAnythingIsTyped(t *testing.T) {
	c := tuitest.Start(t, tuitest.Options{ReadOnly: true})
	c.WaitFor("READ-ONLY")
	for _, k := range []string{"n", "c", "p"} {
		c.Press(k)
		c.WaitFor("this console changes nothing")
		c.Press("esc")
		c.WaitGone("this console changes nothing")
	}
	c.Press("s")
	c.WaitFor("Subscribe")
}

func TestWrongSecretIsNamed(t *testing.T) {
	c := tuitest.Start(t, tuitest.Options{Aidbox: func(a *aidbox.Config) { a.Secret = "wrong" }})
	c.WaitFor("wrong client or secret")
	c.WaitFor("AIDBOX_CLIENT_SECRET")
}

func TestNobodyListensIsNamed(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	c := tuitest.Start(t, tuitest.Options{
		Aidbox: func(a *aidbox.Config) { a.URL = gone.URL },
		NATS:   func(n *nats.Options) { n.URLs = []string{strings.Replace(gone.URL, "http", "nats", 1)} },
	})
	c.WaitFor("no answer")
	c.WaitFor("nothing listens on")
	c.WaitFor("start Aidbox there or give --aidbox-url")
	c.WaitFor("NATS ✗")
	c.Press("s")
	c.WaitFor("Subscribe")
	c.Press("esc")
	c.WaitGone(" sub SUBJECT")
}

func TestTheBrokerGoesAwayAndComesBack(t *testing.T) {
	c := tuitest.Start(t, tuitest.Options{})
	c.WaitFor("NATS ●")
	c.Press("s")
	c.WaitFor(" sub SUBJECT")
	c.Type("foo")
	c.Press("enter")
	c.WaitFor("Subscribed to foo")
	if err := c.Broker.Stop(tuitest.Context(t)); err != nil {
		t.Fatal(err)
	}
	c.WaitFor("reconnecting")
	if err := c.Broker.Restart(tuitest.Context(t)); err != nil {
		t.Fatal(err)
	}
	c.WaitGone("reconnecting")
	c.Press("p")
	c.WaitFor(" pub ")
	c.Press("enter")
	c.Type("again")
	c.Press("ctrl+s")
	c.WaitFor("1 received")
}

func TestFastKeysAreKeysOfTheirOwn(t *testing.T) {
	c := tuitest.Start(t, tuitest.Options{})
	for i := range 5 {
		c.Topic(fmt.Sprintf("topic-%d", i), "")
	}
	c.Press("r")
	c.WaitFor("topic-4")
	c.Press("g")
	rows := listed(c)
	if len(rows) != 5 {
		t.Fatalf("the list shows %v", rows)
	}
	on := func(i int) func(string) bool {
		return func(s string) bool {
			return strings.Contains(s, "▸ topic-"+rows[i]) || strings.Contains(s, "▸topic-"+rows[i])
		}
	}
	c.WaitUntil(on(0))
	c.Type("jjjj") // one message of four characters
	c.WaitUntil(on(4))
	c.Type("kkk")
	c.WaitUntil(on(1))
}

// listed are the numbers of the topics in the order of the list.
func listed(c *tuitest.Console) []string {
	var rows []string
	for _, l := range c.Lines() {
		list, _, beside := strings.Cut(l, "││")
		if _, number, ok := strings.Cut(list, "topic-"); ok && beside {
			rows = append(rows, number[:1])
		}
	}
	return rows
}

func TestFilterInvertsAndEscTakesItAway(t *testing.T) {
	c := tuitest.Start(t, tuitest.Options{})
	c.Topic("alpha", "")
	c.Topic("beta", "")
	c.Press("r")
	c.WaitFor("beta")
	c.Press("/")
	c.WaitFor("! inverts")
	c.Type("alp")
	c.WaitGone("beta")
	c.Press("enter")
	c.WaitFor("1 of 2")
	c.Press("/")
	c.Press("ctrl+u")
	c.Type("!alp")
	c.WaitFor("beta")
	c.WaitGone("alpha")
	c.Press("enter", "esc")
	c.WaitFor("alpha")
	c.WaitFor("beta")
}

func TestAKeyThatDoesNothingSaysSo(t *testing.T) {
	c := tuitest.Start(t, tuitest.Options{})
	c.Press("Z")
	c.WaitFor("Z does nothing here")
	c.Press("d")
	c.WaitFor("there is no topic to delete")
}

func TestSuspendingTheSandboxIsToldFirst(t *testing.T) {
	c := tuitest.Start(t, tuitest.Options{})
	c.Press("ctrl+z")
	c.WaitFor("ctrl+z stops the sandbox too")
}

func TestLeavingAFilledFormIsToldFirst(t *testing.T) {
	c := tuitest.Start(t, tuitest.Options{})
	c.Press("s")
	c.WaitFor(" sub SUBJECT")
	c.Type("foo")
	c.WaitFor(" sub foo")
	c.Press("ctrl+c")
	c.WaitFor("ctrl+c again leaves")
	c.Press("ctrl+c")
	if _, err := c.Wait(); err != nil {
		t.Fatal(err)
	}
}

func TestALateAnswerToAnOldQuestionIsDropped(t *testing.T) {
	c := tuitest.Start(t, tuitest.Options{})
	c.WaitFor("No topics yet")
	now := time.Now()
	c.Send(data.Topics{Answer: data.Answer{Question: 1 << 40, At: now}, Topics: []aidbox.Topic{{ID: "2", URL: "newer"}}})
	c.WaitFor("newer")
	c.Send(data.Topics{Answer: data.Answer{Question: 1<<40 - 1, At: now}, Topics: []aidbox.Topic{{ID: "1", URL: "older"}}})
	c.Press("?")
	c.WaitFor("Anywhere")
	c.Press("esc")
	c.WaitFor("newer")
	if strings.Contains(c.Text(), "older") {
		t.Errorf("an old answer replaced a newer one:\n%s", c.Text())
	}
}

func TestTheMouseIsOffUntilAsked(t *testing.T) {
	c := tuitest.Start(t, tuitest.Options{})
	if c.Mouse() {
		t.Error("the mouse is on from the start: the terminal selects no text")
	}
	c.Press("m")
	c.WaitFor("Mouse on")
	c.WaitUntil(func(string) bool { return c.Mouse() })
	c.Press("s")
	c.WaitFor(" sub SUBJECT")
	c.Press("esc")
	c.WaitGone(" sub SUBJECT")
	c.Press("m")
	c.WaitFor("Mouse off")
	c.WaitUntil(func(string) bool { return !c.Mouse() })
}

func TestACommandIsCopiedWithoutItsSecret(t *testing.T) {
	t.Setenv("SSH_TTY", "/dev/pts/1") // no tool of this machine reaches the person's clipboard
	c := tuitest.Start(t, tuitest.Options{})
	c.Press("c")
	c.WaitFor("Create a patient")
	c.Press("ctrl+s")
	c.WaitFor("201 Created")
	c.Press("w")
	c.WaitFor("Aidbox POST")
	c.Press("Y")
	c.WaitFor("Copied the curl command with OSC 52")
	got := c.Copied()
	if !strings.Contains(got, "curl") || !strings.Contains(got, "/fhir/Patient") || !strings.Contains(got, "$AIDBOX_CLIENT_SECRET") {
		t.Errorf("%s was copied", got)
	}
	if strings.Contains(got, ":secret") || strings.Contains(got, "cm9vdDpzZWNyZXQ") {
		t.Errorf("the secret was copied: %s", got)
	}
}

func TestWhatIsSelectedIsCopied(t *testing.T) {
	t.Setenv("SSH_TTY", "/dev/pts/1")
	c := tuitest.Start(t, tuitest.Options{})
	c.Topic("patient-topic", "name.exists()")
	c.Press("r")
	c.WaitFor("▸ patient-topic")
	c.Press("y")
	c.WaitFor("Copied the ")
	if got := c.Copied(); !strings.Contains(got, "patient-topic") || strings.Contains(got, "curl") {
		t.Errorf("y copied %q", got)
	}
	c.Press("Y")
	c.WaitFor("Copied the curl that puts topic patient-topic")
	if got := c.Copied(); !strings.Contains(got, "curl") || !strings.Contains(got, "/fhir/AidboxSubscriptionTopic") || strings.Contains(got, ":secret") {
		t.Errorf("Y copied %q", got)
	}
	c.Press("3", "y")
	c.WaitFor("there is nothing to copy")
}

func TestUnsubscribing(t *testing.T) {
	c := tuitest.Start(t, tuitest.Options{})
	c.Press("s")
	c.WaitFor(" sub SUBJECT")
	c.Type("foo.>")
	c.Press("enter")
	c.WaitFor("Subscribed to foo.>")
	c.Press("u")
	c.WaitFor("Unsubscribed from foo.> after 0 messages")
	c.WaitFor("No subscriptions")
}

func TestPausedIsAFrozenWindow(t *testing.T) {
	c := tuitest.Start(t, tuitest.Options{})
	c.Press("s")
	c.WaitFor(" sub SUBJECT")
	c.Type("foo")
	c.Press("enter")
	c.WaitFor("Subscribed to foo")
	publish := func(text string) {
		t.Helper()
		if err := c.Conn.Publish(tuitest.Context(t), nats.Message{Subject: "foo", Data: []byte(text)}); err != nil {
			t.Fatal(err)
		}
	}
	publish("before")
	c.WaitFor("before")
	c.Press("space")
	c.WaitFor("paused")
	publish("during")
	c.WaitFor("paused, 1 new")
	if strings.Contains(c.Text(), "during") {
		t.Errorf("the paused feed moved:\n%s", c.Text())
	}
	c.Press("space")
	c.WaitFor("during")
	c.WaitFor("following")
}

// A flood is looked at, never waited for: keys work while it lasts, and every
// message is counted.
func TestAFloodLeavesTheKeysAlone(t *testing.T) {
	c := tuitest.Start(t, tuitest.Options{})
	c.Press("s")
	c.WaitFor(" sub SUBJECT")
	c.Type("flood")
	c.Press("enter")
	c.WaitFor("Subscribed to flood")
	const messages = 50_000
	done := make(chan error, 1)
	go func() {
		conn, err := nats.Dial(tuitest.Context(t), nats.Options{URLs: []string{c.Broker.URL()}})
		if err != nil {
			done <- err
			return
		}
		defer conn.Close()
		if err := conn.WaitConnected(tuitest.Context(t)); err != nil {
			done <- err
			return
		}
		done <- flood(conn, "flood", messages)
	}()
	c.WaitUntil(func(s string) bool { return !strings.Contains(s, " 0 received") })
	c.Press("?")
	c.WaitFor("Anywhere")
	c.Press("esc")
	c.WaitGone("Anywhere")
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	c.WaitFor("50,000 received, keeps the last 10,000 · 0 dropped")
}
