package destinations

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"

	"aidbox-nats/aidbox"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/term"
	_ "aidbox-nats/tui/term/background"
	"aidbox-nats/tui/theme"
)

var (
	topic = aidbox.Topic{ID: "t", URL: "topic", Status: "active"}
	one   = aidbox.Destination{ID: "one", Kind: aidbox.KindCoreBestEffort, Topic: "topic", Status: "active"}
)

func answer(n uint64) data.Answer { return data.Answer{Question: n} }

// pane is one that has read a topic and these destinations.
func pane(ds ...aidbox.Destination) *Model {
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(termenv.TrueColor)
	m := New(Options{Theme: theme.New(theme.Options{Dark: true, Renderer: r})})
	m.SetSize(60, 5)
	m.detail.SetSize(100, 40)
	m.Update(data.Topics{Answer: answer(1), Topics: []aidbox.Topic{topic}})
	m.Update(data.Destinations{Answer: answer(2), Destinations: ds})
	return m
}

func (m *Model) know(s data.Status) {
	m.Update(data.Statuses{Answer: answer(3), Statuses: map[string]data.Status{"one": s}})
}

func n(i int64) *int64 { return &i }

func bare(s string) string {
	var b strings.Builder
	for l := range strings.Lines(s) {
		for len(l) > 0 {
			if strings.HasPrefix(l, "\x1b[") {
				l = l[strings.IndexByte(l, 'm')+1:]
				continue
			}
			b.WriteByte(l[0])
			l = l[1:]
		}
	}
	return b.String()
}

var (
	noSender = &aidbox.Error{Status: 422, Body: "AidboxTopicDestination/one has no sender"}
	noRight  = &aidbox.Error{Status: 403}
)

// Both shapes of $status: kinds that send once count what was lost, kinds that
// retry what is queued.
func TestCountersInWords(t *testing.T) {
	start := time.Date(2025, 5, 5, 9, 54, 29, 0, time.Local)
	for rule, c := range map[string]struct {
		status  data.Status
		says    []string
		never   string
		trouble string
		row     string
	}{
		"best effort": {data.Status{Status: aidbox.Status{Delivered: n(1234), InProcess: n(2), Lost: n(0), Start: start}},
			[]string{"1,234 delivered   2 in process   0 lost   since 09:54:29", "no errors"}, "queued", "", "1.2 k"},
		"at least once": {data.Status{Status: aidbox.Status{Delivered: n(9), InProcess: n(0), Queued: n(4), Attempts: n(11)}},
			[]string{"9 delivered   0 in process   4 queued   11 attempts", "no errors"}, "lost", "", "9"},
		"lost":                    {data.Status{Status: aidbox.Status{Delivered: n(9), Lost: n(3)}}, []string{"3 lost"}, "", "messages were lost: 3", "9"},
		"queued beside an error":  {data.Status{Status: aidbox.Status{Delivered: n(9), Queued: n(3), LastErrors: []aidbox.StatusError{{Message: "timeout"}}}}, []string{"last errors", "timeout"}, "no errors", "messages wait: 3 queued", "9"},
		"no sender":               {data.Status{Err: noSender}, []string{"No sender: the topic does not exist"}, "delivered", "Aidbox has no sender for it", "no sender"},
		"no right":                {data.Status{Err: noRight}, []string{"No right to read the counters. Nothing is broken"}, "delivered", "", "?"},
		"another error":           {data.Status{Err: fmt.Errorf("odd \x1b[31m")}, []string{"! odd ␛[31m"}, "delivered", "", "?"},
		"a kind without counters": {data.Status{}, []string{"no errors"}, "delivered", "", "?"},
	} {
		t.Run(rule, func(t *testing.T) {
			m := pane(one)
			if s := bare(m.detail.View()); !strings.Contains(s, "Counters have not been read yet") {
				t.Errorf("%s", s)
			}
			m.know(c.status)
			view := bare(m.detail.View())
			for _, want := range c.says {
				if !strings.Contains(view, want) {
					t.Errorf("it does not say %q:\n%s", want, view)
				}
			}
			if c.never != "" && strings.Contains(strings.ReplaceAll(view, "best-effort", ""), " "+c.never) {
				t.Errorf("it says %q:\n%s", c.never, view)
			}
			if got := m.trouble(one); c.trouble == "" && got != "" || !strings.HasPrefix(got, c.trouble) {
				t.Errorf("the trouble is %q, not %q", got, c.trouble)
			}
			row, _, _ := strings.Cut(bare(m.View()), "\n")
			if fields := strings.SplitN(row, "core", 2); strings.TrimSpace(fields[len(fields)-1]) != c.row {
				t.Errorf("the row is %q", row)
			}
			if marked := strings.HasPrefix(strings.TrimLeft(row, " ▸"), "! "); marked != (c.trouble != "") {
				t.Errorf("the row is marked: %v, %q", marked, row)
			}
		})
	}
}

func TestTroubleOfTheDestinationItself(t *testing.T) {
	m := pane(one)
	for rule, c := range map[string]struct {
		d    aidbox.Destination
		want string
	}{
		"all is well":                     {one, ""},
		"its topic is none":               {aidbox.Destination{ID: "x", Kind: one.Kind, Topic: "topik", Status: "active"}, `topic "topik" does not exist`},
		"a topic that the server brings":  {aidbox.Destination{ID: "x", Kind: one.Kind, Topic: "http://health-samurai.io/t", Status: "active"}, ""},
		"it is off":                       {aidbox.Destination{ID: "x", Kind: one.Kind, Topic: "topic", Status: "off"}, "status off"},
		"another kind's topic is its own": {aidbox.Destination{ID: "x", Kind: "webhook-at-least-once", Topic: "topik", Status: "active"}, ""},
	} {
		if got := m.trouble(c.d); c.want == "" && got != "" || !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %q, not %q", rule, got, c.want)
		}
	}
	unread := New(Options{Theme: m.Theme})
	if got := unread.trouble(aidbox.Destination{Kind: one.Kind, Topic: "topik", Status: "active"}); got != "" {
		t.Errorf("before the topics are read: %q", got)
	}
}

// $status is asked for the rows in the window alone, and at once only where
// one of them has none.
func TestCountersAreReadForWhatIsSeen(t *testing.T) {
	var ds []aidbox.Destination
	for i := range 20 {
		ds = append(ds, aidbox.Destination{ID: fmt.Sprintf("d%02d", i), Topic: "topic", Status: "active"})
	}
	m := pane(ds...)
	want := []string{"d00", "d01", "d02", "d03", "d04"}
	if got := m.Needs().Statuses; !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	again := func(q uint64) bool {
		cmd := m.Update(data.Destinations{Answer: answer(q), Destinations: ds})
		return cmd != nil && cmd() == tea.Msg(data.Stale{Statuses: true})
	}
	if !again(10) {
		t.Error("rows without counters wait for the next round")
	}
	read := map[string]data.Status{}
	for _, id := range want {
		read[id] = data.Status{}
	}
	m.Update(data.Statuses{Answer: answer(11), Statuses: read})
	if again(12) {
		t.Error("rows that nobody sees are asked for")
	}
	m.Bottom()
	if got := m.Needs().Statuses; !slices.Contains(got, "d19") || slices.Contains(got, "d00") {
		t.Errorf("%v", got)
	}
	if m.Update(data.Destinations{Answer: answer(13), Destinations: ds[:2]}); len(m.statuses) != 2 {
		t.Errorf("%d counters are kept of what is gone", len(m.statuses))
	}
}

// The clock draws again only where an age is seen.
func TestAgesAreDrawnWithTheClock(t *testing.T) {
	m := pane(one)
	now := time.Now()
	was := m.Revision()
	m.Update(data.Tick{Now: now})
	if m.Revision() != was {
		t.Error("drawn again without an age")
	}
	m.know(data.Status{Status: aidbox.Status{LastErrors: []aidbox.StatusError{{Message: "timeout", Time: now.Add(-5 * time.Second)}}}})
	was = m.Revision()
	m.Update(data.Tick{Now: now.Add(time.Second)})
	if m.Revision() == was || !strings.Contains(bare(m.detail.View()), "6 s ago  timeout") {
		t.Errorf("%s", bare(m.detail.View()))
	}
}

// What was just made is selected, once, whether or not a reading was faster.
func TestWhatWasMadeIsSelected(t *testing.T) {
	m := pane(one)
	made := aidbox.Destination{ID: "two", Topic: "topic", Status: "active"}
	for range 2 {
		m.Update(data.DestinationMade{Destination: made})
		if d, _ := m.Selected(); d.ID != "two" || m.Len() != 2 {
			t.Errorf("%s of %d is selected", d.ID, m.Len())
		}
	}
	m.Update(data.Destinations{Answer: answer(9), Destinations: []aidbox.Destination{made, one}})
	if d, _ := m.Selected(); d.ID != "two" {
		t.Errorf("%s is selected when the rows change places", d.ID)
	}
	m.Update(data.Destinations{Answer: answer(8)})
	if m.Len() != 2 {
		t.Error("a late answer was taken")
	}
}

func TestTheFormAsksOnlyWhatCanBeSent(t *testing.T) {
	m := pane(one)
	a, _ := m.Keys().Match(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("n")})
	if why := a.Blocked(); why != "" {
		t.Errorf("%q", why)
	}
	m.Update(data.Topics{Answer: answer(9)})
	if why := a.Blocked(); !strings.Contains(why, "needs a topic") {
		t.Errorf("%q", why)
	}
	for id, good := range map[string]bool{"": true, "two": true, "one": false, "a b": false, strings.Repeat("x", 65): false} {
		if err := m.checkID(id); (err == nil) != good {
			t.Errorf("the id %q: %v", id, err)
		}
	}
	d := m.destinationOf(map[string]string{"id": " x ", "kind": one.Kind, "topic": "topic", "subject": " foo ", "url": "nats://h:4222",
		"content": aidbox.ContentFullResource, "action": "false"})
	if d.ID != "x" || d.Subject() != "foo" || d.Content != "" || d.IncludeEntryAction != nil {
		t.Errorf("%+v", d)
	}
}

// Before the topics are known the form's choice of them is empty; keys there do nothing.
func TestTheFormStandsWithoutTopics(t *testing.T) {
	m := New(Options{Theme: pane().Theme})
	f := m.newForm()
	for _, k := range []tea.KeyType{tea.KeyTab, tea.KeyTab, tea.KeyRight, tea.KeyLeft, tea.KeySpace, tea.KeyEnter} {
		f.Update(tea.KeyMsg{Type: k})
		for _, l := range f.View(m.Theme, 80, 30) {
			if term.Width(l) != 80 {
				t.Fatalf("%q", l)
			}
		}
	}
}
