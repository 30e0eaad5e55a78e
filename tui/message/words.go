package message

import (
	"strings"

	"aidbox-nats/aidbox/delivery"
	"aidbox-nats/tui/term"
	"aidbox-nats/tui/theme"
	"aidbox-nats/tui/widget"
)

// AllWords are the words that Words may return, a blank between them.
const AllWords = "create? update? delete? change json text binary empty"

// Words is what happened in a message, or what it is: at most 7 cells.
func Words(s delivery.Summary) string {
	switch {
	case s.Kind != delivery.Notification:
		return s.Kind.String()
	case s.Action == "":
		return "change"
	case s.Guessed:
		return s.Action + "?"
	}
	return s.Action
}

// ActionRole is how the action of a notification is drawn.
func ActionRole(action string) theme.Role {
	switch action {
	case "create":
		return theme.OK
	case "update":
		return theme.Warn
	case "delete":
		return theme.Bad
	}
	return theme.Faint
}

// More says how many events a notification has after the first: " +2".
func More(s delivery.Summary) string {
	if s.More == 0 {
		return ""
	}
	return " +" + widget.Count(int64(s.More))
}

// ShortReference shortens Type/id in the middle of the id, to w cells.
func ShortReference(ref string, w int) string {
	kind, id, ok := strings.Cut(term.Clean(ref), "/")
	if rest := w - term.Width(kind) - 1; ok && rest >= 5 {
		return kind + "/" + term.Middle(id, rest)
	}
	return term.Middle(ref, max(w, 0))
}
