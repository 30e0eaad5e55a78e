package widget

import (
	"strings"
	"testing"

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

// What a server calls something may be of any length.
