package widget

import (
	"context"
	"testing"
	"time"
)

func TestAwaitAnswersOnceForAPause(t *testing.T) {
	start := time.Now()
	const pause = 50 * time.Millisecond
	msg := Await(context.Background(), pause, func(context.Context) bool { return true }, "changed")()
	if took := time.Since(start); msg != "changed" || took < pause {
		t.Errorf("%v after %v", msg, took)
	}
}

func TestAwaitEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	waits := func(ctx context.Context) bool { <-ctx.Done(); return false }
	done := make(chan any)
	go func() { done <- Await(ctx, 0, waits, "changed")() }()
	go func() { done <- Await(ctx, time.Hour, func(context.Context) bool { return true }, "changed")() }()
	cancel()
	for range 2 {
		if msg := <-done; msg != nil {
			t.Errorf("%v came after the end", msg)
		}
	}
}
