package nats

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// State is where a connection stands.
type State int

// The states of a connection.
const (
	Connecting   State = iota // never connected so far
	Connected                 // established
	Reconnecting              // was connected, is trying again
	Closed                    // Close was called
)

// String names the state in lower case.
func (s State) String() string {
	switch s {
	case Connecting:
		return "connecting"
	case Connected:
		return "connected"
	case Reconnecting:
		return "reconnecting"
	case Closed:
		return "closed"
	}
	return fmt.Sprintf("State(%d)", int(s))
}

// Status describes a connection at one moment.
type Status struct {
	State State
	// URL is the server connected to, else the one that was tried or connected to last. Secrets are masked.
	URL string
	// ServerVersion, ServerName and JetStream are what the server said at the last connect.
	ServerVersion string
	ServerName    string
	JetStream     bool
	Since         time.Time // of State
	// LastErr is why there is no connection: *DisconnectedError, *ConnectError or *AuthError. Nil when
	// connected, and before the first attempt has ended.
	LastErr    error
	Attempts   int // to connect, since it was connected last
	Reconnects int // times that it was connected again
}

// Status returns the present state without waiting for anything.
func (c *Conn) Status() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	status := c.status
	status.Attempts = c.dialer.count()
	return status
}

// Changed returns a channel that is closed at the next change of the status or the next event. Take it, then
// look, then wait.
func (c *Conn) Changed() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changed.Changed()
}

// WaitConnected returns nil once the connection is established. When ctx ends before, the error says for each
// URL why not and what to do, and wraps these causes (*ConnectError, *AuthError, *DisconnectedError) and
// ctx's error.
func (c *Conn) WaitConnected(ctx context.Context) error {
	for {
		changed := c.Changed()
		switch c.Status().State {
		case Connected:
			return nil
		case Closed:
			return ErrClosed
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return c.whyNot(ctx.Err())
		}
	}
}

// whyNot collects the causes by URL, in the order of the URLs.
func (c *Conn) whyNot(cause error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := &waitError{causes: []error{cause}}
	for _, u := range c.urls {
		at := maskURL(u)
		if err := c.failures[at]; err != nil {
			e.causes = append(e.causes, err)
			e.texts = append(e.texts, err.Error())
		}
	}
	if len(e.texts) == 0 {
		if c.status.LastErr != nil {
			e.causes = append(e.causes, c.status.LastErr)
			e.texts = append(e.texts, c.status.LastErr.Error())
		} else {
			e.texts = append(e.texts, c.status.URL+" has not answered yet")
		}
	}
	e.causes = append(e.causes, ErrNotConnected)
	return e
}

// waitError says why a connection did not come about while somebody waited for it.
type waitError struct {
	texts  []string
	causes []error
}

func (e *waitError) Error() string { return strings.Join(e.texts, "; ") }

func (e *waitError) Unwrap() []error { return e.causes }
