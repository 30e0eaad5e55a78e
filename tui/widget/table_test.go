package widget

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
)

type row struct {
	id, name, subject string
	n                 int
}

func rowColumns() []Column[row] {
	return []Column[row]{
		{Title: "name", Flex: 2, Cell: func(r row) Cell { return Cell{Text: r.name} }},
		{Title: "subject", Flex: 1, Drop: 1, Cell: func(r row) Cell { return Cell{Text: r.subject, Role: theme.Faint} }},
		{Title: "count", Right: true, Drop: 2, Cell: func(r row) Cell { return Cell{Text: fmt.Sprint(r.n), Role: theme.Num, Unit: " msg"} }},
	}
}

func newTable(rows ...row) *Table[row] {
	t := NewTable(rowColumns(), func(r row) string { return r.id })
	t.SetRows(rows)
	t.SetSize(40, 5)
	return t
}

func names(ids string) []row {
	var out []row
	for _, r := range ids {
		out = append(out, row{id: string(r), name: "name " + string(r), subject: "subject." + string(r), n: int(r)})
	}
	return out
}

func selected(t *Table[row]) string {
	r, ok := t.Selected()
	if !ok {
		return ""
	}
	return r.id
}

func TestTablesAreExactWhateverIsInThem(t *testing.T) {
	for name, th := range themes {
		for _, s := range hostile {
			tab := newTable(row{"1", s, s, 1}, row{"2", s + s, "x", 22}, row{"3", "x", s, 333})
			tab.SetEmpty(s)
			tab.SetMark(func(r row) Cell { return Cell{Text: r.subject, Role: theme.Bad} })
			for _, w := range []int{0, 1, 2, 3, 4, 5, 6, 7, 9, 12, 17, 24, 31, 49} {
				for h := range 5 {
					for _, titles := range []bool{false, true} {
						tab.ShowTitles(titles)
						tab.SetSize(w, h)
						tab.SetFilter("")
						what := fmt.Sprintf("%s, %q in %dx%d", name, s, w, h)
						exact(t, what, tab.Lines(th, true), w, h)
						tab.SetFilter("no row has this")
						exact(t, what+" empty", tab.Lines(th, false), w, h)
					}
				}
			}
		}
	}
}

func TestTheCursorStaysOnItsRow(t *testing.T) {
	for _, c := range []struct{ rule, before, at, after, want string }{
		{"when rows come before it", "bcd", "c", "abcd", "c"},
		{"when rows change places", "abc", "c", "cba", "c"},
		{"the next is chosen when it goes", "abcd", "b", "acd", "c"},
		{"or the next that is left", "abcd", "b", "ad", "d"},
		{"or the one before when it was the last", "abc", "c", "ab", "b"},
		{"the place when nothing is left", "abc", "b", "xyz", "y"},
		{"the first when it was empty", "", "", "ab", "a"},
		{"none when it becomes empty", "ab", "a", "", ""},
	} {
		tab := newTable(names(c.before)...)
		tab.Select(c.at)
		tab.SetRows(names(c.after))
		if got := selected(tab); got != c.want {
			t.Errorf("%s: %q, not %q", c.rule, got, c.want)
		}
	}
}

func TestTheCursorMoves(t *testing.T) {
	tab := newTable(names("abcdefghij")...)
	for _, c := range []struct {
		what  string
		do    func() bool
		want  string
		moved bool
	}{
		{"up at the top", func() bool { return tab.Move(-1) }, "a", false},
		{"down", func() bool { return tab.Move(1) }, "b", true},
		{"a page", func() bool { return tab.Page(1) }, "f", true},
		{"to the bottom", tab.Bottom, "j", true},
		{"a page past it", func() bool { return tab.Page(1) }, "j", false},
		{"to the top", tab.Top, "a", true},
	} {
		if moved := c.do(); selected(tab) != c.want || moved != c.moved {
			t.Errorf("%s: %q, moved %v", c.what, selected(tab), moved)
		}
	}
	empty := newTable()
	if empty.Move(1) || empty.Bottom() || empty.Select("a") || selected(empty) != "" {
		t.Error("the cursor moved where no row is")
	}
}

func TestFilter(t *testing.T) {
	for _, c := range []struct{ rule, filter, want string }{
		{"letter case aside", "NAME B", "b"},
		{"in any column", "subject.c", "c"},
		{"with its unit", "97 msg", "a"},
		{"inverted", "!name b", "ac"},
		{"nothing is no filter", "", "abc"},
		{"nothing inverted too", "!", "abc"},
	} {
		tab := newTable(names("abc")...)
		tab.SetFilter(c.filter)
		got := ""
		for _, r := range tab.Rows() {
			got += r.id
		}
		if got != c.want || tab.Len() != 3 {
			t.Errorf("%s: %q of %d, not %q", c.rule, got, tab.Len(), c.want)
		}
	}
}

func TestFilterHoldsWhenRowsCome(t *testing.T) {
	tab := newTable(names("abc")...)
	tab.SetFilter("name c")
	tab.SetRows(append(names("xy"), names("abc")...))
	if len(tab.Rows()) != 1 || selected(tab) != "c" {
		t.Errorf("%v, %q", tab.Rows(), selected(tab))
	}
	tab.SetFilter("")
	if selected(tab) != "c" {
		t.Errorf("the cursor went to %q", selected(tab))
	}
}

func TestTheCursorIsAlwaysSeen(t *testing.T) {
	th := themes["none"]
	tab := newTable(names("abcdefghijklmnop")...)
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		switch r.IntN(6) {
		case 0:
			tab.Move(r.IntN(9) - 4)
		case 1:
			tab.Page(r.IntN(3) - 1)
		case 2:
			tab.SetSize(40, 1+r.IntN(6))
		case 3:
			tab.Bottom()
		case 4:
			rows := names("abcdefghijklmnop")
			r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
			tab.SetRows(rows[:1+r.IntN(len(rows))])
		case 5:
			tab.SetFilter([]string{"", "!name c"}[r.IntN(2)])
		}
		row, ok := tab.Selected()
		text := bare(tab.Lines(th, true))
		if ok && !strings.Contains(text, "▸ "+row.name) {
			t.Fatalf("the row %s is not marked in\n%s", row.name, text)
		}
	}
}

// The window is where the cursor is before anything is drawn: what is read
// again is what can be seen.
func TestVisibleRowsAreKnownBeforeTheyAreDrawn(t *testing.T) {
	table := NewTable([]Column[int]{{Flex: 1, Cell: func(i int) Cell { return Cell{Text: strconv.Itoa(i)} }}}, strconv.Itoa)
	table.SetSize(10, 3)
	table.SetRows([]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	for _, c := range []struct {
		what string
		do   func()
		want []int
	}{
		{"at the start", func() {}, []int{0, 1, 2}},
		{"at the last", func() { table.Bottom() }, []int{7, 8, 9}},
		{"one up stays in the window", func() { table.Move(-1) }, []int{7, 8, 9}},
		{"selected by identity", func() { table.Select("4") }, []int{4, 5, 6}},
		{"with more room", func() { table.SetSize(10, 5) }, []int{4, 5, 6, 7, 8}},
		{"filtered", func() { table.SetFilter("!4") }, []int{5, 6, 7, 8, 9}},
		{"fewer than fit", func() { table.SetRows([]int{5}) }, []int{5}},
	} {
		c.do()
		if got := table.Visible(); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, not %v", c.what, got, c.want)
		}
		before := table.Lines(themes["none"], false)
		if after := table.Lines(themes["none"], false); !slices.Equal(before, after) || !slices.Equal(table.Visible(), c.want) {
			t.Errorf("%s: drawing changes what is drawn", c.what)
		}
	}
}

func TestColumns(t *testing.T) {
	th := themes["none"]
	for _, c := range []struct {
		rule string
		w    int
		want string
	}{
		{"spare cells go to the flexible columns", 51, "▸ patient-topic          patients.>         12 msg "},
		{"all fit", 38, "▸ patient-topic  patients.>    12 msg "},
		{"flexible ones are cut, by what they need", 35, "▸ patient-t…  patients.>    12 msg "},
		{"the last to be dropped goes first", 28, "▸ patient-topic  patients.> "},
		{"then the next", 16, "▸ patient-topic "},
		{"the last one is cut", 9, "▸ patien…"},
	} {
		tab := newTable(row{"1", "patient-topic", "patients.>", 12})
		tab.columns[2].Width = 8
		tab.SetSize(c.w, 1)
		if got := bare(tab.Lines(th, true)); got != c.want {
			t.Errorf("%s:\n%q, not\n%q", c.rule, got, c.want)
		}
	}
}

func TestUnitsGoBeforeDigits(t *testing.T) {
	tab := NewTable([]Column[row]{{Width: 4, Right: true, Cell: func(r row) Cell { return Cell{Text: fmt.Sprint(r.n), Unit: " msg"} }}},
		func(r row) string { return r.id })
	tab.SetRows([]row{{id: "1", n: 12}})
	tab.SetSize(6, 1)
	if got := bare(tab.Lines(themes["none"], true)); got != "▸   12" {
		t.Errorf("%q", got)
	}
}

func TestMarksStandBeforeTheCursorsOwn(t *testing.T) {
	tab := newTable(names("ab")...)
	tab.SetMark(func(r row) Cell {
		if r.id == "b" {
			return Cell{Text: "!", Role: theme.Bad}
		}
		return Cell{}
	})
	lines := strings.Split(bare(tab.Lines(themes["none"], false)), "\n")
	if !strings.HasPrefix(lines[0], "▸ name a") || !strings.HasPrefix(lines[1], "! name b") {
		t.Errorf("%q", lines)
	}
}

func TestTheRowHasABackgroundOnlyWithTheKeys(t *testing.T) {
	tab := newTable(names("ab")...)
	const background = "48;2;"
	if l := tab.Lines(themes["colours"], true); !strings.Contains(l[0], background) || strings.Contains(l[1], background) {
		t.Errorf("%q", l[:2])
	}
	if l := strings.Join(tab.Lines(themes["colours"], false), ""); strings.Contains(l, background) {
		t.Errorf("%q", l)
	}
}

func TestEmptyTablesSaySo(t *testing.T) {
	tab := newTable()
	tab.SetEmpty("No topics yet. n creates one.")
	if got := bare(tab.Lines(themes["none"], true)); !strings.Contains(got, "No topics yet. n creates one.") {
		t.Errorf("%q", got)
	}
	tab.SetRows(names("a"))
	tab.SetFilter("zz")
	if got := bare(tab.Lines(themes["none"], true)); !strings.Contains(got, "Nothing here matches zz") {
		t.Errorf("%q", got)
	}
}

// BenchmarkTable draws forty rows, beside padding alone.
func BenchmarkTable(b *testing.B) {
	th := themes["colours"]
	var rows []row
	for i := range 1000 {
		rows = append(rows, row{id: fmt.Sprint(i), name: fmt.Sprintf("destination-%d", i), subject: "patients.created", n: i})
	}
	tab := newTable(rows...)
	tab.SetSize(100, 40)
	plain := slices.Collect(func(yield func(string) bool) {
		for _, r := range rows[:40] {
			if !yield(r.name + "  " + r.subject + "  " + fmt.Sprint(r.n) + " msg") {
				return
			}
		}
	})
	b.Run("pad", func(b *testing.B) {
		for b.Loop() {
			out := make([]string, 0, 40)
			for _, l := range plain {
				out = append(out, l+term.Pad(100-len(l)))
			}
			sink = out
		}
	})
	b.Run("table", func(b *testing.B) {
		for b.Loop() {
			sink = tab.Lines(th, true)
		}
	})
	b.Run("rows", func(b *testing.B) {
		for b.Loop() {
			tab.SetRows(rows)
		}
	})
}

func TestTheCursorIsSeenBehindAMark(t *testing.T) {
	tab := newTable(names("ab")...)
	tab.SetMark(func(r row) Cell {
		if r.id == "b" {
			return Cell{Text: "!", Role: theme.Bad}
		}
		return Cell{}
	})
	for at, want := range map[string][2]string{"a": {"▸ name a", "! name b"}, "b": {"  name a", "!▸name b"}} {
		tab.Select(at)
		for _, focused := range []bool{true, false} {
			lines := tab.Lines(themes["none"], focused)
			for i, w := range want {
				if got := bare(lines[i : i+1]); !strings.HasPrefix(got, w) {
					t.Errorf("the cursor on %s: %q, not %q", at, got, w)
				}
			}
		}
	}
}
