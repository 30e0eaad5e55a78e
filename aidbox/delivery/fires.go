package delivery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/criteria"
	"aidbox-nats/aidbox/r4"
)

// Firing is what one topic does with one change.
type Firing struct {
	Topic aidbox.Topic
	Fires bool
	// Undecided says that it cannot be told from here whether the topic fires;
	// Fires is false then. The server knows.
	Undecided bool
	// Fault is why a criterion that would decide cannot be read here: a
	// *criteria.SyntaxError or *criteria.LimitError. It is undecided then.
	Fault error
	// Why is the rest of "it fires because" or "it does not because": a clause
	// without a full stop. It quotes criteria; only the error of one that fails
	// may quote the resource.
	Why string
}

// Fires says for each topic, in their order, whether the change of a resource
// of that type fires it, and why or why not. The interaction is create, update
// or delete; on create the change has no Previous, on delete no Current.
//
// It is decided as Aidbox does: only an active topic fires, when at least one of
// its triggers watches the type and the interaction and has no criterion or one
// that is true. A criterion that fails on the resource does not fire. Whether a
// destination is told is another question, and whether an update changed
// anything is too. Definitions may be nil; criteria are undecided then. A
// trigger is given at most [criteria.MaxDuration], all together what ctx gives:
// what is not decided when it ends is undecided.
func Fires(ctx context.Context, defs *r4.Definitions, topics []aidbox.Topic, change criteria.Change, resourceType, interaction string) []Firing {
	out := make([]Firing, len(topics))
	for i, t := range topics {
		out[i] = fires(ctx, defs, t, change, resourceType, interaction)
		out[i].Topic = t
	}
	return out
}

func fires(ctx context.Context, defs *r4.Definitions, t aidbox.Topic, change criteria.Change, resourceType, interaction string) Firing {
	switch {
	case t.Status == "":
		return Firing{Why: "it has no status; only an active topic fires"}
	case !t.Active():
		return Firing{Why: fmt.Sprintf("its status is %s; only an active topic fires", t.Status)}
	case len(t.Triggers) == 0:
		return Firing{Why: "it has no trigger"}
	}
	ofType := slices.DeleteFunc(slices.Clone(t.Triggers), func(g aidbox.Trigger) bool { return g.Resource != resourceType })
	if len(ofType) == 0 {
		return Firing{Why: fmt.Sprintf("it watches %s, not %s", joined(watched(t.Triggers), "and"), resourceType)}
	}
	var (
		whys      []string
		undecided bool
		fault     error
	)
	for _, g := range ofType {
		f := triggers(ctx, defs, g, change, interaction)
		if f.Fires {
			return f
		}
		undecided = undecided || f.Undecided
		if fault == nil {
			fault = f.Fault
		}
		if !slices.Contains(whys, f.Why) {
			whys = append(whys, f.Why)
		}
	}
	return Firing{Undecided: undecided, Fault: fault, Why: strings.Join(whys, "; ")}
}

// triggers says what one trigger of the type does.
func triggers(ctx context.Context, defs *r4.Definitions, g aidbox.Trigger, change criteria.Change, interaction string) Firing {
	switch {
	case !g.Fires(interaction):
		return Firing{Why: fmt.Sprintf("it watches %s of %s, not %s", joined(g.Interactions, "and"), g.Resource, interaction)}
	case strings.TrimSpace(g.Criteria) == "":
		return Firing{Fires: true, Why: fmt.Sprintf("every %s of %s fires it", interaction, g.Resource)}
	case defs == nil:
		return Firing{Undecided: true, Why: fmt.Sprintf("%s is for the server to decide: the shape of R4 is not known here", inLine(g.Criteria))}
	case !defs.IsResource(g.Resource):
		return Firing{Undecided: true, Why: fmt.Sprintf("%s is for the server to decide: %s is not a type of R4", inLine(g.Criteria), g.Resource)}
	}
	c, err := criteria.Compile(defs, g.Resource, g.Criteria)
	if err != nil {
		return Firing{Undecided: true, Fault: err, Why: fmt.Sprintf("%q cannot be read here: %v", inLine(g.Criteria), err)}
	}
	return decided(ctx, c, change)
}

// elsewhere are the functions whose answer depends on what only a server has.
var elsewhere = []string{"resolve(", "memberOf(", "conformsTo("}

func decided(ctx context.Context, c *criteria.Criterion, change criteria.Change) Firing {
	v, err := c.Decide(ctx, change)
	var failed *criteria.EvaluationError
	switch {
	case errors.As(err, &failed):
		return Firing{Why: fmt.Sprintf("%s fails: %v", inLine(c.Source()), err)}
	case err != nil:
		return Firing{Undecided: true, Why: fmt.Sprintf("%s cannot be decided here: %v", inLine(c.Source()), err)}
	}
	for _, f := range elsewhere {
		if strings.Contains(c.Source(), f) {
			return Firing{Undecided: true, Why: fmt.Sprintf("%s is for the server to decide: %s) looks at what only it has", inLine(c.Source()), f)}
		}
	}
	return Firing{Fires: v.Fires(), Why: because(ctx, c, change, v)}
}

// because names the conditions that decided, where there are few.
func because(ctx context.Context, c *criteria.Criterion, change criteria.Change, v criteria.Verdict) string {
	whole := fmt.Sprintf("%s is %s", inLine(c.Source()), v)
	part, err := c.Explain(ctx, change)
	if err != nil || len(part.Parts) == 0 {
		return whole
	}
	var leaves []string
	var collect func(criteria.Part)
	collect = func(p criteria.Part) {
		if !p.Decisive {
			return
		}
		if len(p.Parts) == 0 {
			leaves = append(leaves, fmt.Sprintf("%s is %s", inLine(p.Source), p.Verdict))
			return
		}
		for _, below := range p.Parts {
			collect(below)
		}
	}
	collect(part)
	if len(leaves) == 0 || len(leaves) > 2 {
		return whole
	}
	return strings.Join(leaves, " and ")
}

// inLine puts a criterion that was written over several lines on one.
func inLine(criterion string) string { return strings.Join(strings.Fields(criterion), " ") }

func watched(triggers []aidbox.Trigger) []string {
	var types []string
	for _, g := range triggers {
		if !slices.Contains(types, g.Resource) {
			types = append(types, g.Resource)
		}
	}
	return types
}

// joined writes a list as a sentence does: "create, update and delete".
func joined(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	n := len(words) - 1
	return strings.Join(words[:n], ", ") + " " + last + " " + words[n]
}
