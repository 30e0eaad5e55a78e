package rest

import (
	"net/http"
	"strconv"
	"time"

	"aidbox-nats/aidbox/sandbox/outcome"
)

// commit is what a version says of its source; the sandbox has none of Aidbox's.
const commit = "sandbox"

type aboutVersion struct {
	Version   string `json:"version"`
	Channel   string `json:"channel,omitempty"`
	Commit    string `json:"commit"`
	Timestamp string `json:"timestamp"`
}

func (h *Handler) about() aboutVersion {
	return aboutVersion{Version: strconv.Itoa(h.version), Commit: commit, Timestamp: h.started.Format(time.RFC3339)}
}

func (h *Handler) aboutVersion() (answer, error) {
	return jsonAnswer(http.StatusOK, h.about())
}

func (h *Handler) health() (answer, error) {
	about := h.about()
	about.Channel = "sandbox"
	return jsonAnswer(http.StatusOK, struct {
		Status      string         `json:"status"`
		Description string         `json:"description"`
		About       aboutVersion   `json:"about"`
		Checks      map[string]any `json:"checks"`
	}{"pass", "stand-in for Aidbox", about, map[string]any{}})
}

type (
	capabilities struct {
		ResourceType string    `json:"resourceType"`
		Status       string    `json:"status"`
		Date         string    `json:"date"`
		Kind         string    `json:"kind"`
		Software     software  `json:"software"`
		FHIRVersion  string    `json:"fhirVersion,omitempty"`
		Format       []string  `json:"format,omitempty"`
		Rest         []restful `json:"rest,omitempty"`
	}
	software struct {
		Name string `json:"name"`
	}
	restful struct {
		Mode     string           `json:"mode"`
		Resource []restfulElement `json:"resource"`
	}
	restfulElement struct {
		Type          string        `json:"type"`
		Versioning    string        `json:"versioning"`
		Interaction   []interaction `json:"interaction"`
		SearchParam   []searchParam `json:"searchParam"`
		ReadHistory   bool          `json:"readHistory"`
		UpdateCreate  bool          `json:"updateCreate"`
		ConditionalIn bool          `json:"conditionalCreate"`
	}
	interaction struct {
		Code string `json:"code"`
	}
	searchParam struct {
		Name string `json:"name"`
		Type string `json:"type"`
	}
)

// metadata is a CapabilityStatement of what the sandbox does, or with
// mode=terminology a TerminologyCapabilities of nothing.
func (h *Handler) metadata(r *request) (answer, error) {
	if err := plain(r.params, "mode"); err != nil {
		return answer{}, err
	}
	statement := capabilities{
		Status:   "active",
		Date:     h.started.Format(time.RFC3339),
		Software: software{Name: "aidbox-nats sandbox, a stand-in for Aidbox"},
	}
	switch mode := r.params.Get("mode"); mode {
	case "terminology":
		statement.ResourceType, statement.Kind = "TerminologyCapabilities", "capability"
		return jsonAnswer(http.StatusOK, statement)
	case "", "full", "normative":
	default:
		return answer{}, outcome.Malformed("mode is full, normative or terminology")
	}
	statement.ResourceType, statement.Kind = "CapabilityStatement", "instance"
	statement.FHIRVersion = "4.0.1"
	statement.Format = []string{typeFHIR, typeJSON, typeYAML}
	all := restful{Mode: "server"}
	codes := []interaction{{"create"}, {"read"}, {"vread"}, {"update"}, {"patch"}, {"delete"}, {"history-instance"}, {"history-type"}, {"search-type"}}
	for _, name := range h.types {
		params := []searchParam{{"_id", "token"}, {paramLastUpdated, "date"}}
		for _, param := range sortedSearchable(name) {
			params = append(params, searchParam{param, "uri"})
		}
		all.Resource = append(all.Resource, restfulElement{
			Type: name, Versioning: "versioned", Interaction: codes, SearchParam: params,
			ReadHistory: true, UpdateCreate: true, ConditionalIn: true,
		})
	}
	statement.Rest = []restful{all}
	return jsonAnswer(http.StatusOK, statement)
}
