package term

import (
	"regexp"

	tea "github.com/charmbracelet/bubbletea"
)

var (
	mouseReports = regexp.MustCompile(`^(?:\[?<?[0-9]*(?:;[0-9]+)+[Mm])+`)
	mouseStart   = regexp.MustCompile(`^\[?<[0-9;]*$`)
	mousePart    = regexp.MustCompile(`^[0-9;]*[Mm]?`)
	colourAnswer = regexp.MustCompile(`^\]?1[01];rgb:[0-9a-fA-F/]+\\?$`)
)

// Filter returns a function for tea.WithFilter that swallows pieces of
// terminal reports which reach the program as if they were typed. A mouse
// report that is split between two reads leaks as "[", "<64;10" and ";5M"; it
// is recognised only while the mouse is on, which the filter learns from the
// messages that switch it. A late answer to the question of [DetectDark] is
// recognised always. The returned function keeps state and belongs to one
// program.
func Filter() func(tea.Model, tea.Msg) tea.Msg {
	f := &reportFilter{}
	return f.filter
}

type reportFilter struct {
	mouse   bool
	partial bool // the start of a mouse report was swallowed, its end is due
}

func (f *reportFilter) filter(_ tea.Model, msg tea.Msg) tea.Msg {
	switch msg {
	case tea.EnableMouseCellMotion(), tea.EnableMouseAllMotion():
		f.mouse = true
		return msg
	case tea.DisableMouse():
		f.mouse, f.partial = false, false
		return msg
	}
	k, ok := msg.(tea.KeyMsg)
	if !ok || k.Type != tea.KeyRunes || k.Paste {
		return msg
	}
	text := string(k.Runes)
	if colourAnswer.MatchString(text) {
		return nil
	}
	if !f.mouse {
		return msg
	}
	if f.partial {
		return f.rest(k, text, mousePart.FindString(text))
	}
	if k.Alt {
		if text == "[" {
			f.partial = true
			return nil
		}
		return msg
	}
	if mouseStart.MatchString(text) {
		f.partial = true
		return nil
	}
	return f.rest(k, text, mouseReports.FindString(text))
}

// rest returns what of a key message is left when the report in front of it is
// taken away.
func (f *reportFilter) rest(k tea.KeyMsg, text, report string) tea.Msg {
	f.partial = f.partial && report == text && text != "" && !finished(text)
	if report == "" {
		return k
	}
	if report == text {
		return nil
	}
	k.Runes = []rune(text[len(report):])
	return k
}

func finished(report string) bool {
	c := report[len(report)-1]
	return c == 'M' || c == 'm'
}
