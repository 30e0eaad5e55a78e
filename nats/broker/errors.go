package broker

import (
	"errors"
	"fmt"
	"net"
	"regexp"
	"syscall"
)

// AddrInUseError says that another program listens where the server should.
type AddrInUseError struct {
	Addr string // host:port
	Err  error
}

func (e *AddrInUseError) Error() string {
	return fmt.Sprintf("nats-server cannot listen on %s: another program already does; stop it or choose another port", e.Addr)
}

func (e *AddrInUseError) Unwrap() error { return e.Err }

// FatalError is a message on which nats-server would have ended its own process.
type FatalError struct {
	Text string
}

func (e *FatalError) Error() string { return "nats-server gave up: " + e.Text }

// checkFree fails when host:port cannot be listened on.
func checkFree(host string, port int) error {
	addr := address(host, port)
	l, err := net.Listen("tcp", addr)
	switch {
	case err == nil:
		return l.Close()
	case errors.Is(err, syscall.EADDRINUSE):
		return &AddrInUseError{Addr: addr, Err: err}
	default:
		return fmt.Errorf("nats-server cannot listen on %s: %w", addr, err)
	}
}

// listenFailure matches what the net package says about a taken port inside a fatal log message. The
// server's other listeners (monitoring, websocket, cluster) report only in this way.
var listenFailure = regexp.MustCompile(`listen tcp[46]? (\S+): (?:bind|listen): address already in use`)

func fatalError(text string) error {
	fatal := &FatalError{Text: text}
	if m := listenFailure.FindStringSubmatch(text); m != nil {
		return &AddrInUseError{Addr: m[1], Err: fmt.Errorf("%w: %w", syscall.EADDRINUSE, fatal)}
	}
	return fatal
}
