package nats

import "time"

// maxEvents bounds the events that a Conn keeps.
const maxEvents = 256

// EventKind says what happened to a connection.
type EventKind int

// The kinds of events, each with the type of Event.Err.
const (
	EventConnected    EventKind = iota // nil
	EventDisconnected                  // *DisconnectedError
	EventFailed                        // *ConnectError: an attempt failed, and not in the same way as the one before
	EventAuth                          // *AuthError, likewise
	EventPermission                    // *PermissionError
	EventSlowConsumer                  // *SlowConsumerError
	EventServer                        // *ServerError
	EventLameDuck                      // nil: the server will shut down soon
	EventClosed                        // nil
)

// String names the kind in one or two words.
func (k EventKind) String() string {
	switch k {
	case EventConnected:
		return "connected"
	case EventDisconnected:
		return "disconnected"
	case EventFailed:
		return "connect failed"
	case EventAuth:
		return "login refused"
	case EventPermission:
		return "permission"
	case EventSlowConsumer:
		return "slow consumer"
	case EventServer:
		return "server error"
	case EventLameDuck:
		return "lame duck"
	case EventClosed:
		return "closed"
	}
	return "unknown"
}

// Event is something that happened to a connection outside of any call.
type Event struct {
	Seq  uint64 // 1, 2, 3, ...
	Time time.Time
	Kind EventKind
	Err  error
}

// Events returns the kept events (the last 256) with a greater sequence than after, oldest first.
func (c *Conn) Events(after uint64) []Event {
	return c.events.After(after)
}

// addEvent needs c.mu.
func (c *Conn) addEvent(kind EventKind, err error) {
	c.events.Add(func(seq uint64) Event { return Event{Seq: seq, Time: time.Now(), Kind: kind, Err: err} })
	c.changed.Fire()
}
