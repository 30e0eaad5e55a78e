package rest

import (
	"net/http"
	"strconv"
	"strings"

	"aidbox-nats/aidbox/sandbox/outcome"
	"aidbox-nats/aidbox/sandbox/store"
)

func (h *Handler) read(r *request, resourceType, id string) (answer, error) {
	if err := plain(r.params); err != nil {
		return answer{}, err
	}
	var record store.Record
	err := h.engine.View(func(tx *store.Tx) error {
		found, ok, err := tx.Get(resourceType, id)
		record = found
		return live(found, ok, err, resourceType, id)
	})
	if err != nil {
		return answer{}, err
	}
	if given := r.Header.Get("If-None-Match"); given != "" && matches(given, record.Version) {
		return answer{status: http.StatusNotModified, header: h.header(record)}, nil
	}
	return h.resourceAnswer(http.StatusOK, record), nil
}

func (h *Handler) readVersion(r *request, resourceType, id, version string) (answer, error) {
	if err := plain(r.params); err != nil {
		return answer{}, err
	}
	missing := outcome.NotFound(resourceType, id+"/_history/"+version)
	number, err := strconv.ParseUint(version, 10, 64)
	if err != nil {
		return answer{}, missing
	}
	var record store.Record
	err = h.engine.View(func(tx *store.Tx) error {
		found, ok, err := tx.Version(resourceType, id, number)
		switch {
		case err != nil:
			return err
		case !ok:
			return missing
		case found.Deleted():
			return outcome.Gone(resourceType, id)
		}
		record = found
		return nil
	})
	if err != nil {
		return answer{}, err
	}
	return h.resourceAnswer(http.StatusOK, record), nil
}

// live is nil for a resource that is there and not deleted.
func live(record store.Record, ok bool, err error, resourceType, id string) error {
	switch {
	case err != nil:
		return err
	case !ok:
		return outcome.NotFound(resourceType, id)
	case record.Deleted():
		return outcome.Gone(resourceType, id)
	}
	return nil
}

func (h *Handler) header(record store.Record) http.Header {
	version := strconv.FormatUint(record.Version, 10)
	header := http.Header{}
	header.Set("ETag", `W/"`+version+`"`)
	header.Set("Last-Modified", record.Updated.Format(http.TimeFormat))
	return header
}

func (h *Handler) resourceAnswer(status int, record store.Record) answer {
	a := answer{status: status, header: h.header(record), body: record.Body}
	if status == http.StatusCreated {
		a.header.Set("Location", h.fhir+"/"+record.Type+"/"+record.ID+"/_history/"+strconv.FormatUint(record.Version, 10))
	}
	return a
}

// matches compares a version with the value of If-Match or If-None-Match:
// W/"17", "17" or 17, several with commas, or * for any.
func matches(header string, version uint64) bool {
	want := strconv.FormatUint(version, 10)
	for tag := range strings.SplitSeq(header, ",") {
		tag = strings.TrimSpace(tag)
		if tag == "*" || strings.Trim(strings.TrimPrefix(tag, "W/"), `"`) == want {
			return true
		}
	}
	return false
}
