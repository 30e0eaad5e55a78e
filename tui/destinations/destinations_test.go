package destinations

import (
	"errors"
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
	"aidbox-nats/tui/widget"
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
	m.Update(data.Statuses{Answer: data.Answer{Question: 3, At: time.Now()}, Statuses: map[string]data.Status{"one": s}})
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
			[]string{"1,234 delivered   2 in process   0 lost   since 09:54:29", "no errors"}, "queued", "", "1.2 k msg"},
		"at least once": {data.Status{Status: aidbox.Status{Delivered: n(9), InProcess: n(0), Queued: n(4), Attempts: n(11)}},
			[]string{"9 delivered   0 in process   4 queued   11 attempts", "attempts: those that failed, for most kinds", "no errors"}, "lost", "", "9 msg"},
		"lost": {data.Status{Status: aidbox.Status{Delivered: n(9), Lost: n(3), Start: start}}, []string{"3 lost"}, "", "3 messages lost since 09:54:29.", "9 of 12"},
		"one is lost, with its reason": {data.Status{Status: aidbox.Status{Delivered: n(9), Lost: n(1), LastErrors: []aidbox.StatusError{{Message: "refused"}}}},
			[]string{"✗ 1 message lost: refused", "1 lost", "last errors", "refused"}, "no errors", "1 message lost: refused", "9 of 10"},
		"queued beside an error": {data.Status{Status: aidbox.Status{Delivered: n(9), Queued: n(3), LastErrors: []aidbox.StatusError{{Message: "timeout"}}}},
			[]string{"last errors", "timeout"}, "no errors", "3 events wait: timeout", "9 of 12"},
		"failed, and nothing is queued": {data.Status{Status: aidbox.Status{Delivered: n(9), Queued: n(0), LastErrors: []aidbox.StatusError{{Message: "timeout"}}}},
			[]string{"last errors", "nothing waits any more", "timeout"}, "no errors", "", "9 msg"},
		"a counter of another kind":   {data.Status{Status: aidbox.Status{Delivered: n(9), Other: map[string]int64{"batches": 4}}}, []string{"9 delivered   4 batches"}, "", "", "9 msg"},
		"a status that is not active": {data.Status{Status: aidbox.Status{State: "stopped", Delivered: n(9)}}, []string{"9 delivered   status stopped"}, "", "", "9 msg"},
		"no right":                    {data.Status{Err: noRight}, []string{"No right to read the counters. Nothing is broken"}, "delivered", "", "?"},
		"another error":               {data.Status{Err: fmt.Errorf("odd \x1b[31m")}, []string{"! The counters could not be read: odd ␛[31m. w shows the request."}, "delivered", "", "?"},
		"a server error":              {data.Status{Err: &aidbox.Error{Status: 500, Method: "GET", URL: "http://h/x"}}, []string{"! The counters could not be read: 500 Internal Server Error. w shows"}, "http://", "", "?"},
		"an error that asks":          {data.Status{Err: fmt.Errorf("is this Aidbox?")}, []string{"be read: is this Aidbox? w shows"}, "delivered", "", "?"},
		"a kind without counters":     {data.Status{}, []string{"This kind has no counters.", "no errors"}, "delivered", "", "?"},
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
			if got := m.trouble(one).text; c.trouble == "" && got != "" || !strings.HasPrefix(got, c.trouble) {
				t.Errorf("the trouble is %q, not %q", got, c.trouble)
			}
			row, _, _ := strings.Cut(bare(m.View()), "\n")
			if fields := strings.SplitN(row, "core", 2); strings.TrimSpace(fields[len(fields)-1]) != c.row {
				t.Errorf("the row is %q", row)
			}
			if marked := strings.Contains(row[:strings.Index(row, "one")], "!"); marked != (c.trouble != "") {
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
		"its topic is none":               {aidbox.Destination{ID: "x", Kind: one.Kind, Topic: "topik", Status: "active"}, `Topic "topik" does not exist: nothing is sent.`},
		"a topic that the server brings":  {aidbox.Destination{ID: "x", Kind: one.Kind, Topic: "http://health-samurai.io/t", Status: "active"}, ""},
		"the topic with a version":        {aidbox.Destination{ID: "x", Kind: one.Kind, Topic: "Topic|2", Status: "active"}, `Topic "Topic|2" does not exist: nothing is sent. Is "topic" meant?`},
		"it is off":                       {aidbox.Destination{ID: "x", Kind: one.Kind, Topic: "topic", Status: "off"}, "Status off"},
		"another kind's topic is its own": {aidbox.Destination{ID: "x", Kind: "webhook-at-least-once", Topic: "topik", Status: "active"}, ""},
	} {
		if got := m.trouble(c.d).text; c.want == "" && got != "" || !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %q, not %q", rule, got, c.want)
		}
	}
	unread := New(Options{Theme: m.Theme})
	if got := unread.trouble(aidbox.Destination{Kind: one.Kind, Topic: "topik", Status: "active"}).text; got != "" {
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

// No sender is no alarm until Aidbox was asked once more: another process of
// it may just have made the destination.
func TestNoSenderIsAskedForOnceMore(t *testing.T) {
	at := time.Now()
	tell := func(m *Model, question uint64, after time.Duration, err error) tea.Cmd {
		return m.Update(data.Statuses{Answer: data.Answer{Question: question, At: at.Add(after)}, Statuses: map[string]data.Status{"one": {Err: err}}})
	}
	fresh := sends(one.Kind, "nats://b:4222", "foo")
	fresh.ID, fresh.LastUpdated = one.ID, at
	m := pane(fresh)
	m.Update(data.Tick{Now: at})
	cmd := tell(m, 3, 0, noSender)
	if cmd == nil || cmd() != tea.Msg(data.Stale{Statuses: true}) {
		t.Error("it is not asked once more")
	}
	if s := bare(m.detail.View()); m.trouble(fresh).text != "" || !strings.Contains(s, "No sender so far. Asking once more") {
		t.Errorf("alarm at once:\n%s", s)
	}
	if tell(m, 4, 700*time.Millisecond, noSender) != nil || m.trouble(fresh).text != "" {
		t.Error("an answer within the second is taken for the second question")
	}
	tell(m, 5, 1500*time.Millisecond, noSender)
	if s := bare(m.detail.View()); !strings.Contains(s, "✗ Aidbox has no sender for it") || !strings.Contains(s, "No sender: nats://b:4222 could not be reached from Aidbox (its name is not known there, or nobody") ||
		!strings.Contains(bare(m.View()), "no sender") || !strings.Contains(bare(m.Title().Right), "1 ! · 1") {
		t.Errorf("%s\n%s", bare(m.View()), s)
	}
	tell(m, 6, 2*time.Second, nil)
	tell(m, 7, 3*time.Second, noSender)
	if m.trouble(fresh).text != "" {
		t.Error("a sender that was there between is forgotten")
	}

	stale := one
	stale.LastUpdated = at.Add(-time.Hour)
	m = pane(stale)
	m.Update(data.Tick{Now: at})
	if tell(m, 3, 0, noSender); m.trouble(stale).role != theme.Bad {
		t.Error("an old destination without a sender is no alarm at once")
	}
}

// What is known to be as it should is no reason.
func TestWhyThereIsNoSender(t *testing.T) {
	m := pane(one)
	m.Update(data.Topics{Answer: answer(4), Topics: []aidbox.Topic{topic, {ID: "c", URL: "picky", Triggers: []aidbox.Trigger{{Criteria: "gender"}}},
		{ID: "d", URL: "broken", Triggers: []aidbox.Trigger{{Criteria: "name.exists("}}}, {ID: "e", URL: "good", Triggers: []aidbox.Trigger{{Criteria: "active"}}}}})
	m.Update(data.CriteriaRead{Criteria: data.Criteria{{Source: "name.exists("}: errors.New("the criterion is wrong at line 1"), {Source: "active"}: nil}})
	const server = "nats://u:********@b:4222 could not be reached from Aidbox (its name is not known there, or nobody listens), or refused the user, when the sender started."
	for topic, want := range map[string]string{
		"topic":                             "No sender: " + server,
		"picky":                             "No sender: its criterion does not compile, or " + server,
		"broken":                            "No sender: the topic's criterion cannot be read.",
		"good":                              "No sender: " + server,
		"gone":                              "No sender: the topic does not exist.",
		"http://health-samurai.io/fhir/all": "No sender: " + server,
	} {
		d := sends(one.Kind, "nats://u:hunter2@b:4222", "foo")
		d.Topic = topic
		if got := m.whyNoSender(d); got != want {
			t.Errorf("%s: %s", topic, got)
		}
	}
	broken := one
	broken.Topic = "broken"
	if text := m.noSenderTrouble(broken).text; !strings.Contains(text, "Mend that first: 1, then e") || strings.Contains(text, "e does both") {
		t.Errorf("%s", text)
	}
	m.Update(data.Topics{Answer: answer(5), Topics: []aidbox.Topic{topic}})
	if len(m.criteria) != 0 {
		t.Errorf("%v is remembered", m.criteria)
	}
}

// A number says what it counts wherever there is room for that.
func TestUnitsWhereThereIsRoom(t *testing.T) {
	basic := sends(one.Kind, "nats://b:4222", "events")
	basic.ID = "one"
	m := pane(basic)
	m.know(data.Status{Status: aidbox.Status{Delivered: n(7)}})
	m.SetSize(28, 5)
	if s := bare(m.View()); !strings.Contains(s, "7 msg") {
		t.Errorf("%s", s)
	}
	long := basic
	long.ID = "a-name-that-takes-all-of-the-room"
	m.Update(data.Destinations{Answer: answer(20), Destinations: []aidbox.Destination{basic, long}})
	if s := bare(m.View()); strings.Contains(s, " msg") {
		t.Errorf("its unit takes the room of others:\n%s", s)
	}
}

// What is deleted stands first in the request, whatever is missing for the rest.
func TestADeletionIsTheFirstThatIsShown(t *testing.T) {
	const server = "nats://b:4222"
	old := sends(aidbox.KindJetStreamAtLeastOnce, server, "foo")
	m := pane(old)
	m.o.URLForAidbox = server
	m.Update(data.Streams{Answer: answer(1)})
	v := widget.Values{"kind": old.Kind, "topic": old.Topic, "subject": "foo", "url": server, "content": aidbox.ContentFullResource, "profile": familySince}
	lines := m.preview(draft{old: &old}, []string{"DELETE", ""})(v)
	if lines[0] != "DELETE" || !slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, "nats stream add") }) {
		t.Errorf("%q", lines)
	}
}

// Without a topic n is refused, and the list does not say otherwise.
func TestAnEmptyListNamesWhatComesFirst(t *testing.T) {
	m := pane()
	m.SetSize(90, 5)
	if s := bare(m.View()); !strings.Contains(s, "No destinations yet. n creates one.") {
		t.Errorf("%s", s)
	}
	m.Update(data.Topics{Answer: answer(3)})
	if s := bare(m.View()); !strings.Contains(s, "A topic comes first: 1 n.") {
		t.Errorf("%s", s)
	}
	m.Update(data.TopicMade{Topic: topic})
	if s := bare(m.View()); strings.Contains(s, "comes first") {
		t.Errorf("%s", s)
	}
}

// What is looked at first stands first: what is wrong, the counters, then what
// it is made of.
func TestTheCountersStandAboveTheParameters(t *testing.T) {
	m := pane(one)
	m.know(data.Status{Status: aidbox.Status{Delivered: n(1), Lost: n(2)}})
	s := bare(m.detail.View())
	wrong, counters, does, kind := strings.Index(s, "✗ 2 messages lost"), strings.Index(s, "1 delivered   2 lost"), strings.Index(s, "Sends each event"), strings.Index(s, "subject ")
	if wrong < 0 || counters < wrong || does < counters || kind < does {
		t.Errorf("%d %d %d %d\n%s", wrong, counters, does, kind, s)
	}
}

// A new destination begins with the topic that is selected in its list.
func TestTheSelectedTopicIsProposed(t *testing.T) {
	m := pane()
	other := aidbox.Topic{ID: "o", URL: "other", Status: "active"}
	m.Update(data.Topics{Answer: answer(3), Topics: []aidbox.Topic{topic, other}})
	m.o.Topic = func() string { return "o" }
	for _, f := range m.fields(draft{topics: m.topics}) {
		if f.Name == "topic" && f.Value != "o" {
			t.Errorf("%q is proposed", f.Value)
		}
	}
	old := one
	for _, f := range m.fields(draft{topics: m.topics, old: &old}) {
		if f.Name == "topic" && f.Value != "t" {
			t.Errorf("a replacement begins with %q", f.Value)
		}
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
	if why := a.Blocked(); !strings.Contains(why, "has not told its version yet") {
		t.Errorf("%q", why)
	}
	m.Update(data.AidboxHealth{})
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

// The command that is copied does what it says, and holds no secret.
func TestWhatIsCopied(t *testing.T) {
	m := pane()
	client, err := aidbox.New(aidbox.Config{URL: "http://h:8080", ClientID: "root", Secret: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	m.o.API = client
	if _, text := m.Copied(); text != "" {
		t.Errorf("%q is copied of nothing", text)
	}
	var d aidbox.Destination
	if err := d.UnmarshalJSON([]byte(old)); err != nil {
		t.Fatal(err)
	}
	m.Update(data.Destinations{Answer: answer(9), Destinations: []aidbox.Destination{d}})
	if what, text := m.Copied(); what != "destination old" || !strings.Contains(text, `"versionId": "7"`) || strings.Contains(text, "hunter2") {
		t.Errorf("%s: %s", what, text)
	}
	what, text := m.Command()
	if what != "curl that creates old" || !strings.HasPrefix(text, "curl -sS -X POST http://h:8080/fhir/AidboxTopicDestination -u root:") ||
		strings.Contains(text, "hunter2") || strings.Contains(text, "versionId\":\"7") || !strings.Contains(text, `"$SECRET"`) {
		t.Errorf("%s: %s", what, text)
	}
}
