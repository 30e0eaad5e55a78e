package rest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"aidbox-nats/aidbox/sandbox/outcome"
	"aidbox-nats/aidbox/sandbox/store"
)

// order is one key of _sort.
type order struct {
	key        string
	descending bool
}

// sortable says whether a key of _sort is implemented.
func sortable(key string) bool {
	return key == "_id" || key == paramLastUpdated
}

func (o order) compare(a, b store.Record) int {
	c := 0
	switch o.key {
	case "_id":
		c = cmp.Compare(a.ID, b.ID)
	case paramLastUpdated:
		c = a.Updated.Compare(b.Updated)
	}
	if o.descending {
		return -c
	}
	return c
}

// sortBy adds the keys of one _sort to those before it. A key that is there
// already decides nothing more.
func (q *query) sortBy(resourceType, value string) error {
	for one := range strings.SplitSeq(value, ",") {
		key, descending := strings.CutPrefix(one, "-")
		if key == "" {
			return outcome.Malformed(fmt.Sprintf("_sort is %.64q, expected keys such as -_lastUpdated,_id", value))
		}
		if !sortable(key) {
			return outcome.NotImplemented(fmt.Sprintf("_sort of %s by %.64q; _lastUpdated and _id are", resourceType, key))
		}
		if !slices.ContainsFunc(q.sort, func(o order) bool { return o.key == key }) {
			q.sort = append(q.sort, order{key: key, descending: descending})
		}
	}
	return nil
}

// sorted orders what has been found. The id decides between those that no key
// tells apart.
func (q *query) sorted(found []store.Record) {
	slices.SortFunc(found, func(a, b store.Record) int {
		for _, o := range q.sort {
			if c := o.compare(a, b); c != 0 {
				return c
			}
		}
		return cmp.Compare(a.ID, b.ID)
	})
}

// findSorted is find for a query with keys to sort by. It holds no body but
// those of the page: the order is that of all matches.
func (q *query) findSorted(tx *store.Tx, resourceType string) (page []store.Record, total uint64, err error) {
	var found []store.Record
	err = q.each(tx, resourceType, func(r store.Record) error {
		r.Body = nil
		found = append(found, r)
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	total = uint64(len(found))
	if q.count == 0 || q.skip() >= total {
		return nil, total, nil
	}
	q.sorted(found)
	for _, r := range found[q.skip():min(q.skip()+q.count, total)] {
		record, ok, err := tx.Get(resourceType, r.ID)
		if err != nil {
			return nil, 0, err
		}
		if !ok {
			return nil, 0, &store.CorruptError{What: fmt.Sprintf("%s/%s is gone within one transaction", resourceType, r.ID)}
		}
		page = append(page, record)
	}
	return page, total, nil
}
