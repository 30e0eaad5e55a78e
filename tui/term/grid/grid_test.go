package grid_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"go.uber.org/goleak"

	_ "aidbox-nats/tui/term/background"
	"aidbox-nats/tui/term/grid"
)

func TestMain(m *testing.M) {
	if os.Getenv("GRID_CHILD") != "" {
		child()
		return
	}
	goleak.VerifyTestMain(m)
}

// echo shows the keys it was given, one a line, and its size.
type echo struct {
	keys []string
	size tea.WindowSizeMsg
	view func(echo) string
}

func (e echo) Init() tea.Cmd { return nil }

func (e echo) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		e.size = msg
	case tea.KeyMsg:
		if msg.String() == "ctrl+c" {
			return e, tea.Quit
		}
		e.keys = append(e.keys, msg.String())
	}
	return e, nil
}

func (e echo) View() string {
	if e.view != nil {
		return e.view(e)
	}
	return "keys: " + strings.Join(e.keys, " ") + "\nsize: " + size(e.size)
}

func size(s tea.WindowSizeMsg) string {
	return strings.Repeat("w", s.Width/10) + strings.Repeat("h", s.Height/10)
}

func TestKeysReachTheProgramByName(t *testing.T) {
	g := grid.Start(t, echo{}, 80, 24)
	names := []string{"enter", "esc", "tab", "shift+tab", "up", "down", "left", "right", "home", "end",
		"pgup", "pgdown", "backspace", "delete", "ctrl+s", "alt+x", "f5", "j", "é"}
	g.Press(names...)
	g.WaitFor("keys: " + strings.Join(names[:8], " "))
	got := g.Quit().(echo).keys
	if strings.Join(got, " ") != strings.Join(names, " ") {
		t.Errorf("got %q, not %q", got, names)
	}
}

func TestTypedTextArrivesInOnePiece(t *testing.T) {
	g := grid.Start(t, echo{}, 80, 24)
	g.Type("jjj")
	g.WaitFor("keys: jjj")
}

func TestWaitSeesWhatWasDrawnBefore(t *testing.T) {
	g := grid.Start(t, echo{}, 80, 24)
	g.WaitFor("size:")
	g.Press("a")
	g.WaitFor("keys: a")
	g.WaitFor("size:") // not written again, still there
	g.Press("b")
	g.WaitGone("keys: a\n")
	g.WaitUntil(func(s string) bool { return strings.HasPrefix(s, "keys: a b") })
}

func TestResizeTellsTheProgram(t *testing.T) {
	g := grid.Start(t, echo{}, 80, 24)
	g.WaitFor("size: wwwwwwwwhh")
	g.Resize(120, 40)
	g.WaitFor("size: wwwwwwwwwwwwhhhh")
	if n := len(g.Lines()); n != 40 {
		t.Errorf("%d lines, not 40", n)
	}
}

func TestProgramThatEndsIsWaitedFor(t *testing.T) {
	g := grid.Start(t, echo{}, 80, 24)
	g.WaitFor("size:")
	if !g.AltScreen() {
		t.Error("not on the alternate screen")
	}
	g.Press("ctrl+c")
	if _, err := g.Wait(); err != nil {
		t.Error(err)
	}
	if g.AltScreen() || g.CursorHidden() {
		t.Error("the terminal was not restored")
	}
}

func TestHostileSequencesAreNoticed(t *testing.T) {
	for name, text := range map[string]string{
		"a question for what was copied": "\x1b]52;c;?\x07",
		"a device control":               "\x1bPq\x1b\\",
		"a reset":                        "\x1bc",
		"a keyboard mode":                "\x1b[>4;1m",
		"a mode that is not ours":        "\x1b[?1h",
		"a bell":                         "\a",
		"a tab":                          "\t",
		"an override of the direction":   "\u202e",
		"a tag character":                "\U000e0041",
		"a blank of no width":            "\u200b",
		"a C1 control, written as text":  "\u009b",
	} {
		t.Run(name, func(t *testing.T) {
			g := grid.Start(t, echo{view: func(echo) string { return "before " + text + " after" }}, 80, 24)
			g.WaitFor("after")
			if u := g.Unexpected(); len(u) == 0 {
				t.Error("nothing was noticed")
			}
		})
	}
}

func TestColoursAreKept(t *testing.T) {
	g := grid.Start(t, echo{view: func(echo) string { return "\x1b[1mbold\x1b[0m plain 世" }}, 80, 24)
	g.WaitFor("bold plain 世")
	if s := g.Styled(); !strings.HasPrefix(s, "\x1b[1mbold\x1b[m plain 世") {
		t.Errorf("%q", s)
	}
}

func child() {
	f := os.Stdout
	f.WriteString("\x1b[c") // the attributes, which a terminal answers
	buf := make([]byte, 1)
	for {
		if _, err := os.Stdin.Read(buf); err != nil {
			return
		}
		switch buf[0] {
		case 'q':
			f.WriteString("bye\r\n")
			return
		case 'c':
			f.WriteString("answered\r\n")
		}
	}
}

func TestCommandOnAPseudoTerminal(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", `stty raw -echo; GRID_CHILD=1 exec "$0"`, self)
	cmd.Env = append(os.Environ(), "TERM=xterm-256color")
	g := grid.Exec(t, cmd, 80, 24, true)
	g.WaitFor("answered")
	g.Press("q")
	g.WaitFor("bye")
	if _, err := g.Wait(); err != nil {
		t.Errorf("the command ended with %v", err)
	}
}
