package widget

import (
	"fmt"
	"strings"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
)

// HelpGroup is a part of the help: a pane's actions, or those that work
// everywhere.
type HelpGroup struct {
	Title   string
	Actions Actions
}

// Help draws what can be done here, in as many columns as w has room for:
// exactly h lines, each exactly w wide. With a filter only actions whose key
// or words contain it are shown. An action that cannot work now says why.
func Help(th theme.Theme, groups []HelpGroup, w, h int, filter string) []string {
	if h <= 0 || w <= 0 {
		return make([]string, max(h, 0))
	}
	lines := helpLines(th, groups, strings.ToLower(filter))
	if len(lines) == 0 {
		text := "No key does that here."
		if filter != "" {
			text = "No key here matches " + term.Clean(filter) + "."
		}
		lines = []string{th.Paint(theme.Faint, text)}
	}
	const columnWidth = 46
	columns := max(1, min(w/columnWidth, (len(lines)+h-1)/h))
	if places := columns * h; len(lines) > places {
		more := fmt.Sprintf("%d more, / finds them", len(lines)-places+1)
		lines = append(lines[:places-1:places-1], th.Paint(theme.Faint, more))
	}
	out := make([]string, h)
	for row := range h {
		var b strings.Builder
		for c := range columns {
			text := ""
			if i := c*h + row; i < len(lines) {
				text = lines[i]
			}
			width := w / columns
			if c == columns-1 {
				width = w - c*width
			}
			b.WriteString(term.Fit(" "+text, width))
		}
		out[row] = b.String()
	}
	return out
}

func helpLines(th theme.Theme, groups []HelpGroup, lower string) []string {
	keyWidth := 0
	for _, g := range groups {
		for _, a := range g.Actions {
			keyWidth = max(keyWidth, term.Width(term.Clean(a.Binding.Help().Key)))
		}
	}
	var lines []string
	for _, g := range groups {
		var part []string
		for _, a := range g.Actions {
			if l, ok := helpLine(th, a, keyWidth, lower); ok {
				part = append(part, l)
			}
		}
		if len(part) == 0 {
			continue
		}
		if len(lines) > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, th.Paint(theme.Strong, term.Clean(g.Title)))
		lines = append(lines, part...)
	}
	return lines
}

func helpLine(th theme.Theme, a Action, keyWidth int, lower string) (string, bool) {
	h := a.Binding.Help()
	if !a.Binding.Enabled() || h.Key == "" {
		return "", false
	}
	k, words := term.Clean(h.Key), term.Clean(a.Name)
	if words == "" {
		words = term.Clean(h.Desc)
	}
	if !strings.Contains(strings.ToLower(k+" "+words+" "+h.Desc), lower) {
		return "", false
	}
	if why := a.Blocked(); why != "" {
		return th.Paint(theme.Faint, term.Fit(k, keyWidth)+"  "+words) + "  " + th.Paint(theme.Warn, term.Clean(why)), true
	}
	return th.Paint(theme.Key, term.Fit(k, keyWidth)) + "  " + words, true
}
