package nats

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	natsgo "github.com/nats-io/nats.go"

	"aidbox-nats/nats/broker"
)

func TestJournalRecordsWhatAConnectionDid(t *testing.T) {
	b := startBroker(t, broker.Options{Configure: users(limited())})
	journal := NewJournal(0)
	c := connect(t, Options{URLs: []string{b.URL()}, User: "bob", Password: "b", Journal: journal})
	f := c.NewFeed(FeedOptions{})
	subscribe(t, f, "open")
	if err := f.Subscribe(testContext(t), "secret.>"); err == nil {
		t.Fatal("not refused")
	}
	if err := f.Unsubscribe("open"); err != nil {
		t.Fatal(err)
	}
	data := bytes.Repeat([]byte("x"), 5000)
	header := natsgo.Header{"K": {"v"}}
	if err := c.Publish(testContext(t), Message{Subject: "open", Reply: "back", Header: header, Data: data}); err != nil {
		t.Fatal(err)
	}
	header["K"][0], data[0] = "changed later", 'y'
	if _, err := c.Streams(testContext(t)); !errors.As(err, new(*PermissionError)) {
		t.Fatalf("Streams = %v", err)
	}
	if err := b.Stop(testContext(t)); err != nil {
		t.Fatal(err)
	}
	await(t, "the loss and a failed attempt", journal.Changed, func() bool { return len(journal.Operations(0)) >= 8 })

	type line struct{ verb, subject, err string }
	var got []line
	ops := journal.Operations(0)
	for i, op := range ops {
		got = append(got, line{op.Verb, op.Subject, op.Err})
		if op.Seq != uint64(i+1) || op.Start.IsZero() || op.Duration < 0 || op.Verb != "DISCONNECT" && op.Duration == 0 {
			t.Errorf("operation %+v", op)
		}
	}
	want := []line{
		{"CONNECT", b.URL(), ""},
		{"SUB", "open", ""},
		{"SUB", "secret.>", `the server does not allow user "bob" to subscribe to "secret.>"`},
		{"UNSUB", "open", ""},
		{"PUB", "open", ""},
		{"REQ", "$JS.API.STREAM.LIST", `the server does not allow user "bob" to publish to "$JS.API.STREAM.LIST"`},
		{"DISCONNECT", b.URL(), "the connection to " + b.URL() + " was lost"},
		{"CONNECT", b.URL(), b.URL() + " refused the connection: nothing listens there; start nats-server or give --nats-url"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("operations:\n%q\nwant:\n%q", got, want)
	}
	pub := ops[4]
	if pub.Bytes != 5000 || len(pub.Data) != maxJournalData || pub.Data[0] != 'x' || pub.Header.Get("K") != "v" || pub.Reply != "back" {
		t.Errorf("PUB: %d bytes, %d kept, header %v", pub.Bytes, len(pub.Data), pub.Header)
	}
	if later := journal.Operations(6); len(later) != 2 || later[0].Seq != 7 {
		t.Errorf("Operations(6) = %+v", later)
	}
}

func TestJournalKeepsTheLast(t *testing.T) {
	j := NewJournal(10)
	for i := 1; i <= 1000; i++ {
		j.add(Operation{Verb: "PUB", Subject: fmt.Sprint(i)})
		ops := j.Operations(0)
		if len(ops) != min(i, 10) || ops[len(ops)-1].Subject != fmt.Sprint(i) || ops[0].Seq != uint64(max(1, i-9)) {
			t.Fatalf("after %d: %d kept, first %d", i, len(ops), ops[0].Seq)
		}
	}
	if got := j.Operations(997); len(got) != 3 || got[0].Seq != 998 {
		t.Errorf("Operations(997) = %+v", got)
	}
	if got := j.Operations(1000); got != nil {
		t.Errorf("Operations(1000) = %+v", got)
	}
	if got := j.Operations(5000); got != nil {
		t.Errorf("Operations(5000) = %+v", got)
	}
}

func TestCommandsAreWhatOneWouldType(t *testing.T) {
	b := startBroker(t, broker.Options{Configure: users(limited())})
	journal := NewJournal(0)
	url := "nats://bob:b@" + strings.TrimPrefix(b.URL(), "nats://")
	c := connect(t, Options{URLs: []string{url}, Journal: journal})
	f := c.NewFeed(FeedOptions{})
	subscribe(t, f, "foo.>")
	if err := f.Unsubscribe("foo.>"); err != nil {
		t.Fatal(err)
	}
	m := Message{Subject: "foo.bar", Reply: "back", Header: natsgo.Header{"B": {"2"}, "A": {"it's", "1"}}, Data: []byte(`{"a": {"b": 1}}`)}
	if err := c.Publish(testContext(t), m); err != nil {
		t.Fatal(err)
	}
	login := "nats --server " + b.URL() + ` --user bob --password "$NATS_PASSWORD" `
	want := []string{
		login + "rtt",
		login + "sub 'foo.>'",
		"",
		login + `pub --reply=back --header='A:it'\''s' --header=A:1 --header=B:2 foo.bar '{"a": {"b": 1}}'`,
	}
	for i, op := range journal.Operations(0) {
		if got := op.Command(); got != want[i] {
			t.Errorf("%s: %s\nwant %s", op.Verb, got, want[i])
		}
	}
}

// What was not done over a connection has the same command as what was.
func TestACommandOverAConnectionNeedsNoRecord(t *testing.T) {
	never, err := Dial(testContext(t), Options{URLs: []string{"bob:hush@127.0.0.1:1"}, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(never.Close)
	want := `nats --server nats://127.0.0.1:1 --user bob --password "$NATS_PASSWORD" sub 'foo.>'`
	if got := never.Command(Operation{Verb: "SUB", Subject: "foo.>"}); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	b := startBroker(t, broker.Options{Configure: users(limited())})
	journal := NewJournal(0)
	c := connect(t, Options{URLs: []string{b.URL()}, User: "bob", Password: "b", Journal: journal})
	if err := c.Publish(testContext(t), Message{Subject: "foo", Data: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	ops := journal.Operations(0)
	if got, want := c.Command(Operation{Verb: "PUB", Subject: "foo", Data: []byte("x"), Bytes: 1}), ops[len(ops)-1].Command(); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestARefusalNamesTheUserAsFarAsItIsKnown(t *testing.T) {
	for identity, want := range map[string]string{
		"":                             `the server does not allow this user to publish to "a"`,
		`user "joe"`:                   `the server does not allow user "joe" to publish to "a"`,
		"the credentials in joe.creds": `the server does not allow the user of the credentials in joe.creds to publish to "a"`,
	} {
		if got := (&PermissionError{Op: OpPublish, Subject: "a", Identity: identity}).Error(); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
}

func TestLoginsStandInCommandsWithoutTheirSecrets(t *testing.T) {
	for want, o := range map[string]Options{
		"--server nats://h:4222":                                          {},
		"--server nats://h:4222 --user u":                                 {User: "u"},
		`--server nats://h:4222 --user 'u v' --password "$NATS_PASSWORD"`: {User: "u v", Password: "hush"},
		`--server nats://h:4222 --user "$NATS_TOKEN"`:                     {Token: "hush"},
		`--server nats://h:4223 --user "$NATS_TOKEN"`:                     {URLs: []string{"hush@h:4223"}, User: "ignored"},
		`--server nats://h:4224 --user u --password "$NATS_PASSWORD"`:     {URLs: []string{"u:hush@h:4224"}, Token: "ignored"},
		"--server nats://h:4222 --creds '/c d' --tlsca /ca":               {CredsFile: "/c d", CAFile: "/ca"},
		"--server nats://h:4222 --nkey /n --tlscert /cert --tlskey /key":  {NKeyFile: "/n", CertFile: "/cert", KeyFile: "/key"},
	} {
		if o.URLs == nil {
			o.URLs = []string{"h"}
		}
		if got := o.login(must(parseURLs(o.URLs))[0]); got != want {
			t.Errorf("login = %s\nwant    %s", got, want)
		}
	}
}

// The words that a shell makes of a command must be those that were meant, whatever stands in them.
func TestCommandsAreSafeInAShell(t *testing.T) {
	hostile := []string{
		"plain", "two words", "it's", `"double"`, "$HOME", "`id`", "$(id)", "a;b", "a|b", "a&b", "a>b", "a<b", "*", "?", "~", "#x", "!x",
		`back\slash`, `\'`, "new\nline", "tab\there", "\x1b[31mred\x1b[0m", "\r", "bell\a", "caf\u00e9", "right\u202eleft", "zero\u200bwidth",
		"bad\xff\xfeutf", "-x", "--help", "@/etc/passwd", "{{Count}}", "%s%d", "a=b", "", "{a,b}", "$'x'", "\u65e5\u672c",
	}
	run := func(t *testing.T, dir, command string) []string {
		t.Helper()
		// A nats that prints its arguments and its standard input, each ended by a zero byte.
		script := `nats() { printf '%s\0' "$@"; case " $* " in *" --force-stdin "*) printf 'stdin:'; cat; printf '\0';; esac; }` + "\n" + command + "\n"
		cmd := exec.Command("/bin/sh", "-c", script)
		cmd.Dir = dir
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", command, err)
		}
		return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	}
	for _, text := range hostile {
		op := Operation{Verb: "PUB", Subject: "s." + text, Reply: text, Header: natsgo.Header{"K": {text}}, Data: []byte(text), Bytes: len(text)}
		command := op.Command()
		if i := strings.IndexFunc(command, func(r rune) bool {
			return r < ' ' && r != '\n' || r == 0x7f || r == '\u202e' || r == '\u200b' || r == '\ufffd'
		}); i >= 0 {
			t.Errorf("%q: the command itself holds %q", text, command[i:])
		}
		want := []string{"pub"}
		if text != "" {
			want = append(want, "--reply="+text)
		}
		want = append(want, "--header=K:"+text)
		if strings.Contains(text, "{{") {
			want = append(want, "--no-templates")
		}
		if strings.HasPrefix(text, "-") || strings.HasPrefix(text, "@") {
			want = append(want, "--")
		}
		want = append(want, "s."+text, text)
		if got := run(t, t.TempDir(), command); !slices.Equal(got, want) {
			t.Errorf("%s\ngave %q\nwant %q", command, got, want)
		}
	}

	zero := Operation{Verb: "PUB", Subject: "s", Data: []byte("a\x00b%d'\\\x80\n"), Bytes: 9}
	got := run(t, t.TempDir(), zero.Command())
	if joined := strings.Join(got, "\x00"); joined != "pub\x00--force-stdin\x00s\x00stdin:"+string(zero.Data) {
		t.Errorf("%s\ngave %q", zero.Command(), joined)
	}
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "payload.bin"), "the whole")
	part := Operation{Verb: "PUB", Subject: "s", Data: []byte("the"), Bytes: 9}
	if got := run(t, dir, part.Command()); !slices.Equal(got, []string{"pub", "--force-stdin", "s", "stdin:the whole"}) || !strings.HasSuffix(part.Command(), "# 9 bytes") {
		t.Errorf("%s\ngave %q", part.Command(), got)
	}
	req := Operation{Verb: "REQ", Subject: "$JS.API.STREAM.LIST", Data: []byte(`{"offset":0}`), Bytes: 12}
	if got := run(t, dir, req.Command()); !slices.Equal(got, []string{"req", "--raw", "$JS.API.STREAM.LIST", `{"offset":0}`}) {
		t.Errorf("%s\ngave %q", req.Command(), got)
	}
}
