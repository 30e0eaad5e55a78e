package live

import (
	"context"
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
	"aidbox-nats/tui/widget"
)

// catch does what await does: it looks at what has passed, and takes that.
func (b *bench) catch() changed {
	b.t.Helper()
	b.settleWithout()
	c := look(b.source, b.passed, b.tracker)
	b.Update(c)
	b.sift()
	return c
}

func TestWhatIsSentAgainIsMarked(t *testing.T) {
	withID := func(id string) nats.Message {
		return nats.Message{Subject: "foo", Header: natsgo.Header{msgID: {id}}, Data: []byte(notification)}
	}
	body := func(old, new string) nats.Message {
		return nats.Message{Subject: "foo", Data: []byte(strings.ReplaceAll(notification, old, new))}
	}
	for _, c := range []struct {
		rule string
		sent []nats.Message
		want []string // beside what each is about
	}{
		{"the same id", []nats.Message{withID("1"), withID("2"), withID("1"), withID("1")}, []string{"", "", "again (2nd)", "again (3rd)"}},
		{"the same version from the same destination", []nats.Message{body("", ""), body("", "")}, []string{"", "again (2nd)"}},
		{"another version is another change", []nats.Message{body("", ""), body(`"versionId":"17"`, `"versionId":"18"`)}, []string{"", ""}},
		{"another destination sends for itself", []nats.Message{body("", ""), body("basic", "other")}, []string{"", ""}},
		{"another resource is another change", []nats.Message{body("", ""), body("5e78", "6f89")}, []string{"", ""}},
		{"what has no version is not compared", []nats.Message{body(`"versionId":"17",`, ""), body(`"versionId":"17",`, "")}, []string{"", ""}},
		{"what is no notification has its id alone", []nats.Message{{Subject: "foo", Data: []byte("x")}, {Subject: "foo", Data: []byte("x")},
			{Subject: "foo", Header: natsgo.Header{msgID: {"1"}}, Data: []byte("x")}, {Subject: "foo", Header: natsgo.Header{msgID: {"1"}}, Data: []byte("x")}},
			[]string{"", "", "", "again (2nd)"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			b := open(t, 100)
			for _, m := range c.sent {
				b.sent++
				b.publish(m)
			}
			b.catch()
			for _, w := range []int{77, 120} {
				b.feed.SetSize(w, 10)
				for i, l := range strings.Split(ansi.Strip(b.feed.View()), "\n") {
					mark := c.want[i]
					if w == 77 && strings.Contains(l, "create?") {
						mark, _, _ = strings.Cut(mark, " ")
					}
					if !strings.Contains(l, mark) || mark == "" && strings.Contains(l, "again") {
						t.Errorf("at %d line %d is %q, which should say %q", w, i, l, mark)
					}
				}
			}
			want := c.want[len(c.want)-1]
			if got := strings.Contains(ansi.Strip(b.detail.View()), "sent again, no new change"); got != (want != "") {
				t.Errorf("the detail of %q:\n%s", want, b.detail.View())
			}
		})
	}
}

// A message that comes by two subscriptions was sent once.
func TestWhatComesByTwoSubscriptionsIsNotAgain(t *testing.T) {
	b := open(t, 100)
	if err := b.source.Subscribe(within(t), ">"); err != nil {
		t.Fatal(err)
	}
	b.sent += 2
	b.publish(nats.Message{Subject: "foo", Header: natsgo.Header{msgID: {"1"}}, Data: []byte("x")})
	if c := b.catch(); len(c.again) > 0 {
		t.Errorf("%v", c.again)
	}
}

// Retries do not make a topic look alive.
func TestWhatIsSentAgainIsNotSeenAgain(t *testing.T) {
	b := open(t, 100)
	send := func() changed {
		b.sent++
		b.publish(nats.Message{Subject: "foo", Header: natsgo.Header{msgID: {"1"}}, Data: []byte(notification)})
		return b.catch()
	}
	if first := send(); len(first.seen) != 1 {
		t.Fatalf("%+v", first)
	}
	for range 3 {
		if c := send(); len(c.seen) > 0 {
			t.Errorf("seen again: %+v", c.seen)
		}
	}
}

func TestWhatIsRememberedIsBounded(t *testing.T) {
	var tr tracker
	for i := range 5 * trackedIdentities {
		if n := tr.count(fmt.Sprint(i)); n != 1 {
			t.Fatalf("%d was here %d times", i, n)
		}
	}
	if n := len(tr.newer) + len(tr.older); n > 2*trackedIdentities {
		t.Errorf("%d are remembered", n)
	}
	if n := tr.count(fmt.Sprint(4*trackedIdentities + 1)); n != 2 {
		t.Errorf("a new one is forgotten: %d", n)
	}
	b := open(t, 5)
	b.arrive(10)
	for i := range uint64(2*trackedIdentities + 2) {
		b.again[i] = repeat{nth: 2}
	}
	b.Model.look()
	if len(b.again) > 100 && b.feed.backlog.seq == 11 {
		for seq := range b.again {
			if seq < 6 {
				t.Fatalf("message %d is remembered", seq)
			}
		}
	}
}

func TestOrdinals(t *testing.T) {
	for n, want := range map[int]string{1: "1st", 2: "2nd", 3: "3rd", 4: "4th", 11: "11th", 12: "12th", 13: "13th", 21: "21st", 102: "102nd", 111: "111th"} {
		if got := ordinal(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}

// A subject that has no room in the title is whole in the message.
func TestALongSubjectIsReadInFull(t *testing.T) {
	b := open(t, 100)
	if err := b.source.Subscribe(within(t), "a.>"); err != nil {
		t.Fatal(err)
	}
	subject := "a" + strings.Repeat(".very.long", 12) + ".the.end"
	b.sent++
	b.publish(nats.Message{Subject: subject, Data: []byte("x")})
	b.settle()
	b.detail.SetSize(60, 30)
	if got := strings.Join(strings.Fields(ansi.Strip(b.detail.View())), ""); !strings.Contains(got, "subject"+subject+"arrived") {
		t.Errorf("%s", b.detail.View())
	}
}

func TestTheTitleSaysHowMuchIsKept(t *testing.T) {
	b := open(t, 5)
	b.feed.SetSize(140, 5)
	b.arrive(5)
	if got := ansi.Strip(b.feed.Title().Right); strings.Contains(got, "keeps") {
		t.Errorf("all are kept: %s", got)
	}
	b.arrive(3)
	b.says("8 received, keeps the last 5 · 0 dropped")
}

func TestTheTitleNamesTheKeyThatFollows(t *testing.T) {
	b := open(t, 100)
	b.arrive(3)
	b.feed.Update(focused)
	b.feed.follow = false
	b.says("not following, G follows")
	b.press(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("G")})
	b.says("· following")
}

// One key has the same words wherever it shows what is hidden.
func TestOneKeyHasOneName(t *testing.T) {
	b := open(t, 100)
	if err := b.source.Subscribe(within(t), ">"); err != nil {
		t.Fatal(err)
	}
	b.sent++
	b.publish(nats.Message{Subject: "_INBOX.x", Data: []byte("x")})
	b.settle()
	for _, want := range []string{"show all", "hide again"} {
		if a, ok := b.feed.Keys().Match(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("a")}); !ok || a.Binding.Help().Desc != want {
			t.Errorf("%q, not %q", a.Binding.Help().Desc, want)
		}
		b.press(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("a")})
	}
}

// What is hidden moves no number of the subscription that it came with.
func TestTheConsolesOwnTrafficIsNotCounted(t *testing.T) {
	b := open(t, 100)
	if err := b.source.Unsubscribe("foo"); err != nil {
		t.Fatal(err)
	}
	if err := b.source.Subscribe(within(t), ">"); err != nil {
		t.Fatal(err)
	}
	for _, subject := range []string{"_INBOX.x", "$JS.API.INFO", "bar"} {
		b.sent++
		b.publish(nats.Message{Subject: subject, Data: []byte("x")})
	}
	b.settle()
	b.SetSize(60, 5)
	if got := ansi.Strip(b.View()); !strings.Contains(got, " 1 msg") {
		t.Errorf("%s", got)
	}
	b.press(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("a")})
	b.Model.look()
	if got := ansi.Strip(b.View()); !strings.Contains(got, " 3 msg") {
		t.Errorf("with all of them shown:\n%s", got)
	}
}

// From message to message goes who reads one, and the feed's cursor with it.
func TestTheDetailGoesToTheMessageBeforeAndAfter(t *testing.T) {
	b := open(t, 100)
	b.arrive(20)
	b.feed.Update(focused)
	b.feed.Update(widget.Focus{})
	b.detail.Update(focused)
	press := func(k, on string) {
		t.Helper()
		a, ok := b.detail.Keys().Match(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(k)})
		if !ok {
			t.Fatalf("%s does nothing", k)
		}
		a.Run()
		if got := ansi.Strip(b.detail.Title().Text); got != "Message "+on+" on foo" || !strings.Contains(b.detail.View(), "message "+on) {
			t.Errorf("after %s it is %s:\n%s", k, got, b.detail.View())
		}
		if _, cursor := b.shown(); cursor != on {
			t.Errorf("after %s the cursor of the feed is on %s", k, cursor)
		}
	}
	press("[", "19")
	press("[", "18")
	b.arrive(3)
	press("]", "19")
	b.detail.Update(widget.Focus{})
	b.want("back in the feed", "11-20", "19")
	press("]", "20")
	for range 3 {
		a, _ := b.detail.Keys().Match(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("]")})
		a.Run()
	}
	if a, _ := b.detail.Keys().Match(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("]")}); a.Why() != "there is no message after this one" {
		t.Errorf("after the newest: %q", a.Why())
	}
}

// With the mask on a line says one thing of what a message is.
func TestTheMaskNamesAMessageAsItsLineDoes(t *testing.T) {
	definitions, err := r4.Load()
	if err != nil {
		t.Fatal(err)
	}
	b := open(t, 100)
	b.Update(data.Mask{On: true, Masker: mask.New(definitions)})
	for body, want := range map[string]string{"a\x00b\xff": "binary, 4 B, masked", "[1,2,3": "text, 6 B, masked", "words": "text, 5 B, masked", "[1,2,3]": "[1,2,3]"} {
		b.sent++
		b.publish(nats.Message{Subject: "foo", Data: []byte(body)})
		b.settle()
		kind, _, _ := strings.Cut(want, ",")
		r, _ := b.feed.selected()
		if r.Preview != want || kind != "[1" && r.Kind.String() != kind {
			t.Errorf("%q is %s: %s", body, r.Kind, r.Preview)
		}
		if !strings.Contains(b.detail.View(), want) && kind != "[1" {
			t.Errorf("the detail of %q:\n%s", body, b.detail.View())
		}
	}
}

// What a form says of a connection goes with that connection.
func TestTheErrorOfAFormGoesWithItsConnection(t *testing.T) {
	b, server := openWith(t, 100, nil)
	server.Stop(context.Background())
	b.until("the connection is lost", func() bool { return b.state != nats.Connected })
	d := b.publishForm()
	d.Update(tea.KeyMsg{Type: tea.KeyCtrlS})
	err := b.conn.Publish(within(t), nats.Message{Subject: "foo"})
	if err == nil {
		t.Fatal("it is published")
	}
	d.Update(widget.Finished{Outcome: widget.Outcome{Err: err}})
	shown := func() string { return ansi.Strip(strings.Join(d.View(b.Theme, 100, 40), "\n")) }
	if !strings.Contains(shown(), "not connected") {
		t.Fatalf("%s", shown())
	}
	if err := server.Restart(within(t)); err != nil {
		t.Fatal(err)
	}
	b.until("it is connected again", func() bool { return b.state == nats.Connected })
	if strings.Contains(shown(), "not connected") {
		t.Errorf("the error stays:\n%s", shown())
	}
}

func TestPublishingSaysWhereThisConsoleDoesNotListen(t *testing.T) {
	b := open(t, 100)
	for subject, want := range map[string]string{"foo": "Published 1 B to foo", "bar": "Published 1 B to bar; this console does not listen there"} {
		d := b.publishForm()
		for range "foo" {
			d.Update(tea.KeyMsg{Type: tea.KeyBackspace})
		}
		for _, text := range []string{subject, "x"} {
			d.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text)})
			d.Update(tea.KeyMsg{Type: tea.KeyTab})
		}
		said := finished(t, d.Update(tea.KeyMsg{Type: tea.KeyCtrlS}))
		if said.Err != nil || said.Said != want {
			t.Errorf("%+v, not %q", said.Outcome, want)
		}
	}
}

// finished runs what a dialog wants to be done until it has an outcome.
func finished(t *testing.T, cmd tea.Cmd) widget.Finished {
	t.Helper()
	if cmd == nil {
		t.Fatal("nothing is sent")
	}
	switch msg := cmd().(type) {
	case widget.Finished:
		return msg
	case tea.BatchMsg:
		for _, c := range msg {
			if c == nil {
				continue
			}
			if f, ok := c().(widget.Finished); ok {
				return f
			}
		}
	}
	t.Fatal("it does not end")
	return widget.Finished{}
}
