package change

import (
	"context"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/sandbox"
	"aidbox-nats/tui/data"
	_ "aidbox-nats/tui/term/background"
	"aidbox-nats/tui/widget"
)

func TestPatientOf(t *testing.T) {
	for rule, c := range map[string]struct {
		v    widget.Values
		want string
	}{
		"both names":         {widget.Values{"family": " smith ", "given": "joe"}, `{"resourceType":"Patient","name":[{"family":"smith","given":["joe"]}]}`},
		"a given name alone": {widget.Values{"given": "joe"}, `{"resourceType":"Patient","name":[{"given":["joe"]}]}`},
		"no name at all":     {widget.Values{"family": " "}, `{"resourceType":"Patient"}`},
		"what JSON escapes":  {widget.Values{"family": "\"\x1b"}, `{"resourceType":"Patient","name":[{"family":"\"\u001b"}]}`},
	} {
		if got, err := patientOf(c.v); err != nil || string(got) != c.want {
			t.Errorf("%s: %s, %v", rule, got, err)
		}
	}
}

func TestACorrelationIDIsAHeader(t *testing.T) {
	for id, good := range map[string]bool{"": true, "order-4711": true, "a b": true, "a\nb": false, "naïve": false, "\x1b[31m": false} {
		if err := checkCorrelation(id); (err == nil) != good {
			t.Errorf("%q: %v", id, err)
		}
	}
}

// The server's answer is told, and everything is read again.
func TestAChangeIsMadeAndTold(t *testing.T) {
	s, err := sandbox.Start(t.Context(), sandbox.Options{Addr: "127.0.0.1:0", DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(context.Background()) })
	client, err := aidbox.New(aidbox.Config{URL: s.URL(), ClientID: "root", Secret: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	m := New(client)
	o := m.create(t.Context(), widget.Values{"family": "smith", "correlation": "order-4711"})
	if o.Err != nil || !strings.HasPrefix(o.Said, "201 Created Patient/") || len(o.Then) != 1 || o.Then[0] != tea.Msg(data.Stale{}) {
		t.Errorf("%+v", o)
	}
	page, err := client.Search(t.Context(), "Patient", nil)
	if err != nil || len(page.Entries) != 1 {
		t.Errorf("the server holds %d patients, %v", len(page.Entries), err)
	}

	stranger, err := aidbox.New(aidbox.Config{URL: s.URL(), ClientID: "root", Secret: "wrong"})
	if err != nil {
		t.Fatal(err)
	}
	if o := New(stranger).create(t.Context(), widget.Values{"family": "smith"}); o.Err == nil || o.Said != "" || len(o.Then) > 0 {
		t.Errorf("%+v", o)
	}
}
