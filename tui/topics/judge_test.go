package topics

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/criteria"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/term"
)

func patientQuestion(source, current string) question {
	q := question{resourceType: "Patient", source: source}
	if current != "" {
		q.change.Current = []byte(current)
	}
	return q
}

func TestACriterionIsJudged(t *testing.T) {
	defs, th := definitions(t), pane().Theme
	const named = `{"resourceType":"Patient","name":[{"family":"a"},{"family":"b"}],"active":false}`
	for rule, c := range map[string]struct {
		source, current string
		lines           []string
	}{
		"true":                    {"name.exists()", named, []string{"✓ fires", "✓ name.exists()  true"}},
		"false":                   {"active = true", named, []string{"✗ does not fire: false", "✗ active = true  false"}},
		"empty":                   {"gender = 'male'", named, []string{"○ does not fire: empty", "○ gender = 'male'  empty"}},
		"what decides is marked":  {"name.exists() and active = true", named, []string{"✗ does not fire: false", "├ ✓ name.exists()                  true", "└ ✗ active = true                  false  decides"}},
		"with parts inside parts": {"(active or gender.exists()) and name.exists()", named, []string{"├ ✗ (active or gender.exists())", "│ ├ ✗ active", "│ └ ✗ gender.exists()", "false  decides", "└ ✓ name.exists()"}},
		"one that fails":          {"name.single().exists()", named, []string{"! does not fire: it fails on this sample", "name.single().exists()  fails"}},
	} {
		j := judge(context.Background(), defs, patientQuestion(c.source, c.current))
		if j.wrong != nil || !j.tried {
			t.Fatalf("%s: %+v", rule, j)
		}
		lines := append([]string{verdictLine(th, j.part)}, treeLines(th, data.Mask{}, j.part, 90)...)
		contains(t, rule, bare(strings.Join(lines, "\n")), c.lines...)
		for _, w := range []int{12, 30, 90} {
			for _, l := range treeLines(th, data.Mask{}, j.part, w) {
				if term.Width(l) > w {
					t.Errorf("%s: %d wide in %d: %q", rule, term.Width(l), w, bare(l))
				}
			}
		}
	}
	if j := judge(context.Background(), defs, patientQuestion("nam.exists()", named)); !strings.Contains(j.hint, "no element nam") {
		t.Errorf("%+v", j)
	}
	if j := judge(context.Background(), defs, patientQuestion("name.exists()", "")); j.tried || j.failed != nil {
		t.Errorf("tried without a sample: %+v", j)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if j := judge(ended, defs, patientQuestion("name.exists()", named)); j.tried || !errors.Is(j.failed, context.Canceled) {
		t.Errorf("%+v", j)
	}
	late, stop := context.WithDeadline(context.Background(), time.Now().Add(-time.Second))
	defer stop()
	if j := judge(late, defs, patientQuestion("name.exists()", named)); j.tried || !strings.Contains(j.failed.Error(), "within a second") {
		t.Errorf("%+v", j)
	}
}

func TestTheCaretStandsBelowThePlace(t *testing.T) {
	defs, th := definitions(t), pane().Theme
	for rule, c := range map[string]struct {
		source string
		w      int
		at     string // what stands above the caret
		says   string
	}{
		"in one line":           {"name.exists( and active", 60, "and", "✗ column 14: unexpected"},
		"at the end":            {"name.exists() and", 60, "", "it ends where more is expected"},
		"in the second line":    {"active and\n  name.exists( or", 60, "or", "✗ line 2, column 16"},
		"behind wide letters":   {"'日本' = name.exists( and active", 60, "and", "column 21"},
		"far to the right":      {strings.Repeat("active and ", 30) + "name.exists( or active", 40, "or", "column 344"},
		"in a very narrow one":  {strings.Repeat("active and ", 30) + "name.exists( or active", 12, "or", "column"},
		"a bound has no column": {strings.Repeat("(", 20000), 60, "", "✗ the criterion is longer than 10000 characters"},
	} {
		_, err := criteria.Compile(defs, "Patient", c.source)
		if err == nil {
			t.Fatalf("%s: it compiles", rule)
		}
		lines := wrongLines(th, c.source, err, c.w)
		all := bare(strings.Join(lines, "\n"))
		contains(t, rule, strings.Join(strings.Fields(all), " "), strings.Join(strings.Fields(c.says), " "))
		for _, l := range lines {
			if term.Width(l) > c.w {
				t.Errorf("%s: %d wide: %q", rule, term.Width(l), l)
			}
		}
		if c.at == "" {
			continue
		}
		caret := bare(lines[1])
		if strings.Trim(caret, " ") != "^" {
			t.Errorf("%s: %q", rule, caret)
		}
		column := term.Width(caret) - 1
		above := bare(lines[0])
		for above != "" && term.Width(bare(lines[0]))-term.Width(above) < column {
			above = above[len(string([]rune(above)[:1])):]
		}
		if !strings.HasPrefix(above, c.at) {
			t.Errorf("%s: above the caret is %q\n%s", rule, above, all)
		}
	}
}

func TestOnlyTheAnswerToTheLastQuestionCounts(t *testing.T) {
	defs := definitions(t)
	var b bench
	const named = `{"resourceType":"Patient","name":[{"family":"a"}]}`
	old := b.ask(defs, patientQuestion("name.exists()", named))
	if b.ask(defs, patientQuestion("name.exists()", named)) != nil {
		t.Error("the same is asked twice")
	}
	if _, ok := b.known(); ok {
		t.Error("known before it is answered")
	}
	now := b.ask(defs, patientQuestion("active", named))
	if b.take(old().(judged)) {
		t.Error("a late answer was taken")
	}
	if !b.take(now().(judged)) {
		t.Error("the answer was not taken")
	}
	if j, ok := b.known(); !ok || j.source != "active" {
		t.Errorf("%+v", j)
	}
	if b.ask(defs, patientQuestion("active", `{"resourceType":"Patient","active":true}`)) == nil {
		t.Error("another sample is another question")
	}
	if b.ask(defs, patientQuestion(" ", named)) != nil || b.ask(nil, patientQuestion("active", named)) != nil ||
		b.ask(defs, question{resourceType: "Foo", source: "active"}) != nil {
		t.Error("what cannot be judged is asked for")
	}
	if _, ok := b.known(); ok {
		t.Error("the old answer is still known")
	}
	if b.ask(defs, patientQuestion("active", named)) == nil {
		t.Error("not asked again afterwards")
	}
}

func TestWhatIsReadableIsSent(t *testing.T) {
	defs := definitions(t)
	good := aidbox.Topic{Triggers: []aidbox.Trigger{{Resource: "Patient", Criteria: "name.exists()"}, {Resource: "Foo", Criteria: "(("}, {Resource: "Patient"}}}
	if err := readable(defs, good); err != nil {
		t.Error(err)
	}
	bad := aidbox.Topic{Triggers: []aidbox.Trigger{{Resource: "Encounter", Criteria: "status.("}}}
	if err := readable(defs, bad); err == nil || !strings.Contains(err.Error(), "Not sent: for Encounter, the criterion is wrong at line 1") {
		t.Errorf("%v", err)
	}
	if err := readable(nil, bad); err != nil {
		t.Errorf("without the table of R4 the server decides: %v", err)
	}
}
