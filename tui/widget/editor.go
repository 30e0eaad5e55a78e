package widget

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/textarea"
	tea "github.com/charmbracelet/bubbletea"
)

// Bounds of what an [Editor] holds.
const (
	EditorBytes = 1 << 20
	EditorLines = 10_000
)

// ErrTextTooLong says that a text is longer than an [Editor] holds.
var ErrTextTooLong = errors.New("the text would be longer than 1 MB or 10,000 lines")

// editorTab is what the tab key types.
const editorTab = "  "

// Editor edits a text of many lines, with their numbers beside them and, below
// the lines that they speak of, the sentences of [Editor.SetMarks]. The keys
// are those of bubbles/textarea. That one is not used: it has no place for
// sentences between the lines, makes all lines to show some, wraps, and
// replaces what it does not draw. Here every character stays in the text and
// only its picture is harmless.
//
// Make it with [NewEditor]. Lines are counted from zero.
type Editor struct {
	lines []string // never empty
	size  int      // bytes, newlines included
	began string   // what SetValue set

	line, col int // the cursor, col in bytes
	goal      int // the cell that up and down keep to; negative: that of col

	marks    map[int][]string
	top      int // the first line of the window
	height   int // the lines of the last drawing
	revision uint64
	refused  error
	undo     undoing
}

// NewEditor returns an empty editor.
func NewEditor() *Editor { return &Editor{lines: []string{""}, goal: -1, height: 1} }

// Value is the text, with everything that was typed, pasted and set.
func (e *Editor) Value() string { return strings.Join(e.lines, "\n") }

// SetValue replaces the text and puts the cursor at its beginning; nothing of
// the text before can be brought back. A text that is too long is refused with
// [ErrTextTooLong].
func (e *Editor) SetValue(text string) error {
	if !fits(text) {
		return ErrTextTooLong
	}
	e.lines, e.size, e.began = strings.Split(text, "\n"), len(text), text
	e.line, e.col, e.goal, e.top, e.refused = 0, 0, -1, 0, nil
	e.marks, e.undo = nil, undoing{}
	e.revision++
	return nil
}

func fits(text string) bool {
	return len(text) <= EditorBytes && strings.Count(text, "\n") < EditorLines
}

// Dirty says that the text is not the one that was set.
func (e *Editor) Dirty() bool { return e.size != len(e.began) || e.Value() != e.began }

// Line is the line of the cursor.
func (e *Editor) Line() int { return e.line }

// LineCount is the number of lines, at least one.
func (e *Editor) LineCount() int { return len(e.lines) }

// GoTo puts the cursor at the beginning of a line, or of the nearest there is.
func (e *Editor) GoTo(line int) {
	e.line, e.col, e.goal = max(min(line, len(e.lines)-1), 0), 0, -1
}

// Revision grows with every change of the text.
func (e *Editor) Revision() uint64 { return e.revision }

// Refused says why the last key changed nothing; nil: it was taken.
func (e *Editor) Refused() error { return e.refused }

// SetMarks sets the sentences that are shown below lines. Those of lines that
// there are not are shown below the last. While the text is edited the marks
// stay with their lines; the caller sets others when it has judged the text
// anew.
func (e *Editor) SetMarks(marks map[int][]string) {
	e.marks = nil
	for _, line := range slices.Sorted(maps.Keys(marks)) {
		if len(marks[line]) == 0 {
			continue
		}
		if e.marks == nil {
			e.marks = map[int][]string{}
		}
		at := max(min(line, len(e.lines)-1), 0)
		e.marks[at] = append(e.marks[at], marks[line]...)
	}
}

// Marks are the sentences by their present lines.
func (e *Editor) Marks() map[int][]string { return maps.Clone(e.marks) }

// shift moves the marks behind a line.
func (e *Editor) shift(after, by int) {
	if len(e.marks) == 0 || by == 0 {
		return
	}
	moved := make(map[int][]string, len(e.marks))
	for _, line := range slices.Sorted(maps.Keys(e.marks)) {
		at := line
		if line > after {
			at = max(line+by, after)
		}
		moved[at] = append(moved[at], e.marks[line]...)
	}
	e.marks = moved
}

// Keys are what works in an editor, for the line of keys.
func (e *Editor) Keys() Actions {
	k := textarea.DefaultKeyMap
	return Actions{
		{Name: "new line", Binding: k.InsertNewline},
		{Name: "indent by two blanks", Binding: editorKeys.tab},
		{Name: "go to the line above", Binding: k.LinePrevious},
		{Name: "go to the line below", Binding: k.LineNext},
		{Name: "go a page up", Binding: editorKeys.pageUp},
		{Name: "go a page down", Binding: editorKeys.pageDown},
		{Name: "go to the beginning of the line", Binding: k.LineStart},
		{Name: "go to the end of the line", Binding: k.LineEnd},
		{Name: "go to the beginning of the text", Binding: k.InputBegin},
		{Name: "go to the end of the text", Binding: k.InputEnd},
		{Name: "go a word back", Binding: k.WordBackward},
		{Name: "go a word on", Binding: k.WordForward},
		{Name: "delete to the end of the line", Binding: k.DeleteAfterCursor},
		{Name: "delete to the beginning of the line", Binding: k.DeleteBeforeCursor},
		{Name: "delete the word before", Binding: k.DeleteWordBackward},
		{Name: "delete the word behind", Binding: k.DeleteWordForward},
		{Name: "undo the last change of the text", Binding: editorKeys.undo},
		{Name: "do again what was undone", Binding: editorKeys.redo},
	}
}

// editorKeys are those that bubbles/textarea does not name.
var editorKeys = struct{ tab, back, pageUp, pageDown, undo, redo key.Binding }{
	tab:      key.NewBinding(key.WithKeys("tab"), key.WithHelp("tab", "indent")),
	back:     key.NewBinding(key.WithKeys("shift+tab"), key.WithHelp("shift+tab", "indent less")),
	pageUp:   key.NewBinding(key.WithKeys("pgup"), key.WithHelp("pgup", "page up")),
	pageDown: key.NewBinding(key.WithKeys("pgdown"), key.WithHelp("pgdn", "page down")),
	// Terminals send ctrl+_ for ctrl+/.
	undo: key.NewBinding(key.WithKeys("ctrl+z", "ctrl+_"), key.WithHelp("ctrl+z", "undo")),
	redo: key.NewBinding(key.WithKeys("ctrl+y"), key.WithHelp("ctrl+y", "redo")),
}

// Update takes a key, or a paste of the terminal.
func (e *Editor) Update(msg tea.Msg) tea.Cmd {
	k, ok := msg.(tea.KeyMsg)
	if !ok {
		return nil
	}
	e.refused = nil
	e.begins(alone)
	if k.Paste { // before the keys: a pasted word may be the name of one
		e.insert(pasted(string(k.Runes)))
		return nil
	}
	switch {
	case key.Matches(k, editorKeys.undo):
		e.takeBack()
	case key.Matches(k, editorKeys.redo):
		e.doAgain()
	case !e.moved(k) && !e.deleted(k):
		e.typed(k)
	}
	return nil
}

// moved takes the keys that move the cursor.
func (e *Editor) moved(k tea.KeyMsg) bool {
	m, goal := textarea.DefaultKeyMap, e.goal
	e.goal = -1
	switch {
	case key.Matches(k, m.LinePrevious):
		e.vertical(-1, goal)
	case key.Matches(k, m.LineNext):
		e.vertical(1, goal)
	case key.Matches(k, editorKeys.pageUp):
		e.vertical(-max(e.height-1, 1), goal)
	case key.Matches(k, editorKeys.pageDown):
		e.vertical(max(e.height-1, 1), goal)
	case key.Matches(k, m.CharacterBackward):
		e.back()
	case key.Matches(k, m.CharacterForward):
		e.forward()
	case key.Matches(k, m.WordBackward):
		e.wordBack()
	case key.Matches(k, m.WordForward):
		e.wordForward()
	case key.Matches(k, m.LineStart):
		e.col = 0
	case key.Matches(k, m.LineEnd):
		e.col = len(e.lines[e.line])
	case key.Matches(k, m.InputBegin):
		e.line, e.col = 0, 0
	case key.Matches(k, m.InputEnd):
		e.line = len(e.lines) - 1
		e.col = len(e.lines[e.line])
	default:
		return false
	}
	return true
}

// deleted takes the keys that delete: each from the cursor to where another
// key would have moved it.
func (e *Editor) deleted(k tea.KeyMsg) bool {
	m := textarea.DefaultKeyMap
	line, col := e.line, e.col
	switch {
	case key.Matches(k, m.DeleteCharacterBackward):
		e.undo.kind = erasing
		e.back()
	case key.Matches(k, m.DeleteCharacterForward):
		e.undo.kind = erasing
		e.forward()
	case key.Matches(k, m.DeleteWordBackward):
		e.wordBack()
	case key.Matches(k, m.DeleteWordForward):
		e.wordForward()
	case key.Matches(k, m.DeleteBeforeCursor) && col > 0:
		e.col = 0
	case key.Matches(k, m.DeleteBeforeCursor):
		e.back()
	case key.Matches(k, m.DeleteAfterCursor) && col < len(e.lines[line]):
		e.col = len(e.lines[line])
	case key.Matches(k, m.DeleteAfterCursor):
		e.forward()
	default:
		return false
	}
	e.cut(line, col)
	return true
}

// typed takes the keys that insert.
func (e *Editor) typed(k tea.KeyMsg) {
	switch {
	case key.Matches(k, textarea.DefaultKeyMap.InsertNewline):
		line := e.lines[e.line][:e.col]
		indent := len(line) - len(strings.TrimLeft(line, " \t"))
		e.insert("\n" + line[:indent])
	case key.Matches(k, editorKeys.tab):
		e.insert(editorTab)
	case key.Matches(k, editorKeys.back):
		line := e.lines[e.line]
		n := min(len(line)-len(strings.TrimLeft(line, " ")), len(editorTab))
		col := e.col
		e.col = n
		e.cut(e.line, 0)
		e.col = max(col-n, 0)
	case (k.Type == tea.KeyRunes || k.Type == tea.KeySpace) && !k.Alt:
		e.undo.kind = typing
		e.insert(string(k.Runes))
	}
}

// pasted is a pasted text with newlines of one kind: terminals send carriage
// returns for them.
func pasted(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
}
