package destinations

import (
	"slices"
	"sync"

	"aidbox-nats/aidbox"
)

// rescue is where commands leave what they deleted and could not create.
type rescue struct {
	mu  sync.Mutex
	all []*aidbox.Destination // one of an id, in the order of the attempts
}

// put keeps the last values of a destination.
func (r *rescue) put(d aidbox.Destination) {
	r.drop(d.ID)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, &d)
}

// drop forgets a destination, because it is there.
func (r *rescue) drop(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = slices.DeleteFunc(r.all, func(d *aidbox.Destination) bool { return d.ID == id })
}

func (r *rescue) has(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.all, func(d *aidbox.Destination) bool { return d.ID == id })
}

// last is what was tried last, nil if everything is there.
func (r *rescue) last() *aidbox.Destination {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.all) == 0 {
		return nil
	}
	return r.all[len(r.all)-1]
}
