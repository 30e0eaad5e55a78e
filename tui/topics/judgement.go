package topics

import (
	"errors"
	"strings"

	"aidbox-nats/aidbox/criteria"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
)

// wrongLines show where a criterion is wrong: the line of it, a caret below the
// place, and why.
func wrongLines(th theme.Theme, source string, err error, w int) []string {
	var syntax *criteria.SyntaxError
	if !errors.As(err, &syntax) {
		return painted(th, theme.Bad, "✗ "+err.Error(), w)
	}
	return append(placeLines(th, source, syntax, w), painted(th, theme.Bad, "✗ "+placed(source, syntax), w)...)
}

// placed is why a criterion is wrong, behind the place: "column 14: unexpected
// ...".
func placed(source string, err *criteria.SyntaxError) string {
	where := "column " + number(err.Column)
	if strings.Contains(source, "\n") {
		where = "line " + number(err.Line) + ", " + where
	}
	return where + ": " + err.Message
}

// placeLines are the line of a criterion that is wrong and a caret below the
// place.
func placeLines(th theme.Theme, source string, err *criteria.SyntaxError, w int) []string {
	lines := strings.Split(source, "\n")
	at := max(min(err.Line, len(lines)), 1)
	shown, caret := window(lines[at-1], err.Column-1, w)
	return []string{th.Paint(theme.Text, shown), term.Pad(caret) + th.Paint(theme.Bad, "^")}
}

// window is the part of a line, at most w cells, in which the character at an
// index stands, and the cell where it does.
func window(line string, index, w int) (shown string, caret int) {
	runes := []rune(line)
	index = max(min(index, len(runes)), 0)
	before, behind := term.Clean(string(runes[:index])), term.Clean(string(runes[index:]))
	caret = term.Width(before)
	room := max(w-min(term.Width(behind), w/3)-1, 1)
	if caret > room {
		var tail []rune
		cells := 0
		all := []rune(before)
		for i := len(all) - 1; i >= 0; i-- {
			n := term.Width(string(all[i]))
			if cells+n > room-1 {
				break
			}
			cells += n
			tail = append(tail, all[i])
		}
		reverse(tail)
		before = term.Ellipsis() + string(tail)
		caret = term.Width(before)
	}
	return term.Cut(before+behind, w), min(caret, max(w-1, 0))
}

func reverse(r []rune) {
	for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
		r[i], r[j] = r[j], r[i]
	}
}

func painted(th theme.Theme, role theme.Role, text string, w int) []string {
	var out []string
	for _, l := range term.Wrap(term.Clean(text), max(w, 1)) {
		out = append(out, th.Paint(role, l))
	}
	return out
}

func verdictRole(v criteria.Verdict) theme.Role {
	switch v {
	case criteria.True:
		return theme.OK
	case criteria.False:
		return theme.Bad
	}
	return theme.Warn
}

func verdictSign(p criteria.Part) string {
	switch {
	case p.Err != "":
		return "!"
	case p.Verdict == criteria.True:
		return "✓"
	case p.Verdict == criteria.False:
		return "✗"
	}
	return "○"
}

// verdictLine is the whole answer in one line.
func verdictLine(th theme.Theme, p criteria.Part) string {
	if p.Err != "" {
		return th.Paint(theme.Bad, "! does not fire: it fails on this sample")
	}
	role := verdictRole(p.Verdict)
	if !p.Verdict.Fires() {
		role = theme.Warn
	}
	return th.Paint(role, verdictSign(p)+" "+p.Verdict.Sentence())
}

// treeLines show the parts of a criterion, each with what it gives, and mark
// those that decided.
func treeLines(th theme.Theme, mask data.Mask, p criteria.Part, w int) []string {
	var rows []treeRow
	flatten(&rows, p, "", "")
	widest := 0
	for _, r := range rows {
		widest = max(widest, term.Width(r.lead)+2+term.Width(r.text))
	}
	const verdictWidth = 5
	left := min(widest, max(w-2-verdictWidth-9, 8))
	out := make([]string, 0, len(rows))
	for _, r := range rows {
		role, said := theme.Faint, r.part.Verdict.String()
		if r.part.Decisive {
			role = theme.Text
		}
		if r.part.Err != "" {
			said = "fails"
		}
		sign := verdictSign(r.part)
		line := th.Paint(theme.Faint, r.lead) + th.Paint(verdictRole(r.part.Verdict), sign) + " "
		line = term.Fit(line+th.Paint(role, term.Cut(r.text, max(left-term.Width(r.lead)-2, 1))), left)
		line += "  " + th.Paint(verdictRole(r.part.Verdict), term.Fit(said, verdictWidth))
		if r.part.Decisive && len(rows) > 1 && len(r.part.Parts) == 0 {
			line += "  " + th.Paint(theme.Accent, "decides")
		}
		out = append(out, term.Cut(line, w))
		if r.part.Err != "" && len(r.part.Parts) == 0 {
			indent := term.Width(r.lead) + 2
			for _, l := range term.Wrap(term.Clean(mask.Failure(r.part.Err)), max(w-indent, 8)) {
				out = append(out, term.Cut(term.Pad(indent)+th.Paint(theme.Bad, l), w))
			}
		}
	}
	return out
}

type treeRow struct {
	lead, text string
	part       criteria.Part
}

func flatten(rows *[]treeRow, p criteria.Part, lead, below string) {
	text := term.Clean(inLine(p.Source))
	*rows = append(*rows, treeRow{lead, text, p})
	for i, c := range p.Parts {
		if i == len(p.Parts)-1 {
			flatten(rows, c, below+"└ ", below+"  ")
		} else {
			flatten(rows, c, below+"├ ", below+"│ ")
		}
	}
}
