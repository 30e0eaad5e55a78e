package rest

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"aidbox-nats/aidbox/sandbox/outcome"
	"aidbox-nats/aidbox/sandbox/subscription"
)

var validID = regexp.MustCompile(`^[A-Za-z0-9\-.]{1,64}$`)

// by is what a path answers to each method.
type by map[string]func() (answer, error)

func (b by) do(r *request) (answer, error) {
	if handle, ok := b[r.Method]; ok {
		return handle()
	}
	allow := slices.Sorted(maps.Keys(b))
	return answer{}, outcome.MethodNotAllowed(fmt.Sprintf("%.32s is not allowed here", r.Method), allow...)
}

func (h *Handler) route(r *request) (answer, error) {
	switch p := r.path; {
	case len(p) == 1 && p[0] == "health":
		return by{http.MethodGet: h.health}.do(r)
	case len(p) == 1 && p[0] == "$version":
		return by{http.MethodGet: h.aboutVersion}.do(r)
	case p[0] == "fhir" && len(p) == 1:
		return by{http.MethodPost: func() (answer, error) {
			return answer{}, outcome.NotImplemented("batches and transactions")
		}}.do(r)
	case p[0] == "fhir" && len(p) == 2 && p[1] == "metadata":
		return by{http.MethodGet: func() (answer, error) { return h.metadata(r) }}.do(r)
	case p[0] == "fhir":
		return h.routeType(r, p[1], p[2:])
	case h.isType(p[0]):
		return answer{}, outcome.NotImplemented("the Aidbox format; use /fhir/" + p[0])
	}
	return answer{}, unknownPath(r)
}

func unknownPath(r *request) error {
	return outcome.NotFoundText(fmt.Sprintf("There is nothing at %.200s", r.URL.EscapedPath()))
}

func (h *Handler) isType(name string) bool {
	_, ok := slices.BinarySearch(h.types, name)
	return ok
}

func isOperation(segment string) bool {
	return strings.HasPrefix(segment, "$")
}

func (h *Handler) routeType(r *request, resourceType string, rest []string) (answer, error) {
	switch {
	case isOperation(resourceType):
		return answer{}, outcome.NotImplemented(fmt.Sprintf("the operation %.64s", resourceType))
	case !h.isType(resourceType):
		return answer{}, outcome.NotFoundText(fmt.Sprintf("Resource type %.64q not found", resourceType))
	case len(rest) == 0:
		return by{
			http.MethodGet:    func() (answer, error) { return h.search(r, resourceType) },
			http.MethodPost:   func() (answer, error) { return h.create(r, resourceType) },
			http.MethodPut:    func() (answer, error) { return h.updateMatching(r, resourceType) },
			http.MethodPatch:  func() (answer, error) { return h.patchMatching(r, resourceType) },
			http.MethodDelete: func() (answer, error) { return h.deleteMatching(r, resourceType) },
		}.do(r)
	case len(rest) == 1 && rest[0] == "_history":
		return by{http.MethodGet: func() (answer, error) { return h.history(r, resourceType, "") }}.do(r)
	case len(rest) == 1 && rest[0] == "_search":
		return by{http.MethodPost: func() (answer, error) {
			return answer{}, outcome.NotImplemented("search by POST; use GET")
		}}.do(r)
	case isOperation(rest[0]):
		return answer{}, outcome.NotImplemented(fmt.Sprintf("the operation %.64s of %s", rest[0], resourceType))
	case strings.HasPrefix(rest[0], "_"):
		return answer{}, unknownPath(r)
	}
	return h.routeInstance(r, resourceType, rest[0], rest[1:])
}

func (h *Handler) routeInstance(r *request, resourceType, id string, rest []string) (answer, error) {
	if !validID.MatchString(id) {
		if r.Method == http.MethodPut && len(rest) == 0 {
			return answer{}, invalidID(resourceType)
		}
		return answer{}, outcome.NotFoundText(fmt.Sprintf("%.80q is no id: letters, digits, - and . up to 64 characters are", id))
	}
	switch {
	case len(rest) == 0:
		return by{
			http.MethodGet:    func() (answer, error) { return h.read(r, resourceType, id) },
			http.MethodPut:    func() (answer, error) { return h.update(r, resourceType, id) },
			http.MethodPatch:  func() (answer, error) { return h.patch(r, resourceType, id) },
			http.MethodDelete: func() (answer, error) { return h.delete(r, resourceType, id) },
		}.do(r)
	case len(rest) == 1 && rest[0] == "_history":
		return by{http.MethodGet: func() (answer, error) { return h.history(r, resourceType, id) }}.do(r)
	case len(rest) == 2 && rest[0] == "_history":
		return by{http.MethodGet: func() (answer, error) { return h.readVersion(r, resourceType, id, rest[1]) }}.do(r)
	case len(rest) == 1 && rest[0] == "$status" && resourceType == subscription.DestinationType:
		return by{http.MethodGet: func() (answer, error) { return h.status(r, id) }}.do(r)
	case len(rest) == 1 && isOperation(rest[0]):
		return answer{}, outcome.NotImplemented(fmt.Sprintf("the operation %.64s of %s", rest[0], resourceType))
	case len(rest) == 1 && h.isType(rest[0]):
		return answer{}, outcome.NotImplemented("search in a compartment")
	}
	return answer{}, unknownPath(r)
}
