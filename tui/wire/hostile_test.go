package wire

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	natsgo "github.com/nats-io/nats.go"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
	"aidbox-nats/nats/broker"
	"aidbox-nats/tui/term"
)

// evils are what a terminal would act on, or what would be read as something
// else than it is.
var evils = map[string]string{
	"an escape sequence":       "\x1b[31mred",
	"a clear of the screen":    "\x1b[2J",
	"a clipboard question":     "\x1b]52;c;?\x07",
	"a title":                  "\x1b]0;owned\x07",
	"a C1 control":             "\u009b31m",
	"an override of direction": "\u202egnp.exe",
	"an isolate of direction":  "\u2066x\u2069",
	"an invisible tag":         "a\U000e0041b",
	"a backspace":              "a\b\b\bb",
	"a zero byte":              "a\x00b",
	"what is no UTF-8":         "a\xff\xfeb",
}

// attributes are what the theme of these tests, which has no colours, sends.
var attributes = regexp.MustCompile(`\x1b\[[0-9](;[0-9])*m`)

// harmless fails the test where a screen holds more than text and its
// attributes.
func harmless(t *testing.T, what, screen string) {
	t.Helper()
	for _, r := range attributes.ReplaceAllString(screen, "") {
		switch {
		case r == '\n':
		case r < 0x20, r >= 0x7f && r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r >= 0xe0000 && r <= 0xe007f:
			t.Errorf("%s holds %U:\n%q", what, r, screen)
			return
		}
	}
}

func (b *bench) harmless() {
	b.t.Helper()
	b.SetSize(60, 10)
	b.detail.SetSize(100, 100)
	b.press("g")
	for i := range b.Len() {
		title := b.detail.Title()
		_, command := b.Command()
		for what, text := range map[string]string{"the list": b.View(), "the detail": b.detail.View(), "its title": title.Text + title.Right, "the command": command} {
			harmless(b.t, "of line "+strconv.Itoa(i)+" "+what, text)
		}
		for _, l := range strings.Split(b.detail.View(), "\n") {
			if w := term.Width(l); w > 100 {
				b.t.Errorf("a line of the detail is %d wide: %q", w, l)
			}
		}
		b.press("j")
	}
}

func TestHostileExchangesAreDrawnHarmless(t *testing.T) {
	for rule, evil := range evils {
		t.Run(rule, func(t *testing.T) {
			b := open(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header()["X-Evil"] = []string{strings.NewReplacer("\n", "", "\x00", "").Replace(evil)}
				w.Header().Set("content-type", r.URL.Query().Get("type"))
				w.WriteHeader(http.StatusTeapot)
				w.Write([]byte(r.URL.Query().Get("body")))
			})
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			defer cancel()
			for _, body := range []string{evil, `{"` + evil + `": "` + evil + `"}`, "- a: " + evil, `{"resourceType":"OperationOutcome","issue":[{"diagnostics":"` + evil + `"}]}`} {
				b.client.Search(ctx, "Patient", url.Values{"body": {body}, "type": {"application/json"}, evil: {evil}})
				b.client.Create(ctx, "Patient", []byte(body), aidbox.WriteOptions{CorrelationID: "c", IfNoneExist: "name=" + url.QueryEscape(evil)})
			}
			b.client.Read(ctx, "Patient", evil)
			b.Update(changed{})
			if b.Len() < 8 {
				t.Fatalf("%d exchanges", b.Len())
			}
			b.harmless()
			b.filterFor("evil")
			title := b.Title()
			harmless(t, "the title", title.Text+title.Right)
			b.filterFor(evil)
			title = b.Title()
			harmless(t, "the title", title.Text+title.Right)
			harmless(t, "the filtered list", b.View())
		})
	}
}

func TestHostileOperationsAreDrawnHarmless(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	server, err := broker.Start(ctx, broker.Options{Port: broker.FreePort, StoreDir: t.TempDir(), NoJetStream: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Stop(context.Background()) })
	for rule, evil := range evils {
		t.Run(rule, func(t *testing.T) {
			journal := nats.NewJournal(0)
			conn, err := nats.Dial(ctx, nats.Options{URLs: []string{server.URL()}, Journal: journal})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(conn.Close)
			if err := conn.WaitConnected(ctx); err != nil {
				t.Fatal(err)
			}
			for _, m := range []nats.Message{
				{Subject: "s." + evil, Data: []byte(evil)},
				{Subject: "s", Reply: "r." + evil, Data: []byte(`{"` + evil + `":"` + evil + `"}`)},
				{Subject: "s", Header: natsgo.Header{"x-evil": {evil}}, Data: []byte("x")},
			} {
				// What is refused here is recorded all the same, or not sent at all.
				conn.Publish(ctx, m)
			}
			b := open(t, nothing)
			b.operations = journal
			b.Update(changed{})
			if b.Len() < 2 {
				t.Fatalf("%d operations", b.Len())
			}
			b.harmless()
		})
	}
}
