package widget

import (
	"errors"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
)

// List is the common part of a pane that lists what a server holds: a table
// with its title, the error of the last reading, and the text for when there
// is nothing. Embed it.
type List[T any] struct {
	Base
	*Table[T]
	Theme theme.Theme
	name  string
	empty string
	known bool
	asked bool      // for the first time
	slow  bool      // it is not answered for so long that this is told
	read  time.Time // the last answer without an error
	err   error
}

// NewList returns a list that has not been read yet. empty says what would be
// here and which key makes one.
func NewList[T any](th theme.Theme, name, empty string, columns []Column[T], id func(T) string) List[T] {
	return List[T]{Table: NewTable(columns, id), Theme: th, name: name, empty: empty}
}

// Touch marks what the rows say as changed.
func (l *List[T]) Touch() {
	l.Base.Touch()
	l.Refresh()
}

// Loading is called when the rows are asked for. The first time it returns a
// command whose message, a [Slow], makes the list say that it is being read,
// unless it has been by then.
func (l *List[T]) Loading() tea.Cmd {
	if l.asked || l.known {
		return nil
	}
	l.asked = true
	return slowly(func() {
		if !l.known {
			l.slow = true
			l.SetEmpty("Reading" + term.Ellipsis())
			l.Base.Touch()
		}
	})
}

// Answer takes what was read. With an error the rows read before stay.
func (l *List[T]) Answer(rows []T, err error) {
	l.Base.Touch()
	l.known = true
	l.err = err
	if err == nil {
		l.read = time.Now()
		l.SetRows(rows)
		l.SetEmpty(l.empty)
	}
	l.fit()
}

// Known says whether the server has answered at all.
func (l *List[T]) Known() bool { return l.known }

// Failure is the error of the last reading, or empty.
func (l *List[T]) Failure() string {
	if l.err == nil {
		return ""
	}
	return l.err.Error()
}

// reason is the failure without what was tried, where the error knows: a list
// is narrow, and its detail tells all of it.
func (l *List[T]) reason() string {
	var r interface{ Reason() string }
	if errors.As(l.err, &r) {
		return r.Reason()
	}
	return l.Failure()
}

// SetSize gives the list its place.
func (l *List[T]) SetSize(w, h int) {
	l.Base.SetSize(w, h)
	l.fit()
}

// fit leaves the last line to the error, where rows are shown in spite of one.
func (l *List[T]) fit() {
	h := l.H
	if l.stale() {
		h--
	}
	l.Table.SetSize(l.W, h)
}

// stale says that the rows are older than the last question.
func (l *List[T]) stale() bool { return l.err != nil && l.Len() > 0 && l.H > 1 }

// SetFilter shows only the rows that contain the text.
func (l *List[T]) SetFilter(text string) {
	l.Table.SetFilter(text)
	l.Base.Touch()
}

// DetailIdentity is the identity of what is selected.
func (l *List[T]) DetailIdentity() string {
	row, ok := l.Selected()
	if !ok {
		return ""
	}
	return l.id(row)
}

// DetailRevision grows with the list's: its detail is made of the same.
func (l *List[T]) DetailRevision() uint64 { return l.Revision() }

// FailureLines tell all of the last reading's error, and what can be done.
func (l *List[T]) FailureLines(w int) []string {
	lines := append([]string{""}, Paragraph(l.Theme, theme.Bad, "✗ "+l.Failure(), w)...)
	return append(append(lines, ""), Paragraph(l.Theme, theme.Faint, "r asks again. w shows every request and its answer.", w)...)
}

// Rows is the number of lines that the list would fill.
func (l *List[T]) Rows() int { return len(l.Table.Rows()) }

// Motions move the cursor.
func (l *List[T]) Motions() Actions { return Motions(l.Table, l.Base.Touch) }

// showsAll ends an error that has no room in the list. The detail tells all.
func showsAll() string { return term.Ellipsis() + "  enter shows all" }

// View draws the rows, and the error below them or in their place.
func (l *List[T]) View() string {
	if l.err == nil || l.Len() > 0 && !l.stale() {
		return strings.Join(l.Lines(l.Theme, l.Focused), "\n")
	}
	var out []string
	h, w := l.H, max(l.W-2, 1)
	if l.stale() {
		out, h = l.Lines(l.Theme, l.Focused), 1
	}
	for _, line := range atMost(wrapped("✗ "+l.reason(), w), h, w, showsAll()) {
		out = append(out, " "+l.Theme.Paint(theme.Bad, line))
	}
	return strings.Join(out, "\n")
}

// Title carries the count, or that the rows are not fresh.
func (l *List[T]) Title() Title {
	switch {
	case l.err != nil:
		return Title{Text: l.name, Right: l.notRead(), Bad: true}
	case !l.known && l.slow:
		return Title{Text: l.name, Right: "reading" + term.Ellipsis()}
	case !l.known:
		return Title{Text: l.name}
	case l.Filter() != "":
		return Title{Text: l.name, Right: "/" + term.Clean(l.Filter()) + "  " + Count(int64(l.Rows())) + " of " + Count(int64(l.Len()))}
	}
	return Title{Text: l.name, Right: Count(int64(l.Len()))}
}

// notRead says since when, in the words that have room beside the name and a
// number.
func (l *List[T]) notRead() string {
	if l.read.IsZero() {
		return "not read"
	}
	at := l.read.Local().Format(time.TimeOnly)
	room := l.W - term.Width(l.name) - 9
	for _, text := range []string{"not read since " + at, "since " + at} {
		if term.Width(text) <= room {
			return text
		}
	}
	return "not read"
}
