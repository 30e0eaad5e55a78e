// Package rest is the sandbox's HTTP: Aidbox's FHIR interface under /fhir, and
// /health and /$version beside it.
package rest

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"aidbox-nats/aidbox"
	"aidbox-nats/aidbox/r4"
	"aidbox-nats/aidbox/sandbox/document"
	"aidbox-nats/aidbox/sandbox/engine"
	"aidbox-nats/aidbox/sandbox/outcome"
	"aidbox-nats/aidbox/sandbox/subscription"
)

// MaxBody is the largest request body in bytes.
const MaxBody = 20 << 20

// Options are what a handler is made of; all are required.
type Options struct {
	Engine           *engine.Engine
	Definitions      *r4.Definitions
	Rules            subscription.Rules
	BaseURL          string // of the server, without /fhir
	Version          int    // of the Aidbox that is emulated
	ClientID, Secret string
}

// Handler answers requests. It is safe for concurrent use.
type Handler struct {
	engine      *engine.Engine
	definitions *r4.Definitions
	rules       subscription.Rules
	fhir        string // base of the FHIR interface
	version     int
	types       []string // sorted
	credentials [sha256.Size]byte
	started     time.Time
}

// New returns a handler.
func New(o Options) *Handler {
	types := append(o.Definitions.Types(), subscription.TopicType, subscription.DestinationType)
	slices.Sort(types)
	return &Handler{
		engine:      o.Engine,
		definitions: o.Definitions,
		rules:       o.Rules,
		fhir:        o.BaseURL + "/fhir",
		version:     o.Version,
		types:       types,
		credentials: credentials(o.ClientID, o.Secret),
		started:     time.Now().UTC(),
	}
}

// request is an HTTP request whose path and query have been read.
type request struct {
	*http.Request
	path   []string // unescaped
	params url.Values
}

// answer is a successful answer, or 304.
type answer struct {
	status int
	header http.Header
	body   []byte // JSON; empty: none
}

// jsonAnswer is a status with a value as its body.
func jsonAnswer(status int, v any) (answer, error) {
	body, err := document.Marshal(v)
	return answer{status: status, body: body}, err
}

// ServeHTTP implements http.Handler. Every answer that has a body is JSON or
// YAML; a panic is answered with 500 and an OperationOutcome.
func (h *Handler) ServeHTTP(w http.ResponseWriter, hr *http.Request) {
	hr.Body = http.MaxBytesReader(w, hr.Body, MaxBody)
	a, as, err := h.answer(hr)
	var refusal *outcome.Error
	switch {
	case err == nil:
	case errors.As(err, &refusal):
		a = outcomeAnswer(refusal)
	default:
		a = outcomeAnswer(outcome.Internal(err.Error()))
	}
	if as == formatYAML && len(a.body) > 0 {
		text, err := document.ToYAML(a.body)
		if err != nil {
			a, as = outcomeAnswer(outcome.Internal(err.Error())), formatJSON
		} else {
			a.body = text
		}
	}
	for name, values := range a.header {
		w.Header()[name] = values
	}
	if len(a.body) > 0 {
		w.Header().Set("Content-Type", as.contentType())
	}
	w.WriteHeader(a.status)
	if len(a.body) > 0 {
		// A client that has gone is nobody to tell.
		_, _ = w.Write(a.body)
	}
}

// answer does what a request asks for and says in which format its answer, or
// its error, is wanted.
func (h *Handler) answer(hr *http.Request) (a answer, as format, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v at %s", p, panicPlace(debug.Stack()))
		}
	}()
	as, acceptable := accepted(hr.Header.Values("Accept"))
	r := &request{Request: hr}
	if r.path, err = segments(hr.URL.EscapedPath()); err != nil {
		return answer{}, as, outcome.Malformed("The path cannot be read: " + err.Error())
	}
	// A probe of the server's health has no secret.
	if !slices.Equal(r.path, []string{"health"}) && !h.known(hr) {
		return answer{}, as, outcome.Unauthorized()
	}
	if r.params, err = url.ParseQuery(hr.URL.RawQuery); err != nil {
		return answer{}, as, outcome.Malformed("The query cannot be read: " + err.Error())
	}
	asked, given, err := formatParam(r.params)
	switch {
	case err != nil:
		return answer{}, as, err
	case given:
		as = asked
	case !acceptable:
		return answer{}, as, outcome.NotAcceptable("Answers are " + typeJSON + " or " + typeYAML)
	}
	a, err = h.route(r)
	return a, as, err
}

// panicPlace is the line of a stack that called panic.
func panicPlace(stack []byte) string {
	_, after, _ := strings.Cut(string(stack), "panic(")
	lines := strings.SplitN(after, "\n", 5)
	if len(lines) < 4 {
		return "an unknown place"
	}
	return strings.TrimSpace(lines[3])
}

func outcomeAnswer(e *outcome.Error) answer {
	body, err := document.Marshal(e.Outcome)
	if err != nil {
		return answer{status: http.StatusInternalServerError}
	}
	a := answer{status: e.Status, header: http.Header{}, body: body}
	if e.Status == http.StatusUnauthorized {
		a.header.Set("WWW-Authenticate", `Basic realm="aidbox"`)
	}
	if len(e.Allow) > 0 {
		a.header.Set("Allow", strings.Join(e.Allow, ", "))
	}
	return a
}

// credentials hides a client and secret in a value of constant length. The
// separator cannot be in a client's id.
func credentials(client, secret string) [sha256.Size]byte {
	return sha256.Sum256([]byte(client + ":" + secret))
}

func (h *Handler) known(r *http.Request) bool {
	client, secret, ok := r.BasicAuth()
	given := credentials(client, secret)
	return ok && subtle.ConstantTimeCompare(given[:], h.credentials[:]) == 1
}

// segments splits a path and unescapes its parts. One slash at the end says
// nothing.
func segments(path string) ([]string, error) {
	parts := strings.Split(strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/"), "/")
	for i, part := range parts {
		var err error
		if parts[i], err = url.PathUnescape(part); err != nil {
			return nil, err
		}
	}
	return parts, nil
}

// correlationID is what Aidbox copies from a request into its events.
func (h *Handler) correlationID(r *request) string {
	if !aidbox.SupportsCorrelation(h.version) {
		return ""
	}
	return r.Header.Get("x-topic-correlation-id")
}

// member reads one string member of a resource's text.
func member(resource []byte, name string) string {
	var members map[string]json.RawMessage
	var text string
	if json.Unmarshal(resource, &members) != nil || json.Unmarshal(members[name], &text) != nil {
		return ""
	}
	return text
}
