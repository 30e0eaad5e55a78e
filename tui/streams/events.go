package streams

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

const (
	// eventsMost and noiseMost bound what is kept: requests of the API, which
	// come with every look, must not push out what happened.
	eventsMost = 500
	noiseMost  = 300
	// eventsShown and eventsAll are how many are shown of one stream.
	eventsShown = 8
	eventsAll   = 40
	// recent is how long something bad marks its stream in the list.
	recent = 5 * time.Minute
)

// events are what the server told of JetStream.
type events struct {
	feed     *nats.Advisories
	off      error
	revision uint64
	next     uint64
	told     []nats.Advisory
	noise    []nats.Advisory
	all      bool // noise is shown, too
}

// take notes that the watch has begun, or that it may not.
func (e *events) take(a data.Advisories) {
	e.feed, e.off = a.Feed, a.Err
}

// pull reads what came since the last time, and says whether something did.
func (e *events) pull() bool {
	if e.feed == nil {
		return false
	}
	c := e.feed.Counters()
	if c.Revision == e.revision {
		return false
	}
	e.revision = c.Revision
	from := max(e.next, c.First)
	if c.Next <= from {
		return true // what is watched has changed
	}
	for _, a := range e.feed.Window(from, int(c.Next-from)) {
		if noise(a) {
			e.noise = keep(e.noise, a, noiseMost)
		} else {
			e.told = keep(e.told, a, eventsMost)
		}
	}
	e.next = c.Next
	return true
}

func keep(list []nats.Advisory, a nats.Advisory, most int) []nats.Advisory {
	list = append(list, a)
	if len(list) > most {
		list = slices.Delete(list, 0, len(list)-most)
	}
	return list
}

// noise is what nobody waits for: what this console asked, what others only
// looked at, also for what there is not, and what the server tells of in an
// event of its own. The nats command asks for a consumer before it makes one.
func noise(a nats.Advisory) bool {
	if a.Kind != nats.AdvisoryAudit {
		return false
	}
	return a.Own || a.FailureCode < 500 && looks(a.Subject) || a.Failure == "" && !untold(a.Subject)
}

// looks says whether a request of the JetStream API changes nothing.
func looks(subject string) bool {
	tokens := strings.Split(subject, ".")
	if len(tokens) < 5 {
		return false
	}
	switch tokens[3] {
	case "INFO", "LIST", "NAMES":
		return true
	case "MSG":
		return tokens[4] == "GET"
	}
	return false
}

// untold says whether a request of the JetStream API does something of which
// there is no other event. The subjects are those of nats-server's
// jetstream_api.go.
func untold(subject string) bool {
	tokens := strings.Split(subject, ".")
	if len(tokens) < 5 {
		return false
	}
	switch tokens[3] {
	case "PURGE", "RESTORE", "RESET", "UNPIN":
		return true
	case "MSG", "PEER", "LEADER":
		return tokens[4] == "DELETE" || tokens[4] == "REMOVE" || tokens[4] == "STEPDOWN"
	}
	return false
}

// asked is the stream that a request of the API was about:
// $JS.API.STREAM.INFO.S, $JS.API.STREAM.MSG.GET.S, $JS.API.CONSUMER.INFO.S.C,
// $JS.API.CONSUMER.DURABLE.CREATE.S.C.
func asked(subject string) string {
	tokens := strings.Split(subject, ".")
	if len(tokens) < 5 {
		return ""
	}
	at := 4
	switch tokens[3] {
	case "MSG", "PEER", "LEADER", "DURABLE":
		at = 5
	}
	if len(tokens) <= at {
		return ""
	}
	return tokens[at]
}

// concerns says whether an event is one of a stream, or of all.
func concerns(a nats.Advisory, stream string) bool {
	switch a.Kind {
	case nats.AdvisoryAudit:
		return asked(a.Subject) == stream
	case nats.AdvisoryOutOfStorage, nats.AdvisoryServerRemoved, nats.AdvisoryLimit:
		return a.Stream == "" || a.Stream == stream
	}
	return a.Stream == stream
}

// told is an event, and how often it came: a request that is made over and
// over stands once, as it was made last.
type told struct {
	nats.Advisory
	times int
}

// of are the last events of a stream, the newest first, and whether requests
// are left out. An empty name stands for all streams.
func (e *events) of(stream string) (shown []told, hidden bool) {
	most := eventsShown
	if e.all {
		most = eventsAll
	}
	pick := func(list []nats.Advisory) (out []nats.Advisory) {
		for _, a := range list {
			if stream == "" || concerns(a, stream) {
				out = append(out, a)
			}
		}
		return out
	}
	for _, a := range pick(e.told) {
		shown = append(shown, told{a, 1})
	}
	if quiet := pick(e.noise); e.all {
		shown = append(shown, folded(quiet)...)
	} else {
		hidden = len(quiet) > 0
	}
	slices.SortStableFunc(shown, func(a, b told) int { return cmp.Compare(b.Seq, a.Seq) })
	return shown[:min(len(shown), most)], hidden
}

// folded are requests, the same ones of the same client once.
func folded(requests []nats.Advisory) []told {
	var out []told
	at := map[string]int{}
	for _, a := range requests {
		words := a.String()
		i, known := at[words]
		if !known {
			i = len(out)
			at[words], out = i, append(out, told{})
		}
		out[i] = told{a, out[i].times + 1}
	}
	return out
}

// role is how an event is shown. That a worker wants a message again is what
// it may want, and what was refused concerns who asked for it, unless the server
// could not.
func role(a nats.Advisory) theme.Role {
	switch a.Kind {
	case nats.AdvisoryMaxDeliver, nats.AdvisoryTerminated, nats.AdvisoryQuorumLost, nats.AdvisoryBatch,
		nats.AdvisoryOutOfStorage, nats.AdvisoryServerRemoved, nats.AdvisoryLimit:
		return theme.Bad
	case nats.AdvisoryUnpinned:
		return theme.Warn
	case nats.AdvisoryAudit:
		switch {
		case a.FailureCode >= 500:
			return theme.Warn
		case a.Failure == "" || looks(a.Subject):
			return theme.Faint
		}
	}
	return theme.Text
}

// bad are the events of a short while ago that tell of trouble, the newest
// first.
func (e *events) bad(now time.Time) []nats.Advisory {
	var out []nats.Advisory
	for _, a := range slices.Backward(e.told) {
		if now.Sub(a.Time) > recent {
			break
		}
		if r := role(a); r == theme.Bad || r == theme.Warn {
			out = append(out, a)
		}
	}
	return out
}

// eventLines tell what happened in a stream, or why nobody tells.
func (m *Model) eventLines(stream string, w int) []string {
	th, e := m.Theme, m.events
	var lines []string
	name := "events"
	label := func(value string) {
		lines = append(lines, widget.Label(th, name, value, w)...)
		name = ""
	}
	off := e.off
	if e.feed != nil {
		off = errors.Join(e.feed.Off()...)
	}
	if off != nil {
		why := m.mask.Error(off)
		var refused *nats.PermissionError
		if errors.As(off, &refused) {
			why = refused.Who() + " may not subscribe to " + refused.Subject
		}
		label(th.Paint(theme.Faint, "off: "+term.Clean(why)+". What happens to messages is not told here."))
		if e.feed == nil {
			return lines
		}
	}
	shown, hidden := e.of(stream)
	for _, a := range shown {
		r, times := role(a.Advisory), ""
		if a.times > 1 {
			times = fmt.Sprintf(" (%d times)", a.times)
		}
		label(th.Paint(theme.Faint, a.Time.Local().Format("15:04:05")+"  ") + th.Paint(r, term.Clean(sign(r)+m.event(a.Advisory)+times)))
	}
	switch {
	case len(shown) > 0:
	case e.feed == nil:
		label(th.Paint(theme.Faint, "watched as soon as NATS is connected"))
	case off == nil:
		label(th.Paint(theme.Faint, "none since this console watches"))
	}
	switch {
	case hidden:
		label(th.Paint(theme.Faint, "requests of the API are left out; a shows them"))
	case e.all:
		label(th.Paint(theme.Faint, "a leaves out requests of the API"))
	}
	return lines
}

// event says an event in words, those of others masked.
func (m *Model) event(a nats.Advisory) string {
	return m.mask.Failure(a.String(), a.Stream, a.Consumer)
}

func sign(r theme.Role) string {
	switch r {
	case theme.Bad:
		return "✗ "
	case theme.Warn:
		return "! "
	}
	return ""
}
