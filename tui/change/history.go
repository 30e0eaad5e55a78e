package change

import (
	"fmt"
	"net/http"
	"time"

	"aidbox-nats/tui/data"
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
	status int    // zero: no answer
	failed string // why it was not done; empty when it was
	said   string // what was told
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

// what is the request without its server.
func (e entry) what() string {
	if e.id == "" || e.do == create && e.failed != "" {
		return e.do.method() + " " + e.resourceType
	}
	return e.do.method() + " " + e.resourceType + "/" + e.id
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

// about says in a few words what was sent.
func (e entry) about(m data.Mask) string {
	if e.failed != "" {
		return m.Text(e.failed)
	}
	raw, err := toJSON(e.text, e.in)
	if err != nil {
		return ""
	}
	return about(m.JSON(raw))
}
