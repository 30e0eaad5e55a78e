package widget

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestEditorUndoes(t *testing.T) {
	for _, c := range []struct{ rule, text, keys, want string }{
		{"nothing when nothing was changed", "ab", "right ctrl+z ctrl+y", "a|b"},
		{"a word at once", "", "a b c ctrl+z", "|"},
		{"one word after another", "", "a b space c d ctrl+z", "ab|"},
		{"and does them again", "", "a b space c d ctrl+z ctrl+z ctrl+y", "ab|"},
		{"to the last", "", "a b space c d ctrl+z ctrl+z ctrl+y ctrl+y ctrl+y", "ab cd|"},
		{"until something else is typed", "", "a b ctrl+z x ctrl+y", "x|"},
		{"what stands elsewhere on its own", "12", "a end b ctrl+z", "a12|"},
		{"what was deleted, with the cursor where it was", "abc", "end backspace backspace ctrl+z", "abc|"},
		{"what was deleted before the cursor's place", "abc", "delete delete ctrl+z", "|abc"},
		{"what was typed apart from what was deleted", "ab", "end backspace c ctrl+z", "a|"},
		{"a line break", "  ab", "end enter ctrl+z", "  ab|"},
		{"lines that were joined", "a\nb", "down backspace ctrl+z", "a\n|b"},
		{"a paste of lines at once", "xy", "right '1¶2¶3 ctrl+z", "x|y"},
		{"and does it again", "xy", "right '1¶2¶3 home ctrl+z ctrl+y", "x1\n2\n3|y"},
		{"what was deleted to the end", "one two", "alt+f ctrl+k ctrl+z", "one| two"},
		{"an indentation", "a", "tab tab ctrl+z", "  |a"},
		{"also by ctrl+_, which is ctrl+/ to terminals", "", "a ctrl+_", "|"},
	} {
		e := newEditor(t, c.text)
		pressEditor(e, c.keys)
		if got := cursorIn(e); got != c.want {
			t.Errorf("%s: %q, not %q", c.rule, got, c.want)
		}
	}
}

func TestEditorReplacesAllInOneStep(t *testing.T) {
	e := newEditor(t, "one\ntwo")
	e.SetMarks(map[int][]string{1: {"bad"}})
	pressEditor(e, "down x")
	if err := e.Replace("1\r\n2\r3"); err != nil || cursorIn(e) != "1\n2\n3|" || len(e.Marks()) != 0 {
		t.Fatalf("%q, %v, %v", cursorIn(e), e.Marks(), err)
	}
	pressEditor(e, "ctrl+z")
	if got := cursorIn(e); got != "one\nx|two" {
		t.Errorf("%q", got)
	}
	pressEditor(e, "ctrl+y")
	if got := cursorIn(e); got != "1\n2\n3|" {
		t.Errorf("%q", got)
	}
	revision := e.Revision()
	if err := e.Replace(strings.Repeat("\n", EditorLines)); !errors.Is(err, ErrTextTooLong) || e.Revision() != revision || e.Value() != "1\n2\n3" {
		t.Errorf("%v: %q", err, e.Value())
	}
}

func TestEditorForgetsWhatItUndoesWithItsText(t *testing.T) {
	e := newEditor(t, "a")
	pressEditor(e, "x")
	if err := e.SetValue("b"); err != nil {
		t.Fatal(err)
	}
	pressEditor(e, "ctrl+z")
	if e.Value() != "b" {
		t.Errorf("%q", e.Value())
	}
}

func TestEditorBoundsWhatItUndoes(t *testing.T) {
	e := newEditor(t, "")
	for range 2 * editorSteps {
		pressEditor(e, "x left")
	}
	for range 2 * editorSteps {
		pressEditor(e, "ctrl+z")
	}
	if n := len(e.Value()); n != editorSteps {
		t.Errorf("%d steps were undone", 2*editorSteps-n)
	}

	e = newEditor(t, "")
	texts := []string{strings.Repeat("x", EditorBytes), strings.Repeat("y", EditorBytes)}
	for i := range 9 {
		if err := e.Replace(texts[i%2]); err != nil {
			t.Fatal(err)
		}
		if e.undo.bytes > editorStepBytes {
			t.Fatalf("%d bytes are kept", e.undo.bytes)
		}
	}
	undone := 0
	for e.takeBack() {
		undone++
	}
	if undone != 2 || e.undo.bytes > editorStepBytes {
		t.Errorf("%d steps were undone, %d bytes are kept", undone, e.undo.bytes)
	}
}

// Whatever was done, undoing all of it brings the first text back, and doing
// it again the last, each by the same texts.
func TestEditorUndoesWhateverWasDone(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 9))
	keys := strings.Fields("up down left right home end enter tab shift+tab backspace delete ctrl+k ctrl+u ctrl+w alt+d alt+b space x y 日 ctrl+z ctrl+y")
	for range 40 {
		e := newEditor(t, strings.ToValidUTF8(hostile[r.IntN(len(hostile))], "?"))
		began := e.Value()
		for range 300 {
			switch r.IntN(12) {
			case 0:
				e.Update(paste(strings.ToValidUTF8(hostile[r.IntN(len(hostile))], "?")))
			case 1:
				if err := e.Replace(hostile[r.IntN(len(hostile))]); err != nil {
					t.Fatal(err)
				}
			default:
				pressEditor(e, keys[r.IntN(len(keys))])
			}
		}
		for e.doAgain() {
		}
		ended := e.Value()
		texts := []string{ended}
		for e.takeBack() {
			texts = append(texts, e.Value())
		}
		if e.Value() != began {
			t.Fatalf("%q, not %q", e.Value(), began)
		}
		for i := len(texts) - 2; e.doAgain(); i-- {
			if e.Value() != texts[i] {
				t.Fatalf("%q, not %q", e.Value(), texts[i])
			}
		}
		if e.Value() != ended || e.size != len(ended) {
			t.Fatalf("%q, not %q", e.Value(), ended)
		}
		bytes := 0
		for _, s := range e.undo.done {
			bytes += s.bytes()
		}
		if bytes != e.undo.bytes {
			t.Fatalf("%d bytes are counted of %d", e.undo.bytes, bytes)
		}
	}
}
