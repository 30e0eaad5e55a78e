package term_test

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/term/grid"
)

// keyLog shows the keys that reach it, after splitting, and turns the mouse on
// and off. It shows that too when it has happened: the keys that follow do not
// wait for it.
type keyLog struct {
	split bool
	on    bool
	keys  []string
	mouse int
}

type switched bool

func switching(cmd tea.Cmd, on bool) tea.Cmd {
	return tea.Sequence(cmd, func() tea.Msg { return switched(on) })
}

func (l keyLog) Init() tea.Cmd { return nil }

func (l keyLog) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.MouseMsg:
		l.mouse++
	case switched:
		l.on = bool(msg)
	case tea.KeyMsg:
		keys := []tea.KeyMsg{msg}
		if l.split {
			keys = term.SplitKeys(msg)
		}
		for _, k := range keys {
			switch k.String() {
			case "ctrl+o":
				return l, switching(tea.EnableMouseCellMotion, true)
			case "ctrl+n":
				return l, switching(tea.DisableMouse, false)
			}
			l.keys = append(l.keys, "<"+k.String()+">")
		}
	}
	return l, nil
}

func (l keyLog) View() string {
	is := "off"
	if l.on {
		is = "on"
	}
	return strings.Join(l.keys, "") + "\nmouse " + is + " " + strings.Repeat("x", l.mouse) + "."
}

func TestFastKeysAreKeysOfTheirOwn(t *testing.T) {
	g := grid.Start(t, keyLog{split: true}, 80, 24)
	g.Type("jjj")
	g.WaitFor("<j><j><j>")
	g.Type("a b")
	g.WaitFor("<a>< ><b>")
	g.Paste("whole paste")
	g.WaitFor("<[whole paste]>")
}

func TestSplitKeysLeavesOtherKeys(t *testing.T) {
	for _, k := range []tea.KeyMsg{
		{Type: tea.KeyEnter},
		{Type: tea.KeyRunes, Runes: []rune("j")},
		{Type: tea.KeyRunes, Runes: []rune("j"), Alt: true},
		{Type: tea.KeyRunes, Runes: []rune("a b"), Paste: true},
	} {
		if got := term.SplitKeys(k); len(got) != 1 || got[0].String() != k.String() {
			t.Errorf("%q becomes %v", k, got)
		}
	}
}

// The pieces are those that a report is read in when it is split there.
func TestPiecesOfMouseReportsAreNoKeys(t *testing.T) {
	for name, pieces := range map[string][]string{
		"within the place":       {"\x1b[<64;10", ";5M"},
		"after the button":       {"\x1b[<64;", "10;5M"},
		"before the end":         {"\x1b[<64;10;5", "M"},
		"after the introduction": {"\x1b[", "<64;10;5M"},
		"in three":               {"\x1b[<64", ";10;", "5m"},
		"after ESC, but for esc": {"[<64;10", ";5M"},
		"the end only":           {";5M"},
		"two ends":               {";5M[<0;1;1m"},
		"with a key behind":      {"\x1b[<64;10", ";5Mk"},
	} {
		t.Run(name, func(t *testing.T) {
			g := grid.Start(t, keyLog{split: true}, 80, 24, tea.WithFilter(term.Filter()))
			g.Press("ctrl+o", "a")
			g.WaitFor("<a>")
			g.WaitFor("mouse on")
			for _, p := range pieces {
				g.Raw(p)
			}
			want := "<a><b>"
			if name == "with a key behind" {
				want = "<a><k><b>"
			}
			g.Press("b")
			g.WaitFor("<b>")
			if got := g.Lines()[0]; got != want {
				t.Errorf("%s, not %s", got, want)
			}
		})
	}
}

func TestWholeMouseReportsPass(t *testing.T) {
	g := grid.Start(t, keyLog{split: true}, 80, 24, tea.WithFilter(term.Filter()))
	g.Press("ctrl+o")
	g.WaitFor("mouse on")
	g.Raw("\x1b[<64;10;5M")
	g.WaitFor("mouse on x.")
}

func TestWithoutTheMouseTheSameKeysPass(t *testing.T) {
	g := grid.Start(t, keyLog{split: true}, 80, 24, tea.WithFilter(term.Filter()))
	g.Type(";5M")
	g.WaitFor("<;><5><M>")
	g.Press("ctrl+o")
	g.WaitFor("mouse on")
	g.Type(";5M")
	g.Press("a")
	g.WaitFor("<;><5><M><a>")
	g.Press("ctrl+n")
	g.WaitFor("mouse off")
	g.Type(";5M")
	g.WaitFor("<;><5><M><a><;><5><M>")
}

func TestALateAnswerAboutTheBackgroundIsNoKeys(t *testing.T) {
	g := grid.Start(t, keyLog{split: true}, 80, 24, tea.WithFilter(term.Filter()))
	g.Raw("\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\")
	g.Press("a")
	g.WaitFor("<a>")
	if line := g.Lines()[0]; strings.ContainsAny(line, "1234567890") {
		t.Errorf("digits reached the program: %s", line)
	}
}
