package streams

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/theme"
)

// What only looks is left out, what changes or was refused is told.
func TestNoise(t *testing.T) {
	audit := func(subject, failure string, own bool) nats.Advisory {
		return nats.Advisory{Kind: nats.AdvisoryAudit, Subject: subject, Failure: failure, Own: own}
	}
	for rule, c := range map[string]struct {
		a    nats.Advisory
		want bool
	}{
		"what this console looked at":   {audit("$JS.API.STREAM.INFO.S", "", true), true},
		"what this console changed":     {audit("$JS.API.STREAM.PURGE.S", "", true), true},
		"what others looked at":         {audit("$JS.API.STREAM.INFO.S", "", false), true},
		"a name that sounds like doing": {audit("$JS.API.CONSUMER.INFO.S.DELETE", "", false), true},
		"what others looked at in vain": {audit("$JS.API.STREAM.INFO.S", "not found", false), true},
		"what others could not change":  {audit("$JS.API.STREAM.UPDATE.S", "no", false), false},
		"what others changed":           {audit("$JS.API.STREAM.PURGE.S", "", false), false},
		"a message deleted by others":   {audit("$JS.API.STREAM.MSG.DELETE.S", "", false), false},
		"a leader made to step down":    {audit("$JS.API.STREAM.LEADER.STEPDOWN.S", "", false), false},
		"what has an event of its own":  {audit("$JS.API.CONSUMER.DURABLE.CREATE.S.k", "", false), true},
		"what others pulled":            {audit("$JS.API.CONSUMER.MSG.NEXT.S.DELETE", "", false), true},
		"what happened":                 {nats.Advisory{Kind: nats.AdvisoryNak}, false},
		"a subject of two tokens":       {audit("$JS.API", "", false), true},
	} {
		if got := noise(c.a); got != c.want {
			t.Errorf("%s: %v", rule, got)
		}
	}
}

func TestWhichStreamARequestWasAbout(t *testing.T) {
	for subject, want := range map[string]string{
		"$JS.API.STREAM.INFO.S": "S", "$JS.API.STREAM.MSG.GET.S": "S", "$JS.API.STREAM.LEADER.STEPDOWN.S": "S",
		"$JS.API.CONSUMER.CREATE.S.k.a.b": "S", "$JS.API.CONSUMER.DURABLE.CREATE.S.k": "S", "$JS.API.CONSUMER.INFO.S.OTHER": "S",
		"$JS.API.STREAM.LIST": "", "$JS.API.INFO": "", "": "",
	} {
		if got := asked(subject); got != want {
			t.Errorf("%s: %q, not %q", subject, got, want)
		}
	}
}

// Requests do not push out what happened, and both are bounded.
func TestEventsAreBounded(t *testing.T) {
	var e events
	for i := range 3 * eventsMost {
		e.noise = keep(e.noise, nats.Advisory{Seq: uint64(i), Kind: nats.AdvisoryAudit, Client: fmt.Sprint(i), Subject: "$JS.API.STREAM.INFO.S"}, noiseMost)
		if i%100 == 0 {
			e.told = keep(e.told, nats.Advisory{Seq: uint64(i), Kind: nats.AdvisoryNak, Stream: fmt.Sprint("S", i%200)}, eventsMost)
		}
	}
	if len(e.noise) != noiseMost || e.noise[0].Seq != 3*eventsMost-noiseMost {
		t.Errorf("%d kept, from %d", len(e.noise), e.noise[0].Seq)
	}
	shown, hidden := e.of("S0")
	if len(shown) != eventsShown || hidden || shown[0].Seq < shown[1].Seq {
		t.Errorf("%d shown, hidden: %v", len(shown), hidden)
	}
	if shown, hidden := e.of("S"); len(shown) != 0 || !hidden {
		t.Errorf("%d shown, hidden: %v", len(shown), hidden)
	}
	e.all = true
	if shown, hidden = e.of("S"); len(shown) != eventsAll || hidden {
		t.Errorf("%d shown, hidden: %v", len(shown), hidden)
	}
}

// What went wrong a short while ago marks its stream, and stands at the top of
// its detail; it goes with time. That a worker wants a message again is nothing
// wrong.
func TestWhatWentWrongMarksAStream(t *testing.T) {
	now := time.Now()
	m := pane()
	m.events.told = []nats.Advisory{
		{Kind: nats.AdvisoryTerminated, Stream: "OLD", Time: now.Add(-time.Hour)},
		{Kind: nats.AdvisoryTerminated, Stream: "S", Consumer: "k", StreamSeq: 3, Deliveries: 1, Time: now.Add(-time.Minute)},
		{Kind: nats.AdvisoryUnpinned, Stream: "T", Time: now},
		{Kind: nats.AdvisoryNak, Stream: "U", Time: now},
	}
	m.Update(data.Streams{Answer: answer(1, nil), Streams: []nats.Stream{{Name: "OLD"}, {Name: "S"}, {Name: "T"}, {Name: "U"}}})
	m.Update(data.Tick{Now: now})
	if want := map[string]theme.Role{"S": theme.Bad, "T": theme.Warn}; !maps.Equal(m.roles, want) {
		t.Errorf("%v, not %v", m.roles, want)
	}
	if got := plain(m.Title().Right); got != "2 ! · 4" {
		t.Errorf("%q", got)
	}
	m.Select("S")
	if s := plain(m.detail.View()); !strings.Contains(s, "! At "+now.Add(-time.Minute).Local().Format("15:04:05")+" a worker of consumer k wants message 3 of stream S never again") {
		t.Errorf("%s", s)
	}
	m.Update(data.Tick{Now: now.Add(2 * recent)})
	if got := plain(m.Title().Right); len(m.roles) > 0 || got != "4" {
		t.Errorf("%v, %q", m.roles, got)
	}
}

// A question of the nats command about what there is not is no trouble of the
// stream, and neither is what somebody was refused. That the server could not
// answer is.
func TestARefusedRequestIsNoTroubleOfTheStream(t *testing.T) {
	now := time.Now()
	for rule, c := range map[string]struct {
		subject string
		code    int
		noise   bool
		role    theme.Role
	}{
		"a consumer that there is not": {"$JS.API.CONSUMER.INFO.S.w1", 404, true, theme.Text},
		"a message that there is not":  {"$JS.API.STREAM.MSG.GET.S", 404, true, theme.Text},
		"a change that was wrong":      {"$JS.API.CONSUMER.DURABLE.CREATE.S.w1", 400, false, theme.Text},
		"a server that could not":      {"$JS.API.CONSUMER.INFO.S.w1", 503, false, theme.Warn},
	} {
		a := nats.Advisory{Kind: nats.AdvisoryAudit, Subject: c.subject, Failure: "because", FailureCode: c.code, Client: "cli", Time: now}
		if noise(a) != c.noise {
			t.Errorf("%s: noise is %v", rule, noise(a))
		}
		m := pane()
		m.events.told = []nats.Advisory{a}
		m.Update(data.Streams{Answer: answer(1, nil), Streams: []nats.Stream{{Name: "S"}}})
		m.Update(data.Tick{Now: now})
		if got := m.roles["S"]; got != c.role {
			t.Errorf("%s: %v, not %v", rule, got, c.role)
		}
	}
}

// Requests that are made over and over stand once.
func TestRequestsAreFolded(t *testing.T) {
	e := events{all: true}
	for i := range 6 {
		e.noise = append(e.noise, nats.Advisory{Seq: uint64(i), Kind: nats.AdvisoryAudit, Client: fmt.Sprint("c", i%2), Subject: "$JS.API.STREAM.INFO.S"})
	}
	shown, _ := e.of("S")
	if len(shown) != 2 || shown[0].Seq != 5 || shown[0].times != 3 || shown[1].Seq != 4 {
		t.Errorf("%+v", shown)
	}
}

// The rate is that of the last readings, however far apart they are.
func TestRate(t *testing.T) {
	at, r := time.Now(), rate{}
	s := nats.Stream{Created: at}
	read := func(last uint64, later time.Duration) (float64, bool) {
		at, s.LastSeq = at.Add(later), last
		r.add(s, at)
		return r.now()
	}
	if _, known := read(100, 0); known {
		t.Error("known from one reading")
	}
	for _, c := range []struct {
		last  uint64
		later time.Duration
		want  float64
	}{{130, 3 * time.Second, 10}, {130, 3 * time.Second, 5}, {130, 10 * time.Second, 30.0 / 16}, {130, 3 * time.Second, 0}} {
		if got, known := read(c.last, c.later); !known || got != c.want {
			t.Errorf("%d after %s: %v, not %v", c.last, c.later, got, c.want)
		}
	}
	s.Created = at
	if _, known := read(5, time.Second); known {
		t.Error("a stream made anew goes on")
	}
	for i := range 100 {
		read(uint64(10+i), time.Second)
	}
	if len(r.perSec) != samples {
		t.Errorf("%d readings are kept", len(r.perSec))
	}
}

func TestSizesAndTimes(t *testing.T) {
	for text, want := range map[string]int64{"": 0, "512": 512, "1KB": 1 << 10, "1.5 GB": 3 << 29, "10gb": 10 << 30, "2 MiB": 2 << 20, "1T": 1 << 40, "9223372036854775807": 1<<63 - 1} {
		if got, err := size(text); got != want || err != nil {
			t.Errorf("%q: %d, %v", text, got, err)
		}
		if got, err := size(sizeText(want)); got != want || err != nil {
			t.Errorf("%q reads as %d, %v", sizeText(want), got, err)
		}
	}
	for _, text := range []string{"x", "-1", "1PB", "9999999TB", "NaN", "B", "1GBs"} {
		if got, err := size(text); err == nil {
			t.Errorf("%q: %d", text, got)
		}
	}
	for text, want := range map[string]time.Duration{"": 0, "30d": 30 * day, "2w": 14 * day, "1y": 365 * day, "1h30m": 90 * time.Minute, "2 m": 2 * time.Minute, "1h": time.Hour, "100ms": 100 * time.Millisecond} {
		if got, err := age(text); got != want || err != nil {
			t.Errorf("%q: %s, %v", text, got, err)
		}
		if got, err := age(ageText(want)); got != want || err != nil {
			t.Errorf("%q reads as %s, %v", ageText(want), got, err)
		}
	}
	for d, want := range map[time.Duration]string{2 * time.Minute: "2m", 90 * time.Minute: "1h30m", time.Hour: "1h", 36 * time.Hour: "36h", 30 * day: "30d"} {
		if got := ageText(d); got != want {
			t.Errorf("%s: %q", d, got)
		}
	}
	for _, text := range []string{"x", "-1d", "30", "-2h", "99999999y"} {
		if got, err := age(text); err == nil {
			t.Errorf("%q: %s", text, got)
		}
	}
	for _, text := range []string{"x", "-1", "1.5"} {
		if got, err := count(text); err == nil {
			t.Errorf("%q: %d", text, got)
		}
	}
	if n, err := count("1,000 000"); n != 1_000_000 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

// How full a stream is stands beside its limits; only one that refuses is marked.
func TestHowFullAStreamIs(t *testing.T) {
	m := pane()
	for rule, c := range map[string]struct {
		s    nats.Stream
		bar  string
		mark string
	}{
		"half":             {nats.Stream{MaxMsgs: 10, Messages: 5, Discard: "new"}, strings.Repeat("━", 12) + strings.Repeat("─", 12), ""},
		"a little":         {nats.Stream{MaxMsgs: 1000, Messages: 1, Discard: "new"}, "━" + strings.Repeat("─", 23), ""},
		"nothing":          {nats.Stream{MaxMsgs: 10, Discard: "new"}, strings.Repeat("─", 24), ""},
		"nearly":           {nats.Stream{MaxBytes: 1000, Bytes: 999, Discard: "new"}, strings.Repeat("━", 23) + "─", "!"},
		"full":             {nats.Stream{MaxMsgs: 10, Messages: 10, Discard: "new"}, strings.Repeat("━", 24), "!"},
		"full, it rolls":   {nats.Stream{MaxMsgs: 10, Messages: 10, Discard: "old"}, strings.Repeat("━", 24), ""},
		"over, at an edit": {nats.Stream{MaxMsgs: 10, Messages: 20, Discard: "new"}, strings.Repeat("━", 24), "!"},
	} {
		c.s.Name = "S"
		m.Update(data.StreamMade{Stream: c.s})
		f := fullness(c.s)
		if len(f) != 1 || plain(m.bar(f[0])) != c.bar || m.sign(c.s).Text != c.mark {
			t.Errorf("%s: %q, %q", rule, plain(m.bar(f[0])), m.sign(c.s).Text)
		}
	}
}
