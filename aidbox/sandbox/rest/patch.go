package rest

import (
	"bytes"
	"fmt"

	jsonpatch "github.com/evanphx/json-patch/v5"

	"aidbox-nats/aidbox/r4"
	"aidbox-nats/aidbox/sandbox/document"
	"aidbox-nats/aidbox/sandbox/engine"
	"aidbox-nats/aidbox/sandbox/outcome"
	"aidbox-nats/aidbox/sandbox/store"
	"aidbox-nats/aidbox/sandbox/subscription"
)

// patcher changes the text of a resource.
type patcher func(resource []byte) ([]byte, error)

// readPatch reads a body that is a patch: a JSON Patch by its content type or
// because it is an array, else a merge patch.
func readPatch(r *request) (patcher, error) {
	text, mediaType, err := body(r, typeMerge, typeJSONPatch, typeJSON, typeFHIR)
	if err != nil {
		return nil, err
	}
	isArray := bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("["))
	switch {
	case mediaType == typeJSONPatch && !isArray:
		return nil, outcome.Malformed("A JSON Patch is an array of operations")
	case isArray:
		return jsonPatch(text)
	}
	patch, err := document.Parse(text)
	if err != nil {
		return nil, outcome.Malformed("The body is not a patch: " + err.Error())
	}
	if name, _ := patch.Text("resourceType"); name == "Parameters" {
		return nil, outcome.NotImplemented("FHIRPath patches")
	}
	return func(resource []byte) ([]byte, error) {
		target, err := document.Parse(resource)
		if err != nil {
			return nil, err
		}
		return document.Merge(target, patch).Bytes(), nil
	}, nil
}

// maxOperations bounds a JSON Patch: each operation may move a whole array, and
// no other change is written meanwhile.
const maxOperations = 10_000

func jsonPatch(text []byte) (patcher, error) {
	patch, err := jsonpatch.DecodePatch(text)
	if err != nil {
		return nil, outcome.Malformed("The body is not a JSON Patch: " + err.Error())
	}
	if len(patch) > maxOperations {
		return nil, outcome.Malformed(fmt.Sprintf("A JSON Patch has at most %d operations here; send several", maxOperations))
	}
	return func(resource []byte) ([]byte, error) {
		options := jsonpatch.NewApplyOptions()
		options.AccumulatedCopySizeLimit = MaxBody
		options.EscapeHTML = false
		options.SupportNegativeIndices = false // the library's own addition to RFC 6902
		patched, err := patch.ApplyWithOptions(resource, options)
		if err != nil {
			return nil, invalid(r4.CodeStructure, "patch", err.Error())
		}
		return patched, nil
	}, nil
}

// patch is PATCH with an id.
func (h *Handler) patch(r *request, resourceType, id string) (answer, error) {
	if err := plain(r.params); err != nil {
		return answer{}, err
	}
	apply, err := readPatch(r)
	if err != nil {
		return answer{}, err
	}
	return h.change(r, func(tx *engine.Tx) (answer, error) {
		previous, ok, err := tx.Get(resourceType, id)
		if err := live(previous, ok, err, resourceType, id); err != nil {
			return answer{}, err
		}
		return h.patched(r, tx, previous, apply)
	})
}

// patchMatching is PATCH with a condition.
func (h *Handler) patchMatching(r *request, resourceType string) (answer, error) {
	q, err := condition(r, resourceType)
	if err != nil {
		return answer{}, err
	}
	apply, err := readPatch(r)
	if err != nil {
		return answer{}, err
	}
	return h.change(r, func(tx *engine.Tx) (answer, error) {
		found, err := onlyMatch(tx, q, resourceType)
		if err != nil {
			return answer{}, err
		}
		if found == nil {
			return answer{}, outcome.NotFoundText(fmt.Sprintf("No %s matches the condition", resourceType))
		}
		return h.patched(r, tx, *found, apply)
	})
}

func (h *Handler) patched(r *request, tx *engine.Tx, previous store.Record, apply patcher) (answer, error) {
	if previous.Type == subscription.DestinationType {
		return answer{}, immutable(previous.ID)
	}
	text, err := apply(previous.Body)
	if err != nil {
		return answer{}, err
	}
	if len(text) > MaxBody {
		return answer{}, outcome.TooLarge(MaxBody)
	}
	object, err := document.Parse(text)
	if err != nil {
		return answer{}, invalid(r4.CodeStructure, previous.Type, "the patch leaves no resource: "+err.Error())
	}
	if err := h.named(object, previous.Type); err != nil {
		return answer{}, err
	}
	if err := identified(object, previous.Type, previous.ID); err != nil {
		return answer{}, err
	}
	return h.replace(r, tx, previous, object, h.valid(previous.Type, object))
}
