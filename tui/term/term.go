// Package term is the terminal itself: what text may reach it, how wide that
// text is, which keys it sends, how frames are written to it, how something
// gets onto its clipboard and whether its background is dark.
//
// Everything that is drawn passes through [Clean] or [Fit]. After either, a
// line holds printable characters and, for Fit, SGR colour sequences, nothing
// else, so text from a server can neither move the cursor nor reorder, hide or
// widen what stands beside it. A character that has no ink, a bidirectional
// control or one of no width, is seen as ␦; broken UTF-8 as U+FFFD.
package term

import (
	"os"

	xterm "github.com/charmbracelet/x/term"
)

// IsTerminal reports whether f is a terminal. A console needs both its input
// and its output to be one.
func IsTerminal(f *os.File) bool {
	return f != nil && xterm.IsTerminal(f.Fd())
}
