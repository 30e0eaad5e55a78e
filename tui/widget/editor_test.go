package widget

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/charmbracelet/bubbles/textarea"
	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/term/grid"
	"aidbox-nats/tui/theme"
)

func newEditor(t testing.TB, text string) *Editor {
	t.Helper()
	e := NewEditor()
	if err := e.SetValue(text); err != nil {
		t.Fatal(err)
	}
	return e
}

func paste(text string) tea.KeyMsg {
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text), Paste: true}
}

// pressEditor presses keys by their names; what stands in quotes is pasted.
func pressEditor(e *Editor, keys string) {
	for _, k := range strings.Fields(keys) {
		if text, ok := strings.CutPrefix(k, "'"); ok {
			e.Update(paste(strings.NewReplacer("_", " ", "¶", "\n").Replace(text)))
			continue
		}
		e.Update(editKey(k))
	}
}

// cursorIn is the text with | at the cursor.
func cursorIn(e *Editor) string {
	lines := strings.Split(e.Value(), "\n")
	lines[e.line] = lines[e.line][:e.col] + "|" + lines[e.line][e.col:]
	return strings.Join(lines, "\n")
}

func TestEditorKeys(t *testing.T) {
	for _, c := range []struct{ rule, text, keys, want string }{
		{"what is typed stands before the cursor", "", "a b space c", "ab c|"},
		{"enter breaks the line", "ab", "right enter", "a\n|b"},
		{"and keeps its indentation", "  ab", "end enter c", "  ab\n  c|"},
		{"up to the cursor", "    ab", "right right enter", "  \n  |  ab"},
		{"tab is two blanks", "a", "tab", "  |a"},
		{"shift+tab takes them away", "   a", "end shift+tab", " a|"},
		{"as many as there are", " a", "shift+tab shift+tab", "|a"},
		{"left and right go over the ends of lines", "a\nb", "right right left left right right", "a\n|b"},
		{"left stops at the beginning", "a", "left left", "|a"},
		{"right stops at the end", "a", "right right right", "a|"},
		{"up and down keep to the cell", "日本語\na\n12345", "right right down down", "日本語\na\n1234|5"},
		{"and forget it after another key", "abc\na\nabc", "end down left right down", "abc\na\na|bc"},
		{"up from the first line goes to its beginning", "abc", "end up", "|abc"},
		{"down from the last goes to its end", "abc", "down", "abc|"},
		{"home and end", "abc", "end home right", "a|bc"},
		{"ctrl+a and ctrl+e", "abc", "ctrl+e ctrl+a ctrl+e", "abc|"},
		{"the ends of the text", "a\nb\nc", "alt+> alt+< down", "a\n|b\nc"},
		{"words", "one two-three", "alt+f alt+f", "one two|-three"},
		{"words back", "one two-three", "end alt+b alt+b", "one |two-three"},
		{"words over lines", "one\ntwo", "down alt+b", "one|\ntwo"},
		{"backspace", "abc", "right right backspace", "a|c"},
		{"backspace joins lines", "a\nb", "down backspace", "a|b"},
		{"delete", "abc", "right delete", "a|c"},
		{"delete joins lines", "a\nb", "end ctrl+d", "a|b"},
		{"a character of several code points at once", "👩‍👩‍👧 e\u0301", "right delete end backspace", "👩‍👩‍👧|"},
		{"ctrl+k", "abc\nd", "right ctrl+k", "a|\nd"},
		{"ctrl+k at the end of a line joins", "a\nd", "end ctrl+k", "a|d"},
		{"ctrl+u", "abc", "right right ctrl+u", "|c"},
		{"ctrl+w", "one two ", "end ctrl+w", "one |"},
		{"alt+d", "one two", "right alt+d", "o| two"},
		{"deleting at the ends does nothing", "a", "backspace ctrl+u ctrl+w end delete ctrl+k alt+d", "a|"},
		{"a paste is taken as it is", "xy", "right '{¶__\"a\":1¶}", "x{\n  \"a\":1\n}|y"},
		{"also if it is the name of a key", "", "'up 'enter", "upenter|"},
		{"alt with a letter types nothing", "a", "alt+x", "|a"},
	} {
		e := newEditor(t, c.text)
		pressEditor(e, c.keys)
		if got := cursorIn(e); got != c.want {
			t.Errorf("%s: %q, not %q", c.rule, got, c.want)
		}
	}
}

func TestEditorKeepsWhatItCannotDraw(t *testing.T) {
	for _, s := range append(hostile, "crlf\r\nlines\r\n", "\n\n\n", "\x00") {
		e := newEditor(t, s)
		if e.Value() != s || e.Dirty() {
			t.Errorf("%q is kept as %q", s, e.Value())
		}
		valid := strings.ToValidUTF8(s, "?")
		e = newEditor(t, "")
		e.Update(paste(valid))
		if got := e.Value(); got != pasted(valid) || strings.Contains(got, "\r") {
			t.Errorf("%q is pasted as %q", valid, got)
		}
	}
}

func TestEditorIsBounded(t *testing.T) {
	e := newEditor(t, strings.Repeat("x", EditorBytes-1))
	pressEditor(e, "end y")
	if e.Refused() != nil || e.size != EditorBytes {
		t.Errorf("the last byte is refused: %v", e.Refused())
	}
	pressEditor(e, "y")
	if !errors.Is(e.Refused(), ErrTextTooLong) || e.size != EditorBytes || len(e.Value()) != EditorBytes {
		t.Errorf("a byte too many: %v, %d bytes", e.Refused(), e.size)
	}
	pressEditor(e, "left")
	if e.Refused() != nil {
		t.Error("the refusal stays")
	}
	exact(t, "a line of a megabyte", e.Lines(themes["none"], true, 80, 3), 80, 3)
	e = newEditor(t, strings.Repeat("\n", EditorLines-1))
	pressEditor(e, "enter")
	if e.Refused() == nil || e.LineCount() != EditorLines {
		t.Errorf("%d lines", e.LineCount())
	}
	pressEditor(e, "'a¶b")
	if e.Refused() == nil || e.Value() != strings.Repeat("\n", EditorLines-1) {
		t.Error("half of a paste is taken")
	}
	for rule, text := range map[string]string{"bytes": strings.Repeat("x", EditorBytes+1), "lines": strings.Repeat("\n", EditorLines)} {
		before := e.Value()
		if err := e.SetValue(text); !errors.Is(err, ErrTextTooLong) || e.Value() != before {
			t.Errorf("too many %s: %v", rule, err)
		}
	}
}

func shownLines(e *Editor, w, h int) string {
	lines := strings.Split(bare(e.Lines(themes["none"], false, w, h)), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

func TestEditorShowsNumbersAndMarks(t *testing.T) {
	e := newEditor(t, "{\n  \"ups\": 1,\n  \"name\": {}\n}")
	e.SetMarks(map[int][]string{
		1:  {"Patient.ups: element is not allowed by the profile"},
		2:  {"expected an array", "one more"},
		99: {"the end is missing"},
		0:  nil,
	})
	if got := shownLines(e, 34, 12); got != ` 1 {
 2   "ups": 1,
   ✗ Patient.ups: element is not
     allowed by the profile
 3   "name": {}
   ✗ expected an array
   ✗ one more
 4 }
   ✗ the end is missing` {
		t.Errorf("\n%s", got)
	}
	th := themes["colours"]
	lines := e.Lines(th, true, 34, 12)
	if !strings.Contains(lines[2], th.Paint(theme.Bad, "✗ Patient.ups: element is not")) || !strings.Contains(lines[1], th.Paint(theme.Bad, " 2")) {
		t.Errorf("not in the bad role: %q", lines[1:3])
	}
	e.SetMarks(map[int][]string{0: {strings.Repeat("long ", 100), "b", "c", "d", "e", "f", "g"}})
	if got := shownLines(e, 30, 12); !strings.Contains(got, "long long…\n") || !strings.Contains(got, "… 2 more") {
		t.Errorf("\n%s", got)
	}
	if got := shownLines(e, 18, 2); strings.HasPrefix(got, " 1") {
		t.Errorf("no room, but numbers:\n%s", got)
	}
}

func TestEditorKeepsMarksAtTheirLines(t *testing.T) {
	for _, c := range []struct {
		rule, keys string
		want       map[int][]string
	}{
		{"typing changes nothing", "down x", map[int][]string{1: {"one"}, 2: {"two"}}},
		{"a line above moves them", "enter", map[int][]string{2: {"one"}, 3: {"two"}}},
		{"a line pushed down takes its own along", "down enter", map[int][]string{2: {"one"}, 3: {"two"}}},
		{"a line broken in two keeps them at its beginning", "down end enter", map[int][]string{1: {"one"}, 3: {"two"}}},
		{"a paste of lines", "'x¶y¶z¶", map[int][]string{4: {"one"}, 5: {"two"}}},
		{"joined lines share them", "down end delete", map[int][]string{1: {"one", "two"}}},
		{"joined with the line above", "down backspace", map[int][]string{0: {"one"}, 1: {"two"}}},
	} {
		e := newEditor(t, "a\n b\n c\nd")
		e.SetMarks(map[int][]string{1: {"one"}, 2: {"two"}})
		pressEditor(e, c.keys)
		if got := e.Marks(); fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: %v, not %v", c.rule, got, c.want)
		}
	}
}

func TestEditorGoesSidewaysWithTheCursor(t *testing.T) {
	e := newEditor(t, "0123456789abcdefghijklmnopqrstuvwxyz\n0123456789abcdefghijklmnopqrstuvwxyz")
	if got := shownLines(e, 24, 2); got != " 1 0123456789abcdefghij…\n 2 0123456789abcdefghij…" {
		t.Errorf("\n%s", got)
	}
	pressEditor(e, "end")
	lines := strings.Split(bare(e.Lines(themes["none"], true, 24, 2)), "\n")
	if !strings.HasPrefix(lines[0], " 1 …") || !strings.Contains(lines[0], "wxyz") || !strings.HasPrefix(lines[1], " 2 0123") {
		t.Errorf("%q", lines)
	}
}

func TestEditorScrolls(t *testing.T) {
	var text strings.Builder
	for i := range 100 {
		fmt.Fprintf(&text, "line %d\n", i)
	}
	e := newEditor(t, text.String())
	e.SetMarks(map[int][]string{50: {"a", "b"}})
	show := func() string { return shownLines(e, 30, 5) }
	show()
	pressEditor(e, "pgdown pgdown")
	if got := show(); e.Line() != 8 || !strings.HasSuffix(got, "line 8") || !strings.HasPrefix(got, "  5 line 4") {
		t.Errorf("line %d:\n%s", e.Line(), got)
	}
	pressEditor(e, "up up")
	if got := show(); !strings.HasPrefix(got, "  5 line 4") {
		t.Errorf("the window moves though it need not:\n%s", got)
	}
	e.GoTo(50)
	if got := show(); got != " 49 line 48\n 50 line 49\n 51 line 50\n    ✗ a\n    ✗ b" {
		t.Errorf("what the marks say is not seen:\n%s", got)
	}
	if got := shownLines(e, 30, 2); got != " 51 line 50\n    ✗ a" {
		t.Errorf("in little room:\n%s", got)
	}
	e.GoTo(1000)
	if e.Line() != 100 || !strings.HasSuffix(show(), "101") {
		t.Errorf("line %d", e.Line())
	}
	pressEditor(e, "pgup")
	if e.Line() != 96 {
		t.Errorf("line %d after a page up", e.Line())
	}
}

func TestEditorIsExactWhateverIsInIt(t *testing.T) {
	for name, th := range themes {
		for _, s := range hostile {
			e := newEditor(t, s+s+s+"\n"+s+"\nplain")
			e.SetMarks(map[int][]string{0: {s, s}, 1: {s + s}})
			for w := range 45 {
				for _, h := range []int{0, 1, 2, 5, 9} {
					pressEditor(e, []string{"right", "down", "end", "right", "alt+<"}[(w+h)%5])
					exact(t, fmt.Sprintf("%s, %q in %dx%d", name, s, w, h), e.Lines(th, true, w, h), w, h)
					exact(t, fmt.Sprintf("%s, %q in %dx%d without keys", name, s, w, h), e.Lines(th, false, w, h), w, h)
				}
			}
		}
	}
}

// splice reports whether b is a with one stretch replaced that ends or begins
// at one of the two cursors.
func splice(a, b string, cursorA, cursorB int) bool {
	from := min(cursorA, cursorB)
	if len(b) >= len(a) { // inserted
		return a[:cursorA] == b[:cursorA] && a[cursorA:] == b[len(b)-len(a)+cursorA:]
	}
	return a[:from] == b[:from] && a[from+len(a)-len(b):] == b[from:]
}

func offset(e *Editor) int {
	n := e.col
	for _, l := range e.lines[:e.line] {
		n += len(l) + 1
	}
	return n
}

func TestEditorChangesOnlyWhereTheCursorIs(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	keys := strings.Fields("up down left right home end enter tab backspace delete ctrl+k ctrl+u ctrl+w alt+d alt+b alt+f pgup pgdown x { é 日")
	for range 40 {
		e := newEditor(t, strings.ToValidUTF8(hostile[r.IntN(len(hostile))], "?"))
		for range 400 {
			before, at, revision := e.Value(), offset(e), e.Revision()
			var what string
			if r.IntN(8) == 0 {
				what = strings.ToValidUTF8(hostile[r.IntN(len(hostile))], "?")
				e.Update(paste(what))
			} else {
				what = keys[r.IntN(len(keys))]
				pressEditor(e, what)
			}
			after := e.Value()
			switch {
			case e.size != len(after) || e.LineCount() != strings.Count(after, "\n")+1:
				t.Fatalf("%q: %d bytes in %d lines, of %q", what, e.size, e.LineCount(), after)
			case e.col > len(e.lines[e.line]) || e.col < len(e.lines[e.line]) && !utf8.RuneStart(e.lines[e.line][e.col]):
				t.Fatalf("%q: the cursor is at %d in %q", what, e.col, e.lines[e.line])
			case (before != after) != (revision != e.Revision()):
				t.Fatalf("%q: the revision does not tell of the change", what)
			case !splice(before, after, at, offset(e)):
				t.Fatalf("%q at %d turns %q into %q", what, at, before, after)
			}
		}
	}
}

func TestEditorNeverHidesItsCursor(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	th := themes["none"]
	mark := th.Text.Reverse(true).Render("x")
	mark = mark[:strings.IndexByte(mark, 'x')]
	keys := strings.Fields("up down left right home end enter backspace pgup pgdown x 日 alt+< alt+>")
	for range 30 {
		e := newEditor(t, strings.Repeat("0123456789 日本\n", r.IntN(30)))
		for range 200 {
			pressEditor(e, keys[r.IntN(len(keys))])
			if r.IntN(20) == 0 {
				e.SetMarks(map[int][]string{e.line: {"a", "b"}, e.line + 1: {"c"}, r.IntN(30): {"d"}})
			}
			w, h := 2+r.IntN(40), 1+r.IntN(8)
			lines := e.Lines(th, true, w, h)
			if n := strings.Count(strings.Join(lines, ""), mark); n != 1 {
				t.Fatalf("%d cursors at line %d, byte %d in %dx%d:\n%s", n, e.line, e.col, w, h, strings.Join(lines, "\n"))
			}
		}
	}
}

// editorScreen is an editor alone, told what is wrong by a validation of
// sorts: that braces come in pairs.
type editorScreen struct {
	e    *Editor
	w, h int
}

func (s *editorScreen) Init() tea.Cmd { return nil }

func (s *editorScreen) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		s.w, s.h = msg.Width, msg.Height
	case tea.KeyMsg:
		was := s.e.Revision()
		for _, k := range term.SplitKeys(msg) {
			s.e.Update(k)
		}
		if text := s.e.Value(); was != s.e.Revision() {
			s.e.SetMarks(nil)
			if strings.Count(text, "{") != strings.Count(text, "}") {
				s.e.SetMarks(map[int][]string{s.e.Line(): {"a brace is missing"}})
			}
		}
	}
	return s, nil
}

func (s *editorScreen) View() string {
	return strings.Join(s.e.Lines(themes["colours"], true, s.w, s.h), "\n")
}

func TestEditorOnTheScreen(t *testing.T) {
	e := NewEditor()
	g := grid.Start(t, &editorScreen{e: e}, 40, 8)
	g.Type("{")
	g.WaitFor("✗ a brace is missing")
	g.Press("enter", "tab")
	g.Paste("\"a\": \"\x1b[2J\u202e\",\r\"b\": 2")
	g.WaitFor(`"a": "␛[2J␦",`)
	g.Press("enter")
	g.Type("}")
	g.WaitGone("✗")
	g.WaitUntil(func(s string) bool {
		return strings.HasPrefix(s, " 1 {\n 2   \"a\": \"␛[2J␦\",\n 3 \"b\": 2\n 4 }")
	})
	g.Press("up", "home", "tab", "alt+>", "backspace")
	g.WaitFor("✗ a brace is missing")
	g.Quit()
	if got, want := e.Value(), "{\n  \"a\": \"\x1b[2J\u202e\",\n  \"b\": 2\n"; got != want {
		t.Errorf("%q, not %q", got, want)
	}
}

func FuzzEditor(f *testing.F) {
	for _, s := range hostile {
		f.Add(s, s, uint8(30))
	}
	keys := strings.Fields("right end down tab alt+b backspace alt+f enter up ctrl+k delete left ctrl+w home alt+d")
	f.Fuzz(func(t *testing.T, text, typed string, w uint8) {
		e := NewEditor()
		if e.SetValue(text) != nil {
			return
		}
		e.SetMarks(map[int][]string{0: {typed}, 3: {text}})
		for _, k := range keys {
			pressEditor(e, k)
			e.Update(paste(typed))
			exact(t, fmt.Sprintf("%q and %q", text, typed), e.Lines(themes["colours"], true, int(w), 6), int(w), 6)
		}
		if e.size != len(e.Value()) {
			t.Errorf("%d bytes, not %d", e.size, len(e.Value()))
		}
		for line := range e.Marks() {
			if line < 0 || line >= e.LineCount() {
				t.Errorf("a mark on line %d of %d", line, e.LineCount())
			}
		}
	})
}

func BenchmarkEditor(b *testing.B) {
	text := strings.Repeat("    \"family\": \"Smith\", \"given\": [\"Ann\"]\n", EditorLines-1)
	key := press("x")
	b.Run("textarea", func(b *testing.B) {
		m := textarea.New()
		m.MaxHeight, m.CharLimit = 0, 0
		m.SetWidth(100)
		m.SetHeight(40)
		m.SetValue(text)
		m.Focus()
		for b.Loop() {
			m, _ = m.Update(key)
			sink = []string{m.View()}
		}
	})
	b.Run("editor", func(b *testing.B) {
		e := newEditor(b, text)
		e.GoTo(EditorLines)
		for b.Loop() {
			e.Update(key)
			sink = e.Lines(themes["colours"], true, 100, 40)
		}
	})
	b.Run("one line of a megabyte", func(b *testing.B) {
		e := newEditor(b, strings.Repeat("日本語 x", EditorBytes/16))
		pressEditor(e, "end")
		for b.Loop() {
			e.Update(key)
			sink = e.Lines(themes["colours"], true, 100, 40)
		}
	})
}
