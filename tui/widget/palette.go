package widget

import (
	"cmp"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
)

// Bounds of the palette: its box, the actions that it shows at once, the lines
// that say why one cannot be done, and what is typed, in runes.
const (
	paletteWidth = 76
	paletteRows  = 12
	paletteWhy   = 3
	paletteText  = 64
	paletteName  = 120
)

// Palette is a dialog over all actions by their names. What is typed filters
// them; enter chooses one, which the caller then does. An action that cannot
// be done now is shown faint, and enter on it says why instead.
type Palette struct {
	all    []paletteItem
	shown  []paletteMatch
	text   []rune
	at     int // the cursor, in shown
	scroll Scroll
	why    string // said after enter on what cannot be done
	done   bool
	chosen bool
	keys   int // width of the column of keys
}

type paletteItem struct {
	action Action
	group  string
	name   []rune // clean and bounded
}

type paletteMatch struct {
	*paletteItem
	score int
	at    map[int]bool
}

// NewPalette returns a palette of the actions that can be run, in the order of
// the groups. Of several of one name the first is taken, as [Actions.Match]
// does of several with one key. What the help leaves out is left out here.
func NewPalette(groups []HelpGroup) *Palette {
	p := &Palette{}
	seen := map[string]bool{}
	for _, g := range groups {
		for _, a := range g.Actions {
			if a.Name == "" || seen[a.Name] || !runnable(a) {
				continue
			}
			seen[a.Name] = true
			name := []rune(term.Clean(a.Name))
			p.all = append(p.all, paletteItem{action: a, group: g.Title, name: name[:min(len(name), paletteName)]})
			p.keys = max(p.keys, term.Width(term.Clean(a.Binding.Help().Key)))
		}
	}
	p.keys = min(p.keys, 16)
	p.apply()
	return p
}

// runnable reports whether there is something to do, by a key that is told of
// or by none at all.
func runnable(a Action) bool {
	if a.Run == nil && a.Open == nil {
		return false
	}
	return len(a.Binding.Keys()) == 0 || a.Binding.Enabled() && a.Binding.Help().Key != ""
}

var paletteKeys = struct{ run, up, down, pageUp, pageDown, first, last, close, rub, word, clear key.Binding }{
	run:      key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "do it")),
	up:       key.NewBinding(key.WithKeys("up", "ctrl+p"), key.WithHelp("↑ ctrl+p", "up")),
	down:     key.NewBinding(key.WithKeys("down", "ctrl+n"), key.WithHelp("↓ ctrl+n", "down")),
	pageUp:   key.NewBinding(key.WithKeys("pgup"), key.WithHelp("pgup", "page up")),
	pageDown: key.NewBinding(key.WithKeys("pgdown"), key.WithHelp("pgdn", "page down")),
	first:    key.NewBinding(key.WithKeys("home")),
	last:     key.NewBinding(key.WithKeys("end")),
	close:    key.NewBinding(key.WithKeys("esc"), key.WithHelp("esc", "close")),
	rub:      key.NewBinding(key.WithKeys("backspace", "ctrl+h")),
	word:     key.NewBinding(key.WithKeys("ctrl+w", "alt+backspace")),
	clear:    key.NewBinding(key.WithKeys("ctrl+u"), key.WithHelp("ctrl+u", "clear")),
}

// Keys are those that work in the palette.
func (p *Palette) Keys() Actions {
	return Actions{
		{Name: "do what is selected", Binding: paletteKeys.run},
		{Name: "select the one above", Binding: paletteKeys.up},
		{Name: "select the one below", Binding: paletteKeys.down},
		{Name: "close the palette", Binding: paletteKeys.close},
		{Name: "clear what is typed", Binding: paletteKeys.clear},
	}
}

// Done says that an action was chosen, or that the palette was closed.
func (p *Palette) Done() bool { return p.done }

// Chosen is the action that was chosen, once the palette is done.
func (p *Palette) Chosen() (Action, bool) {
	if !p.chosen {
		return Action{}, false
	}
	return p.shown[p.at].action, true
}

// Update takes a key. The action itself is the caller's to do.
func (p *Palette) Update(msg tea.Msg) tea.Cmd {
	k, ok := msg.(tea.KeyMsg)
	if !ok || p.done {
		return nil
	}
	p.why = ""
	switch {
	case k.Paste: // before the keys: a pasted word may be the name of one
		p.typed(k.Runes)
	case key.Matches(k, paletteKeys.close):
		p.done = true
	case key.Matches(k, paletteKeys.run):
		p.choose()
	case key.Matches(k, paletteKeys.up):
		p.move(-1)
	case key.Matches(k, paletteKeys.down):
		p.move(1)
	case key.Matches(k, paletteKeys.pageUp):
		p.move(-paletteRows + 1)
	case key.Matches(k, paletteKeys.pageDown):
		p.move(paletteRows - 1)
	case key.Matches(k, paletteKeys.first):
		p.move(-len(p.shown))
	case key.Matches(k, paletteKeys.last):
		p.move(len(p.shown))
	case key.Matches(k, paletteKeys.clear):
		p.setText(nil)
	case key.Matches(k, paletteKeys.rub):
		p.setText(p.text[:max(len(p.text)-1, 0)])
	case key.Matches(k, paletteKeys.word):
		rest := strings.TrimRight(string(p.text), " ")
		p.setText([]rune(rest[:strings.LastIndexByte(rest, ' ')+1]))
	case (k.Type == tea.KeyRunes || k.Type == tea.KeySpace) && !k.Alt:
		p.typed(k.Runes)
	}
	return nil
}

func (p *Palette) choose() {
	if len(p.shown) == 0 {
		return
	}
	if p.why = p.shown[p.at].action.Blocked(); p.why != "" {
		return
	}
	p.done, p.chosen = true, true
}

func (p *Palette) move(delta int) {
	p.at = max(min(p.at+delta, len(p.shown)-1), 0)
}

func (p *Palette) typed(runes []rune) {
	text := append(slices.Clone(p.text), runes...)
	p.setText(text[:min(len(text), paletteText)])
}

// setText puts the cursor on the best match.
func (p *Palette) setText(text []rune) {
	p.text, p.at = text, 0
	p.apply()
}

func (p *Palette) apply() {
	p.shown = nil
	text := string(p.text)
	for i := range p.all {
		it := &p.all[i]
		score, at, ok := fuzzyWords(text, it.name, it.action.Binding.Help().Desc, it.group)
		if ok {
			p.shown = append(p.shown, paletteMatch{it, score, at})
		}
	}
	slices.SortStableFunc(p.shown, func(a, b paletteMatch) int { return cmp.Compare(b.score, a.score) })
}

// View draws a box that keeps its height while one types.
func (p *Palette) View(th theme.Theme, w, h int) []string {
	w = min(w, paletteWidth)
	inner := max(w-2, 0)
	var said []string
	if p.why != "" {
		for i, l := range term.Wrap(term.Clean(p.why), max(inner-4, 1)) {
			sign := "  "
			if i == 0 {
				sign = toastSign(theme.Warn)
			}
			said = append(said, " "+th.Paint(theme.Warn, sign+l))
		}
		said = said[:min(len(said), paletteWhy)]
	}
	rows := max(min(max(len(p.all), 1), paletteRows, h-3-len(said)), 0)
	cursor := th.Text.Reverse(true).Render(" ")
	body := []string{" " + th.Paint(theme.Key, ":") + " " + tail(term.Clean(string(p.text)), inner-5) + cursor}
	body = append(body, p.rows(th, inner, rows)...)
	body = append(body, said...)
	title := Title{Text: "Commands", Right: Count(int64(len(p.shown)))}
	if len(p.shown) < len(p.all) {
		title.Right += " of " + Count(int64(len(p.all)))
	}
	return Frame(th, title, 0, true, w, min(h, len(body)+2), body)
}

// tail is the end of a clean text that has room in w cells.
func tail(text string, w int) string {
	runes := []rune(text)
	for len(runes) > 0 && term.Width(string(runes)) > w {
		runes = runes[1:]
	}
	return term.Clean(string(runes))
}

func (p *Palette) rows(th theme.Theme, w, h int) []string {
	out := make([]string, h)
	if len(p.shown) == 0 && h > 0 {
		out[0] = " " + th.Paint(theme.Faint, "No action matches "+term.Clean(string(p.text))+".")
		if len(p.all) == 0 {
			out[0] = " " + th.Paint(theme.Faint, "Nothing can be done here.")
		}
		return out
	}
	p.scroll.SetSize(h, len(p.shown))
	p.scroll.Show(p.at)
	for i := range out {
		if j := p.scroll.Offset() + i; j < len(p.shown) {
			out[i] = p.row(th, j, w)
		}
	}
	return out
}

// row is "▸ create a topic                          n ", or faint with the
// reason behind the name.
func (p *Palette) row(th theme.Theme, j, w int) string {
	m := p.shown[j]
	paint, mark := th.Paint, Cell{Text: " "}
	if j == p.at {
		paint, mark = th.PaintSelected, cursorMark(true)
	}
	keys := 0
	if room := w - markWidth - p.keys - columnGap - 1; room >= 16 {
		keys = p.keys
	}
	room := max(w-markWidth-keys-columnGap-1, 0)
	why := m.action.Blocked()
	name := term.Cut(m.painted(paint, why != ""), room)
	if left := room - term.Width(name) - columnGap; why != "" && left >= 8 {
		name += paint(theme.Text, term.Pad(columnGap)) + term.Cut(paint(theme.Warn, term.Clean(why)), left)
	}
	role := theme.Key
	if why != "" {
		role = theme.Faint
	}
	line := paint(mark.Role, mark.Text) + paint(theme.Text, " ") + name +
		paint(theme.Text, term.Pad(room-term.Width(name)+columnGap)) +
		paint(role, term.FitRight(term.Clean(m.action.Binding.Help().Key), keys))
	return term.Cut(line, w) + paint(theme.Text, term.Pad(w-term.Width(line)))
}

// painted is the name with the letters that were found standing out.
func (m paletteMatch) painted(paint func(theme.Role, string) string, blocked bool) string {
	plain, found := theme.Text, theme.Key
	if blocked {
		plain, found = theme.Faint, theme.Faint
	}
	var b strings.Builder
	for i := 0; i < len(m.name); {
		from := i
		for i < len(m.name) && m.at[i] == m.at[from] {
			i++
		}
		role := plain
		if m.at[from] {
			role = found
		}
		b.WriteString(paint(role, string(m.name[from:i])))
	}
	return b.String()
}
