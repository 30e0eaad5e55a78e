package widget

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
)

func TestTheRequestIsNeverCut(t *testing.T) {
	f := NewForm("New", Field{Name: "id"})
	f.Preview = body(27)
	th := themes["none"]
	got := bare(f.Lines(th, 60, 17))
	if !strings.Contains(got, "─ request ") || !strings.Contains(got, " 1-12 of 28  pgup pgdn ─") || !strings.Contains(got, "line 11") {
		t.Errorf("\n%s", got)
	}
	if line := bare([]string{KeyLine(th, f.Keys(), nil, 80)}); !strings.Contains(line, "pgup pgdn request") {
		t.Errorf("%q", line)
	}
	f.Update(tea.KeyMsg{Type: tea.KeyPgDown})
	f.Update(tea.KeyMsg{Type: tea.KeyPgDown})
	if got := bare(f.Lines(th, 60, 17)); !strings.Contains(got, " 17-28 of 28  pgup pgdn ─") || !strings.Contains(got, "line 27") {
		t.Errorf("\n%s", got)
	}
	// It is not moved by what is typed.
	f.Update(press("x"))
	if got := bare(f.Lines(th, 60, 17)); !strings.Contains(got, " 17-28 of 28 ") {
		t.Errorf("\n%s", got)
	}
	f.Update(tea.KeyMsg{Type: tea.KeyPgUp})
	f.Update(tea.KeyMsg{Type: tea.KeyPgUp})
	if got := bare(f.Lines(th, 60, 17)); !strings.Contains(got, " 1-12 of 28  pgup pgdn ─") {
		t.Errorf("\n%s", got)
	}
}

func TestLongLinesOfTheRequestGoOn(t *testing.T) {
	f := NewForm("New", Field{Name: "id"})
	long := `    "reference": "` + strings.Repeat("0123456789 ", 9) + `"`
	f.Preview = func(Values) []string { return []string{"PUT /fhir/x", long} }
	rows := f.Lines(themes["none"], 42, 12)
	var whole string
	for _, l := range strings.Split(bare(rows), "\n")[6:] {
		l = strings.TrimPrefix(l, " ")
		if rest, ok := strings.CutPrefix(l, "↳ "); ok {
			whole += strings.TrimSuffix(rest, strings.Repeat(" ", max(40-len(rest), 0)))
		} else if whole == "" {
			whole = l[:40]
		}
	}
	if strings.TrimRight(whole, " ") != long {
		t.Errorf("%q, not\n%q, of\n%s", whole, long, bare(rows))
	}
}

func TestARequestBoxMovesWhereNotAllIsSeen(t *testing.T) {
	th := themes["none"]
	var r RequestBox
	if got := r.Lines(th, 30, 2); r.Height(30) != 0 || r.Keys() != nil || bare(got) != "─ request ────────────────────\n"+strings.Repeat(" ", 30) {
		t.Errorf("empty: %q", got)
	}
	r.Set([]string{"PUT /a", "{", `  "b": 1`, "}"})
	r.Lines(th, 30, 3)
	down := tea.KeyMsg{Type: tea.KeyPgDown}
	if r.Height(30) != 4 || len(r.Keys()) != 1 || r.Key(press("x")) || !r.Key(down) {
		t.Error("it cannot be moved in")
	}
	if got := bare(r.Lines(th, 30, 3)); !strings.Contains(got, " 2-3 of 4 ") || !strings.Contains(got, `"b": 1`) {
		t.Errorf("\n%s", got)
	}
	r.Lines(th, 30, 5)
	if r.Keys() != nil || r.Key(down) {
		t.Error("it moves although all is seen")
	}
	// The request line is seen first, whatever is typed below it.
	r = RequestBox{}
	r.Set([]string{"PUT /a", "{", `  "b": 1`, "}"})
	r.Lines(th, 34, 3)
	r.Set([]string{"PUT /a", "{", `  "b": 12`, "}"})
	if got := bare(r.Lines(th, 34, 3)); !strings.Contains(got, "PUT /a") || !strings.Contains(got, " 1-2 of 4  pgup pgdn ") {
		t.Errorf("\n%s", got)
	}
}
