package live

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	natsgo "github.com/nats-io/nats.go"

	"aidbox-nats/nats"
	"aidbox-nats/tui/message"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/widget"
)

// evils are what a terminal would act on, or what would be read as something
// else than it is.
var evils = map[string]string{
	"an escape sequence":         "\x1b[31mred",
	"a clear of the screen":      "\x1b[2J",
	"a clipboard question":       "\x1b]52;c;?\x07",
	"a title":                    "\x1b]0;owned\x07",
	"a C1 control":               "\u009b31m",
	"an override of direction":   "\u202egnp.exe",
	"an isolate of direction":    "\u2066x\u2069",
	"an invisible tag":           "a\U000e0041b",
	"a backspace":                "a\b\b\bb",
	"a bell":                     "\a",
	"a zero byte":                "a\x00b",
	"what is no UTF-8":           "a\xff\xfeb",
	"a zero width joiner's flow": "a\u200d\u200d\u200db",
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

// TestHostileTextIsDrawnHarmless sends it in the subject, in the reply subject,
// in headers, and in the body, and looks at all that is
// drawn of it.
func TestHostileTextIsDrawnHarmless(t *testing.T) {
	for rule, evil := range evils {
		t.Run(rule, func(t *testing.T) {
			b, server := openWith(t, 100, nil)
			if err := b.source.Subscribe(within(t), ">"); err != nil {
				t.Fatal(err)
			}
			// A client that checks nothing, as others do.
			nc, err := natsgo.Connect(server.URL(), natsgo.UserInfo("joe", "x"))
			if err != nil {
				t.Fatal(err)
			}
			defer nc.Close()
			word := strings.NewReplacer("\x00", "", "\b", "", "\xff", "", "\xfe", "").Replace(evil) // what a server takes in a subject
			for _, m := range []*natsgo.Msg{
				{Subject: "s." + word, Reply: "r." + word, Data: []byte("x")},
				{Subject: "h", Header: natsgo.Header{"x-evil": {evil}, "correlation-id": {evil}}, Data: []byte("x")},
				{Subject: "n", Header: natsgo.Header{"x-" + evil: {"x"}}, Data: []byte("x")},
				{Subject: "t", Data: []byte(evil)},
				{Subject: "j", Data: []byte(`{"` + evil + `": ["` + evil + `"]}`)},
				{Subject: "n", Data: []byte(strings.NewReplacer("smith", evil, "5e78", evil, "basic", evil, "patient-topic", evil).Replace(notification))},
			} {
				if err := nc.PublishMsg(m); errors.Is(err, natsgo.ErrBadHeaderMsg) {
					continue // no client reads it
				} else if err != nil {
					t.Fatalf("%q: %v", m.Subject, err)
				}
				b.sent++
			}
			if err := nc.FlushWithContext(within(t)); err != nil {
				t.Fatal(err)
			}
			b.settle()
			b.feed.SetSize(120, 12)
			b.detail.SetSize(120, 80)
			harmless(t, "the list", b.View())
			b.press(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("g")})
			for range b.sent {
				for range message.Hex + 1 {
					feed, detail := b.feed.Title(), b.detail.Title()
					for what, text := range map[string]string{
						"the feed": b.feed.View(), "the feed's title": feed.Text + feed.Right,
						"the detail": b.detail.View(), "the detail's title": detail.Text + detail.Right,
					} {
						harmless(t, what, text)
					}
					for what, v := range map[string]string{"feed": b.feed.View(), "detail": b.detail.View()} {
						for _, l := range strings.Split(v, "\n") {
							if w := term.Width(l); w > 120 {
								t.Errorf("a line of the %s is %d wide: %q", what, w, l)
							}
						}
					}
					b.content = b.content.Next()
					b.tellDetail()
				}
				b.feed.SetFocus(focused)
				_, command := b.Command()
				harmless(t, "the command", command)
				b.press(tea.KeyMsg{Type: tea.KeyDown})
			}
			b.filterFor(evil)
			title := b.feed.Title()
			harmless(t, "the filter's title", title.Text+title.Right)
			harmless(t, "the filtered feed", b.feed.View())
		})
	}
}

// A subject of the console's own, and a server's words, are no better.
func TestHostileSubscriptionsAndNoticesAreDrawnHarmless(t *testing.T) {
	for rule, evil := range evils {
		t.Run(rule, func(t *testing.T) {
			b := open(t, 100)
			info := nats.SubscriptionInfo{Subject: "s." + evil, Err: &nats.PermissionError{Op: nats.OpSubscribe, Subject: "s." + evil, Identity: `user "` + evil + `"`}}
			b.subscriptions = []nats.SubscriptionInfo{info}
			b.Answer(b.subscriptions, nil)
			b.Update(focused)
			b.feed.backlog.add(entry{notice: violation(info.Err)})
			b.feed.look()
			title := b.feed.Title()
			for what, text := range map[string]string{"the list": b.View(), "the feed": b.feed.View(), "the title": title.Text, "the detail": b.detail.View()} {
				harmless(t, what, text)
			}
			b.detail.Update(widget.Focus{On: true})
			harmless(t, "the notice", b.detail.View())
		})
	}
}
