package aidbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Resource is one FHIR resource as a server gave it.
type Resource struct {
	Type, ID    string
	VersionID   string // a number of the server's one counter, as text
	LastUpdated time.Time
	Raw         json.RawMessage // nil where the server sent no body
	Status      int             // HTTP status of the answer (201, 200, 204); 0 inside a bundle
}

// Reference is Type/ID.
func (r Resource) Reference() string { return r.Type + "/" + r.ID }

// WriteOptions are the headers of a request that changes something. All may be empty.
type WriteOptions struct {
	CorrelationID string // travels with every event of the request, where the server knows how
	ContentType   string // empty: application/json; text/yaml is accepted too
	IfMatch       string // a version id or *: the change is made only to that version
	IfNoneExist   string // a search (name=Bob): Create creates only if nothing matches
}

func (o WriteOptions) header() http.Header {
	h := http.Header{}
	if o.CorrelationID != "" {
		h.Set(CorrelationHeader, o.CorrelationID)
	}
	if o.ContentType != "" {
		h.Set("Content-Type", o.ContentType)
	}
	switch version := versionID(o.IfMatch); version {
	case "":
	case "*":
		h.Set("If-Match", "*")
	default:
		h.Set("If-Match", `W/"`+version+`"`)
	}
	if o.IfNoneExist != "" {
		h.Set("If-None-Exist", o.IfNoneExist)
	}
	return h
}

// versionID strips an ETag down to the version in it: W/"17", "17" and 17 are all 17.
func versionID(etag string) string {
	etag = strings.TrimSpace(etag)
	if len(etag) > 2 && strings.EqualFold(etag[:2], "W/") {
		etag = etag[2:]
	}
	return strings.Trim(etag, `"`)
}

func decodeResource(raw json.RawMessage) (Resource, object) {
	o, _ := parseObject(raw)
	meta := o.child("meta")
	return Resource{
		Type:        o.text("resourceType"),
		ID:          o.text("id"),
		VersionID:   versionID(meta.text("versionId")),
		LastUpdated: parseTime(meta.text("lastUpdated")),
		Raw:         raw,
	}, o
}

// Create posts a resource. With IfNoneExist the answer may be the one that was there already (Status 200).
func (c *Client) Create(ctx context.Context, resourceType string, body []byte, o WriteOptions) (Resource, error) {
	return c.write(ctx, http.MethodPost, o, body, resourceType)
}

// Read gets the current version. IsNotFound tells of one that never was, IsGone of one that was deleted.
func (c *Client) Read(ctx context.Context, resourceType, id string) (Resource, error) {
	return c.readResource(ctx, resourceType, id)
}

// VersionRead gets one version.
func (c *Client) VersionRead(ctx context.Context, resourceType, id, version string) (Resource, error) {
	return c.readResource(ctx, resourceType, id, "_history", versionID(version))
}

// Update puts a resource under its id: Status is 200 when it was there and 201 when it was not.
func (c *Client) Update(ctx context.Context, resourceType, id string, body []byte, o WriteOptions) (Resource, error) {
	return c.write(ctx, http.MethodPut, o, body, resourceType, id)
}

// Patch applies a merge patch, or a JSON patch when the body is an array. A patch that changes nothing answers 200 and
// makes no event.
func (c *Client) Patch(ctx context.Context, resourceType, id string, body []byte, o WriteOptions) (Resource, error) {
	return c.write(ctx, http.MethodPatch, o, body, resourceType, id)
}

// Delete gives the deleted resource (Status 200), or only its identity when the server had nothing to delete or was
// asked for no content (204).
func (c *Client) Delete(ctx context.Context, resourceType, id string, o WriteOptions) (Resource, error) {
	return c.write(ctx, http.MethodDelete, o, nil, resourceType, id)
}

func (c *Client) readResource(ctx context.Context, path ...string) (Resource, error) {
	a, err := c.get(ctx, nil, append([]string{"fhir"}, path...)...)
	if err != nil {
		return Resource{}, err
	}
	raw, err := c.resource(a, path[0])
	if err != nil {
		return Resource{}, err
	}
	r, _ := decodeResource(raw)
	if r.Type != "" && r.Type != path[0] {
		return Resource{}, c.refusal(a, wrongType(r.Type, path[0]))
	}
	return fill(r, a, path), nil
}

func (c *Client) write(ctx context.Context, method string, o WriteOptions, body []byte, path ...string) (Resource, error) {
	if err := checkPath(path); err != nil {
		return Resource{}, fmt.Errorf("%s: %w", method, err)
	}
	a, err := c.do(ctx, request{
		method: method,
		url:    c.endpoint.at(nil, append([]string{"fhir"}, path...)...),
		body:   body,
		header: o.header(),
	})
	if err != nil {
		return Resource{}, err
	}
	r := Resource{}
	if len(a.body) > 0 {
		raw, err := c.resource(a, path[0])
		if err != nil {
			return Resource{}, err
		}
		if r, _ = decodeResource(raw); r.Type == outcomeType && path[0] != outcomeType {
			r = Resource{Raw: raw}
		}
	}
	r = fill(r, a, path)
	if r.ID == "" && method == http.MethodPost {
		return r, c.refusal(a, &bodyError{"the answer names no id, neither in its body nor as Location", ErrUnexpected})
	}
	return r, nil
}

func wrongType(came, due string) error {
	return &bodyError{fmt.Sprintf("the answer is a %q where a %s was due", clean(came, 60), due), ErrUnexpected}
}

// fill takes what the body did not say from the headers and from the request itself.
func fill(r Resource, a answer, path []string) Resource {
	r.Status = a.status
	locationType, id, version := splitReference(a.header.Get("Location"))
	take := func(field *string, candidates ...string) {
		for _, s := range candidates {
			if *field == "" {
				*field = s
			}
		}
	}
	take(&r.Type, locationType, path[0])
	take(&r.ID, id)
	if len(path) > 1 {
		take(&r.ID, path[1])
	}
	take(&r.VersionID, versionID(a.header.Get("ETag")), version)
	if r.LastUpdated.IsZero() {
		if t, err := http.ParseTime(a.header.Get("Last-Modified")); err == nil {
			r.LastUpdated = t
		}
	}
	return r
}

// splitReference takes Patient/123, Patient/123/_history/5 and absolute forms of both apart.
func splitReference(ref string) (resourceType, id, version string) {
	if u, err := url.Parse(ref); err == nil {
		ref = u.Path
	}
	parts := strings.Split(strings.Trim(ref, "/"), "/")
	if n := len(parts); n >= 4 && parts[n-2] == "_history" {
		version = parts[n-1]
		parts = parts[:n-2]
	}
	n := len(parts)
	if n < 2 || !isTypeName(parts[n-2]) || parts[n-1] == "" {
		return "", "", ""
	}
	return parts[n-2], parts[n-1], version
}

// isTypeName tells the name of a resource type, which begins with a capital, from the other segments of a path.
func isTypeName(s string) bool {
	for i, r := range s {
		letter := r >= 'A' && r <= 'Z' || i > 0 && (r >= 'a' && r <= 'z' || r >= '0' && r <= '9')
		if !letter {
			return false
		}
	}
	return s != ""
}

func (c *Client) get(ctx context.Context, query url.Values, path ...string) (answer, error) {
	if path[0] == "fhir" {
		if err := checkPath(path[1:]); err != nil {
			return answer{}, fmt.Errorf("GET: %w", err)
		}
	}
	return c.do(ctx, request{method: http.MethodGet, url: c.endpoint.at(query, path...)})
}

// checkPath refuses what would address something else than was meant: DELETE with an empty id is a conditional delete
// of the whole type.
func checkPath(path []string) error {
	if !isTypeName(path[0]) {
		return fmt.Errorf("%q is no resource type", clean(path[0], 100))
	}
	for _, s := range path[1:] {
		switch s {
		case "":
			return errors.New(path[0] + ": the id is empty")
		case ".", "..":
			return fmt.Errorf("%s: %q is no id", path[0], s)
		}
	}
	return nil
}
