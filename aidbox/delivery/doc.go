// Package delivery follows a change from the request that made it to the
// message that a subscriber reads. It looks at both ends, Aidbox's REST API
// and the broker, and turns what it finds into values that a pane, a command
// and a test read alike: nothing here draws or prints.
package delivery
