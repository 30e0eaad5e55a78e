// Package shell writes words for a POSIX shell, for the commands that the program offers to copy.
package shell

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/,+%@"

// Quote makes one word of s, whatever stands in it; no argument can hold a zero byte, so s must not. The word reads the same in
// every POSIX shell, dash included, which does not know $'...'. Line ends stay as they are. What cannot be seen (other control
// characters, invalid UTF-8, invisible and direction-changing runes) is spelled out by printf: a terminal acts on it when the
// command is pasted, inside quotes too.
func Quote(s string) string {
	switch {
	case s != "" && strings.Trim(s, plain) == "":
		return s
	case utf8.ValidString(s) && !strings.ContainsFunc(s, unseen):
		return single(s)
	}
	// The shell drops the line ends at the end of a command's output.
	text := strings.TrimRight(s, "\n")
	word := `"$(printf %b '` + spelled(text) + `')"`
	if ends := s[len(text):]; ends != "" {
		word += single(ends)
	}
	return word
}

func single(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// spelled is s as an operand of printf's %b inside single quotes.
func spelled(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError || unseen(r):
			for _, c := range []byte(s[i : i+size]) {
				fmt.Fprintf(&b, `\0%03o`, c)
			}
		case r == '\\':
			b.WriteString(`\\`)
		case r == '\'':
			b.WriteString(`'\''`)
		default:
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	return b.String()
}

func unseen(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }
