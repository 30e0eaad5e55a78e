package change

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox/mask"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// Bounds of the history.
const (
	historyEntries = 50
	historyBytes   = 8 << 20
)

// entry is what was sent from here, or typed and not sent.
type entry struct {
	number uint64
	at     time.Time
	do     verb
	// resourceType and id are those of the request; a creation's id is that of
	// the answer.
	resourceType, id string
	text             string
	in               format
	// loaded says that the text began as something that the server holds.
	loaded bool

	sent   bool
	failed []string // why it was not done, in sentences; none when it was
	status int      // zero: no answer
	said   string   // what was told
	about  string   // which resource it was, unmasked
}

// result is how it ended: "201 Created", "not sent".
func (e entry) result() string {
	switch {
	case !e.sent:
		return "not sent"
	case e.status == 0:
		return "no answer"
	}
	return statusText(e.status)
}

func statusText(status int) string {
	text := http.StatusText(status)
	if text == "" {
		return fmt.Sprint(status)
	}
	return fmt.Sprintf("%d %s", status, text)
}

// shortID is the width to which ids are shortened beside other columns.
const shortID = 13

// what is the request without its server.
func (e entry) what() string {
	if e.id == "" || e.do == create && len(e.failed) > 0 {
		return e.do.method() + " " + e.resourceType
	}
	return e.do.method() + " " + e.resourceType + "/" + term.Middle(e.id, shortID)
}

// history are entries, newest first, within bounds.
type history struct {
	entries []entry
	made    uint64
}

func (h *history) add(e entry) {
	h.made++
	e.number = h.made
	h.entries = append([]entry{e}, h.entries...)
	size := 0
	for i, e := range h.entries {
		size += len(e.text)
		if i > 0 && (i == historyEntries || size > historyBytes) {
			h.entries = h.entries[:i:i]
			break
		}
	}
}

// last is the newest that was sent with a text.
func (h *history) last() (entry, bool) {
	for _, e := range h.entries {
		if e.sent && e.text != "" {
			return e, true
		}
	}
	return entry{}, false
}

// shown says in a few words what was sent, or why it was refused.
func (e entry) shown(m data.Mask) string {
	switch {
	case len(e.failed) > 0:
		return e.why(m)
	case m.On && e.about != "":
		return mask.Hidden
	}
	return e.about
}

// why says why it was not done, as it may be shown.
func (e entry) why(m data.Mask) string {
	if e.status == 0 {
		return m.Failure(strings.Join(e.failed, "; "))
	}
	return maskedSentences(m, e.failed)
}

// maskedSentences are a server's, which may quote the resource.
func maskedSentences(m data.Mask, sentences []string) string {
	out := make([]string, len(sentences))
	for i, s := range sentences {
		out[i] = m.Failure(s)
	}
	return strings.Join(out, "; ")
}

// openHistory shows what was sent from here.
func (d *dialog) openHistory() {
	if len(d.m.history.entries) == 0 {
		d.say(theme.Faint, "Nothing was sent from here yet")
		return
	}
	d.before = widget.NewTable([]widget.Column[entry]{
		{Cell: func(e entry) widget.Cell {
			return widget.Cell{Text: e.at.Local().Format("15:04:05"), Role: theme.Faint}
		}},
		{Cell: func(e entry) widget.Cell {
			role := theme.OK
			switch {
			case !e.sent:
				role = theme.Faint
			case len(e.failed) > 0:
				role = theme.Bad
			}
			return widget.Cell{Text: e.result(), Role: role}
		}},
		{Cell: func(e entry) widget.Cell { return widget.Cell{Text: e.what()} }},
		{Flex: 1, Drop: 1, Cell: func(e entry) widget.Cell { return widget.Cell{Text: e.shown(d.m.mask), Role: theme.Faint} }},
	}, func(e entry) string { return fmt.Sprint(e.number) })
	d.before.SetRows(d.m.history.entries)
	d.say(theme.Text, "")
}

func (d *dialog) historyKey(k tea.KeyMsg) tea.Cmd {
	e, ok := d.before.Selected()
	switch k.String() {
	case "esc", "ctrl+r", "q":
		d.before = nil
	case "enter":
		if d.before = nil; ok {
			return d.again(e)
		}
	default:
		if move, ok := widget.Motions(d.before, nil).Match(k); ok {
			return move.Run()
		}
	}
	return nil
}

// again puts what was sent before into the dialog, to send it again or to edit
// it. What it changes is read anew.
func (d *dialog) again(e entry) tea.Cmd {
	if e.loaded && d.m.mask.On {
		d.say(theme.Warn, maskedText)
		return nil
	}
	d.keep()
	d.awaited = [purposes]uint64{}
	d.do, d.resourceType, d.id, d.base, d.absent, d.in = e.do, e.resourceType, e.id, nil, false, e.in
	d.kind.SetValue(e.resourceType)
	d.which.SetValue(e.id)
	if e.do == remove {
		return d.choose(e.id)
	}
	d.from = fromHere
	if last, ok := d.m.history.last(); ok && last.number == e.number {
		d.from = fromLast
	}
	d.setText(e.text, e.loaded)
	d.moveTo(onText)
	if e.do == update {
		return d.askBase(forNewBase)
	}
	return nil
}

// told is what was told of it, without why a criterion failed: that may quote
// the resource.
func (e entry) told(m data.Mask) string {
	if before, _, ok := strings.Cut(e.said, " fails: "); ok && m.On {
		return before + " fails"
	}
	return e.said
}

// historyFoot tells of the entry under the cursor.
func (d *dialog) historyFoot(th theme.Theme, w int) []string {
	e, ok := d.before.Selected()
	switch {
	case !ok:
		return []string{""}
	case len(e.failed) > 0:
		lines := paragraph(th, theme.Bad, "✗ "+e.why(d.m.mask), w)
		return lines[:min(len(lines), saidMost)]
	case e.said != "":
		lines := paragraph(th, theme.Faint, e.told(d.m.mask), w)
		return lines[:min(len(lines), saidMost)]
	}
	return []string{th.Paint(theme.Faint, "not sent, "+widget.Bytes(int64(len(e.text)))+" of "+e.in.String())}
}
