package tui

import (
	"context"
	"maps"
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/nats"
	"aidbox-nats/tui/change"
	"aidbox-nats/tui/consumers"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/destinations"
	"aidbox-nats/tui/live"
	"aidbox-nats/tui/messages"
	"aidbox-nats/tui/streams"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/topics"
	"aidbox-nats/tui/widget"
	"aidbox-nats/tui/wire"
)

// mode says who takes the keys.
type mode int

const (
	normal    mode = iota // the focused part, then the root
	filtering             // the filter's line
	helping               // the help
	asking                // a dialog
)

// helper is what reads messages and adds actions without a place on the screen.
type helper interface {
	Update(tea.Msg) tea.Cmd
	Anywhere() widget.Actions
}

// starter is what waits for something from the beginning.
type starter interface{ Init() tea.Cmd }

// wireScreen is the name of the screen of every exchange.
const wireScreen = "wire"

// consumersScreen is the name of the screen of a stream's consumers.
const consumersScreen = "consumers"

// messagesScreen is the name of the screen of a stream's messages.
const messagesScreen = "messages"

// place is where the keys are.
type place struct {
	focus  int // index in slots
	part   int // index in the parts of the slot, or of the screen
	zoomed bool
	screen string // what is seen over all lists; empty: none
}

// Model is the root.
type Model struct {
	o      Options
	th     theme.Theme
	reader reader
	w, h   int

	slots   []*slot          // the lists, in the order of their numbers
	screens map[string]*slot // each over all of them, by name
	helpers []helper

	place
	before place   // the view before this one
	under  []place // what the screen was opened over, the one at the bottom first

	dialog  widget.Dialog
	filter  *filterLine
	help    *helpView
	toast   widget.Toast
	notices []string
	mouse   bool
	mask    data.Mask
	// leaving and suspending say that the key was pressed once and told of.
	leaving, suspending bool

	status    status
	now       time.Time
	lastKey   time.Time
	events    uint64 // the last event of the connection that was told
	overtaken uint64 // answers to questions up to this one are from before a change
	advisory  advisoryWatch
	stop      context.CancelFunc
	stopped   context.Context
}

// New returns the console's model. Close releases what it holds.
func New(ctx context.Context, o Options) *Model {
	th := o.theme()
	m := &Model{o: o, th: th, reader: reader{Source: data.NewSource(o.Aidbox, o.NATS)}, notices: o.Notices, now: time.Now()}
	m.lastKey = m.now
	m.stopped, m.stop = context.WithCancel(ctx)
	feed := o.NATS.NewFeed(nats.FeedOptions{})
	topicList := topics.New(th, o.Aidbox)
	m.slots = []*slot{
		newSlot("topic", topicList),
		newSlot("destination", destinations.New(destinations.Options{
			Theme: th, API: o.Aidbox, URLForAidbox: o.URLForAidbox, Sandbox: o.Sandbox,
			NATSURL:   func() string { return o.NATS.Status().URL },
			Listening: func() []string { return subjects(feed) },
			Topic:     topicList.DetailIdentity,
		})),
		newSlot("stream", streams.New(streams.Options{Theme: th, NATS: o.NATS})),
		newSlot("live", live.New(ctx, th, feed, o.NATS)),
	}
	m.screens = map[string]*slot{wireScreen: newSlot(wireScreen, wire.New(ctx, th, o.Recorder, o.Journal))}
	m.screens[consumersScreen] = newSlot("consumer", consumers.New(ctx, consumers.Options{Theme: th, NATS: o.NATS}))
	m.screens[messagesScreen] = newSlot("message", messages.New(ctx, messages.Options{Theme: th, NATS: o.NATS}))
	m.helpers = []helper{change.New(o.Aidbox)}
	m.mask.On = o.Mask
	m.status = newStatus(o)
	return m
}

// subjects are what this console listens on.
func subjects(f *nats.Feed) []string {
	var out []string
	for _, s := range f.Subscriptions() {
		out = append(out, s.Subject)
	}
	return out
}

// Close ends what the panes wait for.
func (m *Model) Close() {
	m.stop()
	m.advisory.close()
	for _, s := range m.everySlot() {
		if c, ok := s.list().pane.(closer); ok {
			c.Close()
		}
	}
}

// everySlot are the lists and the screens over them.
func (m *Model) everySlot() []*slot {
	out := m.slots[:len(m.slots):len(m.slots)]
	for _, name := range slices.Sorted(maps.Keys(m.screens)) {
		out = append(out, m.screens[name])
	}
	return out
}

// Init asks for everything that is on the screen, and begins to wait for what
// comes by itself.
func (m *Model) Init() tea.Cmd {
	cmds := []tea.Cmd{tick(), data.LoadDefinitions, m.connection(), m.setFocus(), m.spread(m.mask)}
	for _, s := range m.everySlot() {
		if i, ok := s.list().pane.(starter); ok {
			cmds = append(cmds, i.Init())
		}
	}
	if len(m.notices) > 0 {
		cmds = append(cmds, widget.Send(widget.Notify{Role: theme.Warn, Text: m.notices[0]}))
		m.notices = m.notices[1:]
	}
	return tea.Batch(cmds...)
}

// Update routes a message. It never waits.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		if m.w == 0 {
			m.w, m.h = msg.Width, msg.Height
			m.layout()
			return m, m.poll() // what is on the screen is known only now
		}
		return m, m.reveal(func() { m.w, m.h = msg.Width, msg.Height })
	case tea.KeyMsg:
		m.lastKey = time.Now()
		var cmds []tea.Cmd
		for _, k := range term.SplitKeys(msg) {
			cmds = append(cmds, m.key(k))
		}
		m.layout()
		return m, tea.Batch(cmds...)
	case tea.MouseMsg:
		return m, m.wheel(msg)
	}
	cmd := m.message(msg)
	m.layout()
	return m, cmd
}

// message takes what is no key: the root's own messages, then everybody's.
func (m *Model) message(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case widget.Notify:
		m.toast.Say(m.now, msg.Role, msg.Text)
		return nil
	case widget.Finished:
		return m.finished(msg)
	case widget.Go:
		return m.showNamed(msg.Pane)
	case data.Stale:
		return m.stale(msg)
	case settled:
		return m.reader.need(m.needs())
	case data.Tick:
		return m.tick(msg)
	case widget.Slow:
		msg.Tell()
		return nil
	case connection:
		return m.connection()
	case watched:
		if told, known := m.advisory.take(msg); known {
			return m.broadcast(told)
		}
		return nil
	case data.Definitions:
		m.mask.Masker = msg.Masker
		return tea.Batch(m.broadcast(msg), m.spread(m.mask))
	}
	again := m.reader.take(msg, m.now)
	if m.late(msg) {
		return again
	}
	was := m.status.version
	m.status.take(msg)
	m.tellVersion(was)
	return tea.Batch(again, m.broadcast(msg))
}

// tellVersion says that there is another server under the same address. It
// waits for its turn among the notices: an answer overtakes what a key says.
func (m *Model) tellVersion(was string) {
	is := m.status.version
	if was == "" || is == was {
		return
	}
	text := "Aidbox is " + term.Clean(is) + " now, not " + term.Clean(was) + " any more: the forms offer what this version has"
	if !slices.Contains(m.notices, text) {
		m.notices = append(m.notices, text)
	}
}

// late says that a message tells of before the last change that was made here.
func (m *Model) late(msg tea.Msg) bool {
	switch msg := msg.(type) {
	case data.Topics:
		return !msg.Newer(m.overtaken)
	case data.Destinations:
		return !msg.Newer(m.overtaken)
	case data.Statuses:
		return !msg.Newer(m.overtaken)
	case data.Streams:
		return !msg.Newer(m.overtaken)
	case data.Consumers:
		return !msg.Newer(m.overtaken)
	}
	return false
}

// spread tells everybody, and the status line.
func (m *Model) spread(msg tea.Msg) tea.Cmd {
	m.status.take(msg)
	return m.broadcast(msg)
}

// broadcast hands a message to everybody who may read from it.
func (m *Model) broadcast(msg tea.Msg) tea.Cmd {
	var cmds []tea.Cmd
	if m.dialog != nil {
		cmds = append(cmds, m.dialog.Update(msg), m.closeDialog())
	}
	for _, s := range m.everySlot() {
		cmds = append(cmds, s.update(msg))
	}
	for _, h := range m.helpers {
		cmds = append(cmds, h.Update(msg))
	}
	return tea.Batch(cmds...)
}

// finished tells how something ended that a dialog asked for, whether the
// dialog still stands or not.
func (m *Model) finished(f widget.Finished) tea.Cmd {
	shown := m.dialog != nil && f.Of(m.dialog)
	said := ""
	if f.Err != nil {
		said = m.mask.Error(f.Err)
		if len(f.Sentences) == 0 {
			f.Sentences = []string{said}
		}
	}
	var cmds []tea.Cmd
	var ahead []tea.KeyMsg
	if shown {
		asked := m.dialog
		cmds = append(cmds, asked.Update(f))
		if k, ok := asked.(widget.Keeper); ok && asked.Done() {
			ahead = k.Typed()
		}
		cmds = append(cmds, m.closeDialog())
	}
	if f.Err != nil {
		if !shown {
			m.toast.Say(m.now, theme.Bad, said)
		}
		return tea.Batch(cmds...)
	}
	role := f.Role
	if role == theme.Text {
		role = theme.OK
	}
	if f.Said != "" {
		m.toast.Say(m.now, role, f.Said)
	}
	// At once, so that the next key finds what was just made.
	for _, msg := range f.Then {
		cmds = append(cmds, m.message(msg))
	}
	for _, k := range ahead {
		cmds = append(cmds, m.key(k))
	}
	return tea.Batch(cmds...)
}

// closeDialog takes away a dialog that is done, and does what was chosen in it.
func (m *Model) closeDialog() tea.Cmd {
	if m.dialog == nil || !m.dialog.Done() {
		return nil
	}
	done := m.dialog
	m.dialog = nil
	if c, ok := done.(chooser); ok {
		if a, chosen := c.Chosen(); chosen {
			return m.do(a)
		}
	}
	return nil
}

// chooser is a dialog in which an action is chosen.
type chooser interface {
	Chosen() (widget.Action, bool)
}

func (m *Model) mode() mode {
	switch {
	case m.help != nil: // of a dialog, too
		return helping
	case m.dialog != nil:
		return asking
	case m.filter != nil:
		return filtering
	}
	return normal
}
