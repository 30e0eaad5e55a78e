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
	if !m.On || m.Masker == nil {
		return e
	}
	kind := resourceType(e.URL)
	e.Err = maskedError(m, e.URL, e.Err)
	e.RequestBody = []byte(m.Masker.Body(kind, string(e.RequestBody)))
	e.ResponseBody = []byte(m.Masker.Body(kind, string(e.ResponseBody)))
	e.RequestHeader, e.ResponseHeader = maskedHeader(m, e.RequestHeader), maskedHeader(m, e.ResponseHeader)
	e.URL = maskedURL(m, e.URL)
	return e
}

func maskedURL(m data.Mask, address string) string {
	if !m.On || m.Masker == nil || address == "" {
		return address
	}
	return m.Masker.URL(address)
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
	if !m.On || m.Masker == nil || len(o.Data) == 0 {
		return o
	}
	whole := len(o.Data) == o.Bytes
	o.Data = []byte(m.Text(string(o.Data)))
	if whole {
		o.Bytes = len(o.Data)
	}
	return o
}
