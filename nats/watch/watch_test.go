package watch_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"aidbox-nats/nats/watch"
)

func number(seq uint64) uint64 { return seq }

func TestALogKeepsTheNewest(t *testing.T) {
	for _, size := range []int{1, 3, 10} {
		l := watch.NewLog[uint64](size)
		for i := uint64(1); i <= 25; i++ {
			l.Add(number)
			for after := uint64(0); after <= i+2; after++ {
				var want []uint64
				for n := max(after+1, i+1-min(i, uint64(size))); n <= i; n++ {
					want = append(want, n)
				}
				if got := l.After(after); !slices.Equal(got, want) {
					t.Fatalf("%d kept, %d added, after %d: %v, want %v", size, i, after, got, want)
				}
			}
		}
	}
	if got := watch.NewLog[int](5).After(0); got != nil {
		t.Errorf("an empty log has %v", got)
	}
}

func TestWhatWasGivenDoesNotChange(t *testing.T) {
	l := watch.NewLog[uint64](2)
	l.Add(number)
	l.Add(number)
	got := l.After(0)
	l.Add(number)
	if !slices.Equal(got, []uint64{1, 2}) {
		t.Errorf("%v", got)
	}
}

func TestAReaderThatTakesTheChannelFirstMissesNothing(t *testing.T) {
	const n = 2000
	l := watch.NewLog[uint64](n)
	var all sync.WaitGroup
	all.Go(func() {
		for range n {
			l.Add(number)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for range 4 {
		all.Go(func() {
			for seen := uint64(0); seen < n; {
				changed := l.Changed()
				values := l.After(seen)
				if len(values) > 0 {
					if values[0] != seen+1 {
						t.Errorf("%d comes after %d", values[0], seen)
						return
					}
					seen = values[len(values)-1]
					continue
				}
				select {
				case <-changed:
				case <-ctx.Done():
					t.Errorf("nothing was told after %d", seen)
					return
				}
			}
		})
	}
	all.Wait()
	select {
	case <-l.Changed():
		t.Error("a change is told that did not happen")
	default:
	}
}
