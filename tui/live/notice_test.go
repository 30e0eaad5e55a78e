package live

import (
	"errors"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/nats-io/nats-server/v2/server"

	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/widget"
)

// until runs the command that waits for changes, as the program does, until
// the pane shows what is wanted.
func (b *bench) until(what string, shown func() bool) {
	b.t.Helper()
	ctx := within(b.t)
	for !shown() {
		if ctx.Err() != nil {
			b.t.Fatalf("%s is not shown:\n%s\n%s\n%s", what, b.View(), b.feed.Title().Right, b.feed.View())
		}
		answer := make(chan tea.Msg, 1)
		go func(wait tea.Cmd) { answer <- wait() }(b.await())
		select {
		case msg := <-answer:
			b.Update(msg)
			b.sift()
		case <-ctx.Done():
		}
	}
}

func (b *bench) feedShows(text string) func() bool {
	return func() bool { return strings.Contains(ansi.Strip(b.feed.View()), text) }
}

func TestALostConnectionIsALineInItsPlace(t *testing.T) {
	b, broker := openWith(t, 100, nil)
	b.arrive(1)
	if err := broker.Stop(within(t)); err != nil {
		t.Fatal(err)
	}
	b.until("the loss", b.feedShows("✗ connection lost"))
	b.until("the title", func() bool { return strings.Contains(b.feed.Title().Right, "not connected") })
	if strings.Contains(b.feed.Title().Right, "following") {
		t.Errorf("the title says %q", b.feed.Title().Right)
	}
	if got := ansi.Strip(b.View()); !strings.Contains(got, "!▸foo") || !strings.Contains(got, "waits") {
		t.Errorf("the list does not say that foo waits:\n%s", got)
	}
	b.SetFocus(widget.Focus{On: true})
	b.Update(widget.Focus{On: true})
	if got := b.detail.View(); !strings.Contains(got, "! foo waits: NATS is not connected; it starts when it is") {
		t.Errorf("the detail does not say why:\n%s", got)
	}
	if err := broker.Restart(within(t)); err != nil {
		t.Fatal(err)
	}
	b.until("the way back", b.feedShows("✓ connected again after "))
	if err := b.conn.WaitConnected(within(t)); err != nil {
		t.Fatal(err)
	}
	b.arrive(1)
	lines := strings.Split(b.feed.View(), "\n")
	if len(lines) < 4 || !strings.Contains(lines[0], "message 1") || !strings.Contains(lines[len(lines)-1], "message 2") {
		t.Errorf("the lines are not in the order of time:\n%s", b.feed.View())
	}
	if !strings.Contains(b.feed.View(), "what was sent on core NATS in between is not here") {
		t.Errorf("the gap is not told of:\n%s", b.feed.View())
	}
	b.says("following")
	// What tells of a gap is not filtered out, and does not count.
	b.filterFor("message 2")
	b.says("/message 2  1 of 2")
	if !strings.Contains(b.feed.View(), "connected again") {
		t.Errorf("the filter hides the gap:\n%s", b.feed.View())
	}
	b.press(tea.KeyMsg{Type: tea.KeyUp})
	if got := b.detail.View(); !strings.Contains(got, "A stream") && !strings.Contains(got, "stream stores") {
		t.Errorf("the detail of the gap says:\n%s", got)
	}
}

func TestSubscribingWithoutAConnectionWaits(t *testing.T) {
	b, broker := openWith(t, 100, nil)
	if err := broker.Stop(within(t)); err != nil {
		t.Fatal(err)
	}
	b.until("the loss", b.feedShows("✗ connection lost"))
	dialog := b.subscribeForm()
	for _, r := range "bar" {
		dialog.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
	}
	cmd := dialog.Update(tea.KeyMsg{Type: tea.KeyEnter})
	finished, ok := drain(cmd).(widget.Finished)
	if !ok || finished.Err != nil || finished.Said != "bar waits: NATS is not connected; it starts when it is" {
		t.Fatalf("%+v", finished)
	}
	b.Update(changed{})
	if !strings.Contains(ansi.Strip(b.View()), "! bar") {
		t.Errorf("%s", b.View())
	}
}

// drain runs a command, and returns the first message that is no batch.
func drain(cmd tea.Cmd) tea.Msg {
	if cmd == nil {
		return nil
	}
	msg := cmd()
	if batch, ok := msg.(tea.BatchMsg); ok {
		for _, c := range batch {
			if got := drain(c); got != nil {
				return got
			}
		}
		return nil
	}
	return msg
}

// onlyFoo lets a user subscribe to foo alone, and publish there alone.
func onlyFoo(o *server.Options) error {
	allowed := &server.SubjectPermission{Allow: []string{"foo"}}
	o.Users = []*server.User{{Username: "joe", Password: "x", Permissions: &server.Permissions{Publish: allowed, Subscribe: allowed}}}
	return nil
}

func TestViolationsAreLines(t *testing.T) {
	b, _ := openWith(t, 100, onlyFoo)
	var refused *nats.PermissionError
	if err := b.conn.Publish(within(t), nats.Message{Subject: "pam.a"}); !errors.As(err, &refused) {
		t.Fatal(err)
	}
	b.until("the violation", b.feedShows("! publish violation: user \"joe\" may not publish to pam.a"))
	if err := b.source.Subscribe(within(t), "pam.>"); !errors.As(err, &refused) {
		t.Fatal(err)
	}
	b.until("the violation", b.feedShows("! subscription violation: user \"joe\" may not subscribe to pam.>"))
	b.filterFor("nothing")
	if strings.Contains(b.feed.View(), "violation") {
		t.Errorf("a violation is no gap:\n%s", b.feed.View())
	}
	b.filterFor("pam.a")
	if !strings.Contains(b.feed.View(), "publish violation") {
		t.Errorf("it is not found:\n%s", b.feed.View())
	}
}

// What is dropped within a second is one line, that counts on.
func TestDropsAreCountedTogether(t *testing.T) {
	var w watch
	now := time.Now()
	drop := func(total uint64, later time.Duration) (string, uint64) {
		now = now.Add(later)
		n, instead := w.drop(nats.SubscriptionInfo{Subject: "foo", Dropped: total}, now)
		if n == nil {
			return "", instead
		}
		if instead == 0 {
			w.placed("foo", 7)
		}
		return n.line(), instead
	}
	for _, c := range []struct {
		total   uint64
		later   time.Duration
		line    string
		instead uint64
	}{
		{0, 0, "", 0},
		{1, time.Second, "! 1 message dropped on foo: this console was too slow", 0},
		{1200, time.Second / 2, "! 1,200 messages dropped on foo: this console was too slow", 7},
		{1200, 0, "", 0},
		{1202, time.Second, "! 2 messages dropped on foo: this console was too slow", 0},
		{3, time.Second, "! 3 messages dropped on foo: this console was too slow", 0}, // subscribed anew
	} {
		if line, instead := drop(c.total, c.later); line != c.line || instead != c.instead {
			t.Errorf("%d in all: %q in the place of %d", c.total, line, instead)
		}
	}
}

func TestNoticesAreBounded(t *testing.T) {
	b := newBacklog()
	at := time.Now()
	b.take([]nats.Delivery{{Seq: 1, Received: at}}, nil)
	for range 2 * maxNotices {
		b.take(nil, []*notice{{at: at}})
	}
	if b.notices != 2*maxNotices {
		t.Fatal(b.notices)
	}
	b.forget(1)
	if b.notices != maxNotices || b.n != maxNotices || b.messages() != 0 {
		t.Errorf("%d notices of %d", b.notices, b.n)
	}
	b.take([]nats.Delivery{{Seq: 2, Received: at}, {Seq: 3, Received: at}}, nil)
	b.forget(3)
	if b.n != 1 || b.hidden != 0 {
		t.Errorf("%d entries are left", b.n)
	}
}

func TestTheOthersAreToldOfTopics(t *testing.T) {
	b := open(t, 100)
	for range 3 {
		b.sent++
		b.publish(nats.Message{Subject: "foo", Data: []byte(notification)})
	}
	b.arrive(1)
	got := look(b.source, 1, &tracker{})
	if len(got.seen) != 1 || got.passed != 5 {
		t.Fatalf("%+v", got)
	}
	if s := got.seen[0]; s.Topic != "patient-topic" || s.Destination != "basic" || s.Focus != "Patient/5e78" || s.At.IsZero() {
		t.Errorf("%+v", s)
	}
	sent := 0
	for _, cmd := range tell(got.seen) {
		if _, ok := cmd().(data.Seen); ok {
			sent++
		}
	}
	if sent != 1 {
		t.Errorf("%d are sent", sent)
	}
	if again := look(b.source, got.passed, &tracker{}); len(again.seen) != 0 || again.passed != got.passed {
		t.Errorf("told again: %+v", again)
	}
}

// Nothing is awaited, drawn or searched while nothing changes.
func TestAtRestNothingIsDone(t *testing.T) {
	b := open(t, 100)
	b.arrive(5)
	b.filterFor("message")
	now := time.Now()
	for range samples + 2 {
		now = now.Add(time.Second)
		b.Update(data.Tick{Now: now})
	}
	list, feed, detail := b.Revision(), b.feed.Revision(), b.detail.Revision()
	now = now.Add(time.Second)
	b.Update(data.Tick{Now: now})
	if list != b.Revision() || feed != b.feed.Revision() || detail != b.detail.Revision() {
		t.Error("the clock alone draws again")
	}
	answer := make(chan tea.Msg, 1)
	go func(wait tea.Cmd) { answer <- wait() }(b.await())
	b.Close()
	select {
	case msg := <-answer:
		if msg != nil {
			t.Errorf("it answered %+v", msg)
		}
	case <-within(t).Done():
		t.Error("it waits after the end")
	}
}

// Who reads a message keeps it, whatever arrives and whatever is let go of.
func TestTheDetailHoldsItsMessageWhileItIsRead(t *testing.T) {
	b := open(t, 5)
	b.arrive(3)
	b.detail.Update(widget.Focus{On: true})
	b.arrive(10)
	if got := term.Cut(b.detail.Title().Text, 80); got != "Message 3 on foo" {
		t.Errorf("the detail is of %q", got)
	}
	if what, text := b.Copied(); text != "message 3" {
		t.Errorf("%s %q is copied", what, text)
	}
	b.detail.Update(widget.Focus{})
	if strings.Contains(b.feed.Title().Right, "following") {
		t.Error("the feed jumps away from what was read")
	}
	b.press(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("G")})
	b.detail.Update(widget.Focus{On: true})
	b.detail.Update(widget.Focus{})
	b.says("following")
}

func TestTheMessageIsShownDecodedRawAndInHex(t *testing.T) {
	b := open(t, 5)
	b.sent++
	b.publish(nats.Message{Subject: "foo", Data: []byte(notification)})
	b.settle()
	press := func(k string) {
		t.Helper()
		a, ok := b.detail.Keys().Match(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(k)})
		if !ok {
			t.Fatalf("%s does nothing", k)
		}
		a.Run()
	}
	b.detail.SetSize(100, 60)
	shows := func(want ...string) {
		t.Helper()
		view := ansi.Strip(b.detail.View())
		for i, w := range want {
			no := strings.HasPrefix(w, "!")
			if strings.Contains(view, strings.TrimPrefix(w, "!")) == no {
				t.Errorf("%d: %s\n%s", i, w, view)
			}
		}
	}
	shows(`"family": "smith"`, `"meta": {…} 3 keys`, "!AidboxSubscriptionStatus")
	press("v")
	shows(`"family": "smith"`, "AidboxSubscriptionStatus")
	press("v")
	shows(`0000  7b 22 74 6f 70 69 63`, "!AidboxSubscriptionStatus\"")
	press("v")
	shows(`"meta": {…} 3 keys`)
}
