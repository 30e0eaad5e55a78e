package aidbox

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// endpoint is the base URL of a server, without credentials.
type endpoint struct {
	base string // scheme, host and path prefix, no slash at the end
	url  *url.URL
}

var userinfoInText = regexp.MustCompile(`^([a-zA-Z][a-zA-Z0-9+.-]*://)?.*@`)

// parseEndpoint reads a base URL as people type it and splits off the credentials that it may carry.
func parseEndpoint(s string) (endpoint, *url.Userinfo, error) {
	s = strings.TrimSpace(s)
	// Whatever does not parse may still hold a password before its @; it must not come back in a message.
	shown := clean(userinfoInText.ReplaceAllString(s, "$1"), 200)
	fail := func(why string) (endpoint, *url.Userinfo, error) {
		return endpoint{}, nil, fmt.Errorf("aidbox URL %q: %s; write it as http://localhost:8080", shown, why)
	}
	if s == "" {
		return fail("is empty")
	}
	if !strings.Contains(s, "://") {
		s = "http://" + s
	}
	u, err := url.Parse(s)
	if err != nil {
		var parse *url.Error
		if errors.As(err, &parse) {
			if strings.Contains(s, "@") {
				return fail("does not parse (a special character in the password is written as %XX)")
			}
			err = parse.Err
		}
		return fail("does not parse: " + clean(err.Error(), 200))
	}
	u.Scheme = strings.ToLower(u.Scheme)
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return fail("is neither http nor https")
	case u.Hostname() == "":
		return fail("names no host")
	case u.RawQuery != "" || u.Fragment != "":
		return fail("has a query or a fragment")
	}
	user := u.User
	u.User = nil
	u.ForceQuery = false
	// People also give the FHIR base of the server; the paths below add it again.
	path := strings.TrimRight(u.EscapedPath(), "/")
	path = strings.TrimRight(strings.TrimSuffix(path, "/fhir"), "/")
	if u.Path, err = url.PathUnescape(path); err != nil {
		return fail("has a path that does not parse")
	}
	u.RawPath = path
	return endpoint{base: u.String(), url: u}, user, nil
}

// at joins path segments, each escaped, to the base.
func (e endpoint) at(query url.Values, segments ...string) string {
	var b strings.Builder
	b.WriteString(e.base)
	for _, s := range segments {
		b.WriteByte('/')
		b.WriteString(url.PathEscape(s))
	}
	if q := query.Encode(); q != "" {
		b.WriteByte('?')
		b.WriteString(q)
	}
	return b.String()
}

// follow resolves a link of an answer that came from the address from. Links are followed as they stand, with or
// without /fhir. Only the host is never taken from an answer: behind a proxy or in a container a server often knows
// itself under a name that does not lead there from here, and a request carries credentials that belong to the
// configured host alone. So of a link to another host the path and the query are kept and asked of our own.
func (e endpoint) follow(from, link string) (string, error) {
	base, err := url.Parse(from)
	if err != nil {
		return "", fmt.Errorf("link %q: %w", clean(link, 200), err)
	}
	u, err := base.Parse(strings.TrimSpace(link))
	if err != nil {
		return "", fmt.Errorf("link %q does not parse", clean(link, 200))
	}
	foreign := !strings.EqualFold(u.Scheme, e.url.Scheme) || !strings.EqualFold(u.Host, e.url.Host)
	u.User, u.Fragment = nil, ""
	if foreign {
		if u.Opaque != "" {
			return "", fmt.Errorf("link %q is not an address of this server", clean(link, 200))
		}
		u.Scheme, u.Host = e.url.Scheme, e.url.Host
		prefix := e.url.EscapedPath()
		if path := u.EscapedPath(); prefix != "" && path != prefix && !strings.HasPrefix(path, prefix+"/") {
			u.Path = e.url.Path + u.Path
			u.RawPath = prefix + path
		}
	}
	return u.String(), nil
}
