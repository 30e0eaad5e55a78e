package topics

import (
	"errors"
	"strings"

	"aidbox-nats/aidbox/criteria"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// hints are what the editor tells beneath the fields.
func (d *editor) hints() hints {
	return hints{url: d.urlHint, criterion: d.criterionHint}
}

// urlHint warns of destinations that name the url that was changed.
func (d *editor) urlHint(v widget.Values) widget.Hint {
	old := d.draft.old
	if old == nil || strings.TrimSpace(v["url"]) == old.URL || len(d.m.twins(*old)) > 0 {
		return widget.Hint{}
	}
	ids := d.m.dependentIDs(old.URL)
	if len(ids) == 0 {
		return widget.Hint{}
	}
	return widget.Hint{Role: theme.Warn, Text: "By the url " + old.URL + ", " + useIt(ids)}
}

// judgement is what is known of the criterion of a slot as it is now.
func (d *editor) judgement(slot int, v widget.Values) (judgement, bool) {
	j, ok := d.benches[slot].known()
	return j, ok && j.same(question{resourceType: strings.TrimSpace(v[fieldType(slot)]), source: v[fieldCriteria(slot)]})
}

// criterionHint says what a criterion does with the sample that is at hand, or
// what is wrong with it.
func (d *editor) criterionHint(slot int, v widget.Values) widget.Hint {
	resourceType, source := strings.TrimSpace(v[fieldType(slot)]), v[fieldCriteria(slot)]
	j, known := d.judgement(slot, v)
	switch {
	case strings.TrimSpace(source) == "":
		return widget.Hint{Text: "no criterion: every change fires"}
	case !judgeable(d.m.r4, resourceType):
		return widget.Hint{Text: "only the server can read a criterion of " + resourceType}
	case !known:
		return widget.Hint{Text: "reading it" + term.Ellipsis()}
	case j.wrong != nil:
		return d.wrongHint(source, j.wrong)
	case j.failed != nil:
		return widget.Hint{Role: theme.Warn, Text: d.m.mask.Failure(j.failed.Error())}
	case j.hint != "":
		return widget.Hint{Role: theme.Warn, Text: j.hint + ": FHIRPath takes it for empty"}
	case !j.tried:
		return widget.Hint{Role: theme.OK, Text: "it can be read"}
	case j.part.Err != "":
		return widget.Hint{Role: theme.Bad, Text: "does not fire: it fails on " + j.on}
	case !j.part.Verdict.Fires():
		return widget.Hint{Role: theme.Warn, Text: j.part.Verdict.Sentence() + "   on " + j.on}
	}
	return widget.Hint{Role: theme.OK, Text: j.part.Verdict.Sentence() + "   on " + j.on}
}

// signWidth is the width of the sign that a hint begins with.
const signWidth = 2

// wrongHint says why a criterion is wrong, with a caret right below the place
// where the field shows it.
func (d *editor) wrongHint(source string, err error) widget.Hint {
	h := widget.Hint{Role: theme.Bad, Text: err.Error()}
	var syntax *criteria.SyntaxError
	if !errors.As(err, &syntax) {
		return h
	}
	h.Text = placed(source, syntax)
	if d.beneath(source, syntax) {
		h.Text = term.Pad(caretCell(source, syntax)-signWidth) + "^ " + h.Text
	}
	return h
}

// beneath reports whether a caret in the hint stands right below the place: the
// field shows all of the criterion, and the sign leaves room.
func (d *editor) beneath(source string, err *criteria.SyntaxError) bool {
	return !strings.Contains(source, "\n") && term.Width(term.Clean(source)) < d.width-1 && caretCell(source, err) >= signWidth
}

// caretCell is the cell of a place in the only line of a criterion.
func caretCell(source string, err *criteria.SyntaxError) int {
	runes := []rune(source)
	return term.Width(term.Clean(string(runes[:max(min(err.Column-1, len(runes)), 0)])))
}
