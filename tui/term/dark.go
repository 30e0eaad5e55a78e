package term

import (
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	xterm "github.com/charmbracelet/x/term"
	"github.com/muesli/cancelreader"
)

// DarkOptions say how [DetectDark] finds out.
type DarkOptions struct {
	// Choice is the person's own word, "dark" or "light". Empty or anything
	// else: find out.
	Choice string
	// Env looks up a variable of the environment. Nil: os.Getenv.
	Env func(string) string
	// In and Out are the terminal. Nil or no terminal: nothing is asked.
	In, Out *os.File
	// Timeout bounds the wait for the terminal's answer. Zero: 150 ms.
	Timeout time.Duration
}

// DetectDark reports whether the terminal's background is dark, by the
// person's choice, the variable COLORFGBG, or one question to the terminal; if
// nothing says, it is dark. The question needs the terminal for itself: ask
// before Bubble Tea reads from it. Keys that are typed while the answer is
// awaited are lost.
func DetectDark(o DarkOptions) bool {
	if o.Env == nil {
		o.Env = os.Getenv
	}
	if o.Timeout == 0 {
		o.Timeout = 150 * time.Millisecond
	}
	switch strings.ToLower(o.Choice) {
	case "dark":
		return true
	case "light":
		return false
	}
	if dark, ok := darkColorFGBG(o.Env("COLORFGBG")); ok {
		return dark
	}
	if !IsTerminal(o.In) || !IsTerminal(o.Out) || o.Env("TERM") == "dumb" {
		return true
	}
	if dark, ok := askBackground(o.In, o.Out, o.Timeout); ok {
		return dark
	}
	return true
}

// darkColorFGBG reads "15;0" or "15;default;0": the last number is the
// background's place among the sixteen colours.
func darkColorFGBG(v string) (dark, ok bool) {
	_, bg, ok := strings.Cut(v, ";")
	if !ok {
		return false, false
	}
	bg = bg[strings.LastIndexByte(bg, ';')+1:]
	n, err := strconv.Atoi(bg)
	if err != nil || n < 0 || n > 15 {
		return false, false
	}
	return n < 7 || n == 8, true
}

// The question is OSC 11, followed by a question for the device's attributes
// that every terminal answers: that answer alone means that the first is not
// understood, and the wait is over.
// https://invisible-island.net/xterm/ctlseqs/ctlseqs.html#h3-Operating-System-Commands
const backgroundQuestion = "\x1b]11;?\x1b\\\x1b[c"

var (
	backgroundAnswer = regexp.MustCompile(`\x1b\]11;rgba?:([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})`)
	attributesAnswer = regexp.MustCompile(`\x1b\[\?[0-9;]*c`)
)

func askBackground(in, out *os.File, timeout time.Duration) (dark, ok bool) {
	state, err := xterm.MakeRaw(in.Fd())
	if err != nil {
		return false, false
	}
	defer xterm.Restore(in.Fd(), state)
	r, err := cancelreader.NewReader(in)
	if err != nil {
		return false, false
	}
	defer r.Close()
	if _, err := io.WriteString(out, backgroundQuestion); err != nil {
		return false, false
	}
	answer := make(chan string, 1)
	go func() { answer <- readAnswer(r) }()
	timer := time.AfterFunc(timeout, func() { r.Cancel() })
	defer timer.Stop()
	return darkAnswer(<-answer)
}

// readAnswer reads until the attributes have come, the reader is cancelled, or
// far more has come than an answer holds.
func readAnswer(r io.Reader) string {
	var got []byte
	buf := make([]byte, 256)
	for len(got) < 4096 {
		n, err := r.Read(buf)
		got = append(got, buf[:n]...)
		if err != nil || attributesAnswer.Match(got) {
			break
		}
	}
	return string(got)
}

func darkAnswer(s string) (dark, ok bool) {
	m := backgroundAnswer.FindStringSubmatch(s)
	if m == nil {
		return false, false
	}
	var luma float64
	for i, weight := range []float64{0.299, 0.587, 0.114} {
		v, err := strconv.ParseUint(m[i+1], 16, 16)
		if err != nil {
			return false, false
		}
		full := uint64(1)<<(4*len(m[i+1])) - 1
		luma += weight * float64(v) / float64(full)
	}
	return luma < 0.5, true
}
