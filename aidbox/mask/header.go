package mask

import (
	"slices"
	"strings"
)

// plainHeaders are the headers of messages whose values say nothing about a
// person, in lower case; so do those that begin with nats-.
var plainHeaders = []string{"content-type", "content-encoding", "content-length", "correlation-id", "traceparent", "status", "description"}

// Header is the value of a message's header as it may be shown: hidden, unless the header is known to be technical.
func (m *Masker) Header(name, value string) string {
	lower := strings.ToLower(name)
	if value == "" || strings.HasPrefix(lower, "nats-") || slices.Contains(plainHeaders, lower) {
		return value
	}
	return Hidden
}
