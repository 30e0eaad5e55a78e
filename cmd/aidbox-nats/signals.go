package main

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// sameWish is how long after the first signal others count as the same one:
// timeout(1), for one, sends its signal to the process and then to the group.
const sameWish = 500 * time.Millisecond

// untilSignal returns a context that ends when somebody asks this process to
// end. A later signal ends the process at once, whatever is still being stopped.
func untilSignal(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancel(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // nohup(1)
		signal.Notify(signals, syscall.SIGHUP)
	}
	stopped, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		defer signal.Stop(signals)
		select {
		case <-signals:
			cancel()
		case <-stopped:
			return
		}
		timer := time.NewTimer(sameWish)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-stopped:
		}
	}()
	return ctx, sync.OnceFunc(func() {
		cancel()
		close(stopped)
		<-done
	})
}
