package widget

import (
	"errors"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/tui/theme"
)

// below returns the lines under the one that begins with a label.
func below(f *Form, label string, w, h int) []string {
	lines := strings.Split(bare(f.Lines(themes["none"], w, h)), "\n")
	for i, l := range lines {
		if strings.HasPrefix(strings.TrimSpace(l), label) {
			return lines[i+1:]
		}
	}
	return nil
}

func TestAHintStandsRightBeneathItsField(t *testing.T) {
	f := NewForm("New",
		Field{Name: "subject", Hint: func(v Values) Hint {
			switch v["subject"] {
			case "":
				return Hint{}
			case "a":
				return Hint{Text: "EVENTS takes a."}
			case "ab":
				return Hint{Text: "No stream takes ab.", Role: theme.Warn}
			}
			return Hint{Text: "abc\x1b[2J is\u202e no subject.", Role: theme.Bad}
		}},
		Field{Name: "server"})
	for _, c := range []struct{ key, want string }{
		{"", "server"},
		{"a", "EVENTS takes a."},
		{"b", "! No stream takes ab."},
		{"c", "✗ abc␛[2J is␦ no subject."},
	} {
		if c.key != "" {
			f.Update(press(c.key))
		}
		got := below(f, "subject", 60, 8)
		if len(got) < 2 || strings.TrimSpace(got[0]) != c.want {
			t.Fatalf("after %q: %q, not %q", c.key, got, c.want)
		}
		if c.key != "" && !strings.HasPrefix(strings.TrimSpace(got[1]), "server") {
			t.Errorf("after %q: %q", c.key, got)
		}
	}
}

func TestAHintHasItsRole(t *testing.T) {
	th := themes["colours"]
	for _, c := range []struct {
		hint Hint
		want string
	}{
		{Hint{Text: "so"}, th.Paint(theme.Faint, "so")},
		{Hint{Text: "so", Role: theme.OK}, th.Paint(theme.OK, "✓ so")},
		{Hint{Text: "so", Role: theme.Warn}, th.Paint(theme.Warn, "! so")},
		{Hint{Text: "so", Role: theme.Bad}, th.Paint(theme.Bad, "✗ so")},
	} {
		f := NewForm("New", Field{Name: "a", Hint: func(Values) Hint { return c.hint }})
		if got := strings.Join(f.Lines(th, 30, 5), "\n"); !strings.Contains(got, c.want) {
			t.Errorf("%+v: no %q in %q", c.hint, c.want, got)
		}
	}
}

func TestAHintIsBounded(t *testing.T) {
	f := NewForm("New",
		Field{Name: "a", Hint: func(Values) Hint { return Hint{Text: strings.Repeat("word ", 300), Role: theme.Warn} }},
		Field{Name: "b"})
	got := below(f, "a", 40, 10)
	if !strings.HasSuffix(strings.TrimSpace(got[1]), "…") || !strings.HasPrefix(strings.TrimSpace(got[2]), "b") {
		t.Errorf("%q", got)
	}
}

func TestHintsAreAskedForWhenSomethingChanged(t *testing.T) {
	asked := 0
	f := NewForm("New",
		Field{Name: "a", Hint: func(v Values) Hint {
			asked++
			v["b"] = "not the form's"
			return Hint{Text: "hint"}
		}},
		Field{Name: "b"},
		Field{Name: "c", Hidden: func(Values) bool { return true }, Hint: func(Values) Hint {
			t.Error("a hidden field was asked")
			return Hint{}
		}})
	for _, c := range []struct {
		rule string
		msg  tea.Msg
		want int
	}{
		{"at the start", nil, 1},
		{"not when drawn again", nil, 1},
		{"not when the keys move on", press("tab"), 1},
		{"when another value changes", press("x"), 2},
		{"after a message", struct{}{}, 3},
	} {
		if c.msg != nil {
			f.Update(c.msg)
		}
		f.Lines(themes["none"], 40, 8)
		if asked != c.want {
			t.Errorf("%s: asked %d times, not %d", c.rule, asked, c.want)
		}
	}
	if got := f.Value("b"); got != "x" {
		t.Errorf("the hint changed a value: %q", got)
	}
}

func TestARefusalStandsInPlaceOfTheHint(t *testing.T) {
	f := NewForm("New", Field{Name: "a", Hint: func(Values) Hint { return Hint{Text: "as you like"} },
		Validate: func(string) error { return errors.New("no") }})
	f.Update(press("enter"))
	if got := bare(f.Lines(themes["none"], 40, 6)); strings.Contains(got, "as you like") || !strings.Contains(got, "✗ no") {
		t.Errorf("\n%s", got)
	}
	f.Update(press("x"))
	if got := bare(f.Lines(themes["none"], 40, 6)); !strings.Contains(got, "as you like") {
		t.Errorf("\n%s", got)
	}
}
