package tui_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
	"aidbox-nats/tui/tuitest"
)

// hostile is what a terminal must not be told: colours, the title, the
// clipboard, moves, a bell, and text that runs backwards.
const hostile = "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b]52;c;aGk=\x07 \x1b[2J\x9b31m \u202egnorw\u202c \u200b\x00end"

func TestHostileTextIsDrawnHarmless(t *testing.T) {
	c := tuitest.Start(t, tuitest.Options{})
	c.Topic("topic-"+hostile, "")
	c.Press("r")
	c.WaitFor("topic-␛[31mred")
	c.Press("s")
	c.WaitFor(" sub SUBJECT")
	c.Type(">")
	c.Press("enter")
	c.WaitFor("Subscribed to >")
	conn, err := nats.Dial(tuitest.Context(t), nats.Options{URLs: []string{c.Broker.URL()}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	if err := conn.WaitConnected(tuitest.Context(t)); err != nil {
		t.Fatal(err)
	}
	subject := "evil.\x1b[31m\u202e"
	if err := nats.ValidSubject(subject, false); err != nil {
		subject = "evil.\u202ered" // no broker takes the other one from us
	}
	if err := conn.Publish(tuitest.Context(t), nats.Message{Subject: subject, Data: []byte(hostile),
		Header: map[string][]string{"x-evil": {strings.NewReplacer("\x00", "").Replace(hostile)}}}); err != nil {
		t.Fatal(err)
	}
	c.WaitFor("␛[31mred")
	c.Press("4", "enter", "enter", "enter")
	c.WaitFor("x-evil")
	c.Press("w")
	c.WaitFor("Wire")
	// What should not have reached the terminal fails the test at its end.
}

func TestHostileErrorsAreDrawnHarmless(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("content-type", "application/json")
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprint(w, `{"resourceType":"OperationOutcome","issue":[{"severity":"fatal","code":"exception","diagnostics":"said \u001b[31m\u202ehere"}]}`)
	}))
	t.Cleanup(server.Close)
	c := tuitest.Start(t, tuitest.Options{Aidbox: func(a *aidbox.Config) { a.URL = server.URL }})
	c.WaitFor("500 Internal Server Error")
	c.WaitFor("said [31mhere")
}

// The title of a pane, a question, a toast and the preview of a form show what
// servers and people write.
func TestHostileNamesAreDrawnHarmlessEverywhere(t *testing.T) {
	for _, size := range [][2]int{{140, 42}, {80, 24}} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			c := tuitest.Start(t, tuitest.Options{Width: size[0], Height: size[1]})
			c.Topic("topic-"+hostile, "")
			c.Press("r")
			c.WaitFor("topic-␛[31mred")
			c.Press("enter")
			c.WaitFor("Topic topic-␛[31m")
			c.Press("d")
			c.WaitFor("Delete topic topic-␛[31mred")
			c.Press("y")
			c.WaitFor("Deleted topic topic-")
			c.Press("c")
			c.WaitFor("Create a patient")
			c.Press("ctrl+w")
			c.Paste("evil\u202e\u200b\u0007")
			c.WaitFor(`"family": "evil`)
			c.WaitFor("is no JSON")
			c.Press("backspace", "ctrl+s")
			c.WaitFor("201 Created")
			c.Press("esc", "/")
			c.Paste("evil\u202e")
			c.WaitFor("/evil")
		})
	}
}
