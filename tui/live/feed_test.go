package live

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
	"github.com/nats-io/nats-server/v2/server"
	"go.uber.org/goleak"

	"aidbox-nats/nats"
	"aidbox-nats/nats/broker"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

func TestMain(m *testing.M) {
	// A program that has ended leaves its clock's last tick behind, and what waits for that.
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("github.com/charmbracelet/bubbletea.Tick.func1"),
		goleak.IgnoreAnyFunction("github.com/charmbracelet/bubbletea.(*Program).execBatchMsg"))
}

const patience = 20 * time.Second

var focused = widget.Focus{On: true}

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// bench is a pane over a feed of a real connection.
type bench struct {
	*Model
	t    *testing.T
	conn *nats.Conn
	sent int
}

// open makes a pane of ten lines over a feed that keeps so many messages, with
// one subscription to foo.
func open(t *testing.T, keep int) *bench {
	t.Helper()
	b, _ := openWith(t, keep, nil)
	return b
}

// openWith is open with a server that is configured, and given too.
func openWith(t *testing.T, keep int, configure func(*server.Options) error) (*bench, *broker.Broker) {
	t.Helper()
	b, err := broker.Start(within(t), broker.Options{Port: broker.FreePort, StoreDir: t.TempDir(), NoJetStream: true, Configure: configure})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Stop(context.Background()) })
	conn, err := nats.Dial(within(t), nats.Options{URLs: []string{b.URL()}, User: "joe", Password: "x", ReconnectWait: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	if err := conn.WaitConnected(within(t)); err != nil {
		t.Fatal(err)
	}
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(termenv.Ascii)
	m := New(context.Background(), theme.New(theme.Options{Renderer: r}), conn.NewFeed(nats.FeedOptions{MaxMessages: keep}), conn)
	t.Cleanup(m.Close)
	m.SetSize(40, 5)
	m.feed.SetSize(100, 10)
	m.detail.SetSize(100, 20)
	if err := m.source.Subscribe(within(t), "foo"); err != nil {
		t.Fatal(err)
	}
	bb := &bench{Model: m, t: t, conn: conn}
	bb.look()
	return bb, b
}

// arrive publishes n numbered messages, waits until the feed has them, and
// lets the pane look.
func (b *bench) arrive(n int) {
	b.t.Helper()
	for range n {
		b.sent++
		b.publish(nats.Message{Subject: "foo", Data: []byte("message " + strconv.Itoa(b.sent))})
	}
	b.settle()
}

func (b *bench) publish(m nats.Message) {
	b.t.Helper()
	if err := b.conn.Publish(within(b.t), m); err != nil {
		b.t.Fatal(err)
	}
}

// settle waits until everything that was sent has reached the feed, and is
// searched.
func (b *bench) settle() {
	b.t.Helper()
	b.settleWithout()
	b.sift()
}

func (b *bench) settleWithout() {
	b.t.Helper()
	ctx := within(b.t)
	for {
		ch := b.source.Changed()
		if int(b.source.Counters().Received) >= b.sent {
			break
		}
		select {
		case <-ch:
		case <-ctx.Done():
			b.t.Fatalf("%d of %d messages arrived", b.source.Counters().Received, b.sent)
		}
	}
	b.Update(changed{})
}

// sift answers what the pane wants to be searched, until there is no more.
func (b *bench) sift() {
	b.t.Helper()
	for b.feed.sieve.busy {
		b.Update(b.search()())
	}
}

// shown are the numbers of the messages in the window, and which of them is
// under the cursor.
func (b *bench) shown() (window, cursor string) {
	var numbers []string
	for _, r := range b.feed.rows {
		n := strings.TrimPrefix(string(r.Data), "message ")
		numbers = append(numbers, n)
		if current, _ := b.feed.selected(); r.pos == current.pos {
			cursor = n
		}
	}
	if len(numbers) == 0 {
		return "", cursor
	}
	return numbers[0] + "-" + numbers[len(numbers)-1], cursor
}

func (b *bench) want(what, window, cursor string) {
	b.t.Helper()
	if w, c := b.shown(); w != window || c != cursor {
		b.t.Errorf("%s: the window is %q with the cursor on %q, not %q on %q", what, w, c, window, cursor)
	}
}

func (b *bench) press(k tea.KeyMsg) {
	b.t.Helper()
	a, ok := b.feed.Keys().Match(k)
	if !ok {
		b.t.Fatalf("%s does nothing in the feed", k)
	}
	a.Run()
}

func (b *bench) space() { b.t.Helper(); b.press(tea.KeyMsg{Type: tea.KeySpace, Runes: []rune{' '}}) }

func TestTheFeedFollowsUntilTheReaderMovesAway(t *testing.T) {
	b := open(t, 100)
	b.arrive(4)
	b.want("fewer than fit", "1-4", "4")
	b.arrive(16)
	b.want("more than fit", "11-20", "20")
	b.press(tea.KeyMsg{Type: tea.KeyUp})
	b.arrive(5)
	b.want("the reader is above the end", "11-20", "19")
	if title := term.Cut(b.feed.Title().Right, 100); !strings.Contains(title, "6 below") {
		t.Errorf("the title says %q", title)
	}
	b.press(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("g")})
	b.want("the first", "1-10", "1")
	b.press(tea.KeyMsg{Type: tea.KeyPgDown})
	b.want("a page down", "1-10", "10")
	b.press(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("G")})
	b.arrive(1)
	b.want("the last follows again", "17-26", "26")
	b.press(tea.KeyMsg{Type: tea.KeyUp})
	b.press(tea.KeyMsg{Type: tea.KeyDown})
	b.arrive(1)
	b.want("moving down to the last follows again", "18-27", "27")
}

// Where the feed has let go of what is under the cursor, the cursor is on the
// oldest that is left.
func TestWhatIsEvictedLeavesTheWindow(t *testing.T) {
	b := open(t, 20)
	b.arrive(20)
	b.press(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("g")})
	b.arrive(5)
	b.want("five are gone", "6-15", "6")
	b.arrive(100)
	b.want("all are gone", "106-115", "106")
}

func TestPausedStaysWhateverTheFeedLetsGoOf(t *testing.T) {
	b := open(t, 20)
	b.arrive(20)
	b.space()
	b.arrive(5)
	b.want("some of the window are evicted", "11-20", "20")
	b.arrive(200)
	b.want("all are evicted", "11-20", "20")
	if title := b.feed.Title().Right; !strings.Contains(title, "paused, 205 new") {
		t.Errorf("the title says %q", title)
	}
	b.press(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("g")})
	b.want("moving in what was kept", "1-10", "1")
	if r, ok := b.feed.selected(); !ok || string(r.Data) != "message 1" {
		t.Errorf("the detail has %q", r.Data)
	}
	b.space()
	b.want("resumed at the end", "216-225", "225")
	if n := b.feed.backlog.n; n != 20 {
		t.Errorf("%d messages are kept still", n)
	}
}

func TestPausedBeforeAnythingArrivedCounts(t *testing.T) {
	b := open(t, 20)
	b.space()
	was := b.feed.Revision()
	b.arrive(3)
	if b.feed.Revision() == was {
		t.Error("the title would not be drawn again")
	}
	if title := b.feed.Title().Right; !strings.Contains(title, "paused, 3 new") {
		t.Errorf("the title says %q", title)
	}
	if !strings.Contains(b.feed.View(), "Paused before anything had arrived") {
		t.Errorf("%s", b.feed.View())
	}
	b.space()
	b.want("resumed", "1-3", "3")
}

// While others arrive, what is under the cursor is neither decoded nor laid
// out again.
func TestTheDetailIsMadeOnceForAMessage(t *testing.T) {
	b := open(t, 100)
	b.arrive(10)
	b.press(tea.KeyMsg{Type: tea.KeyUp})
	was := b.detail.Revision()
	b.arrive(3)
	if b.detail.Revision() != was {
		t.Error("the detail of the same message is drawn again")
	}
	b.press(tea.KeyMsg{Type: tea.KeyUp})
	if b.detail.Revision() == was || !strings.Contains(b.detail.View(), "message 8") {
		t.Errorf("another message is not drawn:\n%s", b.detail.View())
	}
}

func TestTheEmptyDetailFollowsTheSubscriptions(t *testing.T) {
	b := open(t, 100)
	if !strings.Contains(b.detail.View(), "Nothing has arrived yet") {
		t.Errorf("%s", b.detail.View())
	}
	was := b.detail.Revision()
	if err := b.source.Unsubscribe("foo"); err != nil {
		t.Fatal(err)
	}
	b.Update(changed{})
	if b.detail.Revision() == was || !strings.Contains(b.detail.View(), "No subscriptions") {
		t.Errorf("%s", b.detail.View())
	}
}

// The action is what the sender wrote; nothing of it may colour or move.
func TestAHostileActionIsDrawnHarmless(t *testing.T) {
	b := open(t, 100)
	b.sent++
	b.publish(nats.Message{Subject: "foo", Data: fmt.Appendf(nil, `{"topic":"t","value":{"resourceType":"Bundle","type":"history","entry":[
		{"resource":{"resourceType":"AidboxSubscriptionStatus","type":"event-notification","notificationEvent":[{"eventNumber":1,
		 "focus":{"reference":"Patient/1"}}],"topic":"t","topic-destination":{"reference":"AidboxTopicDestination/d"}}},
		{"fullUrl":"http://a/fhir/Patient/1","request":{"method":"POST","url":"/fhir/Patient"},"resource":{"resourceType":"Patient","id":"1"},
		 "extension":[{"url":%q,"valueCode":"\u001b[31mred\u202e"}]}]}}`,
		"http://health-samurai.io/fhir/core/StructureDefinition/bundle-entryActionCode")})
	b.settle()
	for what, view := range map[string]string{"detail": b.detail.View(), "feed": b.feed.View()} {
		if !strings.Contains(view, "␛[31m") || strings.Contains(view, "\x1b[31m") || strings.Contains(view, "\u202e") {
			t.Errorf("the %s draws %q", what, view)
		}
	}
}

// Lines of the feed are as wide as their place whatever is in them.
func TestLinesOfTheFeedAreExact(t *testing.T) {
	b := open(t, 100)
	for _, body := range []string{"", "plain", "日本語テキスト", "\x1b[2J\u202e", "\xff\xfe", strings.Repeat("long ", 400)} {
		b.sent++
		b.publish(nats.Message{Subject: "foo", Data: []byte(body)})
	}
	b.settle()
	for w := range 130 {
		b.feed.SetSize(w, 10)
		for _, l := range strings.Split(b.feed.View(), "\n") {
			if got := term.Width(l); w > 2 && got != w {
				t.Errorf("at %d a line is %d wide: %q", w, got, l)
			}
		}
	}
}

func TestHeadersOf(t *testing.T) {
	for rule, c := range map[string]struct {
		text string
		want map[string][]string
		bad  bool
	}{
		"nothing is no header":        {"", nil, false},
		"blanks and semicolons alone": {" ; ;", nil, false},
		"names keep their case":       {"x-Trace: 1", map[string][]string{"x-Trace": {"1"}}, false},
		"one after the other":         {"a: 1; b: 2", map[string][]string{"a": {"1"}, "b": {"2"}}, false},
		"a name again is a value":     {"a: 1; a: 2", map[string][]string{"a": {"1", "2"}}, false},
		"a colon in the value stays":  {"url: nats://h:4222", map[string][]string{"url": {"nats://h:4222"}}, false},
		"an empty value is one":       {"a:", map[string][]string{"a": {""}}, false},
		"no colon":                    {"a 1", nil, true},
		"no name":                     {": 1", nil, true},
		"a blank in the name":         {"a b: 1", nil, true},
	} {
		got, err := headersOf(c.text)
		if (err != nil) != c.bad {
			t.Errorf("%s: %v", rule, err)
		}
		if fmt.Sprint(map[string][]string(got)) != fmt.Sprint(c.want) {
			t.Errorf("%s: %v, not %v", rule, got, c.want)
		}
	}
}
