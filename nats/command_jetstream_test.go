package nats

import (
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"aidbox-nats/nats/broker"
)

func TestManagingIsWhatOneWouldType(t *testing.T) {
	b := startBroker(t, broker.Options{})
	ctx := testContext(t)
	journal := NewJournal(0)
	c := connect(t, Options{URLs: []string{b.URL()}, Journal: journal})
	seen := journal.Operations(0)[0].Seq
	// check looks at the last request; what was asked before it only prepared it.
	check := func(err error, want string) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		ops := journal.Operations(seen)
		if len(ops) == 0 {
			t.Fatalf("nothing was recorded for %s", want)
		}
		last := ops[len(ops)-1]
		seen = last.Seq
		if got := strings.TrimPrefix(last.Command(), "nats --server "+b.URL()+" "); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
	until := time.Now().Add(time.Hour)
	check(second(c.CreateStream(ctx, StreamConfig{Name: "EVENTS", Subjects: []string{"patients.>", "x"}})),
		"stream add --defaults --subjects='patients.>,x' --storage=file EVENTS")
	check(second(c.CreateStream(ctx, StreamConfig{Name: "WORK", Description: "to do", Subjects: []string{"work"}, Storage: "memory", Retention: "workqueue", Discard: "new", MaxMsgs: 10, MaxBytes: 2048,
		MaxMsgsPerSubject: 3, DiscardPerSubject: true, MaxMsgSize: 100, MaxAge: time.Hour, MaxConsumers: 4, Duplicates: time.Minute, NoDirect: true, NoAck: true, DenyDelete: true, DenyPurge: true, AllowMsgTTL: true, AllowAtomicBatch: true})),
		"stream add --defaults --subjects=work --description='to do' --storage=memory --retention=work --discard=new --discard-per-subject --max-msgs=10 --max-bytes=2048 --max-msgs-per-subject=3 --max-msg-size=100 --max-consumers=4 --max-age=1h0m0s --dupe-window=1m0s --no-allow-direct --no-ack --deny-delete --deny-purge --allow-msg-ttl --allow-batch WORK")
	check(second(c.CreateStream(ctx, StreamConfig{Name: "COPY", Mirror: "EVENTS"})), "stream add --defaults --mirror=EVENTS --storage=file COPY")
	check(second(c.EditStream(ctx, StreamConfig{Name: "EVENTS", Subjects: []string{"patients.>"}, MaxAge: time.Hour, Duplicates: time.Minute})),
		"stream edit --force --subjects='patients.>' --description='' --retention=limits --discard=old --no-discard-per-subject --replicas=1 --max-msgs=-1 --max-bytes=-1 --max-msgs-per-subject=-1 --max-msg-size=-1 --max-consumers=-1 --max-age=1h0m0s --dupe-window=1m0s --allow-direct --ack --no-deny-delete --no-deny-purge --no-allow-rollup --compression=none EVENTS")
	check(second(c.Stream(ctx, "EVENTS")), "stream info EVENTS")
	check(second(c.PublishStored(ctx, Message{Subject: "patients.1", Data: []byte("a b")}, StoreOptions{})), "pub --jetstream patients.1 'a b'")
	check(second(c.StoredMessage(ctx, "EVENTS", 1)), "stream get EVENTS 1")
	check(second(c.LastMessage(ctx, "EVENTS", "patients.*")), "stream get --last-for='patients.*' EVENTS")
	check(second(must(c.OpenStream(ctx, "EVENTS", ReaderOptions{Page: 10})).First(ctx)), `req --raw --replies=11 '$JS.API.DIRECT.GET.EVENTS' '{"seq":1,"batch":10,"max_bytes":4194304}'`)
	check(second(c.CreateConsumer(ctx, "EVENTS", ConsumerConfig{Name: "k"})), "consumer add --pull --defaults EVENTS k")
	check(second(c.CreateConsumer(ctx, "EVENTS", ConsumerConfig{Name: "e", Ephemeral: true, Description: "d", Filters: []string{"patients.1", "patients.2"}, Ack: "all", AckWait: time.Minute, Deliver: "sequence", StartSeq: 1,
		MaxDeliver: 3, MaxInFlight: 9, InactiveAfter: time.Minute, SamplePercent: 100})),
		"consumer add --pull --defaults --ephemeral --description=d --filter=patients.1 --filter=patients.2 --ack=all --deliver=1 --wait=1m0s --max-deliver=3 --max-pending=9 --inactive-threshold=1m0s --sample=100 EVENTS e")
	check(second(c.CreateConsumer(ctx, "EVENTS", ConsumerConfig{Name: "n", Deliver: "new"})), "consumer add --pull --defaults --deliver=new EVENTS n")
	check(second(c.Consumers(ctx, "EVENTS")), "consumer ls EVENTS")
	check(c.PauseConsumer(ctx, "EVENTS", "k", until), "consumer pause --force EVENTS k '"+until.UTC().Format(time.DateTime)+"'")
	check(c.ResumeConsumer(ctx, "EVENTS", "k"), "consumer resume --force EVENTS k")
	check(second(c.Next(ctx, "EVENTS", "k")), "consumer next --no-ack EVENTS k")
	check(c.ResetConsumer(ctx, "EVENTS", "k", 1), "consumer reset --force --sequence=1 EVENTS k")
	check(c.ResetConsumer(ctx, "EVENTS", "k", 0), "consumer reset --force EVENTS k")
	check(c.DeleteConsumer(ctx, "EVENTS", "k"), "consumer rm --force EVENTS k")
	check(c.DeleteMessage(ctx, "EVENTS", 1), "stream rmm --force EVENTS 1")
	check(second(c.PurgeStream(ctx, "EVENTS", Purge{})), "stream purge --force EVENTS")
	check(second(c.PurgeStream(ctx, "EVENTS", Purge{Subject: "patients.*", Before: 7})), "stream purge --force --subject='patients.*' --seq=7 EVENTS")
	check(second(c.PurgeStream(ctx, "EVENTS", Purge{Keep: 2})), "stream purge --force --keep=2 EVENTS")
	check(c.DeleteStream(ctx, "COPY"), "stream rm --force COPY")
	check(second(c.APILevel(ctx)), "account info")
}

func TestRequestThatIsNotWholeHasNoManagingCommand(t *testing.T) {
	whole := `{"name":"S","subjects":["s"],"retention":"limits","storage":"file","discard":"old"}`
	op := Operation{Verb: "REQ", Subject: jetstream.DefaultAPIPrefix + "STREAM.CREATE.S", Data: []byte(whole), Bytes: len(whole)}
	if got := op.Command(); got != "nats stream add --defaults --subjects=s --storage=file --no-allow-direct S" {
		t.Error(got)
	}
	op.Bytes++
	if got := op.Command(); !strings.HasPrefix(got, "nats req --raw") {
		t.Error(got)
	}
	for subject, data := range map[string]string{
		"STREAM.CREATE.S": "no JSON", "STREAM.PURGE.S": "[", "STREAM.MSG.GET.S": "", "DIRECT.GET.S": "", "CONSUMER.CREATE.S.k": "", "CONSUMER.PAUSE.S.k": "[", "CONSUMER.RESET.S.k": "[", "CONSUMER.CREATE.S.n": `{"config":{"max_ack_pending":-1}}`, "NEW.THING": "{}", "STREAM": "",
	} {
		op := Operation{Verb: "REQ", Subject: jetstream.DefaultAPIPrefix + subject, Data: []byte(data), Bytes: len(data)}
		if got := op.Command(); !strings.HasPrefix(got, "nats req --raw") {
			t.Errorf("%s: %s", subject, got)
		}
	}
}
