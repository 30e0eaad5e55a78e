package grid

import (
	"fmt"
	"io"
	"strings"
)

// sequences are the bytes that a terminal sends for keys, by the names that
// Bubble Tea gives them.
var sequences = map[string]string{
	"enter": "\r", "esc": "\x1b", "tab": "\t", "shift+tab": "\x1b[Z",
	"backspace": "\x7f", "delete": "\x1b[3~", "space": " ",
	"up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D",
	"home": "\x1b[H", "end": "\x1b[F", "pgup": "\x1b[5~", "pgdown": "\x1b[6~",
	"f1": "\x1bOP", "f2": "\x1bOQ", "f3": "\x1bOR", "f4": "\x1bOS", "f5": "\x1b[15~",
}

// Press presses keys, each read by the program on its own: "enter", "ctrl+c",
// "alt+x", "j".
func (g *Grid) Press(keys ...string) {
	g.t.Helper()
	for _, k := range keys {
		g.Raw(g.sequence(k))
	}
}

func (g *Grid) sequence(k string) string {
	g.t.Helper()
	if s, ok := sequences[k]; ok {
		return s
	}
	if c, ok := strings.CutPrefix(k, "ctrl+"); ok && len(c) == 1 {
		return string(rune(c[0] & 0x1f))
	}
	if c, ok := strings.CutPrefix(k, "alt+"); ok {
		return "\x1b" + g.sequence(c)
	}
	if len([]rune(k)) != 1 {
		g.t.Fatalf("no key is called %q", k)
	}
	return k
}

// Type types text as fast as a terminal can send it: the program reads as many
// keys at once as there are.
func (g *Grid) Type(text string) {
	g.t.Helper()
	// Bubble Tea reads 256 bytes at a time; a longer burst would be cut
	// within a character.
	for len(text) > 0 {
		n := 0
		for i := range text {
			if i > 200 {
				break
			}
			n = i
		}
		if len(text) <= 200 {
			n = len(text)
		}
		g.Raw(text[:n])
		text = text[n:]
	}
}

// Paste pastes text in brackets, as terminals do.
func (g *Grid) Paste(text string) {
	g.t.Helper()
	g.Raw("\x1b[200~" + text + "\x1b[201~")
}

// Raw sends bytes as the terminal would.
func (g *Grid) Raw(bytes string) {
	g.t.Helper()
	if _, err := io.WriteString(g.keys, bytes); err != nil {
		g.t.Fatalf("type into the program: %v\n%s", fmt.Errorf("%q: %w", bytes, err), g.Text())
	}
}
