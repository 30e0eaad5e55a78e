package rest

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/google/uuid"

	"aidbox-nats/aidbox/sandbox/document"
	"aidbox-nats/aidbox/sandbox/engine"
	"aidbox-nats/aidbox/sandbox/outcome"
	"aidbox-nats/aidbox/sandbox/store"
	"aidbox-nats/aidbox/sandbox/subscription"
)

// change runs one write. The function runs again when its transaction has to.
func (h *Handler) change(r *request, fn func(tx *engine.Tx) (answer, error)) (answer, error) {
	var a answer
	err := h.engine.Update(r.Context(), h.correlationID(r), func(tx *engine.Tx) (err error) {
		a, err = fn(tx)
		return err
	})
	if err != nil {
		return answer{}, err
	}
	return a, nil
}

// create is POST. Its condition is the query, or If-None-Exist.
func (h *Handler) create(r *request, resourceType string) (answer, error) {
	values := r.params
	if header := r.Header.Get("If-None-Exist"); header != "" {
		var err error
		if values, err = url.ParseQuery(header); err != nil {
			return answer{}, outcome.Malformed("If-None-Exist cannot be read: " + err.Error())
		}
	}
	condition, err := parseQuery(resourceType, values)
	if err != nil {
		return answer{}, err
	}
	object, err := h.resource(r, resourceType)
	if err != nil {
		return answer{}, err
	}
	if err := h.valid(resourceType, object); err != nil {
		return answer{}, err
	}
	return h.change(r, func(tx *engine.Tx) (answer, error) {
		if condition.conditional() {
			found, err := onlyMatch(tx, condition, resourceType)
			if err != nil {
				return answer{}, err
			}
			if found != nil {
				return h.resourceAnswer(http.StatusOK, *found), nil
			}
		}
		return h.insert(r, tx, resourceType, object, store.Post)
	})
}

// insert writes a resource that must not be there under the id it has; without
// one it gets a UUID.
func (h *Handler) insert(r *request, tx *engine.Tx, resourceType string, object *document.Object, method store.Method) (answer, error) {
	id, given := object.Text("id")
	if !given {
		id = uuid.NewString()
	}
	previous, ok, err := tx.Get(resourceType, id)
	switch {
	case err != nil:
		return answer{}, err
	case ok && !previous.Deleted():
		return answer{}, outcome.Duplicate(resourceType, id)
	}
	if err := referring(r, tx, resourceType, id, object); err != nil {
		return answer{}, err
	}
	record, err := tx.Write(engine.Write{Type: resourceType, ID: id, Method: method, Resource: object})
	if err != nil {
		return answer{}, err
	}
	return h.resourceAnswer(http.StatusCreated, record), nil
}

// onlyMatch returns the resource that meets a condition, nil if none does, and
// 412 if several do.
func onlyMatch(tx *engine.Tx, condition query, resourceType string) (*store.Record, error) {
	condition.count, condition.page = 1, 1
	found, total, err := condition.find(tx.Tx, resourceType)
	switch {
	case err != nil:
		return nil, err
	case total > 1:
		return nil, outcome.ManyMatches(resourceType, total)
	case total == 0:
		return nil, nil
	}
	return &found[0], nil
}

// condition reads the query of a PUT, PATCH or DELETE without id.
func condition(r *request, resourceType string) (query, error) {
	q, err := parseQuery(resourceType, r.params)
	if err == nil && !q.conditional() {
		err = outcome.Malformed(fmt.Sprintf("%s of /fhir/%s needs an id, or a condition in the query", r.Method, resourceType))
	}
	return q, err
}

// update is PUT with an id.
func (h *Handler) update(r *request, resourceType, id string) (answer, error) {
	if err := plain(r.params); err != nil {
		return answer{}, err
	}
	object, err := h.resource(r, resourceType)
	if err != nil {
		return answer{}, err
	}
	if err := identified(object, resourceType, id); err != nil {
		return answer{}, err
	}
	fault := h.valid(resourceType, object)
	return h.change(r, func(tx *engine.Tx) (answer, error) {
		previous, ok, err := tx.Get(resourceType, id)
		if err != nil {
			return answer{}, err
		}
		if ok && !previous.Deleted() {
			return h.replace(r, tx, previous, object, fault)
		}
		if r.Header.Get("If-Match") != "" {
			return answer{}, outcome.VersionMismatch()
		}
		if fault != nil {
			return answer{}, fault
		}
		object.SetText("id", id)
		return h.insert(r, tx, resourceType, object, store.Put)
	})
}

// updateMatching is PUT with a condition.
func (h *Handler) updateMatching(r *request, resourceType string) (answer, error) {
	q, err := condition(r, resourceType)
	if err != nil {
		return answer{}, err
	}
	object, err := h.resource(r, resourceType)
	if err != nil {
		return answer{}, err
	}
	fault := h.valid(resourceType, object)
	return h.change(r, func(tx *engine.Tx) (answer, error) {
		found, err := onlyMatch(tx, q, resourceType)
		if err != nil {
			return answer{}, err
		}
		if found == nil {
			if fault != nil {
				return answer{}, fault
			}
			return h.insert(r, tx, resourceType, object, store.Put)
		}
		if err := identified(object, resourceType, found.ID); err != nil {
			return answer{}, err
		}
		return h.replace(r, tx, *found, object, fault)
	})
}

// replace writes a new version of a resource that is there; without a change
// there is none. What is wrong with the resource itself, fault, is said after
// what is wrong with the request.
func (h *Handler) replace(r *request, tx *engine.Tx, previous store.Record, object *document.Object, fault error) (answer, error) {
	if previous.Type == subscription.DestinationType {
		return answer{}, immutable(previous.ID)
	}
	if header := r.Header.Get("If-Match"); header != "" && !matches(header, previous.Version) {
		return answer{}, outcome.VersionMismatch()
	}
	if fault != nil {
		return answer{}, fault
	}
	before, err := document.Parse(previous.Body)
	if err != nil {
		return answer{}, err
	}
	if document.SameContent(before, object) {
		return h.resourceAnswer(http.StatusOK, previous), nil
	}
	if err := referring(r, tx, previous.Type, previous.ID, object); err != nil {
		return answer{}, err
	}
	record, err := tx.Write(engine.Write{
		Type: previous.Type, ID: previous.ID, Method: store.Put, Resource: object, Previous: &previous,
	})
	if err != nil {
		return answer{}, err
	}
	return h.resourceAnswer(http.StatusOK, record), nil
}

func immutable(id string) error {
	return outcome.MethodNotAllowed(
		fmt.Sprintf("AidboxTopicDestination/%s cannot be changed: delete it and create it again", id),
		http.MethodDelete, http.MethodGet)
}

// delete is DELETE with an id.
func (h *Handler) delete(r *request, resourceType, id string) (answer, error) {
	if err := plain(r.params, noContent); err != nil {
		return answer{}, err
	}
	return h.change(r, func(tx *engine.Tx) (answer, error) {
		previous, ok, err := tx.Get(resourceType, id)
		if err != nil {
			return answer{}, err
		}
		if !ok || previous.Deleted() {
			return answer{status: http.StatusNoContent}, nil
		}
		return h.remove(r, tx, previous)
	})
}

// deleteMatching is DELETE with a condition.
func (h *Handler) deleteMatching(r *request, resourceType string) (answer, error) {
	values := url.Values{}
	for name, all := range r.params {
		if name != noContent {
			values[name] = all
		}
	}
	q, err := condition(&request{Request: r.Request, params: values}, resourceType)
	if err != nil {
		return answer{}, err
	}
	return h.change(r, func(tx *engine.Tx) (answer, error) {
		found, err := onlyMatch(tx, q, resourceType)
		if err != nil {
			return answer{}, err
		}
		if found == nil {
			return answer{status: http.StatusNoContent}, nil
		}
		return h.remove(r, tx, *found)
	})
}

// noContent is the parameter that has a deletion answered without the resource.
const noContent = "_no-content"

// remove writes the deletion: the resource once more, with a version of its own.
func (h *Handler) remove(r *request, tx *engine.Tx, previous store.Record) (answer, error) {
	if header := r.Header.Get("If-Match"); header != "" && !matches(header, previous.Version) {
		return answer{}, outcome.VersionMismatch()
	}
	object, err := document.Parse(previous.Body)
	if err != nil {
		return answer{}, err
	}
	record, err := tx.Write(engine.Write{
		Type: previous.Type, ID: previous.ID, Method: store.Delete, Resource: object, Previous: &previous,
	})
	if err != nil {
		return answer{}, err
	}
	if r.params.Get(noContent) == "true" {
		return answer{status: http.StatusNoContent}, nil
	}
	return h.resourceAnswer(http.StatusOK, record), nil
}
