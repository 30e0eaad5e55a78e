package mask

import (
	"net/url"
	"slices"
	"strings"
)

// maxURI bounds the URIs that stay, in bytes.
const maxURI = 4096

// schemes of URIs that stay. Others say something themselves (data), or lead to a person (mailto, tel).
var schemes = []string{"http", "https", "urn", "nats", "tls", "ws", "wss", "ex"}

// controls are the parameters of a query that say how to search or what to send, not what to look for.
var controls = []string{
	"_id", "_count", "_page", "page", "_sort", "_since", "_at", "_lastUpdated", "_total", "_elements", "_summary", "_format", "_pretty",
	"_include", "_revinclude", "_type", "_profile", "_no-content", "mode",
	"fhir_vs", // of SNOMED's value sets
}

// canonicals are parameters whose values stay when they are URIs that stay.
var canonicals = []string{"url", "topic"}

// maskURI keeps a URI or a reference but for the values in its query.
func maskURI(s string) string {
	if len(s) > maxURI {
		return Hidden
	}
	base, parameters, asked := strings.Cut(s, "?")
	if !plainURI(base) {
		return Hidden
	}
	if !asked {
		return s
	}
	return base + "?" + maskQuery(parameters)
}

func plainURI(s string) bool {
	if s == "" || !letter(rune(s[0])) && s[0] != '/' && s[0] != '#' {
		return false
	}
	if !all(s, func(r rune) bool { return idRune(r) || strings.ContainsRune("~:/#|$%!&'()*+,;=[]", r) }) {
		return false
	}
	scheme, _, ok := strings.Cut(s, ":")
	if ok && !strings.ContainsAny(scheme, "/#") && !slices.Contains(schemes, scheme) {
		return false
	}
	for s != "" {
		var escaped string
		_, escaped, ok = strings.Cut(s, "%")
		// Operations ($status) and versions of canonicals are written with escapes, names of people may be.
		if ok && !strings.HasPrefix(escaped, "24") && !strings.HasPrefix(strings.ToUpper(escaped), "7C") {
			return false
		}
		s = escaped
	}
	return true
}

// maskQuery masks the values of a query's parameters but for those that control it.
func maskQuery(s string) string {
	if len(s) > maxURI {
		return Hidden
	}
	var b strings.Builder
	for part := range strings.SplitSeq(s, "&") {
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		name, value, valued := strings.Cut(part, "=")
		switch {
		case part == "" || keptParameter(name, value):
			b.WriteString(part)
		case valued && parameterName(name):
			b.WriteString(name + "=" + Hidden)
		default:
			b.WriteString(Hidden)
		}
	}
	return b.String()
}

func keptParameter(name, value string) bool {
	switch {
	case slices.Contains(controls, name):
		value = strings.NewReplacer("%2C", ",", "%2c", ",", "%3A", ":", "%3a", ":", "%2F", "/", "%2f", "/", "%2B", "+", "%2b", "+").Replace(value)
		return all(value, func(r rune) bool { return idRune(r) || strings.ContainsRune(":/,+", r) })
	case slices.Contains(canonicals, name):
		decoded, err := url.QueryUnescape(value)
		return err == nil && !strings.Contains(decoded, "?") && maskURI(decoded) == decoded
	}
	return false
}

// parameterName tells of name, name:exact and subject.name.
func parameterName(s string) bool {
	return s != "" && len(s) <= 64 && all(s, func(r rune) bool { return idRune(r) || r == ':' })
}
