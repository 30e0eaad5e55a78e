package live

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	natsgo "github.com/nats-io/nats.go"

	"aidbox-nats/nats"
	"aidbox-nats/tui/widget"
)

// What is pasted elsewhere must find the server and the user, and hold no
// secret.
func TestCommandsWorkWhenPasted(t *testing.T) {
	b, server := openWith(t, 100, nil)
	login := "nats --server " + server.URL() + ` --user joe --password "$NATS_PASSWORD" `
	says := func(where, want string, of func() (what, text string)) {
		t.Helper()
		if what, text := of(); what != "nats command" || text != want {
			t.Errorf("in the %s the %s is\n%s\nnot\n%s", where, what, text, want)
		}
	}
	says("list", login+"sub foo", b.Command)
	b.feed.Update(focused)
	if what, text := b.Command(); text != "" {
		t.Errorf("without a message the %s is %s", what, text)
	}
	if what, text := b.Copied(); text != "" {
		t.Errorf("without a message the %s is %s", what, text)
	}

	b.sent++
	b.publish(nats.Message{Subject: "foo", Reply: "back", Header: natsgo.Header{"Nats-Msg-Id": {"1"}}, Data: []byte(`{"a": "it's"}`)})
	b.settle()
	again := login + `pub --reply=back --header=Nats-Msg-Id:1 foo '{"a": "it'\''s"}'`
	says("feed", again, b.Command)
	says("feed", again, b.feed.Command)
	b.feed.Update(widget.Focus{})
	b.detail.Update(focused)
	says("detail", again, b.Command)
	says("detail", again, b.detail.Command)
}

// What a dialog will do stands in it as a command before it is done.
func TestDialogsShowTheirCommandWithTheServer(t *testing.T) {
	b, server := openWith(t, 100, nil)
	for what, c := range map[string]struct {
		dialog widget.Dialog
		typed  string
		want   string
	}{
		"nothing typed yet": {b.subscribeForm(), "", "--user joe --password \"$NATS_PASSWORD\" sub SUBJECT"},
		"subscribe":         {b.subscribeForm(), "bar", "--user joe --password \"$NATS_PASSWORD\" sub bar"},
		"publish":           {b.publishForm(), "", "--user joe --password \"$NATS_PASSWORD\" pub foo ''"},
	} {
		for _, r := range c.typed {
			c.dialog.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
		}
		got := strings.Join(strings.Fields(strings.Join(c.dialog.View(b.Theme, 140, 40), " ")), " ")
		if !strings.Contains(got, "nats --server "+server.URL()) || !strings.Contains(got, c.want) {
			t.Errorf("%s:\n%s", what, got)
		}
	}
}
