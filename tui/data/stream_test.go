package data_test

import (
	"testing"

	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
)

func TestTheCommandThatMakesAStream(t *testing.T) {
	streams := func(names ...string) (out []nats.Stream) {
		for _, n := range names {
			out = append(out, nats.Stream{Name: n})
		}
		return out
	}
	for rule, c := range map[string]struct {
		subject string
		taken   []nats.Stream
		want    string
	}{
		"the first is called EVENTS":   {"patients.>", nil, "nats stream add --defaults --subjects='patients.>' --storage=file EVENTS"},
		"another by its subject":       {"orders.new", streams("EVENTS"), "nats stream add --defaults --subjects=orders.new --storage=file ORDERS_NEW"},
		"a name has no wildcards":      {"orders.*.>", streams("EVENTS"), "nats stream add --defaults --subjects='orders.*.>' --storage=file ORDERS"},
		"a name that is taken":         {"orders", streams("EVENTS", "ORDERS", "ORDERS_2"), "nats stream add --defaults --subjects=orders --storage=file ORDERS_3"},
		"a subject of wildcards alone": {">", streams("EVENTS"), "nats stream add --defaults --subjects='>' --storage=file EVENTS_2"},
	} {
		if got := data.StreamCommand(c.subject, c.taken); got != c.want {
			t.Errorf("%s: %s", rule, got)
		}
	}
}
