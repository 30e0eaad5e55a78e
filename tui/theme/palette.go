package theme

import "github.com/charmbracelet/lipgloss"

type palette struct {
	accent, ok, warn, bad, js lipgloss.CompleteColor
	faint, border, selected   lipgloss.CompleteColor
}

// The bright ones of the sixteen colours are left out: common sixteen-colour
// schemes use some of them for the background and its shades.
var (
	dark = palette{
		accent:   lipgloss.CompleteColor{TrueColor: "#61afef", ANSI256: "75", ANSI: "6"},
		ok:       lipgloss.CompleteColor{TrueColor: "#7fc97f", ANSI256: "114", ANSI: "2"},
		warn:     lipgloss.CompleteColor{TrueColor: "#e5c07b", ANSI256: "180", ANSI: "3"},
		bad:      lipgloss.CompleteColor{TrueColor: "#e06c75", ANSI256: "168", ANSI: "1"},
		js:       lipgloss.CompleteColor{TrueColor: "#c678dd", ANSI256: "176", ANSI: "5"},
		faint:    lipgloss.CompleteColor{TrueColor: "#7f848e", ANSI256: "244"},
		border:   lipgloss.CompleteColor{TrueColor: "#4b5263", ANSI256: "240"},
		selected: lipgloss.CompleteColor{TrueColor: "#28384a", ANSI256: "237"},
	}
	light = palette{
		accent:   lipgloss.CompleteColor{TrueColor: "#0b63b8", ANSI256: "25", ANSI: "4"},
		ok:       lipgloss.CompleteColor{TrueColor: "#2f7d32", ANSI256: "28", ANSI: "2"},
		warn:     lipgloss.CompleteColor{TrueColor: "#8a5a00", ANSI256: "94", ANSI: "3"},
		bad:      lipgloss.CompleteColor{TrueColor: "#b3261e", ANSI256: "124", ANSI: "1"},
		js:       lipgloss.CompleteColor{TrueColor: "#8a2da5", ANSI256: "91", ANSI: "5"},
		faint:    lipgloss.CompleteColor{TrueColor: "#6b7280", ANSI256: "243"},
		border:   lipgloss.CompleteColor{TrueColor: "#b0b7c3", ANSI256: "249"},
		selected: lipgloss.CompleteColor{TrueColor: "#dbe7f5", ANSI256: "254"},
	}
)

// colours sets the roles from a palette. Of sixteen colours none is a reliable
// grey or a reliable background: faint and reverse stand for them.
func (s *Styles) colours(base lipgloss.Style, p palette, sixteen bool) {
	s.Text = base
	s.Strong = base.Bold(true)
	s.Accent = base.Foreground(p.accent)
	s.OK = base.Foreground(p.ok)
	s.Warn = base.Foreground(p.warn)
	s.Bad = base.Foreground(p.bad)
	if sixteen {
		s.Faint = base.Faint(true)
		s.Border = s.Faint
		s.Selected = base.Reverse(true).Bold(true)
	} else {
		s.Faint = base.Foreground(p.faint)
		s.Border = base.Foreground(p.border)
		s.Selected = base.Background(p.selected)
	}
	s.Key = s.Accent
	s.BorderFocus = s.Accent
	s.Title = base
	s.TitleFocus = s.Accent.Bold(true)
	s.Core = s.Accent
	s.JS = base.Foreground(p.js)
	s.Num = base
}

func (s *Styles) attributes(base lipgloss.Style) {
	s.Text = base
	s.Strong = base.Bold(true)
	s.Faint = base.Faint(true)
	s.Accent = base.Bold(true)
	s.OK = base
	s.Warn = base.Bold(true)
	s.Bad = base.Bold(true).Underline(true)
	s.Selected = base.Reverse(true).Bold(true)
	s.Key = base.Bold(true)
	s.Border = base.Faint(true)
	s.BorderFocus = base.Bold(true)
	s.Title = base
	s.TitleFocus = base.Bold(true).Reverse(true)
	s.Core = base
	s.JS = base
	s.Num = base
}
