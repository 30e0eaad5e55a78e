package term_test

import (
	"bytes"
	"io"
	"os"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	xterm "github.com/charmbracelet/x/term"
	"github.com/creack/pty"

	"aidbox-nats/tui/term"
)

// sized quits when it knows the size of the terminal.
type sized struct{ w, h int }

func (s sized) Init() tea.Cmd { return nil }

func (s sized) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if m, ok := msg.(tea.WindowSizeMsg); ok {
		return sized{m.Width, m.Height}, tea.Quit
	}
	return s, nil
}

func (s sized) View() string { return "frame" }

func TestAFrameIsMarkedAsOneAndTheTerminalStaysOne(t *testing.T) {
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := pty.Setsize(master, &pty.Winsize{Cols: 97, Rows: 31}); err != nil {
		t.Fatal(err)
	}
	got := make(chan []byte)
	go func() {
		b, _ := io.ReadAll(master)
		got <- b
	}()
	out := term.NewOutput(slave)
	if !term.IsTerminal(out.File) || !xterm.IsTerminal(out.Fd()) {
		t.Error("the output is no terminal")
	}
	m, err := tea.NewProgram(sized{}, tea.WithInput(slave), tea.WithOutput(out), tea.WithoutSignalHandler()).Run()
	if err != nil {
		t.Fatal(err)
	}
	slave.Close()
	b := <-got
	master.Close()
	if (m != sized{97, 31}) {
		t.Errorf("the program saw the size %v", m)
	}
	begin, frame, end := []byte("\x1b[?2026h"), []byte("frame"), []byte("\x1b[?2026l")
	i := bytes.Index(b, begin)
	j := bytes.Index(b, frame)
	k := bytes.LastIndex(b, end)
	if i < 0 || j < i || k < j {
		t.Errorf("the frame is not within its marks: %q", b)
	}
}

func TestWriteCountsWhatWasGiven(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	out := term.NewOutput(w)
	if n, err := out.Write([]byte("abc")); n != 3 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if n, err := out.WriteString("\x1b[?25l"); n != 6 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	w.Close()
	b, _ := io.ReadAll(r)
	if want := "\x1b[?2026habc\x1b[?2026l\x1b[?25l"; string(b) != want {
		t.Errorf("%q, not %q", b, want)
	}
	if n, err := out.Write([]byte("abc")); n != 0 || err == nil {
		t.Errorf("after closing: %d, %v", n, err)
	}
}

func TestAFileIsNoTerminal(t *testing.T) {
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if term.IsTerminal(f) || term.IsTerminal(nil) {
		t.Error("a file is taken for a terminal")
	}
}
