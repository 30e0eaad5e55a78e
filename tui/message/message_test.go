package message_test

import (
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	natsgo "github.com/nats-io/nats.go"

	"aidbox-nats/aidbox/delivery"
	"aidbox-nats/aidbox/mask"
	"aidbox-nats/aidbox/r4"
	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/message"
	_ "aidbox-nats/tui/term/background"
	"aidbox-nats/tui/theme"
)

const notification = `{"topic":"foo","value":{"resourceType":"Bundle","type":"history","entry":[
 {"resource":{"resourceType":"AidboxSubscriptionStatus","notificationEvent":[{"focus":{"reference":"Patient/5e78"}}],
  "topic":"patient-topic","topic-destination":{"reference":"AidboxTopicDestination/basic"}}},
 {"request":{"method":"POST","url":"/fhir/Patient"},"fullUrl":"http://localhost:8080/fhir/Patient/5e78",
  "resource":{"id":"5e78","resourceType":"Patient","name":[{"family":"smith"}]}}]}}`

func view() message.View {
	return message.View{Theme: theme.New(theme.Options{Renderer: lipgloss.NewRenderer(io.Discard)})}
}

func masking(t *testing.T) data.Mask {
	t.Helper()
	d, err := r4.Load()
	if err != nil {
		t.Fatal(err)
	}
	return data.Mask{On: true, Masker: mask.New(d)}
}

func of(subject, body string, h natsgo.Header) message.Message {
	return message.Message{Subject: subject, Header: h, Data: []byte(body),
		Summary: delivery.Summarize(nats.Delivery{Subject: subject, Header: h, Data: []byte(body)})}
}

// drawn is all that is shown of a message: the words, and the bodies as they
// are given to their trees.
func drawn(v message.View, m message.Message) string {
	lines := append(v.Head(m, 80), v.Headers(m, 80)...)
	var out []string
	for _, b := range v.Body(m, lines, 80) {
		out = append(append(out, b.Lines...), string(b.Raw))
	}
	return ansi.Strip(strings.Join(out, "\n"))
}

func TestAMessageIsShownAsWhatItIs(t *testing.T) {
	for rule, c := range map[string]struct {
		body    string
		content message.Content
		want    []string
		not     []string
	}{
		"a notification as its change and its resource": {notification, message.Decoded,
			[]string{"change", "Patient/5e78", "patient-topic", "basic", `"family":"smith"`}, []string{"AidboxSubscriptionStatus"}},
		"raw as it came":                      {notification, message.Raw, []string{"change", "AidboxSubscriptionStatus"}, nil},
		"in hex as bytes":                     {"hello", message.Hex, []string{"68 65 6c 6c 6f", "|hello|"}, nil},
		"bytes that are no text in hex":       {"\xff\x00", message.Decoded, []string{"ff 00"}, nil},
		"JSON as it is":                       {`{"a":1}`, message.Decoded, []string{`{"a":1}`}, nil},
		"an empty body says so":               {"", message.Decoded, []string{"The body is empty."}, nil},
		"much in hex says how much is behind": {strings.Repeat("x", 65<<10), message.Hex, []string{"1.0 KB more"}, nil},
	} {
		v := view()
		v.Content = c.content
		got := drawn(v, of("foo", c.body, nil))
		for _, w := range c.want {
			if !strings.Contains(got, w) {
				t.Errorf("%s: no %q in\n%s", rule, w, got)
			}
		}
		for _, n := range c.not {
			if strings.Contains(got, n) {
				t.Errorf("%s: %q in\n%s", rule, n, got)
			}
		}
	}
}

func TestHeadersSayWhatTheyMeanToAServer(t *testing.T) {
	got := drawn(view(), of("foo", "", natsgo.Header{
		"Nats-TTL": {"1h"}, "Nats-Marker-Reason": {"MaxAge"}, "other": {"one", "two"},
	}))
	for _, w := range []string{"Nats-TTL: 1h", "expires 1h0m0s after it was stored", "the last message of this subject grew too old", "other: one", "other: two"} {
		if !strings.Contains(got, w) {
			t.Errorf("no %q in\n%s", w, got)
		}
	}
}

func TestTheMaskIsOverAllThatIsShown(t *testing.T) {
	v := view()
	v.Mask = masking(t)
	for rule, c := range map[string]struct{ body, want string }{
		"a name in a resource": {notification, "Patient/5e78"},
		"bytes":                {"smith\x00", "binary, 6 B, masked"},
		"JSON that breaks off": {`{"family":"smith"`, "text, 17 B, masked"},
	} {
		for _, v.Content = range []message.Content{message.Decoded, message.Raw, message.Hex} {
			m := of("foo", c.body, natsgo.Header{"who": {"smith"}, "Nats-Msg-Id": {"4711"}})
			got := drawn(v, m)
			if strings.Contains(got, "smith") || strings.Contains(got, "73 6d 69 74 68") || !strings.Contains(got, "4711") {
				t.Errorf("%s, %s:\n%s", rule, v.Content, got)
			}
			if v.Content != message.Hex && !strings.Contains(got, c.want) {
				t.Errorf("%s, %s: no %q in\n%s", rule, v.Content, c.want, got)
			}
			if p := message.Preview(v.Mask, m.Summary, m.Data); strings.Contains(p, "smith") {
				t.Errorf("%s: the line says %q", rule, p)
			}
		}
	}
}

func TestTheWaysToShowGoRound(t *testing.T) {
	c := message.Decoded
	var seen []string
	for range 3 {
		a := c.Action(nil, func(next message.Content) { c = next })
		seen = append(seen, a.Binding.Help().Desc)
		a.Run()
	}
	if !slices.Equal(seen, []string{"raw", "hex", "decoded"}) || c != message.Decoded {
		t.Errorf("%v, then %s", seen, c)
	}
}

func TestShortReference(t *testing.T) {
	for rule, c := range map[string]struct {
		ref  string
		w    int
		want string
	}{
		"what fits stays":                       {"Patient/5e78f7b8", 16, "Patient/5e78f7b8"},
		"the id is shortened in its middle":     {"Patient/5e78f7b8-1234", 17, "Patient/5e78…1234"},
		"too narrow for the type, all shortens": {"ServiceRequest/5e78", 10, "Servi…5e78"},
		"no type":                               {"5e78f7b8-1234", 7, "5e7…234"},
		"no room":                               {"Patient/1", 0, ""},
		"hostile text is cleaned":               {"Patient/\x1b[31m", 20, "Patient/␛[31m"},
	} {
		if got := message.ShortReference(c.ref, c.w); got != c.want {
			t.Errorf("%s: %q, not %q", rule, got, c.want)
		}
	}
}

func TestHexFitsIntoItsPlace(t *testing.T) {
	v := view()
	v.Content = message.Hex
	m := of("foo", "\x1b[31mred 0123456789abcdef", nil)
	for w, first := range map[int]string{
		200: "0000  1b 5b 33 31 6d 72 65 64  20 30 31 32 33 34 35 36  |.[31mred 0123456|",
		76:  "0000  1b 5b 33 31 6d 72 65 64  20 30 31 32 33 34 35 36  |.[31mred 0123456|",
		61:  "0000  1b 5b 33 31 6d 72 65 64  20 30 31 32  |.[31mred 012|",
		43:  "0000  1b 5b 33 31 6d 72 65 64  |.[31mred|",
		30:  "0000  1b 5b 33 31  |.[31|",
	} {
		dump := strings.TrimRight(string(v.Body(m, nil, w)[0].Raw), "\n")
		lines := strings.Split(dump, "\n")
		if lines[0] != first {
			t.Errorf("at %d: %q, not %q", w, lines[0], first)
		}
		for _, l := range lines {
			if len(l) > w-2 {
				t.Errorf("at %d: %q is %d wide", w, l, len(l))
			}
		}
		text := ""
		for _, l := range lines {
			if at := strings.Index(l, "|"); at != strings.Index(lines[0], "|") {
				t.Errorf("at %d: the characters of %q stand elsewhere", w, l)
			}
			_, chars, _ := strings.Cut(l, "|")
			text += strings.TrimSuffix(chars, "|")
		}
		if text != ".[31mred 0123456789abcdef" {
			t.Errorf("at %d: %q", w, text)
		}
	}
}

func TestTheIdentityOfAMessageIsSaidOnce(t *testing.T) {
	got := drawn(view(), of("foo", "", natsgo.Header{"Nats-Msg-Id": {"ae79"}}))
	if strings.Count(got, "ae79") != 1 || !strings.Contains(got, "sent twice, it is stored once") {
		t.Errorf("%s", got)
	}
}
