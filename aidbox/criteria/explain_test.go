package criteria_test

import (
	"fmt"
	"strings"
	"testing"

	"aidbox-nats/aidbox/criteria"
)

// render writes a tree of parts with a line each: * for decisive, the verdict or
// the error, the operator, and the source.
func render(b *strings.Builder, indent string, p criteria.Part) {
	mark, result := " ", p.Verdict.String()
	if p.Decisive {
		mark = "*"
	}
	if p.Err != "" {
		result = "error"
	}
	if p.Op != "" {
		result += " " + p.Op
	}
	fmt.Fprintf(b, "%s%s %s: %s\n", indent, mark, result, p.Source)
	for _, part := range p.Parts {
		render(b, indent+"  ", part)
	}
}

func TestExplain(t *testing.T) {
	cases := []struct {
		name   string
		source string
		change criteria.Change
		want   []string
	}{
		{"a leaf", "name.exists()", create(patient), []string{
			"* true: name.exists()",
		}},
		{"and is false by its first false part", "active and gender = 'male' and name.empty()", create(patient), []string{
			"* false and: active and gender = 'male' and name.empty()",
			"    true: active",
			"  * false: gender = 'male'",
			"    false: name.empty()",
		}},
		{"and is empty by its empty parts", "%current.name.exists() and %previous.active and %previous.gender = 'male'", create(patient), []string{
			"* empty and: %current.name.exists() and %previous.active and %previous.gender = 'male'",
			"    true: %current.name.exists()",
			"  * empty: %previous.active",
			"  * empty: %previous.gender = 'male'",
		}},
		{"and is true by all", "active and name.exists()", create(patient), []string{
			"* true and: active and name.exists()",
			"  * true: active",
			"  * true: name.exists()",
		}},
		{"or is true by its first true part", "%previous.active or active or name.exists()", create(patient), []string{
			"* true or: %previous.active or active or name.exists()",
			"    empty: %previous.active",
			"  * true: active",
			"    true: name.exists()",
		}},
		{"or is false by all", "name.empty() or active = false", create(patient), []string{
			"* false or: name.empty() or active = false",
			"  * false: name.empty()",
			"  * false: active = false",
		}},
		{"or is empty by its empty parts", "name.empty() or %previous.active", create(patient), []string{
			"* empty or: name.empty() or %previous.active",
			"    false: name.empty()",
			"  * empty: %previous.active",
		}},
		{"xor is decided by both", "active xor name.exists()", create(patient), []string{
			"* false xor: active xor name.exists()",
			"  * true: active",
			"  * true: name.exists()",
		}},
		{"a longer xor nests to the left", "active xor name.exists() xor id.exists()", create(patient), []string{
			"* true xor: active xor name.exists() xor id.exists()",
			"  * false xor: active xor name.exists()",
			"    * true: active",
			"    * true: name.exists()",
			"  * true: id.exists()",
		}},
		{"implies is true by a false left side", "%previous.exists() implies name.empty()", create(patient), []string{
			"* true implies: %previous.exists() implies name.empty()",
			"  * false: %previous.exists()",
			"    false: name.empty()",
		}},
		{"implies is true by its right side", "active implies name.exists()", create(patient), []string{
			"* true implies: active implies name.exists()",
			"    true: active",
			"  * true: name.exists()",
		}},
		{"implies is false by both", "active implies name.empty()", create(patient), []string{
			"* false implies: active implies name.empty()",
			"  * true: active",
			"  * false: name.empty()",
		}},
		{"and binds closer than or, parentheses closer still", "name.empty() or active and (gender = 'x' or (id = 'p'))", create(patient), []string{
			"* true or: name.empty() or active and (gender = 'x' or (id = 'p'))",
			"    false: name.empty()",
			"  * true and: active and (gender = 'x' or (id = 'p'))",
			"    * true: active",
			"    * true or: (gender = 'x' or (id = 'p'))",
			"        false: gender = 'x'",
			"      * true: (id = 'p')",
		}},
		{"functions are not taken apart", "name.where(use = 'usual' and given.exists()).exists() and (active and active).not()", create(patient), []string{
			"* false and: name.where(use = 'usual' and given.exists()).exists() and (active and active).not()",
			"    true: name.where(use = 'usual' and given.exists()).exists()",
			"  * false: (active and active).not()",
		}},
		{"nor are variables torn from where they are defined", "defineVariable('x', id).exists() and active", create(patient), []string{
			"* true: defineVariable('x', id).exists() and active",
		}},
		{"a part that fails", "active and name.given.single() = 'x' and name.empty()", create(patient), []string{
			"* error and: active and name.given.single() = 'x' and name.empty()",
			"    true: active",
			"  * error: name.given.single() = 'x'",
			"    false: name.empty()",
		}},
		{"spaces and comments around", " // who\n  active\n and /* why */ name.exists() ", create(patient), []string{
			"* true and:  // who\n  active\n and /* why */ name.exists() ",
			"  * true: active",
			"  * true: name.exists()",
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			criterion := compile(t, "Patient", c.source)
			part, err := criterion.Explain(t.Context(), c.change)
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			render(&b, "", part)
			if got, want := b.String(), strings.Join(c.want, "\n")+"\n"; got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
			checkOffsets(t, c.source, part)
			verdict, err := criterion.Decide(t.Context(), c.change)
			if verdict != part.Verdict || (err != nil) != (part.Err != "") {
				t.Errorf("Decide says %v, %v, Explain %v, %q", verdict, err, part.Verdict, part.Err)
			}
		})
	}
}

func TestExplainCountsBytes(t *testing.T) {
	const source = "contact.name.family = 'du Marché' and name.family = 'Müller'"
	part, err := compile(t, "Patient", source).Explain(t.Context(), create(patient))
	if err != nil {
		t.Fatal(err)
	}
	if len(part.Parts) != 2 || part.Parts[1].Source != "name.family = 'Müller'" {
		t.Fatalf("got %+v", part)
	}
	checkOffsets(t, source, part)
}

func checkOffsets(t *testing.T, source string, part criteria.Part) {
	t.Helper()
	if got := source[part.Start:part.End]; got != part.Source {
		t.Errorf("bytes %d to %d are %q, not %q", part.Start, part.End, got, part.Source)
	}
	for _, p := range part.Parts {
		checkOffsets(t, source, p)
	}
}
