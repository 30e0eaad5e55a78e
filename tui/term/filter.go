package term

import (
	"regexp"

	tea "github.com/charmbracelet/bubbletea"
)

var (
	// A whole report, as it begins after the lost ESC.
	mouseReport = regexp.MustCompile(`^\[<[0-9]+;[0-9]+;[0-9]+[Mm]`)
	// What a report can begin with. The introduction comes as alt+[.
	mouseStart = regexp.MustCompile(`^\[(?:<[0-9;]*)?$`)
	// Ends of reports whose beginning was not seen, and whole ones behind.
	mouseEnds    = regexp.MustCompile(`^(?:\[?<?[0-9]*(?:;[0-9]+)+[Mm])+`)
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
	partial string // the start of a mouse report, swallowed
}

func (f *reportFilter) filter(_ tea.Model, msg tea.Msg) tea.Msg {
	switch msg {
	case tea.EnableMouseCellMotion(), tea.EnableMouseAllMotion():
		f.mouse = true
		return msg
	case tea.DisableMouse():
		f.mouse, f.partial = false, ""
		return msg
	}
	k, ok := msg.(tea.KeyMsg)
	if !ok {
		return msg
	}
	if k.Type != tea.KeyRunes || k.Paste {
		f.partial = ""
		return msg
	}
	if colourAnswer.MatchString(string(k.Runes)) {
		return nil
	}
	if !f.mouse {
		return msg
	}
	return f.report(k)
}

func (f *reportFilter) report(k tea.KeyMsg) tea.Msg {
	text, report := f.partial+string(k.Runes), ""
	switch {
	case k.Alt && text != "[":
		f.partial = ""
		return k
	case mouseReport.MatchString(text):
		report = mouseReport.FindString(text)
	case mouseStart.MatchString(text) && (k.Alt || text != "["):
		f.partial = text
		return nil
	default:
		// What was swallowed before was no report; it is gone.
		text = string(k.Runes)
		report = mouseEnds.FindString(text)
	}
	f.partial = ""
	if report == text {
		return nil
	}
	k.Runes = []rune(text[len(report):])
	return k
}
