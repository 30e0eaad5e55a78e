package nats

import (
	"context"
	"net"
	"sync"
	"time"
)

// dialer makes the TCP connections of a Conn. It knows what nats.go does not tell: which address the last
// attempt went to, when it began, and its error; and it ends an attempt when the Conn is closed. nats.go
// forgets a connection whose login failed without closing it, so each new dial closes the one before.
type dialer struct {
	ctx context.Context
	net net.Dialer

	mu       sync.Mutex
	last     net.Conn
	release  func() bool // forgets last's end with the context
	addr     string
	begun    time.Time
	err      error
	attempts int // since the last reset
}

// dialError keeps the address beside the cause: nats.go reports failed dials later, when it is on to the next.
type dialError struct {
	addr string
	err  error
}

func (e *dialError) Error() string { return e.err.Error() }

func (e *dialError) Unwrap() error { return e.err }

// Dial implements nats.go's CustomDialer.
func (d *dialer) Dial(network, addr string) (net.Conn, error) {
	d.mu.Lock()
	if d.last != nil {
		d.release()
		d.last.Close()
		d.last = nil
	}
	d.addr, d.begun, d.err = addr, time.Now(), nil
	d.attempts++
	d.mu.Unlock()

	conn, err := d.net.DialContext(d.ctx, network, addr)
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil {
		d.err = &dialError{addr: addr, err: err}
		return nil, d.err
	}
	d.last = conn
	// A handshake that waits for the peer must not hold up the closing of the Conn.
	d.release = context.AfterFunc(d.ctx, func() { conn.Close() })
	return conn, nil
}

// attempt describes the last dial. err is its *dialError, or nil.
func (d *dialer) attempt() (addr string, begun time.Time, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.addr, d.begun, d.err
}

// count is the number of dials since the last reset.
func (d *dialer) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.attempts
}

func (d *dialer) reset() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.attempts = 0
}
