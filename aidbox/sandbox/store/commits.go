package store

import (
	"errors"
	"sync"

	"go.etcd.io/bbolt"
)

// maxGroup bounds how many changes share a transaction of the file.
const maxGroup = 1024

// commits is where changes wait for the one that is being written. The first
// that comes leads: it writes those that wait, itself among them, and hands the
// lead to the next that waits. So a lone change waits for nobody, and there is
// one transaction at a time, whose hooks run before the next begins.
//
// bbolt's Batch would have a lone change wait for company, and a crowd written
// in as many transactions as its delay fits into the sync of one.
type commits struct {
	mu      sync.Mutex
	waiting []*change
	led     bool // somebody leads
}

// change is one call of Update.
type change struct {
	fn     func(*Tx) error
	lead   chan struct{} // closed when this change's caller has to lead
	done   chan struct{} // closed when the outcome is known
	err    error
	raised *raised
	hooks  []func()
}

// raised is a panic of a change's function on its way to its caller.
type raised struct{ value any }

// Update runs fn in a transaction that other callers may share and returns when
// it is on disk and the hooks of [Tx.OnCommit] of this and every earlier
// transaction have run. An error of fn leaves nothing behind.
func (s *Store) Update(fn func(*Tx) error) error {
	c := &change{fn: fn, lead: make(chan struct{}), done: make(chan struct{})}
	s.commits.join(c)
	select {
	case <-c.done:
	case <-c.lead:
		s.leadGroup()
	}
	if c.raised != nil {
		panic(c.raised.value)
	}
	return c.err
}

// leadGroup writes those that wait. A panic that is no change's own, of the file
// or of a hook, reaches every caller of the group: nobody knows what was written,
// and the next ones must not wait for ever.
func (s *Store) leadGroup() {
	group := s.commits.take()
	defer func() {
		if value := recover(); value != nil {
			for _, one := range group {
				one.raised = &raised{value}
			}
		}
		s.commits.pass()
		for _, one := range group {
			close(one.done)
		}
	}()
	s.commit(group)
}

// join has a change wait, or lead if nobody does.
func (q *commits) join(c *change) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, c)
	if !q.led {
		q.led = true
		close(c.lead)
	}
}

// take returns the changes to write; the leader's is the first.
func (q *commits) take() []*change {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(len(q.waiting), maxGroup)
	group := q.waiting[:n:n]
	q.waiting = q.waiting[n:]
	return group
}

// pass gives up the lead.
func (q *commits) pass() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.led = len(q.waiting) > 0; q.led {
		close(q.waiting[0].lead)
	}
}

// commit writes a group in one transaction. A change that fails after it has
// written something is left out, and the others run again without it.
func (s *Store) commit(group []*change) {
	for len(group) > 0 {
		failed, err := s.try(group)
		if failed == nil {
			for _, c := range group {
				if err != nil {
					// What a change said of a transaction that was not written.
					c.err = err
					continue
				}
				for _, hook := range c.hooks {
					hook()
				}
			}
			return
		}
		rest := make([]*change, 0, len(group)-1)
		for _, c := range group {
			if c != failed {
				rest = append(rest, c)
			}
		}
		group = rest
	}
}

// Reasons to roll a group back.
var (
	errLeftOut   = errors.New("a change of the group failed")
	errUnchanged = errors.New("nothing was written")
)

// try returns the change that has to be left out, or what became of all of
// them.
func (s *Store) try(group []*change) (failed *change, err error) {
	err = s.db.Update(func(btx *bbolt.Tx) error {
		dirty := false
		for _, c := range group {
			tx := newTx(btx)
			c.run(tx)
			if (c.err != nil || c.raised != nil) && tx.dirty {
				failed = c
				return errLeftOut
			}
			dirty = dirty || tx.dirty
			c.hooks = nil
			if c.err == nil && c.raised == nil {
				c.hooks = tx.hooks
			}
		}
		if !dirty {
			return errUnchanged
		}
		return nil
	})
	if errors.Is(err, errUnchanged) {
		err = nil
	}
	return failed, err
}

// run keeps a panic for the caller: it must not end the leader, which is another
// request.
func (c *change) run(tx *Tx) {
	c.err, c.raised = nil, nil
	defer func() {
		if value := recover(); value != nil {
			c.raised = &raised{value}
		}
	}()
	c.err = c.fn(tx)
}
