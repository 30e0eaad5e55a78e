package tui

import (
	"slices"
	"strconv"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// key routes one key by the mode.
func (m *Model) key(k tea.KeyMsg) tea.Cmd {
	switch {
	case k.Type == tea.KeyCtrlC, k.String() == "q" && m.w > 0 && m.tooSmall():
		return m.quit()
	case k.Type == tea.KeyCtrlZ && !m.undoes(k):
		return m.suspend()
	}
	m.leaving, m.suspending = false, false
	if m.w > 0 && m.tooSmall() {
		return nil // what a key would do could not be seen
	}
	switch m.mode() {
	case asking:
		if k.Type == tea.KeyF1 { // ? may be typed there
			return m.openHelp()
		}
		return tea.Batch(m.dialog.Update(k), m.closeDialog())
	case helping:
		return m.helpKey(k)
	case filtering:
		return m.filterKey(k)
	}
	m.toast.Dismiss()
	if a, ok := m.actions().Match(k); ok {
		return m.do(a)
	}
	if k.Paste || k.Type == tea.KeyRunes && k.Alt {
		return nil
	}
	m.toast.Say(m.now, theme.Faint, k.String()+" does nothing here; ? shows what works")
	return nil
}

// undoes says that the key that suspends takes back what was typed.
func (m *Model) undoes(k tea.KeyMsg) bool {
	if m.mode() != asking {
		return false
	}
	_, ok := m.dialog.Keys().Match(k)
	return ok
}

// do runs an action, or tells why it cannot be done now.
func (m *Model) do(a widget.Action) tea.Cmd {
	if why := a.Blocked(); why != "" {
		m.toast.Say(m.now, theme.Warn, why)
		return nil
	}
	switch {
	case a.Open != nil:
		m.dialog = a.Open()
		if i, ok := m.dialog.(starter); ok {
			return i.Init()
		}
	case a.Run != nil:
		return a.Run()
	}
	return nil
}

// actions are all that can be done where the keys are: those of the part
// first, so that it may give a key of its own meaning.
func (m *Model) actions() widget.Actions {
	out := m.focused().pane.Keys()
	out = append(out[:len(out):len(out)], m.anywhere()...)
	return m.allowed(append(out, m.global()...))
}

// anywhere are the panes' actions that need nothing to be selected.
func (m *Model) anywhere() widget.Actions {
	var out widget.Actions
	for _, s := range m.slots {
		if a, ok := s.list().pane.(anywhere); ok {
			out = append(out, a.Anywhere()...)
		}
	}
	for _, h := range m.helpers {
		out = append(out, h.Anywhere()...)
	}
	return out
}

// allowed blocks what changes a server when the console only reads. The
// clients refuse it too: this says why before a form is filled in.
func (m *Model) allowed(as widget.Actions) widget.Actions {
	if !m.o.ReadOnly {
		return as
	}
	out := make(widget.Actions, len(as))
	for i, a := range as {
		if a.Changes {
			a.Why = func() string { return "READ-ONLY: this console changes nothing; start it without --read-only" }
		}
		out[i] = a
	}
	return out
}

// keys are the actions of the line of keys, without those that move.
func (m *Model) keys() widget.Actions {
	switch m.mode() {
	case asking:
		return unmoving(m.dialog.Keys())
	case helping:
		return m.helpActions()
	}
	// What opens and closes stands first: where there is little room, the rest goes.
	local, here := m.local(), m.focused().pane.Keys()
	out := append(untaken(local[:2], here), unmoving(here)...)
	out = append(out, m.anywhere()...)
	return m.allowed(append(out, untaken(local[2:], here)...))
}

// untaken are the actions whose keys the pane has not given a meaning of its own.
func untaken(as, by widget.Actions) widget.Actions {
	var taken []string
	for _, a := range by {
		taken = append(taken, a.Binding.Keys()...)
	}
	return slices.DeleteFunc(slices.Clone(as), func(a widget.Action) bool {
		return slices.ContainsFunc(a.Binding.Keys(), func(k string) bool { return slices.Contains(taken, k) })
	})
}

func unmoving(as widget.Actions) widget.Actions {
	return slices.DeleteFunc(slices.Clone(as), func(a widget.Action) bool { return a.Moves })
}

// keysRight are the actions that are always told of.
func (m *Model) keysRight() widget.Actions {
	if m.mode() != normal {
		return nil
	}
	return widget.Actions{m.wireAction(), m.paletteAction(), m.helpAction()}
}

// global are the root's own actions.
func (m *Model) global() widget.Actions {
	out := m.local()
	for i, s := range m.slots {
		out = append(out, widget.Action{
			Name:    "go to " + s.list().pane.Title().Text,
			Binding: key.NewBinding(key.WithKeys(strconv.Itoa(i+1)), key.WithHelp(strconv.Itoa(i+1), "pane")),
			Run:     func() tea.Cmd { return m.show(i) },
		})
	}
	return append(out,
		action("go to the next pane", "tab", "tab", "next pane", func() tea.Cmd { return m.next(1) }),
		action("go to the pane before", "shift+tab", "shift+tab", "pane before", func() tea.Cmd { return m.next(-1) }),
		m.zoomAction(),
		m.wireAction(),
		m.paletteAction(),
		action("mask or show personal data", "M", "M", "mask", m.toggleMask),
		action("go back to the view before", "-", "-", "view before", m.back),
		action("turn the mouse on or off", "m", "m", "mouse", m.toggleMouse),
		m.helpAction(),
		action("leave the console", "q", "q", "quit", m.quit),
	)
}

// local are the actions that open, close, filter and read again.
func (m *Model) local() widget.Actions {
	open := action("open what is selected", "enter", "enter", "open", m.open)
	open.Why = func() string {
		if m.zoomed || !m.wide() && m.part == len(m.current().parts)-1 {
			return "there is nothing more to open here; esc goes back"
		}
		return ""
	}
	closing := action("go back one step", "esc", "esc", "back", m.close)
	if m.part == 0 && !m.zoomed && m.screen == "" && m.filtered() == "" {
		closing.Binding.SetHelp("", "")
	}
	out := widget.Actions{open, closing}
	if _, ok := m.focused().pane.(filtered); ok {
		out = append(out, action("filter the list", "/", "/", "filter", m.startFilter))
	}
	out = append(out, action("read everything again", "r", "r", "refresh", m.refresh))
	return append(out, m.copyActions()...)
}

func action(name, k, help, words string, run func() tea.Cmd) widget.Action {
	return widget.Action{Name: name, Binding: key.NewBinding(key.WithKeys(k), key.WithHelp(help, words)), Run: run}
}

func (m *Model) zoomAction() widget.Action {
	a := action("zoom what has the keys, or go back", "z", "z", "zoom", m.zoom)
	a.Why = func() string {
		if !m.wide() {
			return "there is room for one pane only: it has the whole screen"
		}
		return ""
	}
	return a
}

func (m *Model) wireAction() widget.Action {
	return action("see every request and its answer", "w", "w", "wire", func() tea.Cmd {
		if m.screen == wireScreen {
			return m.closeScreen()
		}
		return m.openScreen(wireScreen)
	})
}

// paletteAction opens all actions by name. They are gathered when it is opened,
// so that what cannot be done now says why.
func (m *Model) paletteAction() widget.Action {
	a := action("find an action by its name", ":", ":", "commands", nil)
	a.Open = func() widget.Dialog { return widget.NewPalette(m.groups()) }
	return a
}

func (m *Model) toggleMask() tea.Cmd {
	m.mask.On = !m.mask.On
	said := "Personal data is shown"
	if m.mask.On {
		said = "Personal data is masked: on the screen, in searches and in what is copied"
	}
	return tea.Batch(m.spread(m.mask), widget.Send(widget.Notify{Text: said}))
}

func (m *Model) refresh() tea.Cmd {
	return tea.Batch(m.poll(), widget.Send(widget.Notify{Role: theme.Faint, Text: "Reading again"}))
}

func (m *Model) toggleMouse() tea.Cmd {
	m.mouse = !m.mouse
	if m.mouse {
		return tea.Batch(tea.EnableMouseCellMotion, widget.Send(widget.Notify{Text: "Mouse on: the wheel moves; selecting text needs shift. m turns it off."}))
	}
	return tea.Batch(tea.DisableMouse, widget.Send(widget.Notify{Text: "Mouse off: the terminal selects text."}))
}

// wheel moves as three presses of an arrow do.
func (m *Model) wheel(msg tea.MouseMsg) tea.Cmd {
	arrow := tea.KeyMsg{Type: tea.KeyDown}
	switch {
	case m.mode() != normal || m.tooSmall():
		return nil
	case msg.Button == tea.MouseButtonWheelUp:
		arrow.Type = tea.KeyUp
	case msg.Button != tea.MouseButtonWheelDown:
		return nil
	}
	move, ok := m.focused().pane.Keys().Match(arrow)
	if !ok {
		return nil
	}
	return tea.Batch(move.Run(), move.Run(), move.Run())
}

// quit leaves, and asks only if something would be lost.
func (m *Model) quit() tea.Cmd {
	if d, ok := m.dialog.(interface{ Dirty() bool }); ok && d.Dirty() && !m.leaving {
		m.leaving = true
		m.toast.Say(m.now, theme.Warn, "What is typed here would be lost: ctrl+c again leaves, esc closes the form")
		return nil
	}
	return tea.Quit
}

// suspend gives the terminal back to the shell. That stops this whole process,
// and with it a sandbox inside it.
func (m *Model) suspend() tea.Cmd {
	if m.o.Sandbox && !m.suspending {
		m.suspending = true
		m.toast.Say(m.now, theme.Warn, "ctrl+z stops the sandbox too, until fg: ctrl+z again does it")
		return nil
	}
	m.suspending = false
	return tea.Suspend
}
