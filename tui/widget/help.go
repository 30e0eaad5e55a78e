package widget

import (
	"slices"
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

// HelpPage is the help as a window that can be moved in. The zero value is at
// the top.
type HelpPage struct{ scroll Scroll }

const (
	// helpColumn is the least width of a column of the help.
	helpColumn = 46
	// helpReason is the least width in which a reason stands beside the name;
	// where there is less it stands below.
	helpReason = 24
	// helpGap is between key, name and reason.
	helpGap = 2
)

// Lines draw what can be done here, in as many columns as it needs and w has
// room for: exactly h lines, each exactly w wide. With a filter only actions
// whose key or words contain it are shown. An action that cannot work now says
// why. Every key is shown once, with the first action that it belongs to, as
// the groups come: that is the one that it does.
func (p *HelpPage) Lines(th theme.Theme, groups []HelpGroup, w, h int, filter string) []string {
	if h <= 0 || w <= 0 {
		return make([]string, max(h, 0))
	}
	rows := helpRows(groups, strings.ToLower(filter))
	if len(rows) == 0 {
		text := "No key does that here."
		if filter != "" {
			text = "No key here matches " + term.Clean(filter) + "."
		}
		p.scroll.SetSize(h, 1)
		out := make([]string, h)
		for i := range out {
			out[i] = term.Pad(w)
		}
		out[0] = term.Fit(" "+th.Paint(theme.Faint, text), w)
		return out
	}
	var lines []string
	columns := 1
	for {
		lines = helpLines(th, rows, w/columns-1)
		if len(lines) <= columns*h || (columns+1)*helpColumn > w {
			break
		}
		columns++
	}
	height := max(h, (len(lines)+columns-1)/columns)
	p.scroll.SetSize(h, height)
	out := make([]string, h)
	for row := range h {
		var b strings.Builder
		for c := range columns {
			text := ""
			if i := c*height + p.scroll.Offset() + row; i < min((c+1)*height, len(lines)) {
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

// Position says what is seen, "1-20 of 44", or nothing when all is.
func (p *HelpPage) Position() string { return p.scroll.Position() }

// Move moves the window by lines.
func (p *HelpPage) Move(delta int) bool { return p.scroll.Move(delta) }

// Page moves the window by its height.
func (p *HelpPage) Page(delta int) bool { return p.scroll.Page(delta) }

// Top moves to the first line.
func (p *HelpPage) Top() bool { return p.scroll.Top() }

// Bottom moves to the last line.
func (p *HelpPage) Bottom() bool { return p.scroll.Bottom() }

// helpRow is a title, when it has no key, or an action; all of it clean.
type helpRow struct{ key, name, why string }

// helpRows are what the filter lets through, an empty row before each group
// but the first.
func helpRows(groups []HelpGroup, lower string) []helpRow {
	var out []helpRow
	taken := map[string]bool{}
	for _, g := range groups {
		part := []helpRow{{name: term.Clean(g.Title)}}
		for _, a := range g.Actions {
			if r, ok := newHelpRow(a, taken); ok && strings.Contains(strings.ToLower(r.key+" "+r.name+" "+a.Binding.Help().Desc), lower) {
				part = append(part, r)
			}
		}
		if len(part) == 1 {
			continue
		}
		if len(out) > 0 {
			out = append(out, helpRow{})
		}
		out = append(out, part...)
	}
	return out
}

// newHelpRow is no row where all keys do something else already, in an action
// that comes first.
func newHelpRow(a Action, taken map[string]bool) (helpRow, bool) {
	if !a.Binding.Enabled() || len(a.Binding.Keys()) == 0 {
		return helpRow{}, false
	}
	free := slices.ContainsFunc(a.Binding.Keys(), func(k string) bool { return !taken[k] })
	for _, k := range a.Binding.Keys() {
		taken[k] = true
	}
	h := a.Binding.Help()
	r := helpRow{key: term.Clean(h.Key), name: term.Clean(a.Name), why: term.Clean(a.Blocked())}
	if r.key == "" {
		r.key = term.Clean(strings.Join(a.Binding.Keys(), " "))
	}
	if r.name == "" {
		r.name = term.Clean(h.Desc)
	}
	return r, free && r.name != ""
}

// helpLines lay the rows out in w columns: keys, names, and reasons.
func helpLines(th theme.Theme, rows []helpRow, w int) []string {
	keys, names := 0, 0
	for _, r := range rows {
		if r.key != "" {
			keys, names = max(keys, term.Width(r.key)), max(names, term.Width(r.name))
		}
	}
	keys = min(keys, max(w/3, 1))
	indent := keys + helpGap
	reasons := indent + names + helpGap
	beside := w-reasons-1 >= helpReason
	if !beside {
		reasons = indent
	}
	var out []string
	for _, r := range rows {
		switch {
		case r.key == "":
			out = append(out, th.Paint(theme.Strong, term.Cut(r.name, max(w-1, 1))))
			continue
		case r.why == "":
			out = append(out, th.Paint(theme.Key, term.Fit(r.key, keys))+term.Pad(helpGap)+r.name)
			continue
		}
		line := th.Paint(theme.Faint, term.Fit(r.key, keys)+term.Pad(helpGap)+r.name)
		why := term.Wrap(r.why, max(w-reasons-1, 1))
		if beside && len(why) > 0 {
			out = append(out, line+term.Pad(names-term.Width(r.name)+helpGap)+th.Paint(theme.Warn, why[0]))
			why = why[1:]
		} else {
			out = append(out, line)
		}
		for _, l := range why {
			out = append(out, term.Pad(reasons)+th.Paint(theme.Warn, l))
		}
	}
	return out
}
