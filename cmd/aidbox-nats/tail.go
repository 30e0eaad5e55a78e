package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/widget"
)

// connectWait bounds the first connection; one that is lost later is awaited for ever.
const connectWait = 5 * time.Second

// tailWindow is how many deliveries are taken from the feed at once.
const tailWindow = 512

func newTail(p process) *cobra.Command {
	var (
		asJSON bool
		count  uint64
	)
	cmd := &cobra.Command{
		Use:   "tail SUBJECT... [FLAGS]",
		Short: "print what arrives on subjects, decoded, one line a message",
		Long: `Subscribes to one or more subjects and prints what arrives, one line a message.
A notification of Aidbox is shown by its action, resource and destination, its size,
the time since the change ("lag") and its correlation id; anything else by its
beginning. An action with a question mark is concluded from the resource: its
destination does not send it. Subjects may have wildcards: * is one word, > all
that follow. A message that several of the subjects match is printed once.

Without any setting NATS is the context that the nats command has selected, else
127.0.0.1:4222. What is said about the connection goes to standard error. Aidbox is
not asked anything; its flags are taken so that those of the console work here too.`,
		Example: `  aidbox-nats tail foo
  aidbox-nats tail 'patients.>' joe.message --nats-creds creds/admin.creds
  aidbox-nats tail foo --json --count 1 | jq .data.value.entry
  NATS_PASSWORD=$(pass nats/bob) aidbox-nats tail 'mysubject.>' --nats-user bob`,
		Args: subjectArgs,
	}
	setGroups(cmd,
		newGroup("Output", func(fs *pflag.FlagSet) {
			fs.BoolVar(&asJSON, "json", false, "one JSON object a line: time, subject, headers, and data (JSON), text or base64")
			fs.Uint64Var(&count, "count", 0, "end after `N` messages")
		}),
		connectionGroup(),
	)
	cmd.RunE = func(cmd *cobra.Command, subjects []string) error {
		if cmd.Flags().Changed("count") && count == 0 {
			return usagef("--count 0 would print nothing: give at least 1")
		}
		s, err := loadSettings(cmd.Flags(), p.getenv)
		if err != nil {
			return err
		}
		o, err := s.natsOptions(cmd.Context())
		if err != nil {
			return err
		}
		o.ReadOnly = true
		t := tail{subjects: subjects, out: bufio.NewWriter(p.stdout), say: p.stderr, write: writeLine, left: count, counted: count > 0}
		if asJSON {
			t.write = writeJSON
		}
		if s.mask() {
			if t.mask, err = loadMask(); err != nil {
				return err
			}
		}
		return t.run(cmd.Context(), o)
	}
	return cmd
}

func subjectArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usagef("tail needs a subject, such as: aidbox-nats tail foo")
	}
	for _, s := range args {
		if err := nats.ValidSubject(s, true); err != nil {
			return &usageError{err}
		}
	}
	return nil
}

// tail prints the deliveries of one feed.
type tail struct {
	subjects []string
	out      *bufio.Writer
	say      io.Writer
	write    func(io.Writer, data.Mask, nats.Delivery) error
	left     uint64 // how many are still to be printed, if counted
	counted  bool
	mask     data.Mask

	next    uint64 // the feed's sequence that is printed next
	dropped uint64 // how many drops were reported
	event   uint64 // the last event that was reported
}

// errEnough ends a tail that has printed all that was asked for.
var errEnough = errors.New("printed as many messages as asked for")

func (t *tail) run(ctx context.Context, o nats.Options) error {
	// Without this the process dies of a closed pipe before the deferred
	// calls; with it the write fails.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := untilSignal(ctx)
	defer stop()

	conn, err := nats.Dial(ctx, o)
	if err != nil {
		return err
	}
	defer conn.Close()
	feed := conn.NewFeed(nats.FeedOptions{})
	defer feed.Close()
	if err := t.subscribe(ctx, conn, feed); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	err = t.follow(ctx, conn, feed)
	if errors.Is(err, errEnough) || errors.Is(err, syscall.EPIPE) {
		return nil
	}
	return err
}

func (t *tail) subscribe(ctx context.Context, conn *nats.Conn, feed *nats.Feed) error {
	wait, cancel := context.WithTimeout(ctx, connectWait)
	defer cancel()
	if err := conn.WaitConnected(wait); err != nil {
		return err
	}
	for _, s := range t.subjects {
		if err := feed.Subscribe(wait, s); err != nil && !errors.Is(err, nats.ErrDuplicate) {
			return err
		}
	}
	for _, e := range conn.Events(0) {
		t.event = e.Seq
	}
	t.sayf("listening on %s at %s", strings.Join(t.subjects, ", "), conn.Status().URL)
	return nil
}

// follow prints until ctx ends, a subscription is refused or the output cannot
// be written.
func (t *tail) follow(ctx context.Context, conn *nats.Conn, feed *nats.Feed) error {
	t.next = 1
	for {
		arrived, changed := feed.Changed(), conn.Changed()
		if err := t.print(feed); err != nil {
			return err
		}
		t.reportConnection(ctx, conn)
		for _, s := range feed.Subscriptions() {
			if s.Err != nil {
				return s.Err
			}
		}
		select {
		case <-arrived:
		case <-changed:
		case <-ctx.Done():
			return nil
		}
	}
}

// print writes everything that the feed has and this tail has not printed.
func (t *tail) print(feed *nats.Feed) error {
	for {
		c := feed.Counters()
		t.reportLosses(c)
		window := feed.Window(t.next, tailWindow)
		if len(window) == 0 {
			return t.out.Flush()
		}
		for _, d := range window {
			t.next = d.Seq + 1
			if t.again(d) {
				continue
			}
			if err := t.write(t.out, t.mask, d); err != nil {
				return err
			}
			if t.left--; t.counted && t.left == 0 {
				return errors.Join(t.out.Flush(), errEnough)
			}
		}
	}
}

// again reports a copy: a server sends a message once for every subscription
// that matches it, and that of the first of them is printed.
func (t *tail) again(d nats.Delivery) bool {
	for _, s := range t.subjects {
		if s == d.Subscription {
			return false
		}
		if server.SubjectsCollide(d.Subject, s) {
			return true
		}
	}
	return false
}

// reportLosses says what this process was too slow to print.
func (t *tail) reportLosses(c nats.Counters) {
	if c.First > t.next {
		t.sayf("%s not printed: they came faster than the output takes them", messages(c.First-t.next))
		t.next = c.First
	}
	if c.Dropped > t.dropped {
		t.sayf("%s dropped by the client: they came faster than they could be taken", messages(c.Dropped-t.dropped))
		t.dropped = c.Dropped
	}
}

// reportConnection says what became of the connection since the last look.
func (t *tail) reportConnection(ctx context.Context, conn *nats.Conn) {
	for _, e := range conn.Events(t.event) {
		t.event = e.Seq
		switch e.Kind {
		case nats.EventConnected:
			if listens(ctx, conn) {
				t.sayf("connected to %s, listening again", conn.Status().URL)
			}
		case nats.EventDisconnected:
			t.sayf("%v; trying to connect again", e.Err)
		case nats.EventFailed, nats.EventAuth, nats.EventServer:
			t.sayf("%v", e.Err)
		case nats.EventLameDuck:
			t.sayf("the server is about to shut down")
		}
	}
}

// listens asks the server: what it has answered to comes after the
// subscriptions that were sent before.
func listens(ctx context.Context, conn *nats.Conn) bool {
	ctx, cancel := context.WithTimeout(ctx, connectWait)
	defer cancel()
	_, err := conn.RTT(ctx)
	return err == nil
}

func (t *tail) sayf(format string, args ...any) {
	fmt.Fprintln(t.say, term.Clean(fmt.Sprintf(format, args...)))
}

func messages(n uint64) string {
	if n == 1 {
		return "1 message"
	}
	return widget.Count(int64(n)) + " messages"
}
