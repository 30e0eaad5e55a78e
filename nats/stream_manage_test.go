package nats

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"aidbox-nats/nats/broker"
)

func TestStreamIsCreatedWithTheDefaultsOfTheNatsCommand(t *testing.T) {
	b := startBroker(t, broker.Options{})
	ctx := testContext(t)
	c := connect(t, Options{URLs: []string{b.URL()}})
	created, err := c.CreateStream(ctx, StreamConfig{Name: "EVENTS", Subjects: []string{"patients.>"}})
	if err != nil {
		t.Fatal(err)
	}
	if config, err := c.StreamConfig(ctx, "EVENTS"); err != nil || !reflect.DeepEqual(created.Config, config) {
		t.Errorf("its configuration %+v\nis      %+v, %v", created.Config, config, err)
	}
	created.Created, created.Config = time.Time{}, StreamConfig{}
	want := Stream{
		Name: "EVENTS", Subjects: []string{"patients.>"}, Storage: "file", Retention: "limits", Discard: "old", Replicas: 1,
		MaxMsgs: -1, MaxBytes: -1, MaxMsgsPerSubject: -1, MaxMsgSize: -1, Duplicates: 2 * time.Minute, AllowDirect: true,
	}
	if !reflect.DeepEqual(created, want) {
		t.Errorf("created %+v\nwant    %+v", created, want)
	}
	if _, err := c.CreateStream(ctx, StreamConfig{Name: "EVENTS", Subjects: []string{"patients.>"}}); err != nil {
		t.Errorf("the same again: %v", err)
	}
	if _, err := c.CreateStream(ctx, StreamConfig{Name: "EVENTS", Subjects: []string{"other"}}); !errors.Is(err, ErrStreamExists) {
		t.Errorf("another with its name: %v", err)
	}
}

// everything is a stream configuration without zero values, so far as one allows.
func everything() StreamConfig {
	return StreamConfig{
		Name: "ALL", Description: "all of it", Subjects: []string{"all.*", "more"}, Sources: []string{"A", "B"},
		Storage: "memory", Retention: "interest", Discard: "new", DiscardPerSubject: true, Replicas: 1,
		MaxMsgs: 1000, MaxBytes: 1 << 20, MaxMsgsPerSubject: 10, MaxMsgSize: 1024, MaxAge: time.Hour, MaxConsumers: 7, Duplicates: time.Minute,
		NoDirect: true, DenyDelete: true, DenyPurge: true, AllowMsgTTL: true, AllowAtomicBatch: true, AllowFastBatch: true,
	}
}

func TestStreamConfigIsStoredAndReadWhole(t *testing.T) {
	b := startBroker(t, broker.Options{})
	ctx := testContext(t)
	c := connect(t, Options{URLs: []string{b.URL()}})
	want := everything()
	must(c.CreateStream(ctx, want))
	got, err := c.StreamConfig(ctx, "ALL")
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
	}
	want.Description, want.MaxMsgs, want.Subjects = "less", 0, []string{"all.*"}
	must(c.EditStream(ctx, want))
	if got, err = c.StreamConfig(ctx, "ALL"); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("edited  %+v, %v\nwant    %+v", got, err, want)
	}
	for _, kind := range []StreamConfig{
		{Name: "COPY", Mirror: "ALL", Compress: true},
		{Name: "ROLL", Subjects: []string{"roll"}, AllowRollup: true, NoAck: true, AllowMsgTTL: true, DeleteMarkerTTL: time.Minute, AllowSchedules: true},
		{Name: "COUNT", Subjects: []string{"count"}, AllowMsgCounter: true},
	} {
		must(c.CreateStream(ctx, kind))
		want := kind.withDefaults()
		want.Duplicates = 2 * time.Minute
		if kind.Mirror != "" {
			want.Duplicates = 0
		}
		if got, err := c.StreamConfig(ctx, kind.Name); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
		}
	}
}

func TestEditKeepsWhatItHasNoFieldFor(t *testing.T) {
	b := startBroker(t, broker.Options{})
	ctx := testContext(t)
	js := bareJetStream(t, b.URL())
	stream := must(js.CreateStream(ctx, jetstream.StreamConfig{
		Name: "S", Subjects: []string{"s"}, Metadata: map[string]string{"owner": "me"},
		RePublish: &jetstream.RePublish{Source: "s", Destination: "copy.s"},
		Sources:   []*jetstream.StreamSource{{Name: "A", FilterSubject: "a.b"}},
	}))
	c := connect(t, Options{URLs: []string{b.URL()}})
	config := must(c.StreamConfig(ctx, "S"))
	config.Description = "edited"
	must(c.EditStream(ctx, config))
	got := must(stream.Info(ctx)).Config
	if got.Description != "edited" || got.Metadata["owner"] != "me" || got.RePublish == nil || len(got.Sources) != 1 || got.Sources[0].FilterSubject != "a.b" {
		t.Errorf("after the edit: %+v", got)
	}
}

// What EditBlocked says is what the server does.
func TestEditBlockedAgreesWithTheServer(t *testing.T) {
	b := startBroker(t, broker.Options{})
	ctx := testContext(t)
	js := bareJetStream(t, b.URL())
	c := connect(t, Options{URLs: []string{b.URL()}})
	must(c.CreateStream(ctx, StreamConfig{Name: "A", Subjects: []string{"a"}}))
	must(c.CreateStream(ctx, StreamConfig{Name: "B", Subjects: []string{"b"}}))
	plain := StreamConfig{Subjects: []string{"s"}}
	with := func(change func(*StreamConfig)) StreamConfig {
		config := plain
		change(&config)
		return config
	}
	for name, test := range map[string]struct {
		old, new StreamConfig
		blocked  string // empty: allowed
	}{
		"the storage":                  {plain, with(func(s *StreamConfig) { s.Storage = "memory" }), "storage"},
		"limits to interest":           {plain, with(func(s *StreamConfig) { s.Retention = "interest" }), ""},
		"interest to limits":           {with(func(s *StreamConfig) { s.Retention = "interest" }), plain, ""},
		"limits to a work queue":       {plain, with(func(s *StreamConfig) { s.Retention = "workqueue" }), "work queue"},
		"a work queue to limits":       {with(func(s *StreamConfig) { s.Retention = "workqueue" }), plain, "work queue"},
		"subjects, limits and discard": {plain, with(func(s *StreamConfig) { s.Subjects, s.MaxMsgs, s.Discard = []string{"t"}, 5, "new" }), ""},
		"duplicates, age, direct, no ack": {plain, with(func(s *StreamConfig) {
			s.Duplicates, s.MaxAge, s.NoDirect, s.NoAck = time.Second, time.Hour, true, true
		}), ""},
		"the number of consumers": {plain, with(func(s *StreamConfig) { s.MaxConsumers = 5 }), ""},
		"compression and rollup":  {plain, with(func(s *StreamConfig) { s.Compress, s.AllowRollup = true, true }), ""},
		"to deny deletes":         {plain, with(func(s *StreamConfig) { s.DenyDelete, s.DenyPurge = true, true }), ""},
		"to allow deletes again":  {with(func(s *StreamConfig) { s.DenyDelete = true }), plain, "deleted"},
		"to allow purges again":   {with(func(s *StreamConfig) { s.DenyPurge = true }), plain, "purged"},
		"to allow lifetimes":      {plain, with(func(s *StreamConfig) { s.AllowMsgTTL = true }), ""},
		"to take lifetimes back":  {with(func(s *StreamConfig) { s.AllowMsgTTL = true }), plain, "lifetime"},
		"to take schedules back":  {with(func(s *StreamConfig) { s.AllowSchedules, s.AllowRollup, s.AllowMsgTTL = true, true, true }), with(func(s *StreamConfig) { s.AllowRollup, s.AllowMsgTTL = true, true }), "scheduled"},
		"to make it a counter":    {plain, with(func(s *StreamConfig) { s.AllowMsgCounter = true }), "counter"},
		"a mirror to a stream":    {StreamConfig{Mirror: "A"}, plain, ""},
		"a mirror to another one": {StreamConfig{Mirror: "A"}, StreamConfig{Mirror: "B"}, "mirror"},
		"a stream to a mirror":    {plain, StreamConfig{Mirror: "A"}, "mirror"},
		"another source":          {plain, with(func(s *StreamConfig) { s.Sources = []string{"A"} }), ""},
	} {
		t.Run(name, func(t *testing.T) {
			test.old.Name, test.new.Name = "S", "S"
			must(c.CreateStream(ctx, test.old))
			defer c.DeleteStream(ctx, "S")
			blocked := EditBlocked(test.old, test.new)
			before := must(js.Stream(ctx, "S")).CachedInfo().Config
			_, err := js.UpdateStream(ctx, test.new.over(before))
			if (blocked != nil) != (err != nil) {
				t.Errorf("EditBlocked = %v, the server says %v", blocked, err)
			}
			if test.blocked == "" && blocked != nil || test.blocked != "" && !strings.Contains(strings.Join(blocked, ""), test.blocked) {
				t.Errorf("EditBlocked = %v", blocked)
			}
			if blocked != nil {
				_, err := c.EditStream(ctx, test.new)
				if refused := new(EditError); !errors.As(err, &refused) || !reflect.DeepEqual(refused.Blocked, blocked) {
					t.Errorf("EditStream = %v", err)
				}
			}
		})
	}
	if blocked := EditBlocked(StreamConfig{Name: "A"}, StreamConfig{Name: "B"}); len(blocked) != 1 || !strings.Contains(blocked[0], "renamed") {
		t.Errorf("another name: %v", blocked)
	}
}

func TestOverlapSaysWhoHasTheSubject(t *testing.T) {
	b := startBroker(t, broker.Options{})
	ctx := testContext(t)
	c := connect(t, Options{URLs: []string{b.URL()}})
	must(c.CreateStream(ctx, StreamConfig{Name: "ORDERS", Subjects: []string{"orders.>", "bills"}}))
	must(c.CreateStream(ctx, StreamConfig{Name: "EVENTS", Subjects: []string{"events.*.new"}}))
	_, err := c.CreateStream(ctx, StreamConfig{Name: "NEW", Subjects: []string{"orders.*", "events.a.*", "free"}})
	var overlap *OverlapError
	want := []Overlap{{"EVENTS", "events.*.new", "events.a.*"}, {"ORDERS", "orders.>", "orders.*"}}
	if !errors.As(err, &overlap) || !reflect.DeepEqual(overlap.Overlaps, want) || !strings.Contains(err.Error(), `stream ORDERS has "orders.>", which overlaps with "orders.*"`) {
		t.Errorf("CreateStream = %v", err)
	}
	must(c.CreateStream(ctx, StreamConfig{Name: "NEW", Subjects: []string{"free"}}))
	_, err = c.EditStream(ctx, StreamConfig{Name: "NEW", Subjects: []string{"free", "bills"}})
	if !errors.As(err, &overlap) || !reflect.DeepEqual(overlap.Overlaps, []Overlap{{"ORDERS", "bills", "bills"}}) {
		t.Errorf("EditStream = %v", err)
	}
	for subject, want := range map[string][]string{
		"orders.1": {"ORDERS"}, "orders": nil, "events.x.new": {"EVENTS"}, "events.x.old": nil, ">": {"EVENTS", "NEW", "ORDERS"}, "events.>": {"EVENTS"},
	} {
		streams, err := c.Streams(ctx)
		var names []string
		for _, s := range Taking(subject, streams) {
			names = append(names, s.Name)
		}
		if err != nil || !reflect.DeepEqual(names, want) {
			t.Errorf("Taking(%s) = %v, %v", subject, names, err)
		}
	}
}

func TestPurgeTakesWhatItNames(t *testing.T) {
	b := startBroker(t, broker.Options{})
	ctx := testContext(t)
	c := connect(t, Options{URLs: []string{b.URL()}})
	for name, test := range map[string]struct {
		purge Purge
		left  []uint64
	}{
		"all":                                 {Purge{}, nil},
		"by subject":                          {Purge{Subject: "s.0"}, []uint64{1, 3, 5, 7, 9}},
		"before a sequence":                   {Purge{Before: 4}, []uint64{4, 5, 6, 7, 8, 9, 10}},
		"a subject before a sequence":         {Purge{Subject: "s.1", Before: 6}, []uint64{2, 4, 6, 7, 8, 9, 10}},
		"all but the newest":                  {Purge{Keep: 3}, []uint64{8, 9, 10}},
		"all of a subject but the newest one": {Purge{Subject: "s.*", Keep: 1}, []uint64{10}},
	} {
		t.Run(name, func(t *testing.T) {
			must(c.CreateStream(ctx, StreamConfig{Name: "S", Subjects: []string{"s.*"}, Storage: "memory"}))
			defer c.DeleteStream(ctx, "S")
			for i := 1; i <= 10; i++ {
				must(c.PublishStored(ctx, Message{Subject: fmt.Sprintf("s.%d", i%2)}, StoreOptions{}))
			}
			purged, err := c.PurgeStream(ctx, "S", test.purge)
			page := must(must(c.OpenStream(ctx, "S", ReaderOptions{})).First(ctx))
			var left []uint64
			for _, m := range page.Messages {
				left = append(left, m.Seq)
			}
			if err != nil || purged != uint64(10-len(test.left)) || !reflect.DeepEqual(left, test.left) {
				t.Errorf("purged %d, left %v, %v", purged, left, err)
			}
		})
	}
	if _, err := c.PurgeStream(ctx, "S", Purge{Before: 1, Keep: 1}); err == nil {
		t.Error("a sequence and a number to keep were taken together")
	}
}

func TestDeletesAreNamedAndFound(t *testing.T) {
	b := startBroker(t, broker.Options{})
	ctx := testContext(t)
	c := connect(t, Options{URLs: []string{b.URL()}})
	must(c.CreateStream(ctx, StreamConfig{Name: "S", Subjects: []string{"s"}}))
	must(c.PublishStored(ctx, Message{Subject: "s", Data: []byte("x")}, StoreOptions{}))
	if err := c.DeleteMessage(ctx, "S", 1); err != nil {
		t.Error(err)
	}
	if _, err := c.StoredMessage(ctx, "S", 1); !errors.Is(err, ErrMessageNotFound) {
		t.Errorf("StoredMessage = %v", err)
	}
	if err := c.DeleteMessage(ctx, "S", 1); !errors.Is(err, ErrMessageNotFound) {
		t.Errorf("DeleteMessage again = %v", err)
	}
	if err := c.DeleteStream(ctx, "S"); err != nil {
		t.Error(err)
	}
	for what, err := range map[string]error{
		"DeleteStream":  c.DeleteStream(ctx, "S"),
		"DeleteMessage": c.DeleteMessage(ctx, "S", 1),
		"Stream":        second(c.Stream(ctx, "S")),
		"PurgeStream":   second(c.PurgeStream(ctx, "S", Purge{})),
		"EditStream":    second(c.EditStream(ctx, StreamConfig{Name: "S"})),
		"OpenStream":    second(c.OpenStream(ctx, "S", ReaderOptions{})),
		"Consumers":     second(c.Consumers(ctx, "S")),
		"StoredMessage": second(c.StoredMessage(ctx, "S", 1)),
		"Find":          second(c.Find(ctx, "S", FindOptions{Query: must(Text("x"))}, FindEvents{})),
	} {
		if !errors.Is(err, ErrStreamNotFound) {
			t.Errorf("%s of no stream = %v", what, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestReadOnlyChangesNoStream(t *testing.T) {
	b := startBroker(t, broker.Options{})
	ctx := testContext(t)
	must(connect(t, Options{URLs: []string{b.URL()}}).CreateStream(ctx, StreamConfig{Name: "S", Subjects: []string{"s"}}))
	journal := NewJournal(0)
	c := connect(t, Options{URLs: []string{b.URL()}, ReadOnly: true, Journal: journal})
	for what, err := range map[string]error{
		"CreateStream":   second(c.CreateStream(ctx, StreamConfig{Name: "T", Subjects: []string{"t"}})),
		"EditStream":     second(c.EditStream(ctx, StreamConfig{Name: "S"})),
		"DeleteStream":   c.DeleteStream(ctx, "S"),
		"PurgeStream":    second(c.PurgeStream(ctx, "S", Purge{})),
		"DeleteMessage":  c.DeleteMessage(ctx, "S", 1),
		"CreateConsumer": second(c.CreateConsumer(ctx, "S", ConsumerConfig{Name: "k"})),
		"DeleteConsumer": c.DeleteConsumer(ctx, "S", "k"),
		"PauseConsumer":  c.PauseConsumer(ctx, "S", "k", time.Now().Add(time.Hour)),
		"ResumeConsumer": c.ResumeConsumer(ctx, "S", "k"),
		"ResetConsumer":  c.ResetConsumer(ctx, "S", "k", 0),
		"Next":           second(c.Next(ctx, "S", "k")),
	} {
		if !errors.Is(err, ErrReadOnly) {
			t.Errorf("%s = %v", what, err)
		}
	}
	if ops := journal.Operations(1); len(ops) != 0 {
		t.Errorf("it asked the server: %+v", ops)
	}
}

func TestStreamConfigIsCheckedBeforeTheServerIsAsked(t *testing.T) {
	for name, config := range map[string]StreamConfig{
		"no name":                          {},
		"a dot in the name":                {Name: "a.b"},
		"a subject that is none":           {Name: "S", Subjects: []string{"a..b"}},
		"subjects that overlap":            {Name: "S", Subjects: []string{"a.*", "a.b"}},
		"an unknown storage":               {Name: "S", Storage: "tape"},
		"an unknown retention":             {Name: "S", Retention: "work"},
		"an unknown discard":               {Name: "S", Discard: "both"},
		"a mirror with subjects":           {Name: "S", Subjects: []string{"s"}, Mirror: "A"},
		"a mirror with sources":            {Name: "S", Mirror: "A", Sources: []string{"B"}},
		"six replicas":                     {Name: "S", Replicas: 6},
		"a negative limit":                 {Name: "S", MaxMsgs: -1},
		"an age that is too short":         {Name: "S", MaxAge: time.Millisecond},
		"a window longer than the age":     {Name: "S", MaxAge: time.Second, Duplicates: time.Minute},
		"discard per subject without more": {Name: "S", DiscardPerSubject: true},
	} {
		if err := config.Check(); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if err := everything().Check(); err != nil {
		t.Errorf("everything: %v", err)
	}
}

func TestLevelsAreNamedByTheirVersion(t *testing.T) {
	b := startBroker(t, broker.Options{})
	c := connect(t, Options{URLs: []string{b.URL()}})
	if level, err := c.APILevel(testContext(t)); err != nil || level < Level215 {
		t.Errorf("APILevel = %d, %v", level, err)
	}
	for config, want := range map[*StreamConfig]int{
		{}: 0, {AllowMsgTTL: true}: 1, {DeleteMarkerTTL: time.Second}: 1, {AllowMsgTTL: true, AllowSchedules: true}: 2, {AllowFastBatch: true, AllowMsgCounter: true}: 4,
	} {
		if got, _ := config.level(); got != want {
			t.Errorf("%+v needs %d", config, got)
		}
	}
	err := &LevelError{What: "a counter", Needs: Level212, Has: 1}
	if err.Error() != "a counter needs nats-server 2.12 or newer (JetStream API level 2, this server has 1)" {
		t.Error(err)
	}
}

func TestARefusalIsASentence(t *testing.T) {
	c := connect(t, Options{URLs: []string{startBroker(t, broker.Options{}).URL()}})
	_, err := c.CreateStream(testContext(t), StreamConfig{Name: "S", Subjects: []string{"s"}, Replicas: 3})
	want := `create stream "S": this server is in no cluster, so take one replica: replicas > 1 not supported in non-clustered mode (error code 10074)`
	if err == nil || err.Error() != want || !errors.As(err, new(*jetstream.APIError)) {
		t.Errorf("%v", err)
	}
	_, err = c.Stream(testContext(t), "NONE")
	if want := `look at stream "NONE": there is no such stream: stream not found (error code 10059)`; err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
}
