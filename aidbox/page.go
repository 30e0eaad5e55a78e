package aidbox

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
)

// Page is one page of a search or a history, or the answer to a batch.
type Page struct {
	Type    string // searchset, history, batch-response, transaction-response
	Total   *int64 // matches on all pages; nil when the server did not count
	Entries []Entry
	Raw     json.RawMessage

	address string // where it came from
	next    string
}

// Entry is one entry of a Page.
type Entry struct {
	FullURL  string
	Resource Resource // zero where the entry has none
	Mode     string   // of a search: match, include, outcome
	Method   string   // of a history: POST, PUT, DELETE; a PATCH shows as PUT
	URL      string   // of a history: often the type alone
	Status   int      // of a batch: the entry's HTTP status
	Outcome  OperationOutcome
}

// More tells whether the server has a next page.
func (p Page) More() bool { return p.next != "" }

// Search asks for the resources of a type. Parameters are the server's: _id, _count (default 100), _page, _sort, ...
func (c *Client) Search(ctx context.Context, resourceType string, query url.Values) (Page, error) {
	return c.page(c.get(ctx, query, "fhir", resourceType))
}

// History asks for the versions of a resource, newest first, or of all resources of a type when id is empty.
func (c *Client) History(ctx context.Context, resourceType, id string, query url.Values) (Page, error) {
	path := []string{"fhir", resourceType, id, "_history"}
	if id == "" {
		path = []string{"fhir", resourceType, "_history"}
	}
	return c.page(c.get(ctx, query, path...))
}

// Next follows the link to the next page. It is false after the last one.
func (c *Client) Next(ctx context.Context, p Page) (Page, bool, error) {
	if p.next == "" {
		return Page{}, false, nil
	}
	address, err := c.endpoint.follow(p.address, p.next)
	if err != nil {
		return Page{}, false, fmt.Errorf("next page of %s: %w", p.address, err)
	}
	if address == p.address {
		return Page{}, false, fmt.Errorf("next page of %s: the server's link leads to the same page again", p.address)
	}
	next, err := c.page(c.do(ctx, request{method: http.MethodGet, url: address}))
	return next, err == nil, err
}

// Batch posts a Bundle of type batch or transaction. What became of each entry stands in the entry.
func (c *Client) Batch(ctx context.Context, bundle []byte, o WriteOptions) (Page, error) {
	return c.page(c.do(ctx, request{
		method: http.MethodPost,
		url:    c.endpoint.at(nil, "fhir"),
		body:   bundle,
		header: o.header(),
	}))
}

// maxPages bounds what all follows, at the server's default of 100 entries a page.
const maxPages = 1000

// all reads every page of a type.
func (c *Client) all(ctx context.Context, resourceType string) ([]Resource, error) {
	var found []Resource
	seen := map[string]bool{}
	page, err := c.Search(ctx, resourceType, nil)
	for more := err == nil; more; {
		for _, e := range page.Entries {
			if e.Resource.Type == resourceType {
				found = append(found, e.Resource)
			}
		}
		if seen[page.address] || len(seen) == maxPages {
			return nil, fmt.Errorf("all of %s: the server's links to next pages come to no end (%d pages read)", resourceType, len(seen))
		}
		seen[page.address] = true
		page, more, err = c.Next(ctx, page)
	}
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(found, func(a, b Resource) int { return cmp.Compare(a.ID, b.ID) })
	return found, nil
}

func (c *Client) page(a answer, err error) (Page, error) {
	if err != nil {
		return Page{}, err
	}
	o, raw, err := c.object(a)
	if err != nil {
		return Page{}, err
	}
	if kind := o.text("resourceType"); kind != "Bundle" {
		return Page{}, c.refusal(a, wrongType(kind, "Bundle"))
	}
	p := Page{Type: o.text("type"), Raw: raw, address: a.request.url}
	if n, ok := integerOf(o.get("total")); ok {
		p.Total = &n
	}
	for _, link := range o.objects("link") {
		if link.text("relation") == "next" {
			p.next = link.text("url")
		}
	}
	for _, e := range o.objects("entry") {
		p.Entries = append(p.Entries, decodeEntry(e))
	}
	return p, nil
}

func decodeEntry(o object) Entry {
	e := Entry{FullURL: o.text("fullUrl"), Mode: o.child("search").text("mode")}
	if raw := o.get("resource"); raw != nil {
		e.Resource, _ = decodeResource(raw)
	}
	request, response := o.child("request"), o.child("response")
	e.Method, e.URL = request.text("method"), request.text("url")
	e.Status = leadingInteger(response.text("status"))
	if raw := response.get("outcome"); raw != nil {
		e.Outcome = decodeOutcome(raw)
	} else if e.Resource.Type == outcomeType {
		e.Outcome = decodeOutcome(e.Resource.Raw)
	}
	return e
}
