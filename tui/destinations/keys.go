package destinations

import (
	"bytes"
	"encoding/json"
	"net/http"

	"github.com/charmbracelet/bubbles/key"

	"aidbox-nats/aidbox"
	"aidbox-nats/tui/widget"
)

// Keys are what can be done with destinations.
func (m *Model) Keys() widget.Actions { return append(m.actions(), m.Motions()...) }

// DetailKeys are the same as the list's.
func (m *Model) DetailKeys() widget.Actions { return m.actions() }

func (m *Model) actions() widget.Actions {
	out := widget.Actions{
		{
			Name:    "create a destination",
			Binding: key.NewBinding(key.WithKeys("n"), key.WithHelp("n", "new")),
			Changes: true,
			Why: func() string {
				switch {
				case !m.topicsKnown:
					return "a destination names a topic, and the topics have not been read: r asks for them"
				case len(m.topics) == 0:
					return "a destination needs a topic: 1 then n creates one"
				}
				return m.versionAwaited()
			},
			Open: m.newForm,
		},
		{
			Name:    "replace the destination: delete it and create it again, changed",
			Binding: key.NewBinding(key.WithKeys("e"), key.WithHelp("e", "replace")),
			Changes: true,
			Why:     m.cannotReplace,
			Open:    m.replaceForm,
		},
		{
			Name:    "delete the destination",
			Binding: key.NewBinding(key.WithKeys("d"), key.WithHelp("d", "delete")),
			Changes: true,
			Why: func() string {
				if _, ok := m.Selected(); !ok {
					return "there is no destination to delete"
				}
				return ""
			},
			Open: m.askDelete,
		},
	}
	if m.unsent != nil {
		out = append(out, widget.Action{
			Name:    "create again what a replacement deleted",
			Binding: key.NewBinding(key.WithKeys("E"), key.WithHelp("E", "create "+m.unsent.ID+" again")),
			Changes: true,
			Open:    m.againForm,
		})
	}
	return out
}

func (m *Model) cannotReplace() string {
	d, ok := m.Selected()
	switch {
	case !ok:
		return "there is no destination to replace"
	case !d.IsNATS():
		return "a " + d.Kind + " has settings of its own: only those that send to NATS are replaced here"
	}
	return m.versionAwaited()
}

// versionAwaited says why no form can be opened yet: its fields are those that
// Aidbox's version has, and a form does not change while it stands.
func (m *Model) versionAwaited() string {
	if m.healthKnown {
		return ""
	}
	return "Aidbox has not told its version yet, and the settings depend on it: a moment"
}

// Copied is the selected destination as Aidbox holds it, without secrets.
func (m *Model) Copied() (what, text string) {
	d, ok := m.Selected()
	if !ok {
		return "", ""
	}
	var b bytes.Buffer
	if err := json.Indent(&b, d.Masked().Raw, "", "  "); err != nil {
		return "", ""
	}
	return "destination " + d.ID, b.String()
}

// Command is the curl that creates the selected destination. The password of
// a destination stands in it as $SECRET.
func (m *Model) Command() (what, text string) {
	d, ok := m.Selected()
	if !ok || m.o.API == nil {
		return "", ""
	}
	d = remade(d)
	body, err := masked(d)
	if err != nil {
		return "", ""
	}
	scheme := "Basic "
	if m.o.API.ClientID() == "" {
		scheme = "Bearer "
	}
	header := http.Header{"Content-Type": {"application/json"}, "Authorization": {scheme + aidbox.Mask}}
	e := aidbox.Exchange{Method: http.MethodPost, URL: m.o.API.URL() + path, ClientID: m.o.API.ClientID(), RequestHeader: header, RequestBody: body}
	return "curl that creates " + d.ID, e.Curl()
}
