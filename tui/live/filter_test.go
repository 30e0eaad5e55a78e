package live

import (
	"fmt"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	natsgo "github.com/nats-io/nats.go"

	"aidbox-nats/aidbox/mask"
	"aidbox-nats/aidbox/r4"
	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/term"
)

func (b *bench) filterFor(text string) {
	b.t.Helper()
	b.feed.SetFilter(text)
	b.sift()
}

func (b *bench) says(what string) {
	b.t.Helper()
	if got := ansi.Strip(b.feed.Title().Right); !strings.Contains(got, what) {
		b.t.Errorf("the title does not say %q but %q", what, got)
	}
}

func TestAFilterShowsWhatMatches(t *testing.T) {
	b := open(t, 100)
	b.arrive(25)
	b.filterFor("MESSAGE 2")
	b.want("filtered", "2-25", "25")
	b.says("/MESSAGE 2  7 of 25")
	b.arrive(1)
	b.want("what comes is filtered too", "2-26", "26")
	b.says("8 of 26")
	b.filterFor("!message 2")
	b.want("inverted", "10-19", "19")
	b.says("/!message 2  18 of 26")
	b.filterFor("nothing of the kind")
	if got := b.feed.View(); !strings.Contains(got, "None of 26 messages matches nothing of the kind") {
		t.Errorf("%s", got)
	}
	if _, ok := b.feed.selected(); ok {
		t.Error("something is selected")
	}
	b.filterFor("")
	b.want("taken away", "17-26", "26")
}

// Only what is new is looked at: what was decided stays, whatever comes.
func TestAFilterLooksAtEachMessageOnce(t *testing.T) {
	b := open(t, 5000)
	b.arrive(30)
	b.feed.SetFilter("message")
	b.sift()
	b.sent++
	b.publish(nats.Message{Subject: "foo", Data: []byte("message 31")})
	b.settleWithout()
	j := <-b.jobs
	if len(j.entries) != 1 || j.from != 31 {
		t.Errorf("%d entries from %d on are searched again", len(j.entries), j.from)
	}
	b.Update(j.run(b.stopped))
	b.says("31 of 31")
}

// What was shown stays until the answer to another filter is complete, and an
// answer to an earlier one is dropped.
func TestTypingOnDoesNotFlicker(t *testing.T) {
	b := open(t, 10_000)
	b.arrive(stepEntries + 10)
	b.feed.SetFilter("message 7")
	first := b.search()()
	b.Update(first)
	b.want("half searched", "2001-2010", "2010")
	b.says("/message 7  … of 2,010")
	b.feed.SetFilter("message 77")
	b.sift()
	b.want("searched", "770-779", "779")
	b.says("/message 77  11 of 2,010")
	b.Update(first)
	b.says("/message 77  11 of 2,010")
}

func TestOneMessageIsNotSeveral(t *testing.T) {
	b := open(t, 100)
	b.arrive(1)
	b.filterFor("nothing")
	if got := b.feed.View(); !strings.Contains(got, "None of 1 message matches nothing") {
		t.Errorf("%s", got)
	}
	if got := messages(1200); got != "1,200 messages" {
		t.Error(got)
	}
}

func TestThePausedFeedIsFiltered(t *testing.T) {
	b := open(t, 20)
	b.arrive(20)
	b.space()
	b.arrive(30)
	b.filterFor("message 1")
	b.want("in what was kept", "10-19", "19")
	b.says("/message 1  11 of 20 · 50 received")
	b.says("paused, 30 new")
	b.space()
	b.sift()
	if b.feed.Filter() != "message 1" || b.feed.sieve.messages() != 0 {
		t.Errorf("%q finds %d", b.feed.Filter(), b.feed.sieve.messages())
	}
}

func TestTheCursorStaysOnItsMessageUnderAnotherFilter(t *testing.T) {
	b := open(t, 100)
	b.arrive(30)
	for range 5 {
		b.press(tea.KeyMsg{Type: tea.KeyUp})
	}
	b.filterFor("5")
	b.want("it matches", "5-25", "25")
	b.filterFor("3")
	b.want("the next that matches", "3-30", "30")
	b.filterFor("")
	b.want("no filter", "16-25", "25")
}

func TestEverythingOfAMessageIsSearched(t *testing.T) {
	b := open(t, 100)
	b.sent++
	b.publish(nats.Message{Subject: "foo", Header: natsgo.Header{"correlation-id": {"order-4711"}}, Data: []byte(notification)})
	b.sent++
	b.publish(nats.Message{Subject: "foo", Data: []byte(`{"name":"M\u00fcller \ud83d\ude00"}`)})
	b.settle()
	for _, c := range []struct {
		text string
		want int
	}{
		{"foo", 2}, {"patient/5E78", 1}, {"BASIC", 1}, {"order-4711", 1}, {"correlation-id: order", 1}, {"smith", 1}, {"patient-topic", 1},
		{"create?", 1}, {"json", 1}, {"müller", 1}, {"MÜLLER 😀", 1}, {"delete", 0}, {"!smith", 1},
	} {
		b.filterFor(c.text)
		if got := b.feed.sieve.messages(); got != c.want {
			t.Errorf("%q finds %d, not %d", c.text, got, c.want)
		}
	}
}

// With the mask on, what it hides is neither drawn, nor found, nor copied.
func TestTheMaskHidesFromTheSearchToo(t *testing.T) {
	definitions, err := r4.Load()
	if err != nil {
		t.Fatal(err)
	}
	b := open(t, 100)
	b.sent += 2
	b.publish(nats.Message{Subject: "foo", Header: natsgo.Header{"x-who": {"smith"}}, Data: []byte(notification)})
	b.publish(nats.Message{Subject: "foo", Data: []byte("smith was here")})
	b.settle()
	b.Update(data.Mask{On: true, Masker: mask.New(definitions)})
	b.sift()
	b.filterFor("smith")
	if n := b.feed.sieve.messages(); n != 0 {
		t.Errorf("%d are found", n)
	}
	b.filterFor("")
	for range 2 {
		b.feed.SetFocus(focused)
		_, copied := b.Copied()
		_, command := b.Command()
		for what, text := range map[string]string{"feed": b.feed.View(), "detail": b.detail.View(), "copy": copied, "command": command} {
			if strings.Contains(text, "smith") {
				t.Errorf("%s: %s", what, text)
			}
		}
		b.press(tea.KeyMsg{Type: tea.KeyUp})
	}
	b.filterFor("Patient/5e78")
	if n := b.feed.sieve.messages(); n != 1 {
		t.Errorf("%d have the id, which is not hidden", n)
	}
	b.Update(data.Mask{})
	b.sift()
	b.filterFor("smith")
	if n := b.feed.sieve.messages(); n != 2 {
		t.Errorf("%d are found without the mask", n)
	}
}

func TestSystemSubjectsAreHiddenUnlessAskedFor(t *testing.T) {
	b := open(t, 100)
	if err := b.source.Subscribe(within(t), ">"); err != nil {
		t.Fatal(err)
	}
	b.sent += 3
	b.publish(nats.Message{Subject: "_INBOX.x.y", Data: []byte("message 1")})
	b.publish(nats.Message{Subject: "$KV.bucket.key", Data: []byte("message 2")})
	b.publish(nats.Message{Subject: "bar", Data: []byte("message 3")})
	b.settle()
	b.want("hidden", "3-3", "3")
	b.says("2 hidden")
	b.press(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("a")})
	b.want("shown", "1-3", "3")
	b.press(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("a")})
	b.want("hidden again", "3-3", "3")
	if err := b.source.Subscribe(within(t), "$KV.>"); err != nil {
		t.Fatal(err)
	}
	b.sent += 2 // it comes by both subscriptions
	b.publish(nats.Message{Subject: "$KV.bucket.key", Data: []byte("message 4")})
	b.settle()
	b.want("who subscribed for it sees it", "3-4", "4")
	b.says("3 hidden")
}

func TestTheColumnsDependOnTheWidthAlone(t *testing.T) {
	b := open(t, 100)
	b.sent++
	b.publish(nats.Message{Subject: "foo", Data: []byte("short")})
	b.settle()
	before := b.feed.View()
	b.sent++
	b.publish(nats.Message{Subject: "foo", Data: []byte(strings.ReplaceAll(notification, "basic", strings.Repeat("long", 20)))})
	b.settle()
	if got := strings.Split(b.feed.View(), "\n")[0]; ansi.Strip(got)[1:] != ansi.Strip(before)[len("▸"):] {
		t.Errorf("the first line was\n%s, is\n%s", before, got)
	}
	for w := range 200 {
		c := columnsFor(w)
		sum := clockWidth + gapWidth + c.subject + gapWidth + actionWidth + 1 + c.focus
		for _, n := range []int{c.destination, c.size, c.lag} {
			if n > 0 {
				sum += n + gapWidth
			}
		}
		if w > 40 && sum != w {
			t.Errorf("of %d cells %d are shared: %+v", w, sum, c)
		}
	}
}

func TestNeedles(t *testing.T) {
	for _, c := range []struct {
		text, in string
		want     bool
	}{
		{"a", "", false}, {"a", "A", true}, {"abc", "xxABCxx", true}, {"abc", "ab", false}, {"aab", "aaab", true},
		{"é", "É", true}, {"4711", "x4711", true}, {"4711", "471", false}, {"zz", "zaZz", true}, {"[", "{}[", true},
	} {
		if got := newNeedle(c.text).in([]byte(c.in)); got != c.want {
			t.Errorf("%q in %q: %v", c.text, c.in, got)
		}
	}
	for in, want := range map[string]string{
		`a\u00fcb`: "aüb", `\ud83d\ude00`: "😀", `\ud83d`: "\ufffd", `\u12`: "u12", `\`: `\`, `\\n`: `\n`, `\"\/\n`: "\"/\n",
	} {
		if got := string(unescape([]byte(in))); got != want {
			t.Errorf("%s means %q, not %q", in, got, want)
		}
	}
}

func FuzzNeedle(f *testing.F) {
	f.Add("smith", "Patient SMITH")
	f.Add("ß", "ẞ")
	f.Fuzz(func(t *testing.T, text, in string) {
		n := newNeedle(text)
		if len(n.lower) == 0 {
			return
		}
		got := n.in([]byte(in))
		if n.ascii {
			want := strings.Contains(asciiLower(in), string(n.lower))
			if got != want {
				t.Errorf("%q in %q: %v", text, in, got)
			}
		}
		unescape([]byte(in))
	})
}

func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 {
			return rune(lower(byte(r)))
		}
		return r
	}, strings.ToValidUTF8(s, "\xff"))
}

// The title fits at every width, and the state is the last to go.
func TestTheTitleFits(t *testing.T) {
	b := open(t, 100)
	b.arrive(3)
	b.filterFor("message")
	for w := 44; w < 160; w++ {
		b.feed.SetSize(w, 5)
		title := b.feed.Title()
		if n := term.Width(title.Text) + term.Width(title.Right) + 3; n > w-4 {
			t.Errorf("at %d the title takes %d: %s %s", w, n, title.Text, title.Right)
		}
		if !strings.HasSuffix(title.Right, "following") {
			t.Errorf("at %d: %s", w, title.Right)
		}
	}
}

var notification = fmt.Sprintf(`{"topic":"foo","value":{"resourceType":"Bundle","type":"history","timestamp":"2025-05-05T09:54:29Z","entry":[
 {"resource":{"resourceType":"AidboxSubscriptionStatus","status":"active","type":"event-notification",
  "notificationEvent":[{"eventNumber":1,"focus":{"reference":"Patient/5e78"}}],
  "topic":"patient-topic","topic-destination":{"reference":"AidboxTopicDestination/basic"}}},
 {"request":{"method":"POST","url":"/fhir/Patient"},"fullUrl":"http://localhost:8080/fhir/Patient/5e78",
  "resource":{"name":[{"family":"smith"}],"id":"5e78","resourceType":"Patient","meta":{"lastUpdated":%[1]q,"versionId":"17",
   "extension":[{"url":"ex:createdAt","valueInstant":%[1]q}]}}}]}}`, "2025-05-05T09:54:29.000000Z")
