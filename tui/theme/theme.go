// Package theme says how things look by what they mean. Nothing else in the
// console names a colour.
//
// One accent marks where the hands are; ok, warn and bad stand beside a word
// or a sign that says the same; everything else is the terminal's own text,
// strong or faint. Without colours the roles differ by bold, faint, underline
// and reverse.
//
// Each colour is given for 16, 256 and all colours: a terminal that has fewer
// would otherwise have the nearest searched at each drawing.
package theme

import (
	"io"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// Role is what a piece of text means. The zero Role is plain text.
type Role uint8

// The roles. Each is also a field of [Styles].
const (
	Text        Role = iota
	Strong           // what the eye should find first
	Faint            // labels, units, what is only context
	Accent           // where the hands are
	OK               // works
	Warn             // works, but look
	Bad              // does not work
	Selected         // the row under the cursor
	Key              // a key that can be pressed
	Border           // the frame of a pane
	BorderFocus      // the frame of the pane that has the keys
	Title            // the name of a pane
	TitleFocus       // the name of the pane that has the keys
	Core             // the core NATS kind
	JS               // the JetStream kind
	Num              // a number that counts
	roles
)

const reset = "\x1b[0m"

// Styles are the roles as lipgloss styles, for libraries that want them.
type Styles struct {
	Text, Strong, Faint, Accent lipgloss.Style
	OK, Warn, Bad               lipgloss.Style
	Selected, Key               lipgloss.Style
	Border, BorderFocus         lipgloss.Style
	Title, TitleFocus           lipgloss.Style
	Core, JS, Num               lipgloss.Style

	// Dark says which background the colours are for.
	Dark bool
	// Colourless says that roles differ by attributes alone.
	Colourless bool

	plain, selected [roles]string
}

// Theme is the look of one console. It is small, immutable, and safe for
// concurrent use. Make it with [New].
type Theme struct{ *Styles }

// Options configure [New]. The zero value is for a light background.
type Options struct {
	Dark bool
	// Renderer knows how many colours the terminal has. Nil: lipgloss's
	// default, which looks at standard output.
	Renderer *lipgloss.Renderer
}

// New makes a theme. A renderer whose profile has no colours (NO_COLOR asks
// for that) gives a theme of attributes alone.
func New(o Options) Theme {
	r := o.Renderer
	if r == nil {
		r = lipgloss.DefaultRenderer()
	}
	s := &Styles{Dark: o.Dark}
	if r.ColorProfile() == termenv.Ascii {
		// termenv drops bold and reverse too where it has no colours; a
		// profile that has them is asked for attributes only.
		s.Colourless = true
		r = lipgloss.NewRenderer(io.Discard)
		r.SetColorProfile(termenv.ANSI)
		s.attributes(r.NewStyle())
	} else {
		p := light
		if o.Dark {
			p = dark
		}
		s.colours(r.NewStyle(), p, r.ColorProfile() == termenv.ANSI)
	}
	for role := Text; role < roles; role++ {
		st := s.Style(role)
		s.plain[role] = opening(st)
		if s.Selected.GetReverse() {
			// One bar from end to end: what is faint on it could not be read, and
			// a colour would be a hole in it, unless it warns.
			switch role {
			case OK, Warn, Bad:
			default:
				st = s.Text
			}
		}
		s.selected[role] = opening(st.Inherit(s.Selected))
	}
	return Theme{s}
}

// Style is the lipgloss style of a role.
func (s *Styles) Style(r Role) lipgloss.Style {
	switch r {
	case Strong:
		return s.Strong
	case Faint:
		return s.Faint
	case Accent:
		return s.Accent
	case OK:
		return s.OK
	case Warn:
		return s.Warn
	case Bad:
		return s.Bad
	case Selected:
		return s.Selected
	case Key:
		return s.Key
	case Border:
		return s.Border
	case BorderFocus:
		return s.BorderFocus
	case Title:
		return s.Title
	case TitleFocus:
		return s.TitleFocus
	case Core:
		return s.Core
	case JS:
		return s.JS
	case Num:
		return s.Num
	}
	return s.Text
}

// Paint returns text in the look of a role. The text must be clean.
func (t Theme) Paint(r Role, text string) string {
	if r >= roles {
		r = Text
	}
	return paint(t.plain[r], text)
}

// PaintSelected is Paint on the row under the cursor.
func (t Theme) PaintSelected(r Role, text string) string {
	if r >= roles {
		r = Text
	}
	return paint(t.selected[r], text)
}

func paint(open, text string) string {
	if open == "" || text == "" {
		return text
	}
	return open + text + reset
}

// opening is the escape sequence with which st begins.
func opening(st lipgloss.Style) string {
	open, _, _ := strings.Cut(st.Render("x"), "x")
	return open
}
