package tui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
	"aidbox-nats/nats/broker"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/term/grid"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// lonely is a root whose servers are not there: its commands are not run.
func lonely(t testing.TB, w, h int) *Model {
	t.Helper()
	client, err := aidbox.New(aidbox.Config{URL: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := nats.Dial(context.Background(), nats.Options{URLs: []string{"nats://127.0.0.1:1"}, ReconnectWait: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	late := time.After(grid.Deadline)
	for changed := conn.Changed(); conn.Status().LastErr == nil; changed = conn.Changed() {
		select {
		case <-changed:
		case <-late:
			t.Fatal("the one attempt to connect did not fail")
		}
	}
	m := New(context.Background(), Options{Aidbox: client, Recorder: aidbox.NewRecorder(aidbox.RecorderOptions{}), NATS: conn,
		Journal: nats.NewJournal(0), Dark: true, Renderer: grid.Renderer()})
	t.Cleanup(m.Close)
	m.Update(tea.WindowSizeMsg{Width: w, Height: h})
	m.answer(nil)
	return m
}

// answer ends every question that is under way.
func (m *Model) answer(err error) {
	a := data.Answer{At: m.now, Err: err}
	for q, msg := range [questions]tea.Msg{askTopics: data.Topics{Answer: a}, askDestinations: data.Destinations{Answer: a},
		askStatuses: data.Statuses{Answer: a}, askHealth: data.AidboxHealth{Answer: a}, askStreams: data.Streams{Answer: a}, askRTT: data.BrokerHealth{Answer: a}} {
		if m.reader.underway[q] {
			m.Update(msg)
		}
	}
}

func plain(m *Model) string {
	var lines []string
	for _, l := range strings.Split(m.View(), "\n") {
		lines = append(lines, stripped(l))
	}
	return strings.Join(lines, "\n")
}

func stripped(l string) string {
	var b strings.Builder
	for i := 0; i < len(l); {
		if strings.HasPrefix(l[i:], "\x1b[") {
			i += strings.IndexByte(l[i:], 'm') + 1
			continue
		}
		b.WriteByte(l[i])
		i++
	}
	return b.String()
}

// asked says how many questions are put to the servers by do.
func (m *Model) asked(do func()) uint64 {
	before := m.reader.Overtake()
	do()
	n := m.reader.Overtake() - before
	m.answer(nil)
	return n
}

func TestOnlyWhatIsSeenIsRead(t *testing.T) {
	for rule, c := range map[string]struct {
		w, h  int
		at    place
		needs data.Needs
		poll  uint64 // with Aidbox's health
	}{
		"wide shows every list":        {140, 42, place{}, data.Needs{Topics: true, Destinations: true, Streams: true}, 4},
		"a zoomed pane alone":          {140, 42, place{focus: 2, zoomed: true}, data.Needs{Destinations: true, Streams: true}, 3},
		"narrow shows one pane":        {80, 24, place{focus: 2}, data.Needs{Destinations: true, Streams: true}, 3},
		"live needs nothing read":      {80, 24, place{focus: 3}, data.Needs{}, 1},
		"the wire needs nothing read":  {140, 42, place{screen: wireScreen}, data.Needs{}, 1},
		"too small, nothing is seen":   {50, 10, place{}, data.Needs{}, 0},
		"low, one pane has the screen": {140, 13, place{focus: 2}, data.Needs{Destinations: true, Streams: true}, 3},
	} {
		t.Run(rule, func(t *testing.T) {
			m := lonely(t, c.w, c.h)
			m.place = c.at
			n := m.needs()
			if n.Topics != c.needs.Topics || n.Destinations != c.needs.Destinations || n.Streams != c.needs.Streams {
				t.Errorf("%+v is needed", n)
			}
			if got := m.asked(func() { m.poll() }); got != c.poll {
				t.Errorf("%d questions, not %d", got, c.poll)
			}
		})
	}
}

func TestWhatComesOntoTheScreenIsReadAtOnce(t *testing.T) {
	for rule, c := range map[string]struct {
		w, h int
		from place
		do   func(*Model)
		want uint64
	}{
		"back from the wire":         {140, 42, place{}, func(m *Model) { m.openScreen(wireScreen); m.close() }, 3},
		"another pane where narrow":  {80, 24, place{}, func(m *Model) { m.show(2) }, 2},
		"another pane where wide":    {140, 42, place{}, func(m *Model) { m.show(2) }, 0},
		"no longer zoomed":           {140, 42, place{focus: 2, part: 1, zoomed: true}, func(m *Model) { m.close() }, 3},
		"a larger window":            {80, 24, place{}, func(m *Model) { m.Update(tea.WindowSizeMsg{Width: 140, Height: 42}) }, 3},
		"the detail of the same row": {80, 24, place{}, func(m *Model) { m.open() }, 0},
	} {
		t.Run(rule, func(t *testing.T) {
			m := lonely(t, c.w, c.h)
			m.place = c.from
			if got := m.asked(func() { c.do(m) }); got != c.want {
				t.Errorf("%d questions, not %d", got, c.want)
			}
		})
	}
}

// An hour passes for the console when a laptop sleeps: that is one round.
func TestTheClockPollsSlowlyWhenNobodyIsThere(t *testing.T) {
	m := lonely(t, 140, 42)
	key, now := m.lastKey, m.now
	for _, step := range []struct {
		after time.Duration
		polls bool
	}{
		{time.Second, false}, {2 * time.Second, true}, {2 * time.Second, false}, {time.Second, true},
		{time.Hour, true}, {every, false}, {slow - every - time.Second, false}, {time.Second, true}, {every, false},
	} {
		now = now.Add(step.after)
		if got := m.asked(func() { m.tick(data.Tick{Now: now}) }) > 0; got != step.polls {
			t.Errorf("%v after the last key: polled is %v", now.Sub(key), got)
		}
	}
	m.lastKey = now
	if m.asked(func() { m.tick(data.Tick{Now: now.Add(time.Second)}) }) == 0 {
		t.Error("a key does not bring the pace back")
	}
}

// A server that does not answer is asked again only when it owes nothing, and
// less and less often; the other one keeps its pace.
func TestASilentServerIsAskedLessAndLess(t *testing.T) {
	m := lonely(t, 140, 42)
	hung := data.Answer{Err: &aidbox.Error{Err: context.DeadlineExceeded}}
	var rounds []int
	since := 0
	for i := range 60 {
		m.Update(tea.KeyMsg{Type: tea.KeyEsc}) // somebody is there
		m.lastKey = m.now
		m.tick(data.Tick{Now: m.now.Add(time.Second)})
		m.Update(data.Streams{Answer: data.Answer{At: m.now}})
		if since++; i%7 == 0 && m.reader.nats.misses > 0 {
			t.Error("the broker is held for silent")
		}
		if m.reader.underway[askTopics] {
			rounds, since = append(rounds, since), 0
			before := m.reader.Overtake()
			m.tick(data.Tick{Now: m.now.Add(time.Minute)})
			m.Update(data.Streams{Answer: data.Answer{At: m.now}})
			if m.reader.Overtake() != before+1 { // the broker's
				t.Error("a server that owes an answer is asked again by the clock")
			}
			m.Update(data.AidboxHealth{Answer: hung})
			m.Update(data.Topics{Answer: hung})
			m.Update(data.Destinations{Answer: hung})
		}
	}
	if got := fmt.Sprint(rounds); got != "[3 6 10 10 10 10 10]" {
		t.Errorf("asked after %s seconds", got)
	}
	if m.asked(func() { m.refresh() }) == 0 {
		t.Error("r does not ask at once")
	}
	if m.reader.aidbox.misses != 0 {
		t.Error("an answer does not bring the pace back")
	}
	m.Update(data.Topics{Answer: data.Answer{Err: &aidbox.Error{Status: 403}}})
	if m.reader.aidbox.misses != 0 {
		t.Error("a refusal is held for silence")
	}
}

// What a change makes stale is asked again when the answer from before it has come.
func TestAQuestionIsUnderWayOnlyOnce(t *testing.T) {
	m := lonely(t, 140, 42)
	first := m.reader.Overtake()
	m.refresh()
	asked := m.reader.Overtake()
	for range 5 {
		m.stale(data.Stale{})
		m.refresh()
	}
	if n := m.reader.Overtake(); n != asked || n == first {
		t.Fatalf("%d questions more while the first are under way", n-asked)
	}
	m.Update(data.Topics{Answer: data.Answer{Question: asked}})
	if n := m.reader.Overtake(); n != asked+1 || !m.reader.underway[askTopics] {
		t.Errorf("%d questions after the first answer, not one", n-asked)
	}
	m.Update(data.Topics{Answer: data.Answer{Question: asked + 1}})
	if n := m.reader.Overtake(); n != asked+1 {
		t.Errorf("asked once more for nothing")
	}
}

// Whoever was asked before a change may answer after it.
func TestAnAnswerFromBeforeAChangeIsDropped(t *testing.T) {
	m := lonely(t, 140, 42)
	m.message(widget.Finished{Outcome: widget.Outcome{Then: []tea.Msg{
		data.TopicMade{Topic: aidbox.Topic{ID: "1", URL: "just-made", Status: "active"}}, data.Stale{}}}})
	late := data.Answer{Question: m.overtaken}
	for _, msg := range []tea.Msg{data.Topics{Answer: late}, data.Destinations{Answer: late}, data.Streams{Answer: late}, data.Statuses{Answer: late}} {
		m.Update(msg)
	}
	if s := plain(m); !strings.Contains(s, "just-made") || strings.Contains(s, "No destinations yet") || strings.Contains(s, "No streams") {
		t.Errorf("an old answer was taken:\n%s", s)
	}
	m.Update(data.Topics{Answer: data.Answer{Question: m.overtaken + 1}})
	if s := plain(m); strings.Contains(s, "just-made") {
		t.Errorf("a new answer was not taken:\n%s", s)
	}
}

// Each question about resources has its own last answer.
func TestTheStatusLineTellsOfARefusal(t *testing.T) {
	m := lonely(t, 140, 42)
	forbidden := &aidbox.Error{Status: 403}
	answer := func(n uint64, err error) data.Answer { return data.Answer{Question: 100 + n, Err: err} }
	m.Update(data.AidboxHealth{Answer: answer(1, nil), Version: aidbox.Version{Text: "2609"}})
	m.Update(data.Topics{Answer: answer(3, forbidden)})
	m.Update(data.Destinations{Answer: answer(4, nil)})
	if s := plain(m); !strings.Contains(s, "no right to read") {
		t.Errorf("another answer took the refusal away:\n%s", s)
	}
	m.Update(data.Topics{Answer: answer(2, nil)})
	if s := plain(m); !strings.Contains(s, "no right to read") {
		t.Errorf("an older answer took the refusal away:\n%s", s)
	}
	m.Update(data.Topics{Answer: answer(5, nil)})
	if s := plain(m); strings.Contains(s, "no right to read") || !strings.Contains(s, "2609") {
		t.Errorf("the refusal stays:\n%s", s)
	}
}

// What the connection does between New and Init is not missed.
func TestTheConnectionIsLookedAtAfterItsChannelIsTaken(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), grid.Deadline)
	defer cancel()
	b, err := broker.Start(ctx, broker.Options{Port: broker.FreePort, StoreDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Stop(context.Background()) })
	m := lonely(t, 140, 42)
	m.o.NATS, err = nats.Dial(ctx, nats.Options{URLs: []string{b.URL()}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.o.NATS.Close)
	if err := m.o.NATS.WaitConnected(ctx); err != nil {
		t.Fatal(err)
	}
	m.Init()
	if m.status.nats.State != nats.Connected {
		t.Errorf("the state is %v", m.status.nats.State)
	}
}

// counted counts how often it is drawn.
type counted struct {
	widget.Base
	drawn int
}

func (c *counted) Update(tea.Msg) tea.Cmd { return nil }
func (c *counted) View() string           { c.drawn++; return "body" }
func (c *counted) Title() widget.Title    { return widget.Title{Text: "Counted"} }
func (c *counted) Keys() widget.Actions   { return nil }

func TestAPartIsDrawnAgainOnlyWhenItMust(t *testing.T) {
	c := &counted{}
	p, th := &part{pane: c}, theme.New(theme.Options{Renderer: grid.Renderer()})
	for _, step := range []struct {
		what  string
		do    func()
		focus bool
		drawn int
	}{
		{"at first", func() { p.resize(20, 5) }, false, 1},
		{"nothing changed", func() {}, false, 1},
		{"the same size", func() { p.resize(20, 5) }, false, 1},
		{"it changed", func() { c.Touch() }, false, 2},
		{"the keys came", func() {}, true, 3},
		{"nothing changed with the keys", func() {}, true, 3},
		{"another size", func() { p.resize(21, 5) }, true, 4},
	} {
		step.do()
		lines := p.view(th, 1, step.focus)
		if c.drawn != step.drawn || len(lines) != 5 || term.Width(lines[0]) != p.w {
			t.Errorf("%s: drawn %d times, not %d", step.what, c.drawn, step.drawn)
		}
	}
}

// A tick draws nothing again when nothing on the screen changes with it.
func TestATickAloneChangesNothing(t *testing.T) {
	m := lonely(t, 140, 42)
	m.Update(data.Topics{Answer: data.Answer{Question: 100}, Topics: []aidbox.Topic{{ID: "1", URL: "topic", Status: "active"}}})
	m.Update(data.Destinations{Answer: data.Answer{Question: 101}, Destinations: []aidbox.Destination{{ID: "d", Topic: "topic"}}})
	m.Update(data.Streams{Answer: data.Answer{Question: 102}, Streams: []nats.Stream{{Name: "EMPTY"}}})
	m.View()
	revisions := func() (out []uint64) {
		for _, s := range m.everySlot() {
			for _, p := range s.parts {
				out = append(out, p.pane.Revision())
			}
		}
		return out
	}
	before := revisions()
	m.Update(data.Tick{Now: m.now.Add(time.Second)})
	for i, r := range revisions() {
		if r != before[i] {
			t.Errorf("part %d is drawn again", i)
		}
	}
}

func TestErrorsStayUntilTheyAreRead(t *testing.T) {
	m := lonely(t, 140, 42)
	m.finished(widget.Finished{Outcome: widget.Outcome{Err: errors.New("refused")}})
	m.Update(data.Tick{Now: m.now.Add(time.Hour)})
	if !strings.Contains(plain(m), "✗ refused") {
		t.Errorf("the error went by itself:\n%s", plain(m))
	}
	m.Update(tea.KeyMsg{Type: tea.KeyDown})
	if strings.Contains(plain(m), "✗ refused") {
		t.Errorf("the error stays:\n%s", plain(m))
	}
}

// Whatever key does something where the keys are is in the help, by the keys
// that it takes, and what is in the help does something.
func TestTheHelpNamesExactlyTheKeysThatWork(t *testing.T) {
	var keys []tea.KeyMsg
	for r := rune('!'); r <= '~'; r++ {
		keys = append(keys, runes(string(r)))
	}
	for _, k := range []tea.KeyType{tea.KeyEnter, tea.KeyEsc, tea.KeyTab, tea.KeyShiftTab, tea.KeyUp, tea.KeyDown, tea.KeyLeft, tea.KeyRight,
		tea.KeyHome, tea.KeyEnd, tea.KeyPgUp, tea.KeyPgDown, tea.KeyBackspace, tea.KeyDelete, tea.KeySpace, tea.KeyF1, tea.KeyF2, tea.KeyF5,
		tea.KeyCtrlA, tea.KeyCtrlB, tea.KeyCtrlD, tea.KeyCtrlE, tea.KeyCtrlF, tea.KeyCtrlN, tea.KeyCtrlP, tea.KeyCtrlR, tea.KeyCtrlS, tea.KeyCtrlU} {
		keys = append(keys, tea.KeyMsg{Type: k})
	}
	for name, at := range map[string]place{
		"topics": {}, "topic": {part: 1}, "zoomed": {part: 1, zoomed: true},
		"destinations": {focus: 1}, "destination": {focus: 1, part: 1}, "streams": {focus: 2}, "stream": {focus: 2, part: 1},
		"live": {focus: 3}, "feed": {focus: 3, part: 1}, "message": {focus: 3, part: 2}, "wire": {screen: wireScreen}, "exchange": {screen: wireScreen, part: 1},
	} {
		t.Run(name, func(t *testing.T) {
			m := furnished(t, 140, 42)
			m.place = at
			m.layout()
			m.setFocus()
			named := map[string]bool{}
			for _, g := range m.groups() {
				for _, a := range g.Actions {
					for _, k := range a.Binding.Keys() {
						named[k] = true
					}
				}
			}
			if len(named) < 12 {
				t.Fatalf("the help names only %d keys", len(named))
			}
			for _, k := range keys {
				m.place = at
				m.dialog, m.help, m.filter = nil, nil, nil
				m.toast.Dismiss()
				m.Update(k)
				acts := !strings.Contains(m.toast.Text(), "does nothing here")
				pressed := k.String()
				if pressed == " " && !named[" "] {
					pressed = "space"
				}
				if acts != named[pressed] {
					t.Errorf("%q acts: %v, and is in the help: %v", k, acts, named[pressed])
				}
			}
			// What the page shows is made of the same actions.
			m.place = at
			m.dialog, m.filter = nil, nil
			m.Update(runes("?"))
			m.Update(tea.WindowSizeMsg{Width: 140, Height: 120})
			page := plain(m)
			for _, g := range m.groups() {
				for _, a := range g.Actions {
					if h := a.Binding.Help(); h.Key != "" && a.Name != "" && !strings.Contains(page, h.Key+" ") {
						t.Errorf("the page does not show %s, %s", h.Key, a.Name)
					}
				}
			}
		})
	}
}

// Ages are counted by the clock alone.
func TestAgesGoOn(t *testing.T) {
	m := lonely(t, 140, 42)
	m.Update(data.Topics{Answer: data.Answer{Question: 100, At: m.now}, Topics: []aidbox.Topic{{ID: "1", URL: "topic", Status: "active",
		LastUpdated: m.now.Add(-10 * time.Second), VersionID: "1"}}})
	m.Update(data.Tick{Now: m.now})
	if s := plain(m); !strings.Contains(s, "changed 10 s ago") {
		t.Fatalf("%s", s)
	}
	m.Update(data.Tick{Now: m.now.Add(5 * time.Second)})
	if s := plain(m); !strings.Contains(s, "changed 15 s ago") {
		t.Errorf("the age stands still:\n%s", s)
	}
}

// What is selected stays selected whatever comes before it, in every list.
func TestTheSelectionIsAnIdentity(t *testing.T) {
	m := lonely(t, 140, 42)
	topics := func(urls ...string) []aidbox.Topic {
		var out []aidbox.Topic
		for _, u := range urls {
			out = append(out, aidbox.Topic{ID: u, URL: u, Status: "active"})
		}
		return out
	}
	destinations := func(ids ...string) []aidbox.Destination {
		var out []aidbox.Destination
		for _, id := range ids {
			out = append(out, aidbox.Destination{ID: id, Kind: aidbox.KindCoreBestEffort, Topic: "b"})
		}
		return out
	}
	streams := func(names ...string) []nats.Stream {
		var out []nats.Stream
		for _, n := range names {
			out = append(out, nats.Stream{Name: n})
		}
		return out
	}
	at := func(n uint64) data.Answer { return data.Answer{Question: n, At: m.now} }
	m.Update(data.Topics{Answer: at(100), Topics: topics("b", "d")})
	m.Update(data.Destinations{Answer: at(101), Destinations: destinations("b", "d")})
	m.Update(data.Streams{Answer: at(102), Streams: streams("B", "D")})
	for _, k := range []string{"1", "2", "3"} {
		m.Update(runes(k))
		m.Update(runes("j"))
	}
	m.Update(data.Topics{Answer: at(103), Topics: topics("a", "b", "c", "d")})
	m.Update(data.Destinations{Answer: at(104), Destinations: destinations("a", "b", "c", "d")})
	m.Update(data.Streams{Answer: at(105), Streams: streams("A", "B", "C", "D")})
	for k, want := range map[string]string{"1": "Topic d", "2": "Destination d", "3": "Stream D"} {
		m.Update(runes(k))
		if s := plain(m); !strings.Contains(s, "─ "+want+" ") {
			t.Errorf("not %s is selected:\n%s", want, s)
		}
	}
}

// Nobody is told that something is read before it has taken a while.
func TestReadingIsSaidOnlyWhenItTakesLong(t *testing.T) {
	m := lonely(t, 140, 42)
	n := New(m.stopped, m.o)
	t.Cleanup(n.Close)
	n.Update(tea.WindowSizeMsg{Width: 140, Height: 42})
	if s := plain(n); strings.Contains(s, "Reading") {
		t.Errorf("said at once:\n%s", s)
	}
	var slow int
	for _, s := range n.slots[:3] {
		l, ok := s.list().pane.(loader)
		if !ok {
			t.Fatalf("%s does not say that it is read", s.name)
		}
		if l.Loading() == nil { // asked once, when it came onto the screen
			slow++
		}
	}
	if slow != 3 {
		t.Errorf("%d lists wait to say so", slow)
	}
}
