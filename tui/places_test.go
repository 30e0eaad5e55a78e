package tui

import (
	"testing"

	tea "github.com/charmbracelet/bubbletea"
)

func TestKeysMoveBetweenPlaces(t *testing.T) {
	tab, back, esc := tea.KeyMsg{Type: tea.KeyTab}, tea.KeyMsg{Type: tea.KeyShiftTab}, tea.KeyMsg{Type: tea.KeyEsc}
	rune1 := func(r rune) tea.KeyMsg { return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}} }
	for rule, c := range map[string]struct {
		w    int
		from place
		keys []tea.KeyMsg
		want place
	}{
		"tab goes from list to list":          {140, place{}, []tea.KeyMsg{tab}, place{focus: 1}},
		"and into the feed beside them":       {140, place{focus: 3}, []tea.KeyMsg{tab}, place{focus: 3, part: 1}},
		"from the feed round to the first":    {140, place{focus: 3, part: 1}, []tea.KeyMsg{tab}, place{}},
		"backwards too":                       {140, place{}, []tea.KeyMsg{back}, place{focus: 3, part: 1}},
		"a feed that is not seen is left out": {80, place{focus: 3}, []tea.KeyMsg{tab}, place{}},
		"z zooms what has the keys":           {140, place{focus: 3, part: 1}, []tea.KeyMsg{rune1('z')}, place{focus: 3, part: 1, zoomed: true}},
		"and takes it back":                   {140, place{focus: 3, part: 1}, []tea.KeyMsg{rune1('z'), rune1('z')}, place{focus: 3, part: 1}},
		"one pane alone cannot be zoomed":     {80, place{focus: 2}, []tea.KeyMsg{rune1('z')}, place{focus: 2}},
		"w opens the wire, and closes it":     {140, place{focus: 2, part: 1}, []tea.KeyMsg{rune1('w'), rune1('w')}, place{focus: 2, part: 1}},
		"esc goes back to where one was":      {140, place{focus: 2, part: 1}, []tea.KeyMsg{rune1('w'), esc}, place{focus: 2, part: 1}},
		"a number leaves the wire":            {140, place{focus: 2}, []tea.KeyMsg{rune1('w'), rune1('1')}, place{}},
		"- shows the view before":             {140, place{focus: 2}, []tea.KeyMsg{rune1('w'), rune1('-')}, place{focus: 2}},
	} {
		t.Run(rule, func(t *testing.T) {
			m := lonely(t, c.w, 42)
			m.place = c.from
			for _, k := range c.keys {
				m.Update(k)
			}
			if m.place != c.want {
				t.Errorf("%+v, not %+v", m.place, c.want)
			}
		})
	}
}

func TestEscTakesAFilterAway(t *testing.T) {
	for rule, keys := range map[string][]tea.KeyMsg{
		"while it is typed":       {{Type: tea.KeyEsc}},
		"after it was kept":       {{Type: tea.KeyEnter}, {Type: tea.KeyEsc}},
		"when it is opened again": {{Type: tea.KeyEnter}, {Type: tea.KeyRunes, Runes: []rune{'/'}}, {Type: tea.KeyEsc}},
	} {
		for name, at := range map[string]place{"list": {}, "feed": {focus: 3, part: 1}, "zoomed feed": {focus: 3, part: 1, zoomed: true}, "wire": {screen: wireScreen}} {
			t.Run(name+" "+rule, func(t *testing.T) {
				m := lonely(t, 140, 42)
				m.place = at
				for _, r := range "/ab" {
					m.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
				}
				if m.filtered() != "ab" {
					t.Fatalf("the filter is %q", m.filtered())
				}
				for _, k := range keys {
					m.Update(k)
				}
				if m.filtered() != "" || m.place != at || m.mode() != normal {
					t.Errorf("filter %q, at %+v", m.filtered(), m.place)
				}
			})
		}
	}
}
