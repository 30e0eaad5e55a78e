package topics

import (
	"context"
	"errors"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox/criteria"
	"aidbox-nats/aidbox/r4"
)

// judgeDeadline bounds how long a criterion is tried on a sample.
const judgeDeadline = time.Second

// question is a criterion, and the change that it is tried on.
type question struct {
	resourceType, source string
	change               criteria.Change
	on                   string // what the change is, in words
}

// same says whether it is the same criterion for the same type.
func (q question) same(o question) bool {
	return q.resourceType == o.resourceType && q.source == o.source
}

// judgement is what became of a question.
type judgement struct {
	question
	// wrong says why the criterion cannot be used at all: a
	// *criteria.SyntaxError or *criteria.LimitError.
	wrong error
	// hint says why it can hardly be meant as it stands.
	hint string
	// tried says that part tells how it was decided; else failed says why it
	// could not be decided on this change.
	tried  bool
	part   criteria.Part
	failed error
}

// judgeable says whether a criterion of the type can be judged here.
func judgeable(defs *r4.Definitions, resourceType string) bool {
	return defs != nil && defs.IsResource(resourceType)
}

// judge compiles and tries. A question without a change is not tried.
func judge(ctx context.Context, defs *r4.Definitions, q question) judgement {
	j := judgement{question: q}
	c, err := criteria.Compile(defs, q.resourceType, q.source)
	if err != nil {
		j.wrong = err
		return j
	}
	j.hint = c.Hint()
	if q.change.Current == nil && q.change.Previous == nil {
		return j
	}
	ctx, cancel := context.WithTimeout(ctx, judgeDeadline)
	defer cancel()
	j.part, j.failed = c.Explain(ctx, q.change)
	if errors.Is(j.failed, context.DeadlineExceeded) {
		j.failed = errors.New("it was not decided within a second; the server may give it longer")
	}
	j.tried = j.failed == nil
	return j
}

// judged is the answer for a bench. Only the one to its last question counts.
type judged struct {
	bench  *bench
	number uint64
	judgement
}

// bench asks for judgements of one criterion, one after another.
type bench struct {
	asked uint64
	last  judgement // what is known
	want  question
	none  bool // nothing is asked for
}

// ask returns the command that judges q, or nil when it is judged already or
// under way. An empty criterion needs no judge.
func (b *bench) ask(defs *r4.Definitions, q question) tea.Cmd {
	if strings.TrimSpace(q.source) == "" || !judgeable(defs, q.resourceType) {
		b.asked++
		b.none, b.want, b.last = true, question{}, judgement{}
		return nil
	}
	if !b.none && b.asked > 0 && b.want.same(q) && b.want.on == q.on && sameBytes(b.want.change, q.change) {
		return nil
	}
	b.asked++
	b.none, b.want = false, q
	number := b.asked
	return func() tea.Msg {
		return judged{b, number, judge(context.Background(), defs, q)}
	}
}

func sameBytes(x, y criteria.Change) bool {
	return string(x.Current) == string(y.Current) && string(x.Previous) == string(y.Previous) &&
		(x.Current == nil) == (y.Current == nil) && (x.Previous == nil) == (y.Previous == nil)
}

// take keeps the answer to the last question.
func (b *bench) take(msg judged) bool {
	if msg.bench != b || msg.number != b.asked {
		return false
	}
	b.last = msg.judgement
	return true
}

// known is what is known of the criterion that was asked about last; ok is
// false when there is nothing to judge or nothing is known yet.
func (b *bench) known() (j judgement, ok bool) {
	return b.last, !b.none && b.last.source != "" && b.last.same(b.want)
}
