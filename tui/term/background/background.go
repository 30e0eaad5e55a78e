// Package background keeps Bubble Tea from asking the terminal for its
// background while the program is being initialised, which takes five seconds
// on a terminal that does not answer.
//
// Bubble Tea's init function calls lipgloss.HasDarkBackground, which asks
// unless the answer is already set. Go initialises packages in the order of
// their import paths once their imports are done, and aidbox-nats/... sorts
// before github.com/...: a package that imports lipgloss alone is therefore
// initialised after lipgloss and before Bubble Tea. One more import of Bubble
// Tea, direct or not, would turn that round.
//
// The colours of the console do not depend on the value set here: see
// term.DetectDark.
package background

import "github.com/charmbracelet/lipgloss"

func init() { lipgloss.SetHasDarkBackground(true) }
