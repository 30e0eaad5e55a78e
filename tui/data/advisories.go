package data

import "aidbox-nats/nats"

// Advisories says that the watch of what happens in JetStream has begun, or
// why it may not begin: then Feed is nil. Readers pull from it by the clock,
// however much happens; it is the root's to close.
type Advisories struct {
	Feed *nats.Advisories
	Err  error
}
