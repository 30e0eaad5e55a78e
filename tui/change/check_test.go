package change

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"aidbox-nats/aidbox"
	"aidbox-nats/tui/data"
)

func patientTopic(criterion string, interactions ...string) aidbox.Topic {
	return aidbox.Topic{ID: "t", URL: "patient-topic", Status: "active",
		Triggers: []aidbox.Trigger{{Resource: "Patient", Criteria: criterion, Interactions: interactions}}}
}

func TestProblemsStandAtTheirLines(t *testing.T) {
	w := world{r4: definitions(t)}
	for rule, c := range map[string]struct {
		draft draft
		want  string // line from one, and the beginning of the sentence
	}{
		"nothing is wrong":             {draft{text: example, stamp: stamp{resourceType: "Patient"}}, ""},
		"an unknown element":           {draft{text: "{\"resourceType\":\"Patient\",\n\n\"ups\":1}"}, "3 Patient.ups: element"},
		"in YAML":                      {draft{text: "resourceType: Patient\nname:\n- family: x\n  ups: 1", stamp: stamp{in: inYAML}}, "4 Patient.name[0].ups: element"},
		"what is missing":              {draft{text: "{\n\"name\":[]}"}, "1 resourceType: element is required"},
		"no JSON":                      {draft{text: "{\n\"name\":]}"}, "2 no JSON here: "},
		"another type":                 {draft{text: "{\"id\":\"1\",\n\"resourceType\":\"Patient\"}", stamp: stamp{do: update, resourceType: "Observation", id: "1"}}, "2 resourceType: this is a Patient"},
		"another id":                   {draft{text: "{\"resourceType\":\"Patient\",\n\"id\":\"2\"}", stamp: stamp{do: update, resourceType: "Patient", id: "1"}}, "2 id: the request goes to 1"},
		"no id where it is in the URL": {draft{text: "{\"resourceType\":\"Patient\"}", stamp: stamp{do: update, resourceType: "Patient", id: "1"}}, ""},
	} {
		t.Run(rule, func(t *testing.T) {
			var got string
			for _, p := range w.check(t.Context(), c.draft).problems {
				if got == "" {
					got = fmt.Sprintf("%d %s", p.line+1, p.text)
				}
			}
			if got != c.want && (c.want == "" || !strings.HasPrefix(got, c.want)) {
				t.Errorf("%q, not %q", got, c.want)
			}
		})
	}
}

// What was pasted may be YAML where JSON was meant to be; only a resource is
// taken for that.
func TestTheFormatFollowsTheText(t *testing.T) {
	w := world{r4: definitions(t)}
	f := w.check(t.Context(), draft{text: "resourceType: Observation\nstatus: final\ncode: {text: x}"})
	if f.in != inYAML || f.resourceType != "Observation" || len(f.problems) > 0 {
		t.Errorf("%+v", f)
	}
	for _, text := range []string{"some words", "a: b", "{resourceType: Patient}"} {
		if f := w.check(t.Context(), draft{text: text}); f.in != inJSON || len(f.problems) != 1 || f.raw != nil {
			t.Errorf("%s: %+v", text, f)
		}
	}
}

func TestWhatTheServerSaidStaysAtLinesThatWereNotChanged(t *testing.T) {
	d := draft{text: "a: 1\nb: 2", stamp: stamp{in: inYAML}, refused: []refusal{
		{problem{0, "stays"}, "a: 1"}, {problem{1, "goes"}, "b: 1"}, {problem{7, "gone"}, "x"}}}
	if got := (world{}).check(t.Context(), d).refused; len(got) != 1 || got[0].text != "stays" {
		t.Errorf("%+v", got)
	}
}

func TestWhichTopicsFireAndWhyNot(t *testing.T) {
	defs := definitions(t)
	basic := []aidbox.Destination{{ID: "basic", Topic: "patient-topic"}}
	other := aidbox.Topic{ID: "o", URL: "order-topic", Status: "active", Triggers: []aidbox.Trigger{{Resource: "ServiceRequest"}}}
	named, bare := []byte(`{"resourceType":"Patient","name":[{"family":"x"}]}`), []byte(`{"resourceType":"Patient"}`)
	for rule, c := range map[string]struct {
		topics       []aidbox.Topic
		destinations []aidbox.Destination
		change       change
		want         string
	}{
		"it fires":                           {[]aidbox.Topic{patientTopic("name.exists()"), other}, basic, change{resourceType: "Patient", current: named}, "→ patient-topic"},
		"it does not":                        {[]aidbox.Topic{patientTopic("name.exists()")}, basic, change{resourceType: "Patient", current: bare}, "patient-topic does not fire: name.exists() is false"},
		"nobody watches":                     {[]aidbox.Topic{other}, basic, change{resourceType: "Patient", current: bare}, "no topic watches Patient"},
		"there are no topics":                {nil, nil, change{resourceType: "Patient", current: bare}, "no topic watches Patient"},
		"nobody is told":                     {[]aidbox.Topic{patientTopic("")}, nil, change{resourceType: "Patient", current: bare}, "patient-topic has no destination"},
		"before and after are seen":          {[]aidbox.Topic{patientTopic("%previous.name.empty() and name.exists()")}, basic, change{do: update, resourceType: "Patient", current: named, previous: bare}, "→ patient-topic"},
		"a creation has nothing before":      {[]aidbox.Topic{patientTopic("%previous.empty()")}, basic, change{resourceType: "Patient", current: named, previous: bare}, "→ patient-topic"},
		"a deletion looks at what there was": {[]aidbox.Topic{patientTopic("name.exists()", "delete")}, basic, change{do: remove, resourceType: "Patient", previous: named}, "→ patient-topic"},
		"an update that changes nothing":     {[]aidbox.Topic{patientTopic("")}, basic, change{do: update, resourceType: "Patient", current: named, previous: []byte(string(named) + "\n")}, "nothing differs from what was read, so no topic fires"},
		"several":                            {[]aidbox.Topic{patientTopic(""), patientTopic("false")}, basic, change{resourceType: "Patient", current: named}, "→ patient-topic; patient-topic does not fire: false is false"},
		"a criterion that cannot be read":    {[]aidbox.Topic{patientTopic("name.exists() and")}, basic, change{resourceType: "Patient", current: named}, "patient-topic does not fire, unless the server can read its criterion"},
		"nobody told has a sender":           {[]aidbox.Topic{patientTopic("")}, []aidbox.Destination{{ID: "dead", Topic: "patient-topic"}}, change{resourceType: "Patient", current: named}, "patient-topic reaches nobody: dead has no sender"},
		"one of those told has none":         {[]aidbox.Topic{patientTopic("")}, append([]aidbox.Destination{{ID: "dead", Topic: "patient-topic"}}, basic...), change{resourceType: "Patient", current: named}, "→ patient-topic (dead has no sender)"},
	} {
		w := world{r4: defs, topics: c.topics, topicsRead: true, destinations: c.destinations, destinationsRead: true, noSender: map[string]bool{"dead": true}}
		if got := tellTopics(w.topicsOf(t.Context(), c.change)); got != c.want {
			t.Errorf("%s: %q, not %q", rule, got, c.want)
		}
	}
	if got := (world{}).topicsOf(t.Context(), change{}); got != nil {
		t.Errorf("topics that were never read say %v", got)
	}
}

// What is to be mended is marked, with the keys that do it.
func TestThePredictionSaysWhatToPress(t *testing.T) {
	m := New(nil)
	m.Update(data.Definitions{R4: definitions(t)})
	m.Update(data.Topics{Topics: []aidbox.Topic{patientTopic("")}})
	predict := func() topicLine {
		t.Helper()
		lines := m.world.topicsOf(t.Context(), change{resourceType: patient, current: []byte(example)})
		if len(lines) != 1 {
			t.Fatalf("%+v", lines)
		}
		return lines[0]
	}
	told := func(question uint64, err error) {
		m.Update(data.Statuses{Answer: data.Answer{Question: question}, Statuses: map[string]data.Status{"js": {Err: err}}})
	}
	js := aidbox.Destination{ID: "js", Topic: "patient-topic"}
	m.Update(data.Destinations{Destinations: nil})
	if l := predict(); !l.wrong || !strings.Contains(l.long, "has no destination (2 n makes one)") {
		t.Errorf("%+v", l)
	}
	m.Update(data.Destinations{Destinations: []aidbox.Destination{js}})
	if l := predict(); l.wrong || !l.fires {
		t.Errorf("%+v", l)
	}
	was := m.world.revision
	told(1, &aidbox.Error{Status: 422, Body: "AidboxTopicDestination/js has no sender"})
	if l := predict(); !l.wrong || l.fires || !strings.HasPrefix(l.long, "! patient-topic fires, but js has no sender (2 e makes it anew)") || m.world.revision == was {
		t.Errorf("%+v", l)
	}
	was = m.world.revision
	told(2, &aidbox.Error{Status: 422, Body: "AidboxTopicDestination/js has no sender"})
	if m.world.revision != was {
		t.Error("checked anew, and nothing is different")
	}
	m.Update(data.DestinationMade{Destination: js})
	if l := predict(); l.wrong {
		t.Errorf("made anew, and %+v", l)
	}
	m.Update(data.Topics{Topics: []aidbox.Topic{{ID: "2", URL: "broken", Status: "active", Triggers: []aidbox.Trigger{{Resource: patient, Criteria: "name.("}}}}})
	if l := predict(); !l.wrong || l.fires || !strings.Contains(l.long, "(1 e mends it): the criterion is wrong at line 1") {
		t.Errorf("%+v", l)
	}
}

func TestTheMaskHidesWhatACriterionFailsOn(t *testing.T) {
	w := world{r4: definitions(t), topics: []aidbox.Topic{patientTopic("name.family.toInteger() + name.family > 1")}, topicsRead: true, masked: true}
	c := change{resourceType: "Patient", current: []byte(`{"resourceType":"Patient","name":[{"family":"secretive"},{"family":"b"}]}`)}
	for _, l := range w.topicsOf(t.Context(), c) {
		if strings.Contains(l.long+l.short, "secretive") {
			t.Errorf("%+v", l)
		}
	}
}

func TestManyTopicsAreBounded(t *testing.T) {
	var lines []topicLine
	for i := range 9 {
		lines = append(lines, topicLine{short: fmt.Sprint(i), fires: i < 4})
	}
	if got, want := tellTopics(lines), "→ 0, 1, 2, 1 more; 4; 5; 6; 2 more"; got != want {
		t.Errorf("%q, not %q", got, want)
	}
}

func TestOutcomes(t *testing.T) {
	fires := []topicLine{{short: "a", fires: true}}
	for want, s := range map[string]sent{
		"201 Created Patient/1 in 3 ms → a": {resource: aidbox.Resource{Type: "Patient", ID: "1", Status: 201}, topics: fires},
		"200 OK Patient/1 updated in 3 ms; no": {request: request{do: update, version: "1"}, resource: aidbox.Resource{Type: "Patient", ID: "1", Status: 200, VersionID: "2"},
			topics: []topicLine{{short: "no"}}},
		"200 OK Patient/1, unchanged, in 3 ms: no topic fires":                           {request: request{do: update, version: "1"}, resource: aidbox.Resource{Type: "Patient", ID: "1", Status: 200, VersionID: "1"}},
		"200 OK Patient/1 deleted in 3 ms → a":                                           {request: request{do: remove}, resource: aidbox.Resource{Type: "Patient", ID: "1", Status: 200}, topics: fires},
		"204 No Content Patient/1, there was nothing to delete, in 3 ms: no topic fires": {request: request{do: remove}, resource: aidbox.Resource{Type: "Patient", ID: "1", Status: 204}},
		"201 Created Patient/1 in 3 ms":                                                  {resource: aidbox.Resource{Type: "Patient", ID: "1", Status: 201}},
	} {
		s.took = 3 * time.Millisecond
		if got := s.outcome(); got.Said != want {
			t.Errorf("%q, not %q", got.Said, want)
		}
	}
}

func TestTheHistoryIsBounded(t *testing.T) {
	var h history
	if _, ok := h.last(); ok {
		t.Error("something was sent")
	}
	for i := range 80 {
		h.add(entry{text: fmt.Sprint(i), sent: i != 79})
	}
	if len(h.entries) != historyEntries || h.entries[0].text != "79" {
		t.Errorf("%d entries, the newest %s", len(h.entries), h.entries[0].text)
	}
	if e, ok := h.last(); !ok || e.text != "78" {
		t.Errorf("%+v", e)
	}
	big := strings.Repeat("x", historyBytes/2)
	h.add(entry{text: big})
	h.add(entry{text: big})
	h.add(entry{text: big + big})
	if len(h.entries) != 1 {
		t.Errorf("%d entries", len(h.entries))
	}
	numbers := map[uint64]bool{}
	for _, e := range h.entries {
		numbers[e.number] = true
	}
	if len(numbers) != len(h.entries) {
		t.Error("two have one number")
	}
}

func TestProposedCorrelationIDsDiffer(t *testing.T) {
	m := New(nil)
	seen := map[string]bool{}
	for range 40_000 {
		id := m.propose()
		if seen[id] || checkCorrelation(id) != nil {
			t.Fatalf("%q", id)
		}
		seen[id] = true
	}
}

func TestACorrelationIDIsAHeader(t *testing.T) {
	for id, good := range map[string]bool{"": true, "order-4711": true, "a b": true, "a\nb": false, "naïve": false, "\x1b[31m": false} {
		if err := checkCorrelation(id); (err == nil) != good {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestTheRequestIsShownAsItIsSent(t *testing.T) {
	for want, r := range map[string]request{
		"/fhir/Patient|content-type: application/json|x-topic-correlation-id: c-1": {resourceType: "Patient", correlation: "c-1"},
		"/fhir/Patient/1|content-type: text/yaml|if-match: W/\"7\"":                {do: update, resourceType: "Patient", id: "1", in: inYAML, version: "7"},
		"/fhir/Patient/1|content-type: application/json":                           {do: update, resourceType: "Patient", id: "1", absent: true},
		"/fhir/Patient/1|if-match: W/\"7\"":                                        {do: remove, resourceType: "Patient", id: "1", version: "7"},
	} {
		if got := strings.Join(slices.Concat([]string{r.path()}, r.headers()), "|"); got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
}

func TestTypesAsWords(t *testing.T) {
	for name, want := range map[string]string{"Patient": "a patient", "MedicationRequest": "a medication request", "Observation": "an observation", "": "a "} {
		if got := article(name); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}
