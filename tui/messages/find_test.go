package messages_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"aidbox-nats/tui/tuitest"
)

// find fills in the form, which remembers how the text is read.
func (c *console) find(text string, jq, forwards bool, from string) {
	c.T.Helper()
	c.Press("/")
	c.WaitFor("Find in EVENTS")
	c.Type(text) // in the place of what was looked for before
	c.Press("tab")
	if jq != c.jq {
		c.Press("right")
	}
	c.Press("tab")
	if forwards {
		c.Press("right")
	}
	c.jq = jq
	c.Press("tab")
	if from != "" {
		c.Type(from)
	}
	c.Press("ctrl+s")
	c.WaitGone("Find in EVENTS")
}

// leave goes back to the stream.
func (c *console) leave() {
	c.T.Helper()
	c.Press("esc")
	c.WaitFor("Messages of EVENTS")
}

func patients(c *console) jetstream.Stream {
	c.T.Helper()
	s := c.stream(jetstream.StreamConfig{Name: "EVENTS", Subjects: []string{"patients.>"}, AllowDirect: true})
	for i := 1; i <= 30; i++ {
		family := "jones"
		if i%10 == 0 {
			family = "Smith"
		}
		c.store(natsgo.Msg{Subject: "patients.created", Header: header("correlation-id", fmt.Sprintf("order-%d", i)),
			Data: []byte(patient(fmt.Sprintf("p%d", i), family, "PUT"))})
	}
	c.store(natsgo.Msg{Subject: "patients.special", Data: []byte("no JSON")})
	return s
}

func TestFindLooksInSubjectBodyAndHeaders(t *testing.T) {
	c := start(t, tuitest.Options{})
	s := patients(c)
	c.open("EVENTS")
	c.WaitFor("patients.special")
	for _, q := range []struct {
		rule, text   string
		jq, forwards bool
		from         string
		want         string
		shows        []string
	}{
		{"a text whatever its case", "sMITH", false, false, "", "3 found", []string{"Patient/p10", "Patient/p20", "Patient/p30"}},
		{"a header", "correlation-id: order-17", false, false, "", "1 found", []string{"Patient/p17"}},
		{"a subject", "special", false, false, "", "1 found", []string{"no JSON"}},
		{"a resource, and none that only begins so", "Patient/p3", false, false, "", "1 found", []string{"Patient/p3 "}},
		{"a value by jq", `.value.entry[1].resource.id == "p25"`, true, false, "", "1 found", []string{"Patient/p25"}},
		{"from a sequence forwards", "smith", false, true, "11", "2 found", []string{"Patient/p20", "Patient/p30"}},
		{"from a sequence backwards", "smith", false, false, "11", "1 found", []string{"Patient/p10"}},
		{"from a time forwards", "smith", false, true, "1h", "3 found", []string{"Patient/p10"}},
		{"from a time backwards", "smith", false, false, "1h", "0 found", nil},
	} {
		c.find(q.text, q.jq, q.forwards, q.from)
		c.WaitFor(q.want)
		c.WaitFor("all read")
		for _, text := range q.shows {
			c.WaitFor(text)
		}
		if q.shows == nil {
			c.WaitFor("Nothing found of smith")
		}
		c.leave()
	}
	if st := c.state(s); st.Consumers != 0 {
		t.Errorf("%d consumers are left", st.Consumers)
	}
}

func TestResultsAreShownInTheirPlace(t *testing.T) {
	c := start(t, tuitest.Options{})
	patients(c)
	c.open("EVENTS")
	c.WaitFor("patients.special")
	c.find("smith", false, false, "")
	c.WaitFor("3 found")
	c.WaitGone("Patient/p29")
	c.Press("n")
	c.WaitFor("Message 20 of EVENTS")
	c.Press("enter")
	c.WaitFor("result 2 of 3")
	c.WaitFor("Patient/p21") // its neighbours
	c.Press("n")
	c.WaitFor("result 3 of 3")
	c.WaitFor("Message 10 of EVENTS")
	c.Press("n")
	c.WaitFor("there is no result after this one")
	c.Press("N")
	c.WaitFor("result 2 of 3")
	c.Press("esc")
	c.WaitFor("3 found")
	c.WaitGone("Patient/p21")
	c.Press("esc")
	c.WaitFor("Patient/p21")
	c.WaitFor("Message 20 of EVENTS") // where one stands
}

func TestAWrongExpressionIsSaidInTheForm(t *testing.T) {
	c := start(t, tuitest.Options{})
	patients(c)
	c.open("EVENTS")
	c.Press("/")
	c.WaitFor("Find in EVENTS")
	c.Type(".a =")
	c.Press("tab", "right")
	c.WaitFor("is no jq expression")
	c.Press("ctrl+s")
	c.WaitFor("Find in EVENTS")
	c.WaitFor(`".a =" is no jq expression`)
}

// TestASearchIsStoppedAndItsResultsAreBounded searches far more than is kept.
func TestASearchIsStoppedAndItsResultsAreBounded(t *testing.T) {
	c := start(t, tuitest.Options{})
	c.stream(jetstream.StreamConfig{Name: "EVENTS", Subjects: []string{"e"}})
	c.fill("e", 20_000) // without direct reads, one by one: slow enough to be stopped
	c.open("EVENTS")
	c.WaitFor("body of 20000")
	c.find("body", false, false, "")
	c.WaitFor("1,000 found")
	c.WaitFor("as many as are kept")
	c.leave()
	c.find("nowhere", false, false, "")
	c.WaitFor(" %")
	c.WaitFor("searching")
	c.Press("esc")
	c.WaitFor("stopped")
	c.WaitFor("Nothing found of nowhere")
	c.WaitUntil(func(s string) bool { return strings.Contains(s, " %") }) // not all was read
	c.leave()
	c.WaitFor("Message 20,000 of EVENTS")
}

// TestWhatIsMaskedIsNotFound: what is searched is what is seen.
func TestWhatIsMaskedIsNotFound(t *testing.T) {
	c := start(t, tuitest.Options{})
	patients(c)
	c.store(natsgo.Msg{Subject: "patients.text", Data: []byte(`{"note": {"family": "Smith"}}`), Header: header("who", "smith")})
	c.open("EVENTS")
	c.WaitFor("Smith")
	c.find("smith", false, false, "")
	c.WaitFor("4 found")
	c.Press("M") // the same search, masked
	c.WaitFor("0 found")
	c.WaitFor("all read")
	c.WaitGone("mith\"")
	c.WaitFor("; masked values cannot")
	c.leave()
	c.WaitGone("Smith")
	c.find("Patient/p10", false, false, "")
	c.WaitFor("1 found")
	c.WaitFor("Patient/p10")
	if screen := strings.ToLower(c.Text()); strings.Contains(screen, "\"smith\"") || strings.Contains(screen, "1990-01-02") {
		t.Errorf("personal data is seen:\n%s", screen)
	}
	c.Press("p")
	c.WaitFor("personal data is masked, and the form would show it")
	c.Press("M")
	c.WaitFor(`"Smith"`)
}

func TestFindIsASearchBox(t *testing.T) {
	c := start(t, tuitest.Options{})
	patients(c)
	c.open("EVENTS")
	c.WaitFor("patients.special")
	c.Press("g")
	c.WaitFor("Message 1 of EVENTS")
	c.Press("/")
	c.WaitFor("Find in EVENTS")
	c.Type("nowhere")
	c.Press("enter") // from the end back, wherever one stands
	c.WaitFor("Nothing found of nowhere in 31 messages.")
	c.Press("/")
	c.WaitFor("Find in EVENTS")
	c.Type("special") // in the place of the old text
	c.Press("enter")
	c.WaitFor("1 found")
	c.leave()
	c.WaitFor("Message 1 of EVENTS")
	c.find("nowhere", false, false, "")
	c.WaitFor("Nothing found of nowhere")
	c.find("smith", false, true, "here") // where one stood
	c.WaitFor("3 found")
}

func TestFindSaysWhereNothingCanBe(t *testing.T) {
	c := start(t, tuitest.Options{})
	patients(c)
	c.open("EVENTS")
	c.WaitFor("patients.special")
	c.Press("/")
	c.WaitFor("Find in EVENTS")
	c.Type("smith")
	c.Press("tab", "tab", "right", "tab")
	c.Type("end")
	c.Press("enter")
	c.WaitFor("nothing is newer than the end: backwards has it all")
	c.Press("esc")
	c.WaitFor("! esc again throws away what is typed")
	c.Press("esc")
	c.WaitGone("Find in EVENTS")
}

func TestThePreviewIsShownInHexFromTheList(t *testing.T) {
	c := start(t, tuitest.Options{})
	patients(c)
	c.stream(jetstream.StreamConfig{Name: "OTHER", Subjects: []string{"other"}})
	c.store(natsgo.Msg{Subject: "other", Data: []byte("hello")})
	c.open("EVENTS")
	c.WaitFor("Message 31 of EVENTS")
	c.Press("v", "v")
	c.WaitFor("Message 31 of EVENTS, hex")
	c.Press("up")
	c.WaitFor("Message 30 of EVENTS, hex")
	c.Press("esc")
	c.WaitFor("▸ EVENTS")
	c.Press("down")
	c.WaitFor("▸ OTHER")
	c.Press("b")
	c.WaitFor("Message 1 of OTHER ─")
}

func TestANarrowListKeepsTimeAndSubject(t *testing.T) {
	c := start(t, tuitest.Options{Width: 100, Height: 30})
	patients(c)
	c.open("EVENTS")
	c.WaitFor("patients.special")
	line := regexp.MustCompile(`(?m)│▸? +30  \d\d:\d\d:\d\d\.\d{3}  patients\.created  Patient/p30 `)
	if !line.MatchString(c.Text()) {
		t.Errorf("no %s in\n%s", line, c.Text())
	}
}
