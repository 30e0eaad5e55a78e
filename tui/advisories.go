package tui

import (
	"context"
	"errors"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
)

// advisoryWatch is the one subscription to what happens in JetStream, which
// lives as long as the console. A beginning whose answer comes too late ends
// with the connection.
type advisoryWatch struct {
	feed  *nats.Advisories
	asked bool // for this connection
}

// watchDeadline bounds the beginning of the watch.
const watchDeadline = 5 * time.Second

// watched answers the beginning of the watch.
type watched struct{ data.Advisories }

// begin starts the watch once there is a connection. What was refused is asked
// again when there is another one: its user may have other rights.
func (w *advisoryWatch) begin(conn *nats.Conn) tea.Cmd {
	if conn.Status().State != nats.Connected {
		w.asked = false
		return nil
	}
	if w.feed != nil || w.asked {
		return nil
	}
	w.asked = true
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(nats.Background(context.Background()), watchDeadline)
		defer cancel()
		feed, err := conn.WatchAdvisories(ctx)
		return watched{data.Advisories{Feed: feed, Err: err}}
	}
}

// take notes how the watch began. It returns what everybody is to know. Of two
// that began, because the connection was lost in between, the first one stays.
func (w *advisoryWatch) take(msg watched) (data.Advisories, bool) {
	if w.feed != nil {
		if msg.Feed != nil {
			msg.Feed.Close()
		}
		return data.Advisories{}, false
	}
	w.feed = msg.Feed
	return msg.Advisories, msg.Err == nil || errors.As(msg.Err, new(*nats.PermissionError))
}

func (w *advisoryWatch) close() {
	if w.feed != nil {
		w.feed.Close()
	}
}
