package widget

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func body(n int) func(Values) []string {
	return func(v Values) []string {
		out := []string{"POST /fhir/Patient?id=" + v["id"]}
		for i := range n {
			out = append(out, fmt.Sprintf("  line %02d", i+1))
		}
		return out
	}
}

func fields(n int) []Field {
	var out []Field
	for i := range n {
		out = append(out, Field{Name: fmt.Sprintf("field-%02d", i+1), Label: fmt.Sprintf("field %02d", i+1)})
	}
	return out
}

func TestFieldsComeBeforeTheRequest(t *testing.T) {
	f := NewForm("New", fields(12)...)
	f.Preview = body(20)
	for h, want := range map[int]struct {
		field, rows int
	}{
		30: {12, 14}, // fields, an empty line, two of help, the line of the request
		20: {12, 4},
		19: {12, 4}, // the empty line goes
		17: {9, 4},  // then fields are moved to, and a line says so
		11: {3, 4},
		8:  {3, 1}, // then the request
		7:  {4, 0},
		3:  {3, 0},
	} {
		got := bare(f.Lines(themes["none"], 60, h))
		seen := strings.Count(got, "field ")
		rows := strings.Count(got, "  line ") + strings.Count(got, "POST")
		if seen != want.field || rows != want.rows {
			t.Errorf("%d high: %d fields and %d lines, not %v\n%s", h, seen, rows, want, got)
		}
	}
}

func TestFieldsThatHaveNoRoomAreCounted(t *testing.T) {
	f := NewForm("New", append([]Field{{Kind: Note, Label: "A note."}}, fields(12)...)...)
	f.Preview = body(20)
	th := themes["none"]
	for _, c := range []struct{ key, want string }{
		{"", "… 6 more below"},
		{"field-12", "… 5 more above"},
		{"field-02", "… 1 more above, 4 more below"},
	} {
		if c.key != "" && !f.GoTo(c.key) {
			t.Fatal(c.key)
		}
		got := f.Lines(th, 60, 15)
		exact(t, c.key, got, 60, 15)
		if !strings.Contains(bare(got), c.want+"  ") {
			t.Errorf("in %q: not %q\n%s", c.key, c.want, bare(got))
		}
	}
	if got := bare(f.Lines(th, 60, 40)); strings.Contains(got, "more") {
		t.Errorf("\n%s", got)
	}
}

func TestTheBoxKeepsItsHeight(t *testing.T) {
	n := 3
	f := NewForm("New", append(testFields(), Field{Name: "more", Help: strings.Repeat("This helps. ", 20)})...)
	f.Preview = func(v Values) []string { return body(n)(v) }
	d := Fill(f, nil)
	th := themes["none"]
	first := d.View(th, 80, 40)
	exact(t, "the box", first, 80, -1)
	for i := range 12 {
		n = 3 * i // the request grows and shrinks
		d.Update(press("x"))
		d.Update(press("right"))
		if got := len(d.View(th, 80, 40)); got != len(first) {
			t.Fatalf("after %d keys the box is %d high, not %d", 2*i, got, len(first))
		}
		d.Update(press("tab"))
	}
	f.SetError([]string{"Aidbox refused it.", "It says why."})
	if got := bare(d.View(th, 80, 40)); !strings.Contains(got, "It says why.") || !strings.Contains(got, "─ request ─") {
		t.Errorf("\n%s", got)
	}
}

func TestErrorsThatHaveNoRoomSayHowManyThereAre(t *testing.T) {
	f := NewForm("New", fields(6)...)
	f.Preview = body(20)
	var why []string
	for i := range 30 {
		why = append(why, fmt.Sprintf("reason %02d", i))
	}
	f.SetError(why)
	got := bare(f.Lines(themes["none"], 60, 19))
	if !strings.Contains(got, "✗ reason 00") || !strings.Contains(got, "18 more") || !strings.Contains(got, "field 01") {
		t.Errorf("\n%s", got)
	}
}

func TestWhyAFieldIsRefusedIsBounded(t *testing.T) {
	f := NewForm("New", Field{Name: "id", Validate: func(string) error { return errors.New(strings.Repeat("no ", 400)) }})
	f.Update(press("enter"))
	if got := bare(f.Lines(themes["none"], 60, 20)); strings.Count(got, "no no") > 3*28 || !strings.Contains(got, "…") {
		t.Errorf("\n%s", got)
	}
}

func TestEscAsksBeforeItThrowsAway(t *testing.T) {
	for _, c := range []struct {
		rule string
		keys string
		want bool
	}{
		{"nothing is typed", "esc", true},
		{"something is typed", "x esc", false},
		{"and esc is pressed again", "x esc esc", true},
		{"not when something else was pressed", "x esc y esc", false},
		{"it is being sent", "x ctrl+s esc", true},
	} {
		f := NewForm("New", Field{Name: "id"})
		for _, k := range strings.Fields(c.keys) {
			f.Update(press(k))
		}
		got := bare(f.Lines(themes["none"], 60, 5))
		if f.Cancelled() != c.want || strings.Contains(got, "! esc again throws away what is typed") == c.want {
			t.Errorf("%s: cancelled %v\n%s", c.rule, f.Cancelled(), got)
		}
	}
}

func TestKeysOfAForm(t *testing.T) {
	th := themes["none"]
	for _, c := range []struct {
		rule  string
		form  *Form
		width int
		want  string
	}{
		{"one field", NewForm("S", Field{Name: "a"}), 80, "enter do it  esc cancel"},
		{"one choice", NewForm("S", choicesField("")), 80, "enter do it  esc cancel  ←→ choose  space mark"},
		{"one area", NewForm("S", Field{Name: "a", Kind: Area}), 80, "enter new line  ctrl+s do it  esc cancel"},
		{"yes or no", NewForm("S", Field{Name: "a", Kind: YesNo}, Field{Name: "b"}), 99,
			"enter next  ctrl+s do it  esc cancel  ←→ choose  tab next  shift+tab back"},
		{"a select", NewForm("S", Field{Name: "a", Kind: Select, Options: []Option{{Value: "x"}}}, Field{Name: "b"}), 99,
			"enter next  ctrl+s do it  esc cancel  ←→ choose  tab next  shift+tab back"},
		{"little room", NewForm("S", Field{Name: "a"}, Field{Name: "b"}), 41, "enter next  esc cancel  ctrl+s do it  …"},
	} {
		c.form.Submit = "do it"
		got := strings.TrimSpace(bare([]string{KeyLine(th, c.form.Keys(), nil, c.width)}))
		if got != c.want {
			t.Errorf("%s: %q, not %q", c.rule, got, c.want)
		}
	}
}
