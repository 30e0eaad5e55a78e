package widget

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/term/grid"
	"aidbox-nats/tui/theme"
)

func testFields() []Field {
	return []Field{
		{Kind: Note, Value: "A destination says where the messages go."},
		{Name: "id", Label: "name", Help: "letters, digits and dashes", Validate: func(s string) error {
			if s == "" {
				return errors.New("a destination needs a name")
			}
			return nil
		}},
		{Name: "kind", Kind: Select, Options: []Option{
			{Label: "core", Value: "core", Help: "sent once"},
			{Label: "JetStream", Value: "js", Help: "kept until acknowledged"},
		}},
		{Name: "creds", Label: "creds", Placeholder: "/creds/joe.creds", Hidden: func(v Values) bool { return v["kind"] != "js" }},
		{Name: "topic", Suggestions: []string{"patient-topic", "patient-deleted", "order-topic"}},
		{Name: "action", Kind: YesNo},
		{Name: "note", Kind: Area, Height: 3},
	}
}

// screen shows a form as the console does: every key on its own, every other
// message given on.
type screen struct {
	form *Form
	w, h int
}

func (s *screen) Init() tea.Cmd { return nil }

func (s *screen) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		s.w, s.h = msg.Width, msg.Height
	case tea.KeyMsg:
		var cmds []tea.Cmd
		for _, k := range term.SplitKeys(msg) {
			cmds = append(cmds, s.form.Update(k))
		}
		return s, tea.Batch(cmds...)
	}
	return s, s.form.Update(msg)
}

func (s *screen) View() string {
	if s.w == 0 {
		return ""
	}
	th := themes["colours"]
	title := s.form.Title()
	switch {
	case s.form.Cancelled():
		title.Text = "cancelled"
	case s.form.Done():
		title.Text = "done"
	}
	body := s.form.Lines(th, s.w-2, s.h-3)
	return strings.Join(append(Frame(th, title, 0, true, s.w, s.h-1, body), KeyLine(th, s.form.Keys(), nil, s.w)), "\n")
}

func showForm(t *testing.T, f *Form) *grid.Grid {
	t.Helper()
	return grid.Start(t, &screen{form: f}, 60, 20)
}

func TestFillAFormWithKeysTypedFast(t *testing.T) {
	f := NewForm("New destination", testFields()...)
	f.Submit = "create"
	f.Preview = func(v Values) []string {
		return []string{`POST {"id":"` + v["id"] + `","kind":"` + v["kind"] + `"}`}
	}
	g := showForm(t, f)
	g.WaitFor("letters, digits and dashes")
	// One burst: enter moves at once, what follows goes into the next field.
	g.Raw("basic\r\x1b[C\r/c\ro")
	g.WaitFor(`POST {"id":"basic","kind":"js"}`)
	g.WaitFor("tab completes: order-topic")
	g.Press("tab")
	g.WaitFor("order-topic")
	g.WaitGone("tab completes")
	g.Press("tab")
	g.Type("y")
	g.WaitFor("● yes")
	g.Press("tab")
	g.Raw("one\rtwo")
	g.WaitFor("two")
	grid.Golden(t, "form", g.Text())
	g.Press("ctrl+s")
	g.WaitFor("done")
	want := Values{"id": "basic", "kind": "js", "creds": "/c", "topic": "order-topic", "action": "true", "note": "one\ntwo"}
	if got := g.Quit().(*screen).form.Values(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, not %v", got, want)
	}
}

func TestEnterOnTheLastFieldSubmits(t *testing.T) {
	g := showForm(t, NewForm("Subscribe", Field{Name: "subject"}))
	g.WaitFor("enter submit")
	g.Raw("foo\r")
	g.WaitFor("done")
	if v := g.Quit().(*screen).form.Value("subject"); v != "foo" {
		t.Errorf("%q", v)
	}
}

func TestARefusedValueSaysWhyAndKeepsTheKeys(t *testing.T) {
	g := showForm(t, NewForm("New", testFields()...))
	g.WaitFor("letters")
	g.Press("enter")
	g.WaitFor("✗ a destination needs a name")
	g.Type("x")
	g.WaitGone("✗")
	g.Press("backspace", "tab", "tab", "tab")
	g.WaitFor("✗ a destination needs a name") // seen while the keys are elsewhere
	g.Press("ctrl+s")                         // goes back to it
	g.WaitFor("letters, digits and dashes")
	g.Type("a")
	g.Press("ctrl+s")
	g.WaitFor("done")
}

func TestAFailedSubmissionKeepsWhatWasTyped(t *testing.T) {
	f := NewForm("New", Field{Name: "id"}, Field{Name: "topic"})
	for _, k := range []string{"a", "ctrl+s"} {
		f.Update(press(k))
	}
	if !f.Done() {
		t.Fatal("not submitted")
	}
	f.Update(press("z"))
	f.SetError([]string{"Aidbox refused the destination (422).", "It has no \x1b[2J subject."})
	got := bare(f.Lines(themes["none"], 60, 8))
	if f.Done() || f.Value("id") != "a" || !strings.Contains(got, "✗ Aidbox refused the destination (422).") ||
		!strings.Contains(got, "It has no ␛[2J subject.") {
		t.Errorf("%q in\n%s", f.Value("id"), got)
	}
	f.Update(press("b"))
	f.Update(press("ctrl+s"))
	if !f.Done() || f.Value("id") != "ab" {
		t.Errorf("not submitted again: %q", f.Value("id"))
	}
	if got := bare(f.Lines(themes["none"], 40, 8)); strings.Contains(got, "refused") {
		t.Errorf("the error stayed:\n%s", got)
	}
}

func TestEscCancelsAlsoWhileSending(t *testing.T) {
	f := NewForm("New", Field{Name: "id"})
	f.Update(press("ctrl+s"))
	f.Update(press("esc"))
	if !f.Cancelled() || f.Done() {
		t.Error("not cancelled")
	}
}

func TestDirty(t *testing.T) {
	for _, c := range []struct {
		rule string
		keys string
		want bool
	}{
		{"nothing was typed", "", false},
		{"the first option was chosen at the start", "tab tab", false},
		{"something was typed", "x", true},
		{"it was taken away again", "x backspace", false},
		{"another option", "tab right", true},
	} {
		f := NewForm("New", testFields()...)
		for _, k := range strings.Fields(c.keys) {
			if k == "backspace" {
				f.Update(tea.KeyMsg{Type: tea.KeyBackspace})
				continue
			}
			f.Update(press(k))
		}
		if f.Dirty() != c.want {
			t.Errorf("%s: %v", c.rule, f.Dirty())
		}
	}
}

func TestHiddenFieldsAreNeitherSeenNorChecked(t *testing.T) {
	f := NewForm("New",
		Field{Name: "kind", Kind: Select, Options: []Option{{Value: "core"}, {Value: "js"}}},
		Field{Name: "creds", Hidden: func(v Values) bool { return v["kind"] != "js" },
			Validate: func(string) error { return errors.New("no such file") }})
	if got := bare(f.Lines(themes["none"], 40, 5)); strings.Contains(got, "creds") {
		t.Errorf("seen:\n%s", got)
	}
	f.Update(press("right"))
	if got := bare(f.Lines(themes["none"], 40, 5)); !strings.Contains(got, "creds") {
		t.Errorf("not seen:\n%s", got)
	}
	f.Update(press("ctrl+s"))
	if f.Done() {
		t.Error("not checked while seen")
	}
	f.Update(press("up"))
	f.Update(press("left"))
	f.Update(press("ctrl+s"))
	if !f.Done() {
		t.Error("checked while hidden")
	}
}

func TestArrowsChooseAmongSuggestions(t *testing.T) {
	f := NewForm("New", Field{Name: "topic", Suggestions: []string{"patient-topic", "patient-deleted"}}, Field{Name: "id"})
	for _, k := range []string{"p", "down", "tab", "tab", "x"} {
		f.Update(press(k))
	}
	if f.Value("topic") != "patient-deleted" || f.Value("id") != "x" {
		t.Errorf("%v", f.Values())
	}
}

func TestSecretsAreNotDrawn(t *testing.T) {
	f := NewForm("Sign in", Field{Name: "secret", Secret: true})
	for _, k := range []string{"s", "3", "c"} {
		f.Update(press(k))
	}
	if got := bare(f.Lines(themes["none"], 40, 2)); strings.Contains(got, "s3c") || !strings.Contains(got, "***") {
		t.Errorf("%s", got)
	}
}

func TestAnAreaTakesManyLines(t *testing.T) {
	f := NewForm("New", Field{Name: "body", Kind: Area, Value: strings.Repeat("x\n", 150)})
	f.Update(press("enter"))
	f.Update(press("z"))
	if got := strings.Count(f.Value("body"), "\n"); got != 151 || !strings.HasSuffix(f.Value("body"), "\nz") {
		t.Errorf("%d newlines, ends with %q", got, f.Value("body")[len(f.Value("body"))-3:])
	}
}

func TestTheFieldWithTheKeysIsSeen(t *testing.T) {
	var fields []Field
	for i := range 30 {
		fields = append(fields, Field{Name: fmt.Sprintf("field-%02d", i), Help: fmt.Sprintf("help %02d", i)})
	}
	f := NewForm("Long", fields...)
	for i := range 70 {
		got := bare(f.Lines(themes["none"], 40, 5))
		if want := fmt.Sprintf("help %02d", i%30); !strings.Contains(got, want) {
			t.Fatalf("%s is not in\n%s", want, got)
		}
		f.Update(press("tab"))
	}
}

func TestFormsAreExactWhateverIsInThem(t *testing.T) {
	for name, th := range themes {
		for _, s := range hostile {
			f := NewForm(s,
				Field{Kind: Note, Value: s},
				Field{Name: "a", Label: s, Value: s, Help: s, Placeholder: s, Suggestions: []string{s + s},
					Validate: func(string) error { return errors.New("no: " + s) }},
				Field{Name: "b", Label: s, Kind: Select, Value: "2", Options: []Option{{Label: s, Value: "1"}, {Label: s, Value: "2", Help: s}}},
				Field{Name: "c", Label: s, Kind: Area, Value: s, Placeholder: s, Height: 2},
				Field{Name: "d", Label: s, Kind: YesNo, Help: s, Hint: func(Values) Hint { return Hint{Text: s + s, Role: theme.Warn} }})
			f.Preview = func(Values) []string { return []string{s} }
			f.SetError([]string{s})
			for step := range 5 {
				for _, w := range []int{0, 1, 2, 3, 5, 8, 13, 21, 34, 55} {
					for _, h := range []int{0, 1, 3, 12} {
						exact(t, fmt.Sprintf("%s, %q, step %d, in %dx%d", name, s, step, w, h), f.Lines(th, w, h), w, h)
					}
				}
				f.Update(press("tab"))
			}
		}
	}
}

func TestAFormWithoutFieldsCanBeSubmitted(t *testing.T) {
	f := NewForm("Nothing", Field{Kind: Note, Value: "Nothing to say."})
	f.Update(press("x"))
	f.Update(press("tab"))
	f.Update(press("enter"))
	if !f.Done() {
		t.Error("not submitted")
	}
}

func TestTheThemeIsTheConsolesOwn(t *testing.T) {
	f := NewForm("New", Field{Name: "id", Placeholder: "basic"}, Field{Name: "kind", Placeholder: "core"})
	th := themes["colours"]
	got := strings.Join(f.Lines(th, 40, 3), "\n")
	if !strings.Contains(got, th.Paint(theme.Accent, "id  ")) ||
		!strings.Contains(got, th.Faint.Italic(true).Render(".g. basic")) {
		t.Errorf("%q", got)
	}
}

func TestTheKeysAreGivenToAFieldThatIsShown(t *testing.T) {
	f := NewForm("New",
		Field{Name: "note", Kind: Note},
		Field{Name: "a"},
		Field{Name: "b", Hidden: func(v Values) bool { return v["a"] == "" }},
		Field{Name: "c"})
	for _, c := range []struct {
		rule, to string
		want     bool
		at       string
	}{
		{"a field", "c", true, "c"},
		{"no field", "d", false, "c"},
		{"a note", "note", false, "c"},
		{"a hidden field", "b", false, "c"},
		{"back", "a", true, "a"},
	} {
		if got := f.GoTo(c.to); got != c.want || f.At() != c.at {
			t.Errorf("%s: %v, at %q", c.rule, got, f.At())
		}
	}
	f.Update(press("x"))
	if !f.GoTo("b") || f.Value("a") != "x" {
		t.Errorf("at %q, a is %q", f.At(), f.Value("a"))
	}
	if got := NewForm("Nothing").At(); got != "" {
		t.Errorf("a form without fields is at %q", got)
	}
}

func TestKeysAreTypedAgainUpToOneThatEndsTheForm(t *testing.T) {
	for _, c := range []struct{ rule, keys, a, b string }{
		{"what was typed goes where it should", "x enter y", "x", "y"},
		{"up to what would submit", "x tab y enter z", "x", "y"},
		{"anywhere", "x ctrl+s y", "x", ""},
		{"or cancel", "x esc y", "x", ""},
	} {
		f := NewForm("New", Field{Name: "a"}, Field{Name: "b"})
		var keys []tea.KeyMsg
		for _, k := range strings.Fields(c.keys) {
			keys = append(keys, press(k))
		}
		f.Retype(keys)
		if f.Value("a") != c.a || f.Value("b") != c.b || f.Done() || f.Cancelled() {
			t.Errorf("%s: %v", c.rule, f.Values())
		}
	}
}

func TestWhatIsSuggestedIsFaintAndOnlyWhereTheKeysAre(t *testing.T) {
	for name, th := range themes {
		f := NewForm("New", Field{Name: "type", Suggestions: []string{"Patient"}}, Field{Name: "id"})
		f.Update(press("P"))
		got := f.Lines(th, 40, 2)[0]
		if !strings.Contains(got, th.Faint.Italic(true).Render("tient")) || strings.Contains(got, "…") {
			t.Errorf("%s: %q", name, got)
		}
		f.GoTo("id")
		if got := bare(f.Lines(th, 40, 2)); strings.Contains(got, "tient") {
			t.Errorf("%s, without the keys: %q", name, got)
		}
		f.GoTo("type")
		f.Update(press("tab"))
		if f.Value("type") != "Patient" {
			t.Errorf("%s: completed to %q", name, f.Value("type"))
		}
	}
}

func TestSuggestionsMayComeLater(t *testing.T) {
	f := NewForm("New", Field{Name: "type"})
	for _, r := range "Enc" {
		f.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
	}
	f.Suggest("type", []string{"Encounter"})
	f.Update(tea.KeyMsg{Type: tea.KeyTab})
	if got := f.Value("type"); got != "Encounter" {
		t.Errorf("%q", got)
	}
}

func TestAMarkedTextIsReplacedAndEnterSubmits(t *testing.T) {
	for rule, c := range map[string]struct {
		keys []tea.KeyMsg
		want string
	}{
		"what is typed takes its place": {[]tea.KeyMsg{{Type: tea.KeyRunes, Runes: []rune("ne")}, {Type: tea.KeyRunes, Runes: []rune("w")}}, "new"},
		"a blank too":                   {[]tea.KeyMsg{{Type: tea.KeySpace, Runes: []rune(" ")}, {Type: tea.KeyRunes, Runes: []rune("w")}}, " w"},
		"backspace takes all":           {[]tea.KeyMsg{{Type: tea.KeyBackspace}}, ""},
		"an arrow keeps it":             {[]tea.KeyMsg{{Type: tea.KeyRight}, {Type: tea.KeyRunes, Runes: []rune("er")}}, "older"},
		"untouched it stays":            {nil, "old"},
	} {
		f := NewForm("Find", Field{Name: "text", Value: "old", Replace: true, Submits: true}, Field{Name: "from"})
		for _, k := range c.keys {
			f.Update(k)
		}
		if a, ok := f.Keys().Match(tea.KeyMsg{Type: tea.KeyEnter}); !ok || a.Name != "submit" {
			t.Errorf("%s: enter is said to %q", rule, a.Name)
		}
		f.Update(tea.KeyMsg{Type: tea.KeyEnter})
		if got := f.Value("text"); got != c.want || !f.Done() {
			t.Errorf("%s: %q, not %q; submitted %v", rule, got, c.want, f.Done())
		}
	}
}

func TestTheHelpTellsHowAnAreaIsEdited(t *testing.T) {
	f := NewForm("Write", Field{Name: "text", Kind: Area}, Field{Name: "line"})
	for _, k := range []tea.KeyMsg{{Type: tea.KeyCtrlW}, {Type: tea.KeyCtrlU}, {Type: tea.KeyCtrlK}, {Type: tea.KeyCtrlHome}, {Type: tea.KeyLeft, Alt: true}} {
		if a, ok := f.Keys().Match(k); !ok || !a.Moves {
			t.Errorf("%s: %+v", k, a)
		}
	}
	f.Update(tea.KeyMsg{Type: tea.KeyTab})
	if _, ok := f.Keys().Match(tea.KeyMsg{Type: tea.KeyCtrlW}); ok {
		t.Error("they are told of a line too")
	}
}
