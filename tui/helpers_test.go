package tui_test

import (
	"context"
	"time"

	"aidbox-nats/nats"
)

// flood publishes as fast as one connection can.
func flood(c *nats.Conn, subject string, n int) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for range n {
		if err := c.Publish(ctx, nats.Message{Subject: subject, Data: []byte("x")}); err != nil {
			return err
		}
	}
	return nil
}
