package nats

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"aidbox-nats/nats/broker"
)

// keepStore makes a stream that stays: when the last one goes, the server removes their folder, and the next one may
// come too early.
func keepStore(t testing.TB, js jetstream.JetStream) {
	t.Helper()
	must(js.CreateStream(testContext(t), jetstream.StreamConfig{Name: "KEEP", Subjects: []string{"keep"}}))
}

// fill stores messages on s.0 to s.6 and, every 97th, on rare, and deletes some: the first, the last, single ones
// and a long run. It returns what is left.
func fill(t testing.TB, js jetstream.JetStream, name string, n int) []*jetstream.RawStreamMsg {
	t.Helper()
	ctx := testContext(t)
	stream := must(js.Stream(ctx, name))
	for i := 1; i <= n; i++ {
		subject := fmt.Sprintf("s.%d", i%7)
		if i%97 == 0 {
			subject = "rare"
		}
		must(js.PublishAsync(subject, fmt.Appendf(nil, `{"n":%d}`, i)))
	}
	select {
	case <-js.PublishAsyncComplete():
	case <-ctx.Done():
		t.Fatal("not all was stored")
	}
	gone := func(i int) bool { return i == 1 || i == n || i%13 == 0 || i > n/4 && i < n/2 }
	var left []*jetstream.RawStreamMsg
	for i := 1; i <= n; i++ {
		if gone(i) {
			if err := stream.DeleteMsg(ctx, uint64(i)); err != nil {
				t.Fatal(err)
			}
			continue
		}
		left = append(left, must(stream.GetMsg(ctx, uint64(i))))
	}
	return left
}

func seqs(messages []StoredMessage) []uint64 {
	out := make([]uint64, len(messages))
	for i, m := range messages {
		out[i] = m.Seq
	}
	return out
}

func TestReaderAgreesWithTheStream(t *testing.T) {
	b := startBroker(t, broker.Options{})
	c := connect(t, Options{URLs: []string{b.URL()}})
	keepStore(t, bareJetStream(t, b.URL()))
	streams := 0
	for name, config := range map[string]jetstream.StreamConfig{
		"in files":                          {AllowDirect: true},
		"in files, without direct reads":    {},
		"in memory":                         {AllowDirect: true, Storage: jetstream.MemoryStorage},
		"a work queue without direct reads": {Retention: jetstream.WorkQueuePolicy},
		"interest":                          {AllowDirect: true, Retention: jetstream.InterestPolicy},
	} {
		t.Run(name, func(t *testing.T) {
			js := bareJetStream(t, b.URL())
			ctx := testContext(t)
			streams++
			config.Name = fmt.Sprint("S", streams)
			config.Subjects = []string{"s.*", "rare", "none"}
			stream := must(js.CreateStream(ctx, config))
			defer js.DeleteStream(ctx, config.Name)
			must(stream.CreateConsumer(ctx, jetstream.ConsumerConfig{Durable: "keeps"}))
			left := fill(t, js, config.Name, 120)
			for _, subject := range []string{"", "s.3", "rare", "none"} {
				var model []*jetstream.RawStreamMsg
				for _, m := range left {
					if subject == "" || server.SubjectsCollide(m.Subject, subject) {
						model = append(model, m)
					}
				}
				for _, n := range []int{1, 9} {
					r := must(c.OpenStream(ctx, config.Name, ReaderOptions{Subject: subject, Page: n}))
					checkReader(t, ctx, r, model, n, 120)
				}
			}
			if info := must(stream.Info(ctx)); info.State.Consumers != 1 {
				t.Errorf("%d consumers are there", info.State.Consumers)
			}
		})
	}
}

// checkReader compares pages with the messages that the stream has.
func checkReader(t *testing.T, ctx context.Context, r *Reader, model []*jetstream.RawStreamMsg, n int, last uint64) {
	t.Helper()
	index := func(seq uint64) int {
		i, _ := slices.BinarySearchFunc(model, seq, func(m *jetstream.RawStreamMsg, seq uint64) int { return int(m.Sequence) - int(seq) })
		return i
	}
	check := func(what string, page Page, err error, from, to int) {
		t.Helper()
		from, to = max(from, 0), min(to, len(model))
		var want []uint64
		for _, m := range model[from:to] {
			want = append(want, m.Sequence)
		}
		if err != nil || !slices.Equal(seqs(page.Messages), want) {
			t.Fatalf("%s of %q, %d a page: %v, %v\nwant %v", what, r.options.Subject, n, seqs(page.Messages), err, want)
		}
		if len(want) > 0 && (page.Before != (from > 0) || page.After != (to < len(model))) {
			t.Fatalf("%s of %q, %d a page: Before %v, After %v; %d to %d of %d", what, r.options.Subject, n, page.Before, page.After, from, to, len(model))
		}
		for i, m := range page.Messages {
			if is := model[from+i]; m.Subject != is.Subject || string(m.Data) != string(is.Data) || !m.Time.Equal(is.Time) || m.Stream != r.name || m.Header != nil {
				t.Fatalf("%s: message %d is %+v", what, m.Seq, m)
			}
		}
		// Each message may cost a search of its own only where messages are asked for one by one.
		bound := 6 + 2*bits.Len64(last)
		if !r.direct {
			bound += n * 2 * bits.Len64(last)
		}
		if page.Requests > bound {
			t.Errorf("%s of %q, %d a page took %d requests", what, r.options.Subject, n, page.Requests)
		}
	}
	page, err := r.First(ctx)
	check("First", page, err, 0, n)
	page, err = r.Last(ctx)
	check("Last", page, err, len(model)-n, len(model))
	for _, seq := range []uint64{0, 1, 2, 13, 31, 59, 60, 61, 97, last - 1, last, last + 1, last + 100} {
		page, err = r.At(ctx, seq)
		check(fmt.Sprintf("At %d", seq), page, err, index(seq), index(seq)+n)
		page, err = r.After(ctx, seq)
		check(fmt.Sprintf("After %d", seq), page, err, index(seq+1), index(seq+1)+n)
		page, err = r.Before(ctx, seq)
		check(fmt.Sprintf("Before %d", seq), page, err, index(seq)-n, index(seq))
	}
	for _, i := range []int{0, len(model) / 3, len(model) - 1} {
		if i < 0 || i >= len(model) {
			continue
		}
		page, err = r.AtTime(ctx, model[i].Time)
		check("AtTime", page, err, i, i+n)
		page, err = r.AtTime(ctx, model[i].Time.Add(1))
		if i == len(model)-1 {
			check("AtTime behind the end", page, err, len(model)-n, len(model))
		} else {
			check("AtTime between", page, err, i+1, i+1+n)
		}
	}
	page, err = r.AtTime(ctx, time.Now().Add(-time.Hour))
	check("AtTime before the start", page, err, 0, n)
}

func TestReaderCrossesALongGapWithFewRequests(t *testing.T) {
	b := startBroker(t, broker.Options{})
	js := bareJetStream(t, b.URL())
	ctx := testContext(t)
	const gap = 30_000
	for name, direct := range map[string]bool{"with direct reads": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			stream := must(js.CreateStream(ctx, jetstream.StreamConfig{Name: "S", Subjects: []string{"a", "b"}, Storage: jetstream.MemoryStorage, AllowDirect: direct}))
			defer js.DeleteStream(ctx, "S")
			for range 10 {
				must(js.Publish(ctx, "a", nil))
			}
			for range gap {
				js.Conn().Publish("b", nil)
			}
			for range 10 {
				must(js.Publish(ctx, "a", nil))
			}
			if err := stream.Purge(ctx, jetstream.WithPurgeSubject("b")); err != nil {
				t.Fatal(err)
			}
			c := connect(t, Options{URLs: []string{b.URL()}})
			r := must(c.OpenStream(ctx, "S", ReaderOptions{Page: 15}))
			page, err := r.Last(ctx)
			bound := 2 * bits.Len(gap)
			if !direct {
				bound += 16
			}
			want := append([]uint64{6, 7, 8, 9, 10}, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
			for i := range 10 {
				want[5+i] = uint64(gap + 11 + i)
			}
			if err != nil || !slices.Equal(seqs(page.Messages), want) || page.Requests > bound {
				t.Errorf("%v after %d requests, %v", seqs(page.Messages), page.Requests, err)
			}
			page, err = r.At(ctx, 11)
			if err != nil || len(page.Messages) != 10 || page.Messages[0].Seq != gap+11 || page.Requests > 15 {
				t.Errorf("behind the gap: %v after %d requests, %v", seqs(page.Messages), page.Requests, err)
			}
		})
	}
}

func TestPageIsBoundedInBytes(t *testing.T) {
	b := startBroker(t, broker.Options{})
	js := bareJetStream(t, b.URL())
	ctx := testContext(t)
	keepStore(t, js)
	c := connect(t, Options{URLs: []string{b.URL()}})
	for name, direct := range map[string]bool{"with direct reads": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			must(js.CreateStream(ctx, jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}, AllowDirect: direct}))
			defer js.DeleteStream(ctx, "S")
			body := make([]byte, 10_000)
			for range 6 {
				must(js.Publish(ctx, "s", body))
			}
			r := must(c.OpenStream(ctx, "S", ReaderOptions{PageBytes: 40_000}))
			var forwards, backwards []uint64
			for page := must(r.First(ctx)); ; page = must(r.After(ctx, forwards[len(forwards)-1])) {
				if len(page.Messages) == 0 || len(page.Messages) > 5 { // 40,000 bytes, and the one that passes them
					t.Fatalf("a page of %d", len(page.Messages))
				}
				forwards = append(forwards, seqs(page.Messages)...)
				if !page.After {
					break
				}
			}
			for page := must(r.Last(ctx)); ; page = must(r.Before(ctx, backwards[0])) {
				if len(page.Messages) == 0 || len(page.Messages) > 5 { // 40,000 bytes, and the one that passes them
					t.Fatalf("a page of %d", len(page.Messages))
				}
				backwards = append(seqs(page.Messages), backwards...)
				if !page.Before {
					break
				}
			}
			if want := []uint64{1, 2, 3, 4, 5, 6}; !slices.Equal(forwards, want) || !slices.Equal(backwards, want) {
				t.Errorf("forwards %v, backwards %v", forwards, backwards)
			}
		})
	}
}

func TestEmptyStreamHasEmptyPages(t *testing.T) {
	b := startBroker(t, broker.Options{})
	js := bareJetStream(t, b.URL())
	ctx := testContext(t)
	c := connect(t, Options{URLs: []string{b.URL()}})
	keepStore(t, js)
	for _, direct := range []bool{true, false} {
		stream := must(js.CreateStream(ctx, jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}, AllowDirect: direct}))
		for _, state := range []string{"never used", "purged"} {
			r := must(c.OpenStream(ctx, "S", ReaderOptions{}))
			for what, page := range map[string]Page{
				"First": must(r.First(ctx)), "Last": must(r.Last(ctx)), "At": must(r.At(ctx, 1)), "Before": must(r.Before(ctx, 5)),
				"AtTime": must(r.AtTime(ctx, time.Now())), "After": must(r.After(ctx, 7)),
			} {
				if len(page.Messages) != 0 {
					t.Errorf("%s, direct %v, %s: %+v", state, direct, what, page)
				}
			}
			for range 10 {
				must(js.Publish(ctx, "s", nil))
			}
			if err := stream.Purge(ctx); err != nil {
				t.Fatal(err)
			}
		}
		js.DeleteStream(ctx, "S")
	}
}

func TestEveryKindOfStreamIsRead(t *testing.T) {
	b := startBroker(t, broker.Options{})
	js := bareJetStream(t, b.URL())
	ctx := testContext(t)
	kv := must(js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: "config"}))
	must(kv.Put(ctx, "a.b", []byte("value")))
	files := must(js.CreateObjectStore(ctx, jetstream.ObjectStoreConfig{Bucket: "files"}))
	must(files.PutString(ctx, "name", "contents"))
	must(js.CreateStream(ctx, jetstream.StreamConfig{Name: "ORIGIN", Subjects: []string{"origin"}}))
	must(js.Publish(ctx, "origin", []byte("one")))
	mirror := must(js.CreateStream(ctx, jetstream.StreamConfig{Name: "MIRROR", Mirror: &jetstream.StreamSource{Name: "ORIGIN"}, AllowDirect: true}))
	sourced := must(js.CreateStream(ctx, jetstream.StreamConfig{Name: "SOURCED", Sources: []*jetstream.StreamSource{{Name: "ORIGIN"}}}))
	for _, copied := range []jetstream.Stream{mirror, sourced} {
		awaitMessages(t, copied, 1)
	}
	c := connect(t, Options{URLs: []string{b.URL()}})
	for name, want := range map[string]struct{ subject, data string }{
		"KV_config": {"$KV.config.a.b", "value"}, "MIRROR": {"origin", "one"}, "SOURCED": {"origin", "one"}, "OBJ_files": {"$O.files.C.", "contents"},
	} {
		page, err := must(c.OpenStream(ctx, name, ReaderOptions{})).First(ctx)
		if err != nil || len(page.Messages) == 0 || !strings.HasPrefix(page.Messages[0].Subject, want.subject) || string(page.Messages[0].Data) != want.data {
			t.Errorf("%s: %+v, %v", name, page, err)
		}
	}
	page := must(must(c.OpenStream(ctx, "SOURCED", ReaderOptions{})).First(ctx))
	labels := page.Messages[0].Labels()
	if len(labels) != 1 || labels[0].Kind != LabelSource || labels[0].Stream != "ORIGIN" || labels[0].Seq != 1 || labels[0].Subject != "origin" {
		t.Errorf("labels of a sourced message: %+v", labels)
	}
}

// awaitMessages waits until a stream that copies another one has its messages.
func awaitMessages(t testing.TB, stream jetstream.Stream, n uint64) {
	t.Helper()
	ctx := testContext(t)
	for {
		info, err := stream.Info(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if info.State.Msgs >= n {
			return
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			t.Fatalf("%s has %d messages", info.Config.Name, info.State.Msgs)
		}
	}
}

// A message that was republished into a stream has headers with the names of those that a direct get adds.
func TestRepublishedMessageKeepsItsPlace(t *testing.T) {
	b := startBroker(t, broker.Options{})
	js := bareJetStream(t, b.URL())
	ctx := testContext(t)
	copies := must(js.CreateStream(ctx, jetstream.StreamConfig{Name: "COPIES", Subjects: []string{"copy.>"}, AllowDirect: true}))
	must(js.Publish(ctx, "copy.before", nil))
	must(js.CreateStream(ctx, jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}, FirstSeq: 100, RePublish: &jetstream.RePublish{Source: "s", Destination: "copy.s"}}))
	must(js.PublishMsg(ctx, &natsgo.Msg{Subject: "s", Header: natsgo.Header{"K": {"v"}}, Data: []byte("one")}))
	awaitMessages(t, copies, 2)
	hostile := natsgo.Header{"Nats-Sequence": {"no number"}, "Nats-Time-Stamp": {"never"}, "Nats-Num-Pending": {"-1"}, "Status": {"204"}, "Description": {"EOB"}}
	must(js.PublishMsg(ctx, &natsgo.Msg{Subject: "copy.hostile", Header: hostile}))
	must(js.Publish(ctx, "copy.after", nil))
	c := connect(t, Options{URLs: []string{b.URL()}})
	r := must(c.OpenStream(ctx, "COPIES", ReaderOptions{}))
	page, err := r.First(ctx)
	if err != nil || !slices.Equal(seqs(page.Messages), []uint64{1, 2}) || !page.After {
		t.Fatalf("%v, %v", seqs(page.Messages), err)
	}
	got := page.Messages[1]
	labels := got.Labels()
	if got.Subject != "copy.s" || got.Stream != "COPIES" || got.Header.Get("K") != "v" || string(got.Data) != "one" ||
		len(labels) != 1 || labels[0].Kind != LabelRepublished || labels[0].Stream != "S" || labels[0].Seq != 100 || labels[0].Subject != "s" {
		t.Errorf("%+v, labels %+v", got, labels)
	}
	// A message that pretends to be the end of an answer shortens a page, and no more.
	page, err = r.After(ctx, 2)
	if err != nil || !slices.Equal(seqs(page.Messages), []uint64{3, 4}) || page.After {
		t.Fatalf("%v, %v", seqs(page.Messages), err)
	}
	if page, err := r.Last(ctx); err != nil || !slices.Equal(seqs(page.Messages), []uint64{1, 2, 3, 4}) {
		t.Errorf("%v, %v", seqs(page.Messages), err)
	}
	if !r.direct {
		t.Error("the reader gave up direct reads")
	}
	if got := page.Messages[0]; got.Subject != "copy.hostile" || got.Header.Get("Nats-Sequence") != "no number" {
		t.Errorf("%+v", got)
	}
}

func TestDirectReadsThatAreForbiddenAreNotNeeded(t *testing.T) {
	no := func(subjects ...string) *server.Permissions {
		return &server.Permissions{Publish: &server.SubjectPermission{Deny: subjects}}
	}
	b := startBroker(t, broker.Options{Configure: users(root(),
		&server.User{Username: "slow", Password: "s", Permissions: no("$JS.API.DIRECT.>")},
		&server.User{Username: "none", Password: "n", Permissions: no("$JS.API.>")},
		&server.User{Username: "blind", Password: "b", Permissions: no("$JS.API.DIRECT.>", "$JS.API.STREAM.MSG.GET.>")},
	)})
	js := bareJetStream(t, b.URL(), natsgo.UserInfo("root", "r"))
	ctx := testContext(t)
	must(js.CreateStream(ctx, jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}, AllowDirect: true}))
	must(js.Publish(ctx, "s", []byte("one")))
	slow := connect(t, Options{URLs: []string{b.URL()}, User: "slow", Password: "s"})
	r := must(slow.OpenStream(ctx, "S", ReaderOptions{}))
	for range 2 {
		if page, err := r.First(ctx); err != nil || len(page.Messages) != 1 {
			t.Errorf("First = %+v, %v", page, err)
		}
	}
	var refused *PermissionError
	none := connect(t, Options{URLs: []string{b.URL()}, User: "none", Password: "n"})
	if _, err := none.OpenStream(ctx, "S", ReaderOptions{}); !errors.As(err, &refused) || refused.Subject != "$JS.API.STREAM.INFO.S" {
		t.Errorf("OpenStream = %v", err)
	}
	blind := connect(t, Options{URLs: []string{b.URL()}, User: "blind", Password: "b"})
	if _, err := must(blind.OpenStream(ctx, "S", ReaderOptions{})).First(ctx); !errors.As(err, &refused) || refused.Subject != "$JS.API.STREAM.MSG.GET.S" {
		t.Errorf("First = %v", err)
	}
}

func TestOneMessageIsReadFromTheLeader(t *testing.T) {
	b := startBroker(t, broker.Options{})
	js := bareJetStream(t, b.URL())
	ctx := testContext(t)
	must(js.CreateStream(ctx, jetstream.StreamConfig{Name: "S", Subjects: []string{"s.*"}, AllowDirect: true}))
	must(js.PublishMsg(ctx, &natsgo.Msg{Subject: "s.1", Header: natsgo.Header{"K": {"a", "b"}}, Data: []byte("one")}))
	must(js.Publish(ctx, "s.2", nil))
	c := connect(t, Options{URLs: []string{b.URL()}})
	got, err := c.StoredMessage(ctx, "S", 1)
	if err != nil || got.Seq != 1 || got.Subject != "s.1" || string(got.Data) != "one" || fmt.Sprint(got.Header["K"]) != "[a b]" || got.Time.IsZero() || got.Stream != "S" {
		t.Errorf("StoredMessage = %+v, %v", got, err)
	}
	if got, err := c.LastMessage(ctx, "S", "s.*"); err != nil || got.Seq != 2 {
		t.Errorf("LastMessage = %+v, %v", got, err)
	}
	if _, err := c.LastMessage(ctx, "S", "s.3"); !errors.Is(err, ErrMessageNotFound) {
		t.Errorf("LastMessage of nothing = %v", err)
	}
}

func TestHeadersOfTheServerAreLabelled(t *testing.T) {
	b := startBroker(t, broker.Options{})
	js := bareJetStream(t, b.URL())
	ctx := testContext(t)
	must(js.CreateStream(ctx, jetstream.StreamConfig{Name: "S", Subjects: []string{"s.*"}, AllowMsgTTL: true, SubjectDeleteMarkerTTL: time.Hour, AllowRollup: true, AllowDirect: true, MaxMsgsPerSubject: 1}))
	must(js.Publish(ctx, "s.ttl", nil, jetstream.WithMsgTTL(90*time.Second), jetstream.WithMsgID("id"), jetstream.WithExpectStream("S")))
	must(js.Publish(ctx, "s.gone", nil, jetstream.WithMsgTTL(time.Second)))
	c := connect(t, Options{URLs: []string{b.URL()}})
	r := must(c.OpenStream(ctx, "S", ReaderOptions{}))
	kinds := func(m StoredMessage) (kinds []LabelKind) {
		for _, l := range m.Labels() {
			kinds = append(kinds, l.Kind)
		}
		return kinds
	}
	first := must(r.First(ctx)).Messages[0]
	if labels := first.Labels(); !slices.Equal(kinds(first), []LabelKind{LabelTTL, LabelMsgID, LabelExpected}) || labels[0].TTL != 90*time.Second || labels[1].Reason != "id" || labels[2].Stream != "S" {
		t.Errorf("labels = %+v", labels)
	}
	for {
		m, err := c.LastMessage(ctx, "S", "s.gone")
		if err == nil && m.Expired() {
			if labels := m.Labels(); !slices.Equal(kinds(m), []LabelKind{LabelMarker, LabelTTL, LabelRollup}) && !slices.Equal(kinds(m), []LabelKind{LabelMarker, LabelTTL}) || labels[0].Reason != "MaxAge" || len(m.Data) != 0 {
				t.Errorf("labels of a marker: %+v", labels)
			}
			break
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			t.Fatalf("no marker came: %+v, %v", m, err)
		}
	}
	for name, test := range map[string]struct {
		header natsgo.Header
		want   Label
	}{
		"seconds":          {natsgo.Header{"Nats-TTL": {"60"}}, Label{Kind: LabelTTL, TTL: time.Minute}},
		"never":            {natsgo.Header{"Nats-TTL": {"never"}}, Label{Kind: LabelTTL}},
		"a purged subject": {natsgo.Header{"Nats-Marker-Reason": {"Purge"}}, Label{Kind: LabelMarker, Reason: "Purge"}},
		"a schedule":       {natsgo.Header{"Nats-Schedule": {"@every 5m"}, "Nats-Schedule-Target": {"t"}}, Label{Kind: LabelSchedule, Reason: "@every 5m", Subject: "t"}},
		"made by one":      {natsgo.Header{"Nats-Scheduler": {"s.x"}}, Label{Kind: LabelScheduled, Subject: "s.x"}},
		"a counter":        {natsgo.Header{"Nats-Incr": {"+5"}}, Label{Kind: LabelIncrement, Reason: "+5"}},
		"a batch":          {natsgo.Header{"Nats-Batch-Id": {"b"}, "Nats-Batch-Sequence": {"3"}, "Nats-Batch-Commit": {"1"}}, Label{Kind: LabelBatch, Reason: "b", Seq: 3}},
		"an old source":    {natsgo.Header{"Nats-Stream-Source": {"A:hash 7"}}, Label{Kind: LabelSource, Stream: "A", Seq: 7}},
	} {
		labels := StoredMessage{Header: test.header}.Labels()
		if len(labels) != 1 || labels[0].Text == "" || labels[0].Header == "" {
			t.Errorf("%s: %+v", name, labels)
			continue
		}
		labels[0].Text, labels[0].Header = "", ""
		if labels[0] != test.want {
			t.Errorf("%s: %+v", name, labels[0])
		}
	}
	for _, unreadable := range []natsgo.Header{{"Nats-TTL": {"soon"}}, {"Nats-Stream-Source": {"A x"}}, {"Nats-Batch-Id": {"b"}}, {"Nats-Stream": {"S"}}} {
		if labels := (StoredMessage{Header: unreadable}).Labels(); labels != nil {
			t.Errorf("%v: %+v", unreadable, labels)
		}
	}
}
