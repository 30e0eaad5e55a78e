package rest

import (
	"fmt"
	"mime"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"aidbox-nats/aidbox/sandbox/outcome"
)

// format is what an answer is written in.
type format int

const (
	formatJSON format = iota
	formatYAML
)

// mediaTypes are the names of a format, the one that answers have first.
func (f format) mediaTypes() []string {
	if f == formatYAML {
		return []string{typeYAML, "application/yaml", "application/x-yaml"}
	}
	return []string{typeJSON, typeFHIR}
}

func (f format) named(mediaType string) bool {
	return slices.Contains(f.mediaTypes(), mediaType)
}

func (f format) contentType() string {
	return f.mediaTypes()[0] + ";charset=utf-8"
}

// formatParam reads _format, which goes before Accept.
func formatParam(values url.Values) (as format, given bool, err error) {
	all, given := values["_format"]
	if !given {
		return formatJSON, false, nil
	}
	if len(all) > 1 {
		return formatJSON, false, outcome.Malformed("_format is there more than once")
	}
	switch value := all[0]; {
	case value == "json", formatJSON.named(value):
		return formatJSON, true, nil
	case value == "yaml", formatYAML.named(value):
		return formatYAML, true, nil
	default:
		return formatJSON, false, outcome.NotImplemented(fmt.Sprintf("answers in format %.64q", value))
	}
}

// mediaRange is one range of Accept.
type mediaRange struct {
	name    string
	quality float64
}

// accepted chooses the format that Accept likes best (RFC 9110, 12.5.1): of two
// that it likes the same the one it comes to first, and JSON if it says nothing
// or nothing that can be read. Not ok: it takes none.
func accepted(accept []string) (as format, ok bool) {
	var ranges []mediaRange
	for _, header := range accept {
		for one := range strings.SplitSeq(header, ",") {
			name, params, err := mime.ParseMediaType(one)
			if err != nil {
				continue
			}
			quality := 1.0
			if q, given := params["q"]; given {
				if quality, err = strconv.ParseFloat(q, 64); err != nil || !(quality >= 0 && quality <= 1) {
					continue
				}
			}
			ranges = append(ranges, mediaRange{name: name, quality: quality})
		}
	}
	if len(ranges) == 0 {
		return formatJSON, true
	}
	json, jsonAt := formatJSON.quality(ranges)
	yaml, yamlAt := formatYAML.quality(ranges)
	if yaml > json || yaml == json && yamlAt < jsonAt {
		return formatYAML, yaml > 0
	}
	return formatJSON, json > 0
}

// quality is how much a format is liked, and by which range: one that names it,
// else one that has its type, else any.
func (f format) quality(ranges []mediaRange) (quality float64, at int) {
	kind, _, _ := strings.Cut(f.mediaTypes()[0], "/")
	for _, covers := range []func(string) bool{
		f.named,
		func(name string) bool { return name == kind+"/*" },
		func(name string) bool { return name == "*/*" },
	} {
		at := -1
		for i, r := range ranges {
			if covers(r.name) && (at < 0 || r.quality > ranges[at].quality) {
				at = i
			}
		}
		if at >= 0 {
			return ranges[at].quality, at
		}
	}
	return 0, len(ranges)
}
