package tui_test

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/sandbox"
	"aidbox-nats/nats"
	"aidbox-nats/nats/broker"
	"aidbox-nats/tui"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/term/grid"
)

// console is a running console and the servers it works on.
type console struct {
	*grid.Grid
	t       *testing.T
	broker  *broker.Broker
	sandbox *sandbox.Server
	client  *aidbox.Client
	conn    *nats.Conn
}

// terminal is the console's own, to copy through.
type terminal struct{ c *console }

func (t terminal) Write(p []byte) (int, error) { return t.c.Grid.Write(p) }

// servers starts a broker and a sandbox, and connects to both.
func servers(t *testing.T, change func(*aidbox.Config, *nats.Options)) (*console, tui.Options) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), grid.Deadline)
	defer cancel()
	b, err := broker.Start(ctx, broker.Options{Port: -1, StoreDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Stop(context.Background()) })
	s, err := sandbox.Start(ctx, sandbox.Options{Addr: "127.0.0.1:0", DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(context.Background()) })

	recorder, journal := aidbox.NewRecorder(aidbox.RecorderOptions{}), nats.NewJournal(0)
	ac := aidbox.Config{URL: s.URL(), ClientID: "root", Secret: "secret", Recorder: recorder}
	nc := nats.Options{URLs: []string{b.URL()}, Journal: journal, ReconnectWait: 20 * time.Millisecond}
	if change != nil {
		change(&ac, &nc)
	}
	client, err := aidbox.New(ac)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := nats.Dial(ctx, nc)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	// The test looks with a client of its own, so that the wire shows only what the console did.
	observer, err := aidbox.New(aidbox.Config{URL: s.URL(), ClientID: "root", Secret: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	return &console{t: t, broker: b, sandbox: s, client: observer, conn: conn}, tui.Options{
		Aidbox: client, Recorder: recorder, NATS: conn, Journal: journal,
		URLForAidbox: strings.Replace(b.URL(), "127.0.0.1", "host.docker.internal", 1),
		Sandbox:      true, ReadOnly: ac.ReadOnly, Dark: true, Renderer: grid.Renderer(),
	}
}

// start runs a console of that size, and waits until it has read both servers.
func start(t *testing.T, w, h int, change func(*aidbox.Config, *nats.Options)) *console {
	t.Helper()
	c, o := servers(t, change)
	if change == nil {
		ctx, cancel := context.WithTimeout(context.Background(), grid.Deadline)
		defer cancel()
		if err := c.conn.WaitConnected(ctx); err != nil {
			t.Fatal(err)
		}
	}
	o.Clipboard = terminal{c}
	m := tui.New(context.Background(), o)
	t.Cleanup(m.Close)
	c.Grid = grid.Start(t, m, w, h)
	c.WaitFor("Topics")
	return c
}

// volatile are the texts that differ from run to run, each with what stands
// for it in a golden frame.
var volatile = []struct {
	pattern *regexp.Regexp
	mask    string // empty: zeros for all digits
}{
	{regexp.MustCompile(`\d\d:\d\d:\d\d(\.\d+)?`), ""},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT`), ""},
	{regexp.MustCompile(`(127\.0\.0\.1|host\.docker\.internal):\d+`), "$1:14222"},
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{1,4}(-[0-9a-f]{4}){0,2}(-[0-9a-f]{0,12})?`), ""},
	{regexp.MustCompile(`[0-9a-f]+(-[0-9a-f]+)*…([0-9a-f]+|-)+`), ""},
	{regexp.MustCompile(`\bc-[0-9a-f]{4}\b`), "c-0000"},
	{regexp.MustCompile(`(<0\.1|\d+(\.\d)?) m?s\b`), "1 ms"},
	{regexp.MustCompile(`(<0\.1|\d+(\.\d)?)/s[ ▁▂▃▄▅▆▇█]*`), "1/s"},
	{regexp.MustCompile(`(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d ... \d{4}`), "Mon, 02 Jan 2006"},
}

var hex = regexp.MustCompile(`[0-9a-f]`)

// steady masks what differs from run to run. The blanks that made up for its
// length are kept in their place: before it where it ends at a frame or a blank
// before one, else behind it.
func steady(screen string) string {
	lines := strings.Split(screen, "\n")
	for i, l := range lines {
		for _, v := range volatile {
			l = mask(l, v.pattern, v.mask)
		}
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.Join(lines, "\n")
}

var (
	blanksBehind = regexp.MustCompile(`(  +|──+)`)
	blanksBefore = regexp.MustCompile(` +[+]?$`)
)

func mask(line string, pattern *regexp.Regexp, with string) string {
	var done strings.Builder
	for {
		at := pattern.FindStringSubmatchIndex(line)
		if at == nil {
			return done.String() + line
		}
		before, found, behind := line[:at[0]], line[at[0]:at[1]], line[at[1]:]
		masked := hex.ReplaceAllString(found, "0")
		if with != "" {
			masked = string(pattern.ExpandString(nil, with, line, at))
		}
		longer := term.Width(found) - term.Width(masked)
		if strings.HasPrefix(behind, "│") || strings.HasPrefix(behind, " │") || behind == "" {
			before = stretch(before, blanksBefore.FindStringIndex(before), longer)
		} else {
			behind = stretch(behind, longest(blanksBehind.FindAllStringIndex(behind, -1)), longer)
		}
		done.WriteString(before + masked)
		line = behind
	}
}

func longest(runs [][]int) []int {
	var out []int
	for _, r := range runs {
		if out == nil || r[1]-r[0] > out[1]-out[0] {
			out = r
		}
	}
	return out
}

// stretch makes a run of blanks, or of the frame's line, longer or shorter.
func stretch(s string, run []int, by int) string {
	if run == nil || by == 0 {
		return s
	}
	blank := " "
	if strings.HasPrefix(s[run[0]:], "─") {
		blank = "─"
	}
	if by > 0 {
		return s[:run[0]] + strings.Repeat(blank, by) + s[run[0]:]
	}
	cut := min(-by*len(blank), run[1]-run[0])
	return s[:run[0]] + s[run[0]+cut:]
}

// golden waits until the screen is the golden frame of that name.
func (c *console) golden(name string) {
	c.t.Helper()
	c.GoldenSoon(name, steady)
}

// within gives each call of a test its deadline.
func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), grid.Deadline)
	t.Cleanup(cancel)
	return ctx
}
