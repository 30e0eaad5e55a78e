package wire

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/nats-io/nats-server/v2/server"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
	"aidbox-nats/nats/broker"
)

func TestAnExchangeIsShownWhole(t *testing.T) {
	b := open(t, patient)
	b.create(`{"resourceType":"Patient","name":[{"family":"Smith"}]}`)
	clock := `\d\d:\d\d:\d\d\.\d\d\d`
	if got := ansi.Strip(b.View()); !regexp.MustCompile(`^▸ ` + clock + `  POST +/fhir/Patient +201 +<?[\d.]+ m?s +$`).MatchString(strings.Split(got, "\n")[0]) {
		t.Errorf("the line is %q", got)
	}
	got := ansi.Strip(b.detail.View())
	for _, want := range []string{
		`POST http://127\.0\.0\.1:\d+/fhir/Patient`, `201 Created   <?[\d.]+ m?s   \d+ B   ` + clock,
		`request\n`, `"family": "Smith"`, `answer\n`, `"city": "Zürich"`, `as curl, Y copies it\n curl -sS`,
	} {
		if !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("%s is not shown:\n%s", want, got)
		}
	}
}

// A secret is not in what was recorded, so it can be in nothing that is shown
// or copied of it.
func TestSecretsAreMaskedAtRecording(t *testing.T) {
	secrets := []string{"s3cr3t", "cm9vdDpzM2NyM3Q", "dest-pw", "url-pw", "nats-pw", "answer-token"}
	b := open(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("content-type", "application/json")
		w.Header().Set("set-cookie", "session=answer-token")
		w.WriteHeader(http.StatusCreated)
		w.Write(body)
	})
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	b.client.CreateDestination(ctx, aidbox.Destination{ID: "d", Kind: aidbox.KindCoreBestEffort, Topic: "t", Parameters: []aidbox.Parameter{
		{Name: "url", Value: "nats://joe:url-pw@h:4222"}, {Name: "subject", Value: "foo"}, {Name: "username", Value: "joe"}, {Name: "password", Value: "dest-pw"}}})

	s, err := broker.Start(ctx, broker.Options{Port: broker.FreePort, StoreDir: t.TempDir(), NoJetStream: true, Configure: func(o *server.Options) error {
		o.Users = []*server.User{{Username: "joe", Password: "nats-pw"}}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Stop(context.Background()) })
	journal := nats.NewJournal(0)
	conn, err := nats.Dial(ctx, nats.Options{URLs: []string{strings.Replace(s.URL(), "nats://", "nats://joe:nats-pw@", 1)}, Journal: journal})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	if err := conn.WaitConnected(ctx); err != nil {
		t.Fatal(err)
	}
	if err := conn.Publish(ctx, nats.Message{Subject: "foo", Data: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	b.operations = journal
	b.Update(changed{})
	b.detail.SetSize(140, 200)
	texts := map[string]string{"record of NATS": fmt.Sprintf("%+v", journal.Operations(0))}
	for _, e := range b.exchanges.Exchanges(0) {
		texts["record of Aidbox"] += fmt.Sprintf("%s %v %v %s %s %s", e.URL, e.RequestHeader, e.ResponseHeader, e.RequestBody, e.ResponseBody, e.Err)
	}
	b.press("g")
	for range b.Len() {
		_, copied := b.Copied()
		_, command := b.Command()
		texts["screen"] += b.View() + b.detail.View()
		texts["copy"] += copied
		texts["command"] += command
		b.press("j")
	}
	for what, text := range texts {
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("%s is in the %s:\n%s", secret, what, text)
			}
		}
	}
	for _, variable := range []string{"$AIDBOX_CLIENT_SECRET", "$NATS_PASSWORD", "$SECRET"} {
		if !strings.Contains(texts["command"], variable) {
			t.Errorf("no command has %s:\n%s", variable, texts["command"])
		}
	}
}
