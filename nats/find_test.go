package nats

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"aidbox-nats/nats/broker"
)

func TestTextIsFoundWhateverItsCase(t *testing.T) {
	m := StoredMessage{
		Subject: "patients.Created", Header: natsgo.Header{"correlation-id": {"first", "Order-4711"}},
		Data: []byte(`{"resourceType":"Patient","name":"SMITH and smiths","city":"Zürich"}`),
	}
	for text, want := range map[string]bool{
		"smith": true, "SMITH": true, "sMiThS": true, "smithx": false, "ORDER-4711": true, "correlation-id: order": true, "correlation-id: first": true,
		"patients.created": true, "created.x": false, `"name":"smith`: true, "zürich": true, "ZÜRICH": true, "zurich": false, "}": true, "{": true,
		`{"resourceType":"Patient","name":"SMITH and smiths","city":"Zürich"}`: true, "4711": true, "4712": false, "z": true, "q": false,
	} {
		if got, err := must(Text(text)).match(t.Context(), m); got != want || err != nil {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	if _, err := Text(""); err == nil {
		t.Error("an empty text was taken")
	}
}

// FuzzFold compares the search that knows no case with that of the standard library, for ASCII.
func FuzzFold(f *testing.F) {
	for _, seed := range [][2]string{{"hello WORLD", "o w"}, {"", "a"}, {"aaab", "aab"}, {"ZzZ", "zz"}, {"x\x00y", "\x00"}, {"{}[]", "[]"}, {"abcABC", "cab"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, s, needle string) {
		if needle == "" {
			return
		}
		for _, c := range []byte(s + needle) {
			if c >= 0x80 {
				return // case folding of other letters can change their length
			}
		}
		if got, want := newFold(needle).in([]byte(s)), strings.Contains(strings.ToLower(s), strings.ToLower(needle)); got != want {
			t.Errorf("%q in %q: %v", needle, s, got)
		}
	})
}

func TestReferenceIsFoundAsAWhole(t *testing.T) {
	for data, want := range map[string]bool{
		`{"reference":"Patient/123"}`:                                  true,
		`{"fullUrl":"http://h/fhir/Patient/123"}`:                      true,
		`{"reference":"Patient/123/_history/2"}`:                       true,
		`{"reference":"Patient/1234"}`:                                 false,
		`{"reference":"Patient/123-a"}`:                                false,
		`{"reference":"RelatedPatient/123"}`:                           false,
		`{"reference":"patient/123"}`:                                  false,
		`{"resource":{"resourceType":"Patient","id":"123"}}`:           true,
		`[{"id" : "123", "x": [1], "resourceType" : "Patient"}]`:       true,
		`{"resourceType":"Patient","id":"1","contact":[{"id":"123"}]}`: false,
		`"resourceType":"Patient","id":"123"`:                          false,
		`Patient/1234 and Patient/123`:                                 true,
		``:                                                             false,
	} {
		if got, err := must(Reference("Patient/123")).match(t.Context(), StoredMessage{Data: []byte(data)}); got != want || err != nil {
			t.Errorf("%s: %v, %v", data, got, err)
		}
	}
	if got, _ := must(Reference("Patient/123")).match(t.Context(), StoredMessage{Header: natsgo.Header{"K": {"Patient/123"}}}); !got {
		t.Error("not found in a header")
	}
	for text, want := range map[string]bool{"Patient/123": true, "patient/1": false, "Patient": false, "Patient/": false, "/1": false, "a.b/1": false, "Patient/a b": false, "Pat ient/1": false} {
		if IsReference(text) != want {
			t.Errorf("IsReference(%q) = %v", text, !want)
		}
	}
}

func TestExpressionIsTrueForAMessage(t *testing.T) {
	m := StoredMessage{
		Seq: 7, Subject: "s.x", Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Header: natsgo.Header{"K": {"v"}},
		Data: []byte(`{"a":1,"list":[{"b":2},{"b":3}],"none":null}`),
	}
	for expression, want := range map[string]bool{
		".a == 1": true, ".a": true, ".none": false, ".missing": false, ".list[].b == 3": true, ".list[].b == 4": false, "empty": false, ".list | any(.b > 2)": true,
		`$subject == "s.x"`: true, "$seq == 7": true, `$headers.K[0] == "v"`: true, `$time | startswith("2026-01-02T03:04:05")`: true, "0": true, "false, true": true,
	} {
		if got, err := must(JQ(expression)).match(t.Context(), m); got != want || err != nil {
			t.Errorf("%s: %v, %v", expression, got, err)
		}
	}
	for name, test := range map[string]struct{ expression, data string }{
		"no JSON":                    {".a", "hello"},
		"an error in the expression": {".a.b", `{"a":1}`},
		"one that never ends":        {"last(repeat(1))", `{}`},
		"one that stops the program": {"halt_error", `{}`},
	} {
		if got, err := must(JQ(test.expression)).match(t.Context(), StoredMessage{Data: []byte(test.data)}); got || err == nil {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	var wrong *ExpressionError
	if _, err := JQ(".a ="); !errors.As(err, &wrong) || wrong.Expression != ".a =" {
		t.Errorf("JQ = %v", err)
	}
	if _, err := JQ(".a ] .b"); !errors.As(err, &wrong) || wrong.Offset != 3 {
		t.Errorf("JQ = %v, offset %d", err, wrong.Offset)
	}
	if _, err := JQ("nosuch(.a)"); !errors.As(err, &wrong) {
		t.Errorf("JQ = %v", err)
	}
}

// findAll runs a search to its end.
func findAll(t *testing.T, c *Conn, stream string, o FindOptions) ([]uint64, FindProgress) {
	t.Helper()
	var found []uint64
	progress, err := c.Find(testContext(t), stream, o, FindEvents{Found: func(m StoredMessage) bool {
		found = append(found, m.Seq)
		return true
	}})
	if err != nil {
		t.Fatal(err)
	}
	return found, progress
}

func TestFindLooksFromWhereItIsTold(t *testing.T) {
	b := startBroker(t, broker.Options{})
	js := bareJetStream(t, b.URL())
	ctx := testContext(t)
	keepStore(t, js)
	c := connect(t, Options{URLs: []string{b.URL()}})
	for name, config := range map[string]jetstream.StreamConfig{
		"with direct reads":    {Name: "DIRECT", AllowDirect: true},
		"without":              {Name: "SINGLE", Storage: jetstream.MemoryStorage},
		"a work queue without": {Name: "QUEUE", Retention: jetstream.WorkQueuePolicy},
	} {
		t.Run(name, func(t *testing.T) {
			config.Subjects = []string{"s.*", "rare"}
			stream := must(js.CreateStream(ctx, config))
			defer js.DeleteStream(ctx, config.Name)
			left := fill(t, js, config.Name, 150)
			last := left[len(left)-1].Sequence
			var even []uint64 // those whose body ends in an even number
			for _, m := range left {
				if m.Sequence%2 == 0 {
					even = append(even, m.Sequence)
				}
			}
			between := func(from, to uint64) (out []uint64) {
				for _, seq := range even {
					if seq >= from && seq <= to {
						out = append(out, seq)
					}
				}
				return out
			}
			backwards := func(seqs []uint64) []uint64 { slices.Reverse(seqs); return seqs }
			middle := left[len(left)/2]
			query := must(JQ(".n % 2 == 0"))
			for what, test := range map[string]struct {
				options FindOptions
				want    []uint64
			}{
				"all, forwards":             {FindOptions{}, between(1, 150)},
				"all, backwards":            {FindOptions{Backwards: true}, backwards(between(1, 150))},
				"from a sequence":           {FindOptions{From: 80}, between(80, 150)},
				"backwards from a sequence": {FindOptions{From: 80, Backwards: true}, backwards(between(1, 80))},
				"from behind the end":       {FindOptions{From: 1000}, nil},
				"backwards from behind it":  {FindOptions{From: 1000, Backwards: true}, backwards(between(1, 150))},
				"since a time":              {FindOptions{Since: middle.Time}, between(middle.Sequence, 150)},
				"backwards since a time":    {FindOptions{Since: middle.Time, Backwards: true}, backwards(between(1, middle.Sequence-1))},
				"since the future":          {FindOptions{Since: time.Now().Add(time.Hour)}, nil},
				"only a few":                {FindOptions{Limit: 3}, even[:3]},
				"only a few, backwards":     {FindOptions{Limit: 3, Backwards: true}, backwards(slices.Clone(even[len(even)-3:]))},
				"of one subject":            {FindOptions{Subject: "none"}, nil},
			} {
				test.options.Query = query
				found, progress := findAll(t, c, config.Name, test.options)
				if !slices.Equal(found, test.want) || progress.Found != len(found) || progress.Complete != (test.options.Limit == 0) || progress.Unreadable != 0 {
					t.Errorf("%s: %v, %+v\nwant %v", what, found, progress, test.want)
				}
			}
			found, progress := findAll(t, c, config.Name, FindOptions{Query: must(Text("rare")), Backwards: true})
			if !slices.Equal(found, []uint64{97}) || progress.Read != uint64(len(left)) || progress.Of != progress.Read || progress.Seq != left[0].Sequence || progress.Rate() <= 0 || progress.Bytes == 0 {
				t.Errorf("by subject: %v, %+v", found, progress)
			}
			if info := must(stream.Info(ctx)); info.State.Consumers != 0 || info.State.LastSeq < last {
				t.Errorf("state %+v", info.State)
			}
		})
	}
}

func TestFindTellsOfItselfAndCanBeStopped(t *testing.T) {
	b := startBroker(t, broker.Options{})
	js := bareJetStream(t, b.URL())
	ctx := testContext(t)
	must(js.CreateStream(ctx, jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}, Storage: jetstream.MemoryStorage, AllowDirect: true}))
	const n = 5500
	for i := range n {
		js.Conn().Publish("s", fmt.Append(nil, "message ", i))
	}
	must(js.Publish(ctx, "s", []byte("the end")))
	journal := NewJournal(0)
	c := connect(t, Options{URLs: []string{b.URL()}, Journal: journal})
	var steps []FindProgress
	progress, err := c.Find(ctx, "S", FindOptions{Query: must(Text("message"))}, FindEvents{Progress: func(p FindProgress) { steps = append(steps, p) }})
	if err != nil || !progress.Complete || progress.Read != n+1 || progress.Found != n {
		t.Errorf("%+v, %v", progress, err)
	}
	if len(steps) != 6 || steps[0].Read != 1000 || steps[0].Of != n+1 || steps[4].Read != 5000 || steps[5].Read != n+1 {
		t.Errorf("steps: %+v", steps)
	}
	requests := 0
	for _, op := range journal.Operations(0) {
		if op.Verb == "REQ" {
			requests++
		}
	}
	if requests > 3 {
		t.Errorf("%d requests are in the journal", requests)
	}

	stopped, cancel := context.WithCancel(ctx)
	progress, err = c.Find(stopped, "S", FindOptions{Query: must(Text("message"))}, FindEvents{Found: func(m StoredMessage) bool {
		if m.Seq == 1500 {
			cancel()
		}
		return true
	}})
	if !errors.Is(err, context.Canceled) || progress.Found != 1500 || progress.Complete {
		t.Errorf("stopped by its context: %+v, %v", progress, err)
	}
	progress, err = c.Find(ctx, "S", FindOptions{Query: must(Text("message"))}, FindEvents{Found: func(m StoredMessage) bool { return m.Seq < 1200 }})
	if err != nil || progress.Found != 1200 || progress.Complete {
		t.Errorf("stopped by its caller: %+v, %v", progress, err)
	}
	progress, err = c.Find(ctx, "S", FindOptions{Query: must(JQ("true"))}, FindEvents{})
	if err != nil || progress.Unreadable != n+1 || progress.Found != 0 {
		t.Errorf("no JSON: %+v, %v", progress, err)
	}
	if _, err := c.Find(ctx, "S", FindOptions{}, FindEvents{}); err == nil {
		t.Error("a search for nothing was taken")
	}
}

func TestFindSearchesWhatIsShown(t *testing.T) {
	b := startBroker(t, broker.Options{})
	js := bareJetStream(t, b.URL())
	ctx := testContext(t)
	c := connect(t, Options{URLs: []string{b.URL()}})
	must(js.CreateStream(ctx, jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}, AllowDirect: true}))
	for _, name := range []string{"smith", "jones"} {
		must(js.Publish(ctx, "s", []byte(`{"name":"`+name+`"}`)))
	}
	hide := func(m StoredMessage) StoredMessage {
		m.Data = []byte(`{"name":"hidden"}`)
		return m
	}
	for text, want := range map[string]int{"smith": 0, "hidden": 2, "s": 2} {
		var found []StoredMessage
		_, err := c.Find(ctx, "S", FindOptions{Query: must(Text(text)), Shown: hide}, FindEvents{Found: func(m StoredMessage) bool {
			found = append(found, m)
			return true
		}})
		if err != nil || len(found) != want {
			t.Errorf("%s: %d found, %v", text, len(found), err)
		}
		if want > 0 && string(found[0].Data) != `{"name":"smith"}` {
			t.Errorf("what is found is %s", found[0].Data)
		}
	}
}
