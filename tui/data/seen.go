package data

import "time"

// Seen says that a notification passed by: the newest of its topic since the
// last look, at most one for each look.
type Seen struct {
	Topic, Destination string
	// Focus is the resource of its first event, Type/id.
	Focus string
	At    time.Time
}
