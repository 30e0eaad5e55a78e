package rest

import (
	"fmt"
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"aidbox-nats/aidbox/sandbox/outcome"
	"aidbox-nats/aidbox/sandbox/store"
	"aidbox-nats/aidbox/sandbox/subscription"
)

const (
	defaultCount = 100 // Aidbox's
	// maxCount bounds a page; the link self of a page shows what was taken.
	maxCount = 1000
)

// query is a search or history request that has been understood completely.
type query struct {
	values      url.Values // as they came, without the page
	count, page uint64     // page counts from 1
	total       bool       // wanted
	since       time.Time

	ids     []string // only these; nil: all
	filters []func(store.Record) bool
	sort    []order // none: by id
}

// searchable are the parameters of a type beside _id that are implemented, with
// the member that each compares.
func searchable(resourceType string) map[string]string {
	switch resourceType {
	case subscription.TopicType, "StructureDefinition":
		return map[string]string{"url": "url"}
	case subscription.DestinationType:
		return map[string]string{"topic": "topic"}
	}
	return nil
}

// parseQuery reads search parameters. One that is not implemented is 501, never
// ignored.
func parseQuery(resourceType string, values url.Values) (query, error) {
	q, err := parsePaging(values)
	if err != nil {
		return query{}, err
	}
	for _, name := range sortedNames(values) {
		for _, value := range values[name] {
			if err := q.parameter(resourceType, name, value); err != nil {
				return query{}, err
			}
		}
	}
	return q, nil
}

func (q *query) parameter(resourceType, name, value string) error {
	switch name {
	case "_count", "_page", "page", "_format":
		return nil
	case "_total":
		switch value {
		case "none":
			q.total = false
		case "estimate", "accurate":
		default:
			return outcome.Malformed(fmt.Sprintf("_total is %.64q, expected none, estimate or accurate", value))
		}
		return nil
	case "_id":
		q.only(alternatives(value))
		return nil
	case "_sort":
		return q.sortBy(resourceType, value)
	case paramLastUpdated:
		holds, err := parseLastUpdated(value)
		if err != nil {
			return err
		}
		q.filters = append(q.filters, func(r store.Record) bool { return holds(r.Updated) })
		return nil
	}
	compared, ok := searchable(resourceType)[name]
	if !ok {
		return outcome.NotImplemented(fmt.Sprintf("the search parameter %.64q of %s", name, resourceType))
	}
	wanted := alternatives(value)
	q.filters = append(q.filters, func(r store.Record) bool { return slices.Contains(wanted, member(r.Body, compared)) })
	return nil
}

// only narrows the ids; several _id parameters must all hold.
func (q *query) only(ids []string) {
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if q.ids != nil {
		ids = slices.DeleteFunc(ids, func(id string) bool { return !slices.Contains(q.ids, id) })
	}
	q.ids = slices.DeleteFunc(ids, func(id string) bool { return !validID.MatchString(id) })
	if q.ids == nil {
		q.ids = []string{}
	}
}

// conditional says whether the query narrows anything.
func (q *query) conditional() bool {
	return q.ids != nil || len(q.filters) > 0
}

// parseHistory reads the parameters of a history.
func parseHistory(values url.Values) (query, error) {
	q, err := parsePaging(values)
	if err != nil {
		return query{}, err
	}
	for _, name := range sortedNames(values) {
		switch name {
		case "_count", "_page", "page", "_format":
		case "_since":
			if q.since, err = time.Parse(time.RFC3339, values.Get(name)); err != nil {
				return query{}, outcome.Malformed(fmt.Sprintf("_since is %.64q, expected an instant such as 2026-01-31T12:00:00Z", values.Get(name)))
			}
		default:
			return query{}, outcome.NotImplemented(fmt.Sprintf("the history parameter %.64q", name))
		}
	}
	return q, nil
}

// parsePaging reads what searches and histories have in common.
func parsePaging(values url.Values) (query, error) {
	q := query{values: url.Values{}, count: defaultCount, page: 1, total: true}
	if _, _, err := formatParam(values); err != nil {
		return query{}, err
	}
	for name, all := range values {
		if name != "_page" && name != "page" {
			q.values[name] = all
		}
	}
	var err error
	if values.Has("_count") {
		if q.count, err = number("_count", values.Get("_count")); err != nil {
			return query{}, err
		}
		q.count = min(q.count, maxCount)
		q.values.Set("_count", strconv.FormatUint(q.count, 10))
	}
	for _, name := range []string{"page", "_page"} {
		if values.Has(name) {
			if q.page, err = number(name, values.Get(name)); err != nil {
				return query{}, err
			}
			if q.page == 0 {
				return query{}, outcome.Malformed(name + " counts from 1")
			}
		}
	}
	return q, nil
}

// plain refuses every parameter but _format, which the handler has read, and
// those named.
func plain(values url.Values, known ...string) error {
	for _, name := range sortedNames(values) {
		if name != "_format" && !slices.Contains(known, name) {
			return outcome.NotImplemented(fmt.Sprintf("the parameter %.64q here", name))
		}
	}
	return nil
}

func sortedNames(values url.Values) []string {
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func number(name, value string) (uint64, error) {
	n, err := strconv.ParseUint(value, 10, 31)
	if err != nil {
		return 0, outcome.Malformed(fmt.Sprintf("%s is %.64q, expected a number up to %d", name, value, math.MaxInt32))
	}
	return n, nil
}

// alternatives splits a value at its commas; \, is a comma of the value.
func alternatives(value string) []string {
	var all []string
	var one strings.Builder
	escaped := false
	for _, c := range value {
		switch {
		case escaped:
			if !strings.ContainsRune(`,$|\`, c) {
				one.WriteByte('\\')
			}
			one.WriteRune(c)
			escaped = false
		case c == '\\':
			escaped = true
		case c == ',':
			all = append(all, one.String())
			one.Reset()
		default:
			one.WriteRune(c)
		}
	}
	if escaped {
		one.WriteByte('\\')
	}
	return append(all, one.String())
}

func (q *query) skip() uint64 {
	return (q.page - 1) * q.count
}

// find returns the page of a search and, exactly, how many resources match.
func (q *query) find(tx *store.Tx, resourceType string) (page []store.Record, total uint64, err error) {
	switch {
	case len(q.sort) > 0:
		return q.findSorted(tx, resourceType)
	case !q.conditional():
		return q.findAll(tx, resourceType)
	}
	err = q.each(tx, resourceType, func(r store.Record) error {
		total++
		if total > q.skip() && uint64(len(page)) < q.count {
			page = append(page, r)
		}
		return nil
	})
	return page, total, err
}

// each calls fn for every resource that matches, ordered by id.
func (q *query) each(tx *store.Tx, resourceType string, fn func(store.Record) error) error {
	consider := func(r store.Record) error {
		for _, matches := range q.filters {
			if !matches(r) {
				return nil
			}
		}
		return fn(r)
	}
	if q.ids == nil {
		return tx.Each(resourceType, 0, consider)
	}
	for _, id := range q.ids {
		record, ok, err := tx.Get(resourceType, id)
		if err != nil {
			return err
		}
		if !ok || record.Deleted() {
			continue
		}
		if err := consider(record); err != nil {
			return err
		}
	}
	return nil
}

func (q *query) findAll(tx *store.Tx, resourceType string) (page []store.Record, total uint64, err error) {
	if total, err = tx.Live(resourceType); err != nil || q.count == 0 || q.skip() >= total {
		return nil, total, err
	}
	err = tx.Each(resourceType, q.skip(), func(r store.Record) error {
		page = append(page, r)
		if uint64(len(page)) == q.count {
			return store.ErrStop
		}
		return nil
	})
	return page, total, err
}

func sortedSearchable(resourceType string) []string {
	return slices.Sorted(maps.Keys(searchable(resourceType)))
}
