package widget

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/tui/term/grid"
	"aidbox-nats/tui/theme"
)

func runs(k, name, why string) Action {
	a := action(k, "", name, why)
	a.Run = func() tea.Cmd { return nil }
	return a
}

func paletteGroups() []HelpGroup {
	return []HelpGroup{
		{"Topics", Actions{
			runs("n", "create a topic", ""),
			runs("e", "edit the topic", ""),
			runs("d", "delete the topic", "topic order-topic has destinations: delete them first"),
			action("x", "told", "only told of", ""),
		}},
		{"Anywhere", Actions{
			runs("n", "create a topic", ""),
			runs("p", "publish a message", ""),
			runs("0", "see the flow", ""),
			{Name: "export the trace", Run: func() tea.Cmd { return nil }},
			{Name: "switched off", Run: func() tea.Cmd { return nil },
				Binding: key.NewBinding(key.WithKeys("z"), key.WithHelp("z", "off"), key.WithDisabled())},
			{Name: "not told of", Run: func() tea.Cmd { return nil }, Binding: key.NewBinding(key.WithKeys("esc"))},
		}},
	}
}

func shownNames(p *Palette) string {
	var out []string
	for _, m := range p.shown {
		out = append(out, string(m.name))
	}
	return strings.Join(out, ", ")
}

func typed(p *Palette, text string) {
	for _, r := range text {
		p.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
	}
}

func TestPaletteOffersWhatCanBeRunOnce(t *testing.T) {
	p := NewPalette(paletteGroups())
	if got := shownNames(p); got != "create a topic, edit the topic, delete the topic, publish a message, see the flow, export the trace" {
		t.Error(got)
	}
}

func TestPaletteFilters(t *testing.T) {
	for _, c := range []struct{ rule, text, want string }{
		{"the beginning of words counts most", "tt", "edit the topic, delete the topic, export the trace, create a topic"},
		{"letters in their order are enough", "dltp", "delete the topic"},
		{"case does not count", "CREATE", "create a topic"},
		{"words are found in any order", "topic del", "delete the topic"},
		{"letters that stand together come first", "flow", "see the flow"},
		{"a group's name finds its actions", "anywhere", "publish a message, see the flow, export the trace"},
		{"equals keep their order", "topic", "create a topic, edit the topic, delete the topic"},
		{"nothing", "zzz", ""},
		{"blanks alone filter nothing", "  ", shownNames(NewPalette(paletteGroups()))},
	} {
		p := NewPalette(paletteGroups())
		typed(p, c.text)
		if got := shownNames(p); got != c.want {
			t.Errorf("%s: %q gives %s", c.rule, c.text, got)
		}
	}
}

func TestPaletteKeys(t *testing.T) {
	for _, c := range []struct {
		rule, keys, want string
		done             bool
	}{
		{"enter runs the first", "enter", "create a topic", true},
		{"down selects", "down enter", "edit the topic", true},
		{"ctrl+n and ctrl+p too", "ctrl+n ctrl+n ctrl+p enter", "edit the topic", true},
		{"up stops at the first", "up up enter", "create a topic", true},
		{"end and home", "end home end enter", "export the trace", true},
		{"esc closes", "p u esc", "", true},
		{"letters are typed, not moved with", "j enter", "", false},
		{"typing selects the best", "down down p u b enter", "publish a message", true},
		{"backspace takes back", "p z backspace enter", "publish a message", true},
		{"ctrl+u takes all back", "z z z ctrl+u enter", "create a topic", true},
		{"ctrl+w takes a word", "p space z z ctrl+w enter", "publish a message", true},
		{"enter on what cannot be done does not", "d e l enter", "", false},
		{"and the next key goes on", "d e l enter ctrl+u f l o w enter", "see the flow", true},
		{"enter on nothing does nothing", "z z z enter", "", false},
		{"what comes after the end is not taken", "enter esc down", "create a topic", true},
	} {
		p := NewPalette(paletteGroups())
		for _, k := range strings.Fields(c.keys) {
			p.Update(editKey(k))
		}
		a, ok := p.Chosen()
		if a.Name != c.want || ok != (c.want != "") || p.Done() != c.done {
			t.Errorf("%s: chose %q, done %v", c.rule, a.Name, p.Done())
		}
	}
}

func TestPalettePastesOneBoundedLine(t *testing.T) {
	p := NewPalette(paletteGroups())
	p.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("enter"), Paste: true})
	if string(p.text) != "enter" || p.Done() {
		t.Errorf("%q", string(p.text))
	}
	p.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(strings.Repeat("\x1b\n", 1000)), Paste: true})
	if len(p.text) != paletteText {
		t.Errorf("%d runes", len(p.text))
	}
	exact(t, "pasted", p.View(themes["none"], 60, 20), 60, -1)
}

func TestPaletteSaysWhyNot(t *testing.T) {
	p := NewPalette(paletteGroups())
	th := themes["colours"]
	row := p.View(th, 70, 20)[4]
	if !strings.Contains(row, th.Paint(theme.Faint, "delete the topic")) || !strings.Contains(row, "has destinations") {
		t.Errorf("%q", row)
	}
	typed(p, "del")
	p.Update(press("enter"))
	got := bare(p.View(themes["none"], 40, 20))
	if !strings.Contains(got, "! topic order-topic has") || !strings.Contains(got, "destinations: delete them first") {
		t.Errorf("\n%s", got)
	}
	typed(p, "e")
	if got := bare(p.View(themes["none"], 40, 20)); strings.Contains(got, "! topic") {
		t.Errorf("said for ever:\n%s", got)
	}
}

func TestPaletteIsBounded(t *testing.T) {
	var as Actions
	for i := range 300 {
		as = append(as, runs("n", fmt.Sprintf("action %d %s", i, strings.Repeat("x", 1000)), ""))
	}
	p := NewPalette([]HelpGroup{{"", as}})
	for range 40 {
		p.Update(press("down"))
	}
	lines := p.View(themes["none"], 200, 100)
	exact(t, "many", lines, paletteWidth, paletteRows+3)
	if got := bare(lines); !strings.Contains(got, "▸ action 40 ") {
		t.Errorf("the selected one is not seen:\n%s", got)
	}
	before := len(lines)
	typed(p, "action 41")
	if got := len(p.View(themes["none"], 200, 100)); got != before {
		t.Errorf("the box changes from %d lines to %d while one types", before, got)
	}
}

func TestPaletteIsExactWhateverIsInIt(t *testing.T) {
	for name, th := range themes {
		for _, s := range hostile {
			p := NewPalette([]HelpGroup{{s, Actions{runs(s, s, s), runs(s, s+"b", ""), runs("k", "plain", s)}}})
			for _, text := range []string{"", s, "b"} {
				p.setText([]rune(text))
				p.choose()
				for _, w := range []int{0, 1, 2, 3, 4, 5, 7, 9, 12, 17, 23, 31, 59} {
					for _, h := range []int{0, 1, 2, 3, 4, 9} {
						lines := p.View(th, w, h)
						if len(lines) > h {
							t.Fatalf("%d lines in %d", len(lines), h)
						}
						exact(t, fmt.Sprintf("%s, %q, %q in %dx%d", name, s, text, w, h), lines, w, -1)
					}
				}
			}
		}
	}
}

// embeddings calls f with every way to find query in text.
func embeddings(query, text []rune, from int, at []int, f func([]int)) {
	if len(at) == len(query) {
		f(at)
		return
	}
	for j := from; j < len(text); j++ {
		if unicode.ToLower(text[j]) == unicode.ToLower(query[len(at)]) {
			embeddings(query, text, j+1, append(at[:len(at):len(at)], j), f)
		}
	}
}

func worth(text []rune, at []int) int {
	n := 0
	for i, j := range at {
		n += matchLetter
		if wordStart(text, j) {
			n += matchWordStart
		}
		switch {
		case i > 0 && j == at[i-1]+1:
			n += matchFollows
		case i > 0:
			n -= matchGap * (j - at[i-1])
		}
	}
	return n
}

func TestFuzzyFindsTheBestOfAllWays(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(n int) []rune {
		out := make([]rune, random.IntN(n))
		for i := range out {
			out[i] = []rune("abA é")[random.IntN(5)]
		}
		return out
	}
	for range 20_000 {
		query, text := pick(5), pick(12)
		best := 0
		if len(query) > 0 {
			embeddings(query, text, 0, nil, func(at []int) { best = max(best, worth(text, at), 1) })
		}
		score, at := fuzzy(query, text)
		if score != best || score > 0 && max(worth(text, at), 1) != score {
			t.Fatalf("%q in %q: %d at %v, the best way is worth %d", string(query), string(text), score, at, best)
		}
	}
}

func TestPaletteOnTheScreen(t *testing.T) {
	p := NewPalette(paletteGroups())
	g := grid.Start(t, &dialogScreen{dialog: p, th: themes["colours"]}, 80, 24)
	g.WaitFor("create a topic")
	g.Type("flw")
	g.WaitUntil(func(s string) bool {
		return strings.Contains(s, "▸ see the flow") && strings.Contains(s, ": flw") && strings.Contains(s, "1 of 6")
	})
	g.Press("enter")
	g.WaitFor("done")
	g.Quit()
	if a, ok := p.Chosen(); !ok || a.Name != "see the flow" {
		t.Errorf("chose %q", a.Name)
	}
}

func containing(as Actions, lower string) []string {
	var found []string
	for _, a := range as {
		if strings.Contains(strings.ToLower(a.Name), lower) {
			found = append(found, a.Name)
		}
	}
	return found
}

func BenchmarkPalette(b *testing.B) {
	var as Actions
	for i := range 100 {
		as = append(as, runs("n", fmt.Sprintf("create or delete the thing %d", i), ""))
	}
	p := NewPalette([]HelpGroup{{"Topics", as}})
	text := []rune("crthng")
	b.Run("contains", func(b *testing.B) {
		for b.Loop() {
			sink = containing(as, "thing")
		}
	})
	b.Run("filter", func(b *testing.B) {
		for b.Loop() {
			p.setText(text)
		}
	})
	b.Run("view", func(b *testing.B) {
		for b.Loop() {
			sink = p.View(themes["colours"], 80, 24)
		}
	})
}
