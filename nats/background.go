package nats

import "context"

type backgroundKey struct{}

// Background marks what a program asks on its own, again and again, so that
// the record of what a person did can leave it out: see Operation.Background.
func Background(ctx context.Context) context.Context {
	return context.WithValue(ctx, backgroundKey{}, true)
}

// IsBackground says whether ctx was marked by Background.
func IsBackground(ctx context.Context) bool { return ctx.Value(backgroundKey{}) != nil }
