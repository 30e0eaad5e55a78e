package change

import (
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

var dialogKeys = struct{ send, next, prev, back, history, enter, up, down, left, right, upDown, help key.Binding }{
	send:    key.NewBinding(key.WithKeys("ctrl+s"), key.WithHelp("ctrl+s", "send")),
	next:    key.NewBinding(key.WithKeys("tab"), key.WithHelp("tab", "next")),
	prev:    key.NewBinding(key.WithKeys("shift+tab"), key.WithHelp("shift+tab", "back")),
	back:    key.NewBinding(key.WithKeys("esc"), key.WithHelp("esc", "cancel")),
	history: key.NewBinding(key.WithKeys("ctrl+r"), key.WithHelp("ctrl+r", "sent before")),
	enter:   key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "take")),
	help:    key.NewBinding(key.WithKeys("f1"), key.WithHelp("F1", "help")),
	upDown:  key.NewBinding(key.WithKeys("up", "down"), key.WithHelp("↑↓", "choose")),
	up:      key.NewBinding(key.WithKeys("up")),
	down:    key.NewBinding(key.WithKeys("down")),
	left:    key.NewBinding(key.WithKeys("left", "h"), key.WithHelp("←→", "choose")),
	right:   key.NewBinding(key.WithKeys("right", "l", " ")),
}

// Keys are those that work where the keys are.
func (d *dialog) Keys() widget.Actions {
	return append(d.placeKeys(), widget.Action{Name: "see every key that works here", Binding: dialogKeys.help})
}

func (d *dialog) placeKeys() widget.Actions {
	named := func(name string, b key.Binding, words string) widget.Action {
		b.SetHelp(b.Help().Key, words)
		return widget.Action{Name: name, Binding: b}
	}
	switch {
	case d.sending:
		return widget.Actions{named("close the dialog; the request goes on", dialogKeys.back, "close")}
	case d.confirm != nil:
		return d.confirm.Keys()
	case d.before != nil:
		return append(widget.Actions{
			named("edit it, or send it again", dialogKeys.enter, "edit it, or send it again"),
			named("go back", dialogKeys.back, "back"),
		}, widget.Motions(d.before, nil)...)
	}
	send := named(interaction(d.do, d.absent).String()+" it", dialogKeys.send, d.sendWords())
	send.Changes, send.Why = true, d.whyNot
	next := widget.Action{Name: "go to the next part", Binding: dialogKeys.next}
	choose := named("choose", dialogKeys.upDown, "choose")
	common := widget.Actions{
		named("go to the part before", dialogKeys.prev, "back"),
		named("see what was sent before, to send it again", dialogKeys.history, "sent before"),
		named("close the dialog; what was typed is kept", dialogKeys.back, "cancel"),
	}
	common[0].Moves = true
	switch d.place {
	case onText:
		return append(append(widget.Actions{send, next}, common...), d.textKeys()...)
	case onVerb, onSource, onFormat:
		return append(widget.Actions{{Name: "choose", Binding: dialogKeys.left}, send, next}, common...)
	case onType, onID:
		return append(widget.Actions{named("take it", dialogKeys.enter, "take"), choose, next}, common...)
	}
	return append(widget.Actions{send, next}, common...)
}

// textKeys are those of the text, or of what is deleted. The line of keys tells
// of undoing alone.
func (d *dialog) textKeys() widget.Actions {
	switch {
	case d.do == remove:
		return widget.Motions(&d.view, nil)
	case d.hidden():
		return nil
	}
	keys := d.editor.Keys()
	for i, a := range keys {
		keys[i].Moves = !key.Matches(tea.KeyMsg{Type: tea.KeyCtrlZ}, a.Binding)
	}
	return keys
}

// whyNot says why it cannot be sent now.
func (d *dialog) whyNot() string {
	switch {
	case d.hidden() && d.do != remove:
		return maskedText
	case d.choosing():
		return "choose which " + d.resourceType + " first"
	}
	return ""
}

func (d *dialog) sendWords() string {
	if d.anyway == d.stamp() {
		return "send anyway"
	}
	return interaction(d.do, d.absent).String()
}

func (d *dialog) key(k tea.KeyMsg) tea.Cmd {
	const most = 500
	if d.waits() && !key.Matches(k, dialogKeys.back) {
		if len(d.later) < most {
			d.later = append(d.later, k)
		}
		return nil
	}
	if k.Paste { // before the keys: a pasted word may be the name of one
		return d.paste(k)
	}
	switch {
	case d.confirm != nil:
		return d.confirmKey(k)
	case d.before != nil:
		return d.historyKey(k)
	case key.Matches(k, dialogKeys.back):
		return d.close()
	case key.Matches(k, dialogKeys.history):
		d.openHistory()
		return nil
	case key.Matches(k, dialogKeys.next):
		return d.step(1)
	case key.Matches(k, dialogKeys.prev):
		return d.step(-1)
	case key.Matches(k, dialogKeys.send):
		return tea.Batch(d.leave(), d.submit())
	}
	if d.place != onText {
		return d.fieldKey(k)
	}
	return d.textKey(k)
}

func (d *dialog) textKey(k tea.KeyMsg) tea.Cmd {
	switch {
	case d.do == remove:
		if move, ok := widget.Motions(&d.view, nil).Match(k); ok {
			return move.Run()
		}
		return nil
	case d.hidden():
		d.say(theme.Warn, maskedText)
		return nil
	}
	was := d.editor.Revision()
	d.editor.Update(k)
	if err := d.editor.Refused(); err != nil {
		d.say(theme.Warn, err.Error())
	}
	if d.editor.Revision() != was {
		d.typed()
	}
	return nil
}

// typed makes the text the person's own.
func (d *dialog) typed() {
	d.from, d.own = fromHere, nil
	if d.editor.Refused() == nil {
		d.say(theme.Text, "")
	}
}

// paste types, but for a whole document that takes the place of one in which
// nothing was typed.
func (d *dialog) paste(k tea.KeyMsg) tea.Cmd {
	if d.confirm != nil || d.before != nil {
		return nil
	}
	text := string(k.Runes)
	if d.place != onText || d.do == remove || d.hidden() || d.from == fromHere || !strings.Contains(text, "resourceType") {
		if in := d.typing(); in != nil {
			return d.fieldKey(k)
		}
		if d.place == onText {
			return d.textKey(k)
		}
		return nil
	}
	if err := d.editor.Replace(text); err != nil {
		d.say(theme.Warn, err.Error())
		return nil
	}
	d.loaded, d.refused = false, nil
	d.typed()
	return nil
}

func (d *dialog) fieldKey(k tea.KeyMsg) tea.Cmd {
	switch d.place {
	case onVerb, onSource, onFormat:
		return d.choiceKey(k)
	case onType:
		switch {
		case key.Matches(k, dialogKeys.enter):
			cmd := d.takeType()
			d.moveTo(d.places()[0])
			if d.choosing() {
				d.moveTo(onID)
			}
			return cmd
		case d.moves(k, d.types):
			return nil
		}
	case onID:
		switch {
		case key.Matches(k, dialogKeys.enter) && d.awaits(forChoice):
			d.hold, d.later = true, append(d.later, k) // for the list
			return nil
		case key.Matches(k, dialogKeys.enter):
			cmd := d.takeID(false)
			d.hold = cmd != nil // what comes next is for its text
			return cmd
		case d.moves(k, d.ids):
			return nil
		}
	case onCorrelation:
		if key.Matches(k, dialogKeys.enter) {
			return d.step(1)
		}
	}
	in := d.typing()
	was := in.Value()
	if d.fresh && k.Type == tea.KeyRunes {
		in.SetValue("")
	}
	d.fresh = false
	*in, _ = in.Update(k) // its command is the blinking of the cursor
	if in.Value() == was {
		return nil
	}
	d.say(theme.Text, "")
	d.moved = false
	switch d.place {
	case onType:
		d.matchTypes()
	case onID:
		d.matchIDs()
	}
	return nil
}

// moves moves the cursor of a list beside which is typed.
func (d *dialog) moves(k tea.KeyMsg, in widget.Mover) bool {
	switch k.Type {
	case tea.KeyUp:
		in.Move(-1)
	case tea.KeyDown:
		in.Move(1)
	case tea.KeyPgUp:
		in.Page(-1)
	case tea.KeyPgDown:
		in.Page(1)
	default:
		return false
	}
	d.moved, d.fresh = true, false
	return true
}

func (d *dialog) choiceKey(k tea.KeyMsg) tea.Cmd {
	by := 0
	switch {
	case key.Matches(k, dialogKeys.left):
		by = -1
	case key.Matches(k, dialogKeys.right):
		by = 1
	case key.Matches(k, dialogKeys.enter) && d.choosing():
		d.moveTo(onID)
		return nil
	case key.Matches(k, dialogKeys.enter), key.Matches(k, dialogKeys.down):
		return d.step(1)
	case key.Matches(k, dialogKeys.up):
		return d.step(-1)
	default:
		return nil
	}
	d.say(theme.Text, "")
	switch d.place {
	case onVerb:
		return d.setVerb(verb((int(d.do) + by + 3) % 3))
	case onFormat:
		return d.setFormat(1 - d.in)
	}
	all := d.sources()
	at := slices.Index(all, d.from)
	if at < 0 {
		at, by = 0, 0
	}
	return d.setSource(all[(at+by+len(all))%len(all)])
}
