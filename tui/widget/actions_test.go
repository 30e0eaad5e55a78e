package widget

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/bubbles/key"

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
		34: " n new  d delete          6 guide ",
		20: " n new      6 guide ",
		12: "    6 guide ",
		5:  "     ",
	} {
		if got := bare([]string{KeyLine(themes["none"], someActions(), extra, w)}); got != want {
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

func TestHelpSaysWhatWorksHere(t *testing.T) {
	groups := []HelpGroup{{"Topics", someActions()}, {"Everywhere", Actions{action("q", "quit", "quit", "")}}}
	th := themes["none"]
	got := bare(Help(th, groups, 60, 9, ""))
	for _, want := range []string{"Topics", "n  create a topic", "d  delete the topic  a topic that has destinations stays", "Everywhere", "q  quit"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	if strings.Contains(got, "disabled") || strings.Contains(got, "hidden") {
		t.Errorf("keys that do nothing are in\n%s", got)
	}
	got = bare(Help(th, groups, 60, 9, "FILTER"))
	if !strings.Contains(got, "filter the list") || strings.Contains(got, "create") || strings.Contains(got, "Everywhere") {
		t.Errorf("filtered:\n%s", got)
	}
	if got := bare(Help(th, groups, 60, 3, "")); !strings.Contains(got, "5 more, / finds them") {
		t.Errorf("cut:\n%s", got)
	}
	if got := bare(Help(th, groups, 100, 4, "")); !strings.Contains(got, "Everywhere") || !strings.Contains(got, "quit") {
		t.Errorf("in columns:\n%s", got)
	}
	if got := bare(Help(th, groups, 60, 3, "zz")); !strings.Contains(got, "No key here matches zz.") {
		t.Errorf("nothing found:\n%s", got)
	}
}

func TestKeysAndHelpAreExactWhateverIsInThem(t *testing.T) {
	for name, th := range themes {
		for _, s := range hostile {
			as := Actions{action("n", s, s, ""), action("d", s, s, s), action("é", "x", s, "")}
			for w := range 60 {
				what := fmt.Sprintf("%s, %q in %d", name, s, w)
				exact(t, what, []string{KeyLine(th, as, as, w)}, w, 1)
				exact(t, what, Help(th, []HelpGroup{{s, as}, {"b", as}}, w, 4, ""), w, 4)
				exact(t, what, Help(th, []HelpGroup{{s, as}}, w, 2, "q"+s), w, 2)
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
	for _, want := range []string{"Delete destination basic?", "no longer reach foo", "DELETE /fhir/AidboxTopicDestination/basic", "[ Cancel ]", "Delete "} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	q.Update(press("right"))
	if got := bare(q.Lines(themes["none"], 50)); !strings.Contains(got, "[ Delete ]") || strings.Contains(got, "[ Cancel ]") {
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
			}
		}
	}
}
