package term_test

import (
	"bytes"
	"os"
	"testing"
	"time"

	"github.com/creack/pty"

	"aidbox-nats/tui/term"
)

// terminal answers what it is asked: each question with its answer, once.
func terminal(t *testing.T, answer string) (slave *os.File, asked <-chan string) {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	questions := make(chan string, 1)
	go func() {
		var got []byte
		buf := make([]byte, 256)
		for {
			n, err := master.Read(buf)
			got = append(got, buf[:n]...)
			if err != nil {
				questions <- string(got)
				return
			}
			if bytes.HasSuffix(got, []byte("\x1b[c")) {
				master.WriteString(answer)
			}
		}
	}()
	t.Cleanup(func() { master.Close() })
	return slave, questions
}

func TestDetectDark(t *testing.T) {
	const attributes = "\x1b[?62;22c"
	for _, c := range []struct {
		rule   string
		o      term.DarkOptions
		env    []string
		answer string
		asks   bool
		dark   bool
	}{
		{rule: "the person's word wins", o: term.DarkOptions{Choice: "light"}, env: []string{"COLORFGBG=15;0"}, dark: false},
		{rule: "in either way", o: term.DarkOptions{Choice: "Dark"}, env: []string{"COLORFGBG=0;15"}, dark: true},
		{rule: "COLORFGBG says light", env: []string{"COLORFGBG=0;15"}, dark: false},
		{rule: "COLORFGBG says dark", env: []string{"COLORFGBG=15;default;0"}, dark: true},
		{rule: "COLORFGBG says nothing", env: []string{"COLORFGBG=15;default"}, answer: attributes, asks: true, dark: true},
		{rule: "the terminal says light", answer: "\x1b]11;rgb:ffff/ffff/eeee\x1b\\" + attributes, asks: true, dark: false},
		{rule: "the terminal says dark", answer: "\x1b]11;rgb:1e1e/1e1e/1e1e\a" + attributes, asks: true, dark: true},
		{rule: "in eight bits", answer: "\x1b]11;rgb:fa/f8/f5\a" + attributes, asks: true, dark: false},
		{rule: "the terminal does not know", answer: attributes, asks: true, dark: true},
		{rule: "a dumb terminal is not asked", env: []string{"TERM=dumb"}, dark: true},
	} {
		t.Run(c.rule, func(t *testing.T) {
			slave, asked := terminal(t, c.answer)
			o := c.o
			o.In, o.Out, o.Env, o.Timeout = slave, slave, env(c.env...), 15*time.Second
			if got := term.DetectDark(o); got != c.dark {
				t.Errorf("dark is %v", got)
			}
			slave.Close()
			if q := <-asked; (q != "") != c.asks {
				t.Errorf("the terminal was asked %q", q)
			}
		})
	}
}

func TestASilentTerminalIsAskedOnceAndNotForLong(t *testing.T) {
	slave, asked := terminal(t, "")
	start := time.Now()
	if !term.DetectDark(term.DarkOptions{In: slave, Out: slave, Env: env()}) {
		t.Error("light without an answer")
	}
	if took := time.Since(start); took > 4*time.Second {
		t.Errorf("took %v", took)
	}
	slave.Close()
	if q := <-asked; q != "\x1b]11;?\x1b\\\x1b[c" {
		t.Errorf("asked %q", q)
	}
}

func TestAFileIsNotAsked(t *testing.T) {
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if !term.DetectDark(term.DarkOptions{In: f, Out: f, Env: env()}) {
		t.Error("light without an answer")
	}
	if info, err := f.Stat(); err != nil || info.Size() != 0 {
		t.Errorf("%v, %d bytes written", err, info.Size())
	}
}
