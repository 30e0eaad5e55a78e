package nats

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	natsgo "github.com/nats-io/nats.go"
)

// ErrURL says that an address can never be connected to.
var ErrURL = errors.New("not a NATS URL")

// hidden stands for a secret wherever an address is shown; it is what net/url itself uses.
const hidden = "xxxxx"

// parseURLs reads the server addresses in order. An element may hold several, comma separated.
func parseURLs(elements []string) ([]*url.URL, error) {
	var urls []*url.URL
	for _, element := range elements {
		for text := range strings.SplitSeq(element, ",") {
			text = strings.TrimSpace(text)
			if text == "" {
				continue
			}
			u, err := parseURL(text)
			if err != nil {
				return nil, err
			}
			urls = append(urls, u)
		}
	}
	if len(urls) == 0 {
		u, err := parseURL(natsgo.DefaultURL)
		if err != nil {
			return nil, err
		}
		urls = append(urls, u)
	}
	for _, u := range urls {
		if isWebsocket(u) != isWebsocket(urls[0]) {
			return nil, fmt.Errorf("%w: %s and %s cannot be mixed in one list: either all are websocket addresses or none", ErrURL, maskURL(urls[0]), maskURL(u))
		}
	}
	return urls, nil
}

var defaultPorts = map[string]string{"nats": "4222", "tls": "4222", "ws": "80", "wss": "443"}

func parseURL(text string) (*url.URL, error) {
	full := text
	if !strings.Contains(full, "://") {
		full = "nats://" + full
	}
	u, err := url.Parse(full)
	if err != nil {
		// The parser's message quotes the part that it stumbled over, which may be a password.
		return nil, fmt.Errorf("%w: %s (write host:port, and %%-encode special characters of a user or password)", ErrURL, maskText(text))
	}
	port, known := defaultPorts[u.Scheme]
	switch {
	case !known:
		return nil, fmt.Errorf("%w: %s: the scheme must be one of nats, tls, ws, wss", ErrURL, maskURL(u))
	case u.Hostname() == "":
		return nil, fmt.Errorf("%w: %s: the host is missing", ErrURL, maskURL(u))
	}
	if u.Port() == "" {
		u.Host = strings.TrimSuffix(u.Host, ":") + ":" + port
	}
	return u, nil
}

func isWebsocket(u *url.URL) bool { return u.Scheme == "ws" || u.Scheme == "wss" }

func wantsTLS(urls []*url.URL) bool {
	return slices.ContainsFunc(urls, func(u *url.URL) bool { return u.Scheme == "tls" || u.Scheme == "wss" })
}

// maskURL is u without its secrets: a password, or a token, which NATS writes where a user stands.
func maskURL(u *url.URL) string {
	masked := *u
	if u.User != nil {
		if _, ok := u.User.Password(); ok {
			masked.User = url.UserPassword(u.User.Username(), hidden)
		} else {
			masked.User = url.User(hidden)
		}
	}
	return masked.String()
}

// maskText hides all that may be a user or a secret in text that is no URL.
func maskText(text string) string {
	at := strings.LastIndexByte(text, '@')
	if at < 0 {
		return text
	}
	start := 0
	if i := strings.Index(text, "://"); i >= 0 && i < at {
		start = i + len("://")
	}
	return text[:start] + hidden + text[at:]
}
