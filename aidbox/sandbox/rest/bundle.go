package rest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"aidbox-nats/aidbox/sandbox/outcome"
	"aidbox-nats/aidbox/sandbox/store"
)

// bundle is a Bundle, its members in Aidbox's order.
type bundle struct {
	ResourceType string      `json:"resourceType"`
	Type         string      `json:"type"`
	Meta         *bundleMeta `json:"meta,omitempty"`
	Total        *uint64     `json:"total,omitempty"`
	Link         []link      `json:"link"`
	Entry        []entry     `json:"entry,omitempty"`
}

type bundleMeta struct {
	VersionID string `json:"versionId"`
}

type link struct {
	Relation string `json:"relation"`
	URL      string `json:"url"`
}

type entry struct {
	Resource json.RawMessage `json:"resource"`
	Search   *searchMode     `json:"search,omitempty"`
	Request  *entryRequest   `json:"request,omitempty"`
	FullURL  string          `json:"fullUrl,omitempty"`
	Link     []link          `json:"link,omitempty"`
}

type searchMode struct {
	Mode string `json:"mode"`
}

type entryRequest struct {
	Method string `json:"method"`
	URL    string `json:"url"`
}

// links are those of a page of total entries at address.
func (q *query) links(address string, total uint64) []link {
	at := func(page uint64) string {
		values := url.Values{}
		for name, all := range q.values {
			values[name] = all
		}
		values.Set("page", strconv.FormatUint(page, 10))
		return address + "?" + values.Encode()
	}
	last := uint64(1)
	if q.count > 0 && total > 0 {
		last = (total-1)/q.count + 1
	}
	all := []link{{"first", at(1)}, {"self", at(q.page)}}
	if q.page < last {
		all = append(all, link{"next", at(q.page + 1)})
	}
	if q.page > 1 {
		all = append(all, link{"previous", at(min(q.page-1, last))})
	}
	return append(all, link{"last", at(last)})
}

func (h *Handler) search(r *request, resourceType string) (answer, error) {
	q, err := parseQuery(resourceType, r.params)
	if err != nil {
		return answer{}, err
	}
	var page []store.Record
	var total uint64
	err = h.engine.View(func(tx *store.Tx) (err error) {
		page, total, err = q.find(tx, resourceType)
		return err
	})
	if err != nil {
		return answer{}, err
	}
	found := bundle{
		ResourceType: "Bundle",
		Type:         "searchset",
		Meta:         &bundleMeta{VersionID: "0"},
		Link:         q.links(h.fhir+"/"+resourceType, total),
	}
	if q.total {
		found.Total = &total
	}
	for _, record := range page {
		at := h.fhir + "/" + record.Type + "/" + record.ID
		found.Entry = append(found.Entry, entry{
			Resource: record.Body,
			Search:   &searchMode{Mode: "match"},
			FullURL:  at,
			Link:     []link{{"self", at}},
		})
	}
	return jsonAnswer(http.StatusOK, found)
}

// history is that of one resource, or of a type when id is empty.
func (h *Handler) history(r *request, resourceType, id string) (answer, error) {
	q, err := parseHistory(r.params)
	if err != nil {
		return answer{}, err
	}
	address := h.fhir + "/" + resourceType
	if id != "" {
		address += "/" + id
	}
	var page []store.Record
	var total uint64
	err = h.engine.View(func(tx *store.Tx) (err error) {
		if id != "" {
			if _, ok, err := tx.Get(resourceType, id); err != nil {
				return err
			} else if !ok {
				return outcome.NotFound(resourceType, id)
			}
		}
		page, total, err = tx.History(store.HistoryQuery{
			Type: resourceType, ID: id, Since: q.since, Skip: q.skip(), Limit: q.count,
		})
		return err
	})
	if err != nil {
		return answer{}, err
	}
	found := bundle{
		ResourceType: "Bundle",
		Type:         "history",
		Total:        &total,
		Link:         q.links(address+"/_history", total),
	}
	for _, record := range page {
		found.Entry = append(found.Entry, entry{
			Resource: record.Body,
			Request:  &entryRequest{Method: record.Method.String(), URL: record.Type},
		})
	}
	return jsonAnswer(http.StatusOK, found)
}
