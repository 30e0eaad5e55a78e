package wire

import (
	"net/http"
	"strings"

	"aidbox-nats/aidbox"
	"aidbox-nats/nats"
	"aidbox-nats/tui/data"
)

// masked is an exchange as it may be shown and copied.
func masked(m data.Mask, e aidbox.Exchange) aidbox.Exchange {
	if !m.On {
		return e
	}
	kind := resourceType(e.URL)
	e.Err = maskedError(m, e.URL, e.Err)
	e.RequestBody, e.ResponseBody = maskedBody(m, kind, e.RequestBody), maskedBody(m, kind, e.ResponseBody)
	e.RequestHeader, e.ResponseHeader = maskedHeader(m, e.RequestHeader), maskedHeader(m, e.ResponseHeader)
	e.URL = maskedURL(m, e.URL)
	return e
}

// maskedBody masks what may not name its type. Before the shape of R4 is there
// nothing of it is shown.
func maskedBody(m data.Mask, kind string, body []byte) []byte {
	switch {
	case len(body) == 0:
		return body
	case m.Masker == nil:
		return []byte(m.Text(string(body)))
	}
	return []byte(m.Masker.Body(kind, string(body)))
}

func maskedURL(m data.Mask, address string) string {
	if address == "" {
		return ""
	}
	return m.URL(address)
}

// maskedError masks the URL that an error quotes.
func maskedError(m data.Mask, address, text string) string {
	if shown := maskedURL(m, address); shown != address {
		return strings.ReplaceAll(text, address, shown)
	}
	return text
}

// maskedHeader masks the headers that are URLs or queries; the others say
// nothing about a person.
func maskedHeader(m data.Mask, h http.Header) http.Header {
	out := h.Clone()
	for name, values := range out {
		for i, v := range values {
			switch name {
			case "Location", "Content-Location", "Referer":
				values[i] = maskedURL(m, v)
			case "If-None-Exist":
				values[i] = strings.TrimPrefix(maskedURL(m, "/?"+v), "/?")
			}
		}
	}
	return out
}

// resourceType is what a URL of the FHIR API is about: a body need not say it.
func resourceType(address string) string {
	_, path, ok := strings.Cut(address, "/fhir/")
	if !ok {
		return ""
	}
	if i := strings.IndexAny(path, "/?"); i >= 0 {
		path = path[:i]
	}
	return path
}

// maskedOperation is an operation as it may be shown and copied.
func maskedOperation(m data.Mask, o nats.Operation) nats.Operation {
	if !m.On {
		return o
	}
	if len(o.Header) > 0 {
		header := map[string][]string{}
		for name, values := range o.Header {
			for _, v := range values {
				header[name] = append(header[name], m.Header(name, v))
			}
		}
		o.Header = header
	}
	if len(o.Data) > 0 {
		whole := len(o.Data) == o.Bytes
		o.Data = []byte(m.Text(string(o.Data)))
		if whole {
			o.Bytes = len(o.Data)
		}
	}
	return o
}
