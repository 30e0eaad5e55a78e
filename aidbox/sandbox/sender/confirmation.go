package sender

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"aidbox-nats/nats"
)

// confirmation takes the acknowledged events of a round out of the outbox, as
// many at once as there are.
type confirmation struct {
	*atLeastOnce
	sent   chan *item    // closed when nothing more is sent in this round
	broken chan struct{} // closed when one has failed
	over   chan struct{} // closed when the fields below are final
	left   []*item       // what was sent and has to be sent again, in order
	result
	stopped bool // broken is closed
}

func (c *confirmation) run(ctx context.Context) {
	defer close(c.over)
	var waiting []*item
	for open := true; open || len(waiting) > 0; {
		open = c.fetch(&waiting, open)
		if len(waiting) == 0 {
			continue
		}
		select {
		case <-waiting[0].pending.Done():
		case <-ctx.Done():
		}
		n := 1
		for n < len(waiting) && known(waiting[n].pending) {
			n++
		}
		c.settle(waiting[:n])
		waiting = waiting[n:]
	}
	slices.SortFunc(c.left, func(x, y *item) int { return cmp.Compare(x.seq, y.seq) })
}

// fetch takes what was sent, at least one unless some wait already.
func (c *confirmation) fetch(waiting *[]*item, open bool) bool {
	if open && len(*waiting) == 0 {
		i, ok := <-c.sent
		if !ok {
			return false
		}
		*waiting = append(*waiting, i)
	}
	for open {
		select {
		case i, ok := <-c.sent:
			if !ok {
				return false
			}
			*waiting = append(*waiting, i)
		default:
			return true
		}
	}
	return false
}

func known(p *nats.Pending) bool {
	select {
	case <-p.Done():
		return true
	default:
		return false
	}
}

// settle judges events in the order in which they were sent. One whose outcome is
// not known, because the sender ends, stays.
func (c *confirmation) settle(group []*item) {
	var (
		seqs   []uint64
		stored []*item
	)
	for _, i := range group {
		if !known(i.pending) {
			c.left = append(c.left, i)
			continue
		}
		_, err := i.pending.Wait(context.Background())
		if err == nil {
			seqs, stored = append(seqs, i.seq), append(stored, i)
			continue
		}
		c.left = append(c.left, i)
		if !errors.Is(err, nats.ErrOvertaken) {
			c.fail(explained(err))
		}
		c.stop()
	}
	if len(stored) == 0 {
		return
	}
	if err := c.outbox.Acknowledge(c.queue, seqs...); err != nil {
		c.left = append(c.left, stored...)
		c.fail(err)
		c.stop()
		return
	}
	c.delivered += len(stored)
	c.stats.delivered(int64(len(stored)))
}

// stop ends the round.
func (c *confirmation) stop() {
	if !c.stopped {
		c.stopped = true
		close(c.broken)
	}
}

func (c *confirmation) fail(err error) {
	c.failed = true
	c.stats.failure(err)
}
