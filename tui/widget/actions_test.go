package widget

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/bubbles/key"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
)

func action(k, words, name, why string) Action {
	a := Action{Name: name, Binding: key.NewBinding(key.WithKeys(k), key.WithHelp(k, words))}
	if why != "" {
		a.Why = func() string { return why }
	}
	return a
}

func someActions() Actions {
	return Actions{
		action("n", "new", "create a topic", ""),
		action("d", "delete", "delete the topic", "a topic that has destinations stays"),
		action("/", "filter", "filter the list", ""),
		{Name: "hidden", Binding: key.NewBinding(key.WithKeys("z"))},
		{Name: "disabled", Binding: key.NewBinding(key.WithKeys("x"), key.WithHelp("x", "off"), key.WithDisabled())},
	}
}

func TestActionsMatchTheirKeys(t *testing.T) {
	as := someActions()
	for k, want := range map[string]string{"n": "create a topic", "d": "delete the topic", "z": "hidden", "x": "", "q": ""} {
		a, ok := as.Match(press(k))
		if a.Name != want || ok != (want != "") {
			t.Errorf("%q matches %q", k, a.Name)
		}
	}
	if a, _ := as.Match(press("d")); a.Blocked() == "" {
		t.Error("what cannot be done does not say why")
	}
}

func TestKeyLine(t *testing.T) {
	extra := Actions{action("6", "guide", "open the guide", "")}
	for w, want := range map[int]string{
		50: " n new  d delete  / filter                6 guide ",
		36: " n new  d delete  / filter  6 guide ",
		35: " n new  d delete  …        6 guide ",
		20: " n new  …   6 guide ",
		17: " …       6 guide ",
		12: " …  6 guide ",
		11: " …         ",
		3:  " … ",
		2:  "  ",
	} {
		if got := bare([]string{KeyLine(themes["none"], someActions(), extra, w)}); got != want {
			t.Errorf("%d wide: %q, not %q", w, got, want)
		}
	}
}

// The way on and the way back are the last to go.
func TestEnterAndEscAreToldOfFirst(t *testing.T) {
	as := append(someActions(), action("esc", "back", "go back", ""), action("enter", "open", "open", ""))
	extra := Actions{action("?", "help", "help", "")}
	for w, want := range map[int]string{
		60: " n new  d delete  / filter  esc back  enter open     ? help ",
		40: " enter open  esc back  n new  …  ? help ",
		32: " enter open  esc back  …        ",
		25: " enter open  esc back  … ",
		24: " enter open  …          ",
		15: " enter open  … ",
		14: " …            ",
	} {
		if got := bare([]string{KeyLine(themes["none"], as, extra, w)}); got != want {
			t.Errorf("%d wide: %q, not %q", w, got, want)
		}
	}
}

func TestKeysThatCannotWorkAreFaint(t *testing.T) {
	th := themes["colours"]
	line := KeyLine(th, someActions(), nil, 60)
	if !strings.Contains(line, th.Paint(theme.Key, "n")) || !strings.Contains(line, th.Paint(theme.Faint, "d")) {
		t.Errorf("%q", line)
	}
}

func helpGroups() []HelpGroup {
	return []HelpGroup{{"Topics", someActions()}, {"Everywhere", Actions{
		action("q", "quit", "quit", ""), action("n", "new", "shadowed", ""), action("e", "", "edit the topic", "there is none"),
	}}}
}

func TestHelpSaysWhatWorksHere(t *testing.T) {
	th := themes["none"]
	var p HelpPage
	got := bare(p.Lines(th, helpGroups(), 72, 10, ""))
	want := strings.Split(" Topics\n"+
		" n  create a topic\n"+
		" d  delete the topic  a topic that has destinations stays\n"+
		" /  filter the list\n"+
		" z  hidden\n"+
		"\n"+
		" Everywhere\n"+
		" q  quit\n"+
		" e  edit the topic    there is none\n", "\n")
	for i, l := range strings.Split(got, "\n") {
		if strings.TrimRight(l, " ") != want[i] {
			t.Errorf("line %d is %q, not %q", i, l, want[i])
		}
	}
	got = bare(p.Lines(th, helpGroups(), 60, 9, "FILTER"))
	if !strings.Contains(got, "filter the list") || strings.Contains(got, "create") || strings.Contains(got, "Everywhere") {
		t.Errorf("filtered:\n%s", got)
	}
	if got := bare(p.Lines(th, helpGroups(), 60, 3, "zz")); !strings.Contains(got, "No key here matches zz.") {
		t.Errorf("nothing found:\n%s", got)
	}
}

func TestHelpUsesColumnsBeforeItScrolls(t *testing.T) {
	th := themes["none"]
	var p HelpPage
	got := bare(p.Lines(th, helpGroups(), 100, 5, ""))
	if p.Position() != "" || !strings.Contains(got, "Everywhere") || !strings.Contains(got, "e  edit the topic") {
		t.Errorf("%s in columns:\n%s", p.Position(), got)
	}
	// Where a reason has no room beside the name it stands below.
	got = bare(p.Lines(th, helpGroups(), 46, 4, ""))
	if p.Position() != "1-4 of 11" || !strings.Contains(got, " d  delete the topic ") || !strings.Contains(got, "    a topic that has destinations stays") {
		t.Errorf("%s:\n%s", p.Position(), got)
	}
	if !p.Bottom() || p.Position() != "8-11 of 11" {
		t.Errorf("at the bottom: %s", p.Position())
	}
	if got = bare(p.Lines(th, helpGroups(), 46, 4, "")); !strings.Contains(got, "e  edit the topic") || !strings.Contains(got, "there is none") {
		t.Errorf("at the bottom:\n%s", got)
	}
	if !p.Move(-1) || !p.Page(-1) || !p.Top() || p.Top() || p.Position() != "1-4 of 11" {
		t.Errorf("back at the top: %s", p.Position())
	}
}

func TestKeysAndHelpAreExactWhateverIsInThem(t *testing.T) {
	for name, th := range themes {
		for _, s := range hostile {
			as := Actions{action("n", s, s, ""), action("d", s, s, s), action("é", "x", s, "")}
			for w := range 60 {
				what := fmt.Sprintf("%s, %q in %d", name, s, w)
				exact(t, what, []string{KeyLine(th, as, as, w)}, w, 1)
				var p HelpPage
				exact(t, what, p.Lines(th, []HelpGroup{{s, as}, {"b", as}}, w, 4, ""), w, 4)
				exact(t, what, p.Lines(th, []HelpGroup{{s, as}}, w, 2, "q"+s), w, 2)
			}
		}
	}
}

func TestConfirm(t *testing.T) {
	for _, c := range []struct {
		rule      string
		keys      string
		yes, done bool
	}{
		{"enter alone never does it", "enter", false, true},
		{"esc does not", "esc", false, true},
		{"n does not", "n", false, true},
		{"y does", "y", true, true},
		{"enter does on the other button", "right enter", true, true},
		{"and does not when it was left again", "tab tab enter", false, true},
		{"other keys are no answer", "x d q", false, false},
		{"the first answer holds", "esc y", false, true},
	} {
		q := NewConfirm(ConfirmOptions{Question: "Delete?"})
		for _, k := range strings.Fields(c.keys) {
			q.Update(press(k))
		}
		if yes, done := q.Answer(); yes != c.yes || done != c.done {
			t.Errorf("%s: yes %v, done %v", c.rule, yes, done)
		}
	}
}

func TestConfirmShowsWhatIsLost(t *testing.T) {
	q := NewConfirm(ConfirmOptions{
		Question: "Delete destination basic?",
		Lost:     []string{"Changes of Patient no longer reach foo."},
		Preview:  []string{"DELETE /fhir/AidboxTopicDestination/basic"},
	})
	lines := q.Lines(themes["none"], 50)
	exact(t, "confirm", lines, 50, -1)
	got := bare(lines)
	for _, want := range []string{"Delete destination basic?", "no longer reach foo", "DELETE /fhir/AidboxTopicDestination/basic", "▸ [ Cancel ]", "  [ Delete ]"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	q.Update(press("right"))
	if got := bare(q.Lines(themes["none"], 50)); !strings.Contains(got, "▸ [ Delete ]") || strings.Contains(got, "▸ [ Cancel ]") {
		t.Errorf("the button is not seen:\n%s", got)
	}
}

func TestToast(t *testing.T) {
	th := themes["none"]
	now := time.Now()
	var toast Toast
	if toast.Tick(now) || toast.Lines(th, 10) != nil {
		t.Error("says something at the start")
	}
	toast.Say(now, theme.OK, "201 Created\x1b[2J")
	if got := bare(toast.Lines(th, 22)); got != " ✓ 201 Created␛[2J    " {
		t.Errorf("%q", got)
	}
	if toast.Tick(now.Add(4*time.Second)) || !toast.Tick(now.Add(6*time.Second)) || toast.Text() != "" {
		t.Error("a message does not go when its time is over")
	}
	toast.Say(now, theme.Bad, "Aidbox refused the destination (422)")
	if toast.Tick(now.Add(time.Hour)) || toast.Text() == "" {
		t.Error("an error goes by itself")
	}
	lines := toast.Lines(th, 20)
	exact(t, "toast", lines, 20, -1)
	if got := bare(lines); !strings.Contains(got, "✗ Aidbox refused") || !strings.Contains(got, "(422)") {
		t.Errorf("%q", got)
	}
	toast.Dismiss()
	if toast.Text() != "" {
		t.Error("stays when it was read")
	}
}

func TestAToastTakesOneLine(t *testing.T) {
	th := themes["none"]
	said := "201 Created Patient/5e78f7b8-9c1d-4e55-8f6a-2b1f0a9c7d11 in 3 ms"
	for w, want := range map[int]string{
		70: " ✓ 201 Created Patient/5e78f7b8-9c1d-4e55-8f6a-2b1f0a9c7d11 in 3 ms ",
		50: " ✓ 201 Created Patient/5e78f…2b1f0a9c7d11 in 3 ms ",
		38: " ✓ 201 Created Patient…9c7d11 in 3 ms ",
		30: " ✓ 201 Created Patien…9c7d11… ",
		3:  " … ",
		2:  "",
	} {
		var toast Toast
		toast.Say(time.Now(), theme.OK, said)
		if got := toast.Line(th, w); got != want || term.Width(got) > w {
			t.Errorf("%d wide: %q, not %q", w, got, want)
		}
		if lines := toast.Lines(th, w); len(lines) != 1 {
			t.Errorf("%d wide: %d lines", w, len(lines))
		}
	}
}

func TestAnErrorTakesAtMostThreeLines(t *testing.T) {
	th := themes["none"]
	id := "Patient/" + strings.Repeat("0123456789", 20)
	var toast Toast
	toast.Say(time.Now(), theme.Bad, "Aidbox refused "+id+" (422): there is no such topic")
	for w, want := range map[int]int{300: 1, 230: 2, 90: 3, 60: 3, 20: 3} {
		lines := toast.Lines(th, w)
		exact(t, fmt.Sprint(w), lines, w, want)
		if got := bare(lines); w > 20 && !strings.Contains(got, "such topic") {
			t.Errorf("%d wide: what is wrong is not told:\n%s", w, got)
		}
	}
	if got := bare([]string{toast.Line(th, 60)}); got != " ✗ Aidbox refused Patien…456789 (422): there is no such to… " {
		t.Errorf("%q", got)
	}
}

// What a server calls something may be of any length.
func TestToastsAndLabelsAreBounded(t *testing.T) {
	th, long := themes["none"], strings.Repeat("long ", 1<<18)
	var toast Toast
	toast.Say(time.Now(), theme.Bad, long)
	if n := len(toast.Text()); n > 1000 {
		t.Errorf("%d bytes are kept of a message", n)
	}
	if n := len(Label(th, "name", long, 80)); n > 100 {
		t.Errorf("a value takes %d lines", n)
	}
}

func TestQuestionsAreExactWhateverIsInThem(t *testing.T) {
	for name, th := range themes {
		for _, s := range hostile {
			var toast Toast
			toast.Say(time.Now(), theme.Bad, s)
			q := NewConfirm(ConfirmOptions{Question: s, Lost: []string{s, s}, Preview: []string{s}, Verb: s})
			for w := range 40 {
				what := fmt.Sprintf("%s, %q in %d", name, s, w)
				exact(t, what, q.Lines(th, w), w, -1)
				exact(t, what, toast.Lines(th, w), w, -1)
				if l := toast.Line(th, w); term.Width(l) > w || term.Fit(l, term.Width(l)) != l {
					t.Errorf("%s: the toast is %q", what, l)
				}
			}
		}
	}
}
