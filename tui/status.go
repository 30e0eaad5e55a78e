package tui

import (
	"cmp"
	"errors"
	"net/url"
	"strconv"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// status is what the first line tells of both servers.
type status struct {
	masked       bool
	health       data.AidboxHealth
	known        bool
	version      string      // the last that was told
	topics       data.Answer // the last answers to questions about resources
	destinations data.Answer
	broker       data.BrokerHealth
	nats         nats.Status
}

func newStatus(o Options) status { return status{nats: o.NATS.Status()} }

// take keeps what a message says of the servers. A server that tells its
// version to everybody may still refuse this client.
func (s *status) take(msg tea.Msg) {
	switch msg := msg.(type) {
	case data.Mask:
		s.masked = msg.On
	case data.AidboxHealth:
		if msg.Newer(s.health.Question) {
			s.health, s.known = msg, true
			if msg.Err == nil {
				s.version = msg.Version.Text
			}
		}
	case data.BrokerHealth:
		if msg.Newer(s.broker.Question) {
			s.broker = msg
		}
	case data.Topics:
		if msg.Newer(s.topics.Question) {
			s.topics = msg.Answer
		}
	case data.Destinations:
		if msg.Newer(s.destinations.Question) {
			s.destinations = msg.Answer
		}
	}
}

// line draws the status, exactly w wide. What matters least goes first when
// there is no room: what the sandbox took instead, round trips, the name, the
// schemes, the addresses.
func (s *status) line(th theme.Theme, o Options, w int) string {
	for detail := 5; detail >= 0; detail-- {
		left := " "
		if detail > 2 {
			left += th.Paint(theme.TitleFocus, "aidbox-nats") + "   "
		}
		left += s.aidboxPart(th, o, detail) + "   " + s.natsPart(th, detail)
		right := s.right(th, o, detail)
		if gap := w - term.Width(left) - term.Width(right); gap >= 2 || detail == 0 {
			return term.Fit(left+term.Pad(max(gap, 2))+right, w)
		}
	}
	return term.Pad(w)
}

func (s *status) right(th theme.Theme, o Options, detail int) string {
	var parts []string
	if o.ReadOnly {
		parts = append(parts, th.Paint(theme.Warn, "READ-ONLY"))
	}
	if s.masked {
		parts = append(parts, th.Paint(theme.Warn, "MASKED"))
	}
	if o.Sandbox {
		parts = append(parts, th.Paint(theme.Warn, "SANDBOX")+sandboxPart(th, o, detail))
	}
	if o.Profile != "" {
		parts = append(parts, th.Paint(theme.Faint, "profile ")+th.Paint(theme.Text, term.Clean(o.Profile)))
	}
	return strings.Join(parts, "  ") + " "
}

// sandboxPart says in what the sandbox is not the one that was asked for.
func sandboxPart(th theme.Theme, o Options, detail int) string {
	var words []string
	if o.Temporary != "" {
		words = append(words, "temporary")
		if detail > 4 {
			words[0] += " in " + term.Clean(o.Temporary)
		}
	}
	if n := len(o.Taken); n > 0 {
		text := "other port"
		if n > 1 {
			text += "s"
		}
		if detail > 4 {
			text += ": " + ports(o.Taken) + " taken"
		}
		words = append(words, text)
	}
	if len(words) == 0 {
		return ""
	}
	return " " + th.Paint(theme.Warn, strings.Join(words, ", "))
}

func ports(numbers []int) string {
	texts := make([]string, len(numbers))
	for i, n := range numbers {
		texts[i] = strconv.Itoa(n)
	}
	return strings.Join(texts, " and ")
}

// sign is a dot whose word follows it.
func sign(th theme.Theme, role theme.Role) string {
	dot := "●"
	switch {
	case !term.Narrow():
		dot = "*"
	case role == theme.Bad:
		dot = "✗"
	case role == theme.Faint:
		dot = "○"
	}
	return th.Paint(role, dot)
}

func (s *status) aidboxPart(th theme.Theme, o Options, detail int) string {
	err := cmp.Or(s.health.Err, s.topics.Err, s.destinations.Err)
	role, words := theme.OK, ""
	switch {
	case !s.known:
		role, words = theme.Faint, "asking"
	case err != nil:
		role, words = theme.Bad, shortly(err)
	}
	out := th.Paint(theme.Text, "Aidbox ") + sign(th, role) + " "
	out += address(th, o.Aidbox.URL(), detail)
	if words != "" {
		return out + th.Paint(role, words)
	}
	out += th.Paint(theme.Faint, term.Clean(s.health.Version.Text))
	if detail > 3 {
		out += th.Paint(theme.Faint, "  "+widget.Duration(s.health.Took))
	}
	return out
}

// address is a server's URL, only its host where there is little room, and
// nothing where there is none.
func address(th theme.Theme, raw string, detail int) string {
	if detail == 0 || raw == "" {
		return ""
	}
	if u, err := url.Parse(raw); detail < 2 && err == nil && u.Host != "" {
		raw = u.Host
	}
	return th.Paint(theme.Text, term.Clean(raw)) + " "
}

// shortly names an error in a word or two: what is wrong stands in the panes.
func shortly(err error) string {
	var refused *aidbox.Error
	switch {
	case errors.Is(err, aidbox.ErrNotActivated):
		return "not activated"
	case errors.Is(err, aidbox.ErrNoClient):
		return "no client given"
	case errors.Is(err, aidbox.ErrNotHTTP):
		return "no HTTP there"
	case errors.Is(err, aidbox.ErrUnauthorized):
		return "wrong client or secret"
	case errors.Is(err, aidbox.ErrForbidden):
		return "no right to read"
	case errors.As(err, &refused) && refused.Status == 0:
		return "no answer"
	}
	return "error"
}

func (s *status) natsPart(th theme.Theme, detail int) string {
	role, words := theme.OK, ""
	switch s.nats.State {
	case nats.Connecting, nats.Reconnecting, nats.Closed:
		role, words = theme.Warn, s.nats.State.String()
		if s.nats.LastErr != nil {
			role = theme.Bad
		}
	case nats.Connected:
	}
	out := th.Paint(theme.Text, "NATS ") + sign(th, role) + " "
	out += address(th, s.nats.URL, detail)
	if words != "" {
		out += th.Paint(role, words)
		var auth *nats.AuthError
		if errors.As(s.nats.LastErr, &auth) {
			out += th.Paint(role, ": login refused")
		}
		return out
	}
	out += th.Paint(theme.Faint, term.Clean(s.nats.ServerVersion))
	if detail > 3 && s.broker.Err == nil && s.broker.RTT > 0 {
		out += th.Paint(theme.Faint, "  "+widget.Duration(s.broker.RTT))
	}
	if s.nats.JetStream && detail > 2 {
		out += th.Paint(theme.Faint, "  JetStream")
	}
	return out
}
