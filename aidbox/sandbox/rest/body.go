package rest

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"aidbox-nats/aidbox/r4"
	"aidbox-nats/aidbox/sandbox/document"
	"aidbox-nats/aidbox/sandbox/engine"
	"aidbox-nats/aidbox/sandbox/outcome"
	"aidbox-nats/aidbox/sandbox/subscription"
)

const (
	typeJSON      = "application/json"
	typeFHIR      = "application/fhir+json"
	typeYAML      = "text/yaml"
	typeMerge     = "application/merge-patch+json"
	typeJSONPatch = "application/json-patch+json"
)

// body reads a body as JSON text and says of which media type it was. Without a
// content type it is taken for JSON.
func body(r *request, allowed ...string) (text []byte, mediaType string, err error) {
	mediaType = typeJSON
	if given := r.Header.Get("Content-Type"); given != "" {
		if mediaType, _, err = mime.ParseMediaType(given); err != nil {
			return nil, "", outcome.UnsupportedMediaType(fmt.Sprintf("The content type %.100q cannot be read", given))
		}
	}
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return nil, "", outcome.UnsupportedMediaType(fmt.Sprintf("The content encoding %.100q is not supported", encoding))
	}
	yaml := formatYAML.named(mediaType)
	switch mediaType {
	case "application/fhir+xml", "application/xml", "text/xml":
		return nil, "", outcome.NotImplemented("bodies in XML")
	default:
		if !yaml && !slices.Contains(allowed, mediaType) {
			return nil, "", outcome.UnsupportedMediaType(fmt.Sprintf("The content type %.100q is not supported; use %s or %s",
				mediaType, strings.Join(allowed, ", "), typeYAML))
		}
	}
	text, err = io.ReadAll(r.Body)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, "", outcome.TooLarge(tooLarge.Limit)
	case err != nil:
		return nil, "", outcome.Malformed("The body cannot be read: " + err.Error())
	}
	if yaml {
		if text, err = document.FromYAML(text); err != nil {
			return nil, "", outcome.Malformed("The body is not YAML: " + err.Error())
		}
		mediaType = typeJSON
	}
	return text, mediaType, nil
}

// resource reads a body that is a resource of a type.
func (h *Handler) resource(r *request, resourceType string) (*document.Object, error) {
	text, _, err := body(r, typeJSON, typeFHIR)
	if err != nil {
		return nil, err
	}
	object, err := document.Parse(text)
	if err != nil {
		return nil, outcome.Malformed("The body is not a resource: " + err.Error())
	}
	return object, h.named(object, resourceType)
}

// named checks a resource's type against that of the URL; a missing one is
// added.
func (h *Handler) named(object *document.Object, resourceType string) error {
	given, there := object.Get("resourceType")
	if !there {
		object.SetText("resourceType", resourceType)
		return nil
	}
	name, ok := object.Text("resourceType")
	if !ok {
		return invalid(r4.CodeInvalidType, "resourceType", fmt.Sprintf("value has the wrong type: %.64s", given))
	}
	if !h.isType(name) {
		return invalid(r4.CodeUnknownResourceType, "resourceType", fmt.Sprintf("no resource type is called %.64q", name))
	}
	if name != resourceType {
		return invalid(r4.CodeInvalidType, "resourceType", fmt.Sprintf("a %s cannot be written as %s", name, resourceType))
	}
	return nil
}

// invalid is 422 with one issue.
func invalid(code, at, text string) error {
	return outcome.Invalid([]r4.Issue{{Code: code, Expression: at, Diagnostics: at + ": " + text}})
}

func invalidID(resourceType string) error {
	return invalid(r4.CodeInvalidType, resourceType+".id", "expected letters, digits, - and . up to 64 characters")
}

// identified checks a resource's id against that of the URL.
func identified(object *document.Object, resourceType, id string) error {
	given, there := object.Get("id")
	if text, _ := object.Text("id"); there && text != id {
		return invalid(r4.CodeInvalidType, resourceType+".id", fmt.Sprintf("%.80s differs from the id %s of the URL", given, id))
	}
	return nil
}

// valid checks a resource by itself.
func (h *Handler) valid(resourceType string, object *document.Object) error {
	text := object.Bytes()
	if !subscription.Is(resourceType) {
		if issues := h.definitions.Validate(text); len(issues) > 0 {
			return outcome.Invalid(issues)
		}
		return nil
	}
	issues, err := h.rules.Check(resourceType, text)
	var unsupported *subscription.UnsupportedError
	switch {
	case errors.As(err, &unsupported):
		return outcome.NotImplemented(unsupported.What)
	case err != nil:
		return err
	case len(issues) > 0:
		return outcome.Invalid(issues)
	}
	return nil
}

// skipHeader lists checks that a request does without.
const skipHeader = "aidbox-validation-skip"

// referring checks that what a resource refers to is there. A Bundle's entries
// refer to each other, and those of a resource to itself are right.
func referring(r *request, tx *engine.Tx, resourceType, id string, object *document.Object) error {
	for _, skipped := range r.Header.Values(skipHeader) {
		for one := range strings.SplitSeq(skipped, ",") {
			if strings.TrimSpace(one) == "reference" {
				return nil
			}
		}
	}
	if resourceType == "Bundle" || resourceType == "Parameters" {
		return nil
	}
	var issues []r4.Issue
	for _, reference := range document.References(resourceType, object) {
		if reference.Type == resourceType && reference.ID == id {
			continue
		}
		record, ok, err := tx.Get(reference.Type, reference.ID)
		if err != nil {
			return err
		}
		if (!ok || record.Deleted()) && len(issues) < r4.MaxIssues {
			issues = append(issues, r4.Issue{
				Code:        "non-existent-resource",
				Expression:  reference.Expression,
				Diagnostics: fmt.Sprintf("Referenced resource %s/%s does not exist", reference.Type, reference.ID),
			})
		}
	}
	if len(issues) > 0 {
		return outcome.Invalid(issues)
	}
	return nil
}
