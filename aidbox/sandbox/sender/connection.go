package sender

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"path"
	"path/filepath"
	"strings"
	"time"

	natsgo "github.com/nats-io/nats.go"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/sandbox/notification"
	"aidbox-nats/aidbox/sandbox/subscription"
	"aidbox-nats/nats"
)

const (
	// containerHost is this machine as Docker calls it inside a container.
	containerHost = "host.docker.internal"
	localHost     = "127.0.0.1"
	// credsMount is the folder of Aidbox's container that Options.CredsDir
	// stands for.
	credsMount = "/creds"
)

// connection is a connection to a destination's server.
type connection struct {
	conn *nats.Conn
}

// dial returns when there is a connection, or when every URL has failed once:
// of several that is known when the second round has begun.
func dial(ctx context.Context, d aidbox.Destination, credsDir string) (*connection, error) {
	urls := reachable(d.Param(subscription.ParamURL))
	if len(urls) == 0 {
		// nats.Dial would take its own default, a server that nobody named.
		return nil, fmt.Errorf("%w: the parameter %s names no server", nats.ErrURL, subscription.ParamURL)
	}
	name := d.Param(subscription.ParamConnectionName)
	if name == "" {
		name = "aidbox-sandbox/" + d.ID
	}
	ssl := d.Param(subscription.ParamSSLContext)
	conn, err := nats.Dial(ctx, nats.Options{
		URLs:      urls,
		Name:      name,
		User:      d.Param(subscription.ParamUsername),
		Password:  d.Param(subscription.ParamPassword),
		CredsFile: localCreds(d.Param(subscription.ParamCredentialsFile), credsDir),
		TLS:       ssl != "" && ssl != "none",
	})
	if err != nil {
		return nil, err
	}
	for {
		changed := conn.Changed()
		status := conn.Status()
		switch {
		case status.State == nats.Connected:
			return &connection{conn: conn}, nil
		case ctx.Err() != nil, status.LastErr != nil && (len(urls) == 1 || status.Attempts > len(urls)):
			over, cancel := context.WithCancel(ctx)
			cancel()
			err := conn.WaitConnected(over)
			conn.Close()
			return nil, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// reachable splits a destination's url parameter and names this machine as it
// names itself.
func reachable(list string) []string {
	var urls []string
	for one := range strings.SplitSeq(list, ",") {
		one = strings.TrimSpace(one)
		if one == "" {
			continue
		}
		if !strings.Contains(one, "://") {
			one = "nats://" + one
		}
		if u, err := url.Parse(one); err == nil && strings.EqualFold(u.Hostname(), containerHost) {
			if port := u.Port(); port != "" {
				u.Host = net.JoinHostPort(localHost, port)
			} else {
				u.Host = localHost
			}
			one = u.String()
		}
		urls = append(urls, one)
	}
	return urls
}

// localCreds finds a file of Aidbox's container on this machine.
func localCreds(file, credsDir string) string {
	if file == "" || credsDir == "" {
		return file
	}
	if rest, ok := strings.CutPrefix(path.Clean(file), credsMount+"/"); ok {
		return filepath.Join(credsDir, filepath.FromSlash(rest))
	}
	return file
}

func (c *connection) close() {
	c.conn.Close()
}

// pause waits, but no longer than until the connection is lost or is there again
// after since, the Since of its status. Its other changes, such as a refusal, are
// no reason to try again at once.
func (c *connection) pause(ctx context.Context, d time.Duration, since time.Time) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		changed := c.conn.Changed()
		if !c.conn.Status().Since.Equal(since) {
			return
		}
		select {
		case <-changed:
		case <-timer.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// publish returns when the server has taken the message, or has refused it: Aidbox
// does not listen for that.
func (c *connection) publish(ctx context.Context, m notification.Message) error {
	err := c.conn.Publish(ctx, nats.Message{Subject: m.Subject, Header: header(m), Data: m.Body})
	if errors.As(err, new(*nats.PermissionError)) {
		return nil
	}
	return sized(err, "it is lost")
}

// sized says of a message that is larger than the server takes what becomes of
// it and what to do; other errors stay as they are. The cause comes last: a long
// text is cut.
func sized(err error, fate string) error {
	if !errors.Is(err, natsgo.ErrMaxPayload) {
		return err
	}
	return fmt.Errorf("the notification with its headers is larger than the server's max_payload and %s; "+
		"raise max_payload, or delete the destination, which drops its queue, and create it with the content id-only: %w", fate, err)
}

// header has the names in the lower case in which Aidbox writes them.
func header(m notification.Message) natsgo.Header {
	h := natsgo.Header{"content-type": {"application/json"}}
	if m.CorrelationID != "" {
		h["correlation-id"] = []string{m.CorrelationID}
	}
	return h
}
