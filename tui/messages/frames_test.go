package messages_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/tuitest"
)

func TestFramesOfTheMessages(t *testing.T) {
	for name, size := range map[string][2]int{"140x42": {140, 42}, "80x24": {80, 24}} {
		t.Run(name, func(t *testing.T) {
			c := start(t, tuitest.Options{Width: size[0], Height: size[1]})
			s := c.stream(jetstream.StreamConfig{Name: "EVENTS", Subjects: []string{"patients.>", "orders.*"}, AllowMsgTTL: true, AllowDirect: true})
			for i := 1; i <= 60; i++ {
				c.store(natsgo.Msg{Subject: "patients.created", Header: header("correlation-id", fmt.Sprintf("order-%d", i)),
					Data: []byte(patient(fmt.Sprintf("p-%04d", i), "smith", "PUT"))})
			}
			c.store(natsgo.Msg{Subject: "patients.test", Data: []byte("hello JetStream")},
				natsgo.Msg{Subject: "orders.new", Data: []byte(`{"order": 4711, "for": "Patient/p-0007"}`), Header: header("Nats-TTL", "24h", "Nats-Msg-Id", "4711")},
				natsgo.Msg{Subject: "orders.raw", Data: []byte("\xff\x00\x01")})
			for seq := uint64(40); seq < 50; seq++ {
				if err := s.DeleteMsg(c.ctx, seq); err != nil {
					t.Fatal(err)
				}
			}
			c.open("EVENTS")
			c.WaitFor("orders.raw")
			c.Press("up")
			c.WaitFor("at 62")
			c.Frame("end-" + name)
			c.Press("p")
			c.WaitFor("Publish message 62")
			c.Frame("again-" + name)
			c.Press("esc", "d")
			c.WaitFor("Delete message 62")
			c.Frame("delete-" + name)
			c.Press("esc", "/")
			c.WaitFor("Find in EVENTS")
			c.Type("Patient/p-0007")
			c.WaitFor("messages that refer to this resource")
			c.Frame("find-" + name)
			c.Press("ctrl+s")
			c.WaitFor("all read")
			c.GoldenSoon("found-"+name, func(screen string) string {
				return tuitest.Steady(took.ReplaceAllString(screen, " $1 all read ─"))
			})
			c.Press("n", "enter")
			c.WaitFor("result 2 of 2")
			if size[0] < 100 {
				c.Press("enter")
			}
			c.WaitFor("Message 7 of EVENTS")
			c.Frame("place-" + name)
		})
	}
}

// took is how long a search took, in the title that it makes longer.
var took = regexp.MustCompile(` ─* (\d+ found in \d+) [<.\d]+ m?s +all read ─`)

// evils are what a terminal would act on, or what would be read as something
// else than it is.
var evils = []string{
	"\x1b[31mred", "\x1b[2J", "\x1b]52;c;?\x07", "\u009b31m", "\u202egnp.exe", "a\U000e0041b", "a\b\b\bb", "\a", "a\x00b", "a\xff\xfeb", "{\"a\": \"\x1b[2J\"}",
}

var styles = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// TestHostileMessagesAreDrawnHarmless looks at all that is drawn of them.
func TestHostileMessagesAreDrawnHarmless(t *testing.T) {
	c := start(t, tuitest.Options{})
	c.stream(jetstream.StreamConfig{Name: "EVENTS", Subjects: []string{"e.>"}, AllowDirect: true})
	for i, evil := range evils {
		subject := "e.x"
		if !strings.ContainsAny(evil, " \t\r\n\x00") {
			subject = "e." + evil
		}
		c.store(natsgo.Msg{Subject: subject, Data: []byte(evil), Header: header("evil", strings.ReplaceAll(evil, "\x00", ""))},
			natsgo.Msg{Subject: subject, Data: []byte(patient(fmt.Sprintf("p%d", i), strings.ToValidUTF8(strings.ReplaceAll(evil, `"`, ""), ""), "PUT"))})
	}
	c.open("EVENTS")
	c.WaitFor("Message 22 of EVENTS")
	for seq := 2 * len(evils); seq > 0; seq-- {
		c.WaitFor(fmt.Sprintf("Message %d of EVENTS", seq))
		for range 3 {
			c.Press("enter", "v", "esc")
		}
		if seq > 1 {
			c.Press("up")
		}
	}
	c.WaitFor("Message 1 of EVENTS")
	c.Press("G")
	c.WaitFor("Message 22 of EVENTS")
	c.find("x", false, false, "")
	c.WaitFor("all read")
	if bad := c.Unexpected(); len(bad) > 0 {
		t.Errorf("the terminal was told: %q", bad)
	}
	for _, r := range styles.ReplaceAllString(c.Styled(), "") {
		if r != '\n' && (r < 0x20 || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0xe0000 && r <= 0xe007f) {
			t.Errorf("the screen holds %U", r)
		}
	}
	for _, l := range c.Lines() {
		if w := term.Width(l); w > 140 {
			t.Errorf("a line is %d wide: %q", w, l)
		}
	}
}
