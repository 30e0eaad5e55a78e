package widget

import (
	"fmt"
	"strings"
	"testing"
)

func choicesField(value string) Field {
	return Field{Name: "on", Kind: Choices, Value: value, Help: "which changes",
		Options: []Option{{Value: "create"}, {Label: "change", Value: "update", Help: "also of one element"}, {Value: "delete"}}}
}

func TestChoicesHoldWhatIsMarked(t *testing.T) {
	for _, c := range []struct {
		rule  string
		value string
		keys  string
		want  string
		dirty bool
	}{
		{"nothing at the start", "", "", "", false},
		{"space marks", "", "space", "create", true},
		{"and takes the mark away", "create", "space", "", true},
		{"in the order of the options", "delete create", "", "create delete", false},
		{"arrows move", "", "right space right space", "update delete", true},
		{"and go round", "", "left space l space", "create delete", true},
		{"what no option has is kept", "create merge", "right space", "create update merge", true},
		{"letters mark nothing", "", "x", "", false},
	} {
		f := NewForm("New", choicesField(c.value))
		for _, k := range strings.Fields(c.keys) {
			f.Update(editKey(k))
		}
		if got := f.Value("on"); got != c.want || f.Dirty() != c.dirty {
			t.Errorf("%s: %q, dirty %v", c.rule, got, f.Dirty())
		}
	}
}

func TestChoicesAreDrawnAsMarks(t *testing.T) {
	f := NewForm("New", choicesField("update"), Field{Name: "id"})
	if got := bare(f.Lines(themes["none"], 50, 6)); !strings.HasPrefix(got, " on  [ ] create  [x] change  [ ] delete") || !strings.Contains(got, "which changes") {
		t.Errorf("\n%s", got)
	}
	f.Update(press("right"))
	if got := bare(f.Lines(themes["none"], 50, 6)); !strings.Contains(got, "also of one element") {
		t.Errorf("\n%s", got)
	}
	if got := bare(f.Lines(themes["none"], 24, 8)); !strings.HasPrefix(got, " on  [ ] create         \n     [x] change         \n     [ ] delete         \n id  ") {
		t.Errorf("\n%s", got)
	}
	line := bare([]string{KeyLine(themes["none"], f.Keys(), nil, 90)})
	if !strings.Contains(line, "←→ choose  space mark") {
		t.Errorf("%q", line)
	}
	f.Update(editKey("space"))
	f.Update(press("enter"))
	f.Update(press("a"))
	if v := f.Values(); v["on"] != "" || v["id"] != "a" {
		t.Errorf("%v", v)
	}
}

func TestChoicesAreExactWhateverIsInThem(t *testing.T) {
	for name, th := range themes {
		for _, s := range hostile {
			f := NewForm(s, Field{Name: "on", Kind: Choices, Value: "b " + s, Options: []Option{{Label: s, Value: "a", Help: s}, {Label: s + s, Value: "b"}}},
				Field{Name: "none", Kind: Choices})
			for range 3 {
				for w := range 40 {
					exact(t, fmt.Sprintf("%s, %q in %d", name, s, w), f.Lines(th, w, 7), w, 7)
				}
				f.Update(press("right"))
				f.Update(press("enter"))
			}
		}
	}
}
