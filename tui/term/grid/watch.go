package grid

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"aidbox-nats/tui/term"
)

// watch reads what a terminal is sent and keeps what should not be in it.
type watch struct {
	parser     *ansi.Parser
	unexpected []string
	copied     string
	mouse      bool
}

// maxUnexpected bounds what is kept; the first few tell enough.
const maxUnexpected = 20

func newWatch() *watch {
	w := &watch{parser: ansi.NewParser()}
	w.parser.SetDataSize(1 << 20)
	w.parser.SetHandler(ansi.Handler{
		Print:   w.print,
		Execute: w.execute,
		HandleCsi: func(cmd ansi.Cmd, params ansi.Params) {
			if !expectedCSI(cmd, params) {
				w.note("CSI %s%c %v", prefix(cmd), cmd.Final(), params)
			}
			w.mode(cmd, params)
		},
		HandleEsc: func(cmd ansi.Cmd) {
			if cmd.Final() != '\\' { // the end of a string
				w.note("ESC %c", cmd.Final())
			}
		},
		HandleOsc: w.osc,
		HandleDcs: func(cmd ansi.Cmd, _ ansi.Params, data []byte) { w.note("DCS %c %.40q", cmd.Final(), data) },
		HandleApc: func(data []byte) { w.note("APC %.40q", data) },
		HandlePm:  func(data []byte) { w.note("PM %.40q", data) },
		HandleSos: func(data []byte) { w.note("SOS %.40q", data) },
	})
	return w
}

func (w *watch) write(p []byte) {
	for _, b := range p {
		w.parser.Advance(b)
	}
}

// mode keeps whether the terminal is asked to report its mouse.
func (w *watch) mode(cmd ansi.Cmd, params ansi.Params) {
	if mode, _, _ := params.Param(0, 0); cmd.Prefix() == '?' && mode == 1002 {
		w.mouse = cmd.Final() == 'h'
	}
}

func (w *watch) note(format string, args ...any) {
	if len(w.unexpected) < maxUnexpected {
		w.unexpected = append(w.unexpected, fmt.Sprintf(format, args...))
	}
}

// print looks for characters that reorder or hide others, or have no ink: those
// that do not outlast the cleaning.
func (w *watch) print(r rune) {
	if r >= 0x80 && !strings.ContainsRune(term.Clean("a"+string(r)), r) {
		w.note("the character %U", r)
	}
}

func (w *watch) execute(b byte) {
	if b != '\r' && b != '\n' {
		w.note("the control %#02x", b)
	}
}

func (w *watch) osc(cmd int, data []byte) {
	switch cmd {
	case 0, 2: // the title of the window
	case 11: // the question for the background
		if string(data) != "11;?" {
			w.note("OSC %.40q", data)
		}
	case 52:
		parts := strings.SplitN(string(data), ";", 3)
		text, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
		if err != nil || len(parts) != 3 {
			w.note("OSC %.40q", data)
			return
		}
		w.copied = string(text)
	default:
		w.note("OSC %.40q", data)
	}
}

// modes are those that Bubble Tea and term.Output set and reset: the cursor,
// the mouse, focus, the alternate screen, pastes, synchronised output.
var modes = map[int]bool{25: true, 1002: true, 1003: true, 1004: true, 1006: true, 1049: true, 2004: true, 2026: true}

func expectedCSI(cmd ansi.Cmd, params ansi.Params) bool {
	switch final := cmd.Final(); {
	case cmd.Intermediate() != 0:
		return false
	case cmd.Prefix() == '?' && (final == 'h' || final == 'l'):
		mode, _, _ := params.Param(0, 0)
		return len(params) == 1 && modes[mode]
	case cmd.Prefix() != 0:
		return false
	default:
		// Colours, places of the cursor, erasing, and the question for the
		// terminal's attributes.
		return strings.IndexByte("mHABCDGKJc", final) >= 0
	}
}

func prefix(cmd ansi.Cmd) string {
	if p := cmd.Prefix(); p != 0 {
		return string(rune(p))
	}
	return ""
}
