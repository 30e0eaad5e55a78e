package criteria_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"aidbox-nats/aidbox/criteria"
)

// FuzzCriterion looks for criteria and resources that make the evaluation panic,
// hang, or contradict itself.
func FuzzCriterion(f *testing.F) {
	for _, c := range append(decisions, unitDecisions...) {
		f.Add(c.source, string(c.change.Current), string(c.change.Previous))
	}
	for _, source := range []string{
		"name.exists(", "name..given", "'x", "%curent", "((((((", "- - - 1", "{}", "@T12:30 < now()", "1.lowBoundary(8)", "name[0][1]",
		"'a'.select($this & $this)", "2.5.select($this * $this)", "1.repeatAll($this)", "children().descendants().where($index > 1)",
		"(1 | 2 | 3).aggregate($total + $this, 0) = 6", "iif(true, 1, 2)", "'%41'.unescape('html')", "@2020-02-30 + 1 month", "name is HumanName xor {}",
		"'1e999'.toDecimal()", "1 'mg' / 2 'kg' > 3 '[pH]'", "`name`.as(HumanName)", "/* */ true // x", "'\\u00e9' ~ 'É'", "1.5.round(-1)", "(-1).sqrt()",
	} {
		f.Add(source, patient, `{"a":1e-99,"b":[[1],{"c":null}]}`)
	}
	f.Fuzz(func(t *testing.T, source, current, previous string) {
		ctx, cancel := context.WithTimeout(t.Context(), criteria.MaxDuration+20*time.Second)
		defer cancel()
		c, err := criteria.Compile(load(t), "Patient", source)
		if err != nil {
			var wrong *criteria.SyntaxError
			var limit *criteria.LimitError
			switch {
			case errors.As(err, &wrong):
				if wrong.Line < 1 || wrong.Column < 1 || wrong.Message == "" {
					t.Errorf("%q: %#v", source, wrong)
				}
			case !errors.As(err, &limit):
				t.Errorf("%q: %v is neither a SyntaxError nor a LimitError", source, err)
			}
			return
		}
		var change criteria.Change
		if current != "" {
			change.Current = []byte(current)
		}
		if previous != "" {
			change.Previous = []byte(previous)
		}
		verdict, err := c.Decide(ctx, change)
		if ctx.Err() != nil {
			t.Fatalf("%q hangs", source)
		}
		if err != nil && verdict != criteria.Empty {
			t.Errorf("%q: %v with %v", source, verdict, err)
		}
		part, explainErr := c.Explain(ctx, change)
		if ctx.Err() != nil {
			t.Fatalf("%q hangs when explained", source)
		}
		if explainErr == nil {
			checkOffsets(t, source, part)
		}
	})
}
