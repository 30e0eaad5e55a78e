package store

import "sync"

// commits runs the hooks of transactions in the order of their versions. bbolt
// runs commit handlers after it has released its write lock, so the handlers of
// two transactions in a row may otherwise overtake each other.
type commits struct {
	mu      sync.Mutex
	next    uint64 // hooks of all versions up to this one have run
	waiting map[uint64]commit
}

type commit struct {
	last  uint64
	hooks []func()
	done  chan struct{}
}

func newCommits(version uint64) *commits {
	return &commits{next: version, waiting: make(map[uint64]commit)}
}

// ticket returns what must be called after the versions (first, last] have been
// committed, and a channel that is closed when their hooks have run.
func (c *commits) ticket(first, last uint64, hooks []func()) (run func(), done <-chan struct{}) {
	this := commit{last: last, hooks: hooks, done: make(chan struct{})}
	return func() { c.add(first, this) }, this.done
}

func (c *commits) add(first uint64, this commit) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if first == this.last {
		// No version, no place in the order.
		this.run()
		return
	}
	c.waiting[first] = this
	for {
		ready, ok := c.waiting[c.next]
		if !ok {
			return
		}
		delete(c.waiting, c.next)
		c.next = ready.last
		ready.run()
	}
}

func (c commit) run() {
	for _, hook := range c.hooks {
		hook()
	}
	close(c.done)
}
