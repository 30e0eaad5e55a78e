package aidbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

// DefaultMaxBody bounds one answer when Config says nothing, in bytes.
const DefaultMaxBody = 32 << 20

// maxHeader bounds the headers of one answer, in bytes.
const maxHeader = 64 << 10

// CorrelationHeader is the request header whose value travels with every event of the request.
const CorrelationHeader = "x-topic-correlation-id"

// Config says where Aidbox is and who asks.
type Config struct {
	// URL is the base URL: http://localhost:8080, with or without a path. Without a scheme it is http. The FHIR base
	// (.../fhir) is taken too. Credentials in it take the place of ClientID and Secret.
	URL string
	// ClientID and Secret are an Aidbox Client's, sent as Basic authentication. Empty: no credentials are sent.
	ClientID, Secret string
	// Token is a bearer token; where it is set, ClientID and Secret are not sent.
	Token string
	// ReadOnly refuses every request that changes the server, with ErrReadOnly.
	ReadOnly bool
	// Recorder keeps the exchanges. Nil: none are kept.
	Recorder *Recorder
	// Transport carries the requests. Nil: a transport of the client's own, with the proxy settings of the environment,
	// which takes at most 64 KiB of headers.
	Transport http.RoundTripper
	// MaxBody bounds one answer, in bytes. Zero: DefaultMaxBody.
	MaxBody int64
}

// Client talks to one Aidbox. It is safe for concurrent use. A call waits as long as its context allows.
type Client struct {
	endpoint endpoint
	clientID string
	secret   string
	token    string
	readOnly bool
	maxBody  int64
	http     *http.Client
}

// New makes a client. It fails only for a URL that cannot be one; it sends nothing.
func New(c Config) (*Client, error) {
	e, user, err := parseEndpoint(c.URL)
	if err != nil {
		return nil, err
	}
	if user != nil {
		c.ClientID = user.Username()
		c.Secret, _ = user.Password()
	}
	if c.MaxBody <= 0 {
		c.MaxBody = DefaultMaxBody
	}
	if c.Transport == nil {
		if t, ok := http.DefaultTransport.(*http.Transport); ok {
			t = t.Clone()
			// A Recorder keeps the headers of hundreds of answers; net/http takes 10 MB of each.
			t.MaxResponseHeaderBytes = maxHeader
			t.DialContext = knowsNATS(t.DialContext)
			c.Transport = t
		} else {
			c.Transport = http.DefaultTransport
		}
	}
	if c.Recorder != nil {
		c.Transport = c.Recorder.Wrap(c.Transport)
	}
	return &Client{
		endpoint: e,
		clientID: c.ClientID,
		secret:   c.Secret,
		token:    c.Token,
		readOnly: c.ReadOnly,
		maxBody:  c.MaxBody,
		http: &http.Client{
			Transport: c.Transport,
			CheckRedirect: func(*http.Request, []*http.Request) error {
				return http.ErrUseLastResponse
			},
		},
	}, nil
}

// URL is the base URL, without credentials, without a slash at the end and without /fhir.
func (c *Client) URL() string { return c.endpoint.base }

// ClientID is the id of the client that asks; empty without credentials or with a bearer token.
func (c *Client) ClientID() string {
	if c.token != "" {
		return ""
	}
	return c.clientID
}

func (c *Client) anonymous() bool { return c.clientID == "" && c.token == "" }

// ReadOnly tells whether requests that change the server are refused here.
func (c *Client) ReadOnly() bool { return c.readOnly }

// Close drops idle connections. Calls under way are not disturbed.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// request is one call; body is nil where there is none.
type request struct {
	method string
	url    string
	body   []byte
	header http.Header
}

// answer is a response with a status below 300 whose body was read whole.
type answer struct {
	request request
	status  int
	header  http.Header
	body    []byte
}

// do sends one request and reads its answer. Everything passes here: the gate, the credentials, the bound of the body
// and the making of errors.
func (c *Client) do(ctx context.Context, r request) (answer, error) {
	failed := func(err error) error {
		return &Error{Method: r.method, URL: r.url, Client: c.ClientID(), Anonymous: c.anonymous(), Err: err}
	}
	if c.readOnly && r.method != http.MethodGet && r.method != http.MethodHead {
		return answer{}, failed(ErrReadOnly)
	}
	var body io.Reader
	if r.body != nil {
		body = bytes.NewReader(r.body)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, r.url, body)
	if err != nil {
		return answer{}, failed(err)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Content-Type", "application/json")
	for name, values := range r.header {
		for _, v := range values {
			if strings.ContainsFunc(v, unicode.IsControl) {
				return answer{}, failed(fmt.Errorf("not sent, the value of header %s has control characters", strings.ToLower(name)))
			}
		}
		req.Header[name] = values
	}
	switch {
	case c.token != "":
		req.Header.Set("Authorization", "Bearer "+c.token)
	case c.clientID != "":
		req.SetBasicAuth(c.clientID, c.secret)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err
		}
		return answer{}, failed(err)
	}
	defer resp.Body.Close()
	data, err := c.read(ctx, resp)
	a := answer{request: r, status: resp.StatusCode, header: resp.Header, body: data}
	if err != nil || a.status >= 300 {
		return a, c.refusal(a, err)
	}
	return a, nil
}

func (c *Client) read(ctx context.Context, resp *http.Response) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(resp.Body, c.maxBody+1))
	switch {
	case int64(len(data)) > c.maxBody:
		return data[:c.maxBody], &bodyError{fmt.Sprintf("the answer is larger than %d bytes or never ends, and was not read further", c.maxBody), ErrTooLarge}
	case err != nil && ctx.Err() != nil:
		return data, &bodyError{fmt.Sprintf("the answer was not complete in time (%d bytes came)", len(data)), ctx.Err()}
	case err != nil:
		return data, &bodyError{fmt.Sprintf("the answer broke off after %d bytes (%s)", len(data), clean(err.Error(), 200)), err}
	}
	return data, nil
}

// refusal makes the error of an answer that cannot be used.
func (c *Client) refusal(a answer, cause error) *Error {
	e := &Error{
		Status:    a.status,
		Method:    a.request.method,
		URL:       a.request.url,
		Client:    c.ClientID(),
		Anonymous: c.anonymous(),
		Body:      string(maskBody(a.header.Get("Content-Type"), a.body[:min(len(a.body), maxErrorBody)], len(a.body) > maxErrorBody || cause != nil)),
		Err:       cause,
	}
	if a.status >= 300 && a.status < 400 {
		e.Location = maskURL(cut(a.header.Get("Location"), 1000))
		return e
	}
	if looksLikeJSON(a.body) {
		e.Outcome = decodeOutcome(bytes.TrimPrefix(a.body, []byte("\ufeff")))
	}
	if e.Err == nil && len(bytes.TrimSpace(a.body)) > 0 && !json.Valid(bytes.TrimPrefix(a.body, []byte("\ufeff"))) {
		e.Err = notJSON(a)
	}
	return e
}

// json checks that an answer's body is one JSON value and gives it.
func (c *Client) json(a answer) (json.RawMessage, error) {
	body := bytes.TrimSpace(bytes.TrimPrefix(a.body, []byte("\ufeff")))
	if len(body) > 0 && json.Valid(body) {
		return body, nil
	}
	return nil, c.refusal(a, notJSON(a))
}

// object is json for the answers that are objects, which is all that this package asks for. An OperationOutcome that
// tells of a failure is one.
func (c *Client) object(a answer) (object, json.RawMessage, error) {
	o, raw, err := c.anyObject(a)
	if err == nil && o.text("resourceType") == outcomeType && decodeOutcome(raw).failed() {
		return nil, nil, c.refusal(a, nil)
	}
	return o, raw, err
}

// resource is object for a question about one resource of a type. An OperationOutcome that is kept like any other
// resource has a version, which the server's own account of a failure has not.
func (c *Client) resource(a answer, resourceType string) (json.RawMessage, error) {
	if resourceType != outcomeType {
		_, raw, err := c.object(a)
		return raw, err
	}
	o, raw, err := c.anyObject(a)
	if err == nil && o.child("meta").text("versionId") == "" && decodeOutcome(raw).failed() {
		return nil, c.refusal(a, nil)
	}
	return raw, err
}

func (c *Client) anyObject(a answer) (object, json.RawMessage, error) {
	raw, err := c.json(a)
	if err != nil {
		return nil, nil, err
	}
	o, ok := parseObject(raw)
	if !ok {
		return nil, nil, c.refusal(a, &bodyError{"the answer is not a JSON object: " + clean(cut(string(raw), 400), 80), ErrUnexpected})
	}
	return o, raw, nil
}

var htmlTitle = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)

// notJSON says what came instead of JSON, the title of a page above all: it names the proxy or the login that answered.
func notJSON(a answer) error {
	body := bytes.TrimSpace(a.body)
	text := strings.ToLower(string(body[:min(len(body), 512)]))
	kind := clean(strings.TrimSpace(strings.Split(a.header.Get("Content-Type"), ";")[0]), 80)
	isHTML := strings.Contains(kind, "html") || strings.HasPrefix(text, "<!doctype html") || strings.HasPrefix(text, "<html")
	switch {
	case len(body) == 0:
		return &bodyError{"the answer is empty where JSON was due", ErrUnexpected}
	case isHTML:
		what := "the answer is an HTML page instead of JSON"
		if m := htmlTitle.FindSubmatch(body[:min(len(body), 64<<10)]); m != nil {
			what += fmt.Sprintf(" (%q)", clean(string(m[1]), 80))
		}
		return &bodyError{what + "; is this Aidbox, or a proxy or login before it?", ErrUnexpected}
	case looksLikeJSON(body):
		why := "it does not parse"
		var syntax *json.SyntaxError
		if err := json.Unmarshal(body, new(json.RawMessage)); errors.As(err, &syntax) {
			why = fmt.Sprintf("%s at byte %d of %d", syntax.Error(), syntax.Offset, len(body))
			if looksCutOff(body) {
				why = fmt.Sprintf("it ends too early, after %d bytes", len(body))
			}
		}
		return &bodyError{"the answer is broken JSON: " + why, ErrUnexpected}
	}
	if kind == "" {
		kind = "text"
	}
	return &bodyError{fmt.Sprintf("the answer is %s instead of JSON: %q", kind, clean(cut(string(body[:min(len(body), 400)]), 400), 120)), ErrUnexpected}
}

// looksCutOff tells JSON that is right up to its end, where more was due.
func looksCutOff(body []byte) bool {
	dec := json.NewDecoder(bytes.NewReader(body))
	return errors.Is(dec.Decode(new(json.RawMessage)), io.ErrUnexpectedEOF)
}
