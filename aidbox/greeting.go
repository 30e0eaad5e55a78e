package aidbox

import (
	"bytes"
	"context"
	"net"
)

// dialer makes the connections of a transport.
type dialer func(ctx context.Context, network, addr string) (net.Conn, error)

// knowsNATS makes connections that fail with errNATS where a NATS server listens. It greets before it is asked, and
// net/http writes that to the log of the process, or not, as the two cross.
func knowsNATS(dial dialer) dialer {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &greeted{Conn: conn}, nil
	}
}

// greeted is a connection that looks at the first bytes which come.
type greeted struct {
	net.Conn
	looked bool
}

func (c *greeted) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if !c.looked && n > 0 {
		c.looked = true
		if bytes.HasPrefix(b[:n], []byte("INFO {")) {
			return 0, errNATS
		}
	}
	return n, err
}
